"""Transactions of our platform (§4.8, §4.10): an open one, one that ended on evidence, one that its Stop closed.

States: *open* → *closed* by StopTransaction. When its Stop is missing, evidence (the next Start or Available on the
connector, a boot) makes it *provisional*; a Stop that comes after all, even weeks later, still closes it, once.
Everything is found by charge point: nobody reaches a transaction of somebody else.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from ..clock import from_us, to_us
from .charge_points import ChargePointIdentity
from .connection import Connection, Row
from .id_tags import fold


class TransactionState(StrEnum):
    OPEN = "open"
    PROVISIONAL = "provisional"
    CLOSED = "closed"


class Flag(StrEnum):
    """What is odd about a transaction. It is booked all the same; a person reviews it."""

    START_TIME_IMPLAUSIBLE = "start_time_implausible"
    STOP_TIME_IMPLAUSIBLE = "stop_time_implausible"
    STOP_BEFORE_START = "stop_before_start"
    METER_BACKWARDS = "meter_backwards"  # the energy is 0 until somebody reviewed it
    NO_STOP = "no_stop"  # ended on evidence
    STOP_MATCHED = "stop_matched"  # its Stop named no transaction of ours, but fits only this one
    SESSION_MISSING = "session_missing"  # the host of the charger knows no such session
    SESSION_DIFFERS = "session_differs"  # the host's session ended elsewhere than this transaction


class TransactionRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    charge_point_id: int
    transaction_id: int
    connector_id: int
    id_tag: str
    meter_start_wh: int
    started_at: datetime
    started_text: str
    start_received_at: datetime
    meter_stop_wh: int | None = None
    stopped_at: datetime | None = None
    stopped_text: str | None = None
    stop_reason: str | None = None
    stop_id_tag: str | None = None
    stop_received_at: datetime | None = None
    state: TransactionState = TransactionState.OPEN
    flags: frozenset[Flag] = frozenset()
    session_id: str | None = None

    @property
    def began_at(self) -> datetime:
        """Its place among the others: whatever a charge point's clock says, nothing begins after we were told."""
        return min(self.started_at, self.start_received_at)

    @property
    def energy_wh(self) -> int | None:
        """Energy in Wh once it ended; 0 while a meter that ran backwards awaits review."""
        if self.meter_stop_wh is None:
            return None
        return max(0, self.meter_stop_wh - self.meter_start_wh)


class SessionImage(Struct, frozen=True, kw_only=True):
    """What a transaction is compared with: the session as the charger's host wrote it."""

    session_id: str
    id_tag: str
    ended_at: datetime | None
    start_register_wh: int
    end_register_wh: int | None


class Start(Struct, frozen=True, kw_only=True):
    """A StartTransaction as it is booked."""

    connector_id: int
    id_tag: str
    meter_start_wh: int
    started_at: datetime  # the charge point's word: it may be hours old
    started_text: str
    received_at: datetime
    flags: frozenset[Flag]
    session_id: str | None  # of the session that will be derived from it; None when we host the charger


class Stop(Struct, frozen=True, kw_only=True):
    """A StopTransaction as it is booked."""

    meter_stop_wh: int
    stopped_at: datetime
    stopped_text: str
    received_at: datetime
    reason: str
    id_tag: str | None
    flags: frozenset[Flag]


COLUMNS = (
    "id, account_id, charge_point_id, transaction_id, connector_id, id_tag, meter_start_wh, started_at, started_text, "
    "start_received_at, meter_stop_wh, stopped_at, stopped_text, stop_reason, stop_id_tag, stop_received_at, state, "
    "flags, session_id"
)
SELECT = f"SELECT {COLUMNS} FROM transactions WHERE charge_point_id = ? AND "


def start(
    db: Connection, charge_point: ChargePointIdentity, begun: Start, draw_id: Callable[[], int]
) -> tuple[TransactionRow, bool]:
    """Book a start, with an id of our own drawn by `draw_id`. The same start again is the same row, and False."""
    natural_key = (
        charge_point.id,
        begun.connector_id,
        fold(begun.id_tag),
        to_us(begun.started_at),
        begun.meter_start_wh,
    )
    inserted = db.run(
        "INSERT INTO transactions (charge_point_id, connector_id, id_tag_folded, started_at, meter_start_wh, "
        "account_id, transaction_id, id_tag, started_text, start_received_at, state, flags, session_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (charge_point_id, connector_id, id_tag_folded, started_at, meter_start_wh) DO NOTHING",
        (
            *natural_key,
            charge_point.account_id,
            _unused_id(db, draw_id),
            begun.id_tag,
            begun.started_text,
            to_us(begun.received_at),
            TransactionState.OPEN.value,
            _flags_text(begun.flags),
            begun.session_id,
        ),
    )
    row = db.row(
        SELECT + "connector_id = ? AND id_tag_folded = ? AND started_at = ? AND meter_start_wh = ?", natural_key
    )
    assert row is not None, f"{charge_point.public_id}: a transaction is there after it was inserted"
    return _transaction(row), inserted == 1


