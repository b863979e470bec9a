"""How much current is left for the chargers on each phase of each fuse."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from ..energy.fair_share import Room
from ..supply import GridReading
from . import meter
from .config import MAIN, Circuit, SiteConfig
from .topology import GRID, NOMINAL_V, Key, Place
from .view import ThreePhases

SAMPLES = 3  # at least, of which the worst counts
NONE: ThreePhases = (0, 0, 0)


class Sample(Struct, frozen=True, gc=False):
    """What others than the chargers took at a look (mA on R, S, T), and what the month's peak left (None: no limit)."""

    at: datetime
    others_ma: ThreePhases
    peak_room_w: int | None = None  # on average until the quarter-hour ends, for the chargers


class Bound(Struct, frozen=True):
    """Something that limits: one phase of a fuse, or (`circuit` None) the month's peak."""

    room: Room
    circuit: Circuit | None = None
    phase: int = 0
    load_ma: int = 0  # of others, as counted
    power_w: int = 0  # the month's peak


def remembered(samples: tuple[Sample, ...], sample: Sample, config: SiteConfig) -> tuple[Sample, ...]:
    """The looks that still count: a load is believed at once when it comes, and only after a while that it is gone."""
    since = sample.at - timedelta(seconds=config.raise_after_s)
    kept = [before for before in samples if before.at > since]
    return (*(kept if len(kept) >= SAMPLES - 1 else samples[1 - SAMPLES :]), sample)


def others(reading: GridReading, places: Sequence[Place], offered: dict[Key, tuple[int, ...]]) -> ThreePhases:
    """Measured less what the chargers draw. What a car takes above its offer is nobody's share, so it stays in."""
    rest = list(meter.currents(reading))
    for place in places:
        allowed_ma = max((place.demand.offered_ma, *offered.get(place.key, ())))
        rotation = place.branch.rotation if place.branch.known else ()
        for phase, drawn_ma in zip(rotation, place.demand.drawn_ma, strict=False):
            rest[phase] -= min(drawn_ma, allowed_ma)
    return rest[0], rest[1], rest[2]


def worst(samples: Iterable[Sample]) -> ThreePhases:
    r, s, t = zip(*(sample.others_ma for sample in samples), strict=True)
    return max(r), max(s), max(t)


def bounds(
    config: SiteConfig,
    places: Sequence[Place],
    samples: tuple[Sample, ...],
    held: dict[Key, Place],
    peak_w: int | None,
) -> list[Bound]:
    """Everything that limits these places. Without samples the main fuse knows of the chargers alone, like any group.

    `held`: chargers that cannot be asked now; what they were offered counts where nothing else measures it.
    """
    measured = worst(samples) if samples else None
    found = []
    for circuit in config.circuits:
        known = measured is not None and circuit.circuit_id == MAIN
        taken = measured if known and measured is not None else _held(circuit, held.values())
        limit_ma = circuit.limit_ma - (config.reserve_ma if known else 0)
        for phase in range(len(GRID)):
            keys = tuple(place.number for place in places if phase in place.phases and circuit in place.branch.circuits)
            if keys:
                room = Room(limit_ma - taken[phase], keys, (1,) * len(keys))
                found.append(Bound(room, circuit, phase, taken[phase]))
    left_w = min((sample.peak_room_w for sample in samples if sample.peak_room_w is not None), default=None)
    if left_w is not None and peak_w is not None and places:
        found.append(Bound(_power(left_w, places), power_w=peak_w))
    return found


def _power(power_w: int, places: Sequence[Place]) -> Room:
    """A power as current: mA at 230 V, each car's as often as it has phases."""
    weights = tuple(place.demand.phases for place in places)
    return Room(power_w * 1_000 // NOMINAL_V, tuple(place.number for place in places), weights)


def _held(circuit: Circuit, held: Iterable[Place]) -> ThreePhases:
    taken = list(NONE)
    for place in held:
        if circuit in place.branch.circuits:
            for phase in place.phases:
                taken[phase] += place.demand.offered_ma
    return taken[0], taken[1], taken[2]
