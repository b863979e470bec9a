"""Prices are fetched when they are due, kept before they are used, and a source that gives nothing disturbs nobody."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import msgspec
import pytest

from file_servers import Files, http_files
from laadboek.clock import VirtualClock
from laadboek.energy.tariff import Spot
from laadboek.ids import Ids
from laadboek.runtime.guard import Guard
from laadboek.runtime.keys import NotSealedHere
from laadboek.runtime.price_watch import PriceWatch, body_of
from laadboek.runtime.transfers import Transfers
from laadboek.secret import Secret
from laadboek.sources.source import PER_KWH, PriceSource, Request, SourceError, decoded, in_order, micro
from laadboek.sources.timing import complete_until, next_fetch
from laadboek.store import accounts, notices, prices
from laadboek.store.database import open_database

HOUR = timedelta(hours=1)
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 09:00 in Brussels, a Monday


def source(port=0, *, token=False):
    """Publishes `[[iso instant, micro], …]`, hourly."""

    def request(zone, start, until, secret):
        days = f"from={start:%Y-%m-%dT%H:%MZ}&until={until:%Y-%m-%dT%H:%MZ}"
        headers = (("X-Token", "{secret}"),) if token else ()
        return Request(url=f"http://127.0.0.1:{port}/{zone}?{days}", headers=headers, secret=secret)

    def read(answer, zone):
        told = decoded(answer, list[tuple[datetime, Decimal]])
        return in_order(Spot(at, 3_600, int(micro)) for at, micro in told)

    return PriceSource(
        name="corner", title="Corner shop", zones={"NL": "EUR"}, resolution_s=3_600, needs_secret=token,
        terms="none", published_at=time(13, 0), request=request, read=read,
    )  # fmt: skip


class Sites:
    """The sites of one account that use the corner shop's prices."""

    def __init__(self, account_id):
        self.price_sources, self.known = {(account_id, "corner", "NL")}, []

    def know_spots(self, account_id, source, zone, spots):
        self.known.append(spots)


class Shop:
    def __init__(self, folder, port, *, token=None, needs_token=False):
        self.database = open_database(folder / "laadboek.db")
        self.clock, self.ids = VirtualClock(MORNING), Ids("prices")
        self.account = asyncio.run(
            self.database.write("test", lambda db: accounts.create(db, "acc_1", "A", "Europe/Amsterdam", "nl", MORNING))
        )
        self.sites, self.token = Sites(self.account), token
        self.sources = {"corner": source(port, token=needs_token)}
        self.begin()

    def begin(self):
        self.watch = None

    def look(self):
        async def once():
            transfers = Transfers(Guard(["127.0.0.0/8"]))
            try:
                if self.watch is None:
                    self.watch = PriceWatch(
                        self.sites, self.sources, self.database, transfers, self.clock, self.ids, lambda key: self.token
                    )
                self.watch._transfers = transfers
                await self.watch.look()
            finally:
                transfers.close()

        asyncio.run(once())

    def stored(self):
        return self.database.read(lambda db: prices.since(db, self.account, "corner", "NL", MORNING - 30 * HOUR))


class Corner(Files):
    """Publishes whatever is in `days` at any address."""

    def __init__(self):
        super().__init__()
        self.days = []
        self.files = self

    def get(self, path):
        hours = [(MORNING.replace(hour=0) + day * 24 * HOUR + (h - 1) * HOUR) for day in self.days for h in range(24)]
        return msgspec.json.encode([(at, 100_000 + at.hour) for at in hours])


@pytest.fixture
def corner():
    store = Corner()
    with http_files(store) as (_, port):
        store.port = port
        yield store


@pytest.fixture
def shop(tmp_path, corner):
    opened = Shop(tmp_path, corner.port)
    yield opened
    opened.database.close()


def test_today_is_fetched_at_once_and_tomorrow_after_one(shop, corner):
    corner.days = [0]
    shop.look()
    assert len(corner.asked) == 1
    assert len(shop.sites.known[-1]) == 96 and shop.stored() == shop.sites.known[-1]
    shop.clock.instant = datetime(2026, 3, 2, 11, 59, 59, tzinfo=UTC)  # 12:59:59 there
    shop.look()
    assert len(corner.asked) == 1
    corner.days = [0, 1]
    shop.clock.instant = datetime(2026, 3, 2, 12, 10, tzinfo=UTC)
    shop.look()
    assert len(corner.asked) == 2
    assert len(shop.sites.known[-1]) == 192
    shop.clock.instant += 20 * HOUR
    shop.look()
    assert len(corner.asked) == 2


def test_tomorrow_that_is_late_is_asked_for_again_and_again_but_not_at_every_look(shop, corner):
    corner.days = [0]
    shop.clock.instant = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    shop.look()
    for _ in range(12):
        shop.clock.instant += timedelta(minutes=5)
        shop.look()
    assert 3 <= len(corner.asked) <= 6
    corner.days = [0, 1]
    shop.clock.instant += 2 * HOUR
    shop.look()
    assert len(shop.sites.known[-1]) == 192


