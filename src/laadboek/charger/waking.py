"""Cars that sleep after a long pause, or hang after a switch: a short end of the offer wakes them, twice at most.

Only who may sleep is woken: a car that was offered energy and opened its contactor by itself is full, or has its own
timer, and is left alone.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from ..facts import Pilot
from .phases import WITH_CAR
from .state import Rest, Seen, Wake
from .turn import Turn

LONG = timedelta(minutes=10)  # a pause after which a car may sleep
PATIENCE = timedelta(minutes=2)  # that it is given to draw what it is offered
INTERRUPTION = timedelta(seconds=5)
TRIES = 2


def watch(turn: Turn) -> None:
    """Before levels are put out, in each turn."""
    for connector_id in turn.connector_ids:
        seen = turn.seen(connector_id)
        if turn.visit(connector_id).phase not in WITH_CAR:
            if seen.wake is not None or seen.rest is not None:
                turn.set_seen(connector_id, wake=None, rest=None)
            continue
        if seen.rest is None and seen.wake is None and not seen.limit_ma:
            turn.set_seen(connector_id, rest=Rest(turn.now))
        elif seen.wake is not None and seen.pilot is Pilot.C2 and not _too_soon(seen.wake, turn.now):
            turn.set_seen(connector_id, wake=None)
        elif seen.wake is not None and seen.wake.look_at is not None and seen.wake.look_at <= turn.now:
            turn.set_seen(connector_id, wake=_next(seen.wake, turn.now))


def _too_soon(wake: Wake, now: datetime) -> bool:
    return wake.switched and wake.look_at is not None and now < wake.look_at


def _next(wake: Wake, now: datetime) -> Wake:
    if wake.interrupting:
        return replace(wake, interrupting=False, look_at=now + PATIENCE)
    if wake.tries == TRIES:
        return replace(wake, look_at=None)
    return Wake(look_at=now + INTERRUPTION, tries=wake.tries + 1, interrupting=True)


def after(seen: Seen, limit_ma: int, phases: int, now: datetime) -> tuple[Rest | None, Wake | None]:
    """What is to be remembered when `limit_ma` on `phases` is put out."""
    if seen.wake is not None and (limit_ma or seen.wake.interrupting):
        return seen.rest, seen.wake
    if not limit_ma:
        offered = bool(seen.limit_ma)
        asleep = seen.wake is not None  # the pause came before it woke
        rest = Rest(now, may_sleep=not offered or asleep or seen.pilot is Pilot.C2)
        return (rest if offered or seen.rest is None else seen.rest), None
    if seen.limit_ma and seen.phases != phases and seen.pilot is Pilot.C2:
        return None, Wake(look_at=now + PATIENCE, switched=True)
    rested = seen.rest
    if rested is None or not rested.may_sleep or now - rested.since < LONG or seen.pilot is Pilot.C2:
        return None, None
    return None, Wake(look_at=now + PATIENCE)


def interrupts(seen: Seen) -> bool:
    return seen.wake is not None and seen.wake.interrupting


def asleep(seen: Seen) -> bool:
    """Everything was tried."""
    return seen.wake is not None and seen.wake.look_at is None


def deadline(seen: Seen) -> datetime | None:
    return None if seen.wake is None else seen.wake.look_at
