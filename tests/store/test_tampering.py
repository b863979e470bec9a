"""Whatever is edited, inserted, removed or swapped behind the ledger's back is found and named."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from cast import CHARGER, START, ended, salt, save, settle_in
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from laadboek.ledger.chain import link_hash
from laadboek.ledger.checkpoint import Checkpoint
from laadboek.ledger.checkpoint import sign as signed
from laadboek.ledger.verification import Finding, What
from laadboek.store import ledger, sessions
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase
from laadboek.store.signing_key import load_or_create
from laadboek.store.verify import verify

SESSIONS = 30  # entries 1…30; then a kind change and a correction
LAST = SESSIONS + 2
Tamper = Callable[[Connection, random.Random], tuple[int | None, str]]  # → the seq (or None) and a word to be named


def fill(db: Connection) -> None:
    home = settle_in(db)
    for number in range(SESSIONS):
        save(db, *home, ended(number))
    at = START + timedelta(days=30)
    sessions.change_kind(db, home[0], "ses_00003", "business", "usr_olga", at)
    better = replace(ended(4), end_register_wh=47_000)
    sessions.correct(db, home[0], better, salt("c"), actor="usr_olga", at=at, why="meter swapped")


def other(value: object, rng: random.Random) -> object:
    """Another value of the same type."""
    if value is None:
        return 41_200
    if isinstance(value, int):
        return value + rng.choice((-1, 1)) * rng.randrange(1, 10**6)
    if isinstance(value, bytes):
        at, bit = rng.randrange(len(value)), 1 << rng.randrange(8)
        return value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :]
    assert isinstance(value, str)
    return value + "x" if rng.random() < 0.5 else value[:-1]


def session_of(seq: int) -> str:
    return {SESSIONS + 1: "ses_00003", SESSIONS + 2: "ses_00004"}.get(seq, f"ses_{seq - 1:05}")


ENTRY_COLUMNS = ("version", "body", "previous_hash", "hash", "entry", "session_id", "kind", "started_at", "ended_at",
                 "energy_wh", "chain", "seq")  # fmt: skip


def edit_entry(db: Connection, rng: random.Random) -> tuple[int, str]:
    seq, column = rng.randint(1, LAST), rng.choice(ENTRY_COLUMNS)
    [[value]] = db.rows(f"SELECT {column} FROM ledger_entries WHERE seq = ?", (seq,))
    changed = value + rng.randrange(LAST, 10**6) if column == "seq" else other(value, rng)
    db.run(f"UPDATE ledger_entries SET {column} = ? WHERE seq = ?", (changed, seq))
    return seq, ""


def edit_body_and_its_hash(db: Connection, rng: random.Random) -> tuple[int, str]:
    seq = rng.randint(1, LAST)
    [[previous, body]] = db.rows("SELECT previous_hash, body FROM ledger_entries WHERE seq = ?", (seq,))
    changed = bytes(body).replace(b'"version":2', b'"version":2 ')
    db.run("UPDATE ledger_entries SET body = ?, hash = ? WHERE seq = ?", (changed, link_hash(previous, changed), seq))
    return seq, ""


def edit_session(db: Connection, rng: random.Random) -> tuple[int | None, str]:
    number, column = rng.randrange(SESSIONS), rng.choice((*sessions.COLUMNS, "odometer_km"))
    session_id = f"ses_{number:05}"
    [[value]] = db.rows(f"SELECT {column} FROM sessions WHERE public_id = ?", (session_id,))
    db.run(f"UPDATE sessions SET {column} = ? WHERE public_id = ?", (other(value, rng), session_id))
    return LAST if number == 4 else number + 1, session_id


def unend_session(db: Connection, rng: random.Random) -> tuple[int, str]:
    number = rng.choice([n for n in range(SESSIONS) if n != 4])
    db.run("UPDATE sessions SET ended_at = NULL WHERE public_id = ?", (f"ses_{number:05}",))
    return number + 1, f"ses_{number:05}"


def remove_session(db: Connection, rng: random.Random) -> tuple[int, str]:
    number = rng.choice([n for n in range(SESSIONS) if n != 4])
    db.run("DELETE FROM sessions WHERE public_id = ?", (f"ses_{number:05}",))
    return number + 1, f"ses_{number:05}"


def insert_session(db: Connection, rng: random.Random) -> tuple[None, str]:
    name = f"ses_forged{rng.randrange(10**6)}"
    facts = replace(ended(rng.randrange(SESSIONS)), session_id=name)
    columns = sessions.columns(facts, b"{}")
    db.run(sessions.INSERT, (*columns, 1, name, 1 if rng.random() < 0.7 else None, None))
    return None, name


def remove_entry(db: Connection, rng: random.Random) -> tuple[int, str]:
    seq = rng.randint(1, LAST)
    db.run("DELETE FROM ledger_entries WHERE seq = ?", (seq,))
    return seq, ""


def remove_entry_and_session(db: Connection, rng: random.Random) -> tuple[int, str]:
    seq = rng.randint(1, LAST)
    db.run("DELETE FROM ledger_entries WHERE seq = ?", (seq,))
    db.run("DELETE FROM sessions WHERE public_id = ?", (session_of(seq),))
    return seq, ""


def insert_entry(db: Connection, rng: random.Random) -> tuple[int, str]:
    """At the end, before the beginning, or in between by moving the later ones up."""
    seq = rng.choice((LAST + 1, 0, rng.randint(1, LAST)))
    for later in range(LAST, seq - 1 if seq else LAST, -1):
        db.run("UPDATE ledger_entries SET seq = seq + 1 WHERE seq = ?", (later,))
    copied = LAST if seq > LAST else seq + 1
    db.run(
        f"INSERT INTO ledger_entries ({ledger.COLUMNS})"
        f" SELECT {ledger.COLUMNS.replace('seq', '?')} FROM ledger_entries WHERE seq = ?",
        (seq, copied),
    )
    return seq, ""


def swap_entries(db: Connection, rng: random.Random) -> tuple[int, str]:
    first, second = rng.sample(range(1, LAST + 1), 2)
    for seq, moved in ((first, -1), (second, first), (-1, second)):
        db.run("UPDATE ledger_entries SET seq = ? WHERE seq = ?", (moved, seq))
    return first, ""


def break_head(db: Connection, rng: random.Random) -> tuple[int, str]:
    match rng.randrange(3):
        case 0:
            db.run("DELETE FROM ledger_heads")
        case 1:
            db.run("UPDATE ledger_heads SET seq = ?", (LAST + 1,))
            return LAST + 1, ""
        case 2:
            db.run("UPDATE ledger_heads SET hash = ?", (rng.randbytes(32),))
    return LAST, ""


def edit_personal(db: Connection, rng: random.Random) -> tuple[int, str]:
    rows = db.rows("SELECT seq, field, salt, value FROM ledger_personal ORDER BY seq, field")
    seq, field, salt, value = rng.choice(rows)
    column, changed = ("salt", other(salt, rng)) if rng.random() < 0.5 else ("value", other(value, rng))
    db.run(f"UPDATE ledger_personal SET {column} = ? WHERE seq = ? AND field = ?", (changed, seq, field))
    return seq, field


def insert_personal(db: Connection, rng: random.Random) -> tuple[int, str]:
    seq = rng.choice((rng.randint(1, LAST), LAST + 5))
    db.run(
        "INSERT INTO ledger_personal (account_id, chain, seq, field, salt, value) VALUES (1, ?, ?, 'e_mail', ?, 'a@b')",
        (CHARGER, seq, salt(seq)),
    )
    return seq, "e_mail"


def remove_personal_but_not_the_name(db: Connection, rng: random.Random) -> tuple[int, str]:
    """An erasure blanks the session's row too; this is somebody who wants to put another name there later."""
    seq = rng.choice([n for n in range(1, SESSIONS + 1) if n != 5])
    db.run("DELETE FROM ledger_personal WHERE seq = ? AND field = 'driver_name'", (seq,))
    return seq, "driver_name"


