"""How much a car takes at full power, for plans: as this visit shows it, else as under its id tag before, else little.

A plan that believes in too much begins too late, and the car is not ready; one that believes in too little costs cents
until the first minutes of charging correct it. So of the last sessions the slowest counts, and a car that nobody knows
is taken for one that charges on one phase with 10 A, as hardly any takes less.
"""

from datetime import timedelta

from ..supply import FLOOR_MA
from .state import Freely, Pace
from .turn import Turn

UNKNOWN = Pace(phases=1, takes_ma=10_000)
LAST_SESSIONS = 3
TELLING = timedelta(minutes=10)  # less time at full power says nothing about the next session
NOMINAL_V = 230


def expected(turn: Turn, connector_id: int) -> Pace:
    """Per phase and on how many, if neither the site nor the charger limits it."""
    seen = turn.seen(connector_id)
    if seen.pace is not None:
        return seen.pace
    active, takes_ma, before = seen.habits.active, seen.habits.takes_ma, _before(turn, connector_id)
    if takes_ma is not None:
        return Pace(active or UNKNOWN.phases, takes_ma)
    if before is not None and active in (None, before.phases):
        return before
    return UNKNOWN if active is None else Pace(active, UNKNOWN.takes_ma)


def _before(turn: Turn, connector_id: int) -> Pace | None:
    """The slowest of the last sessions under this tag."""
    running = turn.visit(connector_id).running
    if running is None:
        return None
    paces = turn.state.durable.paces.get(running.record.id_tag.casefold(), ())
    return min(paces, key=lambda pace: pace.phases * pace.takes_ma, default=None)


def of(energy_wh: int, lasted: timedelta, phases: int) -> Pace:
    """Per phase at nominal voltage, down to half an ampere; below the floor is only ever a car's last part."""
    power_w = energy_wh * timedelta(hours=1) // lasted
    return Pace(phases, max(FLOOR_MA, power_w * 1_000 // (phases * NOMINAL_V) // 500 * 500))


def learn(turn: Turn, connector_id: int, tag: str, tags_kept: int) -> None:
    """A session under this tag is over: its mean while only the car was the limit, the slow last part included."""
    known, freely = turn.state.durable.paces, turn.seen(connector_id).freely
    if freely is None or freely.lasted < TELLING:
        return
    paces = (*known.get(tag, ()), of(freely.energy_wh, freely.lasted, freely.phases))[-LAST_SESSIONS:]
    others = [(other, kept) for other, kept in known.items() if other != tag][-(tags_kept - 1) :]
    turn.set_durable(paces=dict([*others, (tag, paces)]))


def forget(turn: Turn, tags: set[str]) -> None:
    """All but these."""
    known = turn.state.durable.paces
    if not known.keys() <= tags:
        turn.set_durable(paces={tag: paces for tag, paces in known.items() if tag in tags})


def grown(freely: Freely | None, energy_wh: int, lasted: timedelta, phases: int) -> Freely:
    """One stint more."""
    before = Freely(0, timedelta(), phases) if freely is None else freely
    return Freely(before.energy_wh + energy_wh, before.lasted + lasted, max(before.phases, phases))
