"""What keeps a session from starting on a connector: no power, out of service, a fault (OCPP 1.6 §4.9)."""

from ..facts import Fault, Pilot
from ..reasons import Reason
from .state import Power
from .turn import Turn

PILOT_FAULTS = {Pilot.E: Fault.EV_COMMUNICATION_ERROR, Pilot.F: Fault.OTHER_ERROR}
# Told, but nothing stops for them: "charging operations are still possible" (§4.9).
HARMLESS = {Fault.LOCAL_LIST_CONFLICT, Fault.WEAK_SIGNAL}
UNAVAILABLE = {
    Power.UNHEARD: "charger.starting",
    Power.FAILING: "charger.dark",
    Power.OFF: "charger.dark",
    Power.REBOOTING: "charger.rebooting",
}


def fault_of(turn: Turn, connector_id: int) -> Fault | None:
    """The fault to be told: one that stops charging before one that does not."""
    seen = turn.seen(connector_id)
    found = [fault for fault in (seen.fault, turn.state.fault, PILOT_FAULTS.get(seen.pilot)) if fault is not None]
    return min(found, key=lambda fault: fault in HARMLESS, default=None)


def stopping_fault(turn: Turn, connector_id: int) -> Fault | None:
    fault = fault_of(turn, connector_id)
    return None if fault in HARMLESS else fault


def obstacle(turn: Turn, connector_id: int) -> Reason | None:
    """Why no session can start on this connector now."""
    return Reason(UNAVAILABLE[turn.state.power]) if not turn.on else out_of_use(turn, connector_id)


def out_of_use(turn: Turn, connector_id: int) -> Reason | None:
    """Unavailable or Faulted, whether there is power or not."""
    if turn.state.install is not None:
        return Reason("charger.updating")
    if connector_id in turn.state.durable.inoperative:
        return Reason("connector.inoperative", {"connector_id": connector_id})
    if (fault := stopping_fault(turn, connector_id)) is not None:
        return Reason("connector.faulted", {"connector_id": connector_id, "fault": fault.value})
    return None
