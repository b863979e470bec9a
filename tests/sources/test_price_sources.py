"""What holds for every price source: what it is asked, what its statuses mean, and that no secret is shown."""

import ipaddress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek.energy.tariff import Spot
from laadboek.portal.words import texts
from laadboek.secret import Secret
from laadboek.sources import source
from laadboek.sources.catalogue import PRICES
from laadboek.sources.source import (
    LENGTHS_S,
    MOST_MICRO,
    NotPublished,
    RateLimited,
    SourceError,
    Unauthorised,
    Unreadable,
    WrongZone,
    in_order,
    lengths,
)

START, UNTIL = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 30, 22, tzinfo=UTC)
TOKEN = Secret("f00dcafe+1234")
FETCHED = [name for name, row in PRICES.items() if row.request is not None]


def requests():
    for name in FETCHED:
        for zone in PRICES[name].zones:
            yield PRICES[name], PRICES[name].request(zone, START, UNTIL, TOKEN)


def asked(name, zone, secret=None):
    request = PRICES[name].request(zone, START, UNTIL, secret)
    return request.method, request.address(), request.fields()


# --- every row ---


@pytest.mark.parametrize("name", PRICES)
def test_a_row_is_complete(name):
    row = PRICES[name]
    assert row.name == name
    assert row.terms.endswith(".")
    assert row.zones
    assert {len(currency) for currency in row.zones.values()} == {3}
    assert row.resolution_s in LENGTHS_S
    assert row.least_gap >= timedelta(minutes=5)


def test_the_page_of_prices_has_a_row_for_each():
    page = (Path(__file__).parents[2] / "docs" / "prices.md").read_text()
    for name, row in PRICES.items():
        line = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert ("all-in" in line) == row.all_in
        assert ("| yes |" in line) == row.needs_secret


def test_only_the_shipped_year_and_files_need_no_network():
    assert PRICES.keys() - set(FETCHED) == {"shipped", "csv"}
    now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert PRICES["shipped"].published(now)[-1].starts_at == datetime(2026, 7, 2, 21, tzinfo=UTC)


def test_what_consumers_pay_is_told_apart_from_the_exchange():
    assert {name for name, row in PRICES.items() if row.all_in} == {"tibber", "octopus"}


def test_requests_go_to_public_hosts_by_https_and_show_no_secret():
    for row, request in requests():
        address = urlsplit(request.url)
        assert address.scheme == "https"
        assert address.username is None and address.port is None
        assert "." in address.hostname and not address.hostname.endswith((".local", ".internal", ".test"))
        with pytest.raises(ValueError):
            ipaddress.ip_address(address.hostname)
        for shown in (repr(request), str(request), request.url, repr(request.headers), repr(request.body)):
            assert "f00dcafe" not in shown
        sent = request.address() + repr(request.fields())
        assert ("f00dcafe" in sent) == row.needs_secret


@pytest.mark.parametrize("name", FETCHED)
@pytest.mark.parametrize("zone", ["XX", "", "nl", "NL/../..", "A&x=1", "PRODUCT/?/C", "AB", "C\n"])
def test_a_zone_that_it_does_not_know_is_never_asked_for(name, zone):
    with pytest.raises(WrongZone):
        PRICES[name].request(zone, START, UNTIL, TOKEN)


@pytest.mark.parametrize("name", PRICES)
def test_a_zone_has_a_currency_or_is_none(name):
    row = PRICES[name]
    assert {row.currency(zone) for zone in row.zones} == set(row.zones.values())
    with pytest.raises(WrongZone):
        row.currency("XX")


@pytest.mark.parametrize("token", ["", "two words", "line\r\nHost: x", "ü", "x" * 513])
@pytest.mark.parametrize("name", [name for name, row in PRICES.items() if row.needs_secret])
def test_a_token_that_would_leave_its_place_is_never_sent(name, token):
    with pytest.raises(Unauthorised) as caught:
        asked(name, "NL", Secret(token))
    assert caught.value.reason.code == "source.no_token"
    with pytest.raises(Unauthorised):
        asked(name, "NL", None)


def test_every_failure_has_its_sentence():
    assert source.REASONS.keys() <= texts.SENTENCES.keys()


# --- statuses ---


@pytest.mark.parametrize("name", FETCHED)
def test_what_a_status_means(name):
    row = PRICES[name]
    row.judge(200)
    for status in (401, 403):
        with pytest.raises(Unauthorised):
            row.judge(status)
    for status, header, wait_s in ((429, "120", 120), (503, "Tue, 24 Nov 2026 02:00:00 GMT", 0), (429, "", 0)):
        with pytest.raises(RateLimited) as caught:
            row.judge(status, header)
        assert caught.value.retry_after_s == wait_s
    for status in (204, 301, 500):
        with pytest.raises(SourceError) as refused:
            row.judge(status)
        assert (refused.value.reason.code, refused.value.reason.params) == ("source.refused", {"status": status})


