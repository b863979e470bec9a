"""The raw journal: every call of a charge point with the answer it got, stored before the answer leaves.

`answer` is the JSON of the response, or `[code, description]` of the CALLERROR.

Starts and stops are unique by charge point, message id and hash of the payload: the first key of idempotency. The same
message id with another payload is another message (many charge points count from one again after each boot). All other
calls are journalled each time they come.
"""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us
from .charge_points import ChargePointIdentity
from .connection import Connection, Params

INSERT = (
    "INSERT INTO frames (account_id, charge_point_id, message_id, payload_hash, action, text, answer, received_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
ONCE = "action IN ('StartTransaction', 'StopTransaction')"  # word for word the condition of the unique index
INSERT_ONCE = f"{INSERT} ON CONFLICT (charge_point_id, message_id, payload_hash) WHERE {ONCE} DO NOTHING"


class Frame(Struct, frozen=True, gc=False):
    """A call as it was received."""

    charge_point: ChargePointIdentity
    message_id: str
    payload_hash: bytes
    action: str
    text: bytes
    received_us: int


def keep_once(db: Connection, frame: Frame, answer: bytes) -> bool:
    """Journal a start or stop; False when this very one was journalled before. `answer` may still be settled."""
    return db.run(INSERT_ONCE, _row(frame, answer)) == 1


def keep(db: Connection, frame: Frame, answer: bytes) -> None:
    """Journal any other call with its answer."""
    db.run(INSERT, _row(frame, answer))


def _row(frame: Frame, answer: bytes) -> Params:
    point = frame.charge_point
    return (
        point.account_id,
        point.id,
        frame.message_id,
        frame.payload_hash,
        frame.action,
        frame.text,
        answer,
        frame.received_us,
    )


def settle(db: Connection, frame: Frame, answer: bytes) -> None:
    db.run(
        f"UPDATE frames SET answer = ? WHERE charge_point_id = ? AND message_id = ? AND payload_hash = ? AND {ONCE}",
        (answer, frame.charge_point.id, frame.message_id, frame.payload_hash),
    )


def answer(db: Connection, frame: Frame) -> bytes:
    """The answer that this call, which was journalled before, got then."""
    row = db.row(
        f"SELECT answer FROM frames WHERE charge_point_id = ? AND message_id = ? AND payload_hash = ? AND {ONCE}",
        (frame.charge_point.id, frame.message_id, frame.payload_hash),
    )
    assert row is not None, f"{frame.charge_point.public_id}: {frame.message_id} was journalled"
    return bytes(row[0])


class KeptCall(Struct, frozen=True, gc=False):
    """A call in the journal."""

    id: int
    message_id: str
    action: str
    text: bytes
    answer: bytes
    received_at: datetime


def newest(db: Connection, account_id: int, charge_point_id: int, before: int, limit: int) -> list[KeptCall]:
    """The charge point's calls that were journalled before the row `before`, newest first."""
    rows = db.rows(
        "SELECT id, message_id, action, text, answer, received_at FROM frames WHERE account_id = ? "
        "AND charge_point_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
        (account_id, charge_point_id, before, limit),
    )
    return [
        KeptCall(row_id, message_id, action, bytes(text), bytes(reply), from_us(at))
        for row_id, message_id, action, text, reply, at in rows
    ]
