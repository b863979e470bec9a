"""Why energy flows in a session, or does not flow yet: the part of `explain` with numbers and countdowns."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime

from ..energy.plan import Plan, PlanSlot
from ..facts import Pilot
from ..reasons import Reason
from ..supply import FLOOR_MA
from . import boosts, goals, limits, modes
from .state import FullPower, Push
from .turn import Turn

Params = dict[str, str | int]


def until(turn: Turn, instant: datetime) -> Params:
    """An instant to come, for a clock (`until`) and for a countdown (`wait_s`)."""
    wait_s = max(0, math.ceil((instant - turn.now).total_seconds()))
    return {"until": instant.isoformat(), "wait_s": wait_s}


# Nothing is offered.


def paused(turn: Turn, connector_id: int) -> Reason:
    """What keeps it back, and what will change that: first what forbids, then what the mode waits for."""
    held, delay = limits.holding(turn, connector_id), turn.visit(connector_id).delay
    if held is not None and held.waits_until is None:
        return Reason("paused_by_platform")
    if held is not None and held.waits_until is not None:
        return Reason("planned_start_delayed", until(turn, held.waits_until))
    share = turn.seen(connector_id).allotment
    if share is not None and share.why is not None and share.limit_ma is not None and share.limit_ma < FLOOR_MA:
        return share.why
    if turn.settings.limit_a * 1_000 < FLOOR_MA:
        return Reason("limit_too_low", {"limit_a": turn.settings.limit_a})
    if delay is not None and turn.now < min(delay.until, delay.slot_ends_at):
        return Reason("planned_start_delayed", until(turn, delay.until))
    if (planned := next_slot(turn, connector_id)) is not None:
        plan, slot = planned
        return Reason("waiting_for_slot", {**until(turn, slot.starts_at), **prices_of(plan, slot)})
    return Reason("limit_too_low", {"limit_a": turn.settings.limit_a})


def next_slot(turn: Turn, connector_id: int) -> tuple[Plan, PlanSlot] | None:
    """The plan's next stretch at full power, if this session waits for it."""
    plan = boosts.plan_obeyed(turn, connector_id) if boosts.obeys(turn, connector_id) else None
    slots = () if plan is None else plan.slots
    return next(((plan, slot) for slot in slots if plan is not None and slot.starts_at > turn.now), None)


# Energy may flow.


def offered(turn: Turn, connector_id: int, limit_ma: int) -> Reason:
    """As which of the reasons to charge it does."""
    seen, running = turn.seen(connector_id), turn.visit(connector_id).running
    assert running is not None
    params: Params = {
        "mode": turn.visit(connector_id).mode.value,
        "as_mode": modes.control(turn, connector_id).as_mode.value,
        "limit_a": limit_ma // 1_000,
        "driver": running.claim.driver_name or "",
    }
    if seen.pilot is not Pilot.C2:
        return Reason("car_full_or_paused_by_car", params)
    if seen.full is not None:
        return PUSHED[seen.full.push](turn, connector_id, seen.full, {"limit_a": limit_ma // 1_000})
    share = seen.allotment
    if share is not None and share.why is not None and share.limit_ma is not None and limit_ma == share.limit_ma:
        return Reason("charging_limited", {**params, "by": share.why.code})
    return Reason("charging", params)


def _boosting(turn: Turn, connector_id: int, full: FullPower, params: Params) -> Reason:
    return Reason("charging_boost", {**params, "left_wh": boosts.left_wh(turn, connector_id)})


def _due(turn: Turn, connector_id: int, full: FullPower, params: Params) -> Reason:
    target = turn.seen(connector_id).target
    assert target is not None
    code = "charging_due" if turn.now < target.ready_by else "charging_late"
    left_wh = goals.missing(turn, connector_id)
    return Reason(code, {**params, "left_wh": left_wh, "ready_by": target.ready_by.isoformat()})


def _timed(turn: Turn, connector_id: int, full: FullPower, params: Params) -> Reason:
    assert full.until is not None
    return Reason("charging_timed", {**params, **until(turn, full.until)})


def _planned(turn: Turn, connector_id: int, full: FullPower, params: Params) -> Reason:
    plan = turn.seen(connector_id).plan
    assert full.until is not None and plan is not None
    slot = plan.slot_at(turn.now)
    prices = {} if slot is None else prices_of(plan, slot)
    return Reason("charging_planned", {**params, **until(turn, full.until), **prices})


def prices_of(plan: Plan, slot: PlanSlot) -> Params:
    """What a kilowatt-hour costs in the slot, and what it would on average if the car charged at once."""
    return {
        "price_micro": slot.cost_micro * 1_000 // max(1, slot.energy_wh),
        "at_once_price_micro": plan.cost_at_once_micro * 1_000 // max(1, plan.goal.energy_wh),
        "currency": plan.currency,
    }


PUSHED: Mapping[Push, Callable[[Turn, int, FullPower, Params], Reason]] = {
    Push.BOOST: _boosting,
    Push.DUE: _due,
    Push.TIMED: _timed,
    Push.PLAN: _planned,
}
