"""Session rows: how they stand now. What they are worth as evidence is in their chain, appended in the same commit."""

from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..clock import to_us
from ..ledger.entry import SessionFacts
from . import ledger
from .connection import Connection

VERSION = 1  # of `body`: SessionFacts as JSON
ERASED = ""  # what an erased id tag reads


class SessionRow(Struct, frozen=True, kw_only=True):
    account_id: int
    charger_id: int | None
    charge_point_id: int | None
    chain: str  # public id of the charger or charge point
    kind: str  # as it is now; `facts.kind` is as it was when the session ended
    facts: SessionFacts


class SessionSealed(Exception):
    """The session is in the ledger already, and differently; only a correction may change it."""


class SessionRuns(Exception):
    """The session has not ended, so the ledger does not have it yet."""


class UnknownSession(LookupError):
    """The account has no such session."""


def save(
    db: Connection,
    *,
    account_id: int,
    chain: str,
    session: SessionFacts,
    salt: bytes,
    charger_id: int | None = None,
    charge_point_id: int | None = None,
) -> int | None:
    """Insert or update the row; append to the chain when the session ended. Return the new seq, if any.

    `chain` is the public id of the charger (or foreign charge point). `salt`: 16 fresh random bytes or more, drawn
    before the job, so that it may run again. The same end again changes nothing; another end is refused.
    """
    body = msgspec.json.encode(session)
    before = db.row(
        f"SELECT ended_at, body FROM sessions WHERE public_id = ? AND account_id = ?{db.for_update}",
        (session.session_id, account_id),
    )
    if before is not None and before[0] is not None:
        if not _same(decode(before[1]), session):
            raise SessionSealed(f"{session.session_id} of {chain} has ended and is in the ledger; append a correction")
        return None
    if before is None:
        db.run(INSERT, (*columns(session, body), account_id, session.session_id, charger_id, charge_point_id))
    else:
        db.run(UPDATE, (*columns(session, body), account_id, session.session_id))
    if session.ended_at is None:
        return None
    return ledger.append_session(db, account_id, chain, session, salt)


def _same(one: SessionFacts, other: SessionFacts) -> bool:
    """The same end. What it cost is what was known when it was first written: a later price never rewrites it."""
    return replace(one, cost_micro=None, currency=None) == replace(other, cost_micro=None, currency=None)


def correct(
    db: Connection, account_id: int, session: SessionFacts, salt: bytes, *, actor: str, at: datetime, why: str
) -> int:
    """Replace what the ledger says about an ended session by a new entry; return its seq."""
    before = _ended(db, account_id, session.session_id)
    db.run(UPDATE, (*columns(session, msgspec.json.encode(session)), account_id, session.session_id))
    return ledger.append_correction(db, account_id, before.chain, session, salt, actor=actor, at=at, why=why)


def change_kind(db: Connection, account_id: int, session_id: str, kind: str, actor: str, at: datetime) -> int | None:
    """Change the kind of an ended session by a new entry; return its seq, or None if it already has that kind."""
    before = _ended(db, account_id, session_id)
    if before.kind == kind:
        return None
    db.run(
        "UPDATE sessions SET kind = ? WHERE public_id = ? AND account_id = ?",
        (str(kind), session_id, account_id),
    )
    return ledger.append_kind(db, account_id, before.chain, session_id, before.kind, kind, actor, at)


def write_odometer(
    db: Connection, account_id: int, session_id: str, odometer_km: int | None, actor: str, at: datetime
) -> int | None:
    """Note what the odometer showed; None takes it away. Return the new entry's seq, or None if nothing changes."""
    before = _ended(db, account_id, session_id)
    row = db.row("SELECT odometer_km FROM sessions WHERE account_id = ? AND public_id = ?", (account_id, session_id))
    assert row is not None
    if row[0] == odometer_km:
        return None
    db.run(
        "UPDATE sessions SET odometer_km = ? WHERE account_id = ? AND public_id = ?",
        (odometer_km, account_id, session_id),
    )
    return ledger.append_odometer(db, account_id, before.chain, session_id, row[0], odometer_km, actor, at)


def load(db: Connection, account_id: int, session_id: str) -> SessionRow | None:
    return _load(db, account_id, session_id, "")


