"""Eco and Eco+ at a site that measures: what a car is offered, what it never is, what is learnt of it (A1, A2)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek import facts
from laadboek.charger import events as ev
from laadboek.charger import follow
from laadboek.charger.effects import Notify, SetCurrent
from laadboek.charger.follow import Waiting
from laadboek.energy.habits import UNKNOWN
from laadboek.facts import Mode, Pilot
from laadboek.supply import Appetite

from .bench import LINK, Bench

SWITCHING = {"switches_phases": True}


def waits(bench: Bench) -> Waiting | None:
    return follow.waiting(bench.core._turn(bench.now), 1)


def said(bench: Bench) -> tuple[str, datetime | None]:
    waiting = waits(bench)
    assert waiting is not None
    return waiting.code, waiting.due_at


def visit(mode: Mode = Mode.ECO_PLUS, surplus_w: int | None = 0, pilot: Pilot = Pilot.C2, **options: Any) -> Bench:
    """A car at a site that measures; nobody has looked again yet."""
    bench = Bench(**options)
    bench.set("DefaultMode", mode.value)
    bench.allot(surplus_w)
    bench.plug(pilot=pilot)
    bench.told()
    return bench


def on_one(**options: Any) -> Bench:
    return visit(phases=1, **options)


# --- Stories ----------------------------------------------------------------------------------------------------------


def test_eco_plus_waits_for_the_sun_starts_follows_and_pauses_in_one_session() -> None:
    bench = on_one()
    assert bench.running() is not None and bench.limit_ma[1] == 0
    bench.sun(1_379, minutes=10)
    assert bench.limit_ma[1] == 0
    assert waits(bench) == Waiting("too_little", None, 1_379, 1_380)

    begun = bench.now
    bench.sun(1_380, seconds=59)
    assert bench.limit_ma[1] == 0
    assert waits(bench) == Waiting("starting", begun + timedelta(seconds=60), 1_380, 1_380)
    bench.pass_time(seconds=1)
    assert bench.limit_ma[1] == 6_000, "also if the site had nothing new to say"

    bench.sun(2_300, minutes=10)
    assert 9_500 <= bench.limit_ma[1] <= 10_000
    bench.sun(1_379, seconds=179)
    assert bench.limit_ma[1] == 6_000
    bench.pass_time(seconds=1)
    assert bench.limit_ma[1] == 0
    bench.sun(1_379, hours=5)
    assert bench.running() is not None and bench.ended == []


def test_nothing_is_told_or_saved_while_a_law_only_counts() -> None:
    bench = on_one()
    bench.sun(2_300, minutes=10)
    durable, facts_before = bench.core.state.durable, len(bench.effects)
    bench.sun(2_310, minutes=4)
    assert bench.core.state.durable is durable and len(bench.effects) == facts_before


def test_a_site_that_says_nothing_new_costs_no_wakes_once_all_is_settled() -> None:
    bench = on_one()
    bench.sun(2_300, minutes=10)
    bench.pass_time(minutes=2)
    bench.wakes = 0
    bench.pass_time(minutes=2)
    assert bench.wakes == 0
    bench.sun(0, minutes=10)
    bench.wakes = 0
    bench.pass_time(hours=10)
    assert bench.wakes <= 40, "quarter-hours alone"


def test_eco_charges_at_the_floor_without_sun_and_never_pauses() -> None:
    bench = on_one(mode=Mode.ECO)
    assert bench.limit_ma[1] == 6_000
    bench.sun(-3_000, hours=1)
    assert bench.limit_ma[1] == 6_000
    assert waits(bench) == Waiting("topped_up", None, -3_000, 0)
    bench.sun(3_450, minutes=10)
    assert 14_500 <= bench.limit_ma[1] <= 15_000


def test_a_charger_that_stands_by_itself_charges_in_eco_as_in_fast_and_says_so() -> None:
    for mode in (Mode.ECO, Mode.ECO_PLUS):
        bench = Bench(settings={"DefaultMode": mode.value})
        bench.plug()
        assert bench.limit_ma[1] == 32_000
        assert bench.core.explain(1, bench.now).params["as_mode"] == "fast"


@pytest.mark.parametrize("mode", [Mode.ECO, Mode.ECO_PLUS])
def test_with_the_meter_lost_it_charges_at_the_floor_and_no_faster(mode: Mode) -> None:
    bench = on_one(mode=mode, surplus_w=7_000)
    bench.sun(7_000, minutes=10)
    assert bench.limit_ma[1] > 20_000
    bench.allot(None)
    assert bench.limit_ma[1] == 6_000
    found = waits(bench)
    assert found is not None and (found.code, found.due_at, found.surplus_w) == ("blind", None, None)
    bench.pass_time(hours=1)
    assert bench.limit_ma[1] == 6_000
    bench.allot(None, limit_ma=0)
    assert bench.limit_ma[1] == 0, "the site gives up"
    assert bench.running() is not None


def test_from_eco_plus_to_fast_and_back_takes_effect_in_the_same_turn() -> None:
    bench = on_one()
    bench.choose(Mode.FAST)
    assert bench.limit_ma[1] == 32_000
    bench.choose(Mode.ECO)
    assert bench.limit_ma[1] == 6_000
    bench.choose(Mode.FAST)
    bench.choose(Mode.ECO_PLUS)
    assert bench.limit_ma[1] == 6_000, "it goes on, and pauses after the usual time"
    bench.pass_time(seconds=179)
    assert bench.limit_ma[1] == 6_000
    bench.pass_time(seconds=1)
    assert bench.limit_ma[1] == 0
    bench.choose(Mode.STOP)
    assert bench.limit_ma[1] == 0 and waits(bench) is None


def test_a_boost_charges_at_full_power_and_leaves_the_rest_to_the_sun() -> None:
    bench = on_one()
    bench.do(ev.BoostChosen(1, 1_000))
    assert bench.limit_ma[1] == 32_000
    bench.do(ev.BoostChosen(1, 0))
    assert bench.limit_ma[1] == 6_000


def test_in_commercial_mode_profiles_alone_set_the_current() -> None:
    bench = on_one()
    bench.write("CommercialMode", "true")
    assert bench.limit_ma[1] == 32_000 and waits(bench) is None


def test_after_a_restart_a_car_that_charges_goes_on_at_the_floor_and_no_session_ends() -> None:
    bench = on_one()
    bench.sun(3_450, minutes=10)
    bench.restart()
    bench.allot(3_450)
    assert bench.limit_ma[1] >= 6_000 and bench.running() is not None and bench.ended == []


@pytest.mark.parametrize(
    ("mode", "offered"), [(Mode.ECO, (6_000, 3)), (Mode.ECO_PLUS, (6_000, 3)), (Mode.FAST, (32_000, 3))]
)
def test_after_a_restart_a_car_that_charges_keeps_the_floor_and_its_phases_until_the_site_has_looked(
    mode: Mode, offered: tuple[int, int]
) -> None:
    bench = visit(mode, **SWITCHING, settings={"Phases.Eco": "auto"})
    bench.sun(9_000, minutes=10)
    bench.effects.clear()
    bench.restart(share="meter.waiting")
    bench.pass_time(minutes=10)
    assert {(e.limit_ma, e.phases) for e in bench.effects if isinstance(e, SetCurrent)} == {offered}
    assert bench.running() is not None and bench.ended == []


def test_after_a_restart_a_car_that_waited_for_the_sun_goes_on_waiting_for_a_while() -> None:
    bench = on_one(pilot=Pilot.B1)
    bench.sun(0, minutes=5)
    bench.restart(share="meter.waiting")
    bench.pass_time(seconds=59)
    assert bench.limit_ma[1] == 0
    bench.allot(0)
    bench.pass_time(minutes=10)
    assert bench.limit_ma[1] == 0


@pytest.mark.parametrize("mode", [Mode.ECO, Mode.ECO_PLUS])
def test_after_a_boot_of_the_device_the_share_and_the_plan_still_count(mode: Mode) -> None:
    bench = on_one(mode=mode)
    bench.sun(0, minutes=5)
    plan = bench.core.state.seen[0].plan
    bench.cut_power()
    bench.pass_time(minutes=1)
    bench.restore_power()
    bench.pass_time(minutes=4)
    assert bench.running() is not None and bench.core.state.seen[0].allotment is not None
    assert bench.core.state.seen[0].plan is plan
    assert bench.limit_ma[1] == (6_000 if mode is Mode.ECO else 0)
    assert bench.core.explain(1, bench.now).params.get("as_mode") != "fast"


@pytest.mark.parametrize("mode", [Mode.ECO, Mode.ECO_PLUS])
def test_a_session_that_goes_on_after_a_power_cut_goes_on_with_the_sun(mode: Mode) -> None:
    bench = on_one(mode=mode, settings={"ResumeAfterPowerLoss": "true"})
    bench.sun(2_300, minutes=5)
    bench.cut_power()
    bench.restore_power()
    assert bench.limit_ma[1] <= 10_000 and bench.ended == []


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_the_sites_limit_lowers_at_once_and_small_rises_wait() -> None:
    bench = visit(Mode.FAST)
    bench.allot(0, limit_ma=16_000)
    assert bench.limit_ma[1] == 16_000
    bench.allot(0, limit_ma=15_999)
    assert bench.limit_ma[1] == 15_999
    bench.allot(0, limit_ma=16_498)
    assert bench.limit_ma[1] == 15_999
    bench.allot(0, limit_ma=16_499)
    assert bench.limit_ma[1] == 16_499


@pytest.mark.parametrize(("limit_ma", "offered_ma"), [(6_000, 6_000), (5_999, 0), (0, 0)])
def test_less_than_the_floor_means_pause_in_every_mode(limit_ma: int, offered_ma: int) -> None:
    for mode in (Mode.FAST, Mode.ECO):
        bench = visit(mode)
        bench.allot(0, limit_ma=limit_ma)
        assert bench.limit_ma[1] == offered_ma and bench.running() is not None


def test_an_owner_may_know_that_the_car_needs_more_than_6_ampere() -> None:
    bench = on_one(settings={"CarMinimumA": "8"})
    bench.sun(1_839, minutes=5)
    assert bench.limit_ma[1] == 0
    bench.sun(1_840, minutes=2)
    assert bench.limit_ma[1] == 8_000
    bench.allot(1_840, limit_ma=7_999)
    assert bench.limit_ma[1] == 0


# --- Phases -----------------------------------------------------------------------------------------------------------


def test_a_charger_that_switches_starts_on_one_phase_and_goes_on_with_three() -> None:
    bench = visit(**SWITCHING, draw_ma=16_000)
    bench.sun(1_380, minutes=2)
    assert (bench.limit_ma[1], bench.phases[1]) == (6_000, 1)
    bench.sun(6_900, minutes=4)
    assert bench.phases[1] == 1
    bench.sun(6_900, minutes=3)
    assert bench.phases[1] == 3 and bench.running() is not None
    bench.sun(6_900, minutes=5)
    assert 9_500 <= bench.limit_ma[1] <= 10_000
    bench.sun(2_000, minutes=4)
    assert bench.phases[1] == 1
    assert bench.ended == []


def test_a_charger_that_cannot_switch_offers_all_its_phases() -> None:
    bench = visit(Mode.ECO)
    bench.sun(2_000, hours=1)
    assert {e.phases for e in bench.effects if isinstance(e, SetCurrent)} == {3}


def test_eco_switches_no_phases_by_itself_and_eco_plus_does() -> None:
    bench = visit(Mode.ECO, **SWITCHING)
    bench.sun(2_000, minutes=30)
    assert (bench.limit_ma[1], bench.phases[1]) == (6_000, 3)
    assert bench.core.demands()[0].most_phases == 1
    bench.choose(Mode.ECO_PLUS)
    bench.sun(2_000, minutes=10)
    assert bench.phases[1] == 1
    assert (bench.core.demands()[0].phases, bench.core.demands()[0].most_phases) == (1, 3)


def test_an_owner_may_fix_three_phases_in_fast_and_one_in_eco() -> None:
    bench = visit(Mode.FAST, settings={"Phases": "3", "Phases.Eco": "1"}, **SWITCHING)
    used = []
    for mode in (Mode.FAST, Mode.ECO, Mode.ECO_PLUS):
        bench.choose(mode)
        bench.sun(9_000, minutes=10)
        used.append(bench.phases[1])
    assert used == [3, 1, 3]


def test_what_is_said_for_eco_plus_counts_there_alone() -> None:
    bench = visit(Mode.ECO_PLUS, settings={"Phases": "1", "Phases.EcoPlus": "auto"}, **SWITCHING)
    bench.sun(9_000, minutes=10)
    assert bench.phases[1] == 3
    bench.choose(Mode.ECO)
    assert bench.phases[1] == 1
    bench.choose(Mode.FAST)
    assert bench.phases[1] == 1


def test_from_fast_to_eco_that_may_switch_one_phase_comes_in_the_same_turn() -> None:
    bench = visit(Mode.FAST, settings={"Phases.Eco": "auto"}, **SWITCHING)
    assert bench.phases[1] == 3
    bench.choose(Mode.ECO)
    assert (bench.limit_ma[1], bench.phases[1]) == (6_000, 1)
    bench.choose(Mode.FAST)
    assert (bench.limit_ma[1], bench.phases[1]) == (32_000, 3)


@pytest.mark.parametrize(("phases", "used"), [("1", 1), ("3", 3)])
def test_people_may_say_on_how_many_phases(phases: str, used: int) -> None:
    bench = visit(Mode.ECO, settings={"Phases": phases}, **SWITCHING)
    bench.sun(500, minutes=10)
    bench.sun(9_000, minutes=10)
    assert bench.phases[1] == used
    bench.choose(Mode.FAST)
    assert bench.phases[1] == used


def test_a_platform_may_allow_one_phase_only() -> None:
    bench = visit(Mode.FAST, **SWITCHING)
    running = bench.running()
    assert running is not None
    wish = facts.LimitAsked(link_id=LINK, connector_id=1, session_id=running.session_id, limit_ma=10_000, phases=1)
    bench.do(wish)
    assert (bench.limit_ma[1], bench.phases[1]) == (10_000, 1)


def test_no_contactor_moves_in_a_pause() -> None:
    bench = visit(Mode.FAST, **SWITCHING)
    bench.choose(Mode.STOP)
    bench.choose(Mode.ECO_PLUS)
    bench.sun(0, minutes=10)
    assert (bench.limit_ma[1], bench.phases[1]) == (0, 3)
    assert bench.core.state.seen[0].switched == ()


# --- Cars with ways of their own --------------------------------------------------------------------------------------


def test_a_car_that_closes_its_contactor_in_vain_at_6_ampere_is_offered_8() -> None:
    bench = on_one(mode=Mode.ECO)
    bench.least_ma = 8_000
    bench.sun(0, seconds=179)
    assert bench.limit_ma[1] == 6_000
    bench.sun(0, seconds=6)
    assert bench.limit_ma[1] == 8_000
    assert bench.core.demands()[0].floor_ma == 8_000
    bench.unplug()
    bench.plug()
    assert bench.limit_ma[1] == 6_000, "the next car is another"


def test_a_car_that_opens_and_closes_its_contactor_again_and_again_is_offered_8() -> None:
    bench = on_one(mode=Mode.ECO)
    bench.least_ma = 8_000
    for _ in range(4):
        bench.sun(0, seconds=10)
        bench.show(Pilot.B2)
        bench.sun(0, seconds=10)
        bench.show(Pilot.C2)
    bench.sun(0, seconds=5)
    assert bench.limit_ma[1] == 8_000


def test_a_full_car_is_offered_the_floor_and_left_alone() -> None:
    bench = on_one(mode=Mode.ECO, pilot=Pilot.B2)
    bench.effects.clear()
    bench.sun(5_000, hours=3)
    assert bench.limit_ma[1] == 6_000 and not [e for e in bench.effects if isinstance(e, SetCurrent)]
    assert bench.core.demands()[0].most_ma == 6_000, "others may have the rest"


def test_a_car_that_draws_more_than_offered_is_offered_less_and_reported_once() -> None:
    bench = visit(Mode.FAST)
    bench.over_ma = 2_000
    bench.sun(0, limit_ma=16_000, seconds=9)
    assert bench.limit_ma[1] == 16_000
    bench.sun(0, limit_ma=16_000, minutes=10)
    assert bench.limit_ma[1] == 14_000 and bench.drawn_ma() == 16_000
    told = [e.reason.code for e in bench.effects if isinstance(e, Notify)]
    assert told == ["car.draws_too_much"]


def test_a_car_that_sleeps_after_a_long_wait_is_woken_twice_and_then_left_alone() -> None:
    bench = on_one(pilot=Pilot.B1)
    bench.sun(0, hours=2)
    bench.effects.clear()
    bench.sun(5_000, minutes=30)
    offers = [e.limit_ma for e in bench.effects if isinstance(e, SetCurrent)]
    assert offers == [6_000, 0, 6_000, 0, 6_000]
    assert waits(bench) == Waiting("car_asleep")
    bench.show(Pilot.C2)
    bench.sun(5_000, seconds=5)
    found = waits(bench)
    assert found is not None and found.code != "car_asleep"


def test_a_car_that_wakes_is_not_disturbed_again() -> None:
    bench = on_one(pilot=Pilot.B1)
    bench.sun(0, hours=2)
    bench.sun(5_000, minutes=2)
    assert bench.limit_ma[1] == 6_000
    bench.show(Pilot.C2)
    bench.effects.clear()
    bench.sun(5_000, minutes=30)
    assert all(e.limit_ma for e in bench.effects if isinstance(e, SetCurrent))


@pytest.mark.parametrize(("minutes", "offers"), [(9, [6_000]), (11, [6_000, 0, 6_000, 0, 6_000])])
def test_only_a_long_pause_lets_a_car_sleep(minutes: int, offers: list[int]) -> None:
    bench = on_one(pilot=Pilot.B1)
    bench.sun(0, minutes=minutes - 1)
    bench.effects.clear()
    bench.sun(1_500, minutes=10)
    assert [e.limit_ma for e in bench.effects if isinstance(e, SetCurrent)] == offers


def test_who_stopped_by_itself_is_never_woken() -> None:
    bench = on_one()
    bench.sun(2_300, minutes=10)
    bench.show(Pilot.B2)
    bench.sun(0, hours=1)
    assert bench.limit_ma[1] == 0
    bench.effects.clear()
    bench.sun(2_300, minutes=20)
    assert [e.limit_ma for e in bench.effects if isinstance(e, SetCurrent)] == [6_000]


def test_a_sleeping_car_in_fast_is_woken_after_a_pause_by_the_platform() -> None:
    bench = Bench(settings={"DefaultMode": "fast"})
    bench.plug()
    running = bench.running()
    assert running is not None
    level = {"link_id": LINK, "connector_id": 1, "session_id": running.session_id}
    bench.do(facts.LimitAsked(**level, limit_ma=0))
    bench.show(Pilot.B1)
    bench.pass_time(minutes=10)
    bench.do(facts.LimitAsked(**level, limit_ma=None))
    bench.pass_time(seconds=119)
    assert bench.limit_ma[1] == 32_000
    bench.pass_time(seconds=1)
    assert bench.limit_ma[1] == 0
    bench.pass_time(seconds=5)
    assert bench.limit_ma[1] == 32_000


def test_what_was_learnt_is_forgotten_when_the_car_leaves() -> None:
    bench = visit(Mode.FAST)
    bench.over_ma = 2_000
    bench.sun(0, limit_ma=16_000, minutes=2)
    learnt = bench.core.state.seen[0].habits
    assert (learnt.active, learnt.excess_ma) == (3, 2_000)
    bench.unplug()
    assert bench.core.state.seen[0].habits == UNKNOWN


def test_a_car_that_hangs_after_a_switch_is_woken_and_one_that_draws_is_not() -> None:
    for hangs, offers in ((True, [6_000, 0, 6_000]), (False, [6_000])):
        bench = visit(Mode.FAST, settings={"Phases.Eco": "auto"}, **SWITCHING)
        bench.allot(0)
        bench.effects.clear()
        bench.choose(Mode.ECO)
        bench.show(Pilot.B2 if hangs else Pilot.C2)
        bench.pass_time(seconds=126)
        assert [e.limit_ma for e in bench.effects if isinstance(e, SetCurrent)] == offers


# --- What the site is told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "appetite"),
    [
        (Mode.FAST, Appetite.FULL),
        (Mode.ECO, Appetite.FLOOR),
        (Mode.ECO_PLUS, Appetite.SURPLUS),
        (Mode.STOP, Appetite.NOTHING),
    ],
)
def test_the_appetite_follows_the_mode(mode: Mode, appetite: Appetite) -> None:
    bench = visit()
    bench.choose(mode)
    assert bench.core.demands()[0].appetite is appetite


def test_without_a_car_or_a_session_nothing_is_wanted() -> None:
    bench = Bench(settings={"FreeChargingIdTag": ""})
    assert bench.core.demands()[0].appetite is Appetite.NOTHING
    bench.plug()
    assert bench.core.demands()[0].appetite is Appetite.NOTHING


def test_a_boost_makes_the_appetite_full() -> None:
    bench = visit()
    bench.do(ev.BoostChosen(1, 5_000))
    assert bench.core.demands()[0].appetite is Appetite.FULL


def test_who_waits_says_since_when() -> None:
    bench = visit(Mode.FAST)
    bench.allot(0, limit_ma=0)
    since = bench.now
    bench.pass_time(minutes=5)
    bench.allot(0, limit_ma=0)
    assert bench.core.demands()[0].since == since
    bench.allot(0, limit_ma=6_000)
    assert bench.core.demands()[0].since is None


def test_a_car_that_leaves_part_of_its_offer_asks_for_a_little_more_than_it_takes() -> None:
    bench = visit(Mode.FAST, draw_ma=10_000)
    assert bench.core.demands()[0].most_ma == 32_000
    bench.pass_time(seconds=30)
    assert bench.core.demands()[0].most_ma == 12_000
    bench.draw_ma = 32_000
    bench.allot(0, limit_ma=12_000)
    assert bench.core.demands()[0].most_ma == 32_000


# --- Whatever happens -------------------------------------------------------------------------------------------------

HAPPENINGS = st.one_of(
    st.tuples(st.just("sun"), st.integers(-2_000, 9_000)),
    st.tuples(st.just("limit"), st.integers(0, 40_000)),
    st.tuples(st.just("mode"), st.sampled_from(list(Mode))),
    st.tuples(st.just("pilot"), st.sampled_from([Pilot.B1, Pilot.B2, Pilot.C2])),
    st.tuples(st.just("blind"), st.just(0)),
    st.tuples(st.just("boost"), st.integers(0, 3_000)),
)


@given(story=st.lists(st.tuples(HAPPENINGS, st.integers(0, 300)), max_size=25), switches=st.booleans())
@settings(max_examples=60, deadline=None)
def test_never_between_pause_and_floor_never_above_the_limit_and_no_session_ends(
    story: list[Any], switches: bool
) -> None:
    bench = visit(Mode.ECO, switches_phases=switches, draw_ma=16_000)
    session, surplus_w, limit_ma = bench.running(), 0, 40_000
    assert session is not None
    for (what, value), seconds in story:
        match what:
            case "sun":
                surplus_w = value
            case "limit":
                limit_ma = value
            case "mode":
                bench.choose(value)
            case "pilot":
                bench.show(value)
            case "boost":
                bench.do(ev.BoostChosen(1, value))
        bench.allot(None if what == "blind" else surplus_w, limit_ma=limit_ma)
        for _ in range(1 + seconds // 30):
            bench.pass_time(seconds=min(seconds, 30))
            assert bench.limit_ma[1] == 0 or 6_000 <= bench.limit_ma[1] <= min(limit_ma, 32_000)
    running = bench.running()
    assert running is not None and running.session_id == session.session_id


# --- Another mode, other phases, and no news from the site ------------------------------------------------------------


def test_eco_plus_chosen_in_eco_pauses_although_the_site_has_nothing_new_to_say() -> None:
    bench = on_one(mode=Mode.ECO, surplus_w=0)
    bench.pass_time(minutes=30)
    assert bench.limit_ma[1] == 6_000

    bench.choose(Mode.ECO_PLUS)
    bench.pass_time(minutes=2, seconds=59)
    assert bench.limit_ma[1] == 6_000
    bench.pass_time(seconds=2)
    assert bench.limit_ma[1] == 0


def test_a_shorter_stop_delay_holds_at_once_although_the_site_has_nothing_new_to_say() -> None:
    bench = on_one(surplus_w=2_300)
    bench.sun(2_300, minutes=10)
    bench.allot(0)
    bench.set("StopDelay", "0")
    assert bench.limit_ma[1] == 0


def test_eco_follows_the_sun_again_a_minute_after_its_phases_were_switched() -> None:
    bench = visit(Mode.ECO, surplus_w=8_000, **SWITCHING)
    bench.sun(8_000, minutes=5)
    bench.set("Phases", "1")
    bench.car_phases = 1
    bench.sun(2_300, minutes=10)
    assert said(bench) == ("following", None)
    assert 9_500 <= bench.limit_ma[1] <= 10_500


def test_eco_chosen_while_eco_plus_is_about_to_pause_forgets_that() -> None:
    bench = on_one(surplus_w=2_300)
    bench.sun(2_300, minutes=10)
    bench.sun(0, minutes=1)
    assert said(bench)[0] == "stopping"

    bench.choose(Mode.ECO)
    bench.pass_time(minutes=30)
    assert said(bench) == ("topped_up", None)

    bench.choose(Mode.ECO_PLUS)
    bench.pass_time(minutes=2)
    assert bench.limit_ma[1] == 6_000, "the delay begins anew"


def test_a_car_that_draws_above_its_offer_asks_for_a_share_with_which_it_can_charge() -> None:
    bench = visit(Mode.FAST)
    bench.over_ma = 1_000
    bench.sun(0, limit_ma=16_000, minutes=2)
    [demand] = bench.core.demands()
    assert demand.floor_ma == 7_000
    bench.sun(0, limit_ma=demand.floor_ma, minutes=1)
    assert bench.limit_ma[1] == 6_000
    bench.sun(0, limit_ma=demand.floor_ma - 1, minutes=1)
    assert bench.limit_ma[1] == 0

    bench.set("LimitA", "6")
    assert bench.core.demands()[0].appetite is Appetite.NOTHING
