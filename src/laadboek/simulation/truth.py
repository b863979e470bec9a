"""What really happened at the charger: who plugged and typed, and what the meter showed. It never sees our own rows.

`Referee` is a second, very small opinion on what a session is (one identity inside one visit); the oracle compares
its sessions with the wire and with the store.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from ..facts import EndReason, Kind, Reading


class Person(Struct, frozen=True):
    """Who may charge here, as the household knows them."""

    name: str
    id_tag: str
    kind: Kind


class TrueSession(Struct, kw_only=True):
    person: Person
    started_at: datetime
    start_register_wh: int
    ended_at: datetime | None = None
    end_register_wh: int | None = None
    reason: EndReason | None = None

    @property
    def energy_wh(self) -> int:
        return (self.end_register_wh or self.start_register_wh) - self.start_register_wh


class Referee:
    """Told of every act at the charger at its instant, with the register; keeps the sessions that must come of it."""

    def __init__(self) -> None:
        self.sessions: list[TrueSession] = []
        self._plugged = False
        self._waiting: tuple[Person, datetime] | None = None  # identified, the car is still awaited
        self._open: TrueSession | None = None

    @property
    def energy_wh(self) -> int:
        """Of all sessions."""
        return sum(session.energy_wh for session in self.sessions)

    @property
    def running(self) -> bool:
        return self._open is not None

    def plugged_in(self, now: datetime, register_wh: int, patience: timedelta) -> None:
        self._plugged = True
        if self._waiting is not None and now - self._waiting[1] < patience:
            self._begin(self._waiting[0], now, register_wh)
        self._waiting = None

    def identified(self, person: Person, now: datetime, register_wh: int) -> None:
        """A known PIN: it begins a session, ends its own, or is refused in somebody else's."""
        if self._open is None and self._plugged:
            self._begin(person, now, register_wh)
        elif self._open is None:
            self._waiting = (person, now)
        elif self._open.person == person:
            self._end(EndReason.LOCAL, now, register_wh)

    def unplugged(self, now: datetime, register_wh: int) -> None:
        self._plugged = False
        self._end(EndReason.EV_DISCONNECTED, now, register_wh)

    def power_cut(self, now: datetime, register_wh: int) -> None:
        self._waiting = None
        self._end(EndReason.POWER_LOSS, now, register_wh)

    def _begin(self, person: Person, now: datetime, register_wh: int) -> None:
        self._open = TrueSession(person=person, started_at=now, start_register_wh=register_wh)
        self.sessions.append(self._open)

    def _end(self, reason: EndReason, now: datetime, register_wh: int) -> None:
        if self._open is not None:
            self._open.ended_at, self._open.end_register_wh, self._open.reason = now, register_wh, reason
            self._open = None


class Meter:
    """Every reading that the device gave, by second: what a meter value on the wire must agree with."""

    def __init__(self) -> None:
        self.last_wh = 0
        self.ran_backwards: list[str] = []
        self._seen: dict[datetime, set[int]] = {}

    def note(self, readings: Sequence[Reading]) -> None:
        for reading in readings:
            if reading.register_wh < self.last_wh:
                self.ran_backwards.append(f"register {self.last_wh} Wh, then {reading.register_wh} Wh")
            self.last_wh = reading.register_wh
            self._seen.setdefault(reading.taken_at.replace(microsecond=0), set()).add(reading.register_wh)

    def showed(self, second: datetime, register_wh: int) -> bool:
        return register_wh in self._seen.get(second, ())
