"""Faults of the hardware: no session starts while one lasts, a running one goes on without energy (§4.9, case 041)."""

from collections.abc import Iterable

from ..facts import Fault
from . import lock, sessions, visits
from .events import FaultFound, FaultGone, LockFailed, LockMoved
from .state import Phase
from .turn import Turn


def fault_found(turn: Turn, event: FaultFound) -> None:
    _set_fault(turn, event.connector_id, event.fault)


def fault_gone(turn: Turn, event: FaultGone) -> None:
    _set_fault(turn, event.connector_id, None)


def _set_fault(turn: Turn, connector_id: int, fault: Fault | None) -> None:
    affected: Iterable[int] = (connector_id,)
    if connector_id == 0:
        turn.set_state(fault=fault)
        affected = turn.connector_ids
    else:
        turn.set_seen(connector_id, fault=fault)
    if turn.on:
        for each in affected:
            visits.obstacles_changed(turn, each)


def lock_failed(turn: Turn, event: LockFailed) -> None:
    """Failing to free a cable refuses the wish for it; failing to hold one is a fault (case 024)."""
    connector_id = event.connector_id
    if not turn.on or lock.unlock_failed(turn, connector_id):
        return
    seen, visit = turn.seen(connector_id), turn.visit(connector_id)
    if visit.phase is Phase.READY or (seen.held and visit.running is None):
        _set_fault(turn, connector_id, Fault.CONNECTOR_LOCK_FAILURE)
    elif seen.fault is not Fault.CONNECTOR_LOCK_FAILURE:
        turn.notify("lock.failed", connector_id=connector_id)


def lock_moved(turn: Turn, event: LockMoved) -> None:
    if not turn.on:
        return
    lock.settle_unlock(turn, event.connector_id, moved=True)
    if turn.visit(event.connector_id).phase is Phase.READY and turn.seen(event.connector_id).held:
        sessions.start(turn, event.connector_id)
