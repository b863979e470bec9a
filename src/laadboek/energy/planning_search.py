"""Which cells of a row bring an amount of energy cheapest, when every start costs something too. Pure numbers.

A cell is charged through, at full power or with the sun alone, or left out; only where charging begins or ends may a
cell be cut. The price of a Wh that makes the amount come out ("at this price I would take that much") is found by
Newton's method on the Lagrangian; at each price the best choice is one recurrence over the row, because all that the
past says is by how much being on is dearer than being off. Two neighbouring choices remain, one with too little, one
with too much (the former inside the latter); the window, or whole stretch, that costs least above that price makes up
the rest.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain, compress, groupby
from math import inf
from operator import gt

from msgspec import Struct

TINY_WH = 1e-6
STEPS = 40  # of Newton's method: it ends by itself after some ten


class Cells(Struct, frozen=True, kw_only=True):
    """A row of cells: what each brings and costs. Cost in micro, infinite where the car cannot charge."""

    wh: list[float]  # at full power
    cost: list[float]
    sun: dict[int, tuple[float, float]] = {}  # where the sun alone suffices: Wh and cost
    start_cost: float
    charging: bool = False  # before the first cell


class Choice(Struct, frozen=True):
    """The part of each cell's time at full power, and with the sun alone."""

    full: list[float]
    sun: list[float]


class Priced(Struct, frozen=True):
    """What is best at a price per Wh: flags of the cells that are on, and what those bring and cost."""

    on: list[bool]
    wh: float
    cost: float


class Row(Struct, frozen=True):
    """The cells with the kind of charging settled for each, and what a Wh may cost."""

    wh: list[float]
    cost: list[float]
    sun: frozenset[int]  # cells that take the sun alone
    price: float


class Window(Struct, frozen=True):
    """A part of the row, in cells and fractions, and what it costs above the price."""

    excess: float
    first: float
    last: float
    wh: float


def cheapest(cells: Cells, amount: float) -> Choice:
    """The choice that brings `amount` Wh, which must be less than all cells together."""
    low, high, price = _around(cells, amount)
    below, above = _settled(cells, price - 1e-9), _settled(cells, price + 1e-9)
    candidates = [_completed(cells, below, low.on, amount, True), _completed(cells, above, high.on, amount, False)]
    return min(candidates, key=lambda choice: _total(cells, choice))


# --- the price ---


def _around(cells: Cells, amount: float) -> tuple[Priced, Priced, float]:
    """Two choices that are both best at the price, the first with too little, the second with enough."""
    usable = [wh > 0 for wh in cells.wh]
    low = Priced([False] * len(usable), 0.0, 0.0)
    high = Priced(usable, sum(cells.wh), _cost(cells, usable, cells.cost))
    price = 0.0
    for _ in range(STEPS):
        price = (high.cost - low.cost) / (high.wh - low.wh)
        found = _best_at(cells, price)
        if found.cost - price * found.wh >= low.cost - price * low.wh - 1e-6:
            break
        if found.wh <= amount:
            low = found
        else:
            high = found
    return low, high, price


def _settled(cells: Cells, price: float) -> Row:
    """Each cell as it pays at a price per Wh."""
    wh, cost, sun = cells.wh, cells.cost, []
    if cells.sun:
        wh, cost = wh.copy(), cost.copy()
        for index, (sun_wh, sun_cost) in cells.sun.items():
            if sun_cost - price * sun_wh < cost[index] - price * wh[index]:
                wh[index], cost[index] = sun_wh, sun_cost
                sun.append(index)
    return Row(wh, cost, frozenset(sun), price)


def _best_at(cells: Cells, price: float) -> Priced:
    row = _settled(cells, price)
    start = cells.start_cost
    dear = -inf if cells.charging else inf  # by how much being on is dearer than being off
    dears = []
    for cost, wh in zip(row.cost, row.wh, strict=True):
        dear = cost - price * wh + (start if dear >= start else dear if dear > 0 else 0.0)
        dears.append(dear)
    on, least = [], 0.0
    for dear in reversed(dears):
        if dear < least:
            on.append(True)
            least = start
        else:
            on.append(False)
            least = 0.0
    on.reverse()
    return Priced(on, sum(compress(row.wh, on)), _cost(cells, on, row.cost))


def _cost(cells: Cells, on: list[bool], cost: list[float]) -> float:
    starts: int = sum(map(gt, on, chain((cells.charging,), on)))
    return sum(compress(cost, on)) + starts * cells.start_cost


# --- the rest ---


def _completed(cells: Cells, row: Row, on: list[bool], amount: float, adding: bool) -> Choice:
    """The choice after as much was added to it, or taken from it, as makes the amount come out."""
    share = [float(flag) for flag in on]
    missing = amount - sum(compress(row.wh, on))
    missing = missing if adding else -missing
    while missing > TINY_WH:
        window = min(_windows(cells, row, share, missing, adding), key=lambda found: found.excess, default=None)
        exchanged = _exchange(cells, row, share, missing, adding)
        if window is None or (exchanged is not None and exchanged[0] < window.excess):
            assert exchanged is not None
            return _chosen(row, share, exchanged[1])
        _apply(share, window, adding)
        missing -= window.wh
    return _chosen(row, share, {})


