"""What a kilowatt-hour costs: hand-computed prices of every kind of contract, and what holds of all of them."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.contract import AllIn, Charges, DayNight, Dynamic, FeedIn, FeedInBasis, Fixed, Rate
from laadboek.energy.contract_presets import CALENDARS, DAY_AHEAD, OWN_PRICES
from laadboek.energy.day_night import Calendar, NightHours
from laadboek.energy.quarters import QUARTER
from laadboek.energy.tariff import Contract, Cost, Flow, Price, Spot, cost_micro, prices
from laadboek.energy.zones import start_of

AMSTERDAM = "Europe/Amsterdam"
HOUR = timedelta(hours=1)
LONG_AGO = date(2020, 1, 1)
VAT = (Rate(LONG_AGO, 2_100),)
SPOT, NETTING = FeedInBasis.SPOT, FeedInBasis.NETTING


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def one_price(contract, at="2026-07-01T10:00", spot=None, **given) -> Price:
    """The price of one quarter-hour, for which `spot` is published."""
    spots = [] if spot is None else [Spot(utc(at), 900, spot)]
    (price,) = prices(contract, spots, utc(at), utc(at) + QUARTER, **{"zone": AMSTERDAM, "country": "NL", **given})
    return price


def at_noon(contract, day: date, spot=50_000) -> Price:
    return one_price(contract, f"{day.isoformat()}T11:00", spot)


# --- the all-in price, by hand ---


@pytest.mark.parametrize(
    ("contract", "spot", "import_micro", "export_micro"),
    [
        # (0.05 + 0.02 + 0.09161) x 1.21 = 0.1955481; while netting lasts, feeding in brings the same
        (
            Dynamic(charges=msgspec.structs.replace(DAY_AHEAD["NL"], markup=(Rate(LONG_AGO, 20_000),))),
            50_000,
            195_548,
            195_548,
        ),
        # (-0.2 + 0.02 + 0.09161) x 1.21 = -0.1069519: paid for taking, and paying for giving
        (
            Dynamic(charges=msgspec.structs.replace(DAY_AHEAD["NL"], markup=(Rate(LONG_AGO, 20_000),))),
            -200_000,
            -106_952,
            -106_952,
        ),
        # Flanders: (0.08 + 0.01 + 0.0494072 + 0.0535) x 1.06 = 0.20448142 (0.049407 in whole millionths)
        (
            Dynamic(
                charges=msgspec.structs.replace(
                    DAY_AHEAD["BE"], markup=(Rate(LONG_AGO, 10_000),), network=(Rate(LONG_AGO, 53_500),)
                )
            ),
            80_000,
            204_481,
            80_000,
        ),
        # fed in at the exchange's price less a fee of 0.015, no VAT
        (
            Dynamic(charges=Charges(feed_in=(FeedIn(basis=SPOT, plus_micro=-15_000),))),
            10_000,
            10_000,
            -5_000,
        ),
        # the same with VAT: (0.01 - 0.015) x 1.21 = -0.00605
        (
            Dynamic(charges=Charges(vat=VAT, feed_in=(FeedIn(basis=SPOT, plus_micro=-15_000, with_vat=True),))),
            10_000,
            12_100,
            -6_050,
        ),
        # a fixed feed-in of 0.08 beside a dynamic price
        (Dynamic(charges=Charges(feed_in=(FeedIn(plus_micro=80_000),))), -30_000, -30_000, 80_000),
        # netting with the supplier's feed-in costs of 0.11 and their VAT: 0.242 - 0.1331
        (
            Fixed(
                energy=(Rate(LONG_AGO, 200_000),),
                charges=Charges(vat=VAT, feed_in=(FeedIn(basis=NETTING, plus_micro=-110_000, with_vat=True),)),
            ),
            None,
            242_000,
            108_900,
        ),
        # a consumer price stays as it was published, whatever is given beside it
        (AllIn(charges=Charges(vat=VAT, markup=(Rate(LONG_AGO, 20_000),))), 263_001, 263_001, 0),
        (AllIn(charges=Charges(feed_in=(FeedIn(basis=NETTING),))), -12_345, -12_345, -12_345),
        # nobody knows the parts: the whole price is the energy's
        (Fixed(energy=(Rate(LONG_AGO, 281_234),)), None, 281_234, 0),
    ],
)
def test_the_price_is_what_a_person_computes(contract, spot, import_micro, export_micro):
    price = one_price(contract, spot=spot)
    assert (price.import_micro, price.export_micro, price.known) == (import_micro, export_micro, True)


# --- dates ---


def test_a_new_price_holds_from_its_day_on_and_never_before():
    contract = Fixed(energy=(Rate(date(2026, 1, 1), 100_000), Rate(date(2026, 7, 1), 120_000)))
    midnight = start_of(date(2026, 7, 1), AMSTERDAM)  # 22:00 UTC
    found = prices(contract, [], midnight - QUARTER, midnight + QUARTER, zone=AMSTERDAM, country="NL")
    assert [price.import_micro for price in found] == [100_000, 120_000]


def test_dutch_netting_ends_with_2026():
    """RULES §4: until then solar energy costs the full price that it could have been netted with."""
    supply = (Rate(LONG_AGO, 120_000),)
    fixed, dynamic = Fixed(energy=supply, charges=OWN_PRICES["NL"]), Dynamic(charges=DAY_AHEAD["NL"])
    midnight = start_of(date(2027, 1, 1), AMSTERDAM)
    last, first = prices(fixed, [], midnight - QUARTER, midnight + QUARTER, zone=AMSTERDAM, country="NL")
    assert last.import_micro == last.export_micro == 256_048  # (0.12 + 0.09161) x 1.21 = 0.2560481
    assert (first.import_micro, first.export_micro) == (256_048, 60_000)  # half of the bare price, no tax, no VAT
    assert at_noon(dynamic, date(2026, 12, 31)).export_micro == at_noon(dynamic, date(2026, 12, 31)).import_micro
    assert at_noon(dynamic, date(2027, 1, 1)).export_micro == 50_000


def test_energy_tax_is_the_years():
    contract = Fixed(energy=(Rate(LONG_AGO, 0),), charges=Charges(energy_tax=OWN_PRICES["NL"].energy_tax))
    found = [at_noon(contract, date(year, 6, 1)).import_micro for year in (2023, 2024, 2025, 2026)]
    assert found == [125_990, 108_800, 101_540, 91_610]


def test_a_day_without_a_row_takes_the_nearest_and_says_so():
    contract = Fixed(energy=(Rate(date(2026, 3, 1), 100_000, until=date(2026, 4, 1)), Rate(date(2026, 5, 1), 120_000)))
    before, gap, inside = (at_noon(contract, date(2026, month, 15)) for month in (2, 4, 6))
    assert (before.import_micro, before.known) == (100_000, False)
    assert (gap.import_micro, gap.known) == (100_000, False)
    assert (inside.import_micro, inside.known) == (120_000, True)


def test_rows_may_be_given_in_any_order():
    rows = (Rate(date(2026, 7, 1), 120_000), Rate(date(2026, 1, 1), 100_000))
    assert at_noon(Fixed(energy=rows), date(2026, 3, 1)).import_micro == 100_000
    assert at_noon(Fixed(energy=rows), date(2026, 8, 1)).import_micro == 120_000


# --- day and night ---


DUTCH = DayNight(day=(Rate(LONG_AGO, 300_000),), night=(Rate(LONG_AGO, 200_000),), calendars=CALENDARS["NL"])


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("2026-11-24T06:45", 200_000),  # a Tuesday
        ("2026-11-24T07:00", 300_000),
        ("2026-11-24T22:45", 300_000),
        ("2026-11-24T23:00", 200_000),
        ("2026-11-28T12:00", 200_000),  # Saturday
        ("2026-04-27T12:00", 200_000),  # King's Day, a Monday
        ("2026-12-25T12:00", 200_000),
        ("2026-04-03T12:00", 300_000),  # Good Friday is a working day
        ("2025-05-05T12:00", 300_000),  # and so is Liberation Day
        ("2025-04-26T12:00", 200_000),  # King's Day moved to a Saturday
    ],
)
def test_the_dutch_night(clock, expected):
    at = datetime.fromisoformat(clock).replace(tzinfo=start_of(date(2026, 1, 1), AMSTERDAM).tzinfo)
    local_start = start_of(at.date(), AMSTERDAM) + timedelta(hours=at.hour, minutes=at.minute)
    (price,) = prices(DUTCH, [], local_start, local_start + QUARTER, zone=AMSTERDAM, country="NL")
    assert (price.import_micro, price.known) == (expected, True)


def test_the_night_follows_the_clock_when_it_is_set():
    nights = (NightHours(from_minute=0, until_minute=180),)  # until 03:00 on the wall
    contract = DayNight(
        day=(Rate(LONG_AGO, 2),),
        night=(Rate(LONG_AGO, 1),),
        calendars=(Calendar(since=LONG_AGO, nights=nights),),
    )
    for day, night_quarters in ((date(2026, 3, 29), 8), (date(2026, 10, 25), 16), (date(2026, 7, 5), 12)):
        start, until = (start_of(one, AMSTERDAM) for one in (day, day + timedelta(days=1)))
        found = prices(contract, [], start, until, zone=AMSTERDAM, country="NL")
        assert [price.import_micro for price in found].count(1) == night_quarters


def test_without_a_calendar_it_is_day_and_says_that_it_guesses():
    price = at_noon(DayNight(day=(Rate(LONG_AGO, 2),), night=(Rate(LONG_AGO, 1),), calendars=()), date(2026, 1, 1))
    assert (price.import_micro, price.known) == (2, False)


# --- what is not known ---


def test_what_is_not_published_is_estimated_and_says_so():
    today = [Spot(utc("2026-11-24T10:00"), 3600, 70_000)]
    found = prices(Dynamic(), today, utc("2026-11-24T10:45"), utc("2026-11-24T11:15"), zone=AMSTERDAM, country="NL")
    assert [(price.import_micro, price.known) for price in found] == [(70_000, True), (70_000, False)]


@pytest.mark.parametrize(
    ("contract", "expected"),
    [
        (Dynamic(fallback_micro=77_000), 77_000),
        (AllIn(fallback_micro=250_000), 250_000),
    ],
)
def test_without_any_published_price_the_contract_has_one_to_fall_back_on(contract, expected):
    price = one_price(contract)
    assert (price.import_micro, price.known) == (expected, False)


def test_a_fixed_contract_with_a_spot_feed_in_falls_back_on_its_own_energy_price():
    contract = Fixed(energy=(Rate(LONG_AGO, 110_000),), charges=Charges(feed_in=(FeedIn(basis=SPOT),)))
    assert one_price(contract) == Price(utc("2026-07-01T10:00"), 110_000, 110_000, known=False)
    assert one_price(contract, spot=-20_000) == Price(utc("2026-07-01T10:00"), 110_000, -20_000, known=True)


@pytest.mark.parametrize("contract", [Fixed(energy=()), DayNight(day=(), night=(), calendars=CALENDARS["NL"])])
def test_even_a_contract_without_a_price_has_one(contract):
    assert at_noon(contract, date(2026, 11, 24)).import_micro == 0


def test_a_country_that_nobody_knows_has_no_holidays_and_raises_nothing():
    calendars = (Calendar(since=LONG_AGO, nights=(), holidays=True),)
    contract = DayNight(day=(Rate(LONG_AGO, 2),), night=(Rate(LONG_AGO, 1),), calendars=calendars)
    assert one_price(contract, "2026-12-25T11:00", country="NL").import_micro == 1
    assert one_price(contract, "2026-12-25T11:00", country="XX").import_micro == 2


# --- the row of quarter-hours ---


@pytest.mark.parametrize(("day", "quarters"), [((2026, 3, 29), 92), ((2026, 10, 25), 100), ((2026, 7, 1), 96)])
def test_a_day_has_as_many_quarter_hours_as_its_clock(day, quarters):
    start = start_of(date(*day), AMSTERDAM)
    until = start_of(date(*day) + timedelta(days=1), AMSTERDAM)
    assert len(prices(DUTCH, [], start, until, zone=AMSTERDAM, country="NL")) == quarters


def test_the_quarter_hours_at_both_ends_are_whole():
    found = prices(DUTCH, [], utc("2026-11-24T10:07"), utc("2026-11-24T10:31"), zone=AMSTERDAM, country="NL")
    assert [price.starts_at.minute for price in found] == [0, 15, 30]
    assert prices(DUTCH, [], utc("2026-11-24T10:00"), utc("2026-11-24T10:00"), zone=AMSTERDAM, country="NL") == ()


micro = st.integers(-5_000_000, 5_000_000)
near = st.integers(-96, 200).map(lambda quarters: utc("2026-03-28T00:00") + quarters * QUARTER)
published = st.lists(st.builds(Spot, near, st.sampled_from([900, 1800, 3600]), micro), max_size=40)
days = st.dates(date(2025, 1, 1), date(2027, 1, 1))
rates = st.lists(st.builds(Rate, days, st.integers(-400_000, 400_000)), max_size=3).map(tuple)
feed_ins = st.builds(
    FeedIn,
    since=days,
    basis=st.sampled_from(FeedInBasis),
    share=st.integers(0, 10_000),
    plus_micro=st.integers(-200_000, 200_000),
    with_vat=st.booleans(),
)
charges = st.builds(
    Charges,
    markup=rates,
    energy_tax=rates,
    network=rates,
    vat=st.integers(0, 5_000).map(lambda value: (Rate(LONG_AGO, value),)),
    feed_in=st.lists(feed_ins, max_size=2).map(tuple),
)
calendars = st.sampled_from(list(CALENDARS.values()))
contracts = st.one_of(
    st.builds(Fixed, energy=rates, charges=charges),
    st.builds(DayNight, day=rates, night=rates, calendars=calendars, charges=charges),
    st.builds(Dynamic, charges=charges, fallback_micro=micro),
    st.builds(AllIn, charges=charges, fallback_micro=micro),
)


@given(contracts, published, near, st.integers(0, 60 * 60 * 60))
def test_the_row_has_no_gap_whatever_is_published(contract, spots, start, seconds):
    until = start + timedelta(seconds=seconds)
    found = prices(contract, spots, start, until, zone=AMSTERDAM, country="NL")
    assert all(other.starts_at - one.starts_at == QUARTER for one, other in pairwise(found))
    assert (found[0].starts_at if found else start) == start
    assert start + len(found) * QUARTER >= until


@given(charges, micro, st.integers(0, 100_000))
def test_a_dearer_hour_never_costs_less_nor_brings_less(charges, spot, more):
    contract = Dynamic(charges=charges)
    cheap, dear = one_price(contract, spot=spot), one_price(contract, spot=min(spot + more, 5_000_000))
    assert dear.import_micro >= cheap.import_micro
    assert dear.export_micro >= cheap.export_micro


@given(micro, st.integers(-400_000, 400_000), st.integers(0, 5_000))
def test_the_price_is_rounded_once(spot, markup, vat):
    charges = Charges(markup=(Rate(LONG_AGO, markup),), vat=(Rate(LONG_AGO, vat),))
    exact = Fraction((spot + markup) * (10_000 + vat), 10_000)
    assert abs(one_price(Dynamic(charges=charges), spot=spot).import_micro - exact) <= Fraction(1, 2)


@given(contracts)
def test_a_contract_survives_being_stored(contract):
    assert msgspec.json.decode(msgspec.json.encode(contract), type=Contract) == contract


def test_a_stored_contract_can_be_read_by_a_person():
    contract = Dynamic(charges=Charges(vat=(Rate(date(2026, 1, 1), 2_100),)))
    assert (
        msgspec.json.encode(contract) == b'{"type":"dynamic","charges":{"vat":[{"since":"2026-01-01","value":2100}]}}'
    )


# --- what energy cost ---


def test_costs_are_exact_until_the_one_rounding():
    start = utc("2026-07-01T10:00")
    row = (Price(start, 333_333, 111_111), Price(start + QUARTER, -333_333, 111_111))
    flows = {start: Flow(import_wh=1, export_wh=4), start + QUARTER: Flow(import_wh=2, export_wh=5)}
    cost = cost_micro(row, flows)
    assert cost == Cost(import_micro=-333, export_micro=1_000)  # -333.333 and 999.999
    assert cost.net_micro == -1_333


def test_half_a_millionth_goes_away_from_zero():
    start = utc("2026-07-01T10:00")
    assert cost_micro((Price(start, 500, -500),), {start: Flow(1, 1)}) == Cost(1, -1)


def test_nothing_flowed_nothing_is_owed():
    assert cost_micro((), {}) == Cost(0, 0)


def test_energy_without_a_price_is_not_free():
    with pytest.raises(ValueError, match="2026-07-01T10:15:00"):
        cost_micro((Price(utc("2026-07-01T10:00"), 1, 1),), {utc("2026-07-01T10:15"): Flow(1)})
