"""Solar forecasts are fetched by day within each source's limits; what is old or of another roof is not counted on."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from file_servers import Files, http_files
from laadboek.clock import VirtualClock
from laadboek.energy.forecast import Sunny
from laadboek.energy.sun import Roof
from laadboek.ids import Ids
from laadboek.runtime.guard import Guard
from laadboek.runtime.keys import DataKeys
from laadboek.runtime.sky_watch import SkyWatch
from laadboek.runtime.transfers import Transfers
from laadboek.secret import Secret
from laadboek.site.config import SiteConfig
from laadboek.site_wishes import FORECAST_TABLE, forecast_token_of
from laadboek.sources.forecast_source import ForecastSource
from laadboek.sources.forecasts import FORECASTS
from laadboek.sources.sky_timing import AGE_MAX, after_failure, after_success, by_day, room_at, usable
from laadboek.sources.source import NotPublished, Request, decoded
from laadboek.store import accounts, forecasts, sites
from laadboek.store.database import open_database

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
UTRECHT = 52.1, 5.1
EAST, WEST = Roof(peak_w=2_000, azimuth=90), Roof(peak_w=4_000, azimuth=270)


def source(port=0, *, needs_secret=False, most_requests=12):
    """Answers `[[iso instant, W per W of peak], …]`."""

    def request(ask):
        headers = (("X-Token", "{secret}"),) if ask.secret is not None else ()
        where = f"{ask.latitude}/{ask.roof.azimuth}/{ask.number}"
        return Request(url=f"http://127.0.0.1:{port}/{where}", headers=headers, secret=ask.secret)

    def read(answer, roof):
        told = decoded(answer, list[tuple[datetime, Decimal]])
        if not told:
            raise NotPublished
        return tuple(Sunny(at, int(share * roof.peak_w)) for at, share in told)

    return ForecastSource(
        name="weather", title="Weather", terms="none.", least_gap=HOUR, most_requests=most_requests,
        needs_secret=needs_secret, most_within=HOUR, request=request, read=read,
    )  # fmt: skip


class Weather(Files):
    """The same sky over every roof."""

    def __init__(self):
        super().__init__()
        self.sky, self.files = [(NOON, 0.5), (NOON + QUARTER, 0.25)], self

    def get(self, path):
        return msgspec.json.encode(self.sky)


class Street:
    """One account with sites under one sky."""

    def __init__(self, folder, port, **options):
        self.database, self.clock = open_database(folder / "laadboek.db"), VirtualClock(NOON)
        self.keys, self.known, self.sources = DataKeys(b"k" * 32), {}, {"weather": source(port, **options)}
        self.account = self.write(lambda db: accounts.create(db, "acc_1", "A", "Europe/Amsterdam", "nl", NOON))
        self.watch = None

    def write(self, job):
        return asyncio.run(self.database.write("test", job))

    def build(self, site_id="sit_1", roofs=(EAST, WEST), secret=None):
        config = SiteConfig(roofs=roofs, forecast_source="weather")
        place = {"table": FORECAST_TABLE, "row": site_id, "account_id": self.account}
        sealed = None if secret is None else self.keys.seal(Secret(secret), **place)
        self.write(lambda db: sites.create(db, self.account, site_id, "Home", config, NOON, None, sealed))

    def rebuild(self, **config):
        [row] = self.forecast_sites
        changed = msgspec.structs.replace(row, config=msgspec.structs.replace(row.config, **config))
        self.write(lambda db: sites.change(db, changed))

    @property
    def forecast_sites(self):
        rows = self.database.read(sites.all)
        return [row for row in rows if row.config.forecast_source is not None and row.config.roofs]

    def know_sky(self, site_id, sunny):
        self.known.setdefault(site_id, []).append(tuple(sunny))

    def look(self, **later):
        async def once():
            transfers = Transfers(Guard(["127.0.0.0/8"]))
            try:
                if self.watch is None:
                    self.watch = SkyWatch(
                        self,
                        self.sources,
                        self.database,
                        transfers,
                        self.clock,
                        Ids("sky"),
                        lambda row: forecast_token_of(self.keys, row),
                    )
                self.watch._transfers = transfers
                await self.watch.look()
            finally:
                transfers.close()

        self.clock.instant += timedelta(**later)
        asyncio.run(once())

    def restart(self):
        self.watch = None

    def stored(self):
        [row] = self.forecast_sites
        return self.database.read(lambda db: forecasts.load(db, self.account, row.id))


@pytest.fixture
def weather():
    store = Weather()
    with http_files(store) as (_, port):
        store.port = port
        yield store


@pytest.fixture
def street(tmp_path, weather):
    opened = Street(tmp_path, weather.port)
    yield opened
    opened.database.close()


@pytest.fixture
def home(street):
    street.build()
    return street


BOTH = (Sunny(NOON, 3_000), Sunny(NOON + QUARTER, 1_500))


def test_all_roofs_of_a_site_are_asked_for_and_told_as_one(home, weather):
    home.look()
    assert weather.asked == ["GET /52.1/90/1", "GET /52.1/270/2"]
    assert home.known == {"sit_1": [BOTH]}
    assert home.stored() == ("weather", BOTH, NOON)


def test_the_next_forecast_comes_three_hours_later(home, weather):
    home.look()
    home.look(minutes=179)
    assert len(weather.asked) == 2
    weather.sky = [(NOON, 0.1)]
    home.look(minutes=20)
    assert len(weather.asked) == 4
    assert home.known["sit_1"][-1] == (Sunny(NOON, 600),)


def test_nobody_is_asked_at_night_and_at_dawn_everybody_is(home, weather):
    home.clock.instant = datetime(2026, 6, 1, 17, 30, tzinfo=UTC)
    home.look()
    for _ in range(18):  # until 2:30, an hour before the sun
        home.look(minutes=30)
    assert len(weather.asked) == 2
    home.look(minutes=30)
    assert len(weather.asked) == 4


def test_a_restart_begins_with_what_is_kept_and_asks_nobody(home, weather):
    home.look()
    home.restart()
    home.look(hours=1)
    assert len(weather.asked) == 2
    assert home.known["sit_1"] == [BOTH, BOTH]


@pytest.mark.parametrize(("age", "counts"), [(AGE_MAX, True), (AGE_MAX + timedelta(seconds=1), False)])
def test_a_forecast_older_than_a_day_is_not_counted_on(home, weather, age, counts):
    home.look()
    weather.statuses["GET"] = 500
    home.clock.instant = NOON + age
    home.look()
    assert home.known["sit_1"] == [BOTH] if counts else [BOTH, ()]
    home.restart()
    home.look()
    assert (home.known["sit_1"][-1] == BOTH) is counts


def test_a_forecast_from_the_future_was_fetched_by_a_wrong_clock(home, weather):
    home.look()
    weather.statuses["GET"] = 500
    home.restart()
    home.look(hours=-1)
    assert home.known["sit_1"] == [BOTH]


@pytest.mark.parametrize("status", [500, 404, 302, 429, 401])
def test_a_source_that_gives_nothing_is_asked_later_and_ever_more_rarely(home, weather, status):
    weather.statuses["GET"] = status
    home.look()
    assert home.known == {} and len(weather.asked) == 1
    home.look(minutes=14)
    assert len(weather.asked) == 1
    home.look(minutes=5)
    assert len(weather.asked) == 2
    home.look(minutes=29)
    assert len(weather.asked) == 2
    weather.statuses.clear()
    home.look(minutes=9)
    assert home.known["sit_1"] == [BOTH]


def test_it_waits_as_long_as_the_source_asks_for(home, weather):
    weather.statuses["GET"], weather.headers = 429, {"Retry-After": "7200"}
    home.look()
    home.look(minutes=119)
    assert len(weather.asked) == 1
    home.look(minutes=32)
    assert len(weather.asked) == 2


def test_one_roof_without_an_answer_makes_no_half_a_forecast(home, weather):
    weather.sky = []
    home.look()
    assert home.known == {} and home.stored() is None


def test_another_roof_makes_the_forecast_worthless_and_calls_for_a_new_one_at_once(home, weather):
    home.look()
    home.rebuild(roofs=(WEST,))
    home.look(minutes=1)
    assert home.known["sit_1"] == [BOTH, (), (Sunny(NOON, 2_000), Sunny(NOON + QUARTER, 1_000))]
    assert weather.asked[2:] == ["GET /52.1/270/1"]


def test_a_site_that_wants_none_any_more_has_none(home, weather):
    home.look()
    home.rebuild(forecast_source=None)
    home.look(minutes=1)
    assert home.known["sit_1"] == [BOTH, ()]


def test_sites_together_ask_no_more_often_than_the_source_allows(street, weather):
    for number in range(7):  # 14 roofs, 12 requests an hour
        street.build(f"sit_{number}")
    street.look()
    assert len(weather.asked) == 12 and len(street.known) == 6
    street.look(minutes=59)
    assert len(weather.asked) == 12
    street.look(minutes=20)
    assert len(street.known) == 7 and len(weather.asked) == 14


def test_a_site_with_more_roofs_than_a_source_allows_does_without(tmp_path, weather):
    street = Street(tmp_path, weather.port, most_requests=1)
    street.build()
    street.look()
    assert street.known == {} and weather.asked == []
    street.database.close()


@pytest.mark.parametrize(("needs", "given", "asks"), [(True, None, 0), (True, "k3y", 2), (False, None, 2)])
def test_a_token_is_sent_where_there_is_one_and_nobody_is_asked_without_one_that_is_needed(
    tmp_path, weather, needs, given, asks
):
    street = Street(tmp_path, weather.port, needs_secret=needs)
    street.build(secret=given)
    street.look()
    assert [headers.get("X-Token") for headers in weather.given] == [given] * asks
    street.database.close()


def test_a_token_that_cannot_be_opened_any_more_is_none(tmp_path, weather):
    street = Street(tmp_path, weather.port, needs_secret=True)
    street.build(secret="k3y")
    street.keys = DataKeys(b"x" * 32)
    street.look()
    assert weather.asked == [] and street.known == {}
    street.database.close()


# --- timing, pure ---

instants = st.integers(0, 6 * 365 * 24 * 3_600).map(lambda seconds: NOON + timedelta(seconds=seconds))
places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(instants, places, st.floats(0, 1, exclude_max=True), st.sampled_from(sorted(FORECASTS)))
def test_no_forecast_grows_too_old_by_waiting_for_the_day(fetched_at, place, jitter, name):
    due = after_success(FORECASTS[name], *place, fetched_at, jitter)
    assert fetched_at + FORECASTS[name].least_gap <= due < fetched_at + AGE_MAX


def test_by_day_at_once_and_by_night_an_hour_before_the_sun():
    assert by_day(NOON, *UTRECHT) == NOON
    sunrise = datetime(2026, 6, 2, 3, 27, tzinfo=UTC)
    waited = by_day(datetime(2026, 6, 1, 21, 0, tzinfo=UTC), *UTRECHT)
    assert timedelta(minutes=30) <= sunrise - waited <= timedelta(minutes=75)


@pytest.mark.parametrize(("failures", "minutes"), [(1, 15), (2, 30), (4, 120), (5, 180), (5_000, 180)])
def test_after_failures_it_waits_ever_longer_up_to_three_hours(failures, minutes):
    assert after_failure(NOON, failures, 0.0) == NOON + timedelta(minutes=minutes)
    assert after_failure(NOON, failures, 0.999) < NOON + timedelta(minutes=minutes) * 1.25
    assert after_failure(NOON, failures, 0.0, wait_s=20_000) == NOON + timedelta(seconds=20_000)


def test_what_is_usable_on_both_sides_of_a_day():
    assert usable(NOON, NOON) and usable(NOON, NOON + AGE_MAX)
    assert not usable(NOON, NOON + AGE_MAX + timedelta(seconds=1))
    assert not usable(NOON, NOON - timedelta(seconds=1))


@given(st.lists(st.integers(0, 7_200), max_size=40), st.integers(1, 14))
def test_room_is_found_exactly_when_the_limit_leaves_it(ages_s, requests):
    row = source(most_requests=12)
    asked = sorted(NOON - timedelta(seconds=age) for age in ages_s)[-12:]
    room = room_at(row, asked, requests, NOON)
    if requests > 12:
        assert room is None
        return
    assert room >= NOON
    assert sum(at > room - HOUR for at in asked) + requests <= 12
    just_before = room - timedelta(microseconds=1)
    assert room == NOON or sum(at > just_before - HOUR for at in asked) + requests > 12
