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
from .state import Durable
from .topology import NOMINAL_V, Key, Place

DYNAMIC = (Dynamic, AllIn)  # contracts for which a plan is made unasked
READY_EARLY = timedelta(minutes=10)  # a plan aims so long before the wanted time
POWER_SHIFT = 0.1  # full power that is so much off what the plans were made for calls for new ones, ...
SETTLED = timedelta(minutes=1)  # ... but not sooner after the last
SHIFT_WH = 500  # a goal that is so much off what the plan expected by now calls for a new one
FURTHEST = timedelta(days=7)
LEARNT_EVERY = timedelta(hours=6)
SHOWN = timedelta(hours=36)  # of prices, where no plan reaches further


class Ahead(Struct, frozen=True):
    """What is known of the time to come."""

    spots: tuple[Spot, ...] = ()
    sunny: tuple[forecast.Sunny, ...] = ()


class Sky(Struct, frozen=True):
    """How much of the clear sky came through lately, what the house usually takes, and when that was worked out."""

    at: datetime
    percent: int
    usual: dict[int, int] = {}  # W, see `forecast.usual_load`


class Planned(Struct, frozen=True, kw_only=True):
    """The plans in force, and what they were made for."""

    plans: dict[Key, Plan] = {}
    most_w: dict[Key, int] = {}  # at full power, as they were made for
    due_at: datetime | None = None  # made anew then at the latest
    prices: tuple[Price, ...] = ()
    sky: Sky | None = None


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
    return any(
        _moved(planned.plans[place.key], place.demand.goal, now) or _other_power(planned, place, now)
        for place in wanting
    )


def _other_power(planned: Planned, place: Place, now: datetime) -> bool:
    """The car turned out to take more or less."""
    before_w = planned.most_w[place.key]
    off_w = abs(_most_w(place) - before_w)
    return off_w > POWER_SHIFT * before_w and now - planned.plans[place.key].made_at >= SETTLED


def _moved(plan: Plan, goal: Goal | None, now: datetime) -> bool:
    if goal is None or (goal.ready_by, goal.asked) != (plan.goal.ready_by, plan.goal.asked):
        return True
    expected_wh = plan.goal.energy_wh - sum(
        _brought(slot.starts_at, slot.ends_at, now, slot.energy_wh) for slot in (*plan.slots, *plan.sun)
    )
    return goal.energy_wh > expected_wh + SHIFT_WH or goal.energy_wh < expected_wh - SHIFT_WH


def _brought(starts_at: datetime, ends_at: datetime, now: datetime, energy_wh: int) -> int:
    if not starts_at < now < ends_at:
        return energy_wh if now >= ends_at else 0
    return int(energy_wh * ((now - starts_at) / (ends_at - starts_at)))


def make(
    wanting: Sequence[Place],
    config: SiteConfig,
    zone: str,
    ahead: Ahead,
    past: Durable,
    now: datetime,
    sky: Sky | None = None,
) -> Planned:
    """Plan for all of them together. What is not published is estimated, and the plan says so."""
    goals = [goal for place in wanting if (goal := place.demand.goal) is not None]
    until = min(max((goal.ready_by for goal in goals), default=now), now + FURTHEST)
    prices = priced(config, zone, ahead.spots, now, until)
    sky = learnt(sky, config, zone, past, now)
    quarters = _quarters(prices, config, zone, ahead, sky)
    needs = [_need(place, place.demand.goal) for place in wanting if place.demand.goal is not None]
    currency = "EUR" if config.contract is None else config.contract.currency
    made = planner.plan_cars(quarters, needs, now=now, currency=currency)
    plans = {place.key: made[_name(place.key)] for place in wanting}
    most_w = {place.key: _most_w(place) for place in wanting}
    return Planned(plans=plans, most_w=most_w, due_at=after(now), prices=prices, sky=sky)


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
    demand, most_w = place.demand, _most_w(place)
    return Need(
        key=_name(place.key),
        goal=goal,
        most_w=most_w,
        floor_w=min(place.floor_w, most_w),
        continuous=demand.continuous,
        charging=demand.offered_ma > 0,
        early_s=int(READY_EARLY.total_seconds()) + demand.delay_s,
    )


def _most_w(place: Place) -> int:
    """At full power, as far as fuses ever let it."""
    demand = place.demand
    full_ma = demand.most_ma if demand.full_ma is None else demand.full_ma
    most_ma = min((full_ma, *(circuit.limit_ma for circuit in place.branch.circuits)))
    return most_ma * (demand.full_phases or demand.phases) * NOMINAL_V // 1_000


def _quarters(prices: Sequence[Price], config: SiteConfig, zone: str, ahead: Ahead, sky: Sky) -> list[Quarter]:
    if not prices:
        return []
    start, until = prices[0].starts_at, prices[-1].starts_at + QUARTER
    used_w = {used.starts_at: used.power_w for used in forecast.load_by(sky.usual, start, until, zone)}
    sun_w = {sunny.starts_at: sunny.power_w for sunny in (*_own_forecast(config, sky, start, until), *ahead.sunny)}
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


def learnt(sky: Sky | None, config: SiteConfig, zone: str, past: Durable, now: datetime) -> Sky:
    """What the past days say of sky and house, worked out a few times a day; all sky where nobody measures the roof."""
    if sky is not None and now - sky.at < LEARNT_EVERY:
        return sky
    place = config.roofs, config.latitude, config.longitude
    clear = forecast.from_clear_sky(*place, now - forecast.PAST, now) if config.roofs and past.sun else ()
    percent = forecast.share_of_clear_sky(past.sun, clear, now)
    return Sky(now, percent, forecast.usual_load(past.house, now, zone))


def _own_forecast(config: SiteConfig, sky: Sky, start: datetime, until: datetime) -> tuple[forecast.Sunny, ...]:
    """What no source foretells: the clear sky over the roofs, as much of it as came through in the past days."""
    return forecast.from_clear_sky(config.roofs, config.latitude, config.longitude, start, until, sky.percent)


def _headroom_w(config: SiteConfig, net_w: int) -> int | None:
    """What main fuse and month's peak leave beside the house, as forecast. The sun's part is left beside it."""
    fuse_w = [
        (circuit.limit_ma - config.reserve_ma) * 3 * NOMINAL_V // 1_000
        for circuit in config.circuits
        if circuit.circuit_id == MAIN
    ]
    limits = [*fuse_w, *([config.month_peak_w] if config.month_peak_w is not None else [])]
    return max(0, min(limits) - net_w) if limits else None
