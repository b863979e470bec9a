"""A simulated wall box with one connector, a cable and a car (IEC 61851-1). Nothing happens between its deadlines.

Between two changes the current is constant and energy is a product of integers, so the register is exact: it never
runs backwards and loses no fraction. The box answers the host's levels; the buttons are what people and bad luck do.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from ..charger import events
from ..clock import Clock, Timers
from ..facts import Fault, Pilot, Reading
from ..ids import Ids
from ..secret import Secret
from .car import PJ_PER_WH, Car
from .device import DeviceInfo, PinTyped, Surroundings
from .house import House, Mains, next_quarter

CONNECTOR = 1
FLOOR_MA = 6_000  # IEC 61851-1: no offer below 6 A exists
RAMP_STEPS = 3
BACKUP_LASTS = timedelta(milliseconds=500)
MICROSECOND = timedelta(microseconds=1)

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
    meter_type="MID class B",
    meter_serial_number="LBM-0001",
)


class Pace(Struct, frozen=True, kw_only=True):
    """How long cars and boxes take, in seconds: (at least, and up to so much more)."""

    draws: tuple[float, float] = (0.5, 2.5)  # from the offer to S2 closed
    flows: tuple[float, float] = (2, 13)  # from S2 closed to the first current
    rises_a_s: tuple[float, float] = (1, 4)  # A/s
    lets_go: tuple[float, float] = (1, 2.5)  # from the end of the offer to S2 open (3 s allowed)
    pauses: tuple[float, float] = (0.5, 1)  # a car that is full opens S2
    obeys: tuple[float, float] = (1, 3)  # a lower offer (5 s allowed)
    boots: tuple[float, float] = (3, 5)
    tells_lock: bool = False  # the lock reports that it moved, instead of only when it failed


BELIEVABLE = Pace()
# For tests of platforms: everything within a second.
QUICK = Pace(
    draws=(0.2, 0.1),
    flows=(0.1, 0.1),
    rises_a_s=(100, 0),
    lets_go=(0.2, 0.1),
    pauses=(0.1, 0.1),
    obeys=(0.1, 0.1),
    boots=(0.5, 0.2),
    tells_lock=True,
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


class Step(Struct, frozen=True):
    """What the car or the box does at an instant to come."""

    at: datetime
    draw_ma: int | None = None
    pilot: Pilot | None = None


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
        self._pace = pace
        self.info, self.car, self.house, self.backup_power = info, car, house, backup_power
        self.on_event: Callable[[events.Event | PinTyped], None] = lambda event: None
        self.powered = True
        self._failing = False  # on backup power, for a moment
        self.held = False  # the cable is locked in its socket
        self.lock_fails = False
        self.fault: Fault | None = None
        self._faulted = CONNECTOR  # where the fault is
        self._clock, self._timers, self._ids = clock, timers, ids
        self._key = ("device", name or info.serial_number)
        self._mains = Mains(ids)
        self._pilot = Pilot.A
        self._cable = False
        self._ev_ready = True
        self._offered_ma = 0
        self._draw_ma = 0
        self._slack_ma = 350
        self._flows_from: datetime | None = None  # the car's lag after C2 is over
        self._steps: deque[Step] = deque()
        self._at = clock.now()  # energy is accounted up to here
        self._register_pj = register_wh * PJ_PER_WH
        if memory is not None:
            self._remember(memory)

    # --- Device ---

    def start(self, fresh: bool) -> None:
        kind = events.DeviceBooted if fresh else events.DeviceResynced
        if self.powered:
            self.on_event(kind({CONNECTOR: self._pilot}, {CONNECTOR: self.cable}))
            if self.fault is not None:  # who starts anew has not heard of it
                self.on_event(events.FaultFound(self._faulted, self.fault))
        else:
            self.on_event(events.PowerLost())

    def readings(self, now: datetime) -> tuple[Reading, ...]:
        """None from a dark box."""
        if not self.powered:
            return ()
        self._catch_up(now)
        return (
            Reading(
                CONNECTOR,
                now,
                self._register_pj // PJ_PER_WH,
                (self._power_uw() + 500_000) // 1_000_000,
                self._currents(),
                self._mains.voltage_mv(now),
                self._offered_ma,
            ),
        )

    def set_current(self, connector_id: int, limit_ma: int) -> None:
        limit_ma = limit_ma if limit_ma >= FLOOR_MA else 0
        if not self.powered or limit_ma == self._offered_ma:
            return
        now = self._now()
        self._offered_ma = limit_ma
        self._replan(now)

    def hold_cable(self, connector_id: int, held: bool) -> None:
        if self.info.tethered or not self.powered:
            return
        if self.lock_fails:
            self.on_event(events.LockFailed(CONNECTOR))
            return
        self.held = held
        if self._pace.tells_lock:
            self.on_event(events.LockMoved(CONNECTOR))

    def reboot(self, hard: bool) -> None:
        if self.powered:
            self._go_dark(self._now())
            self._boot_later()

    # --- buttons: car and cable ---

    @property
    def cable(self) -> bool:
        """A cable is in the charger's socket; a tethered one is always there."""
        return self.info.tethered or self._cable

    @property
    def plugged(self) -> bool:
        return self._pilot is not Pilot.A

    @property
    def pilot(self) -> Pilot:
        return self._pilot

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
        if self.plugged or not self.cable:
            return
        now = self._now()
        self.car = car or self.car
        self._slack_ma = 200 + int(self._ids.below(300))
        self._set_pilot(Pilot.B1)
        self._replan(now)

    def unplug_ev_side(self) -> None:
        if self.plugged:
            now = self._now()
            self._steps.clear()
            self._set_draw(0)
            self._flows_from = None
            self._set_pilot(Pilot.A)
            self._arm(now)

    def car_changed(self) -> None:
        """Somebody changed the car itself: it reacts as its new self."""
        self._replan(self._now())

    def set_ev_ready(self, ready: bool) -> None:
        """Whether the car wants energy: its own timer, its door, its mood."""
        now = self._now()
        self._ev_ready = ready
        self._replan(now)

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
        now = self._now()
        if self.backup_power:
            self._failing = True
            self._replan(now)
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
        self._now()
        self._register_pj = register_wh * PJ_PER_WH

    def reset_meter(self) -> None:
        self.set_register(0)

    def raise_fault(self, fault: Fault, connector_id: int = CONNECTOR) -> None:
        """Connector 0: the whole box."""
        now = self._now()
        self.fault = fault
        self._faulted = connector_id
        self._report(events.FaultFound(connector_id, fault))
        self._replan(now)

    def clear_fault(self) -> None:
        now = self._now()
        if self.fault is not None:
            self.fault = None
            self._report(events.FaultGone(self._faulted))
            self._replan(now)

    def fail_lock(self, fails: bool) -> None:
        self.lock_fails = fails

    # --- what an onlooker sees ---

    def surroundings(self, now: datetime) -> Surroundings:
        self._catch_up(now)
        soc_percent = self.car.soc_percent if self.plugged else None
        if self.house is None:
            return Surroundings(soc_percent=soc_percent)
        car_w = (self._power_uw() + 500_000) // 1_000_000
        solar_w, home_w = self.house.solar_w(now), self.house.home_w(now)
        return Surroundings(home_w + car_w - solar_w, solar_w, home_w, soc_percent)

    @property
    def register_wh(self) -> int:
        """What the meter would show, also while the box is dark."""
        self._now()
        return self._register_pj // PJ_PER_WH

    def memory(self) -> Memory:
        self._now()
        return Memory(
            register_pj=self._register_pj,
            plugged=self.plugged,
            cable=self._cable,
            held=self.held,
            car_stored_pj=self.car.stored_pj,
            powered=self.powered,
            ev_ready=self._ev_ready,
            lock_fails=self.lock_fails,
            fault=self.fault,
            faulted=self._faulted,
        )

    def _remember(self, memory: Memory) -> None:
        self._register_pj, self._cable, self.held = memory.register_pj, memory.cable, memory.held
        self.car.stored_pj = memory.car_stored_pj
        self.powered, self._ev_ready, self.lock_fails = memory.powered, memory.ev_ready, memory.lock_fails
        self.fault, self._faulted = memory.fault, memory.faulted
        if memory.plugged:
            self._pilot = Pilot.B1

    # --- power ---

    @property
    def _power_key(self) -> tuple[object, ...]:
        return (*self._key, "power")

    def _lose_power(self) -> None:
        self._go_dark(self._now())
        if not self.info.keeps_register:
            self._register_pj = 0
        self.on_event(events.PowerLost())

    def _go_dark(self, now: datetime) -> None:
        self.powered = self._failing = False
        self._steps.clear()
        self._offered_ma = 0
        self._flows_from = None
        self._set_draw(0)
        if self._pilot is not Pilot.A:
            self._pilot = Pilot.B1  # what the next boot finds; a dark box reports nothing
        self._arm(now)

    def _boot_later(self) -> None:
        boot_time = self._lasts(self._pace.boots)
        self._timers.at(self._power_key, self._clock.now() + boot_time, self._booted)

    def _booted(self) -> None:
        self.powered = True
        self._replan(self._now())
        self.start(fresh=True)

    def _report(self, event: events.Event | PinTyped) -> None:
        if self.powered:
            self.on_event(event)

    # --- what the car does about the offer ---

    def _wanted_ma(self) -> int:
        """What the car would draw in the long run, per phase."""
        if not self._offered_ma or not self._wants_energy():
            return 0
        return min(self._offered_ma - self._slack_ma, self.info.max_current_ma, self.car.accepted_ma())

    def _wants_energy(self) -> bool:
        return self.plugged and self._ev_ready and not self.car.full

    def _closed(self) -> bool:
        return self.powered and not self._failing and (self.fault is None or self.fault not in OPENS_CONTACTOR)

    def _replan(self, now: datetime) -> None:
        """Something that car or box react to has changed: say what they do next, and when."""
        self._steps.clear()
        if not self._closed():
            self._set_draw(0)
            self._flows_from = None
        if self.plugged and not self._failing and (self._closed() or not self._offered_ma):
            self._plan(now)
        self._arm(now)

    def _plan(self, now: datetime) -> None:
        wanted = self._wanted_ma()
        if not self._offered_ma:
            if self._pilot in (Pilot.C1, Pilot.C2):  # PWM ends; the car must let go within 3 s, then opens S2
                self._set_pilot(Pilot.C1)
                self._flows_from = None
                self._later(now, self._pace.lets_go, Step(now, 0, Pilot.B1))
            else:
                self._set_pilot(Pilot.B1)
        elif wanted == 0:
            if self._pilot is Pilot.C2:
                self._flows_from = None
                self._later(now, self._pace.pauses, Step(now, 0, Pilot.B2))
            else:
                self._set_pilot(Pilot.B2)
        elif self._pilot is Pilot.C2 or self._pilot is Pilot.C1:
            self._set_pilot(Pilot.C2)
            self._plan_current(now, wanted)
        else:
            self._set_pilot(Pilot.B2)
            self._later(now, self._pace.draws, Step(now, None, Pilot.C2))

    def _plan_current(self, now: datetime, wanted: int) -> None:
        if wanted <= self._draw_ma:
            # A lower offer binds within 5 s; a car that accepts less just does.
            if self._draw_ma > self._offered_ma:
                self._later(now, self._pace.obeys, Step(now, wanted))
            else:
                self._set_draw(wanted)
            return
        if self._flows_from is None:
            self._flows_from = now + self._lasts(self._pace.flows)
        begins = max(self._flows_from, now + timedelta(seconds=self._ids.below(1)))
        rise_ma = wanted - self._draw_ma
        slowest, spread = self._pace.rises_a_s
        seconds = rise_ma / 1000 / (slowest + self._ids.below(spread))
        for step in range(1, RAMP_STEPS + 1):
            at = begins + timedelta(seconds=seconds * (step - 1) / RAMP_STEPS)
            self._steps.append(Step(at, self._draw_ma + rise_ma * step // RAMP_STEPS))

    def _later(self, now: datetime, lag: tuple[float, float], step: Step) -> None:
        self._steps.append(Step(now + self._lasts(lag), step.draw_ma, step.pilot))

    def _lasts(self, lag: tuple[float, float]) -> timedelta:
        at_least_s, spread_s = lag
        return timedelta(seconds=at_least_s + self._ids.below(spread_s))

    def _set_pilot(self, pilot: Pilot) -> None:
        if pilot is not self._pilot:
            self._pilot = pilot
            self._report(events.PilotChanged(CONNECTOR, pilot))

    def _set_draw(self, draw_ma: int) -> None:
        self._draw_ma = draw_ma

    # --- time ---

    def _now(self) -> datetime:
        now = self._clock.now()
        self._catch_up(now)
        return now

    def _catch_up(self, now: datetime) -> None:
        """Live through everything up to `now`, each change at its own instant."""
        while (due := self._next_change()) is not None and due <= now:
            self._account(due)
            if self._steps and self._steps[0].at <= due:
                self._do(self._steps.popleft(), due)
            elif not self._steps and self._draw_ma > self.car.accepted_ma():
                self._replan(due)
        self._account(now)

    def _do(self, step: Step, now: datetime) -> None:
        if step.draw_ma is not None:
            self._set_draw(step.draw_ma)
        if step.pilot is not None:
            self._set_pilot(step.pilot)
            if step.pilot is Pilot.C2:
                self._replan(now)

    def _next_change(self) -> datetime | None:
        """The next step, or while current flows the next change of voltage or of what the car accepts."""
        changes = [self._steps[0].at] if self._steps else []
        if self._draw_ma:
            changes.append(next_quarter(self._at))
            if not self.car.full:
                changes.append(self._at + -(-self.car.wall_pj_to_next_step() // self._power_uw()) * MICROSECOND)
        return min(changes, default=None)

    def _account(self, until: datetime) -> None:
        if until > self._at:
            if self._draw_ma:
                flowed_pj = self._power_uw() * ((until - self._at) // MICROSECOND)
                self._register_pj += flowed_pj
                self.car.charge(flowed_pj)
            self._at = until

    def _currents(self) -> tuple[int, int, int]:
        draw_ma = self._draw_ma
        return (draw_ma, draw_ma, draw_ma) if self._phases() == 3 else (draw_ma, draw_ma * (self._phases() == 2), 0)

    def _phases(self) -> int:
        return min(self.info.phases, self.car.phases)

    def _power_uw(self) -> int:
        """Exact: mV × mA. Constant until the next change."""
        if not self._draw_ma:
            return 0
        return self._draw_ma * sum(self._mains.voltage_mv(self._at)[: self._phases()])

    def _arm(self, now: datetime) -> None:
        due = self._next_change()
        if due is None:
            self._timers.cancel(self._key)
        else:
            self._timers.at(self._key, due, self._wake)

    def _wake(self) -> None:
        self._arm(self._now())
