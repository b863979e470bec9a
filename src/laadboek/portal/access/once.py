"""What is shown once and kept nowhere: a PIN that was just made, a file on its way in. In memory, for ten minutes."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from starlette.requests import HTTPConnection

from ..visitor import Visitor

KEPT_FOR = timedelta(minutes=10)
AT_MOST = 500  # the oldest goes first


class Kept(Struct, frozen=True):
    value: Any
    until: datetime


class Once:
    """By who may see it and what it is. Used from the event loop's thread only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str, str], Kept] = {}

    def put(self, visitor: Visitor, what: str, value: object, now: datetime) -> None:
        for key in [key for key, kept in self._kept.items() if kept.until <= now]:
            del self._kept[key]
        if len(self._kept) >= AT_MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[_key(visitor, what)] = Kept(value, now + KEPT_FOR)

    def take(self, visitor: Visitor, what: str, now: datetime) -> Any | None:
        """Gone from now on."""
        kept = self._kept.pop(_key(visitor, what), None)
        return None if kept is None or kept.until <= now else kept.value


def once_of(request: HTTPConnection) -> Once:
    """One per application."""
    state = request.app.state
    if not hasattr(state, "once"):
        state.once = Once()
    once: Once = state.once
    return once


def _key(visitor: Visitor, what: str) -> tuple[int, str, str]:
    return visitor.actor.account_id, visitor.actor.name, what