def _unused_id(db: Connection, draw_id: Callable[[], int]) -> int:
    while True:
        candidate = draw_id()
        if db.row("SELECT 1 FROM transactions WHERE transaction_id = ?", (candidate,)) is None:
            return candidate


def find(db: Connection, charge_point: ChargePointIdentity, transaction_id: int) -> TransactionRow | None:
    """The charge point's own transaction, locked."""
    row = db.row(SELECT + "transaction_id = ?" + db.for_update, (charge_point.id, transaction_id))
    return _transaction(row) if row else None


def is_foreign(db: Connection, charge_point: ChargePointIdentity, transaction_id: int) -> bool:
    """Is this the transaction of another charge point?"""
    sql = "SELECT 1 FROM transactions WHERE transaction_id = ? AND charge_point_id <> ?"
    return db.row(sql, (transaction_id, charge_point.id)) is not None


def unfinished(
    db: Connection, charge_point: ChargePointIdentity, states: Iterable[TransactionState] = (TransactionState.OPEN,)
) -> list[TransactionRow]:
    """The charge point's transactions whose Stop is not there, locked, oldest first."""
    names = tuple(state.value for state in states)
    marks = ", ".join("?" * len(names))
    rows = db.rows(SELECT + f"state IN ({marks}) ORDER BY started_at, id" + db.for_update, (charge_point.id, *names))
    return [_transaction(row) for row in rows]


def open_since_before(db: Connection, charge_point: ChargePointIdentity, instant: datetime) -> bool:
    """Does a transaction run that began before?"""
    row = db.row(
        "SELECT 1 FROM transactions WHERE charge_point_id = ? AND state = ?"
        " AND (started_at < ? OR start_received_at < ?) LIMIT 1",
        (charge_point.id, TransactionState.OPEN.value, to_us(instant), to_us(instant)),
    )
    return row is not None


def open_elsewhere(db: Connection, account_id: int, id_tag: str, besides: int) -> bool:
    """Does the tag charge in another transaction of the account?"""
    row = db.row(
        "SELECT 1 FROM transactions WHERE account_id = ? AND id_tag_folded = ? AND state = ? AND id <> ? LIMIT 1",
        (account_id, fold(id_tag), TransactionState.OPEN.value, besides),
    )
    return row is not None


def stop(db: Connection, transaction: TransactionRow, ended: Stop) -> TransactionRow:
    """Close it by its Stop; what evidence said before is replaced."""
    assert transaction.state is not TransactionState.CLOSED, f"transaction {transaction.transaction_id} is closed"
    return _save(
        db,
        replace(
            transaction,
            state=TransactionState.CLOSED,
            meter_stop_wh=ended.meter_stop_wh,
            stopped_at=ended.stopped_at,
            stopped_text=ended.stopped_text,
            stop_reason=ended.reason,
            stop_id_tag=ended.id_tag,
            stop_received_at=ended.received_at,
            flags=transaction.flags - {Flag.NO_STOP} | ended.flags,
        ),
    )


def end_provisionally(
    db: Connection, transaction: TransactionRow, stopped_at: datetime, register_wh: int, now: datetime
) -> TransactionRow:
    """Its Stop is missing: end it by evidence that came `now`, at the last trusted register."""
    assert transaction.state is TransactionState.OPEN, f"transaction {transaction.transaction_id} is not open"
    return _save(
        db,
        replace(
            transaction,
            state=TransactionState.PROVISIONAL,
            meter_stop_wh=register_wh,
            stopped_at=stopped_at,
            stop_received_at=now,
            flags=transaction.flags | {Flag.NO_STOP},
        ),
    )


def reconcile(
    db: Connection, transaction: TransactionRow, session_id: str | None, flags: Iterable[Flag]
) -> TransactionRow:
    """Note the ledger's session that this transaction is the image of, and how they differ."""
    return _save(db, replace(transaction, session_id=session_id, flags=transaction.flags.union(flags)))


def was_closed_by(db: Connection, charge_point: ChargePointIdentity, meter_stop_wh: int, stopped_at: datetime) -> bool:
    """Was a transaction closed by a Stop of these contents before?"""
    row = db.row(
        "SELECT 1 FROM transactions WHERE charge_point_id = ? AND state = ? AND meter_stop_wh = ? AND stopped_at = ?",
        (charge_point.id, TransactionState.CLOSED.value, meter_stop_wh, to_us(stopped_at)),
    )
    return row is not None


