"""Published prices as they come: hourly or by the quarter-hour, late, twice, with holes and nonsense."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.price_curve import NOTICES, Findings, Gap, Spot, cleaned, curve
from laadboek.energy.quarters import QUARTER
from laadboek.energy.zones import start_of
from laadboek.portal.words.texts import SENTENCES
from laadboek.reasons import Reason

AMSTERDAM = "Europe/Amsterdam"
HOUR = timedelta(hours=1)
NOTHING = {"gaps": 0, "doubles": 0, "implausible": 0, "malformed": 0}
TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)


def hour(at, micro) -> Spot:
    return Spot(at, 3600, micro)


def quarter(at, micro) -> Spot:
    return Spot(at, 900, micro)


def values(spots) -> list[int]:
    return [spot.micro_per_kwh for spot in spots]


# --- cleaned ---


def test_an_hour_is_four_quarters_of_its_price():
    spots, findings = cleaned([hour(TEN, 7)])
    assert spots == tuple(quarter(TEN + n * QUARTER, 7) for n in range(4))
    assert findings == Findings()
    assert findings.notice() is None


def test_order_does_not_matter():
    row = [hour(TEN + n * HOUR, n) for n in range(5)]
    assert cleaned(reversed(row)) == cleaned(row)


def test_the_later_given_of_two_prices_counts_and_is_reported():
    spots, findings = cleaned([hour(TEN, 7), quarter(TEN + QUARTER, 9)])
    assert values(spots) == [7, 9, 7, 7]
    assert findings.doubles == (TEN + QUARTER,)
    assert findings.notice() == Reason("prices.doubtful", {**NOTHING, "doubles": 1})


def test_the_same_price_twice_is_no_contradiction():
    spots, findings = cleaned([hour(TEN, 7), hour(TEN, 7)])
    assert values(spots) == [7] * 4
    assert (findings.repeats, findings.doubles, findings.notice()) == (4, (), None)


def test_a_hole_is_reported_and_what_is_not_published_yet_is_none():
    _, findings = cleaned([hour(TEN, 1), hour(TEN + 3 * HOUR, 1)])
    assert findings.gaps == (Gap(TEN + HOUR, TEN + 3 * HOUR),)
    _, findings = cleaned([hour(TEN, 1)])
    assert findings.gaps == ()


@pytest.mark.parametrize(
    ("micro", "kept"), [(5_000_000, True), (5_000_001, False), (-5_000_000, True), (-5_000_001, False)]
)
def test_a_price_that_no_exchange_permits_is_left_out(micro, kept):
    spots, findings = cleaned([hour(TEN - HOUR, 1), hour(TEN, micro), hour(TEN + HOUR, 1)])
    assert (micro in values(spots)) is kept
    assert findings.implausible == (() if kept else (hour(TEN, micro),))
    assert findings.gaps == ()  # told once


def test_a_sound_price_for_an_implausible_hour_stands():
    spots, _ = cleaned([hour(TEN, 9), hour(TEN, 9_000_000)])
    assert values(spots) == [9] * 4


@pytest.mark.parametrize(
    "spot",
    [
        Spot(TEN, 0, 1),
        Spot(TEN, -900, 1),
        Spot(TEN, 899, 1),
        Spot(TEN, 86_400 + 900, 1),
        Spot(TEN + timedelta(minutes=1), 900, 1),
        Spot(TEN.replace(tzinfo=None), 900, 1),
        Spot(datetime.min.replace(tzinfo=UTC), 900, 1),
        Spot(datetime.max.replace(tzinfo=UTC), 900, 1),
    ],
)
def test_what_is_no_row_of_whole_quarters_is_left_out_and_reported(spot):
    assert cleaned([spot, quarter(TEN, 5)]) == ((quarter(TEN, 5),), Findings(malformed=(spot,)))
    assert Findings(malformed=(spot,)).notice() == Reason("prices.doubtful", {**NOTHING, "malformed": 1})


def test_the_longest_stretch_is_a_day():
    spots, findings = cleaned([Spot(TEN, 86_400, 3)])
    assert len(spots) == 96
    assert findings.notice() is None


def test_instants_with_another_offset_are_the_same_instants():
    abroad = TEN.astimezone(timezone(timedelta(hours=5, minutes=45)))
    spots, _ = cleaned([hour(abroad, 7)])
    assert spots[0].starts_at == TEN
    assert spots[0].starts_at.tzinfo is UTC


def test_people_are_told_how_much_is_odd():
    _, findings = cleaned([hour(TEN, 1), quarter(TEN, 2), hour(TEN + 5 * HOUR, 6_000_000), Spot(TEN, 1, 1)])
    notice = findings.notice()
    assert notice == Reason("prices.doubtful", {"gaps": 1, "doubles": 1, "implausible": 1, "malformed": 1})
    assert {notice.code} == set(NOTICES) <= set(SENTENCES)


starts = st.integers(-200, 200).map(lambda n: TEN + n * QUARTER)
spot_lists = st.lists(
    st.builds(Spot, starts, st.sampled_from([900, 3600, 5400, 1, -900]), st.integers(-6_000_000, 6_000_000)),
    max_size=30,
)


@given(spot_lists)
def test_what_is_cleaned_is_clean(spots):
    once, _ = cleaned(spots)
    again, findings = cleaned(once)
    assert again == once
    assert (findings.doubles, findings.repeats, findings.implausible, findings.malformed) == ((), 0, (), ())
    assert list(once) == sorted(once, key=lambda spot: spot.starts_at)


# --- estimates ---


def test_a_published_price_is_known():
    assert curve((hour(TEN, 7),), zone=AMSTERDAM, fallback_micro=1).at(TEN + QUARTER) == (7, True)


def test_tomorrow_is_guessed_from_the_same_quarter_of_the_latest_comparable_day():
    monday, tuesday, sunday = TEN - timedelta(days=1), TEN, TEN - timedelta(days=2)
    given_ = (hour(tuesday, 30), hour(monday, 20), hour(sunday, 5))
    guesses = curve(given_, zone=AMSTERDAM, fallback_micro=1)
    assert guesses.at(TEN + timedelta(days=1)) == (30, False)  # Wednesday, by Tuesday
    assert guesses.at(TEN + timedelta(days=4)) == (5, False)  # Saturday, by Sunday


def test_without_a_comparable_day_the_mean_is_taken():
    guesses = curve((quarter(TEN, 10), quarter(TEN + QUARTER, 15)), zone=AMSTERDAM, fallback_micro=1)
    assert guesses.at(TEN + 2 * QUARTER) == (13, False)  # 12.5
    assert guesses.at(TEN + timedelta(days=4)) == (13, False)  # no weekend is known


def test_without_any_price_the_fallback_is_taken():
    assert curve((), zone=AMSTERDAM, fallback_micro=42).at(TEN) == (42, False)
    assert curve((hour(TEN, 6_000_000),), zone=AMSTERDAM, fallback_micro=42).at(TEN) == (42, False)


def test_the_same_quarter_is_the_one_on_the_wall():
    """Friday before summer time and Monday after it: 08:00 is not the same in UTC."""
    friday = start_of(date(2026, 3, 27), AMSTERDAM) + 8 * HOUR
    monday = start_of(date(2026, 3, 30), AMSTERDAM) + 8 * HOUR
    assert monday - friday == timedelta(days=3) - HOUR
    assert curve((hour(friday, 99),), zone=AMSTERDAM, fallback_micro=1).at(monday) == (99, False)


def test_an_hour_that_comes_twice_can_be_guessed_from_a_day_where_it_came_once():
    saturday = start_of(date(2026, 10, 24), AMSTERDAM) + 2 * HOUR
    sunday = start_of(date(2026, 10, 25), AMSTERDAM) + 2 * HOUR
    guesses = curve((hour(saturday, 8),), zone=AMSTERDAM, fallback_micro=1)
    assert [guesses.at(sunday), guesses.at(sunday + HOUR)] == [(8, False), (8, False)]
