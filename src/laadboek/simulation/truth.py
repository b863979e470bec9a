"""What really happened at the charger: who plugged and typed, and what the meter showed. It never sees our own rows.

`Referee` is a second, very small opinion on what a session is (one identity inside one visit); the oracle compares
its sessions with the wire and with the store. Its instants are those of the clock of the computer at the charger,
wrong or not: nobody there knows another one.
"""

from bisect import bisect_left
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

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
    over_link: str | None = None  # whose platform started it
    clock_was_set: bool = False  # while it ran: its instants need not be in order, nor its end be known

    @property
    def energy_wh(self) -> int:
        return (self.end_register_wh or self.start_register_wh) - self.start_register_wh


class Visit(Struct, frozen=True, kw_only=True):
    """What stands at the charger."""

    plugged: bool = False
    running: TrueSession | None = None
    sessions: tuple[TrueSession, ...] = ()  # of this visit so far
    out_of_service: bool = False  # no session begins any more


class Awaited(Struct, frozen=True):
    """Who is identified while the car is still awaited."""

    person: Person
    since: datetime
    over_link: str | None = None


class Referee:
    """Told of every act at the charger at its instant, with the register; keeps the sessions that must come of it."""

    def __init__(self, on_change: Callable[[Visit], None] = lambda visit: None) -> None:
        self.sessions: list[TrueSession] = []
        self.visit = Visit()
        self.on_change = on_change
        self.patience = timedelta()  # how long a car is awaited
        self._waiting: Awaited | None = None

    @property
    def energy_wh(self) -> int:
        """Of all sessions."""
        return sum(session.energy_wh for session in self.sessions)

    @property
    def running(self) -> bool:
        return self.visit.running is not None

    @property
    def out_of_service(self) -> bool:
        return self.visit.out_of_service

    # --- people ---

    def plugged_in(self, now: datetime, register_wh: int) -> None:
        self._look(plugged=True, sessions=())
        if self._waiting is not None and now - self._waiting.since < self.patience:
            self._begin(self._waiting, now, register_wh)
        self._waiting = None

    def identified(self, person: Person, now: datetime, register_wh: int) -> None:
        """A known PIN: it begins a session, ends its own, or is refused in somebody else's."""
        running = self.visit.running
        if running is None:
            self._admitted(Awaited(person, now), now, register_wh)
        elif running.person == person:
            self.ended(EndReason.LOCAL, now, register_wh)

    def _admitted(self, who: Awaited, now: datetime, register_wh: int) -> None:
        if self.out_of_service:
            return
        if self.visit.plugged:
            self._begin(who, now, register_wh)
        else:
            self._waiting = who
            self._look()

    def unplugged(self, now: datetime, register_wh: int) -> None:
        self.ended(EndReason.EV_DISCONNECTED, now, register_wh)
        self._look(plugged=False, sessions=())

    # --- platforms ---

    def has_room_for(self, person: Person, now: datetime) -> bool:
        """No session runs, and nobody else was promised one."""
        waiting = self._waiting
        awaits = waiting is not None and now - waiting.since < self.patience
        return not self.running and (not awaits or (waiting is not None and waiting.person == person))

    def started_over(self, link: str, person: Person, now: datetime, register_wh: int) -> None:
        self._admitted(Awaited(person, now, link), now, register_wh)

    def service_changed(self, operative: bool) -> None:
        """What runs may go on until it ends."""
        if not operative:
            self._waiting = None
        self._look(out_of_service=not operative)

    # --- the box ---

    def rebooted(self, now: datetime, register_wh: int) -> None:
        """The box lost its power, or began anew: what it finds then is a new visit."""
        self._waiting = None
        self.ended(EndReason.POWER_LOSS, now, register_wh)
        self._look(sessions=())

    def clock_set(self) -> None:
        if self.visit.running is not None:
            self.visit.running.clock_was_set = True

    # --- sessions ---

    def _begin(self, who: Awaited, now: datetime, register_wh: int) -> None:
        running = TrueSession(person=who.person, started_at=now, start_register_wh=register_wh, over_link=who.over_link)
        self.sessions.append(running)
        self._look(running=running, sessions=(*self.visit.sessions, running))

    def ended(self, reason: EndReason, now: datetime, register_wh: int) -> None:
        """What runs, if anything does."""
        running = self.visit.running
        if running is not None:
            running.ended_at, running.end_register_wh, running.reason = now, register_wh, reason
            self._look(running=None)

    def _look(self, **changes: Any) -> None:
        self.visit = replace(self.visit, **changes)
        self.on_change(self.visit)


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