def without_session(db: Connection, charge_point: ChargePointIdentity, before: datetime) -> list[TransactionRow]:
    """Those that ended on evidence received until then, and whose session nobody wrote yet."""
    rows = db.rows(
        SELECT + "state = ? AND stop_received_at <= ? AND NOT EXISTS "
        "(SELECT 1 FROM sessions WHERE sessions.public_id = transactions.session_id) ORDER BY started_at, id",
        (charge_point.id, TransactionState.PROVISIONAL.value, to_us(before)),
    )
    return [_transaction(row) for row in rows]


def hosted_sessions(
    db: Connection, charge_point: ChargePointIdentity, transaction: TransactionRow, within: timedelta
) -> list[SessionImage]:
    """Sessions that the charger's host wrote for that connector and about that start."""
    within_us = within // timedelta(microseconds=1)
    rows = db.rows(
        "SELECT public_id, id_tag, ended_at, start_register_wh, end_register_wh FROM sessions WHERE account_id = ? "
        "AND started_at >= ? AND started_at <= ? AND charger_id = ? AND connector_id = ? ORDER BY started_at, id",
        (
            charge_point.account_id,
            to_us(transaction.started_at) - within_us,  # not in datetimes: these end in the year 9999
            to_us(transaction.started_at) + within_us,
            charge_point.charger_id,
            transaction.connector_id,
        ),
    )
    return [
        SessionImage(
            session_id=session_id,
            id_tag=id_tag,
            ended_at=_instant_or_none(ended_at),
            start_register_wh=start_register_wh,
            end_register_wh=end_register_wh,
        )
        for session_id, id_tag, ended_at, start_register_wh, end_register_wh in rows
    ]


def of_account(db: Connection, account_id: int, since: datetime, until: datetime) -> list[TransactionRow]:
    rows = db.rows(
        f"SELECT {COLUMNS} FROM transactions WHERE account_id = ? AND started_at >= ? AND started_at < ? "
        "ORDER BY started_at, id",
        (account_id, to_us(since), to_us(until)),
    )
    return [_transaction(row) for row in rows]


def numbered(db: Connection, account_id: int, transaction_id: int) -> TransactionRow | None:
    """The account's transaction, whatever charge point it ran at."""
    sql = f"SELECT {COLUMNS} FROM transactions WHERE account_id = ? AND transaction_id = ?"
    row = db.row(sql, (account_id, transaction_id))
    return _transaction(row) if row else None


def newest(
    db: Connection,
    account_id: int,
    *,
    before: int,
    limit: int,
    charge_point_id: int | None = None,
    state: TransactionState | None = None,
) -> list[TransactionRow]:
    """Those booked before the row `before`, the last booked first."""
    sql, params = f"SELECT {COLUMNS} FROM transactions WHERE account_id = ? AND id < ?", [account_id, before]
    more = {"charge_point_id": charge_point_id, "state": None if state is None else state.value}
    given = {column: value for column, value in more.items() if value is not None}
    sql += "".join(f" AND {column} = ?" for column in given) + " ORDER BY id DESC LIMIT ?"
    return [_transaction(row) for row in db.rows(sql, (*params, *given.values(), limit))]


def _save(db: Connection, transaction: TransactionRow) -> TransactionRow:
    db.run(
        "UPDATE transactions SET state = ?, meter_stop_wh = ?, stopped_at = ?, stopped_text = ?, stop_reason = ?, "
        "stop_id_tag = ?, stop_received_at = ?, flags = ?, session_id = ? WHERE id = ?",
        (
            transaction.state.value,
            transaction.meter_stop_wh,
            _us_or_none(transaction.stopped_at),
            transaction.stopped_text,
            transaction.stop_reason,
            transaction.stop_id_tag,
            _us_or_none(transaction.stop_received_at),
            _flags_text(transaction.flags),
            transaction.session_id,
            transaction.id,
        ),
    )
    return transaction


def _flags_text(flags: Iterable[Flag]) -> str:
    return " ".join(sorted(flag.value for flag in flags))


def _us_or_none(instant: datetime | None) -> int | None:
    return None if instant is None else to_us(instant)


def _instant_or_none(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _transaction(row: Row) -> TransactionRow:
    values = dict(zip(TransactionRow.__struct_fields__, row, strict=True))
    return TransactionRow(
        **values
        | {
            "started_at": from_us(values["started_at"]),
            "start_received_at": from_us(values["start_received_at"]),
            "stopped_at": _instant_or_none(values["stopped_at"]),
            "stop_received_at": _instant_or_none(values["stop_received_at"]),
            "state": TransactionState(values["state"]),
            "flags": frozenset(Flag(flag) for flag in values["flags"].split()),
        }
    )
