"""Prices and forecasts are kept per account; the newest word counts."""

from datetime import timedelta

import pytest
from cast import START, settle_in

from fixtures_store import run
from laadboek.energy.forecast import Sunny
from laadboek.energy.tariff import Spot
from laadboek.site.config import SiteConfig
from laadboek.store import accounts, forecasts, prices, sites
from laadboek.store.retention import AT_ONCE, RULES, let_go

HOUR = timedelta(hours=1)


@pytest.fixture
def home(database):
    account_id, _ = run(database, settle_in)
    return account_id


def spots(*micros, start=START):
    return tuple(Spot(start + HOUR * number, 3_600, micro) for number, micro in enumerate(micros))


def keep(database, account_id, published, source="energyzero", zone="NL", now=START):
    run(database, lambda db: prices.save(db, account_id, source, zone, published, now))


def kept(database, account_id, source="energyzero", zone="NL", start=START):
    return run(database, lambda db: prices.since(db, account_id, source, zone, start))


def test_what_was_published_is_kept_in_order(database, home):
    published = spots(90_000, -20_000, 0)
    keep(database, home, published[::-1])
    assert kept(database, home) == published
    assert kept(database, home, start=START + HOUR) == published[1:]


def test_the_same_again_changes_nothing_and_another_price_counts(database, home):
    keep(database, home, spots(90_000, 80_000))
    keep(database, home, spots(90_000, 80_000))
    keep(database, home, spots(95_000))
    assert [spot.micro_per_kwh for spot in kept(database, home)] == [95_000, 80_000]


def test_sources_zones_and_accounts_keep_apart(database, home):
    stranger = run(database, lambda db: accounts.create(db, "acc_x", "X", "UTC", "en", START))
    keep(database, home, spots(1))
    assert kept(database, home, source="entsoe") == kept(database, home, zone="BE") == kept(database, stranger) == ()
    keep(database, stranger, spots(2))
    assert kept(database, home) == spots(1)


def test_prices_go_after_four_hundred_days(database, home):
    keep(database, home, spots(1, 2))
    [rule] = [rule for rule in RULES if rule.table == "prices"]
    assert run(database, lambda db: let_go(db, rule, START + timedelta(days=400))) == 0
    gone = run(database, lambda db: let_go(db, rule, START + timedelta(days=400, seconds=1)))
    assert gone == 1 < AT_ONCE
    assert kept(database, home) == spots(1, 2)[1:]


def test_a_site_has_one_forecast_the_newest(database, home):
    site = run(database, lambda db: sites.create(db, home, "sit_1", "Home", SiteConfig(), START))
    for watts, source in ((100, "open_meteo"), (200, "solcast")):
        sunny = (Sunny(START, watts), Sunny(START + HOUR / 4, 0))
        run(database, lambda db, s=source, q=sunny: forecasts.save(db, home, site, s, q, START + HOUR))
    found = run(database, lambda db: forecasts.load(db, home, site))
    assert found == ("solcast", (Sunny(START, 200), Sunny(START + HOUR / 4, 0)), START + HOUR)
    assert run(database, lambda db: forecasts.load(db, home + 1, site)) is None
