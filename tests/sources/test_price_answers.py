"""Each source of prices is read from the digits of its answer, and an answer that is none says so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from price_answers import DOUBLED, EMPTY, MADE, WHOLE, answer, entsoe, tibber

from laadboek.energy.price_curve import cleaned
from laadboek.sources.catalogue import PRICES
from laadboek.sources.source import ANSWER_MAX_BYTES, NotPublished, SourceError, WrongZone

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def told(spots):
    return [(f"{one.starts_at:%d %H:%M}", one.length_s, one.micro_per_kwh) for one in spots]


def read(name):
    return PRICES[name].read(*WHOLE[name])


def refused(name, text, zone):
    with pytest.raises(SourceError) as caught:
        PRICES[name].read(text, zone)
    return caught.value.reason.code


# --- what each one says ---


def test_energyzero_tells_the_market_price_of_quarter_hours():
    spots = told(read("energyzero"))
    assert len(spots) == 8
    assert (spots[0], spots[-1]) == (("15 23:00", 900, 79_940), ("16 00:45", 900, 75_300))


def test_energy_charts_tells_prices_per_megawatt_hour():
    spots = told(read("energy_charts"))
    assert len(spots) == 29
    assert (spots[0], spots[-1]) == (("18 02:00", 3_600, 79_270), ("19 06:00", 3_600, 98_400))


def test_awattar_tells_its_stretches_in_milliseconds():
    spots = told(read("awattar"))
    assert len(spots) == 6
    assert (spots[0], spots[-1]) == (("17 08:00", 3_600, 136_100), ("17 13:00", 3_600, 146_050))


def test_octopus_tells_pence_with_tax_the_newest_first():
    assert told(read("octopus")) == [
        ("20 20:30", 1_800, -26_250),
        ("20 21:00", 1_800, 245_700),
        ("20 21:30", 1_800, 189_420),
    ]


def test_tibber_tells_what_the_first_home_with_a_contract_pays():
    spots = read("tibber")
    assert told(spots) == [
        ("08 21:30", 900, 312_400),
        ("08 21:45", 900, 316_000),
        ("08 22:00", 900, 366_400),
        ("08 22:15", 900, 384_600),
    ]
    assert spots == PRICES["tibber"].read(answer("tibber.json"), "c70dcbe5-4485-4821-933d-a8a86452737b/NL")


def test_entsoe_tells_the_coupled_auction_though_another_comes_first_and_is_finer():
    spots = told(read("entsoe"))
    assert len(spots) == 24
    assert (spots[0], spots[-1]) == (("01 22:00", 3_600, 35_710), ("02 21:00", 3_600, 99_160))
    assert spots[15] == ("02 13:00", 3_600, -19_580)


def test_entsoe_repeats_what_a_curve_of_variable_blocks_leaves_out():
    whole = answer("entsoe.xml")
    exaa = whole[: whole.index(b"</TimeSeries>")] + b"</TimeSeries></Publication_MarketDocument>"
    spots = told(PRICES["entsoe"].read(exaa, "DE-LU"))
    assert len(spots) == 96
    assert spots[52:55] == [("02 11:00", 900, 0), ("02 11:15", 900, 0), ("02 11:30", 900, -16_750)]


def test_a_curve_of_variable_blocks_makes_nothing_up_before_its_first_point():
    document = entsoe([(MIDNIGHT, Decimal("0.05"))], HOUR, end=MIDNIGHT + 3 * HOUR).replace(
        b"<position>1<", b"<position>2<"
    )
    assert [spot.starts_at.hour for spot in PRICES["entsoe"].read(document, "NL")] == [1, 2]


# --- what all must read ---

DAYS = {
    "summer time begins": (datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
    "summer time ends": (datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
}


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("name", MADE)
def test_a_day_on_which_the_clock_is_set_has_every_stretch_once(name, day):
    make, zone, minutes = MADE[name]
    start, hours = DAYS[day]
    length = timedelta(minutes=minutes)
    given = [(start + number * length, Decimal(number) / 1_000) for number in range(hours * HOUR // length)]
    spots = PRICES[name].read(make(given, length), zone)
    assert [(spot.starts_at, spot.micro_per_kwh) for spot in spots] == [(at, int(a * 1_000_000)) for at, a in given]
    assert {spot.length_s for spot in spots} == {minutes * 60}


@pytest.mark.parametrize("name", MADE)
def test_prices_below_zero_are_prices(name):
    make, zone, minutes = MADE[name]
    length = timedelta(minutes=minutes)
    given = [(MIDNIGHT, Decimal("-0.5")), (MIDNIGHT + length, Decimal("-0.00001")), (MIDNIGHT + 2 * length, Decimal(0))]
    spots = PRICES[name].read(make(given, length), zone)
    assert [spot.micro_per_kwh for spot in spots] == [-500_000, -10, 0]


@pytest.mark.parametrize("name", MADE)
def test_a_gap_stays_a_gap_and_is_found(name):
    make, zone, minutes = MADE[name]
    length = timedelta(minutes=minutes)
    given = [(MIDNIGHT + number * length, Decimal("0.1")) for number in (0, 1, 2, 4, 5)]
    spots = PRICES[name].read(make(given, length), zone)
    assert [spot.starts_at for spot in spots] == [at for at, _ in given]
    _, findings = cleaned(spots)
    assert [(gap.starts_at, gap.ends_at) for gap in findings.gaps] == [(MIDNIGHT + 3 * length, MIDNIGHT + 4 * length)]


@pytest.mark.parametrize("name", sorted(MADE.keys() - {"csv"}))
def test_two_prices_of_one_moment_are_both_told_and_found(name):
    _, zone, minutes = MADE[name]
    length = timedelta(minutes=minutes)
    amounts = [(0, "0.1"), (1, "0.2"), (1, "0.3"), (2, "0.4")]
    given = [(MIDNIGHT + number * length, Decimal(amount)) for number, amount in amounts]
    spots = PRICES[name].read(DOUBLED[name](given, length), zone)
    assert len(spots) == 4
    good, findings = cleaned(spots)
    assert findings.doubles[0] == MIDNIGHT + length
    assert len(good) == 3 * length // timedelta(minutes=15)


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_yet_is_not_a_failure(name):
    with pytest.raises(NotPublished):
        PRICES[name].read(EMPTY[name], next(iter(PRICES[name].zones)))


# --- answers that are of no use ---


@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_that_is_cut_off_or_a_page_or_empty_is_unreadable(name):
    whole, zone = WHOLE[name]
    page = b"<!DOCTYPE html><html><body>Maintenance</body></html>"
    for bad in (whole[: len(whole) // 2], whole[:-10], page, b"", b"\xff\xfe\x00", b"null", b"[]", b"[" * 100_000):
        assert refused(name, bad, zone) == "source.unreadable"


@pytest.mark.parametrize("name", PRICES)
def test_an_answer_without_end_is_not_looked_at(name):
    expected = "source.unreadable" if name == "shipped" else "source.too_big"
    assert refused(name, b" " * (ANSWER_MAX_BYTES + 1), next(iter(PRICES[name].zones))) == expected


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("entsoe", b">MWH<", b">KWH<", "source.bad_unit"),
        ("entsoe", b">EUR<", b">BGN<", "source.bad_currency"),
        ("entsoe", b"35.71", b"1e9", "source.bad_amount"),
        ("entsoe", b"35.71", b"NaN", "source.bad_amount"),
        ("entsoe", b"35.71", b"free", "source.bad_amount"),
        ("entsoe", b"PT60M", b"P1D", "source.bad_time"),
        ("entsoe", b"2024-06-01T22:00Z", b"2024-06-03T22:00Z", "source.bad_time"),
        ("entsoe", b"2024-06-01T22:00Z", b"2024-06-01T21:53Z", "source.bad_time"),
        ("entsoe", b"2024-06-01T22:00Z", b"yesterday", "source.bad_time"),
        ("entsoe", b"<position>96<", b"<position>97<", "source.bad_time"),
        ("entsoe", b"<position>24<", b"<position>0<", "source.unreadable"),
        ("entsoe", b"<position>24<", b"<position>1<", "source.unreadable"),
        ("entsoe", b"Publication_Market", b"Balancing_Market", "source.unreadable"),
        ("energy_charts", b"EUR/MWh", b"EUR/kWh", "source.bad_unit"),
        ("energy_charts", b"1721268000,", b"", "source.unreadable"),
        ("energy_charts", b"1721271600", b"1721268420", "source.bad_time"),
        ("energy_charts", b"1721268000", b"99999999999999", "source.bad_time"),
        ("energy_charts", b"79.27", b'"much"', "source.unreadable"),
        ("awattar", b"Eur/MWh", b"Eur/kWh", "source.bad_unit"),
        ("awattar", b"136.1", b"1361000", "source.bad_amount"),
        ("awattar", b"1673942400000", b"1673942399000", "source.bad_time"),
        ("energyzero", b"0.07994", b"79.94", "source.bad_amount"),
        ("energyzero", b'"2025-12-15T23:00:00Z",\n   "end"', b'"2025-12-15T23:00:00",\n   "end"', "source.bad_time"),
        ("energyzero", b"2025-12-15T23:15:00Z", b"2025-12-16T23:15:00Z", "source.bad_time"),
        ("tibber", b'"EUR"', b'"SEK"', "source.bad_currency"),
        ("tibber", b"0.3124", b"312.4", "source.bad_amount"),
        ("octopus", b'"2024-06-20T22:00:00Z"', b"null", "source.bad_time"),
        ("octopus", b'"next": null', b'"next": "?page=2"', "source.too_big"),
        ("octopus", b"18.942", b"1e999999", "source.bad_amount"),
        ("octopus", b"18.942", b"18942", "source.bad_amount"),
    ],
)  # fmt: skip
def test_what_an_answer_must_not_say(name, old, new, code):
    whole, zone = WHOLE[name]
    assert old in whole
    assert refused(name, whole.replace(old, new), zone) == code


def test_an_excuse_instead_of_prices_is_unreadable():
    assert refused("energyzero", answer("energyzero_error.json"), "NL") == "source.unreadable"
    assert refused("octopus", b'{"detail":"No EnergyProduct matches the given query."}', "C") == "source.unreadable"


def test_prices_of_another_zone_are_not_taken():
    assert refused("entsoe", answer("entsoe.xml"), "NL") == "source.wrong_zone"


def test_tibber_does_not_know_a_home_without_a_contract():
    with pytest.raises(WrongZone):
        PRICES["tibber"].read(answer("tibber.json"), "96a14971-525a-4420-aae9-e5aedaa129ff/NL")
    with pytest.raises(WrongZone):
        PRICES["tibber"].read(b'{"data":{"viewer":{"homes":[null]}}}', "NL")


def test_a_token_that_is_not_taken_is_told_apart_from_haste_and_from_trouble():
    denied = answer("tibber_denied.json")
    assert refused("tibber", denied, "NL") == "source.unauthorised"
    assert refused("tibber", denied.replace(b"UNAUTHENTICATED", b"TOO_MANY_REQUESTS"), "NL") == "source.rate_limited"
    assert refused("tibber", denied.replace(b"UNAUTHENTICATED", b"INTERNAL_SERVER_ERROR"), "NL") == "source.unreadable"
    assert refused("tibber", b'{"errors":[{"message":"x"}]}', "NL") == "source.unreadable"
    nothing = answer("entsoe_nothing.xml")
    for text, code in {
        b"Invalid security token": "source.unauthorised",
        b"Authentication failed": "source.unauthorised",
        b"The amount of requested data exceeds allowed limit": "source.unreadable",
    }.items():
        assert refused("entsoe", nothing.replace(b"No matching data found", text), "NL") == code


def test_octopus_tells_two_prices_where_it_matters_how_one_pays_and_the_direct_debit_counts():
    stretch = '"valid_from":"2026-01-01T00:00:00Z","valid_to":"2026-01-01T00:30:00Z"'
    prices = ((10, "DIRECT_DEBIT"), (12, "NON_DIRECT_DEBIT"))
    rates = [f'{{"value_inc_vat":{price},{stretch},"payment_method":"{how}"}}' for price, how in prices]
    both = f'{{"results":[{",".join(rates)}]}}'
    assert [one.micro_per_kwh for one in PRICES["octopus"].read(both.encode(), "C")] == [100_000]


def test_a_price_that_is_null_is_not_published_and_its_neighbours_stay_as_long_as_they_are():
    times, prices = b"[1790200800,1790201700,1790202600,1790203500]", b"[88.1,null,70.0,-65.5]"
    text = b'{"unix_seconds":' + times + b',"price":' + prices + b',"unit":"EUR/MWh"}'
    assert told(PRICES["energy_charts"].read(text, "NL")) == [
        ("23 22:00", 900, 88_100),
        ("23 22:30", 900, 70_000),
        ("23 22:45", 900, -65_500),
    ]


def test_a_document_that_brings_entities_is_refused_before_it_is_parsed():
    bomb = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Publication_MarketDocument a="&b;"/>'
    for text in (bomb.encode(), bomb.encode("utf-16"), b'<?xml version="1.0" encoding="utf-7"?>' + bomb.encode()):
        assert refused("entsoe", text, "NL") == "source.unreadable"


def test_a_document_without_bottom_is_refused():
    assert refused("entsoe", b"<a>" * 200_000 + b"</a>" * 200_000, "NL") == "source.unreadable"


def test_a_document_of_more_points_than_anybody_asked_for_is_refused():
    def lasting(quarters):
        quarter = timedelta(minutes=15)
        return entsoe([(MIDNIGHT, Decimal("0.05"))], quarter, end=MIDNIGHT + quarters * quarter)

    assert len(PRICES["entsoe"].read(lasting(10_000), "NL")) == 10_000
    assert refused("entsoe", lasting(10_001), "NL") == "source.too_big"


def test_a_document_of_more_series_than_there_are_auctions_is_refused():
    def series(number):
        one = entsoe([(MIDNIGHT, Decimal("0.05"))], HOUR).decode()
        head, _, rest = one.partition("<TimeSeries>")
        return (head + ("<TimeSeries>" + rest.removesuffix("</Publication_MarketDocument>")) * number).encode()

    end = b"</Publication_MarketDocument>"
    assert len(PRICES["entsoe"].read(series(400) + end, "NL")) == 1
    assert refused("entsoe", series(401) + end, "NL") == "source.too_big"


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(sorted(WHOLE)))
def test_whatever_comes_ends_in_one_kind_of_error(noise, name):
    with pytest.raises(SourceError):
        PRICES[name].read(noise, WHOLE[name][1])


@settings(deadline=None)
@given(st.data(), st.sampled_from(sorted(WHOLE)))
def test_an_answer_with_a_damaged_byte_is_read_or_refused(data, name):
    whole, zone = WHOLE[name]
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    try:
        spots = PRICES[name].read(damaged, zone)
    except SourceError:
        return
    assert spots
    assert list(spots) == sorted(spots, key=lambda one: one.starts_at)


def test_tibber_with_hours_only_tells_hours():
    given = [(MIDNIGHT + number * HOUR, Decimal("0.25")) for number in range(3)]
    assert {spot.length_s for spot in PRICES["tibber"].read(tibber(given, HOUR), "NL")} == {3_600}
