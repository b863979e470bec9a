"""Operations: a wish of a person or the API towards a charge point, and what became of it (docs/architecture.md).

*requested* → *sent* → *answered* | *failed* | *expired* | *unknown*. What was sent when the process ended is *unknown*
and is never repeated.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class OperationState(StrEnum):
    REQUESTED = "requested"
    SENT = "sent"
    ANSWERED = "answered"  # by a CALLRESULT, whatever its status says
    FAILED = "failed"  # by a CALLERROR
    EXPIRED = "expired"  # never sent
    UNKNOWN = "unknown"  # sent, and no answer came


class OperationRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    public_id: str  # op_
    charge_point_id: int
    action: str
    payload: bytes  # the request's JSON
    idempotency_key: str | None
    actor: str
    state: OperationState
    message_id: str | None
    answer: bytes | None  # the response's JSON, or code and description of the CALLERROR
    requested_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


class Wish(Struct, frozen=True, kw_only=True):
    """What somebody asks of a charge point."""

    account_id: int
    public_id: str
    charge_point_id: int
    action: str
    payload: bytes
    idempotency_key: str | None
    actor: str
    requested_at: datetime
    expires_at: datetime


COLUMNS = ", ".join(OperationRow.__struct_fields__)


def request(db: Connection, wish: Wish) -> tuple[OperationRow, bool]:
    """Note the wish; with an idempotency key that was used before, return that operation, and False."""
    inserted = db.run(
        "INSERT INTO operations (account_id, public_id, charge_point_id, action, payload, idempotency_key, actor, "
        "state, requested_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (account_id, idempotency_key) DO NOTHING",
        (
            wish.account_id,
            wish.public_id,
            wish.charge_point_id,
            wish.action,
            wish.payload,
            wish.idempotency_key,
            wish.actor,
            OperationState.REQUESTED.value,
            to_us(wish.requested_at),
            to_us(wish.expires_at),
        ),
    )
    if inserted:
        row = db.row(f"SELECT {COLUMNS} FROM operations WHERE public_id = ?", (wish.public_id,))
    else:
        sql = f"SELECT {COLUMNS} FROM operations WHERE account_id = ? AND idempotency_key = ?"
        row = db.row(sql, (wish.account_id, wish.idempotency_key))
    assert row is not None, f"operation {wish.public_id} is there after it was inserted"
    return _operation(row), inserted == 1


def find(db: Connection, account_id: int, public_id: str) -> OperationRow | None:
    sql = f"SELECT {COLUMNS} FROM operations WHERE account_id = ? AND public_id = ?"
    row = db.row(sql, (account_id, public_id))
    return _operation(row) if row else None


def all_requested(db: Connection) -> list[OperationRow]:
    """What may still be sent, of all charge points, oldest first."""
    rows = db.rows(f"SELECT {COLUMNS} FROM operations WHERE state = ? ORDER BY id", (OperationState.REQUESTED.value,))
    return [_operation(row) for row in rows]


def mark_sent(db: Connection, operation_id: int, message_id: str, now: datetime) -> bool:
    """Before the frame leaves. False when it is not *requested* any more: then it must not leave."""
    return (
        db.run(
            "UPDATE operations SET state = ?, message_id = ?, sent_at = ? WHERE id = ? AND state = ?",
            (OperationState.SENT.value, message_id, to_us(now), operation_id, OperationState.REQUESTED.value),
        )
        == 1
    )


def settle(
    db: Connection,
    operation_id: int,
    state: OperationState,
    answer: bytes | None,
    now: datetime,
    *,
    among: Iterable[OperationState],
) -> bool:
    """Write the outcome; False when it is in none of the states `among` (somebody settled it before)."""
    names = tuple(before.value for before in among)
    marks = ", ".join("?" * len(names))
    return (
        db.run(
            f"UPDATE operations SET state = ?, answer = ?, settled_at = ? WHERE id = ? AND state IN ({marks})",
            (state.value, answer, to_us(now), operation_id, *names),
        )
        == 1
    )


def recover(db: Connection, now: datetime) -> int:
    """After a restart: what was sent is unknown, what was not sent in time has expired. Return how many were sent."""
    at = to_us(now)
    db.run(
        "UPDATE operations SET state = ?, settled_at = ? WHERE state = ? AND expires_at <= ?",
        (OperationState.EXPIRED.value, at, OperationState.REQUESTED.value, at),
    )
    return db.run(
        "UPDATE operations SET state = ?, settled_at = ? WHERE state = ?",
        (OperationState.UNKNOWN.value, at, OperationState.SENT.value),
    )


def _operation(row: Row) -> OperationRow:
    values = dict(zip(OperationRow.__struct_fields__, row, strict=True))
    for name in ("requested_at", "expires_at", "sent_at", "settled_at"):
        values[name] = None if values[name] is None else from_us(values[name])
    for name in ("payload", "answer"):
        values[name] = None if values[name] is None else bytes(values[name])
    return OperationRow(**values | {"state": OperationState(values["state"])})
