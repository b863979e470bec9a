"""Who paid what and from where the energy came: accounts, kept between two instants, and the score at their end.

The house is served by its roof first; a car gets the rest. What a car takes of it costs the feed-in that it replaces.
"""

from collections import Counter
from datetime import date, datetime

from msgspec import Struct

from ...energy.money import divide
from ...energy.quarters import at_or_before
from ...energy.tariff import Price

MJ_PER_WH = 3_600_000
MICRO_PER_CENT = 10_000
SHORT_WH = 1_000


class Score(Struct, frozen=True, kw_only=True):
    """One scenario under one policy. Money in cents of the contract's currency."""

    scenario: str
    policy: str
    charged_wh: int  # through the cars' meters
    car_import_wh: int  # thereof from the grid
    import_wh: int  # of the whole home
    export_wh: int
    self_consumption_percent: float  # of the roof's energy, used at home
    cost_cents: int  # of what the cars took, lost feed-in included
    cents_per_kwh: float
    starts: int
    phase_switches: int
    most_switches_a_day: int
    unmet_wh: int  # missing at departures
    short_departures: int  # at which more than a kilowatt-hour was missing
    fuse_trips: int  # looks at which a phase was above its fuse for longer than a minute

    @property
    def car_import_percent(self) -> float:
        return round(100 * self.car_import_wh / self.charged_wh, 2) if self.charged_wh else 0.0


class Accounts:
    """Adds up, in millijoules and micro-money × millijoules, what flowed between two instants."""

    def __init__(self, prices: dict[datetime, Price]) -> None:
        self._prices = prices
        self.charged = self.car_import = self.imported = self.exported = self.roof = 0
        self._cost = 0  # micro per kWh × mJ
        self.starts = 0
        self.switches: Counter[date] = Counter()  # by local day
        self.unmet_wh = self.short_departures = self.fuse_trips = 0

    def flowed(self, since: datetime, seconds: float, car_mj: int, roof_w: int, house_w: int, battery_w: int) -> None:
        """W on average; + battery = discharge. Between two quarter-hour boundaries."""
        ms = round(seconds * 1_000)
        roof, rest = roof_w * ms, (roof_w + battery_w - house_w) * ms
        net = car_mj - rest
        by_grid = min(car_mj, max(0, net))
        self.charged += car_mj
        self.car_import += by_grid
        self.imported += max(0, net)
        self.exported += max(0, -net)
        self.roof += roof
        if car_mj:
            price = self._prices.get(at_or_before(since))
            if price is not None:
                self._cost += by_grid * price.import_micro + (car_mj - by_grid) * price.export_micro

    def departed(self, missing_wh: int) -> None:
        self.unmet_wh += missing_wh
        self.short_departures += missing_wh > SHORT_WH

    def score(self, scenario: str, policy: str) -> Score:
        used = self.roof - min(self.roof, self.exported)
        cents = divide(self._cost, MJ_PER_WH * 1_000 * MICRO_PER_CENT)
        return Score(
            scenario=scenario,
            policy=policy,
            charged_wh=_wh(self.charged),
            car_import_wh=_wh(self.car_import),
            import_wh=_wh(self.imported),
            export_wh=_wh(self.exported),
            self_consumption_percent=round(100 * used / self.roof, 1) if self.roof else 0.0,
            cost_cents=cents,
            cents_per_kwh=round(self._cost / (self.charged * MICRO_PER_CENT), 2) if self.charged else 0.0,
            starts=self.starts,
            phase_switches=sum(self.switches.values()),
            most_switches_a_day=max(self.switches.values(), default=0),
            unmet_wh=self.unmet_wh,
            short_departures=self.short_departures,
            fuse_trips=self.fuse_trips,
        )


def _wh(mj: int) -> int:
    return divide(mj, MJ_PER_WH)
