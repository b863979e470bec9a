"""What a session offers its car in each mode: mA per phase, and on how many phases (A1). A mode is a row."""

from collections.abc import Callable

from msgspec import Struct

from ..facts import Mode
from ..supply import Allotment, Appetite
from . import boosts, limits, lock, obstacles, waking
from .limits import FLOOR_MA
from .state import Phase
from .turn import Turn


class Offer(Struct, frozen=True, gc=False):
    """At most this current per phase, on so many phases; 0 mA: pause."""

    limit_ma: int
    phases: int


class Scope(Struct, frozen=True, gc=False):
    """What a mode may use: the most that all limits leave, and what the control law made of the surplus."""

    most_ma: int
    law_ma: int


def stop(scope: Scope) -> int:
    return 0


def fast(scope: Scope) -> int:
    return scope.most_ma


def sun(scope: Scope) -> int:
    return min(scope.law_ma, scope.most_ma)


class Control(Struct, frozen=True):
    """How a mode is followed: `as_mode` is what really happens, so that nobody is told a different story."""

    as_mode: Mode
    offer: Callable[[Scope], int]
    appetite: Appetite


CONTROLS: dict[Mode, Control] = {
    Mode.STOP: Control(Mode.STOP, stop, Appetite.NOTHING),
    Mode.FAST: Control(Mode.FAST, fast, Appetite.FULL),
    Mode.ECO: Control(Mode.ECO, sun, Appetite.FLOOR),
    Mode.ECO_PLUS: Control(Mode.ECO_PLUS, sun, Appetite.SURPLUS),
}
FOLLOWING = frozenset({Mode.ECO, Mode.ECO_PLUS})


def control(turn: Turn, connector_id: int) -> Control:
    """How the session runs: by its mode, or as fast as a boost, the plan or the platform's profiles let it.

    Where nobody measures the surplus and never did, no mode pretends to follow it.
    """
    mode = turn.visit(connector_id).mode
    if limits.commercial(turn):
        return CONTROLS[Mode.FAST]
    if mode not in FOLLOWING:
        return CONTROLS[mode]
    by_itself = alone(turn.seen(connector_id).allotment) or boosts.full_power(turn, connector_id)
    return CONTROLS[Mode.FAST if by_itself else mode]


def alone(share: Allotment | None) -> bool:
    """No site gives anything here. A site that has lost its meter says why."""
    return share is None or (share.limit_ma is None and share.surplus_w is None and share.why is None)


def offers(turn: Turn) -> dict[int, Offer]:
    """What each connector offers: never between 0 and the floor, in sum never above the charger's limit."""
    wishes = {connector_id: _wish(turn, connector_id) for connector_id in turn.connector_ids}
    taking = sorted((c for c in wishes if wishes[c]), key=lambda c: _started(turn, c))
    given = _served(turn, {c: wishes[c] for c in taking}, charger_limit_ma(turn))
    return {c: Offer(given.get(c, 0), _phases_offered(turn, c)) for c in wishes}


def charger_limit_ma(turn: Turn) -> int:
    """For all connectors together."""
    limit_ma, asked_ma = turn.settings.limit_a * 1_000, limits.of_charger(turn)
    return limit_ma if asked_ma is None else min(limit_ma, asked_ma)


def _served(turn: Turn, wishes: dict[int, int], limit_ma: int) -> dict[int, int]:
    """Who came first keeps the floor; what is left is the same for all, and what one cannot use goes to the others."""
    given: dict[int, int] = {}
    for connector_id in wishes:
        floor = floor_ma(turn, connector_id)
        if floor <= limit_ma:
            given[connector_id] = floor
            limit_ma -= floor
    waiting = sorted(given, key=lambda c: wishes[c] - given[c])
    for place, connector_id in enumerate(waiting):
        more = min(wishes[connector_id] - given[connector_id], limit_ma // (len(waiting) - place))
        given[connector_id] += more
        limit_ma -= more
    return given


def _wish(turn: Turn, connector_id: int) -> int:
    """What the session's mode asks for; 0 without a session, or where something keeps energy back."""
    seen = turn.seen(connector_id)
    if not may_flow(turn, connector_id) or waking.interrupts(seen):
        return 0
    law_ma = 0 if seen.law is None else seen.law.offer_ma
    wish_ma = control(turn, connector_id).offer(Scope(most_ma(turn, connector_id), law_ma))
    return wish_ma if wish_ma >= floor_ma(turn, connector_id) else 0


def may_flow(turn: Turn, connector_id: int) -> bool:
    """A session runs, the car is there, and neither fault, lock nor refusal keep energy back."""
    visit = turn.visit(connector_id)
    if visit.phase is not Phase.RUNNING or not turn.on or obstacles.stopping_fault(turn, connector_id) is not None:
        return False
    assert visit.running is not None
    return not visit.running.barred and lock.gate_open(turn, connector_id)


def most_ma(turn: Turn, connector_id: int) -> int:
    """What all limits leave this session. A car that draws more than its offer is offered less."""
    share, own_ma = turn.seen(connector_id).allotment, own_limit_ma(turn, connector_id)
    allowed_ma = own_ma if share is None or share.limit_ma is None else min(own_ma, share.limit_ma)
    return allowed_ma - turn.seen(connector_id).habits.excess_ma


def own_limit_ma(turn: Turn, connector_id: int) -> int:
    """The same without what the site gives."""
    asked_ma = limits.of_session(turn, connector_id)
    own_ma = min(ceiling_ma(turn, connector_id), charger_limit_ma(turn))
    return own_ma if asked_ma is None else min(own_ma, asked_ma)


def floor_ma(turn: Turn, connector_id: int) -> int:
    """The least that this car can be offered: by IEC 61851-1, by its owner, or as it was seen to need."""
    return max(FLOOR_MA, turn.settings.car_minimum_a * 1_000, turn.seen(connector_id).habits.minimum_ma)


def ceiling_ma(turn: Turn, connector_id: int) -> int:
    cable_ma = turn.seen(connector_id).cable_limit_ma
    most_ma = turn.nameplate.max_current_ma
    return most_ma if cable_ma is None else min(most_ma, cable_ma)


# Phases.


def phases(turn: Turn, connector_id: int) -> int:
    """The most that may be used: all that there are, or one."""
    every = turn.nameplate.phases
    if not turn.nameplate.switches_phases:
        return every
    asked = limits.phases(turn, connector_id)
    one = _chosen(turn, connector_id) == "1" or (asked is not None and asked < every)
    return 1 if one else every


def switches(turn: Turn, connector_id: int) -> bool:
    """Whether the sun may choose between one phase and all."""
    free = turn.nameplate.switches_phases and _chosen(turn, connector_id) == "auto"
    return free and phases(turn, connector_id) > 1


def _chosen(turn: Turn, connector_id: int) -> str:
    """What people said about the phases of this mode: "1", "3", or "auto". By itself only Eco+ switches (A2)."""
    settings, as_mode = turn.settings, control(turn, connector_id).as_mode
    own = {Mode.ECO: settings.use_phases_eco, Mode.ECO_PLUS: settings.use_phases_eco_plus}.get(as_mode, "same")
    if own != "same":
        return own
    return "3" if settings.use_phases == "auto" and as_mode is not Mode.ECO_PLUS else settings.use_phases


def _phases_offered(turn: Turn, connector_id: int) -> int:
    law, most = turn.seen(connector_id).law, phases(turn, connector_id)
    return most if law is None else min(most, law.phases)


def _started(turn: Turn, connector_id: int) -> tuple[float, int]:
    running = turn.visit(connector_id).running
    assert running is not None
    return running.record.started_at.timestamp(), connector_id
