"""MaxEnergyOnInvalidId (OCPP 1.6 §9.1.14, errata 3.17): enough to drive away, and not a kilowatt-hour more."""

import pytest

from laadboek.facts import Pilot

from .bench import Bench

CLOSED = {"FreeCharging": "false"}
ALLOWED_WH = 500
MOST_IN_5_S_WH = 5 * 32 * 230 * 3 / 3600


def refused(**changes) -> Bench:
    """The platform decides; Alice's car has charged for an hour when it says no."""
    bench = Bench(settings=CLOSED, platform_decides=True, **changes)
    bench.plug()
    bench.pin("12345")
    bench.platform_says(accepted=True)
    bench.pass_time(hours=1)
    bench.told()
    return bench


def energy_since(bench, register_wh) -> float:
    return bench.register_wh[1] - register_wh


@pytest.mark.parametrize("draw_ma", [32_000, 20_000, 6_000])
def test_it_ends_where_it_was_told_to_whatever_the_car_draws(draw_ma):
    bench = refused(draw_ma=draw_ma)
    before_wh = bench.register_wh[1]
    bench.platform_refuses(stop=False, allowance_wh=ALLOWED_WH)
    assert bench.told() == [], "it goes on for now"
    bench.pass_time(hours=2)
    assert ALLOWED_WH <= energy_since(bench, before_wh) <= ALLOWED_WH + MOST_IN_5_S_WH
    assert bench.told() == ["0 A", "C2 in session"]
    assert (bench.why, bench.running() is not None) == ("refused_by_platform", True)


def test_nothing_is_left_ticking_after_it():
    bench = refused()
    bench.platform_refuses(stop=False, allowance_wh=ALLOWED_WH)
    bench.pass_time(minutes=10)
    wakes = bench.wakes
    bench.pass_time(minutes=4)
    assert bench.wakes - wakes <= 1, "but the quarter-hour"


def test_without_an_allowance_it_ends_at_once():
    bench = refused()
    bench.platform_refuses(stop=False)
    assert bench.told() == ["0 A", "C2 in session"]


def test_a_car_that_pauses_keeps_what_is_left_to_it():
    bench = refused()
    before_wh = bench.register_wh[1]
    bench.platform_refuses(stop=False, allowance_wh=ALLOWED_WH)
    bench.pass_time(seconds=30)
    bench.show(Pilot.B2)
    wakes = bench.wakes
    bench.pass_time(hours=5)
    assert bench.wakes - wakes == 20, "the quarter-hours"
    assert bench.running() is not None and energy_since(bench, before_wh) < ALLOWED_WH
    bench.show(Pilot.C2)
    bench.pass_time(hours=1)
    assert energy_since(bench, before_wh) >= ALLOWED_WH and bench.limit_ma[1] == 0


def test_it_survives_a_restart():
    bench = refused()
    before_wh = bench.register_wh[1]
    bench.platform_refuses(stop=False, allowance_wh=ALLOWED_WH)
    bench.pass_time(seconds=30)
    bench.restart()
    bench.pass_time(hours=1)
    assert ALLOWED_WH <= energy_since(bench, before_wh) <= ALLOWED_WH + MOST_IN_5_S_WH


def test_the_next_session_of_the_visit_has_nothing_to_do_with_it():
    bench = refused()
    bench.platform_refuses(stop=False, allowance_wh=1)
    bench.pass_time(seconds=10)
    bench.pin("12345")
    bench.pass_time(seconds=3)
    bench.pin("54321")
    bench.platform_says(accepted=True)
    assert bench.limit_ma[1] == 32_000
