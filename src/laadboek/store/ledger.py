"""The chains in the database. Whoever appends holds the chain's head until the commit."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..clock import to_us
from ..ledger import entry
from ..ledger.chain import GENESIS, Head, StoredEntry, link_hash
from ..ledger.checkpoint import Checkpoint, sign
from ..ledger.entry import Correction, Personal, SessionFacts
from .connection import Connection, Row

COLUMNS = (
    "account_id, chain, seq, version, body, previous_hash, hash, entry, session_id, kind, started_at, ended_at,"
    " energy_wh"
)
PAGE = 1_000


def append_session(db: Connection, account_id: int, chain: str, session: SessionFacts, salt: bytes) -> int:
    """Append an ended session; return its seq. `sessions.save` calls this exactly once per session."""
    head = _lock(db, account_id, chain)
    return _append_facts(db, account_id, head, session, salt, None)


def append_correction(
    db: Connection,
    account_id: int,
    chain: str,
    session: SessionFacts,
    salt: bytes,
    *,
    actor: str,
    at: datetime,
    why: str,
) -> int:
    """Append what replaces the session's earlier entries, which stay; return its seq."""
    head = _lock(db, account_id, chain)
    row = db.row(
        "SELECT MAX(seq) FROM ledger_entries WHERE chain = ? AND session_id = ? AND entry IN ('session', 'correction')",
        (chain, session.session_id),
    )
    assert row is not None and row[0] is not None, f"{session.session_id} is not in {chain}"
    correction = Correction(corrects=row[0], actor=actor, at=at, why=why)
    return _append_facts(db, account_id, head, session, salt, correction)


def append_kind(
    db: Connection,
    account_id: int,
    chain: str,
    session_id: str,
    before: str,
    after: str,
    actor: str,
    at: datetime,
) -> int:
    """Append that somebody changed the kind of a session; return its seq. See `sessions.change_kind`."""
    head = _lock(db, account_id, chain)
    at_us = to_us(at)
    body = entry.kind_body(chain, head.seq + 1, session_id, before, after, actor, at)
    return _append(db, account_id, head, body, ("kind", session_id, str(after), at_us, at_us, 0))


def append_odometer(
    db: Connection,
    account_id: int,
    chain: str,
    session_id: str,
    before_km: int | None,
    after_km: int | None,
    actor: str,
    at: datetime,
) -> int:
    """Append that somebody wrote down what the odometer showed; return its seq. See `sessions.write_odometer`."""
    head = _lock(db, account_id, chain)
    at_us = to_us(at)
    body = entry.odometer_body(chain, head.seq + 1, session_id, before_km, after_km, actor, at)
    return _append(db, account_id, head, body, ("odometer", session_id, "", at_us, at_us, 0))


def of_session(db: Connection, account_id: int, session_id: str) -> list[StoredEntry]:
    """All that the ledger says about one session, in order."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM ledger_entries WHERE account_id = ? AND session_id = ? ORDER BY seq",
        (account_id, session_id),
    )
    return [_entry(row) for row in rows]


def head(db: Connection, chain: str) -> Head:
    row = db.row("SELECT chain, seq, hash FROM ledger_heads WHERE chain = ?", (chain,))
    return Head(*row) if row else Head(chain, 0, GENESIS)


def all_heads(db: Connection) -> list[Head]:
    """Of every account, by chain: for whoever checks the store as a whole."""
    return [Head(*row) for row in db.rows("SELECT chain, seq, hash FROM ledger_heads ORDER BY chain")]


def checkpoint(db: Connection, chain: str, key: Ed25519PrivateKey, now: datetime) -> Checkpoint:
    """Sign what the head is now. See `store.signing_key` for the key."""
    last = head(db, chain)
    return sign(key, chain, last.seq, last.hash, now)


def entries(db: Connection, chain: str, after: int = 0, limit: int = PAGE) -> list[StoredEntry]:
    """In order, those later than seq `after`."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM ledger_entries WHERE chain = ? AND seq > ? ORDER BY seq LIMIT ?",
        (chain, after, limit),
    )
    return [_entry(row) for row in rows]


def personal(db: Connection, chain: str, seq: int) -> list[Personal]:
    """What opens the commitments of one entry; fewer after an erasure."""
    rows = db.rows(
        "SELECT field, salt, value FROM ledger_personal WHERE chain = ? AND seq = ? ORDER BY field",
        (chain, seq),
    )
    return [Personal(*row) for row in rows]


def _append_facts(
    db: Connection,
    account_id: int,
    head: Head,
    session: SessionFacts,
    salt: bytes,
    correction: Correction | None,
) -> int:
    personal = entry.personal_values(session, salt)
    body = entry.session_body(head.chain, head.seq + 1, session, personal, correction)
    assert session.ended_at is not None and session.energy_wh is not None  # `session_body` checked it
    started_us, ended_us = to_us(session.started_at), to_us(session.ended_at)
    what = "session" if correction is None else "correction"
    projections = (what, session.session_id, str(session.kind), started_us, ended_us, session.energy_wh)
    seq = _append(db, account_id, head, body, projections)
    db.run_many(
        "INSERT INTO ledger_personal (account_id, chain, seq, field, salt, value) VALUES (?, ?, ?, ?, ?, ?)",
        [(account_id, head.chain, seq, one.field, one.salt, one.value) for one in personal],
    )
    return seq


def _append(
    db: Connection,
    account_id: int,
    head: Head,
    body: bytes,
    projections: tuple[str, str, str, int, int, int],
) -> int:
    seq = head.seq + 1
    hash = link_hash(head.hash, body)
    db.run(
        f"INSERT INTO ledger_entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (account_id, head.chain, seq, entry.VERSION, body, head.hash, hash, *projections),
    )
    db.run("UPDATE ledger_heads SET seq = ?, hash = ? WHERE chain = ?", (seq, hash, head.chain))
    return seq


def _lock(db: Connection, account_id: int, chain: str) -> Head:
    """The head, held until the commit: two appenders of one chain take turns."""
    select = f"SELECT account_id, chain, seq, hash FROM ledger_heads WHERE chain = ?{db.for_update}"
    row = db.row(select, (chain,))
    if row is None:
        db.run(
            "INSERT INTO ledger_heads (account_id, chain, seq, hash) VALUES (?, ?, 0, ?)"
            " ON CONFLICT (chain) DO NOTHING",
            (account_id, chain, GENESIS),
        )
        row = db.row(select, (chain,))
    assert row is not None and row[0] == account_id, f"chain {chain} belongs to another account"
    return Head(*row[1:])


def _entry(row: Row) -> StoredEntry:
    return StoredEntry(**dict(zip(COLUMNS.split(", "), row, strict=True)))
