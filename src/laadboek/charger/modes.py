"""What a session offers its car in each mode, in mA per phase (A1). A new mode is one function and one row."""

from collections.abc import Callable

from msgspec import Struct

from ..facts import Mode
from . import limits, lock, obstacles
from .limits import FLOOR_MA
from .state import Phase
from .turn import Turn


class Scope(Struct, frozen=True):
    """What a mode may use: the most that charger, cable and connector take."""

    ceiling_ma: int


def stop(scope: Scope) -> int:
    return 0


def fast(scope: Scope) -> int:
    return scope.ceiling_ma


class Control(Struct, frozen=True):
    """How a mode is followed: `as_mode` is what really happens, so that nobody is told a different story."""

    as_mode: Mode
    offer: Callable[[Scope], int]


CONTROLS: dict[Mode, Control] = {
    Mode.STOP: Control(Mode.STOP, stop),
    Mode.FAST: Control(Mode.FAST, fast),
    Mode.ECO: Control(Mode.FAST, fast),  # nothing measures the surplus yet: no mode pretends that it does
    Mode.ECO_PLUS: Control(Mode.FAST, fast),
}


def offers(turn: Turn) -> dict[int, int]:
    """The current for each connector: never 1..5999 mA, and in sum never above the charger's limit."""
    wishes = {connector_id: _wish(turn, connector_id) for connector_id in turn.connector_ids}
    taking = sorted((c for c in wishes if wishes[c]), key=lambda c: _started(turn, c))
    limit_ma = turn.settings.limit_a * 1_000
    if (asked_ma := limits.of_charger(turn)) is not None:
        limit_ma = min(limit_ma, asked_ma)
    served = taking[: limit_ma // FLOOR_MA]  # who came first keeps the floor
    return dict.fromkeys(wishes, 0) | _shared({c: wishes[c] for c in served}, limit_ma)


def _shared(wishes: dict[int, int], limit_ma: int) -> dict[int, int]:
    """The same for all; what one cannot use goes to the others."""
    given: dict[int, int] = {}
    for connector_id in sorted(wishes, key=wishes.__getitem__):
        given[connector_id] = min(wishes[connector_id], limit_ma // (len(wishes) - len(given)))
        limit_ma -= given[connector_id]
    return given


def _wish(turn: Turn, connector_id: int) -> int:
    """What the session's mode asks for; 0 without a session, or where something keeps energy back."""
    visit = turn.visit(connector_id)
    if visit.phase is not Phase.RUNNING or not turn.on or obstacles.stopping_fault(turn, connector_id) is not None:
        return 0
    assert visit.running is not None
    if visit.running.barred or not lock.gate_open(turn, connector_id):
        return 0
    wish_ma = control(turn, connector_id).offer(Scope(ceiling_ma(turn, connector_id)))
    if (asked_ma := limits.of_session(turn, connector_id)) is not None:
        wish_ma = min(wish_ma, asked_ma)
    return wish_ma if wish_ma >= FLOOR_MA else 0


def control(turn: Turn, connector_id: int) -> Control:
    """How the session runs: by its mode, or as fast as the platform's profiles let it."""
    return CONTROLS[Mode.FAST if limits.commercial(turn) else turn.visit(connector_id).mode]


def ceiling_ma(turn: Turn, connector_id: int) -> int:
    cable_ma = turn.seen(connector_id).cable_limit_ma
    most_ma = turn.nameplate.max_current_ma
    return most_ma if cable_ma is None else min(most_ma, cable_ma)


def _started(turn: Turn, connector_id: int) -> tuple[float, int]:
    running = turn.visit(connector_id).running
    assert running is not None
    return running.record.started_at.timestamp(), connector_id
