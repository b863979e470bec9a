"""What a quarter's headroom and sun are worth to a fleet: prices at which the cars, each alone, fill it just so.

Every car chooses as if it were alone, at prices that rise where all together take too much and fall where they leave
some (a subgradient of the Lagrangian). The cars' choices do not fit together; the prices tell them where to give way.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from .plan import Quarter
from .planning_horizon import Horizon

FIRST_STEP = 0.5  # of the spread of prices, for taking twice what there is
SLOWER = 0.3  # so much smaller, relatively, the steps become from round to round
LEAST_SPREAD_MICRO = 20_000
LEAST_SUN_W = 1_000  # of sun, to which an excess is compared

Taken = dict[int, tuple[int, int]]  # by quarter: of the headroom, and of the sun (W)


class Crowd(Struct, frozen=True):
    """Micro per kWh by quarter, above the horizon's prices: for what is taken, and moreover for sun."""

    headroom: list[float]
    sun: list[float]
    rounds: int = 0


def nobody(horizon: Horizon) -> Crowd:
    return Crowd([0.0] * len(horizon.quarters), [0.0] * len(horizon.quarters))


def dearer(horizon: Horizon, crowd: Crowd) -> Horizon:
    """The horizon as a car sees it that pays what it takes from others."""
    rows = zip(horizon.quarters, crowd.headroom, crowd.sun, strict=True)
    return replace(horizon, quarters=[_raised(*row) if row[1] or row[2] else row[0] for row in rows])


def _raised(quarter: Quarter, headroom: float, sun: float) -> Quarter:
    import_micro = quarter.import_micro + int(headroom)
    return replace(quarter, import_micro=import_micro, export_micro=quarter.export_micro + int(headroom + sun))


def next_prices(horizon: Horizon, crowd: Crowd, wishes: Sequence[Taken]) -> Crowd:
    """The prices after one round, in which the cars would have liked to take that."""
    step = FIRST_STEP * _spread(horizon) / (1 + SLOWER * crowd.rounds)
    headroom, sun = crowd.headroom.copy(), crowd.sun.copy()
    for index, quarter in enumerate(horizon.quarters):
        taken = [wish[index] for wish in wishes if index in wish]
        if quarter.headroom_w:
            excess_w = sum(taken_w for taken_w, _ in taken) - quarter.headroom_w
            headroom[index] = max(0.0, headroom[index] + step * excess_w / quarter.headroom_w)
        if quarter.surplus_w > 0:
            excess_w = sum(solar_w for _, solar_w in taken) - quarter.surplus_w
            most = max(0, quarter.import_micro - quarter.export_micro)
            dearer_sun = sun[index] + step * excess_w / max(quarter.surplus_w, LEAST_SUN_W)
            sun[index] = min(float(most), max(0.0, dearer_sun))
    return Crowd(headroom, sun, crowd.rounds + 1)


def _spread(horizon: Horizon) -> int:
    prices = [quarter.import_micro for quarter in horizon.quarters]
    return max(LEAST_SPREAD_MICRO, max(prices) - min(prices))
