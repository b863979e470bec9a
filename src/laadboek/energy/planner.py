"""When a car charges so that it is ready in time and costs least (A4, RULES §4). Pure: prices and `now` are arguments.

A slot runs at full power. Between the slots the sun goes on charging (Eco, Eco+) wherever its surplus reaches the
floor; that energy is counted at what feeding it in would have brought.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from ..reasons import Reason
from .plan import Need, Plan, Quarter
from .planning_choice import Chosen, How, at_once
from .planning_fleet import shared
from .planning_horizon import horizon, instant, seconds
from .planning_slots import Piece, pieces, slots

__all__ = ["REASONS", "START_COST_MICRO", "Need", "Quarter", "plan_car", "plan_cars"]

START_COST_MICRO = 50_000  # what a start may save before it is worth the wear: 0.05

OVERTIME_S = 86_400  # so long after the wanted time it still looks when a car will be ready

REASONS = {
    "plan.cheapest": "energy_wh, saved_micro (against charging at once), currency",
    "plan.sun": "energy_wh, solar_wh (thereof from the roof, as forecast), saved_micro, currency",
    "plan.in_one_go": "energy_wh, saved_micro, currency: the cheapest time without a pause",
    "plan.prices_unknown": "energy_wh, known_until, estimated_wh (thereof at estimated prices): will be made anew",
    "plan.no_prices": "energy_wh: no price is known, so it charges as late as it can",
    "plan.too_late": "missing_wh (at the wanted time), ready_at: charges at once, all the time",
    "plan.out_of_reach": "missing_wh (at the wanted time): charges at once, and no end is in sight",
    "plan.nothing_to_do": "",
}


def plan_car(
    quarters: Sequence[Quarter],
    need: Need,
    *,
    now: datetime,
    start_cost_micro: int = START_COST_MICRO,
    currency: str = "EUR",
) -> Plan:
    """The cheapest way to reach one car's goal, or all that can still be done for it."""
    plans = plan_cars(quarters, [need], now=now, start_cost_micro=start_cost_micro, currency=currency)
    return plans[need.key]


def plan_cars(
    quarters: Sequence[Quarter],
    needs: Iterable[Need],
    *,
    now: datetime,
    start_cost_micro: int = START_COST_MICRO,
    currency: str = "EUR",
) -> dict[str, Plan]:
    """A plan for each car by its key; together they keep within each quarter's headroom."""
    needs = list(needs)
    begin_s = seconds(now)
    wanted_s = max((seconds(need.goal.ready_by) for need in needs), default=begin_s)
    row = horizon(quarters, begin_s, max(begin_s, wanted_s) + OVERTIME_S)
    found = shared(row, [_aimed(need) for need in needs], begin_s, float(start_cost_micro))
    return {need.key: _plan(need, found[need.key], now, currency) for need in needs}


def _aimed(need: Need) -> Need:
    """At an instant a little before it is wanted."""
    ready_by = need.goal.ready_by - timedelta(seconds=need.early_s)
    return replace(need, goal=replace(need.goal, ready_by=ready_by)) if need.early_s else need


# --- from a choice to a plan ---


def _plan(need: Need, chosen: Chosen, now: datetime, currency: str) -> Plan:
    goal_wh, known_until_s = need.goal.energy_wh, chosen.row.known_until_s
    found = list(pieces(chosen))
    once = pieces(chosen, at_once(chosen.view.cells, float(goal_wh)))
    full, sun = slots(found)
    reached = sum(piece.wh for piece in found) > goal_wh - 1
    plan = Plan(
        made_at=now,
        goal=need.goal,
        slots=full,
        sun=sun,
        why=Reason("plan.nothing_to_do"),
        cost_micro=round(sum(piece.cost for piece in found)),
        cost_at_once_micro=round(sum(piece.cost for piece in once)),
        currency=currency,
        known_until=None if known_until_s is None else instant(known_until_s),
        ready_at=instant(found[-1].ends_s) if reached and found else None,
    )
    return plan if goal_wh <= 0 else replace(plan, why=_why(plan, chosen, found))


def _why(plan: Plan, chosen: Chosen, found: list[Piece]) -> Reason:
    """The one thing that a person should know of the plan."""
    missing_wh = round(plan.goal.energy_wh - _brought(found, seconds(plan.goal.ready_by)))
    if chosen.how is How.TOO_LATE and missing_wh > 0:
        if plan.ready_at is None:
            return Reason("plan.out_of_reach", {"missing_wh": missing_wh})
        return Reason("plan.too_late", {"missing_wh": missing_wh, "ready_at": plan.ready_at.isoformat()})
    energy: dict[str, str | int] = {
        "energy_wh": plan.goal.energy_wh,
        "saved_micro": plan.cost_at_once_micro - plan.cost_micro,
        "currency": plan.currency,
    }
    estimated_wh = round(sum(piece.wh for piece in found if not piece.known))
    if estimated_wh and plan.known_until is None:
        return Reason("plan.no_prices", {"energy_wh": plan.goal.energy_wh})
    if estimated_wh and plan.known_until is not None:
        known_until = plan.known_until.isoformat()
        return Reason("plan.prices_unknown", energy | {"known_until": known_until, "estimated_wh": estimated_wh})
    if chosen.how is How.IN_ONE_GO:
        return Reason("plan.in_one_go", energy)
    solar_wh = round(sum(piece.solar_wh for piece in found))
    return Reason("plan.sun", energy | {"solar_wh": solar_wh}) if solar_wh else Reason("plan.cheapest", energy)


def _brought(found: list[Piece], until_s: int) -> float:
    """Wh by then."""
    spans = [(piece, min(piece.ends_s, until_s) - piece.begins_s) for piece in found]
    return sum(piece.wh * span_s / (piece.ends_s - piece.begins_s) for piece, span_s in spans if span_s > 0)
