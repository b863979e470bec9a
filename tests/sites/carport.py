"""A carport in virtual time: the real charger core and site core, the simulated box and car, and a sun that is set."""

from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from msgspec.structs import replace

from laadboek.charger import events as ev
from laadboek.charger import follow
from laadboek.charger.core import ChargerCore
from laadboek.charger.effects import Notify, SetCurrent
from laadboek.charger.state import Nameplate
from laadboek.devices.car import Car
from laadboek.devices.quirks import Quirks
from laadboek.devices.simulated import SIMULATED_BOX, SimulatedCharger
from laadboek.facts import Mode
from laadboek.simulation.world import HeapTimers, World
from laadboek.site.config import SiteConfig
from laadboek.site.core import SiteCore
from laadboek.site.effects import Allot
from laadboek.site.events import Configured, Looked
from laadboek.supply import GridReading

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Carport:
    """Verbs are what the sun, cars and people do."""

    def __init__(self, mode=Mode.ECO_PLUS, max_ma=16_000, phases=3, settings=None, start=NINE, **quirks):
        self.world = World(start, 1)
        self.timers = HeapTimers(self.world)
        info = replace(SIMULATED_BOX, max_current_ma=max_ma)
        car = Car(capacity_wh=100_000, soc_percent=10, phases=phases, quirks=Quirks(**quirks))
        parts = {"clock": self.world.clock, "timers": self.timers, "ids": self.world.ids("box")}
        self.box = SimulatedCharger(info, car=car, **parts)
        self.core = ChargerCore(Nameplate(max_current_ma=max_ma, switches_phases=True), None, self.world.ids("core"))
        self.site = SiteCore()
        self.site.handle(Configured(SiteConfig(has_meter=True), "UTC"), self.world.now)
        self.sun_w = 0
        self.offers, self.notices = [], []  # what the car was offered; what people were told
        self._mail, self._reading = deque(), False
        self.box.on_event = self.post
        self.box.start(fresh=True)
        for key, value in {"DefaultMode": mode.value, **(settings or {})}.items():
            self.post(ev.SettingsChosen({key: value}))
        self.look()
        self.box.plug_in()

    def post(self, event):
        """One turn at a time, in order: the meter first."""
        self._mail.append(event)
        if self._reading:
            return
        self._reading = True
        while self._mail:
            now = self.world.now
            turn = self.core.handle(ev.MeterRead(self.box.readings(now)), now)
            for effect in turn + self.core.handle(self._mail.popleft(), now):
                self._do(effect)
        self._reading = False
        due = self.core.deadline()
        if due is None:
            self.timers.cancel("core")
        else:
            self.timers.at("core", max(due, self.world.now), lambda: self.post(ev.DeadlineReached()))

    def _do(self, effect):
        match effect:
            case SetCurrent(connector_id, limit_ma, phases):
                self.offers.append((limit_ma, phases))
                self.box.set_current(connector_id, limit_ma, phases)
            case Notify(reason):
                self.notices.append(reason.code)

    def look(self):
        """The site reads its meter, asks the charger, and looks again when it says so."""
        now = self.world.now
        [reading] = self.box.readings(now)
        [demand] = self.core.demands()
        demand = replace(demand, drawn_ma=reading.current_ma, drawn_w=reading.power_w)
        grid = GridReading(taken_at=now, power_w=reading.power_w - self.sun_w)
        for effect in self.site.handle(Looked(grid, {"chg": (demand,)}), now):
            if isinstance(effect, Allot):
                self.post(ev.Allotted(effect.allotments))
        self.timers.at("site", now + timedelta(seconds=5), self.look)

    def shine(self, sun_w, **delta):
        """So much more sun than the house takes, for so long."""
        self.sun_w = sun_w
        self.world.run(self.world.now + timedelta(**delta))

    def choose(self, mode):
        self.post(ev.ModeChosen(mode))

    @property
    def reading(self):
        return self.box.readings(self.world.now)[0]

    @property
    def drawn_w(self):
        return self.reading.power_w

    @property
    def phases(self):
        return sum(current_ma > 0 for current_ma in self.reading.current_ma)

    @property
    def waits(self):
        found = follow.waiting(self.core._turn(self.world.now), 1)
        return None if found is None else found.code

    @property
    def interruptions(self):
        """How often an offer ended."""
        limits = [limit_ma for limit_ma, _ in self.offers]
        return sum(before > 0 and after == 0 for before, after in pairwise(limits))

    @property
    def switches(self):
        phases = [phases for limit_ma, phases in self.offers if limit_ma]
        return sum(before != after for before, after in pairwise(phases))
