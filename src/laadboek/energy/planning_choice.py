"""What one car does with a horizon: the cheapest cells, one stretch of them, or all from now on when time is short."""

from bisect import bisect_right
from enum import StrEnum
from itertools import accumulate, groupby
from math import inf

from msgspec import Struct

from .plan import Need
from .planning_horizon import FURTHEST_S, Horizon, View, view
from .planning_search import TINY_WH, Cells, Choice, cheapest


class How(StrEnum):
    CHEAPEST = "cheapest"
    IN_ONE_GO = "in_one_go"
    TOO_LATE = "too_late"


class Chosen(Struct, frozen=True):
    """A choice among the cells of a view, and what of the goal it leaves open at the wanted time."""

    how: How
    row: Horizon  # as others left it
    view: View
    choice: Choice
    missing_wh: float = 0.0
    gentle_w: int = 0  # quarters used in part are charged through with less, down to this; 0: they are cut


def choose(horizon: Horizon, need: Need, begin_s: int, until_s: int, start_cost: float) -> Chosen:
    """The cells for `need` between the two instants; beyond, when they do not suffice."""
    seen = view(horizon, need, begin_s, until_s, start_cost)
    amount, most = max(0.0, float(need.goal.energy_wh)), sum(seen.cells.wh)
    if amount > most + TINY_WH:
        whole = view(horizon, need, begin_s, begin_s + FURTHEST_S, start_cost)
        return Chosen(How.TOO_LATE, horizon, whole, at_once(whole.cells, amount), amount - most)
    if amount == 0 or amount > most - TINY_WH:
        return Chosen(How.CHEAPEST, horizon, seen, at_once(seen.cells, amount))
    if need.continuous and (window := in_one_go(seen.cells, amount)) is not None:
        return Chosen(How.IN_ONE_GO, horizon, seen, window)
    return Chosen(How.CHEAPEST, horizon, seen, cheapest(seen.cells, amount))


def at_once(cells: Cells, amount: float) -> Choice:
    """From the first cell on, at full power, until the amount is reached or the row ends."""
    full = []
    for wh in cells.wh:
        part = min(1.0, amount / wh) if wh and amount > TINY_WH else 0.0
        full.append(part)
        amount -= part * wh
    return Choice(full, [0.0] * len(full))


def in_one_go(cells: Cells, amount: float) -> Choice | None:
    """The cheapest stretch without a pause; the later of two that cost the same. None: no stretch is long enough."""
    best, spot = inf, None
    index = 0
    for usable, group in groupby(wh > 0 for wh in cells.wh):
        last = index + sum(1 for _ in group)
        if usable:
            cost, found = _window(cells, index, last, amount)
            if cost < best:
                best, spot = cost, found
        index = last
    return None if spot is None else _between(len(cells.wh), *spot)


def _window(cells: Cells, first: int, last: int, amount: float) -> tuple[float, tuple[float, float] | None]:
    """One of its ends lies on a border of cells: between borders the cost is a straight line."""
    wh = list(accumulate(cells.wh[first:last], initial=0.0))
    cost = list(accumulate(cells.cost[first:last], initial=0.0))
    if wh[-1] < amount - TINY_WH:
        return inf, None

    def place(energy: float) -> tuple[float, float]:
        """Where the energy is reached, in cells, and the cost until there."""
        cell = min(bisect_right(wh, energy), len(wh) - 1) - 1
        part = min(1.0, (energy - wh[cell]) / (wh[cell + 1] - wh[cell]))
        return first + cell + part, cost[cell] + part * (cost[cell + 1] - cost[cell])

    found = []
    for energy in wh:
        for begin in (energy, energy - amount):
            if -TINY_WH <= begin <= wh[-1] - amount + TINY_WH:
                (begins, before), (ends, after) = place(max(0.0, begin)), place(min(wh[-1], begin + amount))
                found.append((after - before, (begins, ends)))
    return min(found)


def _between(count: int, begins: float, ends: float) -> Choice:
    full = [max(0.0, min(ends, cell + 1) - max(begins, cell)) for cell in range(count)]
    return Choice(full, [0.0] * count)
