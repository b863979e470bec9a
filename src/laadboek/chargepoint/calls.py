"""What goes over the socket: one open Call of ours at a time, and whatever the platform says (OCPP-J 1.6 §4)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from ..ocpp.errors import OcppError
from ..ocpp.rpc import Answer, BadCall, Call, ErrorAnswer, Rpc
from . import (
    authorisation,
    metering,
    outbox,
    platform_clock,
    registration,
    requests,
    statuses,
    transactions,
    trigger,
    unknown_trigger,
)
from .maintenance import firmware, news
from .outbox import AboutTransaction
from .security import certificates, security_events
from .state import LinkPhase, OpenCall, Outgoing, Standing
from .step import Step

# What an answer means is known by the module that asked.
ANSWERED: Mapping[type[Struct], Callable[[Step, Any, Any], None]] = {
    **authorisation.ANSWERED,
    **certificates.ANSWERED,
    **metering.ANSWERED,
    **news.ANSWERED,
    **registration.ANSWERED,
    **security_events.ANSWERED,
    **statuses.ANSWERED,
    **transactions.ANSWERED,
    **trigger.ANSWERED,
}
# A CALLERROR, or None when the socket went away before an answer.
FAILED: Mapping[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {
    **authorisation.FAILED,
    **certificates.FAILED,
    **metering.FAILED,
    **news.FAILED,
    **registration.FAILED,
    **security_events.FAILED,
    **statuses.FAILED,
    **transactions.FAILED,
    **trigger.FAILED,
}


def text_received(step: Step, rpc: Rpc, text: bytes) -> None:
    received = rpc.receive(text, step.now)
    rejected = step.state.registration.standing is Standing.REJECTED
    match received:
        case Answer(late=True):
            transactions.late_answer(step, received.message_id, received.response)
        case Answer():
            about = _close_call(step, received.message_id)
            ANSWERED[type(about)](step, about, received.response)
        case ErrorAnswer(late=False):
            registration.doubted(step, received.error)
            about = _close_call(step, received.message_id)
            FAILED[type(about)](step, about, received.error)
        case Call() if not rejected:  # while Rejected the platform gets no answer (§4.2)
            requests.asked(step, received)
        case BadCall() if not rejected and (answer := unknown_trigger.answer(step, received)) is not None:
            step.send(rpc.answer(received.message_id, answer))
        case BadCall() if not rejected:
            security_events.bad_message(step, received.error)
            step.send(received.reply)


def text_received_late(step: Step, rpc: Rpc, text: bytes) -> None:
    """From a socket that was given up: only an answer is still worth something."""
    received = rpc.receive(text, step.now)
    if isinstance(received, Answer):
        transactions.late_answer(step, received.message_id, received.response)


def _close_call(step: Step, message_id: str) -> Struct:
    open_call = step.state.open_call
    assert open_call is not None and open_call.message_id == message_id, f"{message_id} answered, {open_call} open"
    first = step.state.transactions_first and isinstance(open_call.about, AboutTransaction)
    step.change(open_call=None, transactions_first=first)
    return open_call.about


def lost(step: Step) -> None:
    """The socket is gone. What waited for it either has rules for that, or was of the moment."""
    open_call, waiting = step.state.open_call, step.state.waiting
    step.change(open_call=None, waiting=())
    if open_call is not None:
        step.change(transactions_first=not isinstance(open_call.about, AboutTransaction))
    statuses.unplug_queue(step)
    for about in ([open_call.about] if open_call is not None else []) + [outgoing.about for outgoing in waiting]:
        FAILED[type(about)](step, about, None)


def pump(step: Step) -> None:
    """Send what may be sent next. A request that the platform waits for is answered first.

    Transactions wait for the rest, unless the platform left a part of that without an answer: said again on each
    socket and never answered, it would keep them waiting for ever.
    """
    firmware.pump(step)
    if step.state.free and step.state.transactions_first and step.online:
        outbox.attempt(step)
    if not step.state.free or step.rpc is None:
        return
    outgoing = _next(step)
    if outgoing is not None:
        message_id = step.message_id()
        text = step.rpc.call(message_id, platform_clock.dated(step, outgoing.request), step.now)
        step.change(open_call=OpenCall(message_id, outgoing.about))
        step.send(text)
    elif step.online:
        outbox.attempt(step)
        if step.state.open_call is None:
            security_events.attempt(step)


def has_more_to_say(step: Step) -> bool:
    """Something is being said or can be said now; what the platform keeps refusing is not waited for."""
    state = step.state
    if state.link.phase is not LinkPhase.OPEN:
        return False
    if state.open_call is not None or state.held:
        return True
    return step.online and (bool(state.waiting) or bool(state.outbox.entries and state.outbox.retry_at is None))


def _next(step: Step) -> Outgoing | None:
    """Before acceptance the boot, and what was triggered while Pending; then all that is no transaction message."""
    standing = step.state.registration.standing
    for outgoing in step.state.waiting:
        if standing is Standing.ACCEPTED or (outgoing.triggered and standing is Standing.PENDING):
            step.change(waiting=tuple(other for other in step.state.waiting if other is not outgoing))
            return outgoing
    return registration.next_boot(step)


def deadline(rpc: Rpc | None) -> datetime | None:
    return rpc.deadline() if rpc is not None else None
