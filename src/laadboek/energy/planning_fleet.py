"""Several cars on one fuse: whoever must leave first chooses first, the others take what is left."""

from collections.abc import Sequence

from msgspec.structs import replace

from .plan import Need
from .planning_choice import Chosen, choose
from .planning_horizon import Horizon, seconds


def shared(horizon: Horizon, needs: Sequence[Need], begin_s: int, start_cost: float) -> dict[str, Chosen]:
    """For each car by its key what it does, such that no quarter's headroom is exceeded."""
    found: dict[str, Chosen] = {}
    for need in sorted(needs, key=lambda need: need.goal.ready_by):
        begins = begin_s if need.available_from is None else max(begin_s, seconds(need.available_from))
        left = _left(horizon, list(found.values()))
        found[need.key] = choose(left, need, begins, seconds(need.goal.ready_by), start_cost)
    return found


def _left(horizon: Horizon, others: Sequence[Chosen]) -> Horizon:
    """The horizon after what others take of headroom and sun: of a quarter that they use in part, the whole."""
    if not others:
        return horizon
    quarters = horizon.quarters.copy()
    for one in others:
        shares = zip(one.choice.full, one.choice.sun, one.view.power_w, one.view.sun_w, strict=True)
        for index, (full, sun, power_w, sun_w) in enumerate(shares, one.view.first):
            if full or sun:
                taken_w = power_w if full else sun_w
                quarter = quarters[index]
                quarters[index] = replace(
                    quarter,
                    headroom_w=None if quarter.headroom_w is None else quarter.headroom_w - taken_w,
                    surplus_w=max(0, quarter.surplus_w - taken_w),
                )
    return replace(horizon, quarters=quarters)
