"""An electric car: how much it holds, how much it takes, when it is full. No clock: its charger moves it on.

Up to 80 % it takes what is offered. Above, what it accepts falls in steps of 2 % along a straight line to 1.4 kW: a
car of 58 kWh at 11 kW needs about 4 h and 25.8 kWh from the wall for 60 to 100 %. All amounts are integers, so
that every run gives the same ones: energy in picojoule = microwatt × microsecond.
"""

from .quirks import Quirks

PJ_PER_WH = 3_600_000_000_000_000
TAPER_FROM_PERCENT, TAPER_STEP_PERCENT = 80, 2
TAPER_END_W = 1_400
NOMINAL_V = 230
EFFICIENCY_PERMILLE = 900  # of on-board charger and battery
RESERVE_PERCENT = 3  # nobody drives a car flat


class Car:
    """A battery on wheels. `stored_pj` is net of losses."""

    def __init__(
        self,
        *,
        capacity_wh: int = 58_000,
        soc_percent: int = 50,
        phases: int = 3,
        max_current_ma: int = 16_000,
        limit_percent: int = 100,
        least_ma: int = 0,
        quirks: Quirks | None = None,
    ) -> None:
        self.capacity_pj = capacity_wh * PJ_PER_WH
        self.stored_pj = self.capacity_pj * soc_percent // 100
        self.phases, self.max_current_ma, self.limit_percent = phases, max_current_ma, limit_percent
        self.least_ma = least_ma  # offered less, it draws nothing: some need 8 A
        self.quirks = quirks or Quirks()
        self._carry = 0  # thousandths of a picojoule

    @property
    def soc_percent(self) -> int:
        """What its display shows."""
        return self.stored_pj * 100 // self.capacity_pj

    @property
    def full(self) -> bool:
        return self.stored_pj >= self.capacity_pj * self.limit_percent // 100

    def drive(self, kwh: float) -> float:
        """Use up energy; return what the battery could give of it, in kWh."""
        reserve = self.capacity_pj * RESERVE_PERCENT // 100
        wanted = round(kwh * 1000) * PJ_PER_WH
        used = max(0, min(wanted, self.stored_pj - reserve))
        self.stored_pj -= used
        return used / PJ_PER_WH / 1000

    def set_capacity(self, capacity_wh: int) -> None:
        """Another battery, as full as the old one was in percent."""
        percent = self.soc_percent
        self.capacity_pj = capacity_wh * PJ_PER_WH
        self.set_soc(percent)

    def set_soc(self, percent: int) -> None:
        self.stored_pj = self.capacity_pj * percent // 100

    def charge(self, wall_pj: int) -> None:
        """Take in what flowed through the meter."""
        gained = wall_pj * EFFICIENCY_PERMILLE + self._carry
        self.stored_pj += gained // 1000
        self._carry = gained % 1000

    def accepted_ma(self) -> int:
        """The most that it would draw now, per phase."""
        if self.full:
            return 0
        soc = self.stored_pj * 100 // self.capacity_pj
        if soc < TAPER_FROM_PERCENT:
            return self.max_current_ma
        middle = soc - (soc - TAPER_FROM_PERCENT) % TAPER_STEP_PERCENT + TAPER_STEP_PERCENT / 2
        end_ma = min(self.max_current_ma, TAPER_END_W * 1000 // (NOMINAL_V * self.phases))
        above = (middle - TAPER_FROM_PERCENT) / (100 - TAPER_FROM_PERCENT)
        return round(self.max_current_ma - (self.max_current_ma - end_ma) * above)

    def wall_pj_to_next_step(self) -> int:
        """What may flow through the meter before the car accepts less, or is full."""
        soc = self.stored_pj * 100 // self.capacity_pj
        if soc < TAPER_FROM_PERCENT:
            next_percent = TAPER_FROM_PERCENT
        else:
            next_percent = soc - (soc - TAPER_FROM_PERCENT) % TAPER_STEP_PERCENT + TAPER_STEP_PERCENT
        missing = self.capacity_pj * min(next_percent, self.limit_percent) // 100 - self.stored_pj
        return max(1, -(-missing * 1000 // EFFICIENCY_PERMILLE))
