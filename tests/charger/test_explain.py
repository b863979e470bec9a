"""At every moment one reason why it charges or waits, what will change that, and the numbers behind it."""

from datetime import timedelta

import pytest

from laadboek.charger import events as ev
from laadboek.charger import explain, follow, goals
from laadboek.charger.flows import DRAWN, NOT_DRAWN, PAUSED
from laadboek.charger.turn import Turn
from laadboek.energy.plan import Plan, PlanSlot
from laadboek.facts import Mode, Pilot
from laadboek.ids import Ids
from laadboek.reasons import Reason

from .bench import Bench

CLOSED = {"FreeCharging": "false"}


def why(bench: Bench) -> Reason:
    found = bench.core.explain(1, bench.now)
    assert found.code in explain.REASONS or "." in found.code
    return found


def in_the_sun(surplus_w: int, mode: Mode = Mode.ECO_PLUS) -> Bench:
    """A one-phase car at a site that measures."""
    bench = Bench(settings={"DefaultMode": mode.value}, phases=1)
    bench.allot(surplus_w)
    bench.plug()
    bench.sun(surplus_w, seconds=30)
    return bench


def plan(bench: Bench, begins: timedelta) -> None:
    goal = goals.of(Turn(bench.nameplate, bench.core.state, Ids(0), bench.now), 1)
    assert goal is not None
    starts_at = bench.now + begins
    slot = PlanSlot(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), energy_wh=20_000, cost_micro=1_800_000)
    made = Plan(
        made_at=bench.now,
        goal=goal,
        slots=(slot,),
        why=Reason("plan.cheapest"),
        cost_micro=1_800_000,
        cost_at_once_micro=6_200_000,
        currency="EUR",
        ready_at=slot.ends_at,
    )
    bench.do(ev.Planned(1, made))


def test_too_little_sun_says_how_much_there_is_and_how_much_is_needed():
    assert why(in_the_sun(900)) == Reason("waiting_for_sun", {"surplus_w": 900, "needed_w": 1_380})


def test_enough_sun_counts_down_to_the_start():
    bench = in_the_sun(900)
    bench.sun(2_300, seconds=10)
    found = why(bench)
    assert (found.code, found.params["wait_s"]) == ("sun_starting", 50)
    assert found.params["until"] == (bench.now + timedelta(seconds=50)).isoformat()
    bench.pass_time(seconds=49.5)
    assert why(bench).params["wait_s"] == 1, "never zero before it is over"


def test_charging_with_the_sun_and_the_countdown_to_a_pause():
    bench = in_the_sun(2_300)
    bench.sun(2_300, minutes=5)
    found = why(bench)
    assert (found.code, found.params["as_mode"]) == ("charging_sun", "eco_plus")
    bench.sun(500, seconds=50)
    found = why(bench)
    assert (found.code, found.params["wait_s"]) == ("pausing_soon", 130)


def test_eco_says_what_the_grid_adds():
    bench = in_the_sun(500, Mode.ECO)
    assert why(bench).code == "charging_topped_up"


def test_without_a_meter_it_says_that_nobody_measures():
    bench = in_the_sun(2_300)
    bench.sun(2_300, minutes=5)
    bench.allot(None, why="meter.lost")
    assert why(bench).code == "charging_blind"


def test_the_plan_says_when_and_at_what_price_it_goes_on():
    bench = in_the_sun(900)
    plan(bench, timedelta(hours=3))
    found = why(bench)
    assert found.code == "waiting_for_sun_or_slot"
    assert found.params == {
        "surplus_w": 900,
        "needed_w": 1_380,
        "until": (bench.now + timedelta(hours=3)).isoformat(),
        "wait_s": 3 * 3_600,
        "price_micro": 90_000,
        "at_once_price_micro": 310_000,
        "currency": "EUR",
    }
    bench.pass_time(hours=3)
    assert why(bench).code == "charging_planned"


def test_a_site_that_leaves_nothing_says_why():
    bench = in_the_sun(5_000, Mode.FAST)
    bench.allot(5_000, limit_ma=0, why="limit.turn")
    assert why(bench).code == "limit.turn"


def test_a_site_that_leaves_less_than_it_could_take_says_who():
    bench = in_the_sun(5_000, Mode.FAST)
    bench.allot(5_000, limit_ma=10_000, why="limit.grid")
    found = why(bench)
    assert (found.code, found.params["by"], found.params["limit_a"]) == ("charging_limited", "limit.grid", 10)


def test_a_driver_who_is_awaited_sees_how_long():
    bench = Bench(settings=CLOSED)
    bench.pin("12345")
    bench.pass_time(seconds=20)
    assert why(bench).params["wait_s"] == 40
    bench = Bench(settings=CLOSED | {"ConnectionTimeOut": "0"})
    bench.pin("12345")
    assert why(bench).code == "waiting_for_car_always"


@pytest.mark.parametrize("code", sorted(follow.WAITING))
def test_everything_that_a_law_waits_for_has_its_reason(code):
    reasons = {table[code] for table in (PAUSED, DRAWN, NOT_DRAWN) if code in table}
    assert reasons and reasons <= set(explain.REASONS)


def test_a_car_that_does_not_draw_is_not_said_to_charge():
    bench = in_the_sun(2_300, Mode.FAST)
    bench.show(Pilot.B2)
    assert why(bench).code == "car_full_or_paused_by_car"
