"""The baseline: evcc's rules for surplus charging and price plans, as its documentation describes them. Not our law.

Every 30 s: the target is what is drawn (at most 2 A below the offer) plus the surplus, cut to whole amperes. Charging
starts when the target was at least 6 A for 60 s and stops when it was below for 180 s; meanwhile it is 6 A. From three
phases to one when three cannot have 6 A for 180 s (at once when idle), back when one would have more than its most and
three at least 6 A for 60 s; after that nothing is measured for 60 s. A plan takes the cheapest quarter-hours until the
departure, of equal ones the later; prices that are not out yet are waited for as long as there is time behind them.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from ...energy.quarters import QUARTER, at_or_before
from ...energy.tariff import Price
from ...supply import FLOOR_MA, GridReading

INTERVAL = timedelta(seconds=30)
ENABLE, DISABLE = timedelta(seconds=60), timedelta(seconds=180)
SCALE_UP, SCALE_DOWN, GUARD = timedelta(seconds=60), timedelta(seconds=180), timedelta(seconds=60)
HEADROOM_MA = 2_000
NOMINAL_V = 230


class Wish(Struct, frozen=True):
    """So much by then."""

    energy_wh: int
    ready_by: datetime


class Seen(Struct, frozen=True, kw_only=True):
    """What a loadpoint sees of its car."""

    power_w: int
    current_ma: int  # of its busiest phase
    phases: int  # that the car draws from; 0: it does not draw
    left_wh: int = 0  # of its wish


class Loadpoint:
    """One charger under the baseline's rules. `offer` is (mA per phase, phases)."""

    def __init__(self, *, most_ma: int, phases: int, switches: bool, ready_by: datetime | None) -> None:
        self.offered_ma, self.phases = 0, phases
        self._most_ma, self._switches, self._ready_by = most_ma, switches, ready_by
        self._widest = phases
        self._since: dict[str, datetime] = {}  # what has held since when
        self._deaf_until: datetime | None = None
        self._slots: frozenset[datetime] = frozenset()
        self._planned_at: datetime | None = None

    def step(self, now: datetime, site_w: int, seen: Seen, prices: tuple[Price, ...]) -> tuple[int, int]:
        """The next offer. `site_w`: + import, the battery's share added or taken."""
        if self._by_plan(now, seen, prices):
            self._since.clear()
            self.offered_ma, self.phases = self._most_ma, self._widest
        elif self._deaf_until is None or now >= self._deaf_until:
            self._follow(now, site_w, seen)
        return self.offered_ma, self.phases

    def within(self, headroom_ma: int) -> tuple[int, int]:
        """What the fuse leaves of it."""
        limit_ma = min(self.offered_ma, headroom_ma)
        self.offered_ma = limit_ma if limit_ma >= FLOOR_MA else 0
        return self.offered_ma, self.phases

    def _follow(self, now: datetime, site_w: int, seen: Seen) -> None:
        if self._switches and self._scaled(now, seen.power_w - site_w):
            self._deaf_until = now + GUARD
            self.offered_ma = min(self.offered_ma, self._most_ma)
            return
        active = seen.phases or self.phases
        drawn_ma = min(seen.current_ma + HEADROOM_MA, self.offered_ma) if seen.phases else self.offered_ma
        target_ma = drawn_ma - site_w * 1_000 // (NOMINAL_V * active)
        target_ma = min(target_ma, self._most_ma) // 1_000 * 1_000
        if self.offered_ma:
            self._go_on(now, target_ma)
        elif self._held(now, "enable", target_ma >= FLOOR_MA, ENABLE):
            self._since.clear()
            self.offered_ma = target_ma

    def _go_on(self, now: datetime, target_ma: int) -> None:
        stop = self._held(now, "disable", target_ma < FLOOR_MA, DISABLE)
        self.offered_ma = 0 if stop else max(FLOOR_MA, target_ma)

    def _scaled(self, now: datetime, available_w: int) -> bool:
        """Whether the number of phases changed."""
        floor_w = FLOOR_MA * NOMINAL_V // 1_000
        short = self.phases == 3 and available_w < 3 * floor_w
        plenty = self.phases == 1 and available_w > self._most_ma * NOMINAL_V // 1_000 and available_w >= 3 * floor_w
        if self._held(now, "down", short, SCALE_DOWN if self.offered_ma else timedelta()):
            self.phases = 1
        elif self._widest == 3 and self._held(now, "up", plenty, SCALE_UP if self.offered_ma else timedelta()):
            self.phases = 3
        else:
            return False
        self._since.clear()
        return True

    def _held(self, now: datetime, what: str, holds: bool, for_long: timedelta) -> bool:
        if not holds:
            self._since.pop(what, None)
            return False
        return now - self._since.setdefault(what, now) >= for_long

    # --- the plan ---

    def _by_plan(self, now: datetime, seen: Seen, prices: tuple[Price, ...]) -> bool:
        if self._ready_by is None or seen.left_wh <= 0 or now >= self._ready_by:
            return False
        if self._planned_at is None or now - self._planned_at >= QUARTER or at_or_before(now) > self._planned_at:
            self._planned_at = now
            self._slots = self._cheapest(now, Wish(seen.left_wh, self._ready_by), prices)
        return at_or_before(now) in self._slots

    def _cheapest(self, now: datetime, wish: Wish, prices: tuple[Price, ...]) -> frozenset[datetime]:
        full_w = self._most_ma * NOMINAL_V * self._widest // 1_000
        needed = timedelta(hours=wish.energy_wh / full_w)
        known = [price for price in prices if at_or_before(now) <= price.starts_at < wish.ready_by]
        known_until = known[-1].starts_at + QUARTER if known else now
        needed -= max(timedelta(), wish.ready_by - known_until)
        count = max(0, -(-needed // QUARTER))
        if count >= len(known) and needed > timedelta():
            return frozenset({at_or_before(now)} | {price.starts_at for price in known})
        ranked = sorted(known, key=lambda price: (price.import_micro, -price.starts_at.timestamp()))
        return frozenset(price.starts_at for price in ranked[:count])


def site_power_w(reading: GridReading, priority_soc: int) -> int:
    """+ import. What charges the battery is free for the car once the battery has its part."""
    battery_w = reading.battery_w or 0
    if battery_w < 0 and (reading.battery_soc_percent or 0) < priority_soc:
        battery_w = 0
    return reading.power_w + battery_w
