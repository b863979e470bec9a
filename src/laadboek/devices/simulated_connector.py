"""A simulated connector: contactor, meter, and the car on the cable with what it does about the offer (IEC 61851-1).

Nothing happens between its deadlines. Between two changes the current is constant and energy is a product of integers,
so the register is exact: it never runs backwards and loses no fraction.
"""

from collections import deque
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from enum import Enum, auto

from msgspec import Struct

from ..clock import Clock, Timers
from ..facts import Pilot, Reading
from ..ids import Ids
from .car import PJ_PER_WH, Car
from .device import DeviceInfo
from .house import Mains, next_quarter
from .pace import Pace
from .quirks import Mood

RAMP_STEPS = 3
SWITCHING = timedelta(seconds=8)  # phases change without load: the offer ends, contactors move, a new one begins
MICROSECOND = timedelta(microseconds=1)


class Supply(Enum):
    """What the box gives its connector."""

    MAINS = auto()
    NONE = auto()  # dark, or a fault keeps the contactor open
    BACKUP = auto()  # the mains failed a moment ago: the contactor opens, nothing new is begun


class Step(Struct, frozen=True):
    """What the car or the box does at an instant to come."""

    at: datetime
    draw_ma: int | None = None
    pilot: Pilot | None = None


class Offer(Struct, frozen=True):
    """So much per phase, on so many phases; `at`: when contactors have moved."""

    at: datetime
    limit_ma: int
    phases: int


