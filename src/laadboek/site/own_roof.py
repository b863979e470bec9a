"""What the own roof gives each car now, for the books (E3): whatever a car's mode is, it takes its part of the sun.

House and home battery come first: what the cars' power is not drawn from the grid, nor from the battery, is the sun's.
Among cars it is shared by what each draws, so that nobody pays for another one's mode (decision 0058).
"""

from collections.abc import Sequence

from ..supply import Appetite, Demand, GridReading, SunShare
from .topology import NOMINAL_V, Key, Place

STEP_W = 20  # shares are rounded to these, so that not every flicker is told
HIGHEST_PERCENT = 110  # of the nominal voltage (EN 50160)


def shares(reading: GridReading | None, places: Sequence[Place]) -> dict[Key, SunShare]:
    """Of each connector; `reading` None: nobody measures."""
    if reading is None:
        return {place.key: SunShare(connector_id=place.demand.connector_id) for place in places}
    cars_w = sum(place.demand.drawn_w for place in places)
    sun_w = for_cars_w(reading, cars_w)
    return {
        place.key: SunShare(connector_id=place.demand.connector_id, sun_w=_part_w(place, places, sun_w, cars_w))
        for place in places
    }


def for_cars_w(reading: GridReading, cars_w: int) -> int:
    """What the sun gives the cars, or would if they drew more."""
    left_w = cars_w - reading.power_w - max(0, reading.battery_w or 0)
    return max(0, left_w if reading.solar_w is None else min(left_w, reading.solar_w))


def _part_w(place: Place, places: Sequence[Place], sun_w: int, cars_w: int) -> int:
    """Whoever draws, by what it draws; whoever is about to, of what those leave."""
    demand = place.demand
    if demand.drawn_w > 0:
        part_w = sun_w * demand.drawn_w // cars_w
    elif demand.appetite is not Appetite.NOTHING:
        idle = sum(one.demand.drawn_w == 0 and one.demand.appetite is not Appetite.NOTHING for one in places)
        part_w = max(0, sun_w - cars_w) // idle
    else:
        return 0
    if part_w >= demand.drawn_w:
        part_w += STEP_W - 1  # covered stays covered
    return min(part_w // STEP_W * STEP_W, most_w(demand))


def most_w(demand: Demand) -> int:
    """More than it can take need not be told."""
    able_w = demand.most_ma * demand.phases * NOMINAL_V * HIGHEST_PERCENT // 100_000
    return max(able_w, demand.drawn_w * 2) // STEP_W * STEP_W
