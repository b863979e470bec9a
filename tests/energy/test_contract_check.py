"""What a person is told about a contract that contradicts itself."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laadboek.energy.contract import AllIn, Charges, Contract, DayNight, Dynamic, FeedIn, FeedInBasis, Fixed, Rate
from laadboek.energy.contract_check import REASONS, check
from laadboek.energy.contract_presets import CALENDARS, DAY_AHEAD, OWN_PRICES
from laadboek.energy.day_night import Calendar, NightHours
from laadboek.portal.words.texts import SENTENCES, TARIFF_PARTS
from laadboek.reasons import Reason

JANUARY, MARCH, MAY = (date(2026, month, 1) for month in (1, 3, 5))
PRICE = (Rate(JANUARY, 100_000),)


def fixed(*rows: Rate) -> Contract:
    return Fixed(energy=rows)


def by_night(*nights: NightHours, **given_) -> Contract:
    return DayNight(day=PRICE, night=PRICE, calendars=(Calendar(since=JANUARY, nights=nights, **given_),))


def dynamic(**rows) -> Contract:
    return Dynamic(charges=Charges(**rows))


BAD = [
    (Dynamic(currency="eur"), Reason("tariff.bad_currency", {"currency": "eur"})),
    (Dynamic(currency="EURO"), Reason("tariff.bad_currency", {"currency": "EURO"})),
    (Dynamic(currency="E€R"), Reason("tariff.bad_currency", {"currency": "E€R"})),
    (fixed(), Reason("tariff.no_price", {"part": "energy"})),
    (DayNight(day=PRICE, night=(), calendars=CALENDARS["NL"]), Reason("tariff.no_price", {"part": "night"})),
    (DayNight(day=PRICE, night=PRICE, calendars=()), Reason("tariff.no_price", {"part": "calendars"})),
    (
        fixed(Rate(MARCH, 1, until=MARCH)),
        Reason("tariff.row_ends_before_it_begins", {"part": "energy", "day": "2026-03-01"}),
    ),
    (fixed(Rate(MARCH, 1), Rate(MARCH, 2)), Reason("tariff.rows_overlap", {"part": "energy", "day": "2026-03-01"})),
    (
        fixed(Rate(JANUARY, 1, until=date(2026, 3, 2)), Rate(MARCH, 2)),
        Reason("tariff.rows_overlap", {"part": "energy", "day": "2026-03-01"}),
    ),
    (
        fixed(Rate(MAY, 2), Rate(JANUARY, 1, until=MARCH)),
        Reason("tariff.rows_gap", {"part": "energy", "day": "2026-03-01", "next_day": "2026-05-01"}),
    ),
    (
        dynamic(vat=(Rate(JANUARY, 2_100), Rate(JANUARY, 900))),
        Reason("tariff.rows_overlap", {"part": "vat", "day": "2026-01-01"}),
    ),
    (
        dynamic(feed_in=(FeedIn(since=JANUARY, until=MARCH), FeedIn(since=MAY))),
        Reason("tariff.rows_gap", {"part": "feed_in", "day": "2026-03-01", "next_day": "2026-05-01"}),
    ),
    (fixed(Rate(JANUARY, 5_000_001)), Reason("tariff.amount_out_of_range", {"part": "energy", "day": "2026-01-01"})),
    (
        dynamic(network=(Rate(JANUARY, -5_000_001),)),
        Reason("tariff.amount_out_of_range", {"part": "network", "day": "2026-01-01"}),
    ),
    (
        dynamic(feed_in=(FeedIn(since=JANUARY, plus_micro=9_000_000),)),
        Reason("tariff.amount_out_of_range", {"part": "feed_in", "day": "2026-01-01"}),
    ),
    (dynamic(vat=(Rate(JANUARY, -1),)), Reason("tariff.vat_out_of_range", {"day": "2026-01-01"})),
    (dynamic(vat=(Rate(JANUARY, 5_001),)), Reason("tariff.vat_out_of_range", {"day": "2026-01-01"})),
    (dynamic(feed_in=(FeedIn(since=MAY, share=10_001),)), Reason("tariff.share_out_of_range", {"day": "2026-05-01"})),
    (dynamic(feed_in=(FeedIn(since=MAY, share=-1),)), Reason("tariff.share_out_of_range", {"day": "2026-05-01"})),
    (AllIn(charges=Charges(energy_tax=PRICE)), Reason("tariff.all_in_adds_nothing", {"part": "energy_tax"})),
    (
        AllIn(charges=Charges(feed_in=(FeedIn(since=MAY, basis=FeedInBasis.SPOT),))),
        Reason("tariff.all_in_has_no_spot", {"day": "2026-05-01"}),
    ),
    (by_night(NightHours(from_minute=1380, until_minute=1441)), Reason("tariff.night_outside_day")),
    (by_night(NightHours(from_minute=1380, until_minute=420)), Reason("tariff.night_outside_day")),
    (by_night(NightHours(from_minute=-1, until_minute=420)), Reason("tariff.night_outside_day")),
    (
        by_night(NightHours(until_minute=420), NightHours(weekdays=(3,), from_minute=419)),
        Reason("tariff.night_overlaps"),
    ),
    (by_night(NightHours(weekdays=(0, 7))), Reason("tariff.unknown_weekday", {"weekday": 7})),
    (by_night(holidays=True, country="XX"), Reason("tariff.unknown_country", {"country": "XX"})),
]


@pytest.mark.parametrize(("contract", "reason"), BAD)
def test_a_contradiction_is_named(contract, reason):
    assert check(contract) == reason


def test_every_reason_has_its_contract_here_and_its_sentence():
    assert {reason.code for _, reason in BAD} == set(REASONS) <= set(SENTENCES)


def test_every_part_of_a_contract_has_a_name_for_people():
    assert {reason.params["part"] for _, reason in BAD if "part" in reason.params} <= set(TARIFF_PARTS)
    assert {"energy", "day", "night", "calendars", *Charges.__struct_fields__} == set(TARIFF_PARTS)


@pytest.mark.parametrize(
    "contract",
    [
        fixed(Rate(JANUARY, 5_000_000)),
        fixed(Rate(JANUARY, 1, until=MARCH), Rate(MARCH, 2)),
        fixed(Rate(MARCH, 1), Rate(JANUARY, 2)),
        fixed(Rate(JANUARY, 1, until=MARCH)),
        dynamic(vat=(Rate(JANUARY, 0), Rate(MARCH, 5_000))),
        dynamic(feed_in=(FeedIn(basis=FeedInBasis.SPOT, share=10_000), FeedIn(since=MARCH, share=0))),
        AllIn(charges=Charges(vat=(Rate(JANUARY, 2_100),), feed_in=(FeedIn(plus_micro=50_000, with_vat=True),))),
        by_night(NightHours(until_minute=420), NightHours(from_minute=420, until_minute=1440)),
        by_night(NightHours(weekdays=(0,)), NightHours(weekdays=(1,)), holidays=True),
        by_night(),
        Dynamic(currency="GBP"),
    ],
)
def test_what_is_sound_is_let_be(contract):
    assert check(contract) is None


def test_a_country_is_the_sites_unless_the_calendar_names_one():
    assert check(by_night(holidays=True), "BE") is None
    assert check(by_night(holidays=True), "XX") == Reason("tariff.unknown_country", {"country": "XX"})
    assert check(by_night(holidays=True, country="NL"), "XX") is None
    assert check(by_night(), "XX") is None


@pytest.mark.parametrize("place", CALENDARS)
def test_the_customs_of_every_country_are_sound(place):
    assert check(DayNight(day=PRICE, night=PRICE, calendars=CALENDARS[place])) is None


@pytest.mark.parametrize("country", sorted({*OWN_PRICES, *DAY_AHEAD}))
def test_the_charges_of_every_country_are_sound(country):
    assert check(Fixed(energy=PRICE, charges=OWN_PRICES[country]), country) is None
    assert check(Dynamic(charges=DAY_AHEAD[country]), country) is None


@given(st.permutations([Rate(JANUARY, 1), Rate(MARCH, 2), Rate(MAY, 3)]))
def test_the_order_of_rows_is_nobodys_business(rows):
    assert check(fixed(*rows)) is None
    assert check(replace(fixed(), energy=(*rows, Rate(MARCH, 9)))) is not None
