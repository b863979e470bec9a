"""A charger's mailbox: what waits for its turn, oldest first."""

from collections import deque
from collections.abc import Iterable, Sequence

from ..chargepoint import events as link_events
from ..charger import events as charger_events
from ..store.errors import StoreError
from .link import Link
from .turn import Edit, Event

Entry = tuple[Link | None, Event | Edit]  # None: the charger's

# A session that began long after somebody asked for it would surprise: these are never asked again.
NEVER_RETRIED = (charger_events.PinEntered, charger_events.TagPresented, link_events.TextReceived)


class Mailbox:
    """Of one host."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, entries: Iterable[Entry]) -> None:
        self._waiting.extend(entries)

    def add_first(self, entries: Sequence[Entry]) -> None:
        """Before all others, in this order."""
        self._waiting.extendleft(reversed(entries))

    def take(self) -> Entry:
        return self._waiting.popleft()

    def clear(self) -> None:
        self._waiting.clear()

    def drop_what_must_not_wait(self) -> None:
        self._waiting = deque(entry for entry in self._waiting if not isinstance(entry[1], NEVER_RETRIED))

    def turn_down(self, under_way: Event | Edit, why: StoreError) -> None:
        """That and all that waits come to nothing. Whoever asked for an edit is told so."""
        if isinstance(under_way, Edit):
            under_way.failed(why)
        self.turn_down_all(why)

    def turn_down_all(self, why: StoreError) -> None:
        """All that waits comes to nothing, likewise."""
        dropped = [event for _, event in self._waiting]
        self.clear()
        for event in dropped:
            if isinstance(event, Edit):
                event.failed(why)
