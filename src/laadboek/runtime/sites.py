"""All sites of the chargers that this process hosts: built from their rows, told of prices, shown on the bus."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from ..bus import Bus
from ..charger.events import Event
from ..clock import Clock, Timers
from ..devices.device import Device, Surroundings
from ..devices.grid_meter import GRID_PHASES, GridMeter, Load, NoMeter, SimulatedGridMeter
from ..devices.house import House
from ..devices.simulated import SimulatedCharger
from ..energy.forecast import Sunny
from ..energy.tariff import Spot
from ..ids import Ids
from ..reasons import Reason
from ..site.config import SiteConfig
from ..site.state import STATE_VERSION, Durable, decode_state, encode_state
from ..sources.shipped import published_like_today
from ..store import accounts, sites
from ..store.connection import Connection
from ..store.database import Database, StoreError
from ..store.sites import SiteRow
from . import notices
from .host import Host
from .site_host import Known, SiteBug, SiteHost

SHIPPED = "shipped"  # the price source that needs no network
SHIPPED_KEY = ("sites", SHIPPED)
HOUR = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Standing:
    """A hosted charger, wherever it stands."""

    def __init__(self, row_id: int, account_id: int, charger_id: str, host: Host) -> None:
        self.row_id, self.account_id, self.charger_id, self.host = row_id, account_id, charger_id, host
        self.site: Site | None = None


class Site:
    """One site with its row."""

    def __init__(self, row: SiteRow, host: SiteHost, house: House, boxes: dict[str, SimulatedCharger]) -> None:
        self.row, self.host, self.house, self.boxes = row, host, house, boxes


class Sites:
    """Used from the event loop's thread only."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, timers: Timers, ids: Ids) -> None:
        self._database, self._bus, self._clock, self._timers, self._ids = database, bus, clock, timers, ids
        self._sites: dict[int, Site] = {}  # by row id
        self._standing: dict[str, Standing] = {}  # chargers, by public id
        self._spots: dict[tuple[int, str, str], tuple[Spot, ...]] = {}
        self._sunny: dict[str, tuple[Sunny, ...]] = {}  # by the site's public id

    def __len__(self) -> int:
        return len(self._sites)

    def __getitem__(self, site_id: str) -> SiteHost:
        """By public id."""
        return next(site.host for site in self._sites.values() if site.row.public_id == site_id)

    # --- life ---

    def start(self) -> None:
        """Know every site of the store, before its chargers are hosted."""
        for row, zone in self._database.read(read_sites):
            self._host(row, self._known(row, zone))

    def stop(self) -> None:
        for site in self._sites.values():
            self._withdraw(site)
        self._timers.cancel(SHIPPED_KEY)
        self._sites.clear()
        self._standing.clear()

    def opening(self, charger_id: str, row_id: int, connectors: int) -> tuple[Event, ...]:
        """What a charger is told first that is built (anew): its share."""
        place = self._database.read(lambda db: sites.of_charger(db, row_id))
        site = None if place is None else self._sites.get(place.id)
        return () if site is None else site.host.opening(charger_id, connectors)

    def join(self, account_id: int, row_id: int, charger_id: str, host: Host) -> None:
        """A charger is hosted from now on."""
        self._standing[charger_id] = standing = Standing(row_id, account_id, charger_id, host)
        self._place(standing)

    def lose(self, charger_id: str) -> None:
        """It is hosted here no more; its box still stands there."""
        standing = self._standing.pop(charger_id, None)
        if standing is not None and standing.site is not None:
            standing.site.host.lose(charger_id)

    def charger_changed(self, charger_id: str) -> None:
        standing = self._standing.get(charger_id)
        if standing is not None and standing.site is not None:
            standing.site.host.charger_changed(charger_id)

    def refresh(self, account_id: int) -> None:
        """Rows of an account changed: its sites, or who stands where."""
        found = self._database.read(partial(read_sites, account_id=account_id))
        for row, zone in found:
            known = self._known(row, zone)
            if (site := self._sites.get(row.id)) is None:
                self._host(row, known)
            elif (site.row, site.host.known) != (row, known):
                site.row, site.house = row, house_of(row, known)
                site.host.configure(known, meter_of(site))
                self._publish(site)
        for standing in self._standing.values():
            if standing.account_id == account_id:
                self._place(standing)
        self._let_go(account_id, {row.id for row, _ in found})

    def _let_go(self, account_id: int, there: set[int]) -> None:
        """Sites that were removed, once nobody stands there."""
        gone = [one for one, site in self._sites.items() if site.row.account_id == account_id and one not in there]
        for one in gone:
            site = self._sites.pop(one)
            self._withdraw(site)
            self._sunny.pop(site.row.public_id, None)

    def know_spots(self, account_id: int, source: str, zone: str, spots: Sequence[Spot]) -> None:
        """What this source has published, all that is kept, ascending: for the account's sites that use it."""
        self._spots[account_id, source, zone] = tuple(spots)
        self.refresh(account_id)

    @property
    def price_sources(self) -> set[tuple[int, str, str]]:
        """Account, source and zone: whose prices somebody has to fetch."""
        rows = (site.row for site in self._sites.values())
        chosen = ((row.account_id, row.config.price_source, row.config.price_zone) for row in rows)
        return {(account_id, source, zone) for account_id, source, zone in chosen if source is not None}

    def know_sky(self, site_id: str, sunny: Sequence[Sunny]) -> None:
        """What this site's source forecasts, ascending; empty: it has no forecast any more."""
        self._sunny[site_id] = tuple(sunny)
        for account_id in {site.row.account_id for site in self._sites.values() if site.row.public_id == site_id}:
            self.refresh(account_id)

    @property
    def forecast_sites(self) -> list[SiteRow]:
        """Whose forecasts somebody has to fetch."""
        rows = (site.row for site in self._sites.values())
        return [row for row in rows if row.config.forecast_source is not None and row.config.roofs]

    # --- what pages see ---

    def site_of(self, charger_id: str) -> str | None:
        """Public id of the site where this charger stands."""
        standing = self._standing.get(charger_id)
        return None if standing is None or standing.site is None else standing.site.row.public_id

    def around(self, charger_id: str, device: Device, now: datetime) -> Surroundings | None:
        """What is known around a charger; None without a site that is measured."""
        standing = self._standing.get(charger_id)
        if standing is None or standing.site is None or not standing.site.row.config.has_meter:
            return None
        soc_percent = device.surroundings(now).soc_percent if isinstance(device, SimulatedCharger) else None
        return standing.site.host.around(now, soc_percent)

    # --- parts ---

    def _host(self, row: SiteRow, known: Known) -> None:
        host = SiteHost(
            row.public_id,
            known,
            NoMeter(),
            clock=self._clock,
            timers=self._timers,
            notify=partial(self._notify, row),
            on_bug=log_bug,
            changed=lambda: self._publish(site),
            remembered=partial(self._remembered, row),
            keep=partial(self._keep, row),
        )
        site = self._sites[row.id] = Site(row, host, house_of(row, known), {})
        host.start()

    def _remembered(self, row: SiteRow) -> Durable | None:
        """What its core remembered when something was last kept."""
        kept_state = self._database.read(lambda db: sites.state(db, row.id))
        return None if kept_state is None else decode_state(*kept_state)

    def _keep(self, row: SiteRow, durable: Durable) -> None:
        """At most once in a quarter-hour; should it fail, the next one says it all again."""
        blob = encode_state(durable)
        job = partial(sites.save_state, site_id=row.id, version=STATE_VERSION, blob=blob)
        self._database.submit(f"site {row.id}", job, kept, partial(unkept, row, "state"))

    def _known(self, row: SiteRow, zone: str) -> Known:
        config, now = row.config, self._clock.now()
        if config.price_source == SHIPPED:
            self._timers.at(SHIPPED_KEY, next_hour(now), self._hour_passed)
            spots = published_like_today(now)
        else:
            spots = self._spots.get((row.account_id, config.price_source or "", config.price_zone), ())
        return Known(config=config, zone=zone, spots=spots, sunny=self._sunny.get(row.public_id, ()))

    def _hour_passed(self) -> None:
        """Shipped prices are published like others: those of the next day come in the afternoon."""
        for account_id in sorted({site.row.account_id for site in self._sites.values()}):
            self.refresh(account_id)

    def _place(self, standing: Standing) -> None:
        """Where its row says that it stands."""
        row = self._database.read(lambda db: sites.of_charger(db, standing.row_id))
        site = None if row is None else self._sites.get(row.id)
        if site is standing.site:
            return
        if standing.site is not None:
            standing.site.boxes.pop(standing.charger_id, None)
            standing.site.host.leave(standing.charger_id)
        standing.site = site
        if site is not None:
            if isinstance(standing.host.device, SimulatedCharger):
                site.boxes[standing.charger_id] = standing.host.device
                site.host.meter = meter_of(site)
            site.host.join(standing.charger_id, standing.host)

    def _publish(self, site: Site) -> None:
        core = site.host.core
        if core is not None:
            self._bus.publish(f"site.{site.row.public_id}.live", core.view(self._clock.now()))

    def _withdraw(self, site: Site) -> None:
        site.host.stop()
        self._bus.withdraw(f"site.{site.row.public_id}.live")

    def _notify(self, row: SiteRow, reason: Reason) -> None:
        """Kept with nobody's turn: a site has no other rows to keep it with."""
        log.info("site.notice", site_id=row.public_id, code=reason.code)
        job = notices.save(row.account_id, reason, self._clock.now(), self._ids, site_id=row.id)
        self._database.submit(f"site {row.id}", job, kept, partial(unkept, row, "notice"))
        self._bus.publish(f"site.{row.public_id}.notice", reason)


