"""What each connector would take now: what the site must know to share and to plan."""

from ..facts import Mode
from ..supply import Appetite, Demand
from . import modes
from .turn import Turn


def demand(turn: Turn, connector_id: int) -> Demand:
    control = modes.control(turn, connector_id)
    seen = turn.seen(connector_id)
    wants = turn.visit(connector_id).running is not None and control.as_mode is not Mode.STOP
    return Demand(
        connector_id=connector_id,
        appetite=Appetite.FULL if wants else Appetite.NOTHING,
        most_ma=modes.ceiling_ma(turn, connector_id),
        phases=turn.nameplate.phases,
        offered_ma=seen.limit_ma or 0,
        drawn_ma=(0, 0, 0) if seen.reading is None else seen.reading.current_ma,
        drawn_w=0 if seen.reading is None else seen.reading.power_w,
    )
