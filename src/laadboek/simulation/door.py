"""The charger's front in the simulation: plug, pad and light, with the referee and the meter looking on.

It stands between the wall box and the program that hosts it: the box is hardware and lives on when the program dies.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from ..charger.events import Event
from ..devices.car import Car
from ..devices.device import PinTyped
from ..devices.simulated import SimulatedCharger
from ..facts import Reading
from .faults import Disk
from .truth import Meter, Person, Referee
from .world import Process, World

KWH_PER_KM = 0.18
CONNECTION_TIME_OUT = timedelta(seconds=60)


def unheard(event: Event | PinTyped) -> None:
    """Nobody hosts the box at the moment."""


class FrontDoor:
    """What the program is given as its `Device`, and what people do at it (`habits.Doorstep`)."""

    def __init__(
        self,
        world: World,
        box: SimulatedCharger,
        cars: Mapping[str, Car],
        people: Mapping[str, Person],
        referee: Referee,
        meter: Meter,
    ) -> None:
        self.info = box.info
        self.on_event: Callable[[Event | PinTyped], None] = unheard
        self._world, self._box, self._cars, self._people = world, box, cars, people
        self._referee, self._meter = referee, meter
        self.driver = next(iter(cars))  # whose car stands there, or stood there last
        self._process: Process | None = None
        self._disk: Disk | None = None
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
        readings = self._box.readings(now)
        self._meter.note(readings)
        return readings

    def set_current(self, connector_id: int, limit_ma: int) -> None:
        self._box.set_current(connector_id, limit_ma)

    def hold_cable(self, connector_id: int, held: bool) -> None:
        self._box.hold_cable(connector_id, held)

    def reboot(self, hard: bool) -> None:
        self._box.reboot(hard)

    # --- Doorstep ---

    def plug_in(self, name: str) -> None:
        self.driver = name
        self._referee.plugged_in(self._world.now, self.register_wh(), CONNECTION_TIME_OUT)
        self._box.plug_in(self._cars[name])

    def unplug(self) -> None:
        self._referee.unplugged(self._world.now, self.register_wh())
        self._box.unplug()

    def type_pin(self, pin: str) -> None:
        """The referee hears of a known PIN if the program lived to write it down."""
        if self._process is None or self._disk is None or not self._process.alive or not self._box.powered:
            return
        now, register_wh, commits = self._world.now, self.register_wh(), self._disk.commits
        self._box.type_pin(pin)
        kept = self._process.alive or self._disk.commits > commits
        if pin in self._people and kept:
            self._referee.identified(self._people[pin], now, register_wh)

    def drive(self, name: str, km: float) -> None:
        self._cars[name].drive(km * KWH_PER_KM)

    def soc_percent(self, name: str) -> float:
        return self._cars[name].soc_percent

    def lit(self) -> bool:
        return self._box.readings(self._world.now)[0].offered_ma > 0

    # --- bad luck ---

    def cut_power(self) -> None:
        self._referee.power_cut(self._world.now, self.register_wh())
        self._box.cut_power()

    def restore_power(self) -> None:
        self._box.restore_power()

    def register_wh(self) -> int:
        return self._box.readings(self._world.now)[0].register_wh