def _chosen(row: Row, share: list[float], upgraded: dict[int, float]) -> Choice:
    sun = [0.0] * len(share)
    full = share.copy()
    for index in row.sun | upgraded.keys():
        full[index] = upgraded.get(index, 0.0) * share[index]
        sun[index] = share[index] - full[index]
    return Choice(full, sun)


def _apply(share: list[float], window: Window, adding: bool) -> None:
    index = int(window.first)
    while index < window.last:
        part = min(window.last, index + 1) - max(window.first, index)
        share[index] = min(1.0, share[index] + part) if adding else max(0.0, share[index] - part)
        index += 1


def _exchange(
    cells: Cells, row: Row, share: list[float], missing: float, adding: bool
) -> tuple[float, dict[int, float]] | None:
    """More power where the sun alone was taken, or less where it suffices: what it costs above the price, and where."""
    options = []
    for index, (sun_wh, sun_cost) in cells.sun.items():
        if share[index] == 1.0 and (index in row.sun) is adding:
            wh = cells.wh[index] - sun_wh
            options.append(((cells.cost[index] - sun_cost) / wh, wh, index))
    parts, excess = {}, 0.0
    for slope, wh, index in sorted(options, reverse=not adding):
        taken = min(wh, missing)
        excess += abs(slope - row.price) * taken
        parts[index] = taken / wh if adding else 1 - taken / wh
        missing -= taken
        if missing <= TINY_WH:
            return excess, parts
    return None


def _windows(cells: Cells, row: Row, share: list[float], missing: float, adding: bool) -> Iterator[Window]:
    """Every way to make up for what is missing by one window, or, where there is too little room, a part of it."""
    sign = 1 if adding else -1
    wh = list(accumulate(row.wh, initial=0.0))
    price = row.price
    excess = [sign * (c - price * e) if e else 0.0 for c, e in zip(row.cost, row.wh, strict=True)]
    excess = list(accumulate(excess, initial=0.0))
    for first, last in _stretches(cells, share, adding):
        before = share[first - 1] if first else float(cells.charging)
        after = share[last] if last < len(share) else 0.0
        edges = (float(adding) == before, float(adding) == after)
        yield from _in_stretch(wh, excess, (first, last), edges, missing, cells.start_cost)


def _stretches(cells: Cells, share: list[float], adding: bool) -> Iterator[tuple[int, int]]:
    wanted = 0.0 if adding else 1.0
    index = 0
    for fits, group in groupby(s == wanted and wh > 0 for s, wh in zip(share, cells.wh, strict=True)):
        length = sum(1 for _ in group)
        if fits:
            yield index, index + length
        index += length


def _in_stretch(
    wh: list[float],
    excess: list[float],
    stretch: tuple[int, int],
    edges: tuple[bool, bool],
    missing: float,
    start_cost: float,
) -> Iterable[Window]:
    first, last = stretch
    room = wh[last] - wh[first]
    if room <= missing + TINY_WH:
        cost = excess[last] - excess[first] + start_cost * (1 - sum(edges))
        return [Window(cost, first, last, room)]
    found: list[tuple[float, float, float]] = []
    for index in range(first, last + 1):
        here = wh[index]
        if here + missing <= wh[last]:
            end = bisect_right(wh, here + missing, index, last) - 1
            part = (here + missing - wh[end]) / (wh[end + 1] - wh[end])
            cost = excess[end] + part * (excess[end + 1] - excess[end]) - excess[index]
            cost += start_cost * (1 - (index == first and edges[0]))
            found.append((cost, index, end + part))
        if here - missing >= wh[first]:
            begin = bisect_left(wh, here - missing, first, index)
            begin = begin if wh[begin] == here - missing else begin - 1
            part = (here - missing - wh[begin]) / (wh[begin + 1] - wh[begin])
            cost = excess[index] - excess[begin] - part * (excess[begin + 1] - excess[begin])
            cost += start_cost * (1 - (index == last and edges[1]))
            found.append((cost, begin + part, index))
    cost, begins, ends = min(found)
    return [Window(cost, begins, ends, missing)]


def _total(cells: Cells, choice: Choice) -> float:
    """What a choice costs, starts included."""
    cost, before = 0.0, float(cells.charging)
    shares = [full + sun for full, sun in zip(choice.full, choice.sun, strict=True)]
    for index, share in enumerate(shares):
        if share:
            cost += choice.full[index] * cells.cost[index]
            cost += choice.sun[index] * cells.sun[index][1] if choice.sun[index] else 0.0
            cut_inside = share < 1 and before and index + 1 < len(shares) and shares[index + 1]
            cost += cells.start_cost if cut_inside or not before else 0.0
        before = share
    return cost
