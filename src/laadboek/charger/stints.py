"""Stints: some minutes in which a session has all the power there is. By the register they show how fast a car charges.

What a stint shows counts for this visit, whoever set the limit: a fuse that leaves 6 A now may leave no more later.
For the next visits (`pace`) only those stints count in which the car itself was the limit, or what the charger can.
"""

from datetime import datetime, timedelta

from ..facts import Pilot, Reading
from ..supply import Appetite
from . import demand, meter, modes, pace
from .phases import WITH_CAR
from .state import Mark, Phase, Seen, Stint
from .turn import Turn

LASTS = timedelta(minutes=3)
TELLING = LASTS / 2  # between the readings; less is too coarse
DRAWS_W = 500


def watch(turn: Turn) -> None:
    """In each turn, after the meter was read."""
    for connector_id in turn.connector_ids:
        seen = turn.seen(connector_id)
        if turn.visit(connector_id).running is None and seen.freely is not None:
            turn.set_seen(connector_id, freely=None)
        if turn.visit(connector_id).phase not in WITH_CAR and seen.pace is not None:
            turn.set_seen(connector_id, pace=None)
        if not _runs(turn, connector_id):
            if seen.stint is not None:
                turn.set_seen(connector_id, stint=None)
        elif seen.stint is None:
            turn.set_seen(connector_id, stint=_begun(turn, connector_id))
        elif seen.stint.look_at <= turn.now:
            _look(turn, connector_id, seen.stint)


def deadline(seen: Seen) -> datetime | None:
    """Only where a plan may be waiting for it."""
    return None if seen.stint is None or seen.target is None else seen.stint.look_at


def _runs(turn: Turn, connector_id: int) -> bool:
    """Energy flows, and as much as there is."""
    seen = turn.seen(connector_id)
    flows = turn.on and turn.visit(connector_id).phase is Phase.RUNNING and seen.pilot is Pilot.C2
    if not flows or not seen.limit_ma or seen.reading is None or seen.reading.power_w < DRAWS_W:
        return False
    return modes.control(turn, connector_id).appetite is Appetite.FULL


def _begun(turn: Turn, connector_id: int) -> Stint:
    reading = turn.seen(connector_id).reading
    assert reading is not None
    since = Mark(reading.taken_at, meter.session_register_wh(turn, connector_id))
    return Stint(since, turn.now + LASTS)


def _look(turn: Turn, connector_id: int, stint: Stint) -> None:
    """Enough time has passed; what the meter shows may be older."""
    seen = turn.seen(connector_id)
    assert seen.reading is not None
    again, lasted = _begun(turn, connector_id), seen.reading.taken_at - stint.since.at
    energy_wh = again.since.register_wh - stint.since.register_wh
    if lasted < TELLING or energy_wh <= 0:
        turn.set_seen(connector_id, stint=Stint(stint.since, again.look_at) if lasted >= timedelta() else again)
        return
    phases = _phases(seen, seen.reading, turn.nameplate.phases)
    freely = seen.freely
    if _is_free(turn, connector_id, stint):
        freely = pace.grown(freely, energy_wh, lasted, phases)
    if seen.pace is None and seen.allotment is not None:  # who did not know the car began too early, and may now plan
        turn.set_visit(connector_id, begun_for=None)
    turn.set_seen(connector_id, stint=again, pace=pace.of(energy_wh, lasted, phases), freely=freely)


def _phases(seen: Seen, reading: Reading, every: int) -> int:
    """That the car draws from."""
    most_ma = max(reading.current_ma)
    if not most_ma:
        return seen.habits.active or min(every, seen.phases or every)
    return sum(2 * current_ma >= most_ma for current_ma in reading.current_ma)


def _is_free(turn: Turn, connector_id: int, stint: Stint) -> bool:
    """All the while it was offered all that the charger has, or it leaves a part of its offer."""
    seen = turn.seen(connector_id)
    assert seen.limit_ma is not None
    steady = seen.offered_at is not None and seen.offered_at <= stint.since.at
    most_ma = min(modes.ceiling_ma(turn, connector_id), turn.settings.limit_a * 1_000) - seen.habits.excess_ma
    return steady and (seen.limit_ma >= most_ma or demand.took_less(seen))
