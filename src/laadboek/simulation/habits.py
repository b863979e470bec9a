"""How the people of the demo home live: when they drive, plug in, type (or forget, or mistype) their PIN, and leave.

A person only uses what a person has: hands (`Doorstep`) and eyes (the light on the charger, the display of the car).
All times of day are local; everything is drawn from one seeded stream.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from .world import World

MINUTE = timedelta(minutes=1)
FULL_PERCENT = 99  # what the display says when nothing flows any more


class Doorstep(Protocol):
    """What a person can do and see at the charger and in a car."""

    def plug_in(self, name: str) -> None: ...

    def unplug(self) -> None: ...

    def type_pin(self, pin: str) -> None: ...

    def drive(self, name: str, km: float) -> None: ...

    def soc_percent(self, name: str) -> float: ...

    def lit(self) -> bool:
        """The charger's light: somebody is identified and the car may charge."""


class Resident(Struct, frozen=True, kw_only=True):
    """One person with one car. Chances are per occasion."""

    name: str
    pin: str
    workdays: tuple[float, ...]  # chance of a commute, Monday to Sunday
    commute_km: float
    leaves_at_h: float
    returns_at_h: float
    errand_chance: float  # of a drive in the day's free hours
    errand_km: float
    plugs_below_percent: float
    forgets_pin: float = 0.08
    never_types_pin: float = 0.03
    mistypes_pin: float = 0.07
    pin_before_plug: float = 0.04
    leaves_early: float = 0.06
    stops_by_pin: float = 0.05


