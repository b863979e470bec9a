"""Starts and stops into transactions (§4.8, §4.10): never refused, never twice, never somebody else's.

| what comes | what becomes of it |
|---|---|
| the same start again | the same transaction |
| a start while another is open on the connector | the earlier of the two ended without a Stop: provisional |
| Available, or a boot and then silence | what is open there ended without a Stop: provisional |
| nothing, for a day | what is open ended when it was heard last: provisional |
| Stop of an open or provisional transaction | closed, by the Stop's word |
| the same Stop again | nothing |
| another Stop of a closed one, or of a transaction that is not this charge point's | an orphan |
| Stop with no id (-1 or 0, errata 3.18) | the only transaction it fits, else an orphan until such a start comes |
"""

from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from ..ids import Ids
from ..ocpp import messages as m
from ..ocpp.types import ChargePointStatus, Reason
from ..store import charge_points, meter_values, orphans, transactions
from ..store.charge_points import ChargePointIdentity
from ..store.connection import Connection
from ..store.id_tags import fold
from ..store.transactions import Flag, Start, Stop, TransactionRow, TransactionState
from . import settlement
from .origin import Origin

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)  # OCPP 1.6 is younger: such a clock was never set
FUTURE = timedelta(days=1)
PATIENCE_AFTER_BOOT = timedelta(minutes=15)  # then a transaction without a sign of life has ended
UNFINISHED = (TransactionState.OPEN, TransactionState.PROVISIONAL)
DRAWING = frozenset({ChargePointStatus.CHARGING, ChargePointStatus.SUSPENDED_EV, ChargePointStatus.SUSPENDED_EVSE})


class Stamped(Struct):
    """The one field that we also keep as it was written."""

    timestamp: str


timestamp_text = msgspec.json.Decoder(Stamped).decode
stop_frame = msgspec.json.Decoder(tuple[int, str, str, m.StopTransactionRequest]).decode


def is_plausible(instant: datetime, received_at: datetime) -> bool:
    return EARLIEST <= instant <= received_at + FUTURE


def start(db: Connection, origin: Origin, request: m.StartTransactionRequest) -> TransactionRow:
    """Book the start, or find it booked."""
    charge_point = origin.charge_point
    plausible = is_plausible(request.timestamp, origin.received_at)
    begun = Start(
        connector_id=request.connector_id,
        id_tag=request.id_tag,
        meter_start_wh=request.meter_start,
        started_at=request.timestamp,
        started_text=timestamp_text(origin.payload).timestamp,
        received_at=origin.received_at,
        flags=frozenset() if plausible else frozenset({Flag.START_TIME_IMPLAUSIBLE}),
        session_id=origin.ids.public("ses") if charge_point.charger_id is None else None,
    )
    transaction, is_new = transactions.start(db, charge_point, begun, origin.ids.positive_int31)
    if not is_new:
        return transaction
    if not plausible:
        origin.note("transaction.time_implausible", transaction_id=transaction.transaction_id, text=begun.started_text)
    transaction = settlement.find_session(db, charge_point, transaction)
    transaction = _make_room(db, origin, transaction)
    return _match_earlier_stop(db, origin, transaction)


def _make_room(db: Connection, origin: Origin, new: TransactionRow) -> TransactionRow:
    """At most one is open on a connector: the one that started last."""
    for other in _open_on(db, origin.charge_point, new.connector_id):
        if other.id == new.id:
            continue
        origin.note("transaction.second_open", connector_id=new.connector_id, transaction_id=other.transaction_id)
        if other.began_at <= new.began_at:
            _end_without_stop(db, origin, other, new.began_at)
        else:
            return _end_without_stop(db, origin, new, other.began_at)
    return new


def _open_on(db: Connection, charge_point: ChargePointIdentity, connector_id: int) -> list[TransactionRow]:
    return [one for one in transactions.unfinished(db, charge_point) if one.connector_id == connector_id]


