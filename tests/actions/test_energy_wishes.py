"""A person says times as clocks show them, and energy in what a car can hold."""

from datetime import UTC, datetime, timedelta

import pytest

from laadboek.actions.energy_wishes import boost, goal
from laadboek.live import ChooseBoost, ChooseGoal
from laadboek.reasons import Refused

ZONE = "Europe/Amsterdam"
NOW = datetime(2026, 6, 10, 20, 0, tzinfo=UTC)  # 22:00 there


def refusal(ask, *arguments):
    with pytest.raises(Refused) as refused:
        ask(*arguments)
    return refused.value.reason.code


def test_half_past_six_is_the_next_one():
    assert boost(10_000, "6:30", NOW, ZONE).ready_by == datetime(2026, 6, 11, 4, 30, tzinfo=UTC)
    assert boost(10_000, "22:01", NOW, ZONE).ready_by == NOW + timedelta(minutes=1)
    assert boost(10_000, "22:00", NOW, ZONE).ready_by == NOW + timedelta(days=1)


def test_the_hour_that_is_skipped_and_the_one_that_comes_twice():
    before_spring = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    assert goal(None, "02:30", before_spring, ZONE).ready_by == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    before_autumn = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    assert goal(None, "02:30", before_autumn, ZONE).ready_by == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45, the first of two
    assert goal(None, "02:30", between, ZONE).ready_by == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_an_instant_is_taken_as_it_is():
    assert goal(8_000, "2026-06-11T07:00:00+02:00", NOW, ZONE) == ChooseGoal(
        energy_wh=8_000, ready_by=datetime(2026, 6, 11, 5, 0, tzinfo=UTC)
    )


def test_nothing_cancels_a_boost_and_undoes_a_goal():
    assert boost(0, "25:00", NOW, ZONE) == ChooseBoost(energy_wh=0)
    assert goal(None, None, NOW, ZONE) == ChooseGoal()
    assert goal(None, " ", NOW, ZONE) == ChooseGoal()


@pytest.mark.parametrize("energy_wh", [999, 99_001, -1])
def test_no_car_takes_that(energy_wh):
    assert refusal(boost, energy_wh, None, NOW, ZONE) == "energy.out_of_range"
    assert refusal(goal, energy_wh, None, NOW, ZONE) == "energy.out_of_range"


@pytest.mark.parametrize("energy_wh", [1_000, 99_000])
def test_but_that(energy_wh):
    assert boost(energy_wh, None, NOW, ZONE) == ChooseBoost(energy_wh=energy_wh)


@pytest.mark.parametrize("text", ["24:00", "7", "tomorrow", "2026-06-11T07:00:00", "07:60", "7:00 "[:0] + "٧:٠٠"])
def test_what_is_no_time_is_said_to_be_none(text):
    assert refusal(goal, None, text, NOW, ZONE) == "time.unreadable"


@pytest.mark.parametrize("text", ["2026-06-10T19:59:59+00:00", "2026-06-17T20:00:01+00:00"])
def test_neither_the_past_nor_next_month(text):
    assert refusal(goal, None, text, NOW, ZONE) == "time.out_of_range"