TAMPERS: list[Tamper] = [
    edit_entry,
    edit_body_and_its_hash,
    edit_session,
    unend_session,
    remove_session,
    insert_session,
    remove_entry,
    remove_entry_and_session,
    insert_entry,
    swap_entries,
    break_head,
    edit_personal,
    insert_personal,
    remove_personal_but_not_the_name,
]


def tamper_and_verify(db: Connection, tamper: Tamper, rng: random.Random) -> tuple[int | None, str, list[Finding]]:
    return *tamper(db, rng), verify(db)


def check(database: InlineDatabase, seeds: range) -> None:
    """`read` rolls back, so every tampering begins with the whole ledger."""
    for seed in seeds:
        rng, tamper = random.Random(seed), TAMPERS[seed % len(TAMPERS)]
        seq, word, found = database.read(lambda db, t=tamper, r=rng: tamper_and_verify(db, t, r))
        named = [one for one in found if one.seq == seq and word in one.detail]
        assert named, f"seed {seed}: {tamper.__name__} at {seq} {word}: {[str(one) for one in found]}"
    assert database.read(verify) == []


@pytest.fixture
def filled():
    database = InlineDatabase(":memory:")
    database.run(fill)
    yield database
    database.close()


def test_a_thousand_tamperings_are_all_found_and_named(filled):
    assert filled.read(verify) == []
    check(filled, range(1_000))


