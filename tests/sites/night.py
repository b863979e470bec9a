"""A night at home: the real charger core and site core under a dynamic contract, a car in Eco+, and a goal by 07:00."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from laadboek.charger import events as ev
from laadboek.energy.contract import Dynamic
from laadboek.energy.tariff import Spot
from laadboek.facts import Mode
from laadboek.site.config import Circuit, SiteConfig
from laadboek.site.effects import Allot, GivePlan
from laadboek.site.events import Configured, Looked, SpotsKnown
from laadboek.supply import GridReading

from .carport import Carport

EVENING = datetime(2026, 3, 1, 18, tzinfo=UTC)
SEVEN = datetime(2026, 3, 2, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAIN_25 = Circuit(circuit_id="main", limit_ma=25_000)


class Night(Carport):
    """Spot prices by the hour of the day; what is not named is dear. The roof is dark."""

    def __init__(self, cheap, energy_wh, *, car=None, fuse=None, house_ma=(0, 0, 0), settings=None, **carport):
        self.house_ma, self.plans = house_ma, []
        self._looking = False
        self._waiting = True
        super().__init__(
            Mode.ECO_PLUS,
            settings={"DefaultGoalKwh": str(energy_wh // 1_000), **(settings or {})},
            start=EVENING,
            **carport,
        )
        self._waiting = False
        for name, value in (car or {}).items():
            setattr(self.box.car, name, value)
        circuits = (fuse,) if fuse is not None else ()
        self.site.handle(Configured(SiteConfig(has_meter=True, contract=Dynamic(), circuits=circuits), "UTC"), EVENING)
        hours = [EVENING + number * HOUR for number in range(60)]
        spots = tuple(Spot(hour, 3_600, 50_000 if hour.hour in cheap else 200_000) for hour in hours)
        self.site.handle(SpotsKnown(spots), EVENING)

    def look(self):
        now = self.world.now
        [reading] = self.box.readings(now)
        [demand] = self.core.demands()
        demand = replace(demand, drawn_ma=reading.current_ma, drawn_w=reading.power_w)
        current_ma = tuple(own + car for own, car in zip(self.house_ma, reading.current_ma, strict=True))
        grid = GridReading(taken_at=now, power_w=sum(current_ma) * 230 // 1_000, current_ma=current_ma, solar_w=0)
        for effect in self.site.handle(Looked(grid, {"chg": (demand,)}), now):
            match effect:
                case Allot(_, allotments):
                    self.post(ev.Allotted(allotments))
                case GivePlan(_, connector_id, plan):
                    self.plans.append(plan)
                    self.post(ev.Planned(connector_id, plan))
        due = self.site.deadline()
        self.timers.at("site", now + timedelta(minutes=5) if due is None else due, self.look)

    def sleep(self, until=SEVEN):
        self.world.run(until)

    def come_home_again(self, soc_percent):
        """The next evening."""
        self.box.unplug()
        self.sleep(EVENING + 24 * HOUR)
        self.box.car.set_soc(soc_percent)
        self.box.plug_in()

    @property
    def plan(self):
        return self.core.state.seen[0].plan

    @property
    def charged_wh(self):
        running = self.core.state.durable.visits[0].running
        return self.box.readings(self.world.now)[0].register_wh - running.record.start_register_wh
