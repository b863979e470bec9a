"""Whose turn it is: by priority, then so that nobody starves.

Who began less than a turn ago keeps its place. Then come those who have waited for a whole turn, the longest first;
then those who have had theirs, the newest first; then those who wait. So a place changes hands once in a turn at most.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from ..supply import Appetite
from .topology import Key, Place


class Turn(Struct, frozen=True, gc=False):
    """Since when a connector is offered current, or waits for it."""

    charging: bool
    since: datetime


BEGAN, CALLED, HAD, WAITS = range(4)
WANTS = {Appetite.FULL: 0, Appetite.FLOOR: 0, Appetite.SURPLUS: 1}  # of one priority the sun waits for the others


def updated(turns: dict[Key, Turn], places: Iterable[Place], now: datetime) -> dict[Key, Turn]:
    found = {}
    for place in places:
        if not place.wants:
            continue
        charging = place.demand.offered_ma > 0
        before = turns.get(place.key)
        if before is not None and before.charging is charging:
            found[place.key] = before
        else:
            since = now if charging or place.demand.since is None else min(place.demand.since, now)
            found[place.key] = Turn(charging, since)
    return found


def ordered(places: Iterable[Place], turns: dict[Key, Turn], rotate_after_s: int, now: datetime) -> list[Place]:
    """Those that want energy, whose turn it is first."""

    def rank(place: Place) -> tuple[int, int, int, float, Key]:
        turn = turns[place.key]
        order = _order(turn, rotate_after_s, now)
        by_time = turn.since.timestamp() * (-1 if order == HAD else 1)
        return -place.branch.priority, WANTS[place.demand.appetite], order, by_time, place.key

    return sorted((place for place in places if place.key in turns), key=rank)


def in_turn(in_order: Iterable[Place], turns: dict[Key, Turn], rotate_after_s: int, now: datetime) -> set[Key]:
    """Whose turn it is: they charge though two others might in their place. Nobody's while a higher priority waits."""
    found, waiting = set(), False
    priority = None
    for place in in_order:
        if priority is not None and place.branch.priority < priority and waiting:
            break
        priority = place.branch.priority
        waiting = waiting or not turns[place.key].charging
        if _order(turns[place.key], rotate_after_s, now) in (BEGAN, CALLED):
            found.add(place.key)
    return found


def _order(turn: Turn, rotate_after_s: int, now: datetime) -> int:
    whole = now - turn.since >= timedelta(seconds=rotate_after_s)
    if turn.charging:
        return HAD if whole else BEGAN
    return CALLED if whole else WAITS


def until(place: Place, turns: dict[Key, Turn], rotate_after_s: int, now: datetime) -> datetime:
    """When one that waits will have its turn at the latest, if another of its priority can give way then."""
    length = timedelta(seconds=rotate_after_s)
    others = [turn.since + length for turn in turns.values() if turn.charging]
    return max(now, turns[place.key].since + length, min(others, default=now))
