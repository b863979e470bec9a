"""Several cars on one fuse: one after the other takes from what the earlier ones left; the best of a few orders counts.

Who has the least time to spare chooses first, or who wants most. It also helps to tell the early ones what the cheap
quarters are worth to the others: when all together fill every quarter up to some price, then a quarter below it is
worth that price to somebody, and it pays to take such quarters in one piece rather than the very cheapest ones.
"""

from collections.abc import Callable, Sequence
from itertools import product
from math import ceil

from msgspec.structs import replace

from .plan import Need
from .planning_choice import Chosen, choose
from .planning_horizon import Horizon, seconds
from .planning_slots import pieces

UNMET_MICRO = 10_000  # per Wh: to miss a goal is worse than any price
WEIGHTS = (0.0, 0.5)  # of what a quarter is worth to others


def shared(horizon: Horizon, needs: Sequence[Need], begin_s: int, start_cost: float) -> dict[str, Chosen]:
    """For each car by its key what it does, such that no quarter's headroom is exceeded."""
    if len(needs) <= 1:
        return _in_turn(needs, horizon, horizon, begin_s, start_cost)
    best: dict[str, Chosen] = {}
    least = float("inf")
    for order, weight in product((_least_to_spare(begin_s), _most_wanted), WEIGHTS):
        found = _in_turn(sorted(needs, key=order), horizon, _worth(horizon, needs, weight), begin_s, start_cost)
        cost = sum(_cost(chosen, start_cost) for chosen in found.values())
        if cost < least:
            best, least = found, cost
    return best


def _least_to_spare(begin_s: int) -> Callable[[Need], float]:
    def spare(need: Need) -> float:
        return seconds(need.goal.ready_by) - _begins(need, begin_s) - need.goal.energy_wh * 3600 / max(1, need.most_w)

    return spare


def _most_wanted(need: Need) -> float:
    return -need.goal.energy_wh


def _begins(need: Need, begin_s: int) -> int:
    return begin_s if need.available_from is None else max(begin_s, seconds(need.available_from))


def _in_turn(
    needs: Sequence[Need], horizon: Horizon, worth: Horizon, begin_s: int, start_cost: float
) -> dict[str, Chosen]:
    """Each takes of what is left, by what it is worth; it pays what it costs."""
    found: dict[str, Chosen] = {}
    alone = len(needs) <= 1
    for need in needs:
        until_s = seconds(need.goal.ready_by)
        chosen = choose(worth, need, _begins(need, begin_s), until_s, start_cost)
        chosen = replace(chosen, row=horizon, gentle_w=0 if alone else need.floor_w)
        found[need.key] = chosen
        if not alone:
            horizon, worth = _left(horizon, chosen), _left(worth, chosen)
    return found


def _left(horizon: Horizon, chosen: Chosen) -> Horizon:
    """The horizon after what one car takes of headroom and sun, as the mean of each quarter."""
    quarters = horizon.quarters.copy()
    taken = zip(chosen.choice.full, chosen.choice.sun, chosen.view.power_w, chosen.view.sun_w, strict=True)
    for index, (full, sun, power_w, sun_w) in enumerate(taken, chosen.view.first):
        if full or sun:
            taken_w = ceil(full * power_w + sun * sun_w - 1e-6)
            quarter = quarters[index]
            headroom_w = quarter.headroom_w
            quarters[index] = replace(
                quarter,
                headroom_w=None if headroom_w is None else headroom_w - max(taken_w, chosen.gentle_w),
                surplus_w=max(0, quarter.surplus_w - taken_w),
            )
    return replace(horizon, quarters=quarters)


def _worth(horizon: Horizon, needs: Sequence[Need], weight: float) -> Horizon:
    """The horizon with prices raised towards the one up to which all cars together fill the quarters."""
    wanted_wh, most_w = sum(need.goal.energy_wh for need in needs), sum(need.most_w for need in needs)
    if not weight:
        return horizon
    full_up_to = 0
    for quarter in sorted(horizon.quarters, key=lambda quarter: quarter.import_micro):
        full_up_to = quarter.import_micro
        wanted_wh -= (most_w if quarter.headroom_w is None else min(most_w, quarter.headroom_w)) // 4
        if wanted_wh <= 0:
            break
    quarters = []
    for quarter in horizon.quarters:
        more = int(weight * max(0, full_up_to - quarter.import_micro))
        dearer = replace(quarter, import_micro=quarter.import_micro + more, export_micro=quarter.export_micro + more)
        quarters.append(dearer if more else quarter)
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
