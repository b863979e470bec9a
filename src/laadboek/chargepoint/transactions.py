"""Sessions as this platform sees them: Start- and StopTransaction, and what it says to them (OCPP 1.6 §4.8, §4.10)."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..facts import EndReason, SessionEnded, SessionStarted, TransactionRefused
from ..ocpp import messages as m
from ..ocpp.errors import OcppError
from ..ocpp.types import Payload
from . import authorisation, charging_profiles, configuration, images, metering, outbox, register, routing, thinning
from .events import OutboxRead
from .outbox import AboutTransaction
from .state import OpenCall, OutboxEntry, Transaction
from .step import Step, whole_second


class AboutSettled(Struct, frozen=True):
    """A repeat whose first sending was answered after all: its own answer only frees the socket."""


def started(step: Step, fact: SessionStarted) -> None:
    if not _is_new(step, fact.number):
        return
    if not routing.is_routed(step.config, fact):
        return
    id_tag = routing.id_tag_of_start(step, fact)
    offset_wh = register.offset(step, fact)
    start_wh = fact.register_wh + offset_wh
    transaction = Transaction(
        session_id=fact.session_id,
        connector_id=fact.connector_id,
        id_tag=id_tag,
        started_at=fact.started_at,
        start_wh=start_wh,
        offset_wh=offset_wh,
    )
    begin = m.ReadingContext.TRANSACTION_BEGIN
    images.keep(step, transaction)
    step.keep(metering.end_point(step, transaction, start_wh, fact.started_at, begin))
    request = m.StartTransactionRequest(
        connector_id=fact.connector_id,
        id_tag=id_tag,
        meter_start=start_wh,
        reservation_id=fact.reservation_id if fact.reserved_by == step.config.link_id else None,
        timestamp=whole_second(fact.started_at),
    )
    outbox.enqueue(step, request, fact.session_id)
    metering.plan(step)
    charging_profiles.transaction_started(step, fact)


def ended(step: Step, fact: SessionEnded) -> None:
    if not _is_new(step, fact.number):
        return
    transaction = step.durable.transactions.get(fact.session_id)
    if transaction is None or transaction.ended:
        return  # not routed to this link, or it began before the link existed (RULES §6), or was given up
    _end(step, transaction, fact, routing.id_tag_of_stop(step, fact, transaction.id_tag))


def give_up(step: Step) -> None:
    """The link is removed: to this platform what runs ends here and now (RULES §6)."""
    for transaction in step.durable.transactions.values():
        if transaction.ended:
            continue
        reading = step.state.readings.get(transaction.connector_id)
        at_start_wh = transaction.start_wh - transaction.offset_wh
        end = SessionEnded(
            number=step.durable.applied_fact,
            session_id=transaction.session_id,
            connector_id=transaction.connector_id,
            ended_at=max(step.now, transaction.started_at),
            register_wh=at_start_wh if reading is None else max(at_start_wh, reading.register_wh),
            reason=EndReason.OTHER,
        )
        _end(step, transaction, end, None)


def _end(step: Step, transaction: Transaction, fact: SessionEnded, id_tag: str | None) -> None:
    end_wh = fact.register_wh + transaction.offset_wh
    register.reach(step, transaction.connector_id, end_wh)
    end = m.ReadingContext.TRANSACTION_END
    transaction = metering.end_point(step, transaction, end_wh, fact.ended_at, end)
    request = m.StopTransactionRequest(
        id_tag=id_tag,
        meter_stop=end_wh,
        timestamp=whole_second(fact.ended_at),
        transaction_id=NOT_YET_KNOWN,
        reason=m.Reason(fact.reason.value),
        transaction_data=metering.transaction_data(transaction),
    )
    thinning.last(step, transaction)
    transaction = replace(transaction, end_wh=end_wh, ended=True, collected=(), last_value=b"")
    images.keep(step, transaction)
    step.keep(transaction)
    outbox.enqueue(step, request, fact.session_id)
    metering.plan(step)
    charging_profiles.plan(step)


NOT_YET_KNOWN = 0  # in a stored body; the first attempt writes the platform's id over it


def _is_new(step: Step, number: int) -> bool:
    """Numbered facts are replayed after a crash; each is applied once."""
    if number <= step.durable.applied_fact:
        return False
    step.save(applied_fact=number)
    return True


# --- what the platform says -------------------------------------------------------------------------------------------


def _answered(step: Step, about: AboutTransaction, response: Payload) -> None:
    entry = outbox.acknowledge(step, about, response)
    match response:
        case m.StartTransactionResponse():
            _start_answered(step, entry.session_id or "", response)
        case m.StopTransactionResponse() if response.id_tag_info is not None:
            stopped_by = msgspec.json.decode(entry.body, type=m.StopTransactionRequest).id_tag
            if stopped_by is not None:
                authorisation.learn(step, stopped_by, response.id_tag_info)
    _forget_if_done(step, entry, "settled")


def _start_answered(step: Step, session_id: str, response: m.StartTransactionResponse) -> None:
    """The id counts whenever it comes, whatever number it is (errata 3.54).

    A refusal binds while the transaction goes on (errata 3.17).
    """
    transaction = step.durable.transactions.get(session_id)
    if transaction is None:
        return
    accepted = response.id_tag_info.status is m.AuthorizationStatus.ACCEPTED
    transaction = replace(transaction, transaction_id=response.transaction_id, refused=not accepted)
    images.keep(step, transaction)
    step.keep(transaction)
    authorisation.learn(step, transaction.id_tag, response.id_tag_info)
    if not accepted:  # whether that binds, and whom, the charger knows (RULES §6)
        stop = configuration.flag(step.state, "StopTransactionOnInvalidId")
        wish = TransactionRefused(
            link_id=step.config.link_id,
            session_id=session_id,
            stop=stop,
            allowance_wh=0 if stop else configuration.integer(step.state, "MaxEnergyOnInvalidId"),
        )
        step.ask(wish)


def _failed(step: Step, about: AboutTransaction, error: OcppError | None) -> None:
    """A lost socket is no failure: the same bytes go out on the next one."""
    given_up = outbox.refuse(step, about, error) if error is not None else None
    if given_up is not None:
        _forget_if_done(step, given_up, "set_aside")


def _forget_if_done(step: Step, entry: OutboxEntry, outcome: str) -> None:
    """Settled, one way or the other: with its StopTransaction a transaction is history."""
    transaction = step.durable.transactions.get(entry.session_id or "")
    if entry.action == "StopTransaction":
        if transaction is not None:
            images.keep(step, transaction, outcome if transaction.transaction_id is not None else "set_aside")
        kept = {key: value for key, value in step.durable.transactions.items() if key != entry.session_id}
        step.save(transactions=kept)


def late_answer(step: Step, message_id: str, response: Payload) -> None:
    """An answer on a socket that was already given up counts as much as any other."""
    about = outbox.waits_for(step, message_id)
    if about is None:
        return
    _answered(step, about, response)
    open_call = step.state.open_call
    if open_call is not None and open_call.message_id == message_id:  # sent again meanwhile
        step.change(open_call=OpenCall(message_id, AboutSettled()))


def imaged(transactions: dict[str, Transaction], entries: Sequence[OutboxEntry]) -> dict[str, Transaction]:
    """Every StartTransaction that waits has its transaction, also one that was set aside and is put back."""
    waiting = {
        entry.session_id: _image(entry.session_id, entry.body)
        for entry in entries
        if entry.action == "StartTransaction" and entry.session_id is not None
    }
    missing = {session_id: image for session_id, image in waiting.items() if session_id not in transactions}
    return transactions | missing if missing else transactions


def _image(session_id: str, body: bytes) -> Transaction:
    start = msgspec.json.decode(body, type=m.StartTransactionRequest)
    return Transaction(
        session_id=session_id,
        connector_id=start.connector_id,
        id_tag=start.id_tag,
        started_at=start.timestamp,
        start_wh=start.meter_start,
        ended=True,
    )


def read_on(step: Step, event: OutboxRead) -> None:
    """The next messages of the queue are in memory."""
    outbox.read(step, event.entries)
    step.save(transactions=imaged(step.durable.transactions, event.entries))


def _nothing(step: Step, about: AboutSettled, _: Any) -> None:
    """Already settled."""


ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutTransaction: _answered, AboutSettled: _nothing}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {
    AboutTransaction: _failed,
    AboutSettled: _nothing,
}
