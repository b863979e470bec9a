"""What really happened at the charger: who plugged and typed, and what the meter showed. It never sees our own rows.

`Referee` is a second, very small opinion on what a session is (one identity inside one visit); the oracle compares
its sessions with the wire and with the store. Its instants are those of the clock of the computer at the charger,
wrong or not: nobody there knows another one.
"""

from bisect import bisect_left
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from ..facts import EndReason, Kind, Reading

SECOND = timedelta(seconds=1)


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
    clock_was_set: bool = False  # while it ran: its instants need not be in order, nor its end be known

    @property
    def energy_wh(self) -> int:
        return (self.end_register_wh or self.start_register_wh) - self.start_register_wh


class Visit(Struct, frozen=True, kw_only=True):
    """What stands at the charger."""

    plugged: bool = False
    running: TrueSession | None = None
    sessions: tuple[TrueSession, ...] = ()  # of this visit so far


class Referee:
    """Told of every act at the charger at its instant, with the register; keeps the sessions that must come of it."""

    def __init__(self, on_change: Callable[[Visit], None] = lambda visit: None) -> None:
        self.sessions: list[TrueSession] = []
        self.visit = Visit()
        self.on_change = on_change
        self._waiting: tuple[Person, datetime] | None = None  # identified, the car is still awaited

    @property
    def energy_wh(self) -> int:
        """Of all sessions."""
        return sum(session.energy_wh for session in self.sessions)

    @property
    def running(self) -> bool:
        return self.visit.running is not None

    def plugged_in(self, now: datetime, register_wh: int, patience: timedelta) -> None:
        self._look(Visit(plugged=True))
        if self._waiting is not None and now - self._waiting[1] < patience:
            self._begin(self._waiting[0], now, register_wh)
        self._waiting = None

    def identified(self, person: Person, now: datetime, register_wh: int) -> None:
        """A known PIN: it begins a session, ends its own, or is refused in somebody else's."""
        running = self.visit.running
        if running is None and self.visit.plugged:
            self._begin(person, now, register_wh)
        elif running is None:
            self._waiting = (person, now)
        elif running.person == person:
            self._end(EndReason.LOCAL, now, register_wh)

    def unplugged(self, now: datetime, register_wh: int) -> None:
        self._end(EndReason.EV_DISCONNECTED, now, register_wh)
        self._look(Visit())

    def rebooted(self, now: datetime, register_wh: int) -> None:
        """The box lost its power, or began anew: what it finds then is a new visit."""
        self._waiting = None
        self._end(EndReason.POWER_LOSS, now, register_wh)
        self._look(Visit(plugged=self.visit.plugged))

    def clock_set(self) -> None:
        if self.visit.running is not None:
            self.visit.running.clock_was_set = True

    def _begin(self, person: Person, now: datetime, register_wh: int) -> None:
        running = TrueSession(person=person, started_at=now, start_register_wh=register_wh)
        self.sessions.append(running)
        self._look(Visit(plugged=True, running=running, sessions=(*self.visit.sessions, running)))

    def _end(self, reason: EndReason, now: datetime, register_wh: int) -> None:
        running = self.visit.running
        if running is not None:
            running.ended_at, running.end_register_wh, running.reason = now, register_wh, reason
            self._look(Visit(plugged=self.visit.plugged, sessions=self.visit.sessions))

    def _look(self, visit: Visit) -> None:
        self.visit = visit
        self.on_change(visit)


class Meter:
    """Every reading that the device gave, by second: what a meter value on the wire must agree with."""

    def __init__(self) -> None:
        self.last_wh = 0
        self.ran_backwards: list[str] = []
        self.on_reading: Callable[[tuple[Reading, ...], datetime], None] = lambda readings, at: None
        self._seen: dict[datetime, set[int]] = {}
        self._at: list[datetime] = []  # world's instants, ascending
        self._wh: list[int] = []

    def note(self, readings: tuple[Reading, ...], at: datetime) -> None:
        """`at` is the true instant; that of the readings is what the computer believes."""
        self.on_reading(readings, at)
        for reading in readings:
            if reading.register_wh < self.last_wh:
                self.ran_backwards.append(f"register {self.last_wh} Wh, then {reading.register_wh} Wh")
            self.last_wh = reading.register_wh
            self._seen.setdefault(reading.taken_at.replace(microsecond=0), set()).add(reading.register_wh)
            self._at.append(at)
            self._wh.append(reading.register_wh)

    def showed(self, second: datetime, register_wh: int) -> bool:
        """In this second or the next: a reading up to a second late is stamped with the instant it was due."""
        return any(register_wh in self._seen.get(second + late, ()) for late in (timedelta(), SECOND))

    def rose_between(self, since: datetime, until: datetime) -> int:
        """Wh between the first and the last look in this time."""
        first, after = bisect_left(self._at, since), bisect_left(self._at, until)
        return self._wh[after - 1] - self._wh[first] if first < after else 0
