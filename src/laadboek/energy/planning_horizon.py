"""The horizon of a plan as one unbroken row of quarters, whatever was published of it, and as one car sees it.

Instants are whole seconds since 1970 here, so that no time zone and no change of the clocks can get between.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil, inf
from operator import attrgetter

from msgspec import Struct

from .plan import Need, Quarter
from .planning_search import Cells

QUARTER_S = 900
FURTHEST_S = 7 * 86_400  # nobody plans further ahead
LATER_MICRO = 1e-4  # per kWh and quarter: of equal prices the later one wins
UNKNOWN_SHARE = 0.05  # by so much an estimated price is taken for worse than it says
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


class Horizon(Struct, frozen=True):
    """Quarters without a gap between them; `edges_s` has one entry more."""

    quarters: list[Quarter]
    edges_s: list[int]
    known_until_s: int | None  # the end of the first stretch of published prices
    priced: bool  # anything is known of prices


class View(Struct, frozen=True):
    """The part of a horizon that one car may use: from quarter `first` on, each from and until."""

    first: int
    begins_s: list[int]
    ends_s: list[int]
    power_w: list[int]  # full power there; 0: less than the floor is left
    sun_w: list[int]  # where the surplus alone keeps it going, that; else 0
    cells: Cells


def seconds(instant: datetime) -> int:
    """Whole seconds since 1970, rounded up."""
    return ceil(instant.timestamp())


def instant(second: int) -> datetime:
    return _ORIGIN + timedelta(seconds=second)


def horizon(quarters: Sequence[Quarter], begin_s: int, until_s: int) -> Horizon:
    """All quarters from `begin_s` to `until_s` at least, in order; one that is missing is estimated by the mean."""
    until_s = min(until_s, begin_s + FURTHEST_S)
    row: list[Quarter] = []
    edges: list[int] = []
    absent = _absent(quarters)
    cursor = begin_s - begin_s % QUARTER_S
    for quarter in sorted(quarters, key=attrgetter("starts_at")):
        starts_s = int(quarter.starts_at.timestamp())
        if starts_s + QUARTER_S <= max(begin_s, cursor):
            continue
        _fill(row, edges, absent, cursor, starts_s)
        row.append(quarter)
        edges.append(max(cursor, starts_s))
        cursor = starts_s + QUARTER_S
    _fill(row, edges, absent, cursor, until_s)
    edges.append(cursor)
    return Horizon(row, edges, _known_until(row, edges), bool(quarters))


def _absent(quarters: Sequence[Quarter]) -> Quarter:
    """What is taken for a quarter of which nothing is known."""
    count = max(1, len(quarters))
    return Quarter(
        starts_at=_ORIGIN,
        import_micro=sum(quarter.import_micro for quarter in quarters) // count,
        export_micro=sum(quarter.export_micro for quarter in quarters) // count,
        headroom_w=min((q.headroom_w for q in quarters if q.headroom_w is not None), default=None),
        known=False,
    )


def _fill(row: list[Quarter], edges: list[int], absent: Quarter, cursor: int, until_s: int) -> None:
    while cursor < until_s:
        row.append(absent)
        edges.append(cursor)
        cursor += QUARTER_S - cursor % QUARTER_S


def _known_until(row: list[Quarter], edges: list[int]) -> int | None:
    end = next((index for index, quarter in enumerate(row) if not quarter.known), len(row))
    return edges[end] if end else None


def view(horizon: Horizon, need: Need, begin_s: int, until_s: int, start_cost: float) -> View:
    """What a car can have between the two instants, and at which price."""
    edges = horizon.edges_s
    first = max(0, bisect_right(edges, begin_s) - 1)
    last = min(bisect_left(edges, until_s), len(horizon.quarters)) if until_s > begin_s else first
    begins = [max(edge, begin_s) for edge in edges[first:last]]
    ends = [min(edge, until_s) for edge in edges[first + 1 : last + 1]]
    wh, cost, powers, suns = [], [], [], []
    sun: dict[int, tuple[float, float]] = {}
    lateness = LATER_MICRO * len(begins)
    for cell, quarter in enumerate(horizon.quarters[first:last]):
        power_w = need.most_w if quarter.headroom_w is None else min(need.most_w, quarter.headroom_w)
        lateness -= LATER_MICRO
        if power_w < need.floor_w or power_w <= 0:
            powers.append(0)
            suns.append(0)
            wh.append(0.0)
            cost.append(inf)
            continue
        import_micro, export_micro = quarter.import_micro + lateness, quarter.export_micro + lateness
        if not quarter.known:
            import_micro += UNKNOWN_SHARE * abs(import_micro)
        solar_w = min(quarter.surplus_w, power_w) if quarter.surplus_w > 0 else 0
        hours = (ends[cell] - begins[cell]) / 3600
        powers.append(power_w)
        wh.append(power_w * hours)
        cost.append((import_micro * (power_w - solar_w) + export_micro * solar_w) * hours / 1000)
        follows = need.floor_w <= solar_w < power_w and not need.continuous
        suns.append(solar_w if follows else 0)
        if follows:
            sun[cell] = (solar_w * hours, export_micro * solar_w * hours / 1000)
    cells = Cells(wh=wh, cost=cost, sun=sun, start_cost=start_cost, charging=need.charging)
    return View(first, begins, ends, powers, suns, cells)
