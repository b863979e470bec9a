"""The platform's clock (OCPP 1.6 §4.2, §4.6): noted, and used only where ours is not to be trusted (RULES §6).

A platform in 1970 must not date paid sessions: its time counts only if our own clock is unsynchronised and what it says
is plausible. The offset is added where a timestamp is written, never to a deadline.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from ..ocpp import messages as m
from ..ocpp.types import Payload
from .events import ClockJudged
from .state import FaceState
from .step import Step, whole_second

# A platform whose clock differs by more is worth a notice.
TOLERANCE = timedelta(seconds=60)
# This software did not exist before, and will not run unchanged after.
EARLIEST, LATEST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)


def judged(step: Step, event: ClockJudged) -> None:
    """Whether our own clock follows a time server."""
    step.change(clock_synchronised=event.synchronised)


def note(step: Step, platform_time: datetime) -> None:
    """What BootNotification or Heartbeat was answered. A large difference is told once."""
    offset = platform_time - step.now
    far = abs(offset) > TOLERANCE
    step.link(clock_offset=offset, platform_time_plausible=EARLIEST <= platform_time < LATEST)
    if far and not step.state.link.clock_told:
        code = "link.clock_used" if in_use(step.state) else "link.clock_differs"
        step.notify(code, seconds=round(offset.total_seconds()))
    step.link(clock_told=far)


def in_use(state: FaceState) -> timedelta:
    """What is added to our time on the wire."""
    link = state.link
    if state.clock_synchronised or link.clock_offset is None or not link.platform_time_plausible:
        return timedelta()
    return link.clock_offset if abs(link.clock_offset) > TOLERANCE else timedelta()


def dated(step: Step, request: Payload) -> Payload:
    """The request with its timestamps as the platform shall read them, just before its bytes are made."""
    offset, shift = in_use(step.state), DATED.get(type(request))
    return request if not offset or shift is None else shift(request, offset)


def _at(request: Any, offset: timedelta) -> Payload:
    moved: Payload = replace(request, timestamp=_shifted(request.timestamp, offset))
    return moved


def _shifted(instant: datetime | None, offset: timedelta) -> datetime | None:
    return None if instant is None else whole_second(instant + offset)


def _values(values: tuple[m.MeterValue, ...], offset: timedelta) -> tuple[m.MeterValue, ...]:
    return tuple(replace(value, timestamp=whole_second(value.timestamp + offset)) for value in values)


def _of_meter_values(request: m.MeterValuesRequest, offset: timedelta) -> Payload:
    return replace(request, meter_value=_values(request.meter_value, offset))


def _of_stop(request: m.StopTransactionRequest, offset: timedelta) -> Payload:
    data = request.transaction_data
    collected = None if data is None else _values(data, offset)
    return replace(request, timestamp=whole_second(request.timestamp + offset), transaction_data=collected)


DATED: Mapping[type[Payload], Callable[[Any, timedelta], Payload]] = {
    m.MeterValuesRequest: _of_meter_values,
    m.SecurityEventNotificationRequest: _at,
    m.StartTransactionRequest: _at,
    m.StatusNotificationRequest: _at,
    m.StopTransactionRequest: _of_stop,
}
