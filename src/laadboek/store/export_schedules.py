"""Files that are sent by themselves: what, where to, when next, and how the last try went."""

from datetime import date, datetime

from msgspec import Struct

from ..clock import from_us, to_us
from ..facts import Kind
from .connection import Connection, Row


class Schedule(Struct, frozen=True, kw_only=True):
    """`due_for`: the first day of the period that is sent next, at `next_at` for the first time."""

    account_id: int
    public_id: str  # exs_
    kind: str  # email, folder, http
    address: str
    secret: bytes | None = None  # sealed
    every: str  # day, week, month
    format: str
    only_kind: Kind | None = None
    language: str
    enabled: bool = True
    hour: int
    due_for: date
    next_at: datetime
    tries: int = 0  # of the file that is due
    sent_at: datetime | None = None
    sent_for: date | None = None
    error: str | None = None  # of the last try: a code
    created_at: datetime


COLUMNS = (
    "account_id, public_id, kind, address, secret, every, format, only_kind, language, enabled, hour, due_for, next_at,"
    " tries, sent_at, sent_for, error, created_at"
)


def add(db: Connection, schedule: Schedule) -> None:
    db.run(f"INSERT INTO export_schedules ({COLUMNS}) VALUES ({', '.join('?' * 18)})", _values(schedule))


def of_account(db: Connection, account_id: int) -> list[Schedule]:
    """In the order in which they were added."""
    rows = db.rows(f"SELECT {COLUMNS} FROM export_schedules WHERE account_id = ? ORDER BY id", (account_id,))
    return [_schedule(row) for row in rows]


def one(db: Connection, account_id: int, public_id: str) -> Schedule | None:
    row = db.row(
        f"SELECT {COLUMNS} FROM export_schedules WHERE account_id = ? AND public_id = ?{db.for_update}",
        (account_id, public_id),
    )
    return None if row is None else _schedule(row)


def due(db: Connection, now: datetime, most: int) -> list[Schedule]:
    """Of every account, the longest overdue first."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM export_schedules WHERE enabled = 1 AND next_at <= ? AND NOT EXISTS (SELECT 1 FROM"
        " accounts AS a WHERE a.id = export_schedules.account_id AND a.closed_at IS NOT NULL)"
        " ORDER BY next_at, id LIMIT ?",
        (to_us(now), most),
    )
    return [_schedule(row) for row in rows]


def settle(db: Connection, schedule: Schedule) -> None:
    """How it stands after a try, or after a person's choice."""
    db.run(
        "UPDATE export_schedules SET enabled = ?, due_for = ?, next_at = ?, tries = ?, sent_at = ?, sent_for = ?,"
        " error = ? WHERE account_id = ? AND public_id = ?",
        (
            int(schedule.enabled),
            schedule.due_for.isoformat(),
            to_us(schedule.next_at),
            schedule.tries,
            None if schedule.sent_at is None else to_us(schedule.sent_at),
            None if schedule.sent_for is None else schedule.sent_for.isoformat(),
            schedule.error,
            schedule.account_id,
            schedule.public_id,
        ),
    )


def remove(db: Connection, account_id: int, public_id: str) -> None:
    db.run("DELETE FROM export_schedules WHERE account_id = ? AND public_id = ?", (account_id, public_id))


def _values(schedule: Schedule) -> tuple[object, ...]:
    return (
        schedule.account_id,
        schedule.public_id,
        schedule.kind,
        schedule.address,
        schedule.secret,
        schedule.every,
        schedule.format,
        None if schedule.only_kind is None else schedule.only_kind.value,
        schedule.language,
        int(schedule.enabled),
        schedule.hour,
        schedule.due_for.isoformat(),
        to_us(schedule.next_at),
        schedule.tries,
        None if schedule.sent_at is None else to_us(schedule.sent_at),
        None if schedule.sent_for is None else schedule.sent_for.isoformat(),
        schedule.error,
        to_us(schedule.created_at),
    )


def _schedule(row: Row) -> Schedule:
    (
        account_id, public_id, kind, address, secret, every, format, only_kind, language, enabled, hour, due_for,
        next_us, tries, sent_us, sent_for, error, created_us,
    ) = row  # fmt: skip
    return Schedule(
        account_id=account_id,
        public_id=public_id,
        kind=kind,
        address=address,
        secret=None if secret is None else bytes(secret),
        every=every,
        format=format,
        only_kind=None if only_kind is None else Kind(only_kind),
        language=language,
        enabled=bool(enabled),
        hour=hour,
        due_for=date.fromisoformat(due_for),
        next_at=from_us(next_us),
        tries=tries,
        sent_at=None if sent_us is None else from_us(sent_us),
        sent_for=None if sent_for is None else date.fromisoformat(sent_for),
        error=error,
        created_at=from_us(created_us),
    )