def test_tamperings_of_postgresql_are_found_and_named(postgresql_url):
    database = InlineDatabase(postgresql_url)
    database.run(fill)
    assert database.read(verify) == []
    check(database, range(2 * len(TAMPERS)))
    database.close()


def cut_tail(db: Connection, kept: int) -> None:
    """Everything that speaks of the last entries, head included: only a checkpoint outside knows better."""
    gone = [row[0] for row in db.rows("SELECT session_id FROM ledger_entries WHERE seq > ?", (kept,))]
    for table in ("ledger_entries", "ledger_personal"):
        db.run(f"DELETE FROM {table} WHERE seq > ?", (kept,))
    for session_id in gone:
        db.run("DELETE FROM sessions WHERE public_id = ?", (session_id,))
    [[hash]] = db.rows("SELECT hash FROM ledger_entries WHERE seq = ?", (kept,))
    db.run("UPDATE ledger_heads SET seq = ?, hash = ?", (kept, hash))


@pytest.fixture
def plain():
    """Thirty sessions, nothing changed afterwards."""
    database = InlineDatabase(":memory:")
    home = database.run(settle_in)
    for number in range(SESSIONS):
        database.run(lambda db, n=number: save(db, *home, ended(n)))
    yield database
    database.close()


def sign(database: InlineDatabase, key: Ed25519PrivateKey) -> Checkpoint:
    return database.read(lambda db: ledger.checkpoint(db, CHARGER, key, START))


def test_a_cut_tail_is_found_by_a_checkpoint_and_only_by_that(plain):
    key = Ed25519PrivateKey.generate()
    checkpoint = sign(plain, key)
    assert plain.read(lambda db: verify(db, checkpoints=[checkpoint])) == []

    plain.run(lambda db: cut_tail(db, SESSIONS - 5))
    assert plain.read(verify) == []
    [finding] = plain.read(lambda db: verify(db, checkpoints=[checkpoint]))
    assert (finding.chain, finding.seq, finding.what) == (CHARGER, SESSIONS, What.TAIL_CUT)


def test_a_rewritten_tail_is_found_by_a_checkpoint(plain):
    key = Ed25519PrivateKey.generate()
    plain.run(lambda db: cut_tail(db, SESSIONS - 5))
    early = sign(plain, key)
    for number in range(40, 45):
        plain.run(lambda db, n=number: save(db, 1, 1, ended(n)))
    late = sign(plain, key)
    plain.run(lambda db: cut_tail(db, SESSIONS - 5))
    for number in range(50, 55):
        plain.run(lambda db, n=number: save(db, 1, 1, ended(n)))

    assert plain.read(verify) == []
    [finding] = plain.read(lambda db: verify(db, checkpoints=[early, late]))
    assert (finding.seq, finding.what) == (SESSIONS, What.REWRITTEN)


def test_a_checkpoint_of_another_key_or_chain_is_named(plain):
    checkpoint = sign(plain, Ed25519PrivateKey.generate())
    ours = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    [finding] = plain.read(lambda db: verify(db, checkpoints=[checkpoint], key=ours))
    assert finding.what is What.CHECKPOINT_FORGED
    [finding] = plain.read(lambda db: verify(db, checkpoints=[replace(checkpoint, seq=7)]))
    assert (finding.seq, finding.what) == (7, What.CHECKPOINT_FORGED)
    gone = ledger_of_nobody(checkpoint)
    assert [one.what for one in plain.read(lambda db: verify(db, checkpoints=[gone]))] == [What.TAIL_CUT]


def ledger_of_nobody(checkpoint: Checkpoint) -> Checkpoint:
    """A checkpoint of a chain of which nothing is left."""
    return signed(Ed25519PrivateKey.generate(), "chg_gone", checkpoint.seq, checkpoint.hash, START)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = load_or_create(tmp_path).public_key().public_bytes_raw()
    assert load_or_create(tmp_path).public_key().public_bytes_raw() == first
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("table", "column", "what"),
    [
        ("ledger_entries", "body", What.ENTRY_EDITED),
        ("ledger_entries", "previous_hash", What.ENTRY_EDITED),
        ("ledger_entries", "hash", What.ENTRY_EDITED),
        ("ledger_personal", "salt", What.PERSONAL_EDITED),
        ("sessions", "body", What.SESSION_EDITED),
    ],
)
@pytest.mark.parametrize("value", ["'a text'", "7"])
def test_a_value_of_another_type_is_named_like_any_edit(tmp_path, table, column, what, value):
    """SQLite keeps any type in any column: `replace(body, …)` leaves a text where bytes were."""
    database = InlineDatabase(tmp_path / "laadboek.db")
    database.run(fill)
    database.run(lambda db: db.run(f"UPDATE {table} SET {column} = {value} WHERE id = 7"))
    named = {finding.what for finding in database.run(verify)}
    database.close()
    assert what in named
