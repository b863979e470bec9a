"""A platform does not accept a session's id tag: does that bind, and whom (RULES §6, B7; OCPP 1.6 §4.8)?"""

from datetime import timedelta

from msgspec.structs import replace

from ..facts import EndReason, Kind, TransactionRefused
from . import allowance, meter, visits
from .effects import SaveSession
from .obstacles import obstacle
from .state import Phase, Running
from .turn import Turn

SECOND = timedelta(seconds=1)


def transaction_refused(turn: Turn, wish: TransactionRefused) -> None:
    """It binds if that platform decides, or if nobody but it wanted the session; else the car goes on."""
    found = turn.running(wish.session_id)
    if found is None:
        turn.notify("transaction.refused_late", session_id=wish.session_id, link_id=wish.link_id)
        return
    connector_id, running = found
    links = turn.state.links
    controls = wish.link_id == links.control_link_id
    if (controls and links.platform_decides) or running.record.over_link == wish.link_id:
        _obey(turn, connector_id, wish)
    elif controls:
        _go_on_privately(turn, connector_id, wish.link_id)
        turn.notify("transaction.refused", session_id=wish.session_id, link_id=wish.link_id)
    else:
        _flag(turn, connector_id, running, wish.link_id)
        turn.notify("transaction.refused_by_report", session_id=wish.session_id, link_id=wish.link_id)


def _obey(turn: Turn, connector_id: int, wish: TransactionRefused) -> None:
    """The session ends, or the car stays plugged without energy, or with little (StopTransactionOnInvalidId=false)."""
    if wish.stop:  # the cable comes free: errata 3.5 would keep it (SHOULD), but a QR guest has nothing to present
        visits.stop(turn, connector_id, EndReason.DE_AUTHORIZED, over_link=wish.link_id)
        return
    running = turn.visit(connector_id).running
    assert running is not None
    _flag(turn, connector_id, allowance.grant(turn, connector_id, running, wish.allowance_wh), wish.link_id)


def _go_on_privately(turn: Turn, connector_id: int, link_id: str) -> None:
    """One payer per session (RULES §1): whoever refused pays up to here, the rest is a private session."""
    running = turn.visit(connector_id).running
    assert running is not None
    _flag(turn, connector_id, running, link_id)
    claim = replace(
        running.claim,
        kind=Kind.PRIVATE,
        mode=turn.visit(connector_id).mode,
        parent_id_tag=None,
        refused_by=link_id,
        # On the wire tag, second and register tell two sessions apart, and a refusal comes within a second.
        not_before=running.record.started_at.replace(microsecond=0) + SECOND,
    )
    visits.stop(turn, connector_id, EndReason.DE_AUTHORIZED, over_link=link_id)
    if turn.visit(connector_id).phase is Phase.SETTLED and obstacle(turn, connector_id) is None:
        visits.admit(turn, connector_id, claim)


def _flag(turn: Turn, connector_id: int, running: Running, link_id: str) -> None:
    record = meter.flagged(running, f"refused:{link_id}")
    turn.set_visit(connector_id, running=replace(running, record=record))
    turn.emit(SaveSession(record))
