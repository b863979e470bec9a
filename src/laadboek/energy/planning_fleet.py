"""Several cars on one fuse: first one after the other, then again and again one or two of them beside the others.

Each takes from what the earlier ones left: who has the least time to spare chooses first, or who wants most, at
prices that say what a quarter is worth to the others (`planning_crowd`). The cheapest outcomes are then improved: a
car, or a pair, gives back what it took and chooses anew, and whatever costs less stays. It ends when nobody finds
anything better, or when enough has been looked at; the best so far counts.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle, permutations
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from .plan import Need
from .planning_choice import Chosen, choose
from .planning_crowd import Crowd, Taken, dearer, next_prices, nobody
from .planning_horizon import Horizon, seconds
from .planning_slots import pieces

UNMET_MICRO = 10_000  # per Wh: to miss a goal is worse than any price
CELLS = 14_000  # so many quarters are looked at, summed over all choices
CELLS_FOR_PRICES = 7_000  # thereof while prices are being found
ROUNDS = 16  # of prices
IMPROVED = 3  # outcomes
BETTER_MICRO = 1.0  # what a change must save


class Part(Struct, frozen=True):
    """What one car does, what that costs, and what it takes from the others."""

    chosen: Chosen
    cost: float
    taken: Taken


class Fleet:
    """Cars that choose beside each other, and how much they have looked at."""

    def __init__(self, horizon: Horizon, needs: Sequence[Need], begin_s: int, start_cost: float) -> None:
        self.horizon, self.needs, self.begin_s, self.start_cost = horizon, needs, begin_s, start_cost
        self.cells = 0

    def part(self, index: int, others: Sequence[Part], crowd: Crowd | None = None) -> Part:
        """What a car chooses beside the others; it pays what it costs, whatever the crowd made it believe."""
        need, row = self.needs[index], _left(self.horizon, others)
        seen = row if crowd is None else dearer(row, crowd)
        chosen = choose(seen, need, _begins(need, self.begin_s), seconds(need.goal.ready_by), self.start_cost)
        chosen = replace(chosen, row=row, gentle_w=need.floor_w)
        self.cells += len(chosen.choice.full)
        return Part(chosen, _cost(chosen, self.start_cost), _taken(chosen))

    def in_turn(self, order: Sequence[int], crowd: Crowd | None = None) -> list[Part]:
        """Each takes from what the earlier ones left."""
        parts: dict[int, Part] = {}
        for index in order:
            parts[index] = self.part(index, list(parts.values()), crowd)
        return [parts[index] for index in range(len(self.needs))]

    def outcomes(self) -> Iterator[list[Part]]:
        """In both orders, at the prices of each round."""
        orders, crowd = self._orders(), nobody(self.horizon)
        for _ in range(ROUNDS):
            yield from [self.in_turn(order, crowd) for order in orders]
            if self.cells > CELLS_FOR_PRICES:
                return
            wishes = [self.part(index, (), crowd).taken for index in range(len(self.needs))]
            crowd = next_prices(self.horizon, crowd, wishes)

    def improved(self, parts: list[Part]) -> list[Part]:
        """After every change, of one car or of two, that costs less than what it replaces."""
        cars = range(len(self.needs))
        moves = [*permutations(cars, 1), *permutations(cars, 2)]
        quiet = 0
        for move in cycle(moves):
            if quiet >= len(moves) or self.cells > CELLS:
                break
            found = self._again(parts, move)
            quiet = quiet + 1 if found is None else 0
            parts = found or parts
        return parts

    def _again(self, parts: list[Part], move: tuple[int, ...]) -> list[Part] | None:
        others = [part for index, part in enumerate(parts) if index not in move]
        found = parts.copy()
        for index in move:
            found[index] = self.part(index, others)
            others.append(found[index])
        return found if _total(found) < _total(parts) - BETTER_MICRO else None

    def _orders(self) -> list[list[int]]:
        """Who has the least time to spare first; who wants most first."""
        cars = range(len(self.needs))
        return [sorted(cars, key=self._spare_s), sorted(cars, key=lambda index: -self.needs[index].goal.energy_wh)]

    def _spare_s(self, index: int) -> float:
        need = self.needs[index]
        there_s = seconds(need.goal.ready_by) - _begins(need, self.begin_s)
        return there_s - need.goal.energy_wh * 3600 / max(1, need.most_w)


def shared(horizon: Horizon, needs: Sequence[Need], begin_s: int, start_cost: float) -> dict[str, Chosen]:
    """For each car by its key what it does, such that no quarter's headroom is exceeded."""
    if len(needs) <= 1:
        return {
            need.key: choose(horizon, need, _begins(need, begin_s), seconds(need.goal.ready_by), start_cost)
            for need in needs
        }
    fleet = Fleet(horizon, needs, begin_s, start_cost)
    best = sorted(fleet.outcomes(), key=_total)[:IMPROVED]
    parts = min((fleet.improved(outcome) for outcome in best), key=_total)
    return {need.key: part.chosen for need, part in zip(needs, parts, strict=True)}


def _total(parts: Sequence[Part]) -> float:
    return sum(part.cost for part in parts)


def _begins(need: Need, begin_s: int) -> int:
    return begin_s if need.available_from is None else max(begin_s, seconds(need.available_from))


def _taken(chosen: Chosen) -> Taken:
    """As the mean of each quarter; a car reserves its floor as long as it charges."""
    found, quarters, seen = {}, chosen.row.quarters, chosen.view
    columns = zip(chosen.choice.full, chosen.choice.sun, seen.power_w, seen.sun_w, strict=True)
    for index, (full, sun, power_w, sun_w) in enumerate(columns, seen.first):
        if full or sun:
            taken_w = ceil(full * power_w + sun * sun_w - 1e-6)
            beside_w = min(power_w, max(0, quarters[index].surplus_w))
            found[index] = max(taken_w, chosen.gentle_w), ceil(full * beside_w + sun * sun_w - 1e-6)
    return found


def _left(horizon: Horizon, parts: Sequence[Part]) -> Horizon:
    """The horizon after what the cars take of headroom and sun."""
    total: Taken = {}
    for part in parts:
        for index, (taken_w, solar_w) in part.taken.items():
            before_w, sun_w = total.get(index, (0, 0))
            total[index] = (before_w + taken_w, sun_w + solar_w)
    quarters = horizon.quarters.copy()
    for index, (taken_w, solar_w) in total.items():
        quarter = quarters[index]
        headroom_w = None if quarter.headroom_w is None else quarter.headroom_w - taken_w
        quarters[index] = replace(quarter, headroom_w=headroom_w, surplus_w=max(0, quarter.surplus_w - solar_w))
    return replace(horizon, quarters=quarters)


def _cost(chosen: Chosen, start_cost: float) -> float:
    """What a car's choice costs at the true prices, with its starts and what it leaves open."""
    cost, starts = chosen.missing_wh * UNMET_MICRO, 0
    ended_s = chosen.view.begins_s[0] if chosen.view.cells.charging and chosen.view.begins_s else None
    for piece in pieces(chosen):
        cost += piece.cost
        starts += piece.begins_s != ended_s
        ended_s = piece.ends_s
    return cost + starts * start_cost