def test_a_restart_begins_with_what_is_kept_and_asks_nobody(shop, corner):
    corner.days = [0]
    shop.look()
    shop.begin()
    shop.look()
    assert len(corner.asked) == 1
    assert shop.sites.known[-1] == shop.stored() and len(shop.sites.known) == 3


@pytest.mark.parametrize("status", [500, 404, 302, 429, 401])
def test_a_source_that_gives_nothing_is_asked_later(shop, corner, status):
    corner.statuses["GET"] = status
    shop.look()
    assert shop.stored() == () and len(corner.asked) == 1
    shop.clock.instant += timedelta(minutes=4)
    shop.look()
    assert len(corner.asked) == 1
    corner.statuses.clear()
    corner.days = [0]
    shop.clock.instant += timedelta(minutes=4)
    shop.look()
    assert len(shop.stored()) == 96


def test_it_waits_as_long_as_the_source_asks_for(shop, corner):
    corner.statuses["GET"], corner.headers = 429, {"Retry-After": "7200"}
    shop.look()
    shop.clock.instant += timedelta(minutes=119)
    shop.look()
    assert len(corner.asked) == 1


def test_without_its_token_nobody_is_asked_and_with_it_the_token_travels_in_its_header(tmp_path, corner):
    corner.days = [0]
    shop = Shop(tmp_path, corner.port, needs_token=True)
    shop.look()
    assert corner.asked == []
    shop.token = Secret("s3cret")
    shop.clock.instant += HOUR
    shop.look()
    assert corner.given[0]["X-Token"] == "s3cret"
    shop.database.close()


def test_a_token_that_cannot_be_opened_is_none(tmp_path, corner):
    def lost(key):
        raise NotSealedHere("sites sit_1")

    shop = Shop(tmp_path, corner.port, needs_token=True)
    shop.look()
    shop.watch._secret_of = lost
    shop.clock.instant += HOUR
    shop.look()
    assert corner.asked == [] and shop.stored() == ()
    shop.database.close()


def test_an_amount_without_end_is_no_price():
    with pytest.raises(SourceError):
        micro(Decimal("1e999999999"), PER_KWH)
    with pytest.raises(SourceError):
        micro(Decimal("-1e999999999"), PER_KWH)


def test_odd_prices_are_told_once_they_come(shop, corner):
    corner.days = [0]
    whole = corner.get
    corner.get = lambda path: msgspec.json.encode(msgspec.json.decode(whole(path))[:10])
    shop.look()
    corner.get = lambda path: msgspec.json.encode([["2026-03-02T12:00:00Z", 9_000_000]])
    shop.clock.instant += HOUR
    shop.look()
    told = shop.database.read(lambda db: notices.of_account(db, shop.account, 10))
    assert [one.reason.code for one in told] == ["prices.doubtful"]
    assert len(shop.stored()) == 40


def test_a_source_that_nobody_uses_any_more_is_left_alone(shop, corner):
    corner.days = [0]
    shop.sites.price_sources = {(shop.account, "unheard-of", "NL")}
    shop.look()
    assert corner.asked == []


def test_an_address_that_may_not_be_called_is_not(corner):
    async def asked(url):
        transfers = Transfers(Guard())
        try:
            await body_of(transfers, Request(url=url), source().judge)
        finally:
            transfers.close()

    with pytest.raises(SourceError) as refused:
        asyncio.run(asked(f"http://127.0.0.1:{corner.port}/"))
    assert refused.value.reason.params == {"what": "forbidden"}
    assert corner.asked == []


# --- when -------------------------------------------------------------------------------------------------------------


def test_a_day_is_complete_when_the_market_says_so_also_where_the_clocks_change():
    shop = source()
    assert complete_until(shop, datetime(2026, 3, 28, 11, 59, tzinfo=UTC)) == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert complete_until(shop, datetime(2026, 3, 28, 12, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert complete_until(shop, datetime(2026, 10, 24, 11, 0, tzinfo=UTC)) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


def test_who_knows_all_asks_within_ten_minutes_after_publication():
    shop, known = source(), datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    noon = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert next_fetch(shop, known, MORNING, 0, 0.0) == noon
    assert noon < next_fetch(shop, known, MORNING, 0, 0.999) < noon + timedelta(minutes=10)
    assert next_fetch(shop, known + 24 * HOUR, noon, 0, 0.0) == noon + 24 * HOUR


def test_failures_make_it_patient_but_never_for_more_than_about_an_hour():
    shop = source()
    waits = [next_fetch(shop, None, MORNING, failures, 0.0) - MORNING for failures in range(8)]
    assert waits[0] == timedelta()
    assert waits[1:5] == [timedelta(minutes=m) for m in (5, 10, 20, 40)]
    assert waits[5:] == [HOUR] * 3
