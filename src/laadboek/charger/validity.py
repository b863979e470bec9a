"""Whether a driver may charge here: block, dates, weekly hours, budget (C5, RULES §3; decision 0056).

All of them are judged when the driver identifies. In a session only two still speak: whoever is blocked or removed
does not go on, and a budget that is used up ends it. Hours and dates say when a session may begin, not how long it
lasts. A session that a platform started which decides who charges is that platform's business (RULES §6).
"""

from msgspec.structs import replace

from ..energy import week_hours
from ..facts import EndReason
from ..reasons import Reason
from . import budgets, control, meter, visits
from .effects import Notify
from .events import Driver
from .state import NOT_TOLD, Claim, Purpose, Running
from .turn import Turn

BLOCKED, BUDGET_USED = "driver_blocked", "budget_used"  # flags in the books of a session that ended for it


def refusal(turn: Turn, driver: Driver) -> Reason | None:
    """Why this driver may not begin a session now."""
    now, zone = turn.now, turn.state.zone
    if driver.blocked:
        return Reason("driver.blocked")
    if driver.valid_from is not None and now < driver.valid_from:
        return Reason("driver.not_yet", {"begins_at": driver.valid_from.isoformat()})
    if driver.valid_until is not None and now >= driver.valid_until:
        return Reason("driver.expired", {"ended_at": driver.valid_until.isoformat()})
    if driver.hours is not None and not week_hours.is_open(driver.hours, now, zone):
        opens_at = week_hours.next_opening(driver.hours, now, zone)
        return Reason("driver.not_now", {} if opens_at is None else {"opens_at": opens_at.isoformat()})
    return _no_budget_left(turn, driver)


def _no_budget_left(turn: Turn, driver: Driver) -> Reason | None:
    if driver.budget is None or budgets.left_wh(turn, driver) != 0:
        return None
    resets_at = budgets.period_of(turn, driver.budget).end.isoformat()
    return Reason("driver.budget_used", {"limit_wh": driver.budget.limit_wh, "resets_at": resets_at})


def watch(turn: Turn) -> None:
    """At the end of each turn: the list of drivers may have changed, energy may have flowed."""
    if not turn.on or turn.state.drivers is NOT_TOLD:
        return
    for connector_id in turn.connector_ids:
        _drop_promises(turn, connector_id)
        running = turn.visit(connector_id).running
        if running is not None and running.claim.driver_id is not None and _binds(turn, running.claim):
            _look_at(turn, connector_id, running)
        if turn.visit(connector_id).running is None and turn.seen(connector_id).budget_look_at is not None:
            turn.set_seen(connector_id, budget_look_at=None)


def _binds(turn: Turn, claim: Claim) -> bool:
    """What a deciding platform started is not ours to end."""
    return claim.over_link is None or not control.platform_decides(turn)


def _may_not(turn: Turn, claim: Claim | None) -> bool:
    """Whether it is of somebody who is blocked now, or not known any more."""
    if claim is None or claim.driver_id is None or not _binds(turn, claim):
        return False
    driver = budgets.known(turn, claim.driver_id)
    return driver is None or driver.blocked


def _drop_promises(turn: Turn, connector_id: int) -> None:
    """What was about to become a session."""
    asked = turn.seen(connector_id).ask
    if asked is not None and asked.purpose is Purpose.START and _may_not(turn, asked.claim):
        control.forget(turn, connector_id, Purpose.START)
        turn.display(connector_id, "driver.blocked")
    if _may_not(turn, turn.visit(connector_id).claim):
        visits.lapse(turn, connector_id)
        turn.display(connector_id, "driver.blocked")


def _look_at(turn: Turn, connector_id: int, running: Running) -> None:
    driver = budgets.known(turn, running.claim.driver_id)
    if driver is None or driver.blocked:
        _end(turn, connector_id, running, EndReason.DE_AUTHORIZED, BLOCKED, Reason("driver.blocked"))
        return
    most_wh = budgets.most_wh(turn, running, driver)
    if most_wh != running.budget_wh:
        running = replace(running, budget_wh=most_wh)
        turn.set_visit(connector_id, running=running)
    if most_wh is None:
        if turn.seen(connector_id).budget_look_at is not None:
            turn.set_seen(connector_id, budget_look_at=None)
        return
    rest_wh = most_wh - budgets.energy_wh(turn, running)
    if rest_wh > 0:
        look_at = budgets.next_look(turn, connector_id, rest_wh)
        if look_at != turn.seen(connector_id).budget_look_at:
            turn.set_seen(connector_id, budget_look_at=look_at)
        return
    assert driver.budget is not None
    why = _budget_reached(turn, driver)
    _end(turn, connector_id, running, EndReason.OTHER, BUDGET_USED, Reason("driver.budget_used", why))
    turn.emit(Notify(Reason("driver.budget_reached", {"driver": driver.name, **why}), driver.driver_id))


def _budget_reached(turn: Turn, driver: Driver) -> dict[str, str | int]:
    assert driver.budget is not None
    return {
        "limit_wh": driver.budget.limit_wh,
        "resets_at": budgets.period_of(turn, driver.budget).end.isoformat(),
    }


def _end(turn: Turn, connector_id: int, running: Running, reason: EndReason, flag: str, why: Reason) -> None:
    """The car stays without energy: Plug & Play does not take over what was just ended."""
    flagged = replace(running, record=meter.flagged(running, flag))
    turn.set_visit(connector_id, running=flagged)
    visits.stop(turn, connector_id, reason)
    turn.display(connector_id, why.code, **why.params)
