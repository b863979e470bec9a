"""What platforms wish, and what the charger makes of it (RULES §6). Only the link that holds control may wish."""

from ..facts import AvailabilityAsked, EndReason, StartAsked, StopAsked, UnlockAsked
from ..reasons import Reason
from . import control, identify, lock, obstacles, reservations, visits
from .state import Claim, Phase, Purpose, same_tag
from .turn import Turn

# Remote start and stop.


def start_asked(turn: Turn, wish: StartAsked) -> None:
    """Granted means: the charger will try (OCPP 1.6 §5.11). The session begins when the car is there."""
    if not control.may_wish(turn, wish):
        return
    claim, refusal = identify.claim_of_remote(turn, wish)
    connector_id = wish.connector_id if wish.connector_id is not None else _best_connector(turn, claim)
    if connector_id not in turn.connector_ids:
        turn.refuse(wish, "connector.unknown", connector_id=connector_id)
        return
    if (why := obstacles.obstacle(turn, connector_id)) is not None:
        turn.refuse(wish, why.code, **why.params)
    elif not _free_for(turn, connector_id, wish.id_tag):
        turn.refuse(wish, "connector.busy", connector_id=connector_id)
    elif reservations.refuses(turn, connector_id, claim):
        turn.refuse(wish, "connector.reserved", connector_id=connector_id)
    elif refusal is not None and not control.platform_decides(turn):
        turn.refuse(wish, refusal.code, **refusal.params)
    else:
        turn.grant(wish)
        may_start = wish.authorised and not reservations.bars(turn, connector_id, claim)
        _remote_start(turn, connector_id, claim, may_start)


def _remote_start(turn: Turn, connector_id: int, claim: Claim, authorised: bool) -> None:
    if authorised:
        visits.admit(turn, connector_id, claim)
    else:
        control.ask(turn, connector_id, Purpose.START, claim)


def _free_for(turn: Turn, connector_id: int, id_tag: str) -> bool:
    """No session runs and nobody else was promised one."""
    visit, asked = turn.visit(connector_id), turn.seen(connector_id).ask
    claims = (visit.claim, None if asked is None else asked.claim)
    others = [claim.id_tag for claim in claims if claim is not None and not claim.own]
    return visit.running is None and all(same_tag(other, id_tag) for other in others)


def _best_connector(turn: Turn, claim: Claim) -> int:
    """The one reserved for it, else where a car waits, else where one may come; 1 if nowhere, to be refused."""
    free = [
        connector_id
        for connector_id in turn.connector_ids
        if obstacles.obstacle(turn, connector_id) is None and _free_for(turn, connector_id, claim.id_tag)
    ]
    return min(free, key=lambda connector_id: _rank(turn, connector_id, claim), default=1)


PREFERENCE = (Phase.WAITING, Phase.SETTLED, Phase.READY, Phase.EXPECTED, Phase.IDLE, Phase.LEFT)


def _rank(turn: Turn, connector_id: int, claim: Claim) -> tuple[bool, bool, int]:
    held = reservations.holder(turn, connector_id)
    kept = held is not None and held.suits(claim)
    return held is not None and not kept, not kept, PREFERENCE.index(turn.visit(connector_id).phase)


def stop_asked(turn: Turn, wish: StopAsked) -> None:
    found = turn.running(wish.session_id)
    if found is None:
        turn.refuse(wish, "session.unknown")
        return
    connector_id, running = found
    if running.record.over_link == wish.link_id or control.may_wish(turn, wish):
        turn.grant(wish)
        visits.stop(turn, connector_id, EndReason.REMOTE, over_link=wish.link_id)


# The cable.


def unlock_asked(turn: Turn, wish: UnlockAsked) -> None:
    """The session ends first, then the cable comes free (OCPP 1.6 §5.18)."""
    if not control.may_wish(turn, wish):
        return
    if wish.connector_id not in turn.connector_ids:
        turn.refuse(wish, "connector.unknown", connector_id=wish.connector_id)
    elif turn.nameplate.tethered:
        turn.refuse(wish, "unlock.not_supported")
    elif not turn.on:
        turn.refuse(wish, "unlock.failed", connector_id=wish.connector_id)
    else:
        if turn.visit(wish.connector_id).running is not None:
            visits.stop(turn, wish.connector_id, EndReason.UNLOCK_COMMAND, over_link=wish.link_id)
        elif turn.visit(wish.connector_id).phase is Phase.READY:
            visits.lapse(turn, wish.connector_id)
        lock.unlock_failed(turn, wish.connector_id)  # an earlier wish for the same is overtaken
        lock.await_unlock(turn, wish)


# Availability.


def availability_asked(turn: Turn, wish: AvailabilityAsked) -> None:
    """At once, or after the session (OCPP 1.6 §5.2). Connector 0 is the charger and all its connectors."""
    if not control.may_wish(turn, wish):
        return
    if wish.connector_id != 0 and wish.connector_id not in turn.connector_ids:
        turn.refuse(wish, "connector.unknown", connector_id=wish.connector_id)
        return
    affected = frozenset([0, *turn.connector_ids] if wish.connector_id == 0 else [wish.connector_id])
    busy = frozenset(c for c in affected if c and turn.visit(c).running is not None and not wish.operative)
    durable = turn.state.durable
    inoperative = durable.inoperative - affected if wish.operative else durable.inoperative | (affected - busy)
    turn.set_durable(inoperative=inoperative, inoperative_next=(durable.inoperative_next - affected) | busy)
    turn.grant(wish, Reason("availability.scheduled") if busy else None)
    for connector_id in sorted(affected - busy - {0}):
        visits.obstacles_changed(turn, connector_id)
