"""The host of one site: looks at its meter, asks its chargers, tells them what the core gives them. No asyncio.

A look is taken at the core's deadline and at once when a charger wants something else; who wants nothing costs nothing.
What follows from a look changes what chargers want as well: such changes wait for a look of their own.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from ..charger import events as charger_events
from ..charger.core import ChargerCore
from ..clock import Clock, Timers
from ..devices.device import Device, Surroundings
from ..devices.grid_meter import GridMeter
from ..energy.forecast import Sunny
from ..energy.plan import Plan
from ..energy.tariff import Spot
from ..facts import Reading
from ..reasons import Reason
from ..site import effects, events
from ..site.config import SiteConfig
from ..site.core import SiteCore
from ..site.state import Durable
from ..supply import Allotment, Demand, SunShare
from .host import OUR_FAULTS, REBUILD_AFTER, REBUILD_AFTER_MAX

# Two looks because of what chargers want are never closer: nobody can make a site busy by changing their mind.
LOOKS_APART = timedelta(seconds=1)

UNHEARD = Reason("meter.waiting")


class Member(Protocol):
    """What a site needs of a charger's host."""

    @property
    def core(self) -> ChargerCore: ...

    @property
    def device(self) -> Device: ...

    @property
    def broken(self) -> bool:
        """It waits to be built anew: nobody can be asked."""

    def post(self, event: charger_events.Event) -> None: ...


class SiteBug(Struct, frozen=True):
    """A step of a site that went wrong by our own fault."""

    site_id: str
    event: events.Event
    error: BaseException


class Known(Struct, frozen=True, kw_only=True):
    """What a site is told besides its looks: a core that is built anew is told it again."""

    config: SiteConfig
    zone: str
    spots: tuple[Spot, ...] = ()
    sunny: tuple[Sunny, ...] = ()


