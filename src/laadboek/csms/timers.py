"""What the platform needs of whoever keeps its deadlines: the event loop's heap, or the simulation's."""

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Protocol


class Timers(Protocol):
    """One deadline per key."""

    def at(self, key: Hashable, when: datetime, fire: Callable[[], None]) -> None:
        """Call `fire` once, at `when` or soon after; replaces the deadline that this key had."""

    def cancel(self, key: Hashable) -> None:
        """Forget the key's deadline, if it has one."""
