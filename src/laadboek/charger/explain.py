"""Why a connector charges or waits, as codes with parameters; the portal makes sentences of them.

`REASONS` lists every code of `explain`, `DISPLAYS` what the person at the charger was shown last, `NOTICES` what
people are told. Parameters of a code are named beside it.
"""

from ..facts import Mode
from ..reasons import Reason
from . import flows, lock, modes, obstacles
from .flows import until
from .state import Phase, Power
from .turn import Turn

REASONS = {
    "charging": "mode, as_mode (what really happens), limit_a, driver",
    "charging_limited": "mode, as_mode, limit_a, driver, by: the code of what leaves no more",
    "charging_boost": "left_wh, limit_a",
    "charging_due": "left_wh, ready_by, limit_a: what was asked for by then allows no more waiting",
    "charging_late": "left_wh, ready_by, limit_a: what was asked for by then was missed, and is charged all the same",
    "charging_timed": "until, limit_a",
    "charging_planned": "until, limit_a, price_micro and at_once_price_micro (per kWh), currency",
    "car_full_or_paused_by_car": "mode, as_mode, limit_a, driver: offered, but the car does not draw",
    "charging_sun": "limit_a, surplus_w: all of it from the sun",
    "charging_topped_up": "limit_a, surplus_w, needed_w: at the floor, the grid fills what the sun lacks",
    "charging_blind": "limit_a: nobody measures the sun, so it charges at the floor",
    "pausing_soon": "until, wait_s, surplus_w, needed_w: the sun does not suffice",
    "fewer_phases_soon": "until, wait_s, surplus_w, needed_w: it goes on with one",
    "more_phases_soon": "until, wait_s, surplus_w: it goes on with all",
    "switching_phases": "its phases were just switched",
    "waiting_for_sun": "surplus_w, needed_w",
    "waiting_for_sun_or_slot": "as waiting_for_sun and as waiting_for_slot",
    "waiting_blind": "nobody measures the sun",
    "sun_starting": "until, wait_s, surplus_w, needed_w: the sun suffices, and has to for a while",
    "car_waking": "limit_a: after a long pause it does not draw yet",
    "car_asleep": "limit_a: it does not draw, and could not be woken",
    "waiting_for_slot": "until, wait_s, price_micro and at_once_price_micro (per kWh), currency: of the plan",
    "stopped_by_person": "driver: mode Stop in a session",
    "paused_by_platform": "its charging profiles allow less than 6 A now",
    "planned_start_delayed": "until, wait_s: its pause is over, and a random while is let pass first",
    "limit_too_low": "limit_a: less than 6 A is left",
    "locked": "the lock keeps energy back (Lock.Charging off)",
    "refused_by_platform": "the platform that decides refused; stays plugged without energy",
    "car_unplugged_in_session": "driver: the session goes on without a car",
    "waiting_for_lock": "the cable is being locked",
    "waiting_for_platform": "id_tag is being asked about",
    "waiting_for_car": "driver, wait_s: identified, the car is awaited",
    "waiting_for_car_always": "driver: the same without an end",
    "waiting_for_identification": "a car is there",
    "session_over": "the car is there, its last session ended",
    "idle": "nobody is there",
    "faulted": "fault",
    "unavailable": "set out of service",
    "dark": "no power",
    "rebooting": "",
    "updating": "firmware: no session starts until it is installed",
    "starting": "we restarted; the device has not been heard yet",
}
DISPLAYS = {
    "charger.unlocked": "settings PIN",
    "charger.updating": "",
    "claim.lapsed": "identified, but no car came in time",
    "connector.inoperative": "",
    "connector.faulted": "",
    "connector.reserved": "it is kept for somebody else",
    "driver.blocked": "",
    "driver.not_yet": "begins_at",
    "driver.expired": "ended_at",
    "driver.not_now": "opens_at: outside the driver's weekly hours",
    "driver.budget_used": "limit_wh, resets_at",
    "mode.needs_identification": "a mode cannot be chosen by somebody unknown",
    "pad.locked": "too many wrong PINs",
    "pad.too_soon": "less than 2 s after the last try",
    "pin.wrong": "",
    "session.other_tag": "somebody else's session runs",
    "session.stopped": "",
    "tag.asked": "the platform is being asked",
    "tag.no_answer": "",
    "tag.refused": "",
    "tag.unknown": "nobody here knows it, and there is no platform to ask",
}
NOTICES = {
    "visit.unidentified": "connector_id, minutes",
    "pad.locked": "tries",
    "settings_pin.used_offline": "the settings PIN is switched off, but the network is away",
    "driver.budget_reached": "driver, limit_wh, resets_at: the session ended",
    "transaction.refused": "link_id, session_id: the car goes on in a private session",
    "transaction.refused_by_report": "link_id, session_id: flagged, nothing else",
    "transaction.refused_late": "link_id, session_id: it had ended",
    "reset.deferred": "link_id: the device restarts once nobody is there",
    "lock.failed": "connector_id: the cable lock did not move",
    "settings_pin.default": "the settings PIN is the one that every charger leaves the factory with",
    "pin.factory": "",
    "pin.taken": "a driver has it: the owner alone is told",
    "pin.bad_form": "shortest, longest",
    "pin.weak": "",
    "setting.unknown": "key",
    "setting.bad_value": "key, value, allowed",
    "setting.pinned": "key, by",
    "setting.needs_free_charging": "key",
    "car.draws_too_much": "connector_id, offered_a, drawn_a",
    "boost.bad_energy": "least_wh, most_wh",
    "boost.nobody_there": "",
}
POWERS = {
    Power.UNHEARD: "starting",
    Power.FAILING: "dark",
    Power.OFF: "dark",
    Power.REBOOTING: "rebooting",
}


