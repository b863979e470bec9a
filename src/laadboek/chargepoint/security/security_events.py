"""Security events: all into the log, those that matter to the platform as well (security whitepaper, A04 and §8).

They have a queue of their own beside the outbox, durable like it, and go out when no transaction message can: a
platform that does not know them, or keeps silent about them, never holds up a transaction. Sent they are only where
somebody understands them: with a security profile above 0, or once the platform used a message of the whitepaper.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ...ocpp import messages as m
from ...ocpp.errors import ErrorCode, OcppError
from ...ocpp.faults import Fault
from ...ocpp.security import SecurityEvent
from .. import platform_clock
from ..config import LinkConfig
from ..effects import LogSecurityEvent
from ..state import Durable, FaceState, OpenCall
from ..step import Step
from .state import QueuedEvent

CRITICAL = {
    SecurityEvent.FIRMWARE_UPDATED,
    SecurityEvent.SETTING_SYSTEM_TIME,
    SecurityEvent.STARTUP_OF_THE_DEVICE,
    SecurityEvent.RESET_OR_REBOOT,
    SecurityEvent.SECURITY_LOG_WAS_CLEARED,
    SecurityEvent.MEMORY_EXHAUSTION,
    SecurityEvent.TAMPER_DETECTION_ACTIVATED,
}
# Not critical by §8, but to be triggered: A00.FR.309, A00.FR.315, A00.FR.318, A02.FR.07; cases 077, 078, 081.
TRIGGERED = {
    SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE,
    SecurityEvent.INVALID_FIRMWARE_SIGNATURE,
    SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE,
    SecurityEvent.INVALID_TLS_VERSION,
    SecurityEvent.INVALID_TLS_CIPHER_SUITE,
}
PUSHED = CRITICAL | TRIGGERED

TECH_INFO_MAX = 255  # §5.15
QUEUE_MAX = 500  # years of boots; what is beyond is set aside, and in the log
REFUSALS_MAX = 3
RETRY_AFTER = timedelta(seconds=60)  # times the number of refusals
NOISE_EVERY = timedelta(minutes=1)  # of one type: a flood of bad messages shall not become one of rows


class AboutEvent(Struct, frozen=True):
    """SecurityEventNotification for the first of the queue."""


def record(step: Step, type: SecurityEvent, tech_info: str | None = None, at: datetime | None = None) -> None:
    """Log a security event, and queue it for the platform if it is one to be sent."""
    info = tech_info[:TECH_INFO_MAX] if tech_info else None
    happened_at = at or step.now
    step.do(LogSecurityEvent(type.value, info, happened_at))
    if type in PUSHED and pushes(step.durable, step.config):
        _enqueue(step, QueuedEvent(type.value, happened_at, info))


def record_noise(step: Step, type: SecurityEvent, tech_info: str | None = None) -> None:
    """As `record`, for what a peer can provoke at will: at most once per type and NOISE_EVERY."""
    now = step.state.security
    last = now.noted.get(type)
    if last is None or step.now - last >= NOISE_EVERY:
        step.change(security=replace(now, noted=now.noted | {type.value: step.now}))
        record(step, type, tech_info)


def bad_message(step: Step, error: OcppError) -> None:
    """What the platform sent is no valid OCPP; or another message under an id that is still being answered."""
    repeated = error.description == Fault.REPEATED_MESSAGE_ID.says
    kind = SecurityEvent.ATTEMPTED_REPLAY_ATTACKS if repeated else SecurityEvent.INVALID_MESSAGES
    record_noise(step, kind, str(error.code))


def pushes(durable: Durable, config: LinkConfig) -> bool:
    """Whether events are sent over this link."""
    events = durable.security_events
    if events.not_understood:
        return False
    if config.security_events is not None:
        return config.security_events
    return durable.credentials.current.profile > 0 or events.platform_speaks


def heard_of(step: Step) -> None:
    """The platform used a message of the whitepaper: it knows these things."""
    events = step.durable.security_events
    if not events.platform_speaks or events.not_understood:
        step.save(security_events=replace(events, platform_speaks=True, not_understood=False))


def device_booted(step: Step, at: datetime | None = None) -> None:
    """A platform that did not understand is tried anew after a boot: it may have learnt."""
    events = step.durable.security_events
    if events.not_understood:
        step.save(security_events=replace(events, not_understood=False))
    record(step, SecurityEvent.STARTUP_OF_THE_DEVICE, at=at)


def _enqueue(step: Step, event: QueuedEvent) -> None:
    events = step.durable.security_events
    queue = (*events.queue, event)
    # The first may be under way: its answer must find it.
    kept = queue if len(queue) <= QUEUE_MAX else (queue[0], *queue[2:])
    step.save(security_events=replace(events, queue=kept, set_aside=events.set_aside + len(queue) - len(kept)))


# --- on the wire ------------------------------------------------------------------------------------------------------


def attempt(step: Step) -> None:
    """Send the first of the queue, if it is its time. An attempt that nobody answered is repeated under its id."""
    events, retry_at = step.durable.security_events, step.state.security.retry_at
    if not events.queue or (retry_at is not None and retry_at > step.now):
        return
    assert step.rpc is not None
    event = events.queue[0]
    if not event.message_id:
        event = replace(event, message_id=step.message_id())
        _save_first(step, event)
    request = m.SecurityEventNotificationRequest(type=event.type, timestamp=event.at, tech_info=event.tech_info)
    text = step.rpc.call(event.message_id, platform_clock.dated(step, request), step.now)
    step.change(open_call=OpenCall(event.message_id, AboutEvent()))
    step.send(text)


def _save_first(step: Step, event: QueuedEvent | None) -> None:
    """Replace the first of the queue, or (None) take it out."""
    events = step.durable.security_events
    first = () if event is None else (event,)
    step.save(security_events=replace(events, queue=(*first, *events.queue[1:])))


def _confirmed(step: Step, _: AboutEvent, response: Any) -> None:
    _save_first(step, None)
    step.change(security=replace(step.state.security, retry_at=None))


def _failed(step: Step, _: AboutEvent, error: OcppError | None) -> None:
    """A refusal, or silence until the socket was cut, counts; a socket that was merely lost does not."""
    event = step.durable.security_events.queue[0]
    if error is not None and error.code in (ErrorCode.NOT_IMPLEMENTED, ErrorCode.NOT_SUPPORTED):
        _give_up(step, str(error.code))
        return
    silent = error is None and step.state.link.why is not None and step.state.link.why.code == "link.no_answer"
    if error is None and not silent:
        return
    refusals = event.refusals + 1
    if refusals < REFUSALS_MAX:
        _save_first(step, replace(event, refusals=refusals, message_id="" if error is not None else event.message_id))
        step.change(security=replace(step.state.security, retry_at=step.now + RETRY_AFTER * refusals))
    elif silent:
        _give_up(step, "silence")
    else:
        _set_aside(step, 1, str(error.code) if error is not None else "")
        step.change(security=replace(step.state.security, retry_at=None))


def _give_up(step: Step, why: str) -> None:
    """This platform does not know what a security event is: no more of them until the next boot."""
    _set_aside(step, len(step.durable.security_events.queue), why)
    step.save(security_events=replace(step.durable.security_events, not_understood=True))


def _set_aside(step: Step, count: int, why: str) -> None:
    """In sight, and still in the log."""
    events = step.durable.security_events
    step.save(security_events=replace(events, queue=events.queue[count:], set_aside=events.set_aside + count))
    step.notify("security.set_aside", count=count, error=why)


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    """Only what can be acted upon, as for the outbox."""
    return state.security.retry_at if state.durable.security_events.queue and state.online and state.free else None


ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutEvent: _confirmed}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {AboutEvent: _failed}
