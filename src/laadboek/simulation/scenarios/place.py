"""The place where a scenario happens: boxes with cars, house, roof, battery, meter, and the accounts of all of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from ...clock import EPOCH, to_us
from ...devices.car import PJ_PER_WH, Car
from ...devices.simulated import SIMULATED_BOX, SimulatedCharger
from ...energy.quarters import QUARTER, after
from ...energy.tariff import Price, prices
from ...energy.zones import local_day
from ...facts import Reading
from ...supply import GridReading
from ..world import HeapTimers, World
from .scenario import HomeBattery, Scenario, Stay, Vehicle
from .score import MJ_PER_WH, Accounts

CONNECTOR = 1
NOMINAL_V = 230
PJ_PER_MJ = PJ_PER_WH // MJ_PER_WH
SWITCH_WITHIN = timedelta(minutes=3)  # an offer that comes back so soon on other phases goes on: no start
FUSE_BEARS = timedelta(minutes=1)  # so long above its limit it holds for sure
GRID_PHASES = "RST"


class Stand:
    """One charger, who hangs there, and what a neighbour would count."""

    def __init__(self, world: World, name: str, accounts: Accounts, zone: str) -> None:
        self.name, self._world, self._accounts, self._zone = name, world, accounts, zone
        self.box = SimulatedCharger(
            SIMULATED_BOX, car=Car(), clock=world.clock, timers=HeapTimers(world), ids=world.ids(name), name=name
        )
        self.stay: Stay | None = None
        self.on_offer: Callable[[], None] = lambda: None
        self._counted_pj = self._since_wh = self.wanted_wh = 0
        self.offers = False
        self._phases: int | None = None  # of the last offer in this stay
        self._ended_at = EPOCH

    @property
    def reading(self) -> Reading:
        return self.box.readings(self._world.now)[0]

    def offer(self, limit_ma: int, phases: int) -> None:
        now = self._world.now
        if limit_ma and self.stay is not None:
            switched = self._phases not in (None, phases)
            if switched:
                self._accounts.switches[local_day(now, self._zone)] += 1
            if not self.offers:
                self.on_offer()
            if not self.offers and not (switched and now - self._ended_at <= SWITCH_WITHIN):
                self._accounts.starts += 1
            self._phases = phases
        elif self.offers:
            self._ended_at = now
        self.offers = limit_ma > 0
        self.box.set_current(CONNECTOR, limit_ma, phases)

    def flowed_mj(self) -> int:
        """Since one asked last."""
        flowed_pj = self.box.register_pj - self._counted_pj
        self._counted_pj += flowed_pj // PJ_PER_MJ * PJ_PER_MJ
        return flowed_pj // PJ_PER_MJ

    def arrive(self, stay: Stay, car: Car) -> None:
        car.drive(stay.drove_wh / 1_000)
        self.stay, self._phases, self._since_wh = stay, None, self.box.register_wh
        self.wanted_wh = missing_wh(car, stay.goal_percent)
        self.box.plug_in(car)

    def leave(self) -> None:
        self._accounts.departed(self.left_wh())
        self.box.unplug()
        self.stay, self.offers = None, False

    def left_wh(self) -> int:
        """What its driver still misses, at the meter."""
        return max(0, self.wanted_wh - (self.box.register_wh - self._since_wh))


def missing_wh(car: Car, goal_percent: int | None) -> int:
    """At the meter, losses included."""
    if goal_percent is None:
        return 0
    missing_pj = car.capacity_pj * min(goal_percent, car.limit_percent) // 100 - car.stored_pj
    return max(0, missing_pj * 10 // 9 // PJ_PER_WH)


class Place:
    """Lives through house, roof and battery, and shows them on a meter (`GridMeter`)."""

    def __init__(self, scenario: Scenario, seed: int | str) -> None:
        self.scenario, self.world = scenario, World(scenario.start, seed)
        self.accounts = Accounts(_priced(scenario))
        self.cars = {vehicle.name: _car(vehicle) for vehicle in scenario.vehicles}
        names = sorted({stay.box for stay in scenario.stays})
        self.stands = {name: Stand(self.world, name, self.accounts, scenario.zone) for name in names}
        for stand in self.stands.values():
            stand.on_offer = self._look_closely
        self._rotations = {member.charger_id: member.rotation for member in scenario.site.members}
        self._battery_mj = _stored_mj(scenario.battery)
        self.battery_w = 0
        self._settled_at = scenario.start
        self._over_since: datetime | None = None
        self.on_arrival: Callable[[Stand], None] = lambda stand: None
        for stay in scenario.stays:
            self.world.at(stay.arrives, partial(self._arrives, stay))
            self.world.at(stay.leaves, partial(self._leaves, stay))
        self._next_step = self.world.at(scenario.start, self._step)

    def run(self) -> None:
        self.world.run(self.scenario.until)
        self._settle()
        for stand in self.stands.values():
            if stand.stay is not None:
                stand.leave()

    @property
    def busy(self) -> bool:
        """Somebody's car may draw."""
        return any(stand.offers for stand in self.stands.values())

    # --- the meter ---

    def read(self, now: datetime) -> GridReading:
        readings = {name: stand.reading for name, stand in self.stands.items()}
        house_w, solar_w = self.scenario.house_w(now) + _flicker_w(now), self.scenario.roof_w(now)
        rest_w = house_w - solar_w + sum(reading.power_w for reading in readings.values())
        battery = self.scenario.battery
        self.battery_w = battery_w = 0 if battery is None else self._battery_does(battery, rest_w)
        return GridReading(
            taken_at=now,
            power_w=rest_w - battery_w,
            current_ma=self._currents(readings, house_w, solar_w + battery_w),
            solar_w=solar_w,
            battery_w=None if battery is None else battery_w,
            battery_soc_percent=None if battery is None else self._soc(battery),
        )

    def _currents(self, readings: dict[str, Reading], house_w: int, made_w: int) -> tuple[int, int, int]:
        """The house on its wires, roof and battery on all three phases."""
        found = {
            phase: (house_w * percent * 10 - made_w * 1_000 // 3) // NOMINAL_V
            for phase, percent in zip(GRID_PHASES, self.scenario.wired, strict=True)
        }
        for name, reading in readings.items():
            for phase, current_ma in zip(self._rotations.get(name, GRID_PHASES), reading.current_ma, strict=True):
                found[phase] += current_ma
        r_ma, s_ma, t_ma = (found[phase] for phase in GRID_PHASES)
        return r_ma, s_ma, t_ma

    def _battery_does(self, battery: HomeBattery, rest_w: int) -> int:
        if rest_w < 0 and self._battery_mj < battery.capacity_wh * MJ_PER_WH:
            return max(rest_w, -battery.power_w)
        return min(rest_w, battery.power_w) if rest_w > 0 and self._battery_mj > 0 else 0

    def _soc(self, battery: HomeBattery) -> int:
        return min(100, max(0, self._battery_mj * 100 // (battery.capacity_wh * MJ_PER_WH)))

    # --- time ---

    def _step(self) -> None:
        self._settle()
        now = self.world.now
        if self.busy:
            self._watch_fuse(now)
        step = timedelta(seconds=self.scenario.step_s) if self.busy else QUARTER
        self._next_step = self.world.at(min(now + step, after(now)), self._step)

    def _settle(self) -> None:
        """Account for what flowed until now."""
        now = self.world.now
        seconds = (now - self._settled_at).total_seconds()
        if not seconds:
            return
        middle = self._settled_at + (now - self._settled_at) / 2
        car_mj = sum(stand.flowed_mj() for stand in self.stands.values())
        roof_w, house_w = self.scenario.roof_w(middle), self.scenario.house_w(middle)
        if self.scenario.battery is not None:
            self.battery_w = self._battery_does(self.scenario.battery, house_w - roof_w + round(car_mj / seconds / 1e3))
            self._battery_mj -= round(self.battery_w * seconds * 1_000)
        self.accounts.flowed(self._settled_at, seconds, car_mj, roof_w, house_w, self.battery_w)
        self._settled_at = now

    def _watch_fuse(self, now: datetime) -> None:
        """Count the looks at which a phase was above the main fuse for longer than it bears."""
        main = next((circuit for circuit in self.scenario.site.circuits if circuit.parent is None), None)
        currents = self.read(now).current_ma
        if main is None or currents is None or max(currents) <= main.limit_ma:
            self._over_since = None
        elif self._over_since is None:
            self._over_since = now
        elif now - self._over_since > FUSE_BEARS:
            self.accounts.fuse_trips += 1

    # --- people ---

    def _arrives(self, stay: Stay) -> None:
        self._settle()
        stand = self.stands[stay.box]
        if stand.stay is not None:
            stand.leave()
        stand.arrive(stay, self.cars[stay.car])
        self.on_arrival(stand)

    def _look_closely(self) -> None:
        """The next step may have been a quarter-hour away."""
        self._next_step.fire = None
        self._next_step = self.world.at(self.world.now, self._step)

    def _leaves(self, stay: Stay) -> None:
        self._settle()
        stand = self.stands[stay.box]
        if stand.stay is stay:
            stand.leave()


def _flicker_w(now: datetime) -> int:
    """No house stands still: a few watts that change with every look."""
    return (to_us(now) // 1_000_000 * 7_919) % 23 - 11


def _car(vehicle: Vehicle) -> Car:
    return Car(
        capacity_wh=vehicle.capacity_wh,
        soc_percent=vehicle.soc_percent,
        phases=vehicle.phases,
        max_current_ma=vehicle.max_current_ma,
        limit_percent=vehicle.limit_percent,
        least_ma=vehicle.least_ma,
    )


def _stored_mj(battery: HomeBattery | None) -> int:
    return 0 if battery is None else battery.capacity_wh * MJ_PER_WH * battery.soc_percent // 100


def _priced(scenario: Scenario) -> dict[datetime, Price]:
    site = scenario.site
    if site.contract is None:
        return {}
    table = prices(
        site.contract, scenario.spots, scenario.start, scenario.until, zone=scenario.zone, country=site.country
    )
    return {price.starts_at: price for price in table}
