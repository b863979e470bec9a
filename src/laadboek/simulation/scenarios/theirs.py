"""The baseline in a scenario: one loadpoint per box, by turns, with the meter, prices and fuse that ours has."""

from datetime import datetime, timedelta

from ...energy.tariff import Price, prices
from ...supply import GridReading
from . import baseline
from .baseline import Loadpoint, Seen
from .ours import published
from .place import Place, Stand
from .scenario import Policy

DEFAULT_MOST_MA = 16_000
RESERVE_MA = 1_000


class BaselineMind:
    """Looks every 30 s, or every step of the scenario if that is longer, while a car is connected."""

    def __init__(self, place: Place, policy: Policy) -> None:
        self._place, self._policy = place, policy
        self._interval = max(baseline.INTERVAL, timedelta(seconds=place.scenario.step_s))
        self._loadpoints: dict[str, Loadpoint] = {}
        self._prices: tuple[Price, ...] = ()
        self._priced_at: datetime | None = None
        self._running = False
        place.on_arrival = self._arrived

    def _arrived(self, stand: Stand) -> None:
        vehicle = next(v for v in self._place.scenario.vehicles if stand.stay is not None and v.name == stand.stay.car)
        plans = self._policy.plan and stand.stay is not None and stand.stay.goal_percent is not None
        stand.offer(0, vehicle.phases)
        self._loadpoints[stand.name] = Loadpoint(
            most_ma=vehicle.max_current_ma,
            phases=vehicle.phases,
            switches=vehicle.phases == 3,
            ready_by=stand.stay.leaves if plans and stand.stay is not None else None,
        )
        if not self._running:
            self._running = True
            self._place.world.at(self._place.world.now, self._look)

    def _look(self) -> None:
        place = self._place
        connected = [stand for stand in place.stands.values() if stand.stay is not None]
        self._running = bool(connected)
        for stand in connected:
            self._step(stand, place.read(place.world.now))
        if connected:
            place.world.at(place.world.now + self._interval, self._look)

    def _step(self, stand: Stand, reading: GridReading) -> None:
        loadpoint = self._loadpoints[stand.name]
        current_ma = stand.reading.current_ma
        seen = Seen(
            power_w=stand.reading.power_w,
            current_ma=max(current_ma),
            phases=sum(phase_ma > 0 for phase_ma in current_ma),
            left_wh=stand.left_wh(),
        )
        battery = self._place.scenario.site.battery
        site_w = baseline.site_power_w(reading, 0 if battery is None else battery.priority_soc)
        loadpoint.step(self._place.world.now, site_w, seen, self._known_prices())
        stand.offer(*loadpoint.within(self._headroom_ma(reading, max(current_ma))))

    def _headroom_ma(self, reading: GridReading, own_ma: int) -> int:
        fuses = [circuit.limit_ma for circuit in self._place.scenario.site.circuits if circuit.parent is None]
        if not fuses or reading.current_ma is None:
            return DEFAULT_MOST_MA * 2
        return min(fuses) - RESERVE_MA - (max(reading.current_ma) - own_ma)

    def _known_prices(self) -> tuple[Price, ...]:
        scenario, now = self._place.scenario, self._place.world.now
        if not self._policy.plan or scenario.site.contract is None:
            return ()
        if self._priced_at is None or now - self._priced_at >= timedelta(hours=1):
            self._priced_at = now
            spots = published(scenario, now)
            until = max((spot.starts_at + timedelta(seconds=spot.length_s) for spot in spots), default=now)
            self._prices = prices(
                scenario.site.contract, spots, now, until, zone=scenario.zone, country=scenario.site.country
            )
        return self._prices
