"""The levels that the platform in control asks for: which sessions they bind, and when one may rise (RULES §5, §7).

A level never starts a session, and what it allows is only ever the least of all limits. It is kept, so that after a
restart a session goes on as it was bound until its platform's face has said what holds now.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from ..facts import LimitAsked
from .events import LinksChanged
from .state import Level
from .turn import Turn

FLOOR_MA = 6_000  # IEC 61851-1: the pilot can offer nothing smaller; less means pause


def limit_asked(turn: Turn, wish: LimitAsked) -> None:
    """Take a level, or lift it (`limit_ma` None). Only the link that holds control limits anything."""
    if wish.link_id != turn.state.links.control_link_id:
        return
    before, others = None, []
    for level in turn.state.durable.limits:
        if (level.connector_id, level.session_id) == (wish.connector_id, wish.session_id):
            before = level
        else:
            others.append(level)
    waits_until = _planned_start(turn, before, wish)
    if wish.limit_ma is not None or waits_until is not None:
        level = Level(
            link_id=wish.link_id,
            connector_id=wish.connector_id,
            session_id=wish.session_id,
            limit_ma=wish.limit_ma,
            phases=wish.phases,
            waits_until=waits_until,
        )
        others.append(level)
    turn.set_durable(limits=tuple(others))


def _planned_start(turn: Turn, before: Level | None, wish: LimitAsked) -> datetime | None:
    """A pause that the platform planned ends a random while later, so that not all cars start at once (RULES §7)."""
    if before is None or not pauses(before) or (wish.limit_ma is not None and wish.limit_ma < FLOOR_MA):
        return None
    if before.waits_until is not None:
        return before.waits_until
    if not _bound(turn, before):
        return None
    delay = timedelta(seconds=turn.ids.below(turn.settings.random_delay_s))
    return turn.now + delay if delay else None


def pauses(level: Level) -> bool:
    return level.waits_until is not None or (level.limit_ma is not None and level.limit_ma < FLOOR_MA)


def _bound(turn: Turn, level: Level) -> bool:
    """Whether a session runs that the level binds."""
    return turn.any_running() if level.session_id is None else level.session_id in _running(turn)


def _running(turn: Turn) -> set[str]:
    return {visit.running.record.session_id for visit in turn.state.durable.visits if visit.running is not None}


def prune(turn: Turn) -> None:
    """Forget the levels of sessions that are over, and every wait that is over or that nobody is waiting for."""
    levels = turn.state.durable.limits
    if not levels:
        return
    running, delayed = _running(turn), turn.settings.random_delay_s > 0
    kept = []
    for level in levels:
        if level.session_id is not None and level.session_id not in running:
            continue
        if level.waits_until is not None and (not delayed or not running or level.waits_until <= turn.now):
            level = replace(level, waits_until=None)
        if level.limit_ma is not None or level.waits_until is not None:
            kept.append(level)
    if tuple(kept) != levels:
        turn.set_durable(limits=tuple(kept))


def links_changed(turn: Turn, event: LinksChanged) -> None:
    """Profiles count only while their link holds control (RULES §5)."""
    levels = turn.state.durable.limits
    kept = tuple(level for level in levels if level.link_id == event.control_link_id)
    if kept != levels:
        turn.set_durable(limits=kept)


def deadline(levels: tuple[Level, ...]) -> datetime | None:
    return min((level.waits_until for level in levels if level.waits_until is not None), default=None)


# What they allow, in mA per phase; None: anything.


def of_charger(turn: Turn) -> int | None:
    """For all connectors together."""
    return _least([level for level in turn.state.durable.limits if level.session_id is None])


def of_session(turn: Turn, connector_id: int) -> int | None:
    """For the session on this connector alone."""
    running = turn.visit(connector_id).running
    session_id = None if running is None else running.record.session_id
    return _least([level for level in turn.state.durable.limits if level.session_id == session_id is not None])


def phases(turn: Turn, connector_id: int) -> int | None:
    """How many phases the platform lets this session use; None: as many as there are."""
    running = turn.visit(connector_id).running
    session_id = None if running is None else running.record.session_id
    found = [level.phases for level in turn.state.durable.limits if level.session_id in (None, session_id)]
    return min((number for number in found if number is not None), default=None)


def _least(levels: list[Level]) -> int | None:
    allowed = [0 if level.waits_until is not None else level.limit_ma for level in levels]
    return min((limit_ma for limit_ma in allowed if limit_ma is not None), default=None)


def holding(turn: Turn, connector_id: int) -> Level | None:
    """The level that keeps this session from charging, one that only waits before one that forbids."""
    running = turn.visit(connector_id).running
    session_id = None if running is None else running.record.session_id
    found = [level for level in turn.state.durable.limits if level.session_id in (None, session_id) and pauses(level)]
    return min(found, key=lambda level: level.waits_until is not None, default=None)


def commercial(turn: Turn) -> bool:
    """The platform's profiles alone set the current, modes and plan rest (RULES §7: CommercialMode)."""
    return turn.settings.commercial_mode and turn.state.links.control_link_id is not None
