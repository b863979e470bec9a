"""Fetches the prices that sites of this process use: what is missing at start, tomorrow's once they are published.

What a source says is stored first, then given to the sites. A source that gives nothing disturbs nobody: it is asked
again later, and what plans are made of meanwhile says so itself (`prices.missing`).
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from msgspec import Struct

from ..clock import Clock
from ..energy.price_curve import cleaned
from ..energy.tariff import Spot
from ..ids import Ids
from ..secret import Secret
from ..sources.source import PriceSource, RateLimited, Request, SourceError, Unauthorised, Unreadable
from ..sources.timing import complete_until, next_fetch
from ..store import prices
from ..store.database import Database, StoreFull
from . import notices
from .keys import NotSealedHere
from .transfers import Failed, Transfers

KEPT = timedelta(days=10)  # so far back estimates look
LOOK_S = 30.0
UNREACHABLE = {"dns": "dns", "timeout": "timeout", "tls": "connection", "refused": "connection"}

log = structlog.get_logger(__name__)

Key = tuple[int, str, str]  # account, source, zone


class Customers(Protocol):
    """The sites that use prices."""

    @property
    def price_sources(self) -> set[Key]: ...

    def know_spots(self, account_id: int, source: str, zone: str, spots: tuple[Spot, ...]) -> None: ...


class Standing(Struct, frozen=True, kw_only=True):
    """How one source stands for one account."""

    known_until: datetime | None
    due_at: datetime
    failures: int = 0


class PriceWatch:
    """`secret_of`: the token that a source needs, as the account's sites have it."""

    def __init__(
        self,
        sites: Customers,
        sources: Mapping[str, PriceSource],
        database: Database,
        transfers: Transfers,
        clock: Clock,
        ids: Ids,
        secret_of: Callable[[Key], Secret | None],
    ) -> None:
        self._sites, self._sources, self._database, self._transfers = sites, sources, database, transfers
        self._clock, self._ids, self._secret_of = clock, ids, secret_of
        self._standing: dict[Key, Standing] = {}

    async def serve(self) -> None:
        while True:
            try:
                await self.look()
            except StoreFull:
                log.warning("prices.store_full")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Fetch for whoever is due; begin with what is stored."""
        wanted = {key for key in self._sites.price_sources if key[1] in self._sources}
        wanted = {key for key in wanted if self._sources[key[1]].published is None}  # what ships needs nobody
        for gone in self._standing.keys() - wanted:
            del self._standing[gone]
        for key in sorted(wanted):
            if key not in self._standing:
                await self._begin(key)
            if self._standing[key].due_at <= self._clock.now():
                await self._fetch(key)

    async def _begin(self, key: Key) -> None:
        spots = await self._stored(key)
        known_until = end_of(spots)
        self._standing[key] = Standing(known_until=known_until, due_at=self._due(key, known_until, 0))
        self._sites.know_spots(*key, spots)

    async def _stored(self, key: Key) -> tuple[Spot, ...]:
        account_id, source, zone = key
        start = self._clock.now() - KEPT
        read = partial(prices.since, account_id=account_id, source=source, zone=zone, start=start)
        return await self._database.query(read)

    def _due(self, key: Key, known_until: datetime | None, failures: int, wait_s: int = 0) -> datetime:
        source, jitter = self._sources[key[1]], self._ids.below(1.0)
        if source.request is None:
            return datetime.max.replace(tzinfo=self._clock.now().tzinfo)  # a file: nobody to ask
        return next_fetch(source, known_until, self._clock.now(), failures, jitter, wait_s)

    async def _fetch(self, key: Key) -> None:
        before, wait_s = self._standing[key], 0
        spots: tuple[Spot, ...] = ()
        try:
            spots = await self._asked(key)
        except SourceError as error:
            wait_s = error.retry_after_s if isinstance(error, RateLimited) else 0
            if not before.failures:
                log.warning(
                    "prices.not_fetched", source=key[1], zone=key[2], why=error.reason.code, **error.reason.params
                )
            failures, known_until = before.failures + 1, before.known_until
        else:
            if before.failures:
                log.info("prices.fetched_again", source=key[1], zone=key[2])
            known_until = max(filter(None, (before.known_until, end_of(spots))), default=None)
            short = known_until is None or known_until < complete_until(self._sources[key[1]], self._clock.now())
            failures = before.failures + 1 if short else 0
        due_at = self._due(key, known_until, failures, wait_s)
        self._standing[key] = Standing(known_until=known_until, due_at=due_at, failures=failures)
        if spots:
            await self._keep(key, spots)

    async def _asked(self, key: Key) -> tuple[Spot, ...]:
        """From what is known on, until the end of what is published. Raise SourceError."""
        source, now = self._sources[key[1]], self._clock.now()
        assert source.request is not None
        secret = self._token(key) if source.needs_secret else None
        start = self._standing[key].known_until or now - timedelta(days=1)
        request = source.request(key[2], min(start, now), complete_until(source, now), secret)
        return source.read(await body_of(self._transfers, request, source.judge), key[2])

    def _token(self, key: Key) -> Secret:
        try:
            secret = self._secret_of(key)
        except NotSealedHere:  # the data folder's key is another one: it has to be given anew
            secret = None
        if secret is None:
            raise Unauthorised("source.no_token")
        return secret

    async def _keep(self, key: Key, spots: tuple[Spot, ...]) -> None:
        account_id, source, zone = key
        now = self._clock.now()
        good, findings = cleaned(spots)
        save = partial(prices.save, account_id=account_id, source=source, zone=zone, spots=good, now=now)
        await self._database.write("prices", save)
        if (odd := findings.notice()) is not None:
            await self._database.write("prices", notices.save(account_id, odd, now, self._ids))
        self._sites.know_spots(*key, await self._stored(key))


def end_of(spots: tuple[Spot, ...]) -> datetime | None:
    """Up to here they tell."""
    return max((spot.starts_at + timedelta(seconds=spot.length_s) for spot in spots), default=None)


class Unreachable(SourceError):
    """No answer came. `what`: `dns`, `forbidden`, `connection`, `timeout`."""

    def __init__(self, what: str) -> None:
        super().__init__("source.unreachable", what=what)


Judge = Callable[[int, str], None]


async def body_of(transfers: Transfers, request: Request, judge: Judge) -> bytes:
    """What a source answers, through the outbound guard; `judge` raises for a status that is no answer.

    Raise SourceError.
    """
    headers = {name: text for name, text in request.fields()}
    try:
        answer = await transfers.ask(request.address(), request.method, headers, request.body)
    except Failed as failed:
        raise no_answer(failed.code) from None
    judge(answer.status, str(answer.retry_after_s))
    return answer.body


def no_answer(code: str) -> SourceError:
    if code == "too_big":
        return Unreadable("source.too_big")
    return Unreachable("forbidden" if code.startswith("forbidden") else UNREACHABLE.get(code, "connection"))
