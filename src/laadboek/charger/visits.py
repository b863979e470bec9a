"""Visits: cars and cables that come and go, claims that become sessions or lapse, and what is due (RULES §1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ..facts import EndReason, Fault, Mode, Pilot
from . import control, lock, reservations, sessions
from .events import CableChanged, ModeChosen, PilotChanged
from .obstacles import obstacle
from .phases import WITH_CAR, WITH_CLAIM, Cause, move
from .state import Ask, Claim, Hold, Phase, Purpose
from .turn import Turn

CAR_THERE = {
    Pilot.A: False,
    Pilot.B1: True,
    Pilot.B2: True,
    Pilot.C1: True,
    Pilot.C2: True,
}  # not E, F: a broken pilot does not tell, so the car stays as it was


# The device shows.


def pilot_changed(turn: Turn, event: PilotChanged) -> None:
    if turn.on:
        take_pilot(turn, event.connector_id, event.pilot)


def take_pilot(turn: Turn, connector_id: int, pilot: Pilot) -> None:
    before = obstacle(turn, connector_id)
    turn.set_seen(connector_id, pilot=pilot)
    if obstacle(turn, connector_id) != before:
        obstacles_changed(turn, connector_id)
    there, known = CAR_THERE.get(pilot), turn.visit(connector_id).phase in WITH_CAR
    if there is True and not known:
        _car_came(turn, connector_id)
    elif there is False and known:
        _car_left(turn, connector_id)


def cable_changed(turn: Turn, event: CableChanged) -> None:
    if turn.on and not turn.nameplate.tethered:
        turn.set_seen(event.connector_id, cable_limit_ma=event.limit_ma if event.present else None)
        take_cable(turn, event.connector_id, event.present)


def take_cable(turn: Turn, connector_id: int, present: bool) -> None:
    turn.set_seen(connector_id, cable=present)
    if present:
        return
    turn.set_visit(connector_id, hold=Hold.AS_NEEDED)
    if turn.seen(connector_id).fault is Fault.CONNECTOR_LOCK_FAILURE:  # the next cable gets another chance
        turn.set_seen(connector_id, fault=None)
    if turn.visit(connector_id).phase in WITH_CAR:  # pulled at the charger's side, before the pilot told
        _car_left(turn, connector_id)
    if turn.visit(connector_id).phase is Phase.AWAY:
        stop(turn, connector_id, EndReason.EV_DISCONNECTED)
    if turn.visit(connector_id).phase is Phase.LEFT:
        _socket_empty(turn, connector_id)


def _car_came(turn: Turn, connector_id: int) -> None:
    turn.set_durable(unlocked=False)
    turn.set_seen(connector_id, display=None)
    phase = move(turn, connector_id, Cause.CAR_CAME)
    if phase is Phase.READY:
        _prepare(turn, connector_id)
    elif phase is Phase.WAITING:
        _await_identity(turn, connector_id)
        plug_and_play(turn, connector_id)


def _car_left(turn: Turn, connector_id: int) -> None:
    turn.set_durable(unlocked=False)
    phase = move(turn, connector_id, Cause.CAR_LEFT, claim=None)
    if phase is Phase.AWAY:
        if _stops_on_ev_disconnect(turn):
            hold = Hold.AS_NEEDED if turn.settings.unlock_on_ev_disconnect else Hold.KEPT
            turn.set_visit(connector_id, hold=hold)
            stop(turn, connector_id, EndReason.EV_DISCONNECTED)
    else:
        _visit_over(turn, connector_id)


def _stops_on_ev_disconnect(turn: Turn) -> bool:
    return turn.settings.stop_on_ev_disconnect or not turn.settings.free_charging  # RULES §6


def _visit_over(turn: Turn, connector_id: int) -> None:
    """The car is gone and no session is open: back to the default mode (RULES §2)."""
    if turn.visit(connector_id).phase is Phase.LEFT and not turn.seen(connector_id).cable:
        _socket_empty(turn, connector_id)
    if not turn.any_running():
        lock.close_if_asked(turn)
    turn.set_mode(connector_id, turn.settings.default_mode)


def _socket_empty(turn: Turn, connector_id: int) -> None:
    move(turn, connector_id, Cause.CABLE_OUT, hold=Hold.AS_NEEDED)


def stop(turn: Turn, connector_id: int, reason: EndReason, **details: Any) -> None:
    """End the running session, and the visit with it if the car is gone."""
    if sessions.end(turn, connector_id, reason, **details) is Phase.LEFT:
        _visit_over(turn, connector_id)


# Identity meets car.


def admit(turn: Turn, connector_id: int, claim: Claim) -> None:
    """Somebody may charge: at once if a car is there, else once it comes. A Plug & Play session makes way."""
    running = turn.visit(connector_id).running
    if running is not None:
        assert running.claim.own, "another tag in a running session is refused"
        stop(turn, connector_id, EndReason.LOCAL, by_tag=claim.id_tag)
    turn.set_seen(connector_id, ask=None, display=None)
    if move(turn, connector_id, Cause.IDENTIFIED, claim=claim) is Phase.READY:
        _prepare(turn, connector_id)
    elif turn.settings.connection_timeout_s:
        turn.set_visit(connector_id, due_at=turn.now + timedelta(seconds=turn.settings.connection_timeout_s))


def plug_and_play(turn: Turn, connector_id: int, phases: tuple[Phase, ...] = (Phase.WAITING,)) -> None:
    """Start under the charger's own tag, if that is how this charger works and nobody else is being asked about."""
    settings, visit = turn.settings, turn.visit(connector_id)
    if visit.phase not in phases or not settings.free_charging or not settings.own_tag:
        return
    if obstacle(turn, connector_id) is not None or turn.seen(connector_id).ask is not None:
        return
    claim = Claim(id_tag=settings.own_tag, kind=settings.own_tag_kind, mode=visit.mode, own=True)
    if reservations.bars(turn, connector_id, claim):
        return
    if control.platform_decides(turn):
        control.ask(turn, connector_id, Purpose.START, claim)
    else:
        admit(turn, connector_id, claim)


