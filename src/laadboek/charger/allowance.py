"""The energy that a car may still take after its id tag was refused, so that it can drive away (OCPP 1.6 §9.1.14).

Counted from the refusal on, by the session's register. The meter tells no event, so it is looked at when the rest
could have flowed at the earliest: the nearer the end, the sooner again.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from ..facts import Pilot
from . import meter
from .state import Allowance, Running, Seen, Visit
from .turn import Turn

SOONEST = timedelta(seconds=5)  # what flows meanwhile at most is a fortieth of a kilowatt-hour


def grant(turn: Turn, connector_id: int, running: Running, allowance_wh: int) -> Running:
    """The session goes on without energy, or with this much more (Wh)."""
    if allowance_wh <= 0:
        return replace(running, barred=True)
    until_wh = meter.session_register_wh(turn, connector_id) + allowance_wh
    return _looked_at(turn, running, Allowance(until_wh, turn.now))


def watch(turn: Turn) -> None:
    """End the flow once it is used up. At the end of each turn: while nothing flows, nobody has to wake up for it."""
    for connector_id in turn.connector_ids:
        running = turn.visit(connector_id).running
        if running is not None and running.allowance is not None and running.allowance.look_at <= turn.now:
            turn.set_visit(connector_id, running=_looked_at(turn, running, running.allowance))


def deadline(visit: Visit, seen: Seen) -> datetime | None:
    left = None if visit.running is None else visit.running.allowance
    return left.look_at if left is not None and seen.pilot is Pilot.C2 else None


def _looked_at(turn: Turn, running: Running, allowance: Allowance) -> Running:
    left_wh = allowance.until_wh - meter.session_register_wh(turn, running.record.connector_id)
    if left_wh <= 0:
        return replace(running, barred=True, allowance=None)
    at_the_soonest = timedelta(hours=left_wh / meter.highest_power_w(turn.nameplate))
    return replace(running, allowance=replace(allowance, look_at=turn.now + max(SOONEST, at_the_soonest)))