@pytest.mark.parametrize("name", FETCHED)
def test_a_page_that_is_not_found_means_what_the_source_means_by_it(name):
    with pytest.raises(NotPublished if name in {"energy_charts", "energyzero"} else SourceError) as caught:
        PRICES[name].judge(404)
    assert caught.value.reason.code in {"source.not_published", "source.refused"}


def test_the_body_of_a_refusal_by_entsoe_is_read():
    PRICES["entsoe"].judge(400)


# --- what each one is asked ---


def test_what_goes_over_the_wire():
    assert asked("energyzero", "NL")[1] == (
        "https://public.api.energyzero.nl/public/v1/prices"
        "?energyType=ENERGY_TYPE_ELECTRICITY&date=29-03-2026&interval=INTERVAL_QUARTER"
    )
    assert asked("energy_charts", "NL")[1] == (
        "https://api.energy-charts.info/price?bzn=NL&start=2026-03-29&end=2026-03-30"
    )
    assert asked("awattar", "AT")[1] == "https://api.awattar.at/v1/marketdata?start=1774738800000&end=1774908000000"
    assert asked("octopus", "C")[1] == (
        "https://api.octopus.energy/v1/products/AGILE-24-10-01/electricity-tariffs/E-1R-AGILE-24-10-01-C"
        "/standard-unit-rates/?period_from=2026-03-28T23:00Z&period_to=2026-03-30T22:00Z&page_size=1500"
    )
    assert "/AGILE-23-12-06/electricity-tariffs/E-1R-AGILE-23-12-06-A/" in asked("octopus", "AGILE-23-12-06/A")[1]


def test_energyzero_is_asked_for_the_day_whose_neighbour_is_the_last_one():
    """Evening of the 30th: the 31st is published, and the answer reaches from the 29th to it."""
    request = PRICES["energyzero"].request(
        "NL", datetime(2026, 3, 29, 18, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC), None
    )
    assert "date=30-03-2026" in request.url


def test_a_token_goes_where_each_one_wants_it():
    assert asked("entsoe", "NL", TOKEN)[1] == (
        "https://web-api.tp.entsoe.eu/api?securityToken=f00dcafe%2B1234&documentType=A44"
        "&contract_MarketAgreement.type=A01&in_Domain=10YNL----------L&out_Domain=10YNL----------L"
        "&periodStart=202603282300&periodEnd=202603302200"
    )
    method, address, fields = asked("tibber", "NL", TOKEN)
    assert (method, address) == ("POST", "https://api.tibber.com/v1-beta/gql")
    assert ("Authorization", "Bearer f00dcafe+1234") in fields


# --- reading, in common ---


def test_the_same_price_twice_is_one_and_another_price_stays():
    one, other = Spot(START, 3_600, 10), Spot(START, 3_600, 9)
    assert in_order([one, one]) == (one,)
    assert in_order([one, other]) == (one, other)
    assert in_order([other, one]) == (other, one)


def test_where_only_beginnings_are_told_a_missing_one_leaves_a_gap():
    def after(*minutes):
        return lengths([START + timedelta(minutes=minute) for minute in minutes])

    assert after() == []
    assert after(0) == [3_600]
    assert after(0, 15, 30, 90, 105) == [900] * 5
    assert after(0, 60, 120, 135, 150) == [3_600, 3_600, 900, 900, 900]
    assert after(0, 60, 180) == [3_600] * 3
    assert after(30, 0, 0, 60) == [1_800] * 4
    for odd in ((0, 7), (0, 120)):
        with pytest.raises(Unreadable):
            after(*odd)


@settings(deadline=None)
@given(st.decimals(min_value=-20, max_value=20, allow_nan=False, places=9))
def test_a_price_is_rounded_once_to_the_nearest_millionth(amount):
    assert abs(source.micro(amount, source.PER_KWH) - amount * 1_000_000) <= Decimal("0.5")


def test_the_dearest_price_that_is_one():
    assert source.micro(Decimal(20), source.PER_KWH) == MOST_MICRO
    assert source.micro(Decimal("0.0000005"), source.PER_KWH) == 1
    assert source.micro(Decimal("-0.0000005"), source.PER_KWH) == -1
    assert source.micro(Decimal("0.0000004"), source.PER_KWH) == 0
    for amount in ("20.000001", "-20.000001", "Infinity", "NaN"):
        with pytest.raises(Unreadable):
            source.micro(Decimal(amount), source.PER_KWH)
