"""The shipped year of prices: whose it is, that it is whole, and how it is mapped onto other years."""

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.clock import from_us
from laadboek.energy.price_curve import cleaned
from laadboek.energy.zones import local, start_of
from laadboek.sources import shipped

DATA = Path(shipped.__file__).parent / "shipped_prices"
HOUR = timedelta(hours=1)
DAYS = 365
instants = st.integers(14 * 10**14, 22 * 10**14).map(from_us)  # 2014 to 2039


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def the_day(day: date):
    return shipped.spots(start_of(day, shipped.ZONE), start_of(day + timedelta(days=1), shipped.ZONE))


def the_year():
    return shipped.spots(utc("2023-01-01T00:00"), utc("2026-01-01T00:00"))


# --- the file ---


def test_every_data_file_is_in_the_manifest_with_its_licence_and_its_hash():
    manifest = json.loads((DATA / "manifest.json").read_text())
    assert {entry["file"] for entry in manifest} == {path.name for path in DATA.iterdir()} - {"manifest.json"}
    for entry in manifest:
        assert sha256((DATA / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert all(entry[key] for key in ("producer", "licence", "licence_url", "credit", "taken_from", "changed"))


def test_the_credit_on_the_pages_is_the_one_of_the_manifest():
    (entry,) = json.loads((DATA / "manifest.json").read_text())
    assert entry["file"] == shipped.FILE
    assert entry["credit"] == shipped.CREDIT
    assert entry["licence"] in shipped.CREDIT


def test_the_file_is_small_enough_to_be_looked_at():
    assert (DATA / shipped.FILE).stat().st_size < 120_000


# --- the year ---


def test_the_year_has_an_hour_for_every_hour_and_no_finding():
    year = the_year()
    assert len(year) == DAYS * 24
    assert all(other.starts_at - one.starts_at == HOUR for one, other in pairwise(year))
    quarters, findings = cleaned(year)
    assert len(quarters) == DAYS * 96
    assert findings.notice() is None
    assert findings.repeats == 0


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2024, 1, 1), 24),
        (date(2024, 3, 30), 24),
        (date(2024, 3, 31), 23),
        (date(2024, 10, 26), 24),
        (date(2024, 10, 27), 25),
        (date(2024, 12, 30), 24),
        (date(2023, 12, 31), 0),
        (date(2024, 12, 31), 0),
    ],
)
def test_a_day_has_as_many_hours_as_its_clock(day, hours):
    assert len(the_day(day)) == hours


def test_prices_are_those_that_are_remembered():
    """12 December 2024, 17:00: dark and without wind, a kilowatt-hour cost 0.87 before anything was added."""
    year = the_year()
    dearest = max(year, key=lambda spot: spot.micro_per_kwh)
    assert dearest.starts_at == utc("2024-12-12T16:00")
    assert dearest.micro_per_kwh == 872_960


def test_the_year_has_what_it_was_chosen_for():
    year = the_year()
    negative = [spot for spot in year if spot.micro_per_kwh < 0]
    at_noon = [spot for spot in negative if 10 <= local(spot.starts_at, shipped.ZONE).hour < 17]
    assert len(negative) == 458
    assert len(at_noon) > 350
    assert min(spot.micro_per_kwh for spot in year) == -200_000


def test_only_hours_that_touch_the_span_are_given():
    assert [spot.starts_at.hour for spot in shipped.spots(utc("2024-05-01T10:59"), utc("2024-05-01T12:00"))] == [10, 11]
    assert [spot.starts_at.hour for spot in shipped.spots(utc("2024-05-01T11:00"), utc("2024-05-01T12:01"))] == [11, 12]
    assert shipped.spots(utc("2024-05-01T11:00"), utc("2024-05-01T11:00")) == ()


# --- mapped onto other years ---


@given(instants)
def test_another_time_is_priced_like_the_same_weekday_and_hour_of_the_year(instant):
    (spot,) = shipped.spots_like_today(instant, instant + timedelta(microseconds=1))
    assert spot.starts_at <= instant < spot.starts_at + HOUR
    clock = local(instant, shipped.ZONE)
    alike = {
        other.micro_per_kwh
        for other in the_year()
        if (at := local(other.starts_at, shipped.ZONE)).weekday() == clock.weekday()
        and at.hour in (clock.hour, clock.hour - 1)
    }
    assert spot.micro_per_kwh in alike


@given(instants, st.integers(1, 100))
def test_no_hour_is_left_out(instant, hours):
    spots = shipped.spots_like_today(instant, instant + hours * HOUR)
    assert spots[0].starts_at <= instant
    assert spots[-1].starts_at + HOUR >= instant + hours * HOUR
    assert all(other.starts_at - one.starts_at == HOUR for one, other in pairwise(spots))


def test_the_shipped_year_is_like_itself():
    start, until = utc("2024-04-01T00:00"), utc("2024-10-26T00:00")
    assert shipped.spots_like_today(start, until) == shipped.spots(start, until)


def test_a_year_later_it_begins_again_with_the_first_monday():
    new_year = shipped.spots_like_today(start_of(date(2024, 12, 30), shipped.ZONE), utc("2024-12-30T23:00"))
    assert [spot.micro_per_kwh for spot in new_year] == [spot.micro_per_kwh for spot in the_day(date(2024, 1, 1))]


def test_an_hour_that_the_shipped_day_skipped_costs_what_the_hour_before_did():
    sunday = date(2024, 3, 31) + timedelta(days=2 * shipped.CYCLE_DAYS)  # 29 March 2026 has no 02:00 either
    assert sunday == date(2026, 3, 29)
    next_cycle = start_of(sunday + timedelta(days=shipped.CYCLE_DAYS), shipped.ZONE)  # 28 March 2027 skips it as well
    assert len(shipped.spots_like_today(next_cycle, next_cycle + 23 * HOUR)) == 23
    long_before = start_of(date(2024, 3, 31) - timedelta(days=364 * 12), shipped.ZONE)  # 15 April 2012: a whole day
    day = shipped.spots_like_today(long_before, long_before + 24 * HOUR)
    assert [local(spot.starts_at, shipped.ZONE).hour for spot in day] == list(range(24))
    assert day[2].micro_per_kwh == day[1].micro_per_kwh


def test_an_hour_that_comes_twice_today_costs_the_same_twice():
    start = start_of(date(2026, 10, 25), shipped.ZONE)  # its shipped day, 27 October 2024, has 25 hours as well
    day = shipped.spots_like_today(start, start + 25 * HOUR)
    assert day[2].micro_per_kwh == day[3].micro_per_kwh
    assert [spot.starts_at.tzinfo for spot in day] == [UTC] * 25


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-24T11:59:59", date(2026, 11, 25)),  # 12:59:59 on the wall
        ("2026-11-24T12:00", date(2026, 11, 26)),
        ("2026-11-24T22:59", date(2026, 11, 26)),
        ("2026-11-24T23:00", date(2026, 11, 26)),  # midnight: what was tomorrow is today
        ("2026-07-01T10:59", date(2026, 7, 2)),
        ("2026-07-01T11:00", date(2026, 7, 3)),
    ],
)
def test_tomorrow_is_published_at_one_in_the_afternoon(now, until):
    spots = shipped.published_like_today(utc(now))
    assert spots[-1].starts_at + HOUR == start_of(until, shipped.ZONE)
    assert cleaned(spots)[1].notice() is None
