"""Why energy flows in a session, or does not flow yet: the part of `explain` with numbers and countdowns."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime

from ..energy.plan import Plan, PlanSlot
from ..facts import Pilot
from ..reasons import Reason
from ..supply import FLOOR_MA
from . import boosts, follow, goals, limits, modes
from .follow import Waiting
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
    return _awaited(turn, connector_id) or Reason("limit_too_low", {"limit_a": turn.settings.limit_a})


def _awaited(turn: Turn, connector_id: int) -> Reason | None:
    """The sun, the plan's next slot, or both."""
    waiting, planned = follow.waiting(turn, connector_id), next_slot(turn, connector_id)
    sunny = None if waiting is None else PAUSED.get(waiting.code)
    if planned is None:
        return None if waiting is None or sunny is None else Reason(sunny, _numbers(turn, waiting))
    plan, slot = planned
    next_at = {**until(turn, slot.starts_at), **prices_of(plan, slot)}
    if waiting is None or sunny is None:
        return Reason("waiting_for_slot", next_at)
    if sunny == "waiting_for_sun":
        return Reason("waiting_for_sun_or_slot", {**_numbers(turn, waiting), **next_at})
    return Reason(sunny, _numbers(turn, waiting))


PAUSED = {
    "too_little": "waiting_for_sun",
    "starting": "sun_starting",
    "blind": "waiting_blind",
    "settling": "switching_phases",
    "car_waking": "car_waking",
}
DRAWN = {
    "following": "charging_sun",
    "topped_up": "charging_topped_up",
    "stopping": "pausing_soon",
    "fewer_phases": "fewer_phases_soon",
    "more_phases": "more_phases_soon",
    "settling": "switching_phases",
    "blind": "charging_blind",
}
NOT_DRAWN = {"car_waking": "car_waking", "car_asleep": "car_asleep", "settling": "switching_phases"}


def _numbers(turn: Turn, waiting: Waiting) -> Params:
    """The sun's power now, what is needed, and how long it takes until something changes, as far as known."""
    surplus: Params = {} if waiting.surplus_w is None else {"surplus_w": waiting.surplus_w}
    due = {} if waiting.due_at is None else until(turn, waiting.due_at)
    return {**surplus, "needed_w": waiting.needed_w, **due}


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
    waiting = follow.waiting(turn, connector_id)
    if seen.pilot is not Pilot.C2:
        code = "car_full_or_paused_by_car" if waiting is None else NOT_DRAWN.get(waiting.code)
        return Reason(code or "car_full_or_paused_by_car", params)
    if seen.full is not None:
        return PUSHED[seen.full.push](turn, connector_id, seen.full, {"limit_a": limit_ma // 1_000})
    share = seen.allotment
    if share is not None and share.why is not None and share.limit_ma is not None and limit_ma == share.limit_ma:
        return Reason("charging_limited", {**params, "by": share.why.code})
    if waiting is not None and waiting.code in DRAWN:
        return Reason(DRAWN[waiting.code], {**params, **_numbers(turn, waiting)})
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
