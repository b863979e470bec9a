"""A site: one event in, effects out. It measures, shares and plans. No clock, no I/O, no OCPP, no charger core.

Everything is concluded from looks. A look takes what the meter shows and what the chargers want, and tells each charger
its share when that changed (`sharing`), each car its plan (`planning`), and people what is wrong (`reasons.NOTICES`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ..energy.fair_share import Shares
from ..reasons import Reason
from ..supply import Allotment, Appetite, Demand, GridReading, SunShare
from . import events, loads, meter, own_roof, planning, quarter_hour, sharing, sunshine, turns, views
from .config import SiteConfig
from .effects import Allot, Effect, GivePlan, Notify, ShareSun
from .events import Event
from .loads import Sample
from .reasons import NOTICES as NOTICES
from .reasons import REASONS as REASONS
from .state import Durable
from .sunshine import Ray
from .topology import Key, Place, Topology, place, topology
from .turns import Turn
from .view import MeterState, SiteView

RARELY = timedelta(minutes=5)  # between two looks while nobody wants what there may be: only the house is learnt
PEAK_WATCHED = timedelta(minutes=1)  # where a car that comes must know what the quarter-hour has had
HELD = timedelta(hours=1)  # so long room is kept for a charger that cannot be asked
OFFERS = 3  # looks during which a car may still take what it was offered before


class Shared(Struct, frozen=True, kw_only=True):
    """What the last look led to."""

    shares: Shares = Shares()
    anew_at: datetime | None = None  # when the former shares were last left out of it
    told: dict[Key, Allotment] = {}
    surplus_w: int | None = None
    sun: dict[Key, SunShare] = {}


class Looks(Struct, frozen=True, kw_only=True):
    """What the looks have shown so far."""

    watch: meter.Watch
    at: datetime
    places: tuple[Place, ...] = ()
    away: dict[Key, tuple[datetime, Place]] = {}  # of chargers that cannot be asked, and since when
    turns: dict[Key, Turn] = {}
    offered: dict[Key, tuple[int, ...]] = {}  # at the last looks, mA
    samples: tuple[Sample, ...] = ()
    drawn_w: dict[Key, int] = {}  # when the meter's newest reading was taken
    quarter: quarter_hour.Running | None = None


class SiteCore:
    """What one site knows, and the only one to change it. `durable` is what a shell may save whenever it changed."""

    def __init__(self, durable: Durable | None = None) -> None:
        self.durable = durable if durable is not None else Durable()
        self.config, self.zone = SiteConfig(), "UTC"
        self.topology: Topology = topology(self.config)
        self.ahead = planning.Ahead()
        self.planned = planning.Planned()
        self.looks: Looks | None = None  # None: nobody has looked yet
        self.shared = Shared()
        self.noticed: frozenset[str] = frozenset()  # what people know to be wrong
        self._stale = False  # the plans were made from what holds no more
        self._effects: list[Effect] = []

    def handle(self, event: Event, now: datetime) -> list[Effect]:
        """Take one event; the effects are in the order in which they are to be done."""
        self._effects = []
        HANDLERS[type(event)](self, event, now)
        return self._effects

    def deadline(self) -> datetime | None:
        """When to look next; None: nothing changes by itself."""
        looks = self.looks
        if looks is None:
            return None
        wanted = self._is_wanted(looks.places)
        metered, planned = self.config.has_meter, self.planned.due_at
        if not (wanted or metered or planned is not None):
            return None
        often = wanted or (metered and looks.watch.missed_at is not None)
        rarely = RARELY if self.config.month_peak_w is None else PEAK_WATCHED
        due = looks.at + (timedelta(seconds=max(1, self.config.interval_s)) if often else rarely)
        edges = [*(meter.edges(looks.watch, self.config) if often else ()), *([planned] if planned is not None else [])]
        return min([due, *(edge for edge in edges if edge > looks.at)])

    def view(self, now: datetime) -> SiteView:
        """All of it, for pages."""
        return views.view(self, now)

    # --- events ---

    def _configured(self, event: events.Configured, now: datetime) -> None:
        if (event.config, event.zone) == (self.config, self.zone):
            return
        self.config, self.zone, self.topology = event.config, event.zone, topology(event.config)
        self.planned, self._stale = replace(self.planned, sky=None), True
        if self.looks is not None:  # whatever was believed wrong of the meter may have been mended by this
            watch = replace(self.looks.watch, still_looks=0, signs=0, steady=None)
            self.looks = replace(self.looks, watch=watch, samples=(), away={}, places=self._placed(self._demands()))
            self._settle(None, now)

    def _looked(self, event: events.Looked, now: datetime) -> None:
        before = self.looks if self.looks is not None else Looks(watch=meter.begin(now), at=now)
        places = self._placed(event.demands)
        self.looks = replace(
            before,
            places=places,
            away=self._away(before, event.demands, now),
            turns=turns.updated(before.turns, places, now),
        )
        self._settle(event.reading, now)
        offered = {seen.key: (*before.offered.get(seen.key, ()), seen.demand.offered_ma)[-OFFERS:] for seen in places}
        self.looks = replace(self.looks, offered=offered)

    def _spots_known(self, event: events.SpotsKnown, now: datetime) -> None:
        self._ahead(replace(self.ahead, spots=event.spots), now)

    def _forecast_known(self, event: events.ForecastKnown, now: datetime) -> None:
        self._ahead(replace(self.ahead, sunny=event.quarters), now)

    def _ahead(self, ahead: planning.Ahead, now: datetime) -> None:
        if ahead != self.ahead:
            self.ahead, self._stale = ahead, True
            self._plan(now)

    def _deadline_reached(self, event: events.DeadlineReached, now: datetime) -> None:
        """Nobody looked: what is known grows older."""
        if self.looks is not None:
            self._settle(None, now)

    # --- a look ---

    def _placed(self, demands: Mapping[str, tuple[Demand, ...]]) -> tuple[Place, ...]:
        wanted = [(charger_id, demand) for charger_id in sorted(demands) for demand in demands[charger_id]]
        return tuple(
            place((charger_id, demand.connector_id), demand, self.topology.branch(charger_id), number)
            for number, (charger_id, demand) in enumerate(wanted)
        )

    def _is_wanted(self, places: Sequence[Place]) -> bool:
        """Somebody wants what there may be now: at night nobody who waits for the sun does."""
        return any(seen.wants and not self._sleeps(seen) for seen in places)

    def _sleeps(self, seen: Place) -> bool:
        """It waits for the sun, and the roof is dark; no home battery would let it start either."""
        demand, told = seen.demand, self.shared.told.get(seen.key)
        reading = None if self.looks is None else self.looks.watch.reading
        if demand.appetite is not Appetite.SURPLUS or demand.offered_ma or demand.drawn_w or told is None:
            return False
        dark = reading is not None and reading.solar_w is not None and reading.solar_w <= 0
        return dark and told.surplus_w == 0 and not told.surplus_to_start_w

    def _demands(self) -> dict[str, tuple[Demand, ...]]:
        found: dict[str, tuple[Demand, ...]] = {}
        for seen in self.looks.places if self.looks is not None else ():
            found[seen.key[0]] = (*found.get(seen.key[0], ()), seen.demand)
        return found

    def _away(
        self, before: Looks, demands: Mapping[str, tuple[Demand, ...]], now: datetime
    ) -> dict[Key, tuple[datetime, Place]]:
        """Who was offered current and cannot be asked: it may go on taking it."""
        gone = {
            seen.key: (now, seen) for seen in before.places if seen.key[0] not in demands and seen.demand.offered_ma
        }
        still = {key: kept for key, kept in before.away.items() if key[0] not in demands and now - kept[0] < HELD}
        return gone | still

    def _settle(self, reading: GridReading | None, now: datetime) -> None:
        """Conclude everything from what is known now."""
        assert self.looks is not None
        cars_w = sum(seen.demand.drawn_w for seen in self.looks.places)
        cars = meter.Cars(cars_w, self._is_wanted(self.looks.places))
        watch = meter.look(self.looks.watch, self.config, reading, cars, now)
        quarter, self.durable = quarter_hour.moved(self.looks.quarter, self.durable, now, self.zone)
        news = watch.reading is not self.looks.watch.reading
        self.looks = replace(self.looks, watch=watch, quarter=quarter, at=now)
        state = meter.state(watch, self.config, now)
        if watch.reading is not None and news and state is MeterState.GOOD:
            self._measured(watch.reading, cars_w, now)
        self._tell_of_meter(watch, state)
        self._share(state, now)
        if news or state is not MeterState.GOOD:
            self._share_sun(watch.reading if state is MeterState.GOOD else None)
        self._plan(now)

    def _measured(self, reading: GridReading, cars_w: int, now: datetime) -> None:
        looks = self.looks
        assert looks is not None and looks.quarter is not None
        house_w = reading.power_w + (reading.solar_w or 0) + (reading.battery_w or 0) - cars_w
        quarter = replace(looks.quarter, import_w=reading.power_w, house_w=house_w, solar_w=reading.solar_w)
        peak_w = self._peak_w(now)
        room_w = None if peak_w is None else quarter_hour.left_w(quarter, peak_w) - (reading.power_w - cars_w)
        others_ma = loads.others(reading, looks.places, looks.offered)
        samples = loads.remembered(looks.samples, Sample(now, others_ma, room_w), self.config)
        drawn_w = {seen.key: seen.demand.drawn_w for seen in looks.places}
        self.looks = replace(looks, quarter=quarter, samples=samples, drawn_w=drawn_w)

    def _peak_w(self, now: datetime) -> int | None:
        return quarter_hour.limit_w(self.config.month_peak_w, self.durable, now, self.zone)

    # --- what follows ---

    def _share(self, state: MeterState, now: datetime) -> None:
        looks = self.looks
        assert looks is not None
        good = state is MeterState.GOOD
        in_order = turns.ordered(looks.places, looks.turns, self.config.rotate_after_s, now)
        surplus_w, rays = self._surplus(in_order) if good else (None, None)
        held = {key: kept for key, (_, kept) in looks.away.items()}
        samples = looks.samples if good else ()
        bounds = loads.bounds(self.config, looks.places, samples, held, self._peak_w(now) if good else None)
        unseen = state in (MeterState.LOST, MeterState.GONE)
        blind = unseen and bool(self.config.circuits)
        scene = sharing.Scene(
            config=self.config,
            now=now,
            places=looks.places,
            in_order=in_order,
            turns=looks.turns,
            bounds=bounds,
            rays=rays,
            cap_ma=(0 if state is MeterState.GONE else self.config.safe_ma) if blind else None,
            cap_why=meter.reason(looks.watch) if unseen else None,
        )
        before, anew_at, sun = self.shared.told, self.shared.anew_at, self.shared.sun
        anew = anew_at is None or now - anew_at >= timedelta(seconds=self.config.rotate_after_s)
        shares, told = sharing.split(scene, None if anew else self.shared.shares)
        self.shared = Shared(shares=shares, anew_at=now if anew else anew_at, told=told, surplus_w=surplus_w, sun=sun)
        for charger_id in dict.fromkeys(key[0] for key in told):
            mine = {key: allotment for key, allotment in told.items() if key[0] == charger_id}
            if mine != {key: allotment for key, allotment in before.items() if key[0] == charger_id}:
                self._effects.append(Allot(charger_id, tuple(mine.values())))

    def _surplus(self, in_order: Sequence[Place]) -> tuple[int, dict[Key, Ray]]:
        assert self.looks is not None and self.looks.watch.reading is not None
        reading = self.looks.watch.reading
        followers = [seen for seen in in_order if seen.demand.appetite in sunshine.FOLLOWS]
        drawn_w = sum(self.looks.drawn_w.get(seen.key, 0) for seen in followers)
        surplus_w = sunshine.surplus_w(reading, drawn_w, self.config)
        rays = sunshine.shared(surplus_w, followers)
        return surplus_w, sunshine.with_battery(rays, reading, followers, self.config.battery)

    def _share_sun(self, reading: GridReading | None) -> None:
        assert self.looks is not None
        before, sun = self.shared.sun, own_roof.shares(reading, self.looks.places)
        self.shared = replace(self.shared, sun=sun)
        for charger_id in dict.fromkeys(key[0] for key in sun):
            mine = {key: share for key, share in sun.items() if key[0] == charger_id}
            known = {key: share for key, share in before.items() if key[0] == charger_id}
            if mine != known and (known or any(share.sun_w is not None for share in mine.values())):
                self._effects.append(ShareSun(charger_id, tuple(mine.values())))

    def _plan(self, now: datetime) -> None:
        wanting = planning.wanting(self.looks.places if self.looks is not None else (), self.config)
        if not (self._stale or planning.stale(self.planned, wanting, now)):
            return
        before, sky, self._stale = self.planned.plans, self.planned.sky, False
        self.planned = planning.Planned(sky=sky)
        if wanting:
            self.planned = planning.make(wanting, self.config, self.zone, self.ahead, self.durable, now, sky)
            self._tell_of_prices()
        plans = self.planned.plans
        for key in sorted(before.keys() | plans.keys()):
            if not planning.same(before.get(key), plans.get(key)):
                self._effects.append(GivePlan(*key, plans.get(key)))

    # --- notices ---

    def _tell_of_meter(self, watch: meter.Watch, state: MeterState) -> None:
        wrong = {code for code in self.noticed if code.startswith("meter.") and code != "meter.no_phases"}
        code = watch.code if state is not MeterState.ABSENT else None
        if code is not None and code not in wrong:
            self._notify(code, since=watch.since.isoformat())
        if code is None and wrong:
            self._notify("meter.back")
        self.noticed = (self.noticed - wrong) | ({code} if code is not None else set())
        powers_only = watch.reading is not None and watch.reading.current_ma is None
        if powers_only and self.config.circuits and "meter.no_phases" not in self.noticed:
            self.noticed |= {"meter.no_phases"}
            self._notify("meter.no_phases")

    def _tell_of_prices(self) -> None:
        prices = self.planned.prices
        missing = bool(prices) and not prices[0].known
        if missing and "prices.missing" not in self.noticed:
            self.noticed |= {"prices.missing"}
            self._notify("prices.missing")
        if prices and not missing and "prices.missing" in self.noticed:
            self.noticed -= {"prices.missing"}
            self._notify("prices.back")

    def _notify(self, code: str, **params: str | int) -> None:
        self._effects.append(Notify(Reason(code, params)))


HANDLERS: dict[type, Callable[[SiteCore, Any, datetime], None]] = {
    events.Configured: SiteCore._configured,
    events.Looked: SiteCore._looked,
    events.SpotsKnown: SiteCore._spots_known,
    events.ForecastKnown: SiteCore._forecast_known,
    events.DeadlineReached: SiteCore._deadline_reached,
}