class Life:
    """The days of the residents, one after another, until `until`."""

    def __init__(
        self,
        world: World,
        doorstep: Doorstep,
        residents: tuple[Resident, ...],
        zone: ZoneInfo,
        until: datetime,
        pin_first: bool = True,
    ) -> None:
        self._world, self._doorstep, self._residents = world, doorstep, residents
        self._zone, self._until, self._pin_first = zone, until, pin_first
        self._chance = world.ids("life").random()
        self._at_home = {resident.name: True for resident in residents}
        self._away_until: date | None = None
        self._plugged: Resident | None = None
        self.on_charging: Callable[[Resident], None] = lambda resident: None

    def begin(self) -> None:
        self._plan(self._world.now.astimezone(self._zone).date())

    @property
    def plugged(self) -> Resident | None:
        return self._plugged

    def identify_again(self) -> None:
        """The light went out (a power cut): whoever's car hangs there types the PIN once more, mostly."""
        if self._plugged is not None and self._chance.random() < 0.8:
            self._look_and_type(self._plugged)

    def end(self) -> None:
        """Whoever is plugged in unplugs; nobody does anything more."""
        if self._plugged is not None:
            self._unplug()

    # --- planning ---

    def _plan(self, day: date) -> None:
        self._at(day + timedelta(days=1), 0.0, lambda: self._plan(day + timedelta(days=1)))
        if self._holiday(day):
            return
        for resident in self._residents:
            if self._chance.random() < resident.workdays[day.weekday()]:
                leaves = resident.leaves_at_h + self._chance.uniform(-0.4, 0.4)
                returns = resident.returns_at_h + self._chance.uniform(-0.7, 0.9)
                self._trip(resident, day, leaves, returns, resident.commute_km * self._chance.uniform(0.85, 1.2))
            elif self._chance.random() < resident.errand_chance:
                leaves = self._chance.uniform(9.0, 15.0)
                returns = leaves + self._chance.uniform(0.8, 4.5)
                self._trip(resident, day, leaves, returns, resident.errand_km * self._chance.uniform(0.3, 2.5))
        self._at(day, self._chance.uniform(9.0, 10.5), lambda: self._tidy_up(0.7))
        self._at(day, self._chance.uniform(21.2, 22.5), self._swap)

    def _holiday(self, day: date) -> bool:
        """A few days away now and then, with one car; nobody touches the charger."""
        if self._away_until is not None and day < self._away_until:
            return True
        if day.weekday() >= 3 and self._chance.random() < 0.015:
            self._away_until = day + timedelta(days=self._chance.randint(2, 4))
            driver = self._chance.choice(self._residents)
            self._at(day, 8.0, lambda: self._leave(driver))
            self._at(self._away_until, 7.0, lambda: self._return(driver, 280.0))
            return True
        return False

    def _trip(self, resident: Resident, day: date, leaves_h: float, returns_h: float, km: float) -> None:
        self._at(day, leaves_h, lambda: self._leave(resident))
        self._at(day, returns_h, lambda: self._return(resident, km))

    def _at(self, day: date, hour: float, do: Callable[[], None]) -> None:
        """At a local time of day; an hour that summer time skips is the one after it."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        self._on(midnight.astimezone(self._world.now.tzinfo) + timedelta(hours=hour), do)

    def _after(self, delay: timedelta, do: Callable[[], None]) -> None:
        self._on(self._world.now + delay, do)

    def _on(self, when: datetime, do: Callable[[], None]) -> None:
        if when < self._until:
            self._world.at(when, do)

    # --- acts ---

    def _leave(self, resident: Resident) -> None:
        if self._plugged is resident:
            self._unplug()
        self._at_home[resident.name] = False

    def _return(self, resident: Resident, km: float) -> None:
        if self._at_home[resident.name]:
            return
        self._doorstep.drive(resident.name, km)
        self._at_home[resident.name] = True
        if self._plugged is None and self._wants_energy(resident):
            self._after(self._chance.uniform(0.5, 4.0) * MINUTE, lambda: self._connect(resident))

    def _wants_energy(self, resident: Resident) -> bool:
        return self._doorstep.soc_percent(resident.name) < resident.plugs_below_percent

    def _swap(self) -> None:
        """In the evening, whoever is full makes room for whoever is not."""
        waiting = [r for r in self._residents if self._at_home[r.name] and r is not self._plugged]
        waiting = [r for r in waiting if self._wants_energy(r)]
        if not waiting:
            self._tidy_up(0.5)
            return
        if self._plugged is not None:
            if self._doorstep.soc_percent(self._plugged.name) < 75:
                return
            self._unplug()
        self._after(self._chance.uniform(1.0, 3.0) * MINUTE, lambda: self._connect(waiting[0]))

    def _tidy_up(self, chance: float) -> None:
        """Somebody passes by, sees that the car is full, and hangs the cable back."""
        plugged = self._plugged
        is_full = plugged is not None and self._doorstep.soc_percent(plugged.name) >= FULL_PERCENT
        if is_full and self._chance.random() < chance:
            self._unplug()

    def _connect(self, resident: Resident) -> None:
        if self._plugged is not None or not self._at_home[resident.name]:
            return
        draw = self._chance.random()
        seconds = timedelta(seconds=self._chance.uniform(12, 60))
        if self._pin_first and draw < resident.pin_before_plug:
            self._doorstep.type_pin(resident.pin)
            self._after(seconds / 2, lambda: self._plug_after_pin(resident))
            return
        self._plug(resident)
        draw -= resident.pin_before_plug
        if draw < resident.mistypes_pin:
            self._after(seconds, self._mistype)
            self._after(seconds + timedelta(seconds=self._chance.uniform(5, 20)), lambda: self._look_and_type(resident))
        elif draw < resident.mistypes_pin + resident.forgets_pin:
            self._after(self._chance.uniform(20, 240) * MINUTE, lambda: self._look_and_type(resident))
        elif draw < resident.mistypes_pin + resident.forgets_pin + resident.never_types_pin:
            return
        else:
            self._after(seconds, lambda: self._look_and_type(resident))

    def _plug(self, resident: Resident) -> None:
        self._plugged = resident
        self._doorstep.plug_in(resident.name)

    def _plug_after_pin(self, resident: Resident) -> None:
        if self._plugged is None and self._at_home[resident.name]:
            self._plug(resident)
            self._charging(resident)

    def _mistype(self) -> None:
        self._doorstep.type_pin(f"{self._chance.randrange(100_000):05d}")

    def _look_and_type(self, resident: Resident) -> None:
        """Type the PIN unless the light is on already; a pad that does not react is tried again later."""
        if self._plugged is not resident or self._doorstep.lit():
            return
        self._doorstep.type_pin(resident.pin)
        self._charging(resident)

    def _charging(self, resident: Resident) -> None:
        self._after(4 * MINUTE, lambda: self._look_and_type_once_more(resident))
        draw = self._chance.random()
        if draw < resident.leaves_early:
            self._after(self._chance.uniform(25, 150) * MINUTE, lambda: self._leave_early(resident))
        elif draw < resident.leaves_early + resident.stops_by_pin:
            self._after(self._chance.uniform(40, 200) * MINUTE, lambda: self._stop_by_pin(resident))
        self.on_charging(resident)

    def _look_and_type_once_more(self, resident: Resident) -> None:
        if self._plugged is resident and not self._doorstep.lit():
            self._doorstep.type_pin(resident.pin)

    def _leave_early(self, resident: Resident) -> None:
        """A short drive that nobody had planned."""
        if self._plugged is resident:
            self._leave(resident)
            self._after(self._chance.uniform(30, 90) * MINUTE, lambda: self._return(resident, 18.0))

    def _stop_by_pin(self, resident: Resident) -> None:
        if self._plugged is resident and self._doorstep.lit():
            self._doorstep.type_pin(resident.pin)
            self._after(self._chance.uniform(1, 30) * MINUTE, lambda: self._unplug_if(resident))

    def _unplug_if(self, resident: Resident) -> None:
        if self._plugged is resident:
            self._unplug()

    def _unplug(self) -> None:
        self._plugged = None
        self._doorstep.unplug()
