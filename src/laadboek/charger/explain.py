"""Why a connector charges or waits, as codes with parameters; the portal makes sentences of them.

`REASONS` lists every code of `explain`, `DISPLAYS` what the person at the charger was shown last, `NOTICES` what
people are told. Parameters of a code are named beside it.
"""

from ..facts import Mode, Pilot
from ..reasons import Reason
from . import limits, lock, modes, obstacles
from .state import Phase, Power
from .turn import Turn

REASONS = {
    "charging": "mode, as_mode (what really happens), limit_a, driver",
    "car_full_or_paused_by_car": "mode, as_mode, limit_a, driver: offered, but the car does not draw",
    "stopped_by_person": "driver: mode Stop in a session",
    "paused_by_platform": "its charging profiles allow less than 6 A now",
    "planned_start_delayed": "its pause is over, and a random while is let pass first",
    "limit_too_low": "limit_a: less than 6 A is left",
    "locked": "the lock keeps energy back (Lock.Charging off)",
    "refused_by_platform": "the platform that decides refused; stays plugged without energy",
    "car_unplugged_in_session": "driver: the session goes on without a car",
    "waiting_for_lock": "the cable is being locked",
    "waiting_for_platform": "id_tag is being asked about",
    "waiting_for_car": "driver: identified, the car is awaited",
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
    "transaction.refused": "link_id, session_id: the car goes on in a private session",
    "transaction.refused_by_report": "link_id, session_id: flagged, nothing else",
    "transaction.refused_late": "link_id, session_id: it had ended",
    "reset.deferred": "link_id: the device restarts once nobody is there",
    "lock.failed": "connector_id: the cable lock did not move",
    "setting.unknown": "key",
    "setting.bad_value": "key, value, allowed",
    "setting.pinned": "key, by",
    "setting.needs_free_charging": "key",
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
        code = "waiting_for_car" if visit.phase is Phase.EXPECTED else "waiting_for_lock"
        return Reason(code, {"driver": visit.claim.driver_name or ""})
    return Reason(WITHOUT_SESSION[visit.phase])


WITHOUT_SESSION = {
    Phase.IDLE: "idle",
    Phase.WAITING: "waiting_for_identification",
    Phase.SETTLED: "session_over",
    Phase.LEFT: "idle",
}


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
    limit_ma = modes.offers(turn)[connector_id]
    held = limits.holding(turn, connector_id)
    if limit_ma == 0 and held is not None:
        return Reason("paused_by_platform" if held.waits_until is None else "planned_start_delayed")
    if limit_ma == 0:
        return Reason("limit_too_low", {"limit_a": turn.settings.limit_a})
    code = "charging" if turn.seen(connector_id).pilot is Pilot.C2 else "car_full_or_paused_by_car"
    as_mode = modes.control(turn, connector_id).as_mode
    params: dict[str, str | int] = {
        "mode": visit.mode.value,
        "as_mode": as_mode.value,
        "limit_a": limit_ma // 1_000,
        "driver": driver,
    }
    return Reason(code, params)
