"""Ours in a scenario: the real charger cores and the real site core, at boxes and a meter. No OCPP, no store."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from ...charger import effects, events
from ...charger.core import ChargerCore
from ...charger.state import Nameplate
from ...energy import zones
from ...energy.forecast import Sunny, from_clear_sky
from ...energy.quarters import at_or_before
from ...energy.tariff import Spot
from ...site import effects as site_effects
from ...site import events as site_events
from ...site.core import SiteCore
from ...supply import Demand
from ..world import HeapTimers, World
from .place import CONNECTOR, Place, Stand
from .scenario import Policy, Scenario

PUBLISHED_AT = time(13)  # local: tomorrow's prices
HORIZON = timedelta(days=2)
TOLD_EVERY = timedelta(hours=6)


class Charger:
    """A charger's core at its box: one event at a time, effects at once."""

    def __init__(self, world: World, stand: Stand, scenario: Scenario, policy: Policy) -> None:
        self.stand, self._world = stand, world
        info = stand.box.info
        nameplate = Nameplate(phases=info.phases, max_current_ma=info.max_current_ma, switches_phases=True)
        self.core = ChargerCore(nameplate, None, world.ids(f"core {stand.name}"))
        self.after_turn: Callable[[], None] = lambda: None
        self._timers, self._mail, self._inside = HeapTimers(world), deque[events.Event](), False
        stand.box.on_event = self._heard
        stand.box.start(fresh=True)
        self.post(events.Placed(scenario.zone))
        chosen = {"DefaultMode": policy.mode.value, "Plan": "true" if policy.plan else "false"}
        self.post(events.SettingsChosen(chosen | scenario.settings))

    def _heard(self, event: Any) -> None:
        self.post(event)

    def post(self, event: events.Event) -> None:
        self._mail.append(event)
        if not self._inside:
            self._inside = True
            try:
                while self._mail:
                    self._turn(self._mail.popleft())
            finally:
                self._inside = False
            self.after_turn()

    def demands(self) -> tuple[Demand, ...]:
        """By what its meter shows now."""
        now = self._world.now
        self.core.handle(events.MeterRead(self.stand.box.readings(now)), now)
        return self.core.demands()

    def _turn(self, event: events.Event) -> None:
        now = self._world.now
        self.core.handle(events.MeterRead(self.stand.box.readings(now)), now)
        for effect in self.core.handle(event, now):
            if type(effect) is effects.SetCurrent:
                self.stand.offer(effect.limit_ma, effect.phases)
        due = self.core.deadline()
        if due is None:
            self._timers.cancel("core")
        else:
            self._timers.at("core", due, lambda: self.post(events.DeadlineReached()))


class OurMind:
    """Chargers and their site: it looks when it is due, and when a charger wants something else."""

    def __init__(self, place: Place, policy: Policy) -> None:
        self._place, self._policy, self._world = place, policy, place.world
        scenario = place.scenario
        self.notices: list[str] = []
        self.site = SiteCore()
        self._timers = HeapTimers(self._world)
        self._wanted: dict[str, object] = {}
        self.chargers = {name: Charger(self._world, stand, scenario, policy) for name, stand in place.stands.items()}
        for name, charger in self.chargers.items():
            charger.after_turn = partial(self._changed, name)
        self._take(site_events.Configured(scenario.site, scenario.zone))
        place.on_arrival = self._arrived
        self._news()
        self._look()

    def _arrived(self, stand: Stand) -> None:
        """A driver who plans says at plug-in what for, if anything."""
        stay = stand.stay
        if self._policy.plan and stay is not None and stay.goal_percent is not None:
            self.chargers[stand.name].post(events.GoalChosen(CONNECTOR, stand.wanted_wh, stay.leaves))

    # --- looks ---

    def _changed(self, name: str) -> None:
        if wanted(self.chargers[name].core.demands()) != self._wanted.get(name):
            self._timers.at("look", self._world.now, self._look)

    def _look(self) -> None:
        demands = {name: charger.demands() for name, charger in self.chargers.items()}
        self._wanted = {name: wanted(demanded) for name, demanded in demands.items()}
        self._take(site_events.Looked(self._place.read(self._world.now), demands))

    def _take(self, event: site_events.Event) -> None:
        for effect in self.site.handle(event, self._world.now):
            match effect:
                case site_effects.Allot():
                    self.chargers[effect.charger_id].post(events.Allotted(effect.allotments))
                case site_effects.ShareSun():
                    self.chargers[effect.charger_id].post(events.SunShared(effect.shares))
                case site_effects.GivePlan():
                    self.chargers[effect.charger_id].post(events.Planned(effect.connector_id, effect.plan))
                case _:
                    self.notices.append(effect.reason.code)
        due = self.site.deadline()
        if due is not None:
            self._timers.at("look", max(due, self._world.now), self._look)

    # --- what is published ---

    def _news(self) -> None:
        """Every few hours, and when tomorrow's prices come."""
        scenario, now = self._place.scenario, self._world.now
        if self._policy.plan:
            self._take(site_events.SpotsKnown(published(scenario, now)))
            if scenario.forecast_share is not None:
                self._take(site_events.ForecastKnown(self._forecast(now, scenario.forecast_share)))
            self._world.at(min(now + TOLD_EVERY, published_next(now, scenario.zone)), self._news)

    def _forecast(self, now: datetime, share: int) -> tuple[Sunny, ...]:
        site = self._place.scenario.site
        return from_clear_sky(site.roofs, site.latitude, site.longitude, now, now + HORIZON, share)


def wanted(demands: tuple[Demand, ...]) -> object:
    """What calls for a look at once when it changes; what a look itself brings about does not."""
    return tuple(
        (demand.appetite, demand.floor_ma, demand.phases, None if demand.goal is None else demand.goal.ready_by)
        for demand in demands
    )


def published(scenario: Scenario, now: datetime) -> tuple[Spot, ...]:
    """Today's prices, and after 13:00 tomorrow's."""
    today = zones.local_day(now, scenario.zone)
    days = 2 if zones.local(now, scenario.zone).time() >= PUBLISHED_AT else 1
    until = zones.start_of(today + days * zones.DAY, scenario.zone)
    since = at_or_before(now) - zones.DAY
    return tuple(spot for spot in scenario.spots if since <= spot.starts_at < until)


def published_next(now: datetime, zone: str) -> datetime:
    """The next 13:00, or midnight."""
    clock = zones.local(now, zone)
    midnight = zones.start_of(clock.date() + zones.DAY, zone)
    noon = datetime.combine(clock.date(), PUBLISHED_AT, tzinfo=zones.find(zone)).astimezone(now.tzinfo)
    return noon if noon > now else midnight