def read_sites(db: Connection, account_id: int | None = None) -> list[tuple[SiteRow, str]]:
    """All of them, or those of an account, with their people's time zone."""
    rows = sites.all(db) if account_id is None else sites.of_account(db, account_id)
    zones = {account.id: account.time_zone for account in accounts.all(db)}
    return [(row, zones[row.account_id]) for row in rows]


def next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + HOUR


def house_of(row: SiteRow, known: Known) -> House:
    """Of a simulated home: the same one whenever the program starts."""
    return simulated_house(row.public_id, known.config, known.zone)


def simulated_house(site_id: str, config: SiteConfig, zone: str) -> House:
    return House(
        Ids(site_id),
        ZoneInfo(zone),
        solar_peak_w=sum(roof.peak_w for roof in config.roofs),
        latitude=config.latitude,
        longitude=config.longitude,
    )


def meter_of(site: Site) -> GridMeter:
    """Simulated chargers stand in a simulated home. There is no meter of another kind yet."""
    if not (site.boxes and site.row.config.has_meter):
        return NoMeter()
    return SimulatedGridMeter(site.house, partial(loads, site.boxes, site.row.config))


def loads(boxes: dict[str, SimulatedCharger], config: SiteConfig, now: datetime) -> Iterable[Load]:
    """What the simulated chargers of a site draw."""
    rotations = {member.charger_id: member.rotation for member in config.members}
    for charger_id, box in boxes.items():
        for reading in box.readings(now):
            yield Load(reading.power_w, reading.current_ma, rotations.get(charger_id, GRID_PHASES))


def kept(_: object) -> None:
    """Nobody waits for it."""


def unkept(row: SiteRow, what: str, error: StoreError) -> None:
    log.warning("site.not_kept", site_id=row.public_id, what=what, error=str(error))


def log_bug(bug: SiteBug) -> None:
    log.error("site.step_failed", site_id=bug.site_id, happened=bug.event, exc_info=bug.error)
