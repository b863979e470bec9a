"""Composite schedules against an oracle that looks at every single second (OCPP 1.6 §3.13, §5.16.4)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek.energy.composite import (
    DAY_S,
    WEEK_S,
    Limit,
    Period,
    Profile,
    Purpose,
    combined,
    in_order,
    is_over,
    least,
    of_amperes,
    of_watts,
    outlook,
    schedule,
    total,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MAX, DEFAULT, TX = Purpose


def amps(value, phases=3):
    return Limit(of_amperes(value), phases)


def profile(periods, purpose=DEFAULT, level=0, **changes):
    """`{0: 6, 60: 10}`: 6 A, and 10 A from the 60th second on."""
    made = tuple(Period(start, amps(limit)) for start, limit in periods.items())
    return Profile(purpose=purpose, stack_level=level, periods=made, **{"starts_at": NOON, **changes})


def in_amps(found):
    return {second: None if limit is None else limit.amperes for second, limit in found}


def merged(profiles, duration_s, start=NOON, began_at=NOON):
    """As a charge point combines them: the transaction's stacks, then the minimum with its own."""
    bound = in_order(one for one in profiles if one.purpose is not MAX)
    whole = in_order(one for one in profiles if one.purpose is MAX)
    return combined([schedule(stack, start, duration_s, began_at) for stack in (bound, whole)], least)


# --- the cases that are written down ----------------------------------------------------------------------------------


def test_case_066_purposes_combine():
    profiles = [
        profile({0: 10}, MAX),
        profile({0: 6, 60: 10, 120: 8, 180: 15, 260: 8}, DEFAULT, duration_s=300),
        profile({0: 8, 50: 11, 140: 16, 200: 6, 240: 12}, TX, duration_s=260),
    ]
    assert in_amps(merged(profiles, 400)) == {0: 8, 50: 10, 200: 6, 240: 10, 260: 8, 300: 10}


def test_case_072_a_higher_stack_level_covers_a_lower_one_while_it_lasts():
    profiles = [
        profile({0: 6, 60: 10, 120: 8, 180: 10, 260: 8}, level=0),
        profile({0: 7, 100: 9}, level=1, duration_s=150),
    ]
    assert in_amps(merged(profiles, 250)) == {0: 7, 100: 9, 150: 8, 180: 10}


def test_without_a_duration_the_highest_level_never_falls_back():
    """errata 3.7"""
    profiles = [profile({0: 6}, level=0), profile({0: 9}, level=1)]
    assert in_amps(merged(profiles, WEEK_S)) == {0: 9}
    assert outlook(in_order(profiles), NOON, NOON) == (amps(9), None)


def test_a_profile_that_becomes_valid_later_leaves_default_behaviour_until_then():
    """§3.13.2: it replaced what was there."""
    found = merged([profile({0: 6}, valid_from=NOON + 30 * SECOND, valid_to=NOON + 90 * SECOND)], 200)
    assert in_amps(found) == {0: None, 30: 6, 90: None}


def test_periods_beyond_the_duration_are_not_executed_and_the_last_one_fills_it():
    """§5.16.4"""
    assert in_amps(merged([profile({0: 6, 100: 16}, duration_s=80)], 200)) == {0: 6, 80: None}
    assert in_amps(merged([profile({0: 6, 100: 16}, duration_s=150)], 200)) == {0: 6, 100: 16, 150: None}


def test_what_lies_beyond_a_recurrence_is_not_executed():
    """errata 3.43, 3.44"""
    daily = profile({0: 6, DAY_S - 10: 8, DAY_S + 10: 16}, repeats_s=DAY_S, duration_s=2 * DAY_S)
    assert in_amps(merged([daily], 2 * DAY_S)) == {0: 6, DAY_S - 10: 8, DAY_S: 6, 2 * DAY_S - 10: 8}


def test_between_recurrences_the_lower_level_holds():
    """errata 3.43"""
    nightly = profile({0: 16}, level=1, repeats_s=DAY_S, duration_s=3_600)
    found = in_amps(merged([nightly, profile({0: 6})], DAY_S + 7_200))
    assert found == {0: 16, 3_600: 6, DAY_S: 16, DAY_S + 3_600: 6}


def test_relative_schedules_start_with_the_transaction():
    """§7.9"""
    began_at = NOON - 50 * SECOND
    relative = profile({0: 6, 60: 16}, starts_at=None, duration_s=100)
    assert in_amps(merged([relative], 120, began_at=began_at)) == {0: 6, 10: 16, 50: None}


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_daylight_saving_does_not_move_a_daily_schedule(day):
    """errata 3.79: every 24 hours."""
    zone = ZoneInfo("Europe/Amsterdam")
    starts_at = datetime(2026, 1, 1, 23, tzinfo=zone).astimezone(UTC)
    daily = in_order([profile({0: 6, 3_600: 16}, starts_at=starts_at, repeats_s=DAY_S)])
    the_day = datetime.fromisoformat(day).replace(tzinfo=UTC)
    for midnight in (the_day - timedelta(days=1), the_day, the_day + timedelta(days=1)):
        assert outlook(daily, midnight + 22 * 3_600 * SECOND, NOON) == (amps(6), midnight + 23 * 3_600 * SECOND)


def test_a_week_repeats_at_the_same_day_and_time():
    weekly = in_order([profile({0: 6, DAY_S: 16}, repeats_s=WEEK_S)])
    for weeks in (0, 1, 52):
        at = NOON + timedelta(weeks=weeks)
        assert outlook(weekly, at - SECOND, NOON)[0] == (None if weeks == 0 else amps(16))
        assert outlook(weekly, at, NOON) == (amps(6), at + timedelta(days=1))


