"""A house on the bench: the real site core, virtual time, cars that do as told, a meter that adds it up."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from laadboek.energy.plan import Goal, Plan
from laadboek.site.config import Circuit, SiteConfig
from laadboek.site.core import SiteCore
from laadboek.site.effects import Allot, Effect, GivePlan, Notify
from laadboek.site.events import Configured, Event, Looked
from laadboek.supply import Allotment, Appetite, Demand, GridReading

VOLTS = 230
FUSE_25 = Circuit(circuit_id="main", limit_ma=25_000)


class SimulatedCar:
    """It takes what it is offered, at once, and the charger offers what the site gives (as Fast does)."""

    def __init__(self, charger_id: str, appetite: Appetite = Appetite.FULL, phases: int = 3, **wishes: int) -> None:
        self.charger_id, self.appetite, self.phases = charger_id, appetite, phases
        self.floor_ma = wishes.get("floor_ma", 6_000)
        self.most_ma = wishes.get("most_ma", 16_000)
        self.takes_ma = wishes.get("takes_ma", 32_000)  # the car's own limit
        self.starts_after_w = wishes.get("starts_after_w", 0)
        self.goal: Goal | None = None
        self.offered_ma = 0
        self.greed_ma = 0  # taken above the offer
        self.asleep = self.offline = False
        self.rotation = "RST"
        self.share: Allotment | None = None
        self.plan: Plan | None = None
        self.gives_up = True  # in Eco+, when the surplus is below its floor

    @property
    def drawn_ma(self) -> tuple[int, int, int]:
        current_ma = 0 if self.asleep else min(self.offered_ma, self.takes_ma)
        current_ma += self.greed_ma if current_ma else 0
        return tuple(current_ma if index < self.phases else 0 for index in range(3))  # type: ignore[return-value]

    @property
    def drawn_w(self) -> int:
        return sum(self.drawn_ma) * VOLTS // 1_000

    def demand(self) -> Demand:
        return Demand(
            connector_id=1,
            appetite=self.appetite,
            floor_ma=self.floor_ma,
            most_ma=self.most_ma,
            phases=self.phases,
            offered_ma=self.offered_ma,
            drawn_ma=self.drawn_ma,
            drawn_w=self.drawn_w,
            goal=self.goal,
        )

    def told(self, share: Allotment) -> None:
        self.share = share
        limit_ma = self.most_ma if share.limit_ma is None else min(self.most_ma, share.limit_ma)
        self.offered_ma = {
            Appetite.NOTHING: lambda: 0,
            Appetite.FULL: lambda: limit_ma,
            Appetite.FLOOR: lambda: min(limit_ma, max(self.floor_ma, self._sun_ma(share.surplus_w))),
            Appetite.SURPLUS: lambda: self._follows(share, limit_ma),
        }[self.appetite]()
        if self.offered_ma < self.floor_ma:
            self.offered_ma = 0

    def _follows(self, share: Allotment, limit_ma: int) -> int:
        start_w = share.surplus_w if share.surplus_to_start_w is None else share.surplus_to_start_w
        counts_w = share.surplus_w if self.offered_ma else start_w
        sun_ma = self._sun_ma(counts_w)
        if sun_ma < self.floor_ma and self.offered_ma and not self.gives_up:
            sun_ma = self.floor_ma
        return min(limit_ma, sun_ma)

    def _sun_ma(self, surplus_w: int | None) -> int:
        return 0 if surplus_w is None else surplus_w * 1_000 // (VOLTS * self.phases)


class House:
    """Verbs are what people, appliances and meters do. `pass_time` looks at every deadline, at its instant."""

    def __init__(
        self,
        *cars: SimulatedCar,
        config: SiteConfig | None = None,
        start: str = "2026-03-01T09:00:00Z",
        zone: str = "UTC",
    ) -> None:
        self.now = datetime.fromisoformat(start).astimezone(UTC)
        self.cars = {car.charger_id: car for car in cars}
        self.core = SiteCore()
        self.zone = zone
        self.base_ma = [0, 0, 0]  # what the house takes on R, S, T; negative: the roof gives more
        self.silent = self.frozen = self.wrong_way_round = self.powers_only = False
        self.battery_w: int | None = None
        self.solar_w: int | None = None  # nobody measures the roof
        self.soc: int | None = None
        self.effects: list[Effect] = []
        self.worst_ma = 0  # that any phase of the grid saw after a look was answered
        self._shown: GridReading | None = None
        self.config = config or SiteConfig(circuits=(FUSE_25,), has_meter=True)
        self.do(Configured(self.config, zone))

    def configure(self, **changes: object) -> None:
        self.config = replace(self.config, **changes)
        self.do(Configured(self.config, self.zone))

    def do(self, event: Event) -> list[Effect]:
        effects = self.core.handle(event, self.now)
        self.effects += effects
        for effect in effects:
            match effect:
                case Allot(charger_id, shares) if not self.cars[charger_id].offline:
                    self.cars[charger_id].told(shares[0])
                case GivePlan(charger_id, _, plan):
                    self.cars[charger_id].plan = plan
        return effects

    def look(self) -> list[Effect]:
        demands = {car.charger_id: (car.demand(),) for car in self.cars.values() if not car.offline}
        effects = self.do(Looked(None if self.silent else self.read(), demands))
        self.worst_ma = max(self.worst_ma, *self.grid_ma())
        return effects

    def pass_time(self, **delta: float) -> None:
        until = self.now + timedelta(**delta)
        while (due := self.core.deadline()) is not None and due <= until:
            assert due > self.now
            self.now = due
            self.look()
        self.now = until

    def grid_ma(self) -> tuple[int, int, int]:
        members = {member.charger_id: member for member in self.config.members}
        total = list(self.base_ma)
        for car in self.cars.values():
            rotation = car.rotation if car.charger_id not in members else members[car.charger_id].rotation
            rotation = rotation if rotation.strip("RST") == "" and rotation else "RST"
            for letter, current_ma in zip(rotation, car.drawn_ma, strict=False):
                total["RST".index(letter)] += current_ma
        return total[0], total[1], total[2]

    def read(self) -> GridReading:
        grid_ma = self.grid_ma()
        power_w = sum(grid_ma) * VOLTS // 1_000 - (self.battery_w or 0)
        if self.wrong_way_round:
            grid_ma, power_w = tuple(-current for current in grid_ma), -power_w  # type: ignore[assignment]
        if self._shown is None or not self.frozen:
            self._shown = GridReading(
                taken_at=self.now,
                power_w=power_w,
                current_ma=None if self.powers_only else grid_ma,
                solar_w=self.solar_w,
                battery_w=self.battery_w,
                battery_soc_percent=self.soc,
            )
        self._shown = replace(self._shown, taken_at=self.now)
        return self._shown

    def notices(self) -> list[str]:
        """Codes of what people were told since last asked."""
        found = [effect.reason.code for effect in self.effects if isinstance(effect, Notify)]
        self.effects.clear()
        return found

    def limit_ma(self, charger_id: str) -> int | None:
        share = self.cars[charger_id].share
        assert share is not None
        return share.limit_ma

    def why(self, charger_id: str) -> str | None:
        share = self.cars[charger_id].share
        return None if share is None or share.why is None else share.why.code
