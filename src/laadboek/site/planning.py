"""Plans: the quarter-hours ahead as the site sees them, who needs one, and when one is made anew (A4, RULES §4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ..energy import forecast, planner, tariff
from ..energy.contract import AllIn, Dynamic
from ..energy.plan import Goal, Need, Plan, Quarter
from ..energy.quarters import QUARTER, after, at_or_before
from ..energy.tariff import Price, Spot
from .config import MAIN, SiteConfig
from .topology import NOMINAL_V, Key, Place

DYNAMIC = (Dynamic, AllIn)  # contracts for which a plan is made unasked
SHIFT_WH = 500  # a goal that is so much off what the plan expected by now calls for a new one
FURTHEST = timedelta(days=7)
SHOWN = timedelta(hours=36)  # of prices, where no plan reaches further


class Ahead(Struct, frozen=True):
    """What is known of the time to come."""

    spots: tuple[Spot, ...] = ()
    sunny: tuple[forecast.Sunny, ...] = ()


class Planned(Struct, frozen=True, kw_only=True):
    """The plans in force, and what they were made for."""

    plans: dict[Key, Plan] = {}
    due_at: datetime | None = None  # made anew then at the latest
    prices: tuple[Price, ...] = ()


def wanting(places: Sequence[Place], config: SiteConfig) -> list[Place]:
    """Whom a plan is made for: by default only where prices change by the hour."""
    dynamic = isinstance(config.contract, DYNAMIC)
    return [place for place in places if (goal := place.demand.goal) is not None and (dynamic or goal.asked)]


def stale(planned: Planned, wanting: Sequence[Place], now: datetime) -> bool:
    """Whether somebody wants something else than the plans were made for, or a quarter-hour began."""
    if planned.due_at is not None and now >= planned.due_at:
        return bool(wanting or planned.plans)
    if {place.key for place in wanting} != set(planned.plans):
        return True
    return any(_moved(planned.plans[place.key], place.demand.goal, now) for place in wanting)


def _moved(plan: Plan, goal: Goal | None, now: datetime) -> bool:
    if goal is None or (goal.ready_by, goal.asked) != (plan.goal.ready_by, plan.goal.asked):
        return True
    expected_wh = plan.goal.energy_wh - sum(
        _brought(slot.starts_at, slot.ends_at, now, slot.energy_wh) for slot in (*plan.slots, *plan.sun)
    )
    return goal.energy_wh > expected_wh + SHIFT_WH or goal.energy_wh < expected_wh - SHIFT_WH


def _brought(starts_at: datetime, ends_at: datetime, now: datetime, energy_wh: int) -> int:
    return int(energy_wh * min(1.0, max(0.0, (now - starts_at) / (ends_at - starts_at))))


def make(
    wanting: Sequence[Place],
    config: SiteConfig,
    zone: str,
    ahead: Ahead,
    house: tuple[forecast.Used, ...],
    now: datetime,
) -> Planned:
    """Plan for all of them together. What is not published is estimated, and the plan says so."""
    goals = [goal for place in wanting if (goal := place.demand.goal) is not None]
    until = min(max((goal.ready_by for goal in goals), default=now), now + FURTHEST)
    prices = priced(config, zone, ahead.spots, now, until)
    quarters = _quarters(prices, config, zone, ahead, house)
    needs = [_need(place, place.demand.goal) for place in wanting if place.demand.goal is not None]
    currency = "EUR" if config.contract is None else config.contract.currency
    made = planner.plan_cars(quarters, needs, now=now, currency=currency)
    plans = {place.key: made[_name(place.key)] for place in wanting}
    return Planned(plans=plans, due_at=after(now), prices=prices)


def priced(config: SiteConfig, zone: str, spots: tuple[Spot, ...], now: datetime, until: datetime) -> tuple[Price, ...]:
    """By quarter-hours from this one on; without a contract nothing is known."""
    if config.contract is None:
        return ()
    until = max(until, at_or_before(now) + QUARTER)
    return tariff.prices(config.contract, spots, at_or_before(now), until, zone=zone, country=config.country)


def same(one: Plan | None, other: Plan | None) -> bool:
    """Whether a charger would do and say the same by both."""
    if one is None or other is None:
        return one is other
    return replace(one, made_at=other.made_at, goal=other.goal) == other and one.goal.ready_by == other.goal.ready_by


def _name(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def _need(place: Place, goal: Goal) -> Need:
    demand = place.demand
    full_ma = demand.most_ma if demand.full_ma is None else demand.full_ma
    most_ma = min((full_ma, *(circuit.limit_ma for circuit in place.branch.circuits)))
    full_phases = demand.full_phases or demand.phases
    return Need(
        key=_name(place.key),
        goal=goal,
        most_w=most_ma * full_phases * NOMINAL_V // 1_000,
        floor_w=place.floor_w,
        continuous=demand.continuous,
        charging=demand.offered_ma > 0,
    )


def _quarters(
    prices: Sequence[Price], config: SiteConfig, zone: str, ahead: Ahead, house: tuple[forecast.Used, ...]
) -> list[Quarter]:
    if not prices:
        return []
    start, until = prices[0].starts_at, prices[-1].starts_at + QUARTER
    used_w = {used.starts_at: used.power_w for used in forecast.house_load(house, start, until, zone)}
    sun_w = {sunny.starts_at: sunny.power_w for sunny in ahead.sunny}
    found = []
    for price in prices:
        net_w = used_w[price.starts_at] - sun_w.get(price.starts_at, 0)
        found.append(
            Quarter(
                starts_at=price.starts_at,
                import_micro=price.import_micro,
                export_micro=price.export_micro,
                surplus_w=max(0, -net_w),
                headroom_w=_headroom_w(config, net_w),
                known=price.known,
            )
        )
    return found


def _headroom_w(config: SiteConfig, net_w: int) -> int | None:
    """What main fuse and month's peak leave beside the house, as forecast. The sun's part is left beside it."""
    fuse_w = [
        (circuit.limit_ma - config.reserve_ma) * 3 * NOMINAL_V // 1_000
        for circuit in config.circuits
        if circuit.circuit_id == MAIN
    ]
    limits = [*fuse_w, *([config.month_peak_w] if config.month_peak_w is not None else [])]
    return max(0, min(limits) - net_w) if limits else None
