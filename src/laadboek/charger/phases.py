"""The phases of a connector's visit and how one follows from another (RULES §1).

A *visit* is plug-in to unplug; inside it, one *session* after another may run. Identity and car may come in either
order: EXPECTED has an identity and no car, WAITING a car and no identity, READY has both. From READY the cable lock
leads to RUNNING. Unplugging in a session passes AWAY, where the session usually ends at once; then LEFT, which a
fixed cable leaves at once because nothing stays in a socket.

Empty cells: identities reach RUNNING and AWAY only after the running session was ended (another PIN in a session is
refused); a session starts from READY alone; a claim can lapse only where one is kept.
"""

from enum import Enum, auto
from typing import Any

from ..reasons import ImpossibleTransition
from .state import Phase
from .turn import Turn


class Cause(Enum):
    IDENTIFIED = auto()  # somebody may charge
    LAPSED = auto()  # the claim is void: time-out, fault, lock failure
    CAR_CAME = auto()
    CAR_LEFT = auto()
    STARTED = auto()  # the session began
    ENDED = auto()  # the session ended
    CABLE_OUT = auto()  # nothing is left in the socket


TRANSITIONS: dict[tuple[Phase, Cause], Phase] = {
    (Phase.IDLE, Cause.IDENTIFIED): Phase.EXPECTED,
    (Phase.IDLE, Cause.CAR_CAME): Phase.WAITING,
    (Phase.EXPECTED, Cause.IDENTIFIED): Phase.EXPECTED,
    (Phase.EXPECTED, Cause.LAPSED): Phase.IDLE,
    (Phase.EXPECTED, Cause.CAR_CAME): Phase.READY,
    (Phase.WAITING, Cause.IDENTIFIED): Phase.READY,
    (Phase.WAITING, Cause.CAR_LEFT): Phase.IDLE,
    (Phase.READY, Cause.IDENTIFIED): Phase.READY,
    (Phase.READY, Cause.LAPSED): Phase.WAITING,
    (Phase.READY, Cause.CAR_LEFT): Phase.IDLE,
    (Phase.READY, Cause.STARTED): Phase.RUNNING,
    (Phase.RUNNING, Cause.ENDED): Phase.SETTLED,
    (Phase.RUNNING, Cause.CAR_LEFT): Phase.AWAY,
    (Phase.AWAY, Cause.CAR_CAME): Phase.RUNNING,
    (Phase.AWAY, Cause.ENDED): Phase.LEFT,
    (Phase.SETTLED, Cause.IDENTIFIED): Phase.READY,
    (Phase.SETTLED, Cause.CAR_LEFT): Phase.LEFT,
    (Phase.LEFT, Cause.IDENTIFIED): Phase.EXPECTED,
    (Phase.LEFT, Cause.CAR_CAME): Phase.WAITING,
    (Phase.LEFT, Cause.CABLE_OUT): Phase.IDLE,
}
WITH_CAR = frozenset({Phase.WAITING, Phase.READY, Phase.RUNNING, Phase.SETTLED})
WITH_CLAIM = frozenset({Phase.EXPECTED, Phase.READY})
WITH_SESSION = frozenset({Phase.RUNNING, Phase.AWAY})


def move(turn: Turn, connector_id: int, cause: Cause, **changes: Any) -> Phase:
    """Take the visit on by `cause`. What was due in the former phase is forgotten, unless `changes` say otherwise."""
    visit = turn.visit(connector_id)
    phase = TRANSITIONS.get((visit.phase, cause))
    if phase is None:
        raise ImpossibleTransition(f"connector {connector_id}: {cause.name} in {visit.phase.name}")
    turn.set_visit(connector_id, phase=phase, **{"due_at": None, **changes})
    moved = turn.visit(connector_id)
    assert (moved.running is not None) == (phase in WITH_SESSION), moved
    assert (moved.claim is not None) == (phase in WITH_CLAIM), moved
    return phase
