"""What the certification cases of the Core profile presume: the states that they begin in, and how they look."""

from typing import Any

from face_bench import START, Bench

from laadboek.facts import AuthorisationAsked, Authorised, EndReason, Pilot
from laadboek.ocpp import messages as m

Status = m.AuthorizationStatus
INVALID = m.IdTagInfo(status=Status.INVALID)


def boot(status: m.RegistrationStatus, interval: int) -> Any:
    return m.BootNotificationResponse(current_time=START, interval=interval, status=status)


def may_charge(bench: Bench, id_tag: str) -> bool | None:
    """Somebody shows a tag; the charger asks its control link."""
    before = len(bench.wishes)
    bench.tell(AuthorisationAsked(1, 1, id_tag))
    answers = [wish for wish in bench.wishes[before:] if isinstance(wish, Authorised)]
    return answers[0].accepted if answers else None


def plug_in(bench: Bench) -> None:
    bench.show(pilot=Pilot.B1, cable=True)


def unplug(bench: Bench) -> None:
    bench.show(pilot=Pilot.A, cable=False, settled=False)


def charging(bench: Bench, id_tag: str = "ALICE", **started: Any) -> str:
    """State *Charging*: cable in, identified, transaction started, energy flows."""
    if bench.views[1].pilot is Pilot.A:
        plug_in(bench)
    session = bench.start_session(id_tag=id_tag, **started)
    bench.show(pilot=Pilot.C2, session_id=session, identified=False, settled=False, offering=True)
    return session


def stopped(bench: Bench, session: str, reason: EndReason, **ended: Any) -> None:
    bench.end_session(session, reason, **ended)
    bench.show(pilot=Pilot.B1, session_id=None, settled=True, offering=False)


def told(bench: Bench) -> list[str]:
    """All that the platform heard, statuses of connector 1 by name."""
    lines = []
    for request in bench.heard():
        if isinstance(request, m.StatusNotificationRequest):
            if request.connector_id == 1:
                lines.append(request.status.value)
        else:
            lines.append(m.ACTION_OF[type(request)])
    return lines


def ready(**changes: Any) -> Bench:
    bench = Bench(**changes)
    bench.heard()
    return bench