def connector_is_free(db: Connection, origin: Origin, connector_id: int, since: datetime) -> None:
    """Available (§4.9): whatever started there before has ended."""
    for transaction in _open_on(db, origin.charge_point, connector_id):
        if transaction.began_at < since:
            _end_without_stop(db, origin, transaction, since)


def give_up_after_boot(db: Connection, charge_point: ChargePointIdentity, booted_at: datetime, now: datetime) -> int:
    """End what a boot interrupted and nobody resumed; return how many."""
    if now - booted_at < PATIENCE_AFTER_BOOT:
        return 0
    if not transactions.open_since_before(db, charge_point, booted_at):  # asked at every sign of life
        return 0
    interrupted = [one for one in transactions.unfinished(db, charge_point) if one.began_at < booted_at]
    resumed = {
        status.connector_id
        for status in charge_points.statuses(db, charge_point.account_id, charge_point.id)
        if status.status in DRAWING and status.reported_at >= booted_at
    }
    lost = [
        one
        for one in interrupted
        if one.connector_id not in resumed
        and not meter_values.reported_since(db, charge_point, one.transaction_id, booted_at)
    ]
    for transaction in lost:
        register_wh = _last_register(db, charge_point, transaction, booted_at)
        transactions.end_provisionally(db, transaction, booted_at, register_wh, now)
    return len(lost)


def give_up_silent(db: Connection, charge_point: ChargePointIdentity, heard_at: datetime, now: datetime) -> int:
    """End what is open when it was heard last, at its last register; return how many. A Stop may still come."""
    left_open = transactions.unfinished(db, charge_point)
    for transaction in left_open:
        register_wh = _last_register(db, charge_point, transaction, now)
        transactions.end_provisionally(db, transaction, max(heard_at, transaction.started_at), register_wh, now)
    return len(left_open)


def give_up_for_good(db: Connection, charge_point: ChargePointIdentity, ids: Ids, now: datetime) -> int:
    """It was removed and will tell no more: end what is open at its last register, write the sessions; how many."""
    left_open = transactions.unfinished(db, charge_point)
    for transaction in left_open:
        register_wh = _last_register(db, charge_point, transaction, now)
        transactions.end_provisionally(db, transaction, now, register_wh, now)
    settlement.settle_overdue(db, charge_point, ids, now, patience=timedelta())
    return len(left_open)


def _end_without_stop(db: Connection, origin: Origin, transaction: TransactionRow, at: datetime) -> TransactionRow:
    register_wh = _last_register(db, origin.charge_point, transaction, at)
    origin.note("transaction.ended_without_stop", transaction_id=transaction.transaction_id, register_wh=register_wh)
    return transactions.end_provisionally(db, transaction, at, register_wh, origin.received_at)


def _last_register(
    db: Connection, charge_point: ChargePointIdentity, transaction: TransactionRow, until: datetime
) -> int:
    """The last register that can be trusted: never below the start's."""
    reported = meter_values.registers(
        db,
        charge_point,
        connector_id=transaction.connector_id,
        transaction_id=transaction.transaction_id,
        since=transaction.started_at,
        until=until,
    )
    return max((one.register_wh for one in reported), default=transaction.meter_start_wh)


def stop(db: Connection, origin: Origin, request: m.StopTransactionRequest) -> None:
    """Close the transaction by its Stop; what cannot be booked becomes an orphan."""
    charge_point = origin.charge_point
    transaction = transactions.find(db, charge_point, request.transaction_id)
    if transaction is None:
        return _stop_of_unknown(db, origin, request)
    if transaction.state is not TransactionState.CLOSED:
        return _close(db, origin, transaction, request, origin.payload, origin.frame.payload_hash)
    if (transaction.meter_stop_wh, transaction.stopped_at) != (request.meter_stop, request.timestamp):
        origin.note("transaction.already_closed", transaction_id=request.transaction_id)
        _keep_orphan(db, origin, "already_closed", request.transaction_id)
    return None


