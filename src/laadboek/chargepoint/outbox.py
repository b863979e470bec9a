"""Transaction messages: stored first, sent in strict order, one at a time, never lost (OCPP 1.6 §3.7).

After a time-out or a lost socket the same bytes go out under the same id, on the next socket only, and that is never
counted. After a CALLERROR a new attempt under a new id follows, TransactionMessageRetryInterval × n later; past
TransactionMessageAttempts the message is set aside in sight and the queue goes on. A person may put it back.

Only the first messages are in memory: a platform that is away for weeks costs disk, not memory.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..ocpp import messages as m
from ..ocpp.errors import OcppError
from ..ocpp.types import Payload
from . import configuration, platform_clock
from .config import LinkConfig
from .effects import Enqueue, PutBack, ReadOutbox, RecordAttempt, SetAsideQueue, Settle
from .events import Replayed
from .state import FaceState, OpenCall, Outbox, OutboxEntry
from .step import Step

WINDOW = 64  # messages in memory
READ_BELOW = 16  # so many are left when the next ones are read


class AboutTransaction(Struct, frozen=True):
    entry: OutboxEntry  # as it was sent


def queued(state: FaceState) -> int:
    """How many messages wait, in memory and behind."""
    return len(state.outbox.entries) + state.outbox.behind


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
    if outbox.behind or len(outbox.entries) >= WINDOW:
        step.change(outbox=replace(outbox, behind=outbox.behind + 1))
    else:
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
    step.change(open_call=OpenCall(entry.message_id, AboutTransaction(entry)))
    step.send(entry.text)


def _freeze(step: Step, entry: OutboxEntry) -> OutboxEntry:
    """Transaction id, message id and bytes are fixed here and recorded before anything leaves."""
    assert step.rpc is not None
    message_id = step.message_id()
    text = step.rpc.call(message_id, platform_clock.dated(step, _filled_in(step, entry)), step.now)
    entry = replace(entry, attempt=entry.attempt + 1, message_id=message_id, text=text, sent_at=step.now, refused=False)
    outbox = step.state.outbox
    step.change(outbox=replace(outbox, entries=(entry, *outbox.entries[1:]), retry_at=None))
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
    if transaction is None:
        return replace(request, transaction_id=_sent_before(entry))
    known = transaction.transaction_id
    return replace(request, transaction_id=-1 if known is None else known)


def _sent_before(entry: OutboxEntry) -> int:
    """The id that it carried before it was set aside; by now its transaction is history."""
    if entry.text is None:
        return -1
    return msgspec.json.decode(entry.text, type=tuple[int, str, str, _Named])[3].transaction_id


class _Named(Struct, frozen=True, rename="camel"):
    transaction_id: int = -1


def acknowledge(step: Step, about: AboutTransaction, response: Payload) -> OutboxEntry:
    """The platform has it."""
    entry = about.entry
    _take_out(step, entry)
    step.do(Settle(seq=entry.seq, outcome="acked", answer=msgspec.json.encode(response), settled_at=step.now))
    return entry


def refuse(step: Step, about: AboutTransaction, error: OcppError) -> OutboxEntry | None:
    """The platform failed to process it (OCPP-J errata 3.3): wait, or set it aside and return it."""
    entry = about.entry
    answer = msgspec.json.encode({"errorCode": error.code, "errorDescription": error.description})
    if _tries(entry) < configuration.integer(step.state, "TransactionMessageAttempts"):
        _wait(step, replace(entry, refused=True))
        step.do(Settle(seq=entry.seq, outcome="refused", answer=answer, settled_at=step.now))
        return None
    _take_out(step, entry)
    step.save(set_aside=step.durable.set_aside + 1)
    step.do(Settle(seq=entry.seq, outcome="set_aside", answer=answer, settled_at=step.now))
    step.notify("outbox.set_aside", seq=entry.seq, action=entry.action, error=str(error.code))
    return entry


def _tries(entry: OutboxEntry) -> int:
    return entry.attempt - entry.tries_from


def _take_out(step: Step, entry: OutboxEntry) -> None:
    """It is settled. One that was overtaken by a replay may stand behind by now."""
    outbox = step.state.outbox
    rest = tuple(other for other in outbox.entries if other.seq != entry.seq)
    behind = outbox.behind - (len(rest) == len(outbox.entries))
    assert behind >= 0, f"message {entry.seq} is settled, but was not in the queue"
    step.change(outbox=replace(outbox, entries=rest, behind=behind, retry_at=_due(step.state, rest)))


def _wait(step: Step, entry: OutboxEntry) -> None:
    """Refused: the wait begins now, not when it was sent."""
    outbox = step.state.outbox
    entries = tuple(entry if other.seq == entry.seq else other for other in outbox.entries)
    first = bool(entries) and entries[0].seq == entry.seq
    retry_at = _retry_at(step.state, entry, step.now) if first else outbox.retry_at
    step.change(outbox=replace(outbox, entries=entries, retry_at=retry_at))


def _retry_at(state: FaceState, entry: OutboxEntry, since: datetime) -> datetime:
    """The interval, multiplied by the number of preceding transmissions (§3.7.1)."""
    interval_s = configuration.integer(state, "TransactionMessageRetryInterval")
    return since + timedelta(seconds=interval_s * _tries(entry))


def _due(state: FaceState, entries: tuple[OutboxEntry, ...]) -> datetime | None:
    """A first message that was refused before goes on waiting from when it was last sent."""
    first = entries[0] if entries else None
    if first is None or not first.refused or first.sent_at is None:
        return None
    return _retry_at(state, first, first.sent_at)


# --- memory and store -------------------------------------------------------------------------------------------------


def restored(state: FaceState, entries: tuple[OutboxEntry, ...], behind: int) -> Outbox:
    """The queue as the store kept it: its first messages, and how many are behind them."""
    return Outbox(entries, _due(state, entries), behind)


def read_on(step: Step) -> None:
    """Ask for what is behind, before the last message in memory is gone."""
    outbox = step.state.outbox
    if outbox.behind and len(outbox.entries) <= READ_BELOW and not outbox.reading:
        after_seq = outbox.entries[-1].seq if outbox.entries else 0
        step.change(outbox=replace(outbox, reading=True))
        step.do(ReadOutbox(after_seq, WINDOW - len(outbox.entries)))


def read(step: Step, read_entries: tuple[OutboxEntry, ...]) -> None:
    """They are here."""
    outbox = step.state.outbox
    entries = (*outbox.entries, *read_entries)
    behind = outbox.behind - len(read_entries)
    assert read_entries and behind >= 0, f"{outbox.behind} messages were behind, {len(read_entries)} are there"
    step.change(outbox=Outbox(entries, outbox.retry_at or _due(step.state, entries), behind))


# --- what a person decides --------------------------------------------------------------------------------------------


def put_back(step: Step, event: Replayed) -> None:
    """Back into the queue, each in its old place: what is in memory is read anew, in order."""
    outbox = step.state.outbox
    step.do(PutBack(event.seqs))
    step.save(set_aside=step.durable.set_aside - event.set_aside)
    step.change(outbox=Outbox(behind=len(outbox.entries) + outbox.behind + len(event.seqs)))


def set_all_aside(step: Step, code: str) -> None:
    """The link is removed: its queue waits for a person's decision (RULES §6). `code` says why."""
    number = queued(step.state)
    if number:
        answer = msgspec.json.encode({"errorCode": code, "errorDescription": ""})
        step.do(SetAsideQueue(answer=answer, settled_at=step.now))
        step.save(set_aside=step.durable.set_aside + number)
        step.change(outbox=Outbox())


def waits_for(step: Step, message_id: str) -> AboutTransaction | None:
    """The message that went out under this id, if it was not answered yet."""
    for entry in step.state.outbox.entries:
        if entry.message_id == message_id and not entry.refused:
            return AboutTransaction(entry)
    return None


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    """Only what can be acted upon: while another call is open, or offline, the end of that is awaited."""
    return state.outbox.retry_at if state.outbox.entries and state.online and state.free else None
