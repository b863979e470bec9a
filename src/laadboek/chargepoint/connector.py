"""Status of one connector (OCPP 1.6 §4.9): derived from what the charger shows, told along the table's cells."""

from collections import deque

from msgspec.structs import replace

from ..facts import ConnectorView, Fault, Pilot
from ..ocpp.types import ChargePointErrorCode as ErrorCode
from ..ocpp.types import ChargePointStatus as Status
from ..reasons import ImpossibleTransition
from .state import Report

# The spec's own table, cell by cell: the letter is the status before, the digit the one after. The status follows
# from the view alone; the table decides which ones are told on the way there.
# Not used: A3-A5 (somebody is always identified first, §4.1) and H2-H5 (we pass through Available).
CELLS = (
    "A2 A7 A8 A9  B1 B3 B4 B5 B6 B9  C1 C4 C5 C6 C8 C9  D1 D3 D5 D6 D8 D9  E1 E3 E4 E6 E8 E9  "
    "F1 F2 F8 F9  G1 G2 G8 G9  H1 H9  I1 I2 I3 I4 I5 I6 I7 I8"
)
BEFORE, AFTER = (dict(zip(k, Status, strict=True)) for k in ("ABCDEFGHI", "123456789"))
TRANSITIONS = {(BEFORE[cell[0]], AFTER[cell[1]]) for cell in CELLS.split()}

# Only these are passed through: they say nothing about energy, a fault or a reservation that was not there. The first
# that leads on is taken; what was a transaction finishes, what never was one does not.
WAYPOINTS = (Status.AVAILABLE, Status.PREPARING, Status.FINISHING)
AFTER_TRANSACTION = (Status.FINISHING, Status.AVAILABLE, Status.PREPARING)

# A fault of these names leaves charging possible: told beside the true status, as a warning (§4.9, §7.6).
WARNINGS = {Fault.EV_COMMUNICATION_ERROR, Fault.LOCAL_LIST_CONFLICT, Fault.WEAK_SIGNAL}
# "SHALL only be used with": with any other status the warning waits.
EV_COMMUNICATION = {Status.PREPARING, Status.SUSPENDED_EV, Status.SUSPENDED_EVSE, Status.FINISHING}

EV_SIDE_DISCONNECTED = "EV side disconnected"

# Inside a transaction (RULES §4; errata 3.55, 3.64). No PWM, a pilot that is lost or a charger that refuses: the EVSE
# does not offer.
IN_SESSION = {
    Pilot.A: Status.SUSPENDED_EV,
    Pilot.B1: Status.SUSPENDED_EVSE,
    Pilot.B2: Status.SUSPENDED_EV,
    Pilot.C1: Status.SUSPENDED_EVSE,
    Pilot.C2: Status.CHARGING,
    Pilot.E: Status.SUSPENDED_EVSE,
    Pilot.F: Status.SUSPENDED_EVSE,
}
NO_CAR = {Pilot.A, Pilot.F}
SUSPENDED = {Status.SUSPENDED_EV, Status.SUSPENDED_EVSE}
ABOUT_TO_DRAW = {Pilot.B1, Pilot.B2, Pilot.C1}


def report_of(view: ConnectorView, inoperative: bool, reserved: bool = False) -> Report:
    """What a platform shall be told about a connector that looks like this; `reserved`: by that platform."""
    status = _status_of(view, inoperative, reserved)
    return Report(status, _error_of(view, status), _info_of(view, status))


def report_of_charge_point(view: ConnectorView | None, inoperative: bool, conflict: str | None = None) -> Report:
    """Connector 0: Available, Unavailable or Faulted, whatever its connectors do.

    `conflict` is the id tag about which the local list and the platform contradict each other (§3.5.2).
    """
    status = Status.UNAVAILABLE if inoperative else Status.AVAILABLE
    if view is not None and view.fault is not None:
        return Report(status if view.fault in WARNINGS else Status.FAULTED, ErrorCode(view.fault.value))
    if conflict is not None:
        return Report(status, ErrorCode.LOCAL_LIST_CONFLICT, conflict)
    return Report(status)


def _status_of(view: ConnectorView, inoperative: bool, reserved: bool) -> Status:
    if view.fault is not None and view.fault not in WARNINGS:
        return Status.FAULTED
    if view.session_id is not None:
        return IN_SESSION[view.pilot]
    if inoperative:
        return Status.UNAVAILABLE
    if view.settled:
        return Status.FINISHING
    if view.identified:
        return Status.PREPARING
    if reserved:
        return Status.RESERVED  # until whom it is for has identified (G2), whoever's car stands there
    if view.cable or view.pilot not in NO_CAR:
        return Status.PREPARING if view.may_identify else Status.FINISHING  # B6, errata 3.20: nobody came in time
    return Status.AVAILABLE


def _error_of(view: ConnectorView, status: Status) -> ErrorCode:
    if view.fault is None or (view.fault is Fault.EV_COMMUNICATION_ERROR and status not in EV_COMMUNICATION):
        return ErrorCode.NO_ERROR
    return ErrorCode(view.fault.value)


def _info_of(view: ConnectorView, status: Status) -> str | None:
    """Why the session is suspended (case 005_3), or over while its loose cable is still there (§4.9, case 005_1)."""
    unplugged = view.pilot is Pilot.A and status in (Status.SUSPENDED_EV, Status.FINISHING)
    return EV_SIDE_DISCONNECTED if unplugged else None


def until_it_draws(view: ConnectorView, report: Report, now: Report, *, restarted: bool) -> Report | None:
    """What to go on telling while a car that was just offered current takes its moment; None: tell `report`.

    A session begins as Preparing and resumes from a suspended status: the next word is Charging if the car draws soon.
    When we restarted, the platform's word stands until the car has shown itself.
    """
    if report.status not in SUSPENDED or not view.offering or view.pilot not in ABOUT_TO_DRAW:
        return None
    if now.status in (Status.AVAILABLE, Status.PREPARING, Status.FINISHING):
        return Report(Status.PREPARING, _error_of(view, Status.PREPARING))
    resumes = now.status in SUSPENDED and report.status is not now.status
    stands = restarted and now.status in IN_SESSION.values()
    return replace(now, error_code=_error_of(view, now.status)) if resumes or stands else None


def path(before: Status, after: Status) -> tuple[Status, ...]:
    """The statuses to tell, one after the other, to get from one to the other: the last one is `after`."""
    try:
        return PATHS[before, after]
    except KeyError:
        raise ImpossibleTransition(f"{before} to {after}") from None


def _paths() -> dict[tuple[Status, Status], tuple[Status, ...]]:
    found: dict[tuple[Status, Status], tuple[Status, ...]] = {}
    for start in Status:
        waypoints = AFTER_TRANSACTION if start in IN_SESSION.values() else WAYPOINTS
        queue: deque[tuple[Status, ...]] = deque([()])
        while queue:
            way = queue.popleft()
            here = way[-1] if way else start
            if way and here not in waypoints:
                continue
            for there in (*waypoints, *Status):
                if (here, there) in TRANSITIONS and (start, there) not in found and there is not start:
                    found[start, there] = (*way, there)
                    queue.append((*way, there))
    return found


PATHS = _paths()
