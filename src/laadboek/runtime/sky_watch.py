"""Fetches the solar forecasts that sites of this process use, and takes away those that are too old.

A source that gives nothing disturbs nobody: it is asked again later, and plans count on the clear sky meanwhile.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog
from msgspec import Struct
from msgspec.structs import replace

from ..clock import Clock
from ..energy.forecast import Sunny
from ..energy.sun import Roof
from ..ids import Ids
from ..secret import Secret
from ..sources.forecast_source import Ask, ForecastSource
from ..sources.resample import together
from ..sources.sky_timing import after_failure, after_success, room_at, usable
from ..sources.source import RateLimited, SourceError, Unauthorised
from ..store import forecasts
from ..store.database import Database, StoreFull
from ..store.sites import SiteRow
from .keys import NotSealedHere
from .price_watch import body_of
from .transfers import Transfers

LOOK_S = 30.0

log = structlog.get_logger(__name__)


class Customers(Protocol):
    """The sites that use forecasts."""

    @property
    def forecast_sites(self) -> Sequence[SiteRow]: ...

    def know_sky(self, site_id: str, sunny: Sequence[Sunny]) -> None: ...


class Wish(Struct, frozen=True):
    """What is asked for; another one makes a forecast worthless."""

    source: str
    roofs: tuple[Roof, ...]
    latitude: float
    longitude: float
    sealed: bytes | None


class Standing(Struct, frozen=True, kw_only=True):
    """How one site stands."""

    wish: Wish
    due_at: datetime
    fetched_at: datetime | None = None  # None: the site has no forecast
    failures: int = 0


class SkyWatch:
    """`secret_of`: the token that a site has for its forecast source. Raises NotSealedHere."""

    def __init__(
        self,
        sites: Customers,
        sources: Mapping[str, ForecastSource],
        database: Database,
        transfers: Transfers,
        clock: Clock,
        ids: Ids,
        secret_of: Callable[[SiteRow], Secret | None],
    ) -> None:
        self._sites, self._sources, self._database, self._transfers = sites, sources, database, transfers
        self._clock, self._ids, self._secret_of = clock, ids, secret_of
        self._standing: dict[str, Standing] = {}  # by the site's public id
        self._asked: dict[tuple[str, Secret | None], list[datetime]] = {}  # of each source, for each customer

    async def serve(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Fetch for whoever is due; begin with what is stored."""
        wanted = {
            row.public_id: row for row in self._sites.forecast_sites if row.config.forecast_source in self._sources
        }
        for gone in sorted(self._standing.keys() - wanted.keys()):
            self._forget(gone)
        for site_id, row in sorted(wanted.items()):
            standing = self._standing.get(site_id)
            if standing is None:
                await self._begin(row)
            elif standing.wish != wish_of(row):
                self._forget(site_id)
                self._standing[site_id] = Standing(wish=wish_of(row), due_at=self._clock.now())
            self._let_go(site_id)
            if self._standing[site_id].due_at <= self._clock.now():
                await self._fetch(row)

    def _forget(self, site_id: str) -> None:
        if self._standing.pop(site_id).fetched_at is not None:
            self._sites.know_sky(site_id, ())

    def _let_go(self, site_id: str) -> None:
        standing = self._standing[site_id]
        if standing.fetched_at is not None and not usable(standing.fetched_at, self._clock.now()):
            self._standing[site_id] = replace(standing, fetched_at=None)
            self._sites.know_sky(site_id, ())

    async def _begin(self, row: SiteRow) -> None:
        now, wish = self._clock.now(), wish_of(row)
        self._standing[row.public_id] = Standing(wish=wish, due_at=now)
        stored = await self._database.query(partial(forecasts.load, account_id=row.account_id, site_id=row.id))
        if stored is None or stored[0] != wish.source or not usable(stored[2], now):
            return
        _, sunny, fetched_at = stored
        self._standing[row.public_id] = Standing(wish=wish, due_at=self._next(wish, fetched_at), fetched_at=fetched_at)
        self._sites.know_sky(row.public_id, sunny)

    def _next(self, wish: Wish, fetched_at: datetime) -> datetime:
        return after_success(
            self._sources[wish.source], wish.latitude, wish.longitude, fetched_at, self._ids.below(1.0)
        )

    async def _fetch(self, row: SiteRow) -> None:
        before = self._standing[row.public_id]
        try:
            sunny = await self._told(row, before.wish)
        except SourceError as error:
            self._failed(row, before, error)
            return
        now = self._clock.now()
        if before.failures:
            log.info("forecast.fetched_again", site_id=row.public_id, source=before.wish.source)
        self._standing[row.public_id] = Standing(wish=before.wish, due_at=self._next(before.wish, now), fetched_at=now)
        self._sites.know_sky(row.public_id, sunny)
        save = partial(
            forecasts.save,
            account_id=row.account_id,
            site_id=row.id,
            source=before.wish.source,
            sunny=sunny,
            now=now,
        )
        try:
            await self._database.write("forecasts", save)
        except StoreFull:
            log.warning("forecast.store_full", site_id=row.public_id)

    def _failed(self, row: SiteRow, before: Standing, error: SourceError) -> None:
        if not before.failures:
            why = error.reason
            log.warning(
                "forecast.not_fetched", site_id=row.public_id, source=before.wish.source, why=why.code, **why.params
            )
        wait_s = error.retry_after_s if isinstance(error, RateLimited) else 0
        failures = before.failures + 1
        due_at = after_failure(self._clock.now(), failures, self._ids.below(1.0), wait_s)
        self._standing[row.public_id] = replace(before, due_at=due_at, failures=failures)

    async def _told(self, row: SiteRow, wish: Wish) -> tuple[Sunny, ...]:
        """By all roofs together. Raises SourceError."""
        source = self._sources[wish.source]
        secret = self._token(row, source)
        self._count(source, secret, len(wish.roofs))
        told = []
        for number, roof in enumerate(wish.roofs, start=1):
            ask = Ask(roof=roof, number=number, latitude=wish.latitude, longitude=wish.longitude, secret=secret)
            body = await body_of(self._transfers, source.request(ask), source.judge)
            told.append(source.read(body, roof))
        return together(told)

    def _token(self, row: SiteRow, source: ForecastSource) -> Secret | None:
        try:
            secret = self._secret_of(row)
        except NotSealedHere:
            secret = None
        if source.needs_secret and secret is None:
            raise Unauthorised("source.no_token")
        return secret

    def _count(self, source: ForecastSource, secret: Secret | None, requests: int) -> None:
        """Raises RateLimited for more than the source's terms allow: we need not be told."""
        now, key = self._clock.now(), (source.name, secret)
        asked = self._asked.get(key, [])
        room = room_at(source, asked, requests, now)
        if room is None or room > now:
            raise RateLimited(0 if room is None else int((room - now).total_seconds()) + 1)
        self._asked[key] = [at for at in asked if at > now - source.most_within] + [now] * requests


def wish_of(row: SiteRow) -> Wish:
    config = row.config
    return Wish(config.forecast_source or "", config.roofs, config.latitude, config.longitude, row.forecast_secret)