def _prepare(turn: Turn, connector_id: int) -> None:
    """Start, once a loose cable is locked (certification case 024: no session if it cannot be)."""
    if turn.nameplate.tethered or turn.seen(connector_id).held:
        sessions.start(turn, connector_id)
    else:
        turn.set_visit(connector_id, due_at=turn.now + lock.LOCK_TIME)


def lapse(turn: Turn, connector_id: int) -> None:
    """The claim is void."""
    if move(turn, connector_id, Cause.LAPSED, claim=None) is Phase.WAITING:
        _await_identity(turn, connector_id)


def _await_identity(turn: Turn, connector_id: int) -> None:
    minutes = turn.settings.notice_after_min
    if minutes:
        turn.set_visit(connector_id, due_at=turn.now + timedelta(minutes=minutes))


def obstacles_changed(turn: Turn, connector_id: int) -> None:
    """A fault or a change of availability voids what was about to start; when it is over, a waiting car may start."""
    if obstacle(turn, connector_id) is None:
        plug_and_play(turn, connector_id)
        return
    if turn.visit(connector_id).phase in WITH_CLAIM:
        lapse(turn, connector_id)
    control.forget(turn, connector_id, Purpose.START)


def not_admitted(turn: Turn, connector_id: int, asked: Ask, code: str) -> None:
    """The platform said no, or nothing: the car may still charge under the charger's own tag."""
    control.forget(turn, connector_id, asked.purpose)
    turn.display(connector_id, code)
    if not asked.claim.own:
        plug_and_play(turn, connector_id)


# Somebody chooses.


def mode_chosen(turn: Turn, event: ModeChosen) -> None:
    for connector_id in turn.connector_ids if event.connector_id == 0 else (event.connector_id,):
        _choose_mode(turn, connector_id, event.mode)


def _choose_mode(turn: Turn, connector_id: int, mode: Mode) -> None:
    """Stop ends the session only while `FreeCharging=false`; else the car waits without energy (RULES §1)."""
    closed = turn.state.durable.owners is not None
    running = turn.visit(connector_id).running
    if running is not None and mode is Mode.STOP and closed:
        stop(turn, connector_id, EndReason.LOCAL)
    elif running is None and closed:
        turn.display(connector_id, "mode.needs_identification")  # the default mode is pinned at Stop (RULES §3)
    else:
        turn.set_mode(connector_id, mode)
        if mode is not Mode.STOP:
            plug_and_play(turn, connector_id, (Phase.WAITING, Phase.SETTLED))


# Time passes.


def expire(turn: Turn) -> None:
    """Let everything happen that is due by now."""
    for connector_id in turn.connector_ids:
        visit = turn.visit(connector_id)
        if visit.due_at is not None and visit.due_at <= turn.now:
            turn.set_visit(connector_id, due_at=None)
            DUE[visit.phase](turn, connector_id)
        if turn.visit(connector_id).running is not None:
            sessions.tick(turn, connector_id)
        asked = turn.seen(connector_id).ask
        if asked is not None and asked.due_at <= turn.now:
            not_admitted(turn, connector_id, asked, "tag.no_answer")
        lock.settle_unlock(turn, connector_id)


def lapse_overdue(turn: Turn, connector_id: int) -> None:
    """After a pause of ours: a claim that lapsed meanwhile is no claim for the car that came meanwhile."""
    visit = turn.visit(connector_id)
    if visit.phase is Phase.EXPECTED and visit.due_at is not None and visit.due_at <= turn.now:
        _claim_lapsed(turn, connector_id)


def _claim_lapsed(turn: Turn, connector_id: int) -> None:
    lapse(turn, connector_id)
    turn.display(connector_id, "claim.lapsed")


def _report_unidentified(turn: Turn, connector_id: int) -> None:
    minutes = turn.settings.notice_after_min
    turn.notify("visit.unidentified", connector_id=connector_id, minutes=minutes)


DUE: dict[Phase, Callable[[Turn, int], None]] = {
    Phase.EXPECTED: _claim_lapsed,
    Phase.WAITING: _report_unidentified,
    Phase.READY: sessions.start,
}