def running(db: Connection, account_id: int, charger_id: int) -> list[SessionFacts]:
    """Sessions of a charger that have not ended."""
    rows = db.rows(
        "SELECT body FROM sessions WHERE account_id = ? AND charger_id = ? AND ended_at IS NULL ORDER BY started_at",
        (account_id, charger_id),
    )
    return [decode(row[0]) for row in rows]


def erase_driver(db: Connection, account_id: int, driver_id: str) -> int:
    """Forget who drove: the driver's values leave session rows and the side of the chain; return how many sessions.

    The chain stays whole: a commitment whose salt is gone says nothing.
    """
    rows = db.rows(
        f"SELECT public_id, body FROM sessions WHERE account_id = ? AND driver_id = ?{db.for_update}",
        (account_id, driver_id),
    )
    for session_id, body in rows:
        blank = replace(decode(body), driver_id=None, driver_name=None, id_tag=ERASED, ended_by_tag=None)
        db.run(
            "UPDATE sessions SET driver_id = NULL, driver_name = NULL, id_tag = ?, body = ?"
            " WHERE account_id = ? AND public_id = ?",
            (ERASED, msgspec.json.encode(blank), account_id, session_id),
        )
    # Also what entries say that a correction has since given to another driver.
    db.run(
        "DELETE FROM ledger_personal WHERE account_id = ? AND EXISTS (SELECT 1 FROM ledger_personal AS d"
        " WHERE d.chain = ledger_personal.chain AND d.seq = ledger_personal.seq AND d.field = 'driver_id'"
        " AND d.value = ?)",
        (account_id, driver_id),
    )
    return len(rows)


def decode(body: bytes) -> SessionFacts:
    return msgspec.json.decode(body, type=SessionFacts)


def _ended(db: Connection, account_id: int, session_id: str) -> SessionRow:
    row = _load(db, account_id, session_id, db.for_update and " FOR UPDATE OF s")
    if row is None:
        raise UnknownSession(session_id)
    if row.facts.ended_at is None:
        raise SessionRuns(f"{session_id} has not ended")
    return row


def _load(db: Connection, account_id: int, session_id: str, lock: str) -> SessionRow | None:
    row = db.row(
        "SELECT s.account_id, s.charger_id, s.charge_point_id, COALESCE(c.public_id, p.public_id), s.kind, s.body"
        " FROM sessions AS s LEFT JOIN chargers AS c ON c.id = s.charger_id"
        " LEFT JOIN charge_points AS p ON p.id = s.charge_point_id"
        f" WHERE s.account_id = ? AND s.public_id = ?{lock}",
        (account_id, session_id),
    )
    if row is None:
        return None
    return SessionRow(
        account_id=row[0],
        charger_id=row[1],
        charge_point_id=row[2],
        chain=row[3],
        kind=row[4],
        facts=decode(row[5]),
    )


COLUMNS = (
    "connector_id",
    "driver_id",
    "driver_name",
    "id_tag",
    "kind",
    "mode",
    "started_at",
    "ended_at",
    "start_register_wh",
    "end_register_wh",
    "energy_wh",
    "reason",
    "sun_wh",
    "cost_micro",
    "currency",
    "flags",
    "version",
    "body",
)
INSERT = (
    f"INSERT INTO sessions ({', '.join(COLUMNS)}, account_id, public_id, charger_id, charge_point_id)"
    f" VALUES ({'?, ' * len(COLUMNS)}?, ?, ?, ?)"
)
UPDATE = f"UPDATE sessions SET {' = ?, '.join(COLUMNS)} = ? WHERE account_id = ? AND public_id = ?"


def columns(session: SessionFacts, body: bytes) -> tuple[object, ...]:
    """The row's projections of the facts, in the order of COLUMNS."""
    return (
        session.connector_id,
        session.driver_id,
        session.driver_name,
        session.id_tag,
        str(session.kind),
        str(session.mode),
        to_us(session.started_at),
        None if session.ended_at is None else to_us(session.ended_at),
        session.start_register_wh,
        session.end_register_wh,
        session.energy_wh,
        None if session.reason is None else str(session.reason),
        session.sun_wh,
        session.cost_micro,
        session.currency,
        " ".join(sorted(session.flags)) or None,
        VERSION,
        body,
    )
