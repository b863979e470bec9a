"""How fast a car charges: shown by minutes at full power, remembered per id tag, else taken for slow."""

from datetime import timedelta

import pytest

from laadboek.charger import events as ev
from laadboek.charger import pace
from laadboek.charger.state import Freely, Pace
from laadboek.facts import Mode, Pilot

from .bench import BOB, Bench


def charging(minutes=30, *, mode=Mode.ECO_PLUS, phases=1, draw_ma=20_000, share_ma=None, **settings):
    """A car at full power, by a boost or by its mode, under a site."""
    bench = Bench(settings={"FreeCharging": "false"} | settings, draw_ma=draw_ma)
    bench.car_phases = phases
    return again(bench, minutes, mode, share_ma)


def again(bench, minutes=30, mode=Mode.ECO_PLUS, share_ma=None, pilot=Pilot.C2):
    bench.plug(pilot=pilot)
    bench.pin("54321")
    bench.choose(mode)
    bench.allot(0, limit_ma=share_ma)
    if mode is not Mode.FAST:
        bench.do(ev.BoostChosen(1, 90_000, None))
    bench.pass_time(minutes=minutes)
    return bench


def counted_on(bench):
    [demand] = bench.core.demands()
    return demand.full_ma, demand.full_phases


def test_before_three_minutes_at_full_power_it_is_taken_for_slow_and_then_for_what_it_took():
    bench = charging(minutes=2.98, draw_ma=32_000)
    assert counted_on(bench) == (10_000, 1)
    bench.pass_time(minutes=0.1)
    assert counted_on(bench) == (32_000, 1)


def test_a_car_on_three_phases_is_seen_to_be():
    assert counted_on(charging(phases=3, draw_ma=11_000)) == (11_000, 3)


def test_what_a_fuse_leaves_counts_in_this_visit_and_is_not_remembered():
    bench = charging(share_ma=7_000)
    assert counted_on(bench) == (7_000, 1)
    bench.unplug()
    assert bench.core.state.durable.paces == {}
    again(bench, minutes=1, pilot=Pilot.B2)
    assert counted_on(bench) == (10_000, 1)


def test_a_car_that_leaves_a_part_of_what_the_fuse_leaves_is_remembered():
    bench = charging(share_ma=22_000)
    bench.unplug()
    assert bench.core.state.durable.paces == {"bob": (Pace(1, 20_000),)}


def test_the_slowest_of_the_last_three_sessions_counts_also_after_a_restart():
    bench = charging(draw_ma=12_000)
    for draw_ma in (20_000, 18_000, 22_000):
        bench.unplug()
        bench.pass_time(minutes=1)
        bench.draw_ma = draw_ma
        again(bench)
    bench.unplug()
    bench.pass_time(minutes=1)
    bench.restart()
    again(bench, minutes=1, pilot=Pilot.B2)
    assert counted_on(bench) == (18_000, 1)


@pytest.mark.parametrize(("minutes", "remembered"), [(8, False), (16, True)])
def test_a_few_minutes_say_nothing_about_the_next_session(minutes, remembered):
    bench = charging(minutes, draw_ma=32_000)
    bench.unplug()
    assert bool(bench.core.state.durable.paces) is remembered


def test_fast_sessions_are_remembered_as_well_and_those_who_are_gone_are_forgotten():
    bench = charging(61, mode=Mode.FAST)
    bench.unplug()
    assert set(bench.core.state.durable.paces) == {"bob"}
    bench.do(ev.DriversChanged(()))
    assert bench.core.state.durable.paces == {}
    assert BOB.id_tag.casefold() == "bob"


def test_half_amperes_are_rounded_down():
    assert pace.of(345, timedelta(minutes=6), 1) == Pace(1, 15_000)
    assert pace.of(344, timedelta(minutes=6), 1) == Pace(1, 14_500)


def test_stints_add_up():
    once = pace.grown(None, 500, timedelta(minutes=3), 1)
    assert pace.grown(once, 300, timedelta(minutes=4), 3) == Freely(800, timedelta(minutes=7), 3)
