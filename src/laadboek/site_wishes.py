"""Connects what pages and the API ask of sites with the process that hosts them: rows first, then the site itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from .actions import prices, sites
from .actions import site_questions as ask
from .bus import Bus
from .clock import Clock
from .energy.tariff import Spot
from .ids import Ids
from .reasons import Refused
from .runtime.keys import DataKeys
from .secret import Secret
from .store import sites as stored_sites
from .store.connection import Connection
from .store.database import Database
from .store.errors import JobFailed
from .store.sites import SiteRow

TABLE = "sites"
FORECAST_TABLE = "sites.forecast"  # what is sealed for one of the two sources opens nowhere else

T = TypeVar("T")


def token_of(database: Database, keys: DataKeys, used: tuple[int, str, str]) -> Secret | None:
    """The token with which an account's sites ask this source for this zone: that of the first one that has any."""
    account_id, source, zone = used
    for site in database.read(lambda db: stored_sites.of_account(db, account_id)):
        if site.secret is not None and (site.config.price_source, site.config.price_zone) == (source, zone):
            return keys.open(site.secret, table=TABLE, row=site.public_id, account_id=account_id)
    return None


def forecast_token_of(keys: DataKeys, site: SiteRow) -> Secret | None:
    """The token of the site's forecast source."""
    sealed = site.forecast_secret
    if sealed is None:
        return None
    return keys.open(sealed, table=FORECAST_TABLE, row=site.public_id, account_id=site.account_id)


class SiteWishes:
    """What hosted sites do for whoever asks. `refresh`: rows of this account changed; `know_spots`: prices came."""

    def __init__(
        self,
        refresh: Callable[[int], None],
        know_spots: Callable[[int, str, str, Sequence[Spot]], None],
        database: Database,
        keys: DataKeys,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._know_spots = know_spots
        self._refresh, self._database, self._keys, self._clock, self._ids = refresh, database, keys, clock, ids

    def serve(self, bus: Bus) -> None:
        bus.serve("sites", self.answer)

    async def answer(self, question: Any) -> Any:
        answered = await ANSWERS[type(question)](self, question)
        self._refresh(question.actor.account_id)
        return answered

    async def _add(self, question: ask.AddSite) -> Any:
        site_id = self._ids.public("sit")
        wanted = self._sealed(question, site_id)
        return await self._write(partial(sites.add, actor=question.actor, site_id=site_id, wanted=wanted))

    async def _change(self, question: ask.ChangeSite) -> Any:
        wanted = self._sealed(question, question.site_id)
        return await self._write(partial(sites.change, actor=question.actor, site_id=question.site_id, wanted=wanted))

    async def _remove(self, question: ask.RemoveSite) -> Any:
        return await self._write(partial(sites.remove, actor=question.actor, site_id=question.site_id))

    async def _place(self, question: ask.PlaceCharger) -> Any:
        placed = partial(sites.stand, actor=question.actor, charger_id=question.charger_id, wanted=question.wanted)
        return await self._write(placed)

    async def _import(self, question: ask.ImportPrices) -> Any:
        actor, site_id, text = question.actor, question.site_id, question.text
        done = await self._write(partial(prices.import_file, actor=actor, site_id=site_id, text=text))
        self._know_spots(actor.account_id, prices.FROM_FILE, done.zone, done.spots)
        return done

    def _sealed(self, question: ask.AddSite | ask.ChangeSite, site_id: str) -> sites.SiteChange:
        """With its tokens encrypted."""
        tokens = ("secret", question.token, TABLE), ("forecast_secret", question.forecast_token, FORECAST_TABLE)
        account_id = question.actor.account_id
        given: dict[str, bytes | None] = {}
        for field, token, table in tokens:
            if token is not UNSET:
                sealed = self._keys.seal(token, table=table, row=site_id, account_id=account_id) if token else None
                given[field] = sealed
        return replace(question.wanted, **given)

    async def _write(self, job: Callable[..., T]) -> T:
        def at(db: Connection) -> T:
            return job(db, now=now)

        now = self._clock.now()
        try:
            return await self._database.write("sites", at)
        except JobFailed as failed:
            if isinstance(failed.__cause__, Refused):
                raise failed.__cause__ from None
            raise


ANSWERS: Mapping[type, Callable[[SiteWishes, Any], Awaitable[Any]]] = {
    ask.AddSite: SiteWishes._add,
    ask.ChangeSite: SiteWishes._change,
    ask.RemoveSite: SiteWishes._remove,
    ask.PlaceCharger: SiteWishes._place,
    ask.ImportPrices: SiteWishes._import,
}