# --- units ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("watts", "phases", "milliamperes"),
    [(11_040, 3, 16_000), (3_680, 1, 16_000), (4_140, 3, 6_000), (4_139, 3, 5_998), (0, 3, 0)],
)
def test_watts_are_shared_by_the_periods_phases_at_230_v(watts, phases, milliamperes):
    """errata 3.69"""
    limit = Limit(of_watts(watts, phases), phases)
    assert limit.current_ma == milliamperes and limit.watts == watts


@given(st.integers(0, 1_000_000), st.integers(1, 3))
def test_what_went_in_comes_out(tenths, phases):
    """To the one decimal that the wire has (§7.14)."""
    assert Limit(of_watts(tenths / 10, phases), phases).watts == tenths / 10
    assert Limit(of_amperes(tenths / 10), phases).amperes == tenths / 10


def test_the_least_satisfies_all_and_the_total_is_that_of_all():
    assert least([amps(16, 1), None, amps(10, 3)]) == amps(10, 1)
    assert least([None, None]) is None
    assert total([amps(16, 1), amps(10, 3)]) == amps(26, 3)
    assert total([amps(16), None]) is None


def test_the_calendar_ends_and_nothing_breaks():
    last = datetime.max.replace(tzinfo=UTC, microsecond=0)
    late = profile({0: 6, 10**30: 8}, starts_at=last, duration_s=10**30)
    assert outlook([late], NOON, NOON) == (None, last)
    assert outlook([late], last, NOON) == (amps(6), None)
    assert not is_over(late, last)


def test_over_is_what_never_says_anything_again():
    end = NOON + 60 * SECOND
    for ends in (profile({0: 6}, valid_to=end), profile({0: 6}, duration_s=60)):
        assert not is_over(ends, end - SECOND) and is_over(ends, end)
    assert not is_over(profile({0: 6}, duration_s=60, repeats_s=DAY_S), end)
    relative = profile({0: 6}, duration_s=60, starts_at=None)
    assert not is_over(relative, end), "the next transaction begins it anew"
    assert is_over(relative, end, NOON)


# --- any profiles -----------------------------------------------------------------------------------------------------

HORIZON = 130
offsets = st.integers(-60, 160)
instants = st.none() | offsets.map(lambda second: NOON + second * SECOND)


@st.composite
def any_profile(draw):
    starts = sorted({0, *draw(st.lists(st.integers(1, 60), max_size=4))})
    return Profile(
        purpose=draw(st.sampled_from(Purpose)),
        stack_level=draw(st.integers(0, 3)),
        periods=tuple(Period(start, amps(draw(st.integers(0, 32)), draw(st.integers(1, 3)))) for start in starts),
        starts_at=draw(instants),
        repeats_s=draw(st.none() | st.integers(5, 50)),  # a short day, so that many pass
        duration_s=draw(st.none() | st.integers(1, 70)),
        valid_from=draw(instants),
        valid_to=draw(instants),
    )


def naive(profile, at, began_at):
    """What the profile says in this second, by walking through its schedule second by second."""
    if (profile.valid_from and at < profile.valid_from) or (profile.valid_to and at >= profile.valid_to):
        return None
    tick, second, limit = profile.starts_at or began_at, 0, None
    if at < tick:
        return None
    while True:
        for period in profile.periods:
            if period.start_s == second:
                limit = period.limit
        ended = profile.duration_s is not None and second >= profile.duration_s
        if tick == at:
            return None if ended else limit
        tick, second = tick + SECOND, second + 1
        if second == profile.repeats_s:
            second = 0


def oracle(profiles, at, began_at):
    said = {}
    for one in profiles:
        limit = naive(one, at, began_at)
        key = one.purpose is MAX
        if limit is not None and ((one.purpose, one.stack_level) > said.get(key, ((-1, -1), None))[0]):
            said[key] = (one.purpose, one.stack_level), limit
    return least([limit for _, limit in said.values()])


unique = st.lists(any_profile(), max_size=4, unique_by=lambda one: (one.purpose, one.stack_level))


@settings(max_examples=150, deadline=None)
@given(unique, offsets, st.integers(-40, 0))
def test_any_schedule_is_that_of_its_single_seconds(profiles, first, began):
    start, began_at = NOON + first * SECOND, NOON + began * SECOND
    found = merged(profiles, HORIZON, start, began_at)
    assert [second for second, _ in found] == sorted({second for second, _ in found}) and found[0][0] == 0
    for second in range(HORIZON):
        limit = [limit for since, limit in found if since <= second][-1]
        assert limit == oracle(profiles, start + second * SECOND, began_at), second


@settings(max_examples=150, deadline=None)
@given(unique, offsets, st.integers(-40, 0))
def test_no_limit_changes_before_the_outlook_says_so(profiles, first, began):
    start, began_at = NOON + first * SECOND, NOON + began * SECOND
    ordered = in_order(one for one in profiles if one.purpose is not MAX)
    limit, until = outlook(ordered, start, began_at)
    assert until is None or until > start
    ends = start + HORIZON * SECOND if until is None else min(until, start + HORIZON * SECOND)
    while start < ends:
        assert outlook(ordered, start, began_at)[0] == limit
        start += SECOND


@settings(max_examples=150, deadline=None)
@given(any_profile(), st.integers(0, HORIZON))
def test_what_is_over_never_speaks(one, second):
    at = NOON + second * SECOND
    if is_over(one, at, NOON):
        assert all(naive(one, at + later * SECOND, NOON) is None for later in range(HORIZON))