def explain(turn: Turn, connector_id: int) -> Reason:
    """The one reason that matters most."""
    if not turn.on:
        return Reason(POWERS[turn.state.power])
    fault = obstacles.stopping_fault(turn, connector_id)
    if fault is not None:
        return Reason("faulted", {"fault": fault.value})
    visit, seen = turn.visit(connector_id), turn.seen(connector_id)
    if visit.running is not None:
        return _in_session(turn, connector_id)
    if turn.state.install is not None:
        return Reason("updating")
    if connector_id in turn.state.durable.inoperative:
        return Reason("unavailable")
    if seen.ask is not None:
        return Reason("waiting_for_platform", {"id_tag": seen.ask.claim.id_tag})
    if visit.claim is not None:
        return _claimed(turn, connector_id, visit.claim.driver_name or "")
    return Reason(WITHOUT_SESSION[visit.phase])


WITHOUT_SESSION = {
    Phase.IDLE: "idle",
    Phase.WAITING: "waiting_for_identification",
    Phase.SETTLED: "session_over",
    Phase.LEFT: "idle",
}


def _claimed(turn: Turn, connector_id: int, driver: str) -> Reason:
    visit = turn.visit(connector_id)
    if visit.phase is not Phase.EXPECTED:
        return Reason("waiting_for_lock", {"driver": driver})
    if visit.due_at is None:
        return Reason("waiting_for_car_always", {"driver": driver})
    return Reason("waiting_for_car", {"driver": driver, **until(turn, visit.due_at)})


def _in_session(turn: Turn, connector_id: int) -> Reason:
    visit = turn.visit(connector_id)
    assert visit.running is not None
    driver = visit.running.claim.driver_name or ""
    if visit.phase is Phase.AWAY:
        return Reason("car_unplugged_in_session", {"driver": driver})
    if visit.running.barred:
        return Reason("refused_by_platform")
    if modes.control(turn, connector_id).as_mode is Mode.STOP:
        return Reason("stopped_by_person", {"driver": driver})
    if not lock.gate_open(turn, connector_id):
        return Reason("locked")
    limit_ma = modes.offers(turn)[connector_id].limit_ma
    return flows.paused(turn, connector_id) if limit_ma == 0 else flows.offered(turn, connector_id, limit_ma)
