"""What a charger learns of a car: each threshold from both sides, and bounds on whatever may happen."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.habits import LOW_MA, UNKNOWN, Glance, Habits, learn

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def glance(drawn_ma=(0, 0, 0), offered_ma=6_000, asks=True, offered_phases=3, offered_for_s=60, now=NINE):
    return Glance(asks, drawn_ma, offered_ma, offered_phases, now - timedelta(seconds=offered_for_s))


def learnt(*glances, since=UNKNOWN, every_s=5):
    found, now = since, NINE
    for seen in glances:
        found, now = learn(found, seen, 3, now), now + timedelta(seconds=every_s)
    return found


# --- phases ---


@pytest.mark.parametrize(
    ("drawn_ma", "active"),
    [
        ((2_999, 2_999, 2_999), None),
        ((3_000, 0, 0), 1),
        ((3_000, 1_499, 0), 1),
        ((3_000, 1_500, 0), 2),
        ((16_000, 16_000, 16_000), 3),
    ],
)
def test_phases_count_that_draw_half_of_what_the_strongest_draws(drawn_ma, active):
    assert learnt(glance(drawn_ma, offered_ma=16_000)).active == active


def test_of_a_car_that_is_offered_fewer_phases_nothing_is_learnt():
    assert learnt(glance((6_000, 0, 0), offered_phases=1)).active is None
    known = Habits(active=3)
    assert learn(known, glance((6_000, 0, 0), offered_phases=1), 3, NINE).active == 3


# --- a minimum of its own ---


@pytest.mark.parametrize(("tries", "minimum_ma"), [(3, 0), (4, 8_000)])
def test_the_fourth_vain_try_below_8_a_is_believed(tries, minimum_ma):
    found = learnt(*[glance(), glance(asks=False)] * tries)
    assert found.minimum_ma == minimum_ma


def test_tries_at_8_a_and_more_say_nothing():
    assert learnt(*[glance(offered_ma=LOW_MA), glance(asks=False)] * 10) == UNKNOWN


@pytest.mark.parametrize(("asked_for_s", "tries"), [(59, 1), (60, 2)])
def test_a_car_that_asks_in_vain_for_a_minute_tried_once_more(asked_for_s, tries):
    assert learnt(glance(), glance(), every_s=asked_for_s).tries == tries


@pytest.mark.parametrize(("drawn_ma", "tries"), [(999, 2), (1_000, 1)])
def test_less_than_an_ampere_is_what_electronics_take(drawn_ma, tries):
    assert learnt(glance(), glance((drawn_ma, 0, 0)), every_s=60).tries == tries


@pytest.mark.parametrize(("asked_for_s", "tries"), [(119, 1), (120, 0)])
def test_a_car_that_draws_for_two_minutes_proved_its_tries_wrong(asked_for_s, tries):
    assert learnt(glance(), glance((6_000, 0, 0)), every_s=asked_for_s).tries == tries


# --- more than offered ---


@pytest.mark.parametrize(("excess_ma", "found_ma"), [(499, 0), (500, 500)])
def test_half_an_ampere_above_the_offer_is_no_error_of_meters(excess_ma, found_ma):
    assert learnt(glance((10_000 + excess_ma, 0, 0), offered_ma=10_000)).excess_ma == found_ma


@pytest.mark.parametrize(("offered_for_s", "found_ma"), [(9, 0), (10, 2_000)])
def test_a_car_gets_ten_seconds_to_obey(offered_for_s, found_ma):
    assert learnt(glance((12_000, 0, 0), offered_ma=10_000, offered_for_s=offered_for_s)).excess_ma == found_ma


def test_an_excess_only_grows_in_a_visit():
    once = learnt(glance((12_000, 0, 0), offered_ma=10_000))
    assert learnt(glance((11_000, 0, 0), offered_ma=10_000), since=once).excess_ma == 2_000
    assert learnt(glance((12_001, 0, 0), offered_ma=10_000), since=once).excess_ma == 2_001


def test_a_car_in_a_pause_is_let_go_before_it_is_blamed():
    assert learnt(glance((10_000, 0, 0), offered_ma=0)).excess_ma == 0


# --- whatever happens ---

AMPERES = st.integers(0, 40_000)
GLANCES = st.builds(
    Glance,
    st.booleans(),
    st.tuples(AMPERES, AMPERES, AMPERES),
    st.one_of(st.just(0), st.integers(6_000, 32_000)),
    st.sampled_from([1, 3]),
    st.one_of(st.none(), st.just(NINE - timedelta(hours=1))),
)


@given(st.lists(st.tuples(GLANCES, st.integers(0, 300)), max_size=40))
def test_what_is_learnt_is_bounded_by_what_was_seen(looks):
    found, now, most_excess_ma = UNKNOWN, NINE, 0
    for seen, seconds in looks:
        now += timedelta(seconds=seconds)
        found = learn(found, seen, 3, now)
        most_excess_ma = max(most_excess_ma, max(seen.drawn_ma) - seen.offered_ma if seen.offered_ma else 0)
        assert found.active in (None, 1, 2, 3)
        assert found.minimum_ma in (0, LOW_MA)
        assert 0 <= found.tries <= 3
        assert found.excess_ma == 0 or 500 <= found.excess_ma <= most_excess_ma
        assert found.asked_since is None or found.asked_since <= now


@given(GLANCES)
def test_a_second_look_at_the_same_instant_teaches_nothing(seen):
    once = learn(UNKNOWN, seen, 3, NINE)
    twice = learn(once, seen, 3, NINE)
    assert twice is once


# --- the most it takes ---


@pytest.mark.parametrize(
    ("drawn_ma", "offered_for_s", "takes_ma"),
    [(14_500, 10, 14_500), (14_501, 10, None), (14_500, 9, None), (3_000, 10, 3_000), (2_999, 10, None)],
)
def test_a_car_that_leaves_a_part_of_its_offer_for_a_while_takes_no_more(drawn_ma, offered_for_s, takes_ma):
    seen = glance((drawn_ma,) * 3, offered_ma=16_000, offered_for_s=offered_for_s)
    assert learnt(seen).takes_ma == takes_ma


def test_of_what_it_took_the_most_counts_though_a_full_car_takes_less():
    known = Habits(takes_ma=16_000)
    assert learnt(glance((5_000,) * 3, offered_ma=32_000), since=known).takes_ma == 16_000
    assert learnt(glance((16_249,) * 3, offered_ma=32_000), since=known).takes_ma == 16_000
    assert learnt(glance((16_250,) * 3, offered_ma=32_000), since=known).takes_ma == 16_250
