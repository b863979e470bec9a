"""Transaction messages: stored first, sent in strict order, one at a time, never lost (OCPP 1.6 §3.7).

After a time-out or a lost socket the same bytes go out under the same id, on the next socket only, and that is never
counted. After a CALLERROR a new attempt under a new id follows, TransactionMessageRetryInterval × n later; past
TransactionMessageAttempts the message is set aside in sight and the queue goes on.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..ocpp import messages as m
from ..ocpp.errors import OcppError
from ..ocpp.types import Payload
from . import configuration
from .config import LinkConfig
from .effects import Enqueue, RecordAttempt, Settle
from .state import FaceState, LinkPhase, OpenCall, Outbox, OutboxEntry, Standing
from .step import Step


class AboutTransaction(Struct, frozen=True):
    seq: int


def enqueue(step: Step, request: Payload, session_id: str) -> None:
    """Store a transaction message in the turn of its fact."""
    seq = step.durable.next_seq
    entry = OutboxEntry(
        seq=seq,
        action=m.ACTION_OF[type(request)],
        session_id=session_id,
        body=msgspec.json.encode(request),
        created_at=step.now,
    )
    step.save(next_seq=seq + 1)
    outbox = step.state.outbox
    step.change(outbox=replace(outbox, entries=(*outbox.entries, entry)))
    step.do(Enqueue(seq=seq, action=entry.action, session_id=session_id, body=entry.body, created_at=step.now))


def attempt(step: Step) -> None:
    """Send the first message of the queue, if it is its time: the frozen bytes again, or freeze them now."""
    outbox = step.state.outbox
    if not outbox.entries or (outbox.retry_at is not None and outbox.retry_at > step.now):
        return
    assert step.rpc is not None
    entry = outbox.entries[0]
    if entry.text is None or entry.refused:
        entry = _freeze(step, entry)
        assert entry.message_id is not None and entry.text is not None
    else:
        assert entry.message_id is not None
        step.rpc.resend(entry.message_id, entry.action, entry.text, step.now)
    step.change(open_call=OpenCall(entry.message_id, AboutTransaction(entry.seq)))
    step.send(entry.text)


def _freeze(step: Step, entry: OutboxEntry) -> OutboxEntry:
    """Transaction id, message id and bytes are fixed here and recorded before anything leaves."""
    assert step.rpc is not None
    message_id = step.message_id()
    text = step.rpc.call(message_id, _filled_in(step, entry), step.now)
    entry = replace(entry, attempt=entry.attempt + 1, message_id=message_id, text=text, sent_at=step.now, refused=False)
    step.change(outbox=Outbox((entry, *step.state.outbox.entries[1:])))
    attempted = RecordAttempt(
        seq=entry.seq,
        attempt=entry.attempt,
        message_id=message_id,
        text=text,
        socket_no=step.state.link.socket_no,
        sent_at=step.now,
    )
    step.do(attempted)
    return entry


def _filled_in(step: Step, entry: OutboxEntry) -> Payload:
    """The request as it goes out. What follows a StartTransaction that was given up carries -1 (errata 3.18)."""
    request = msgspec.json.decode(entry.body, type=m.MESSAGES[entry.action].request)
    if isinstance(request, m.StartTransactionRequest):
        return request
    transaction = step.durable.transactions.get(entry.session_id or "")
    known = transaction.transaction_id if transaction is not None else None
    return replace(request, transaction_id=-1 if known is None else known)


def acknowledge(step: Step, about: AboutTransaction, response: Payload) -> OutboxEntry:
    """The platform has it."""
    entry = _first(step, about)
    step.change(outbox=Outbox(step.state.outbox.entries[1:]))
    step.do(Settle(seq=entry.seq, outcome="acked", answer=msgspec.json.encode(response), settled_at=step.now))
    return entry


def refuse(step: Step, about: AboutTransaction, error: OcppError) -> OutboxEntry | None:
    """The platform failed to process it (OCPP-J errata 3.3): wait, or set it aside and return it."""
    entry = _first(step, about)
    rest = step.state.outbox.entries[1:]
    answer = msgspec.json.encode({"errorCode": error.code, "errorDescription": error.description})
    if entry.attempt < configuration.integer(step.state, "TransactionMessageAttempts"):
        entry = replace(entry, refused=True)
        step.change(outbox=Outbox((entry, *rest), _retry_at(step.state, entry, step.now)))
        step.do(Settle(seq=entry.seq, outcome="refused", answer=answer, settled_at=step.now))
        return None
    step.change(outbox=Outbox(rest))
    step.save(set_aside=step.durable.set_aside + 1)
    step.do(Settle(seq=entry.seq, outcome="set_aside", answer=answer, settled_at=step.now))
    step.notify("outbox.set_aside", seq=entry.seq, action=entry.action, error=str(error.code))
    return entry


def _first(step: Step, about: AboutTransaction) -> OutboxEntry:
    entry = step.state.outbox.entries[0]
    assert entry.seq == about.seq, f"answer to {about.seq}, first in the queue is {entry.seq}"
    return entry


def _retry_at(state: FaceState, entry: OutboxEntry, since: datetime) -> datetime:
    """The interval, multiplied by the number of preceding transmissions (§3.7.1)."""
    interval_s = configuration.integer(state, "TransactionMessageRetryInterval")
    return since + timedelta(seconds=interval_s * entry.attempt)


def restored(state: FaceState, entries: tuple[OutboxEntry, ...]) -> Outbox:
    """The queue as the store kept it; a refused first message goes on waiting from when it was last sent."""
    first = entries[0] if entries else None
    if first is None or not first.refused or first.sent_at is None:
        return Outbox(entries)
    return Outbox(entries, _retry_at(state, first, first.sent_at))


def waits_for(step: Step, message_id: str) -> AboutTransaction | None:
    """The first message of the queue, if it went out under this id and was not answered yet."""
    entries = step.state.outbox.entries
    if not entries or entries[0].message_id != message_id or entries[0].refused:
        return None
    return AboutTransaction(entries[0].seq)


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    """Only what can be acted upon: while another call is open, or offline, the end of that is awaited."""
    free = state.link.phase is LinkPhase.OPEN and state.registration.standing is Standing.ACCEPTED
    busy = state.open_call is not None or bool(state.held)
    return state.outbox.retry_at if state.outbox.entries and free and not busy else None
