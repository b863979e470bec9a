"""One call of a charge point as one store job: journal, recognise a repetition, handle, answer (docs/architecture.md).

Nothing here waits or sends: `Connection` submits these jobs and answers after their commit.
"""

from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from ..clock import to_us
from ..ids import Ids
from ..ocpp import messages as m
from ..ocpp.errors import ErrorCode, OcppError
from ..ocpp.rpc import BadCall, Call
from ..ocpp.types import Payload
from ..store import charge_points, frames, id_tags, orphans
from ..store.charge_points import ChargePointIdentity
from ..store.connection import Connection
from ..store.frames import Frame
from . import booking, settlement
from .handlers import HANDLERS
from .origin import Note, Origin

# The same message again gets the very answer it got: the state may have moved on since. All others are answered
# afresh; charge points that count their messages from one after each boot repeat them without meaning it.
ANSWERED_ONCE = frozenset({m.StartTransactionRequest, m.StopTransactionRequest})
# Answered by a response whatever they say (§4.8, §4.10).
NEVER_REFUSED = frozenset({"StartTransaction", "StopTransaction"})
# What must not be stored twice is known again by its payload.
TOLD_APART = frozenset({"StartTransaction", "StopTransaction", "MeterValues"})
HASH_BYTES = 16
encode = msgspec.json.Encoder().encode


class Outcome(Struct, frozen=True):
    """What the charge point is to be told after the commit, and what the log is told."""

    answer: Payload | OcppError
    notes: list[Note]


def handle_call(
    charge_point: ChargePointIdentity, call: Call, text: bytes, received_at: datetime, ids: Ids, db: Connection
) -> Outcome:
    """The job of a call that could be read."""
    origin = _origin(charge_point, call, text, received_at, ids)
    request_type = type(call.request)
    if request_type in ANSWERED_ONCE:
        return Outcome(_answer_once(db, origin, call), origin.notes)
    answer = _handle(db, origin, call)
    frames.keep(db, origin.frame, _to_json(answer))
    return Outcome(answer, origin.notes)


def _origin(
    charge_point: ChargePointIdentity, call: Call | BadCall, text: bytes, received_at: datetime, ids: Ids
) -> Origin:
    payload = call.payload
    action = call.action or ""
    digest = blake2b(payload, digest_size=HASH_BYTES).digest() if action in TOLD_APART else b""
    frame = Frame(charge_point, call.message_id, digest, action, text, to_us(received_at))
    return Origin(charge_point, frame, payload, received_at, ids, [])


def _handle(db: Connection, origin: Origin, call: Call) -> Payload | OcppError:
    handler = HANDLERS.get(type(call.request))
    if handler is None:
        return OcppError(ErrorCode.NOT_SUPPORTED, f"{call.action} is not supported")
    return handler(db, origin, call.request)


def _answer_once(db: Connection, origin: Origin, call: Call) -> Payload | OcppError:
    if not frames.keep_once(db, origin.frame, b""):
        stored = frames.answer(db, origin.frame)
        if stored.startswith(b"{"):  # else it was refused then, before we wanted this charge point
            return _decode_answer(origin, stored)
    answer = _handle(db, origin, call)
    frames.settle(db, origin.frame, _to_json(answer))
    return answer


def _decode_answer(origin: Origin, stored: bytes) -> Payload:
    return msgspec.json.decode(stored, type=m.MESSAGES[origin.frame.action].response)


def _to_json(answer: Payload | OcppError) -> bytes:
    if isinstance(answer, OcppError):
        return encode((answer.code, answer.description))
    return encode(answer)


def keep_refused(
    charge_point: ChargePointIdentity, bad: BadCall, text: bytes, received_at: datetime, ids: Ids, db: Connection
) -> Outcome:
    """The job of a call that cannot be read or may not be made: journalled with its refusal."""
    origin = _origin(charge_point, bad, text, received_at, ids)
    keep = frames.keep_once if bad.action in NEVER_REFUSED else frames.keep
    keep(db, origin.frame, _to_json(bad.error))
    return Outcome(bad.error, origin.notes)


def keep_orphan(
    charge_point: ChargePointIdentity,
    call: Call | BadCall,
    why: str,
    text: bytes,
    received_at: datetime,
    ids: Ids,
    db: Connection,
) -> Outcome:
    """The job of a StartTransaction or StopTransaction that cannot be booked: kept raw, answered all the same."""
    origin = _origin(charge_point, call, text, received_at, ids)
    if not frames.keep_once(db, origin.frame, b""):
        stored = frames.answer(db, origin.frame)
        if stored.startswith(b"{"):
            return Outcome(_decode_answer(origin, stored), origin.notes)
    fields = _readable_fields(call.payload)
    transaction_id = fields.get("transactionId")
    orphans.keep(
        db,
        charge_point,
        action=origin.frame.action,
        why=why,
        transaction_id=transaction_id if _is_int64(transaction_id) else None,
        payload_hash=origin.frame.payload_hash,
        text=text,
        received_at=received_at,
    )
    answer = _orphans_answer(db, origin, fields.get("idTag"))
    frames.settle(db, origin.frame, _to_json(answer))
    return Outcome(answer, origin.notes)


def _orphans_answer(db: Connection, origin: Origin, id_tag: object) -> Payload:
    if origin.frame.action == "StopTransaction":
        return m.StopTransactionResponse()
    info = id_tags.INVALID
    if isinstance(id_tag, str):
        info = id_tags.info(db, origin.charge_point.account_id, id_tag.replace("\0", ""), origin.received_at)
    # An id of its own: what follows under it is known to be of no transaction of ours.
    return m.StartTransactionResponse(transaction_id=origin.ids.positive_int31(), id_tag_info=info)


def _readable_fields(payload: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _is_int64(value: object) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def touch(charge_point: ChargePointIdentity, ids: Ids, now: datetime, db: Connection) -> list[Note]:
    """The job of a sign of life: note it, and end what a boot or silence has ended meanwhile."""
    return end_overdue(db, charge_point, charge_points.seen(db, charge_point, now), ids, now)


def end_overdue(
    db: Connection, charge_point: ChargePointIdentity, booted_at: datetime | None, ids: Ids, now: datetime
) -> list[Note]:
    """End what a boot interrupted; write the sessions whose Stop has not come in time."""
    notes = []
    if booted_at is not None and (lost := booking.give_up_after_boot(db, charge_point, booted_at, now)):
        notes.append(Note("transaction.lost_at_boot", {"count": lost}))
    if written := settlement.settle_overdue(db, charge_point, ids, now):
        notes.append(Note("transaction.stop_overdue", {"count": written}))
    return notes