def _close(
    db: Connection,
    origin: Origin,
    transaction: TransactionRow,
    request: m.StopTransactionRequest,
    payload: bytes,
    payload_hash: bytes,
    *extra: Flag,
) -> None:
    charge_point = origin.charge_point
    flags = _oddities(transaction, request, origin.received_at).union(extra)
    for flag in sorted(flags):
        origin.note("transaction.odd", transaction_id=transaction.transaction_id, flag=flag.value)
    ended = Stop(
        meter_stop_wh=request.meter_stop,
        stopped_at=request.timestamp,
        stopped_text=timestamp_text(payload).timestamp,
        received_at=origin.received_at,
        reason=(request.reason or Reason.LOCAL).value,  # no reason means Local (§6.49)
        id_tag=request.id_tag,
        flags=flags,
    )
    closed = transactions.stop(db, transaction, ended)
    meter_values.save(
        db,
        charge_point,
        connector_id=closed.connector_id,
        transaction_id=closed.transaction_id,
        values=request.transaction_data or (),
        payload_hash=payload_hash,
    )
    settlement.settle(db, charge_point, closed, origin.ids, origin.received_at)


def _oddities(transaction: TransactionRow, request: m.StopTransactionRequest, received_at: datetime) -> frozenset[Flag]:
    found = {
        Flag.METER_BACKWARDS: request.meter_stop < transaction.meter_start_wh,
        Flag.STOP_BEFORE_START: request.timestamp < transaction.started_at,
        Flag.STOP_TIME_IMPLAUSIBLE: not is_plausible(request.timestamp, received_at),
    }
    return frozenset(flag for flag, is_so in found.items() if is_so)


def _stop_of_unknown(db: Connection, origin: Origin, request: m.StopTransactionRequest) -> None:
    charge_point, transaction_id = origin.charge_point, request.transaction_id
    if transaction_id > 0:
        foreign = transactions.is_foreign(db, charge_point, transaction_id)
        why = "foreign_transaction" if foreign else "unknown_transaction"
        origin.note(f"transaction.{why}", transaction_id=transaction_id)
        return _keep_orphan(db, origin, why, transaction_id)
    candidates = [one for one in transactions.unfinished(db, charge_point, UNFINISHED) if fits(one, request)]
    if len(candidates) == 1:
        return _close(db, origin, candidates[0], request, origin.payload, origin.frame.payload_hash, Flag.STOP_MATCHED)
    if not transactions.was_closed_by(db, charge_point, request.meter_stop, request.timestamp):
        origin.note("transaction.no_id", candidates=len(candidates))
        _keep_orphan(db, origin, "no_id", transaction_id)
    return None


def fits(transaction: TransactionRow, request: m.StopTransactionRequest) -> bool:
    """Can a Stop without id be the one of this transaction?"""
    same_tag = request.id_tag is None or fold(request.id_tag) == fold(transaction.id_tag)
    after_start = request.timestamp >= transaction.started_at and request.meter_stop >= transaction.meter_start_wh
    return same_tag and after_start


def _match_earlier_stop(db: Connection, origin: Origin, transaction: TransactionRow) -> TransactionRow:
    """A Stop without id that waited for this start."""
    for orphan in orphans.unmatched(db, origin.charge_point, "StopTransaction", "no_id"):
        request = stop_frame(orphan.text)[3]
        if fits(transaction, request):
            payload = msgspec.json.encode(msgspec.json.decode(orphan.text)[3])
            _close(db, origin, transaction, request, payload, orphan.payload_hash, Flag.STOP_MATCHED)
            orphans.matched(db, origin.charge_point, orphan.id, origin.received_at)
            return transactions.find(db, origin.charge_point, transaction.transaction_id) or transaction
    return transaction


def _keep_orphan(db: Connection, origin: Origin, why: str, transaction_id: int | None) -> None:
    orphans.keep(
        db,
        origin.charge_point,
        action=origin.frame.action,
        why=why,
        transaction_id=transaction_id,
        payload_hash=origin.frame.payload_hash,
        text=origin.frame.text,
        received_at=origin.received_at,
    )
