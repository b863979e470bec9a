"""What the sun gives to the cars that follow it: how much there is, and who has which part. Nothing is given twice.

The home battery has three thresholds, as people know them from evcc: below `priority_soc` it is filled before any car;
above `buffer_soc` a car that charges may go on at its floor from it; above `buffer_start_soc` it may start as well.
"""

from collections.abc import Sequence

from msgspec import Struct

from ..supply import Appetite, Demand, GridReading
from .config import Battery, SiteConfig
from .topology import NOMINAL_V, Key, Place

FOLLOWS = (Appetite.FLOOR, Appetite.SURPLUS)
HIGHEST_PERCENT = 110  # of the nominal voltage (EN 50160)
HOURS = 2  # a home battery is emptied in no less, as inverters are built


class Ray(Struct, frozen=True, gc=False):
    """One connector's part of the surplus, W: to go on, and to start."""

    go_on_w: int = 0
    start_w: int = 0


def surplus_w(reading: GridReading, drawn_w: int, config: SiteConfig) -> int:
    """What would be exported, were it not for the cars that follow the sun and drew `drawn_w`; negative: import."""
    return drawn_w - reading.power_w - _from_battery(reading, config.battery) - config.export_margin_w


def _from_battery(reading: GridReading, battery: Battery | None) -> int:
    """What it discharges is no sun. What charges it is the cars', once it has its priority (negative)."""
    discharge_w = reading.battery_w or 0
    first = battery is None or (reading.battery_soc_percent or 0) < battery.priority_soc
    return max(0, discharge_w) if first else discharge_w


def shared(left_w: int, followers: Sequence[Place]) -> dict[Key, Ray]:
    """`followers` come in their order. Floors first, then all of one priority equally; the rest shows who is next.

    A car that charges takes its floor from wherever it comes, so nobody else is promised that part. What all of them
    together cannot take on the phases that they have shows those that may switch what more phases would get.
    """
    left_w, given = _floors(max(0, left_w), followers)
    for priority in sorted({place.branch.priority for place in followers}, reverse=True):
        rising = [place for place in followers if place.branch.priority == priority and given[place.key] > 0]
        left_w = _raise(left_w, {place: place.volts for place in rising if given[place.key] >= place.floor_w}, given)
    may_switch = {place: volts for place in followers if (volts := _switched_volts(place, given, left_w))}
    left_w = _raise(left_w, may_switch, given)
    waiting = next((place.key for place in followers if given[place.key] == 0), None)
    if waiting is not None:
        given[waiting] = left_w
    return {key: Ray(share_w, share_w) for key, share_w in given.items()}


def _floors(left_w: int, followers: Sequence[Place]) -> tuple[int, dict[Key, int]]:
    given = {}
    # Who takes its floor anyway comes first: Eco, and whoever charges through a cloud.
    takes_anyway = [place for place in followers if place.demand.appetite is Appetite.FLOOR]
    for place in [*takes_anyway, *(place for place in followers if place.demand.appetite is Appetite.SURPLUS)]:
        takes = place.demand.appetite is Appetite.FLOOR or place.demand.offered_ma > 0
        share_w = min(left_w, place.floor_w) if takes or left_w >= place.floor_w else 0
        given[place.key] = share_w
        left_w -= share_w
    return left_w, given


def _switched_volts(place: Place, given: dict[Key, int], left_w: int) -> int:
    """Of all phases that it may switch to; 0: it may not, or what is left would not reach its floor there."""
    demand, volts = place.demand, NOMINAL_V * place.demand.most_phases
    enough = given[place.key] + left_w >= demand.floor_ma * volts // 1_000
    return volts if given[place.key] > 0 and demand.most_phases > demand.phases and enough else 0


def _raise(left_w: int, volts: dict[Place, int], given: dict[Key, int]) -> int:
    """Equal levels: the lowest rise together until all is given or all have enough at so many volts (all phases)."""
    most = {place.key: _most_w(place.demand, volts[place]) for place in volts}
    while most and left_w >= len(most):
        level = min(given[key] for key in most)
        lowest = [key for key in most if given[key] == level]
        edges = [most[key] for key in lowest] + [given[key] for key in most if given[key] > level]
        step = max(0, min(min(edges) - level, left_w // len(lowest)))
        for key in lowest:
            given[key] += step
            left_w -= step
            if given[key] >= most[key]:
                del most[key]
    return left_w


def _most_w(demand: Demand, volts: int) -> int:
    """At nominal voltage; for the floor at the highest, or a car that takes no more would never see enough of it."""
    return max(demand.most_ma * volts, demand.floor_ma * volts * HIGHEST_PERCENT // 100) // 1_000


def with_battery(
    rays: dict[Key, Ray], reading: GridReading, followers: Sequence[Place], battery: Battery | None
) -> dict[Key, Ray]:
    """Fill up to the floor what the home battery may lend: to those that charge, then to those that may start."""
    soc = reading.battery_soc_percent
    if battery is None or soc is None or soc < battery.buffer_soc:
        return rays
    lend_w = battery.capacity_wh // HOURS or max((place.floor_w for place in followers), default=0)
    found = dict(rays)
    for place in sorted(followers, key=lambda place: place.demand.offered_ma == 0):
        missing_w = place.floor_w - found[place.key].go_on_w
        if 0 < missing_w <= lend_w:
            lend_w -= missing_w
            start_w = place.floor_w if soc >= battery.buffer_start_soc else found[place.key].start_w
            found[place.key] = Ray(place.floor_w, start_w)
    return found