class SimulatedConnector:
    """The box says what it supplies and offers; the car follows in its own time."""

    def __init__(
        self,
        info: DeviceInfo,
        car: Car,
        pace: Pace,
        *,
        clock: Clock,
        timers: Timers,
        ids: Ids,
        key: Hashable,
        supply: Callable[[], Supply],
        on_pilot: Callable[[Pilot], None],
    ) -> None:
        self.car = car
        self.pilot = Pilot.A
        self.ev_ready = True
        self.offered_ma = 0
        self.offered_phases = info.phases
        self._switching_to: Offer | None = None
        self.register_pj = 0
        self._info, self._pace, self._supply, self._on_pilot = info, pace, supply, on_pilot
        self._clock, self._timers, self._ids, self._key = clock, timers, ids, key
        self._mains = Mains(ids)
        self._draw_ma = 0
        self._slack_ma = 350  # how far below the offer this car stays
        self._wants_at: datetime | None = None  # when the car stops refusing by itself
        self._flows_from: datetime | None = None  # the car's lag after C2 is over
        self._steps: deque[Step] = deque()
        self._at = clock.now()  # energy is accounted up to here
        self._mood = Mood(car.quirks, self._at)

    # --- what the box and people do ---

    @property
    def plugged(self) -> bool:
        return self.pilot is not Pilot.A

    def plug(self, car: Car) -> None:
        now = self.now()
        self.car = car
        self._slack_ma = 200 + int(self._ids.below(300))
        self._mood = Mood(car.quirks, now)
        self._mood.offered(self.offered_ma > 0, now)
        self._set_pilot(Pilot.B1)
        self.replan(now)

    def unplug(self) -> None:
        self.now()
        self._halt()
        self._set_pilot(Pilot.A)
        self._arm()

    def offer(self, limit_ma: int, phases: int) -> None:
        now = self.now()
        switching = self._switching_to
        if limit_ma and switching is not None:
            self._switching_to = Offer(switching.at, limit_ma, phases)
            return
        if limit_ma and self.offered_ma and phases != self.offered_phases:
            self._switching_to = Offer(now + SWITCHING, limit_ma, phases)
            self.offered_ma = 0
        else:
            self._switching_to = None
            self.offered_ma, self.offered_phases = limit_ma, phases
        self._mood.offered(self.offered_ma > 0, now)
        self.replan(now)

    def offers(self, limit_ma: int, phases: int) -> bool:
        """Whether this is what is offered, or will be once contactors have moved."""
        switching = self._switching_to
        if switching is not None:
            return (switching.limit_ma, switching.phases) == (limit_ma, phases)
        return self.offered_ma == limit_ma and (not limit_ma or self.offered_phases == phases)

    def set_ev_ready(self, ready: bool) -> None:
        now = self.now()
        self.ev_ready = ready
        self.replan(now)

    def set_register(self, register_wh: int) -> None:
        self.now()
        self.register_pj = register_wh * PJ_PER_WH

    def go_dark(self) -> None:
        """Nothing flows any more, and no pilot is reported that changes by it."""
        self.now()
        self._halt()
        self.offered_ma, self._switching_to = 0, None
        self._mood.offered(False, self._at)
        if self.plugged:
            self.pilot = Pilot.B1  # what the next boot finds
        self._arm()

    # --- what the meter shows ---

    def reading(self, connector_id: int, now: datetime) -> Reading:
        self.catch_up(now)
        voltage_mv = self._mains.voltage_mv(now)
        return Reading(connector_id, now, self.register_wh, self.power_w, self._currents(), voltage_mv, self.offered_ma)

    @property
    def register_wh(self) -> int:
        return self.register_pj // PJ_PER_WH

    @property
    def power_w(self) -> int:
        return (self._power_uw() + 500_000) // 1_000_000

    def _currents(self) -> tuple[int, int, int]:
        draw_ma = self._draw_ma
        return (draw_ma, draw_ma, draw_ma) if self._phases() == 3 else (draw_ma, draw_ma * (self._phases() == 2), 0)

    def _phases(self) -> int:
        return min(self._info.phases, self.car.phases, self.offered_phases)

    def _power_uw(self) -> int:
        """Exact: mV × mA. Constant until the next change."""
        if not self._draw_ma:
            return 0
        return self._draw_ma * sum(self._mains.voltage_mv(self._at)[: self._phases()])

    # --- what the car does about the offer ---

    def replan(self, now: datetime) -> None:
        """Something that car or box react to has changed: say what they do next, and when."""
        self._steps.clear()
        self._wants_at = self._mood.next_at(now) if self.plugged else None
        supply = self._supply()
        if supply is not Supply.MAINS:
            self._halt()
        if self.plugged and (supply is Supply.MAINS or (supply is Supply.NONE and not self.offered_ma)):
            self._plan(now)
        self._arm()

    def _halt(self) -> None:
        self._steps.clear()
        self._draw_ma = 0
        self._flows_from = None

    def _wanted_ma(self, now: datetime) -> int:
        """What the car would draw in the long run, per phase."""
        if not self.offered_ma or not self.ev_ready or self.car.full or self._mood.refuses(now):
            return 0
        drawn_ma = self._mood.drawn_ma(self.offered_ma, self._slack_ma)
        most_ma = min(drawn_ma, self._info.max_current_ma, self.car.accepted_ma())
        return most_ma if self.offered_ma >= self.car.least_ma else 0

    def _plan(self, now: datetime) -> None:
        wanted = self._wanted_ma(now)
        if not self.offered_ma:
            if self.pilot in (Pilot.C1, Pilot.C2):  # PWM ends; the car must let go within 3 s, then opens S2
                self._set_pilot(Pilot.C1)
                self._flows_from = None
                self._steps.append(Step(now + self.lasts(self._pace.lets_go), 0, Pilot.B1))
            else:
                self._set_pilot(Pilot.B1)
        elif wanted == 0:
            if self.pilot is Pilot.C2:
                self._flows_from = None
                self._steps.append(Step(now + self.lasts(self._pace.pauses), 0, Pilot.B2))
            else:
                self._set_pilot(Pilot.B2)
        elif self.pilot is Pilot.C2 or self.pilot is Pilot.C1:
            self._set_pilot(Pilot.C2)
            self._plan_current(now, wanted)
        else:
            self._set_pilot(Pilot.B2)
            self._steps.append(Step(now + self.lasts(self._pace.draws), None, Pilot.C2))

    def _plan_current(self, now: datetime, wanted: int) -> None:
        if wanted <= self._draw_ma:
            # A lower offer binds within 5 s; a car that accepts less just does.
            if self._draw_ma > self.offered_ma:
                self._steps.append(Step(now + self.lasts(self._pace.obeys), wanted))
            else:
                self._draw_ma = wanted
            return
        if self._flows_from is None:
            self._flows_from = now + self.lasts(self._pace.flows)
        begins = max(self._flows_from, now + timedelta(seconds=self._ids.below(1)))
        rise_ma = wanted - self._draw_ma
        slowest, spread = self._pace.rises_a_s
        seconds = rise_ma / 1000 / (slowest + self._ids.below(spread))
        for step in range(1, RAMP_STEPS + 1):
            at = begins + timedelta(seconds=seconds * (step - 1) / RAMP_STEPS)
            self._steps.append(Step(at, self._draw_ma + rise_ma * step // RAMP_STEPS))

    def lasts(self, lag: tuple[float, float]) -> timedelta:
        """How long it takes this time."""
        at_least_s, spread_s = lag
        return timedelta(seconds=at_least_s + self._ids.below(spread_s))

    def _set_pilot(self, pilot: Pilot) -> None:
        if pilot is not self.pilot:
            self.pilot = pilot
            self._on_pilot(pilot)

    # --- time ---

    def now(self) -> datetime:
        now = self._clock.now()
        self.catch_up(now)
        return now

    def catch_up(self, now: datetime) -> None:
        """Live through everything up to `now`, each change at its own instant."""
        if now == self._at and not self._steps and self._switching_to is None and self._wants_at is None:
            return  # nobody's meter moves within an instant
        while (due := self._next_change()) is not None and due <= now:
            self._account(due)
            if self._switching_to is not None and self._switching_to.at <= due:
                self._switched(self._switching_to)
            elif self._steps and self._steps[0].at <= due:
                self._do(self._steps.popleft(), due)
            elif self._wants_at == due or (not self._steps and self._draw_ma > self.car.accepted_ma()):
                self.replan(due)
        self._account(now)

    def _switched(self, to: Offer) -> None:
        self._switching_to = None
        self.offered_ma, self.offered_phases = to.limit_ma, to.phases
        self._mood.offered(True, to.at)
        self._mood.switched(to.at)
        self.replan(to.at)

    def _do(self, step: Step, now: datetime) -> None:
        if step.draw_ma is not None:
            self._draw_ma = step.draw_ma
        if step.pilot is not None:
            self._set_pilot(step.pilot)
            if step.pilot is Pilot.C2:
                self.replan(now)

    def _next_change(self) -> datetime | None:
        """The next step, switch, or while current flows the next change of voltage or of what the car accepts."""
        changes = [self._steps[0].at] if self._steps else []
        changes += [] if self._switching_to is None else [self._switching_to.at]
        changes += [] if self._wants_at is None else [self._wants_at]
        if self._draw_ma:
            changes.append(next_quarter(self._at))
            if not self.car.full:
                changes.append(self._at + -(-self.car.wall_pj_to_next_step() // self._power_uw()) * MICROSECOND)
        return min(changes, default=None)

    def _account(self, until: datetime) -> None:
        if until > self._at:
            if self._draw_ma:
                flowed_pj = self._power_uw() * ((until - self._at) // MICROSECOND)
                self.register_pj += flowed_pj
                self.car.charge(flowed_pj)
            self._at = until

    def _arm(self) -> None:
        due = self._next_change()
        if due is None:
            self._timers.cancel(self._key)
        else:
            self._timers.at(self._key, due, self._wake)

    def _wake(self) -> None:
        self.now()
        self._arm()