class SiteHost:
    """One site. Everything runs in the caller's thread."""

    def __init__(
        self,
        site_id: str,
        known: Known,
        meter: GridMeter,
        *,
        clock: Clock,
        timers: Timers,
        notify: Callable[[Reason], None],
        on_bug: Callable[[SiteBug], None],
        changed: Callable[[], None] = lambda: None,
        remembered: Callable[[], Durable | None] = lambda: None,
        keep: Callable[[Durable], None] = lambda durable: None,
    ) -> None:
        self.site_id, self.meter = site_id, meter
        self._remembered, self._keep = remembered, keep
        self._known, self._clock, self._timers = known, clock, timers
        self._notify, self._on_bug, self._changed = notify, on_bug, changed
        self._members: dict[str, Member] = {}
        self._wanted: dict[str, object] = {}  # what each charger wanted when the core heard of it last
        self._given: dict[str, tuple[Allotment, ...]] = {}
        self._sun: dict[str, tuple[SunShare, ...]] = {}
        self._plans: dict[tuple[str, int], Plan] = {}
        self._left: set[str] = set()  # who stands elsewhere now, until the core has heard of it
        self._looked_at: datetime | None = None  # because a charger wanted something else
        self._again_at: datetime | None = None  # because one did again
        self._due_at: datetime | None = None  # because the core says so
        self._stepping = self._stopped = False
        self._failures = 0  # in a row
        self._core: SiteCore | None = None  # None: it has not begun, or waits to be built anew

    # --- from outside ---

    def start(self) -> None:
        """Before its chargers come."""
        self._build()

    def stop(self) -> None:
        """Look no more. What was given stays as it is."""
        self._stopped = True
        self._timers.cancel(self._key)

    def configure(self, known: Known, meter: GridMeter) -> None:
        """Its owner chose differently, or prices and forecasts are newer."""
        self._known, self.meter = known, meter
        self._tell()
        self._look()

    @property
    def known(self) -> Known:
        return self._known

    @property
    def charger_ids(self) -> tuple[str, ...]:
        return tuple(self._members)

    def join(self, charger_id: str, member: Member) -> None:
        """A charger stands here from now on."""
        self._members[charger_id] = member
        for event in self.opening(charger_id, member.core.nameplate.connectors):
            member.post(event)
        self.charger_changed(charger_id)

    def leave(self, charger_id: str) -> None:
        """It stands elsewhere now: nothing that was given here binds it, and it draws nothing here."""
        member = self._forget(charger_id)
        self._left.add(charger_id)
        for event in cleared(member.core.nameplate.connectors):
            member.post(event)
        self._look()

    def lose(self, charger_id: str) -> None:
        """Nobody hosts it any more, so nobody can be asked: it may go on drawing what it was given."""
        self._forget(charger_id)
        self._look()

    def _forget(self, charger_id: str) -> Member:
        self._wanted.pop(charger_id, None)
        self._given.pop(charger_id, None)
        self._sun.pop(charger_id, None)
        for key in [key for key in self._plans if key[0] == charger_id]:
            del self._plans[key]
        return self._members.pop(charger_id)

    def opening(self, charger_id: str, connectors: int) -> tuple[charger_events.Event, ...]:
        """What a charger is told that was built anew: the last share; until there was one, the safe current."""
        share = self._given.get(charger_id) or safe_share(self._known.config, connectors)
        plans = [charger_events.Planned(key[1], plan) for key, plan in self._plans.items() if key[0] == charger_id]
        sun = [charger_events.SunShared(self._sun[charger_id])] if charger_id in self._sun else []
        return charger_events.Allotted(share), *sun, *plans

    def charger_changed(self, charger_id: str) -> None:
        """It took a turn: look at once if it wants something else."""
        member = self._members.get(charger_id)
        if self._stopped or self._core is None or member is None or wish(member) == self._wanted.get(charger_id):
            return
        now = self._clock.now()
        due = now if self._looked_at is None else self._looked_at + LOOKS_APART
        if due <= now and not self._stepping:
            self._looked_at = now
            self._look()
        else:
            self._again_at = max(due, now + LOOKS_APART) if self._stepping else due
            self._arm()

    # --- pictures ---

    @property
    def core(self) -> SiteCore | None:
        """None: it failed and waits to be built anew."""
        return self._core

    def around(self, now: datetime, soc_percent: int | None) -> Surroundings:
        """What is known around each of its chargers."""
        reading = self.meter.read(now)
        if reading is None:
            return Surroundings(soc_percent=soc_percent)
        asked = [demands_of(member, now) for member in self._members.values()]
        chargers_w = sum(demand.drawn_w for demands in asked for demand in demands)
        home_w = reading.power_w + (reading.solar_w or 0) + (reading.battery_w or 0) - chargers_w
        return Surroundings(reading.power_w, reading.solar_w, home_w, soc_percent)

    # --- steps ---

    @property
    def _key(self) -> tuple[str, str]:
        return "site", self.site_id

    def _build(self) -> None:
        self._core = SiteCore(self._remembered())
        self._tell()

    def _tell(self) -> None:
        """Everything but a look."""
        self._handle(events.Configured(self._known.config, self._known.zone))
        self._handle(events.SpotsKnown(self._known.spots))
        self._handle(events.ForecastKnown(self._known.sunny))

    def _look(self) -> None:
        now = self._clock.now()
        self._again_at = None
        demands: dict[str, tuple[Demand, ...]] = dict.fromkeys(self._left, ())
        self._left.clear()
        for charger_id, member in self._members.items():
            self._wanted[charger_id] = wish(member)
            if not member.broken:
                demands[charger_id] = demands_of(member, now)
        self._handle(events.Looked(self.meter.read(now), demands))

    def _look_again(self) -> None:
        self._looked_at = self._clock.now()
        self._look()

    def _handle(self, event: events.Event) -> None:
        if self._core is None or self._stopped:
            return
        before, self._stepping = self._core.durable, True
        try:
            for effect in self._core.handle(event, self._clock.now()):
                EFFECTS[type(effect)](self, effect)
            self._due_at = self._core.deadline()
        except OUR_FAULTS as error:
            self._fail(event, error)
            return
        finally:
            self._stepping = False
        if type(event) is events.Looked:
            self._failures = 0
        if self._core.durable is not before:
            self._keep(self._core.durable)
        self._arm()
        self._changed()

    def _arm(self) -> None:
        """Never for an instant that has passed: a core that wants to look again and again gets a second each."""
        due = min((at for at in (self._due_at, self._again_at) if at is not None), default=None)
        if due is None:
            self._timers.cancel(self._key)
        else:
            soonest = self._clock.now() + LOOKS_APART
            self._timers.at(self._key, max(due, soonest), self._look_again)

    # --- effects ---

    def _allot(self, effect: effects.Allot) -> None:
        self._given[effect.charger_id] = effect.allotments
        if (member := self._members.get(effect.charger_id)) is not None:
            member.post(charger_events.Allotted(effect.allotments))

    def _share_sun(self, effect: effects.ShareSun) -> None:
        self._sun[effect.charger_id] = effect.shares
        if (member := self._members.get(effect.charger_id)) is not None:
            member.post(charger_events.SunShared(effect.shares))

    def _give_plan(self, effect: effects.GivePlan) -> None:
        key = effect.charger_id, effect.connector_id
        if effect.plan is None:
            self._plans.pop(key, None)
        else:
            self._plans[key] = effect.plan
        if (member := self._members.get(effect.charger_id)) is not None:
            member.post(charger_events.Planned(effect.connector_id, effect.plan))

    def _tell_people(self, effect: effects.Notify) -> None:
        self._notify(effect.reason)

    # --- when it goes wrong ---

    def _fail(self, event: events.Event, error: BaseException) -> None:
        """Our own mistake takes no charger down: the safe current, and a core built anew after a while."""
        self._core = None
        self._on_bug(SiteBug(self.site_id, event, error))
        for charger_id, member in self._members.items():
            self._given[charger_id] = share = safe_share(self._known.config, member.core.nameplate.connectors)
            member.post(charger_events.Allotted(share))
            if self._sun.pop(charger_id, None) is not None:
                member.post(charger_events.SunShared(unmeasured(member.core.nameplate.connectors)))
        wait = min(REBUILD_AFTER * 2**self._failures, REBUILD_AFTER_MAX)
        self._failures = min(self._failures + 1, 20)
        self._timers.at(self._key, self._clock.now() + wait, self._rebuild)
        self._changed()

    def _rebuild(self) -> None:
        self._build()
        self._look()


