"""The energy that a car may still take after its id tag was refused, so that it can drive away (OCPP 1.6 §9.1.14).

Counted from the refusal on, by the session's register. The meter tells no event, so it is looked at when the rest
could have flowed at the earliest: the nearer the end, the sooner again.
"""

from datetime import timedelta

from msgspec.structs import replace

from . import meter
from .state import Allowance, Running
from .turn import Turn

SOONEST = timedelta(seconds=1)


def grant(turn: Turn, connector_id: int, running: Running, allowance_wh: int) -> Running:
    """The session goes on without energy, or with this much more (Wh)."""
    if allowance_wh <= 0:
        return replace(running, barred=True)
    until_wh = meter.session_register_wh(turn, connector_id) + allowance_wh
    return _looked_at(turn, running, Allowance(until_wh, turn.now))


def watch(turn: Turn, connector_id: int) -> None:
    """End the flow once it is used up."""
    running = turn.visit(connector_id).running
    if running is not None and running.allowance is not None and running.allowance.look_at <= turn.now:
        turn.set_visit(connector_id, running=_looked_at(turn, running, running.allowance))


def _looked_at(turn: Turn, running: Running, allowance: Allowance) -> Running:
    left_wh = allowance.until_wh - meter.session_register_wh(turn, running.record.connector_id)
    if left_wh <= 0:
        return replace(running, barred=True, allowance=None)
    at_the_soonest = timedelta(hours=left_wh / meter.highest_power_w(turn.nameplate))
    return replace(running, allowance=replace(allowance, look_at=turn.now + max(SOONEST, at_the_soonest)))
