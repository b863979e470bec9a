"""Local days, weeks, months and years, also where the clock is set."""

from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek.clock import from_us
from laadboek.energy import zones
from laadboek.energy.zones import Span, UnknownZone

AMSTERDAM = "Europe/Amsterdam"
instants = st.integers(14 * 10**14, 22 * 10**14).map(from_us)  # 2014 to 2039
all_zones = st.sampled_from(sorted(available_timezones()))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        (AMSTERDAM, date(2026, 3, 29), "2026-03-28T23:00", 23),  # summer time begins
        (AMSTERDAM, date(2026, 10, 25), "2026-10-24T22:00", 25),  # and ends
        (AMSTERDAM, date(2026, 7, 1), "2026-06-30T22:00", 24),
        ("Europe/London", date(2026, 3, 29), "2026-03-29T00:00", 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00", 24.5),  # half an hour
        ("Pacific/Chatham", date(2026, 9, 27), "2026-09-26T11:15", 23),  # +12:45
        ("Asia/Kathmandu", date(2026, 3, 29), "2026-03-28T18:15", 24),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00", 23),  # the day begins at 01:00
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00", 25),  # midnight comes twice
    ],
)
def test_a_day_is_as_long_as_its_clock_says(zone, day, start, hours):
    period = zones.period(Span.DAY, day, zone)
    assert period.start == utc(start)
    assert period.end - period.start == timedelta(hours=hours)


def test_a_session_at_half_past_midnight_belongs_to_the_local_day():
    assert zones.local_day(utc("2026-06-30T22:30"), AMSTERDAM) == date(2026, 7, 1)
    month = zones.period(Span.MONTH, date(2026, 7, 1), AMSTERDAM)
    assert (month.first, month.until) == (date(2026, 7, 1), date(2026, 8, 1))
    assert month.start == utc("2026-06-30T22:00")


def test_a_week_begins_on_monday_and_may_cross_a_year():
    week = zones.period(Span.WEEK, date(2027, 1, 1), AMSTERDAM)
    assert (week.first, week.until) == (date(2026, 12, 28), date(2027, 1, 4))


def test_a_leap_year_and_its_february():
    assert zones.period(Span.MONTH, date(2028, 2, 29), AMSTERDAM).until == date(2028, 3, 1)
    year = zones.period(Span.YEAR, date(2028, 2, 29), AMSTERDAM)
    assert year.end - year.start == timedelta(days=366)


@given(instants, all_zones, st.sampled_from(Span))
@settings(max_examples=300)
def test_periods_lie_side_by_side_without_gap_or_overlap(instant, zone, span):
    period = zones.period(span, zones.local_day(instant, zone), zone)
    assert period.start <= instant < period.end
    later = zones.period(span, period.until, zone)
    assert later.start == period.end
    assert zones.earlier(period, zone).end == period.start
    assert zones.earlier(later, zone) == period


@given(st.dates(date(2015, 1, 1), date(2040, 1, 1)), all_zones)
@settings(max_examples=300)
def test_a_day_begins_at_its_first_instant(day, zone):
    start = zones.start_of(day, zone)
    assert zones.local_day(start, zone) == day
    assert zones.local_day(start - timedelta(microseconds=1), zone) < day


@pytest.mark.parametrize("name", ["", "Europe", "Mars/Olympus", "../etc/passwd", "Europe/amsterdam "])
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(UnknownZone, match="IANA"):
        zones.find(name)


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Pacific/Kiritimati"])
def test_the_ends_of_the_calendar_are_shown_in_utc_rather_than_not_at_all(zone):
    for instant in (zones.FIRST_INSTANT, zones.LAST_INSTANT):
        assert zones.local(instant, zone) == instant
        assert zones.local_day(instant, zone).year in (1, 9999)