EFFECTS: Mapping[type, Callable[[SiteHost, Any], None]] = {
    effects.Allot: SiteHost._allot,
    effects.ShareSun: SiteHost._share_sun,
    effects.GivePlan: SiteHost._give_plan,
    effects.Notify: SiteHost._tell_people,
}


def demands_of(member: Member, now: datetime) -> tuple[Demand, ...]:
    """What its connectors want, with what they draw at this instant."""
    drawn = {reading.connector_id: reading for reading in member.device.readings(now)}
    return tuple(drawing(demand, drawn.get(demand.connector_id)) for demand in member.core.demands())


def drawing(demand: Demand, reading: Reading | None) -> Demand:
    """With what its meter shows now; a dark charger draws nothing."""
    if reading is None:
        return replace(demand, drawn_ma=(0, 0, 0), drawn_w=0)
    return replace(demand, drawn_ma=reading.current_ma, drawn_w=reading.power_w)


def wish(member: Member) -> tuple[object, ...]:
    """What of its demands calls for a look when it changes; what a look itself brings about does not."""
    return tuple(wanted(demand) for demand in member.core.demands())


def wanted(demand: Demand) -> tuple[object, ...]:
    goal = demand.goal
    return (
        demand.appetite,
        demand.floor_ma,
        demand.most_ma,
        demand.phases,
        None if goal is None else (goal.ready_by, goal.asked),
    )


def safe_share(config: SiteConfig, connectors: int) -> tuple[Allotment, ...]:
    """While nobody measures: where a fuse could blow, what the owner calls safe; where a meter will, no sun yet."""
    limit_ma = config.safe_ma if config.circuits else None
    why = UNHEARD if config.circuits or config.has_meter else None
    return tuple(Allotment(connector_id=number, limit_ma=limit_ma, why=why) for number in range(1, connectors + 1))


def cleared(connectors: int) -> tuple[charger_events.Event, ...]:
    """What a charger is told that stands at no site."""
    numbers = range(1, connectors + 1)
    share = tuple(Allotment(connector_id=number) for number in numbers)
    sun = charger_events.SunShared(unmeasured(connectors))
    return charger_events.Allotted(share), sun, *(charger_events.Planned(number, None) for number in numbers)


def unmeasured(connectors: int) -> tuple[SunShare, ...]:
    """While nobody measures, nobody knows whose energy it is."""
    return tuple(SunShare(connector_id=number) for number in range(1, connectors + 1))
