"""What each connector would take now: what the site must know to share and to plan."""

from ..facts import Pilot
from ..supply import Appetite, Demand
from . import goals, modes
from .state import Seen
from .turn import Turn

HEADROOM_MA = 2_000  # a car that leaves more of its offer cannot take it: others may


def demand(turn: Turn, connector_id: int) -> Demand:
    seen = turn.seen(connector_id)
    reading, floor_ma = seen.reading, _floor_ma(turn, connector_id)
    return Demand(
        connector_id=connector_id,
        appetite=_appetite(turn, connector_id),
        floor_ma=floor_ma,
        most_ma=_most_ma(turn, connector_id, floor_ma),
        phases=_phases(turn, connector_id),
        most_phases=_usable(turn, connector_id) if modes.switches(turn, connector_id) else 1,
        offered_ma=seen.limit_ma or 0,
        drawn_ma=(0, 0, 0) if reading is None else reading.current_ma,
        drawn_w=0 if reading is None else reading.power_w,
        since=seen.hungry_since,
        goal=goals.of(turn, connector_id),
        full_ma=goals.full_ma(turn, connector_id),
        full_phases=goals.full_phases(turn, connector_id),
        delay_s=turn.settings.random_delay_s,
        continuous=turn.settings.plan_continuous,
    )


def hungry(turn: Turn, connector_id: int, limit_ma: int) -> bool:
    """It wants energy and is offered none."""
    return limit_ma == 0 and _appetite(turn, connector_id) is not Appetite.NOTHING


def _appetite(turn: Turn, connector_id: int) -> Appetite:
    """Nothing where no share could help: no car, a fault, the lock, a platform that allows less than the floor."""
    if not modes.may_flow(turn, connector_id):
        return Appetite.NOTHING
    if modes.own_limit_ma(turn, connector_id) < _floor_ma(turn, connector_id):
        return Appetite.NOTHING
    return modes.control(turn, connector_id).appetite


def _floor_ma(turn: Turn, connector_id: int) -> int:
    """The least share with which it charges: what a car draws above its offer is taken off every share."""
    return modes.floor_ma(turn, connector_id) + turn.seen(connector_id).habits.excess_ma


def _most_ma(turn: Turn, connector_id: int, floor_ma: int) -> int:
    """Not more than a little above what the car takes, once it has had time to take more."""
    seen, own_ma = turn.seen(connector_id), modes.own_limit_ma(turn, connector_id)
    if not seen.took_less or not seen.limit_ma or seen.reading is None:
        return own_ma
    return min(own_ma, max(floor_ma, _rounded(max(seen.reading.current_ma)) + HEADROOM_MA))


def took_less(seen: Seen) -> bool:
    """Whether the car leaves a good part of its offer."""
    if seen.reading is None or not seen.limit_ma:
        return False
    drawn_ma = max(seen.reading.current_ma) if seen.pilot is Pilot.C2 else 0
    return drawn_ma + HEADROOM_MA <= seen.limit_ma


def _rounded(drawn_ma: int) -> int:
    """Up to a whole ampere, so that the wish does not change with every reading."""
    return -(-drawn_ma // 1_000) * 1_000


def _phases(turn: Turn, connector_id: int) -> int:
    law = turn.seen(connector_id).law
    return 1 if law is not None and law.phases == 1 else _usable(turn, connector_id)


def _usable(turn: Turn, connector_id: int) -> int:
    """The most that charger and car have."""
    most, active = modes.phases(turn, connector_id), turn.seen(connector_id).habits.active
    return most if active is None else min(most, active)
