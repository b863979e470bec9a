"""The charger's front in the simulation: plug, pad and light, with the referee and the meter looking on.

It stands between the wall box and the program that hosts it: the box is hardware and lives on when the program dies.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from ..charger.events import Event
from ..devices.car import Car
from ..devices.device import PinTyped
from ..devices.simulated import SimulatedCharger
from ..facts import Reading
from .disk import Disk
from .trouble import Trouble
from .truth import Meter, Person, Referee
from .world import MachineClock, Process, World, nothing

KWH_PER_KM = 0.18
TRY_INTERVAL = timedelta(seconds=2)
MAKES_ROOM = timedelta(seconds=10)  # a program that had no room tries again within this time
CONNECTION_TIME_OUT = timedelta(seconds=60)


def unheard(event: Event | PinTyped) -> None:
    """Nobody hosts the box at the moment."""


class FrontDoor:
    """What the program is given as its `Device`, and what people do at it (`habits.Doorstep`)."""

    def __init__(
        self,
        world: World,
        clock: MachineClock,
        trouble: Trouble,
        box: SimulatedCharger,
        cars: Mapping[str, Car],
        people: Mapping[str, Person],
        referee: Referee,
        meter: Meter,
        wrong: Callable[[str], None],
    ) -> None:
        self.info = box.info
        self.on_event: Callable[[Event | PinTyped], None] = unheard
        self._world, self._clock, self._trouble = world, clock, trouble
        self._box, self._cars, self._people = box, cars, people
        self._referee, self._meter, self._wrong = referee, meter, wrong
        self.driver = next(iter(cars))  # whose car stands there, or stood there last
        self._process: Process | None = None
        self._disk: Disk | None = None
        self._typed_at = world.now
        self.shows_session: Callable[[], bool] | None = None  # the light also burns while a session waits for the sun
        self.on_reboot: Callable[[], None] = nothing  # the program had the box restart
        self.reboots = 0  # of the box, for whatever reason
        referee.patience = CONNECTION_TIME_OUT
        box.on_event = self._heard

    def belongs_to(self, process: Process, disk: Disk) -> None:
        """The program that hosts the box from now on, and the disk that it writes to."""
        self._process, self._disk, self.on_event = process, disk, unheard

    def _heard(self, event: Event | PinTyped) -> None:
        if self._process is not None:
            self._process.call(self.on_event, event)

    @property
    def hosted(self) -> bool:
        return self._process is not None and self._process.alive

    # --- Device ---

    def start(self, fresh: bool) -> None:
        self._box.start(fresh)

    def readings(self, now: datetime) -> tuple[Reading, ...]:
        """Taken at `now` by the clock of the computer that asks."""
        at = self._world.now
        readings = self._box.readings(at)
        if now != at:
            readings = tuple(replace(reading, taken_at=now) for reading in readings)
        self._meter.note(readings, at)
        return readings

    def set_current(self, connector_id: int, limit_ma: int, phases: int = 3) -> None:
        self._box.set_current(connector_id, limit_ma, phases)
        self._trouble.strike()

    def hold_cable(self, connector_id: int, held: bool) -> None:
        self._box.hold_cable(connector_id, held)
        self._trouble.strike()

    def install(self, version: str) -> None:
        self._box.install(version)

    def reboot(self, hard: bool) -> None:
        """Because a platform wants it. That it did is told first."""
        if self._box.powered:
            self.reboots += 1
            self._world.at(self._world.now, self._is_restarting)
            self.on_reboot()
        self._box.reboot(hard)

    def _is_restarting(self) -> None:
        self._referee.rebooted(self._clock.now(), self.register_wh())

    # --- Doorstep ---

    def plug_in(self, name: str) -> None:
        self.hurry()
        self.driver = name
        self._referee.plugged_in(self._clock.now(), self.register_wh())
        self._box.plug_in(self._cars[name])

    def unplug(self) -> None:
        self.hurry()
        self._referee.unplugged(self._clock.now(), self.register_wh())
        self._box.unplug()

    def type_pin(self, pin: str) -> None:
        """The referee hears of a known PIN if the program got it written down."""
        if self._process is None or self._disk is None or not self._process.alive or not self._box.powered:
            return
        self.hurry()
        now, register_wh, commits = self._clock.now(), self.register_wh(), self._disk.commits
        self._box.type_pin(pin)
        self.hurry()
        if pin in self._people and self._disk.commits > commits:
            self._referee.identified(self._people[pin], now, register_wh)
        elif pin in self._people and self._should_have_heard():
            self._wrong(f"the pad ignored the PIN of {self._people[pin].name}")
        self._typed_at = self._world.now

    def _should_have_heard(self) -> bool:
        """The program lives and can keep what it hears, and nobody typed right before."""
        assert self._process is not None and self._disk is not None
        now, refused_at = self._world.now, self._disk.refused_at
        patient = now - self._typed_at >= TRY_INTERVAL
        return self._process.alive and patient and (refused_at is None or now - refused_at > MAKES_ROOM)

    def hurry(self) -> None:
        """Who acts at the door finds a program that is not waiting for its disk."""
        if self._disk is not None:
            self._disk.hurry()

    def drive(self, name: str, km: float) -> None:
        self._cars[name].drive(km * KWH_PER_KM)

    def soc_percent(self, name: str) -> float:
        return self._cars[name].soc_percent

    def lit(self) -> bool:
        readings = self._box.readings(self._world.now)
        if self.shows_session is not None:
            return bool(readings) and self.shows_session()
        return bool(readings) and readings[0].offered_ma > 0

    # --- bad luck ---

    def cut_power(self) -> None:
        self.hurry()
        self.reboots += 1
        self._referee.rebooted(self._clock.now(), self.register_wh())
        self._box.cut_power()

    def restore_power(self) -> None:
        self.hurry()
        self._box.restore_power()

    def reboot_by_itself(self) -> None:
        self.hurry()
        self.reboots += 1
        self._referee.rebooted(self._clock.now(), self.register_wh())
        self._box.reboot(hard=True)

    def now(self) -> datetime:
        """By the computer's clock."""
        return self._clock.now()

    @property
    def commits(self) -> int:
        """Of the program that hosts the box."""
        return 0 if self._disk is None else self._disk.commits

    def register_wh(self) -> int:
        return self._box.register_wh
