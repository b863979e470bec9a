"""The plan of a car as people see it: when, how much, at what price, and what that saves."""

from datetime import datetime

from msgspec import Struct

from ...energy.plan import Plan, PlanSlot
from ..words.speech import Speech

A_CENT = 10_000  # less is not worth a word


class SlotView(Struct, frozen=True, kw_only=True):
    """One stretch. `left` and `width` place it on a line from now to the time of readiness, in percent."""

    starts: str
    ends: str
    day: str
    energy: str
    price: str
    sun: bool  # with the surplus alone
    now: bool
    left: float
    width: float


class PlanView(Struct, frozen=True, kw_only=True):
    goal: str
    ready_by: str
    asked: bool
    why: str
    cost: str
    at_once: str
    saves: bool
    slots: list[SlotView]


def plan_view(plan: Plan, speech: Speech, now: datetime) -> PlanView:
    slots = sorted((*plan.slots, *plan.sun), key=lambda slot: slot.starts_at)
    return PlanView(
        goal=speech.kwh(plan.goal.energy_wh),
        ready_by=speech.time(plan.goal.ready_by),
        asked=plan.goal.asked,
        why=speech.sentence(plan.why),
        cost=speech.money(plan.cost_micro, plan.currency),
        at_once=speech.money(plan.cost_at_once_micro, plan.currency),
        saves=plan.cost_at_once_micro - plan.cost_micro >= A_CENT,
        slots=[_slot(slot, plan, speech, now) for slot in slots if slot.ends_at > now],
    )


def _slot(slot: PlanSlot, plan: Plan, speech: Speech, now: datetime) -> SlotView:
    end = max([plan.goal.ready_by, now, *(one.ends_at for one in (*plan.slots, *plan.sun))])
    whole_s = max(1.0, (end - now).total_seconds())
    starts_at = max(slot.starts_at, now)
    return SlotView(
        starts=speech.time(slot.starts_at),
        ends=speech.time(slot.ends_at),
        day=""
        if speech.local_date(slot.starts_at) == speech.local_date(now)
        else speech.day(speech.local_date(slot.starts_at)),
        energy=speech.kwh(slot.energy_wh),
        price=speech.price(slot.cost_micro * 1000 // slot.energy_wh, plan.currency) if slot.energy_wh else "",
        sun=slot in plan.sun,
        now=slot.starts_at <= now,
        left=round(100 * (starts_at - now).total_seconds() / whole_s, 1),
        width=round(100 * (slot.ends_at - starts_at).total_seconds() / whole_s, 1),
    )
