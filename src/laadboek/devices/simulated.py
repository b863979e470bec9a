"""A simulated wall box with one connector. It obeys the host's levels; the buttons are what people and bad luck do.

Power, lock and faults are here; what current flows, and when, is in `simulated_connector.py`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ..charger import events
from ..clock import Clock, Timers
from ..facts import Fault, Pilot, Reading
from ..ids import Ids
from ..secret import Secret
from .car import Car
from .device import DeviceInfo, PinTyped, Surroundings
from .house import House
from .pace import BELIEVABLE, Pace
from .simulated_connector import SimulatedConnector, Supply

CONNECTOR = 1
FLOOR_MA = 6_000  # IEC 61851-1: no offer below 6 A exists
BACKUP_LASTS = timedelta(milliseconds=500)

# The box opens its contactor by itself; for the others the host decides.
OPENS_CONTACTOR = {
    Fault.GROUND_FAILURE,
    Fault.HIGH_TEMPERATURE,
    Fault.INTERNAL_ERROR,
    Fault.OVER_CURRENT_FAILURE,
    Fault.OVER_VOLTAGE,
    Fault.POWER_SWITCH_FAILURE,
    Fault.UNDER_VOLTAGE,
}

SIMULATED_BOX = DeviceInfo(
    vendor="Laadboek",
    model="Simulated 22",
    serial_number="LB-0001",
    firmware_version="1.0.0",
    switches_phases=True,
    meter_type="MID class B",
    meter_serial_number="LBM-0001",
)


class Memory(Struct, frozen=True, kw_only=True):
    """What hardware, cable and car are between two runs of the program."""

    register_pj: int
    plugged: bool
    cable: bool
    held: bool
    car_stored_pj: int
    powered: bool = True
    ev_ready: bool = True
    lock_fails: bool = False
    fault: Fault | None = None
    faulted: int = CONNECTOR
    booting: bool = False
    firmware_version: str | None = None  # None: as it was made
    next_firmware: str | None = None  # written, and not booted yet
    install_fails: bool = False


class SimulatedCharger:
    """The wall box (`Device`), with buttons."""

    def __init__(
        self,
        info: DeviceInfo,
        *,
        car: Car,
        clock: Clock,
        timers: Timers,
        ids: Ids,
        name: str = "",
        house: House | None = None,
        backup_power: bool = False,
        register_wh: int = 0,
        memory: Memory | None = None,
        pace: Pace = BELIEVABLE,
    ) -> None:
        self.info, self.house, self.backup_power = info, house, backup_power
        self.on_event: Callable[[events.Event | PinTyped], None] = lambda event: None
        self.powered = True
        self._failing = False  # on backup power, for a moment
        self.held = self.lock_fails = False  # held: the cable is locked in its socket
        self.fault: Fault | None = None
        self.install_fails = self._booting = False
        self._next_firmware: str | None = None
        self._faulted = CONNECTOR  # where the fault is
        self._cable = False
        self._clock, self._timers, self._pace = clock, timers, pace
        key = ("device", name or info.serial_number)
        self._power_key, self._install_key = (*key, "power"), (*key, "install")
        self._connector = SimulatedConnector(
            info, car, pace, clock=clock, timers=timers, ids=ids, key=key, supply=self._supply, on_pilot=self._on_pilot
        )
        self._connector.set_register(register_wh)
        if memory is not None:
            self._remember(memory)

    # --- Device ---

    def start(self, fresh: bool) -> None:
        if self.powered:
            self.on_event(self._started(fresh))
            if self.fault is not None:  # who starts anew has not heard of it
                self.on_event(events.FaultFound(self._faulted, self.fault))
        else:
            self.on_event(events.PowerLost())
            if self._booting:
                self._boot_later()

    def _started(self, fresh: bool) -> events.DeviceBooted | events.DeviceResynced:
        pilots, cables = {CONNECTOR: self.pilot}, {CONNECTOR: self.cable}
        if fresh:
            return events.DeviceBooted(pilots, cables, self.info.firmware_version)
        return events.DeviceResynced(pilots, cables)

    def readings(self, now: datetime) -> tuple[Reading, ...]:
        """None from a dark box."""
        return (self._connector.reading(CONNECTOR, now),) if self.powered else ()

    def set_current(self, connector_id: int, limit_ma: int, phases: int = 3) -> None:
        limit_ma = limit_ma if limit_ma >= FLOOR_MA else 0
        phases = min(phases, self.info.phases)
        if self.powered and not self._connector.offers(limit_ma, phases):
            self._connector.offer(limit_ma, phases)

    def hold_cable(self, connector_id: int, held: bool) -> None:
        if self.info.tethered or not self.powered:
            return
        if self.lock_fails:
            self.on_event(events.LockFailed(CONNECTOR))
            return
        self.held = held
        if self._pace.tells_lock:
            self.on_event(events.LockMoved(CONNECTOR))

    def install(self, version: str) -> None:
        written_at = self._clock.now() + self._connector.lasts(self._pace.boots)
        self._timers.at(self._install_key, written_at, lambda: self._written(version))

    def _written(self, version: str) -> None:
        if self.powered:
            self._next_firmware = None if self.install_fails else version
            self.on_event(events.InstallEnded(not self.install_fails))

    def reboot(self, hard: bool) -> None:
        if self.powered:
            self._go_dark()
            self._boot_later()

    # --- buttons: car and cable ---

    @property
    def cable(self) -> bool:
        """A cable is in the charger's socket; a tethered one is always there."""
        return self.info.tethered or self._cable

    @property
    def car(self) -> Car:
        """On the cable, or the last that was."""
        return self._connector.car

    @property
    def plugged(self) -> bool:
        return self._connector.plugged

    @property
    def pilot(self) -> Pilot:
        return self._connector.pilot

    def plug_in(self, car: Car | None = None) -> None:
        """Cable and car, as a person does; `car` drives up first."""
        self.plug_charger_side()
        self.plug_ev_side(car)

    def unplug(self) -> None:
        self.unplug_ev_side()
        self.unplug_charger_side()

    def plug_charger_side(self) -> None:
        if not self.cable:
            self._cable = True
            self._report(events.CableChanged(CONNECTOR, True))

    def unplug_charger_side(self) -> bool:
        """Pull the loose cable out of the box; False if its lock holds it."""
        if self.info.tethered or not self._cable or self.held:
            return False
        self.unplug_ev_side()
        self._cable = False
        self._report(events.CableChanged(CONNECTOR, False))
        return True

    def plug_ev_side(self, car: Car | None = None) -> None:
        if self.cable and not self.plugged:
            self._connector.plug(car or self.car)

    def unplug_ev_side(self) -> None:
        if self.plugged:
            self._connector.unplug()

    def car_changed(self) -> None:
        """Somebody changed the car itself: it reacts as its new self."""
        self._connector.replan(self._connector.now())

    def set_ev_ready(self, ready: bool) -> None:
        """Whether the car wants energy: its own timer, its door, its mood."""
        self._connector.set_ev_ready(ready)

    # --- buttons: people at the box ---

    def type_pin(self, pin: str) -> None:
        self._report(PinTyped(CONNECTOR, Secret(pin)))

    def present_tag(self, id_tag: str) -> None:
        self._report(events.TagPresented(CONNECTOR, id_tag))

    # --- buttons: bad luck ---

    def cut_power(self) -> None:
        """Backup power leaves a moment to close the books; without it the box is dark at once."""
        if not self.powered or self._failing:
            return
        now = self._connector.now()
        if self.backup_power:
            self._failing = True
            self._connector.replan(now)
            self.on_event(events.PowerFailing())
            self._timers.at(self._power_key, now + BACKUP_LASTS, self._lose_power)
        else:
            self._lose_power()

    def restore_power(self) -> None:
        """The box boots for a few seconds, then reports."""
        if self._failing:
            self._lose_power()
        if not self.powered:
            self._boot_later()

    def set_register(self, register_wh: int) -> None:
        self._connector.set_register(register_wh)

    def raise_fault(self, fault: Fault, connector_id: int = CONNECTOR) -> None:
        """Connector 0: the whole box."""
        now = self._connector.now()
        self.fault, self._faulted = fault, connector_id
        self._report(events.FaultFound(connector_id, fault))
        self._connector.replan(now)

    def clear_fault(self) -> None:
        now = self._connector.now()
        if self.fault is not None:
            self.fault = None
            self._report(events.FaultGone(self._faulted))
            self._connector.replan(now)

    # --- what an onlooker sees ---

    def surroundings(self, now: datetime) -> Surroundings:
        self._connector.catch_up(now)
        soc_percent = self.car.soc_percent if self.plugged else None
        if self.house is None:
            return Surroundings(soc_percent=soc_percent)
        solar_w, home_w = self.house.solar_w(now), self.house.home_w(now)
        return Surroundings(home_w + self._connector.power_w - solar_w, solar_w, home_w, soc_percent)

    @property
    def register_wh(self) -> int:
        """What the meter would show, also while the box is dark."""
        self._connector.now()
        return self._connector.register_wh

    @property
    def register_pj(self) -> int:
        """The same, exactly."""
        self._connector.now()
        return self._connector.register_pj

    def memory(self) -> Memory:
        self._connector.now()
        return Memory(
            register_pj=self._connector.register_pj,
            plugged=self.plugged,
            cable=self._cable,
            held=self.held,
            car_stored_pj=self.car.stored_pj,
            powered=self.powered,
            ev_ready=self._connector.ev_ready,
            lock_fails=self.lock_fails,
            fault=self.fault,
            faulted=self._faulted,
            booting=self._booting,
            firmware_version=self.info.firmware_version,
            next_firmware=self._next_firmware,
            install_fails=self.install_fails,
        )

    def _remember(self, memory: Memory) -> None:
        connector = self._connector
        connector.register_pj, connector.ev_ready = memory.register_pj, memory.ev_ready
        connector.car.stored_pj = memory.car_stored_pj
        if memory.plugged:
            connector.pilot = Pilot.B1
        self._cable, self.held, self.lock_fails = memory.cable, memory.held, memory.lock_fails
        self.powered, self.fault, self._faulted = memory.powered, memory.fault, memory.faulted
        self._booting, self.install_fails = memory.booting, memory.install_fails
        self._next_firmware = memory.next_firmware
        if memory.firmware_version is not None:
            self.info = replace(self.info, firmware_version=memory.firmware_version)

    # --- power ---

    def _supply(self) -> Supply:
        if self._failing:
            return Supply.BACKUP
        return Supply.MAINS if self.powered and self.fault not in OPENS_CONTACTOR else Supply.NONE

    def _lose_power(self) -> None:
        self._go_dark()
        if not self.info.keeps_register:
            self._connector.set_register(0)
        self.on_event(events.PowerLost())

    def _go_dark(self) -> None:
        self._connector.go_dark()
        self.powered = self._failing = False

    def _boot_later(self) -> None:
        self._booting = True
        booted_at = self._clock.now() + self._connector.lasts(self._pace.boots)
        self._timers.at(self._power_key, booted_at, self._booted)

    def _booted(self) -> None:
        self.powered, self._booting = True, False
        if self._next_firmware is not None:
            self.info = replace(self.info, firmware_version=self._next_firmware)
            self._next_firmware = None
        self._connector.replan(self._connector.now())
        self.start(fresh=True)

    def _on_pilot(self, pilot: Pilot) -> None:
        self._report(events.PilotChanged(CONNECTOR, pilot))

    def _report(self, event: events.Event | PinTyped) -> None:
        if self.powered:
            self.on_event(event)
