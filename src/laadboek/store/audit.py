"""Who changed what, and when: a hash chain per account. Rows are only added; secrets enter as fingerprints at most.

A row's hash is SHA-256 over the hash before it and its canonical bytes: one JSON object with sorted names and without
white space. The network address stands beside the chain, so that it can go when it is no longer needed.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from ..clock import from_us, to_us
from .connection import Connection, Row

GENESIS = bytes(32)  # before the first row


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` None: from before there was a chain."""

    id: int
    actor: str
    what: str
    details: dict[str, str | int | None]
    at: datetime
    network: str | None
    seq: int | None
    hash: bytes | None


class Flaw(msgspec.Struct, frozen=True):
    """A row that is not as it was written; `seq` None: of the chain as a whole."""

    account: str
    seq: int | None
    what: str  # edited, missing, inserted, cut


COLUMNS = "id, actor, what, details, at, network, seq, hash"


def append(
    db: Connection,
    account_id: int,
    *,
    actor: str,
    what: str,
    details: dict[str, str | int | None],
    now: datetime,
    network: str | None = None,
) -> None:
    seq, before = _lock(db, account_id)
    body = msgspec.json.encode(details, order="sorted").decode()
    hash = link(before, canonical(seq + 1, actor, what, body, to_us(now)))
    db.insert(
        "INSERT INTO audit (account_id, actor, what, details, at, network, seq, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (account_id, actor, what, body, to_us(now), network, seq + 1, hash),
    )
    db.run("UPDATE audit_heads SET seq = ?, hash = ? WHERE account_id = ?", (seq + 1, hash, account_id))


def of_account(db: Connection, account_id: int) -> list[AuditRow]:
    """In the order they happened."""
    rows = db.rows(f"SELECT {COLUMNS} FROM audit WHERE account_id = ? ORDER BY id", (account_id,))
    return [_audit(row) for row in rows]


def page(db: Connection, account_id: int, before: int, limit: int) -> list[AuditRow]:
    """Newest first, those with an id below `before`."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM audit WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
        (account_id, before, limit),
    )
    return [_audit(row) for row in rows]


def heads(db: Connection) -> list[tuple[str, int, bytes]]:
    """Of every account: its public id, how long its chain is, the last hash."""
    rows = db.rows(
        "SELECT a.public_id, h.seq, h.hash FROM audit_heads h JOIN accounts a ON a.id = h.account_id ORDER BY a.id"
    )
    return [(row[0], row[1], row[2]) for row in rows]


def flaws(db: Connection) -> Iterator[Flaw]:
    """Every row of every account that is not as it was written."""
    for account_id, public_id in db.rows("SELECT id, public_id FROM accounts ORDER BY id"):
        yield from _flaws(db, account_id, public_id)


def hash_at(db: Connection, account: str, seq: int) -> bytes | None:
    """What the chain of this account (public id) says at `seq`; None: it is not so long."""
    row = db.row(
        "SELECT u.hash FROM audit u JOIN accounts a ON a.id = u.account_id WHERE a.public_id = ? AND u.seq = ?",
        (account, seq),
    )
    return None if row is None else row[0]


def _flaws(db: Connection, account_id: int, public_id: str) -> Iterator[Flaw]:
    seq, hash, chained = 0, GENESIS, False
    for row in db.rows(
        "SELECT seq, actor, what, details, at, hash FROM audit WHERE account_id = ? ORDER BY id", (account_id,)
    ):
        if row[0] is None:
            if chained:
                yield Flaw(public_id, None, "inserted")
            continue
        chained = True
        if row[0] != seq + 1:
            yield Flaw(public_id, seq + 1, "missing" if row[0] > seq + 1 else "inserted")
        elif link(hash, canonical(*row[:5])) != row[5]:
            yield Flaw(public_id, row[0], "edited")
        seq, hash = row[0], row[5]
    head = db.row("SELECT seq, hash FROM audit_heads WHERE account_id = ?", (account_id,))
    if (head or (0, GENESIS)) != (seq, hash):
        yield Flaw(public_id, None, "cut")


def canonical(seq: int, actor: str, what: str, details: str, at_us: int) -> bytes:
    """`details` is JSON already, sorted by name."""
    fields: dict[str, Any] = {
        "actor": actor,
        "at": at_us,
        "details": msgspec.Raw(details.encode()),
        "seq": seq,
        "what": what,
    }
    return msgspec.json.encode(fields)


def link(before: bytes, body: bytes) -> bytes:
    return hashlib.sha256(before + body).digest()


def _lock(db: Connection, account_id: int) -> tuple[int, bytes]:
    """The head, held until the commit: two who append take turns."""
    select = f"SELECT seq, hash FROM audit_heads WHERE account_id = ?{db.for_update}"
    row = db.row(select, (account_id,))
    if row is None:
        db.run(
            "INSERT INTO audit_heads (account_id, seq, hash) VALUES (?, 0, ?) ON CONFLICT (account_id) DO NOTHING",
            (account_id, GENESIS),
        )
        row = db.row(select, (account_id,))
    assert row is not None
    return row[0], row[1]


def _audit(row: Row) -> AuditRow:
    values = dict(zip(AuditRow.__struct_fields__, row, strict=True))
    values["details"] = msgspec.json.decode(values["details"])
    values["at"] = from_us(values["at"])
    return AuditRow(**values)
