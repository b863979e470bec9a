"""A plan must not leave the car empty in the morning, whatever the car turns out to be (A4)."""

import pytest

from laadboek.charger import events as ev
from laadboek.site.planning import READY_EARLY

from .night import EVENING, HOUR, MAIN_25, SEVEN, Night

LAST = {5, 6}  # the cheapest hours are those just before the departure
EARLY = {1, 2, 3}


@pytest.mark.parametrize("cheap", [LAST, EARLY, set()])
@pytest.mark.parametrize(
    ("phases", "max_ma", "energy_wh"),
    [(1, 32_000, 12_000), (1, 16_000, 12_000), (1, 10_000, 12_000), (3, 16_000, 12_000), (3, 16_000, 40_000)],
)
def test_a_car_that_nobody_knows_is_ready_by_seven(cheap, phases, max_ma, energy_wh):
    night = Night(cheap, energy_wh, max_ma=32_000, phases=phases, car={"max_current_ma": max_ma})
    night.sleep()
    assert night.charged_wh >= energy_wh - 50
    assert night.charged_wh <= energy_wh + 200, "then it goes back to the sun"


def test_a_car_whose_last_part_is_slow_is_nearly_full_in_the_morning():
    night = Night(LAST, 20_000, phases=3)
    night.box.car.set_capacity(58_000)
    night.box.car.set_soc(70)
    night.sleep()
    assert night.box.car.soc_percent >= 90
    night.come_home_again(70)
    night.sleep(SEVEN + 24 * HOUR)
    assert night.box.car.soc_percent >= 90


def test_a_single_phase_car_is_remembered_and_the_next_plan_is_long_enough_from_the_start():
    night = Night(LAST, 12_000, max_ma=32_000, phases=1, car={"max_current_ma": 32_000})
    night.sleep()
    night.come_home_again(20)
    [[pace]] = night.core.state.durable.paces.values()
    assert pace.phases == 1 and 30_500 <= pace.takes_ma <= 32_000
    night.sleep(EVENING + 25 * HOUR)
    [demand] = night.core.demands()
    assert (demand.full_ma, demand.full_phases) == (pace.takes_ma, 1)
    planned_s = sum((slot.ends_at - slot.starts_at).total_seconds() for slot in night.plan.slots)
    assert planned_s == pytest.approx(12_000 / 7_360 * 3_600, rel=0.06)
    assert night.plan.ready_at <= SEVEN + 24 * HOUR - READY_EARLY
    assert night.core.explain(1, night.world.now).code in ("waiting_for_slot", "waiting_for_sun_or_slot")
    night.sleep(SEVEN + 24 * HOUR)
    assert night.charged_wh >= 11_950
    assert night.core.explain(1, night.world.now).code == "waiting_for_sun"


@pytest.mark.parametrize("energy_wh", [5_000, 12_000])
def test_a_fuse_that_leaves_6_a_all_night_is_learnt_in_the_first_slot(energy_wh):
    night = Night(EARLY, energy_wh, fuse=MAIN_25, house_ma=(17_500,) * 3)
    night.sleep()
    assert night.drawn_w <= 4_300
    assert night.charged_wh >= energy_wh - 50


def test_the_random_while_at_the_beginning_of_a_slot_is_allowed_for():
    night = Night(LAST, 12_000, settings={"RandomSmartChargeDelay": "1800"})
    night.sleep()
    assert night.charged_wh >= 11_950


def test_a_goal_that_seems_to_allow_no_more_waiting_is_planned_once_the_car_is_known():
    night = Night(LAST, 12_000)
    night.sleep(EVENING + HOUR / 20 + HOUR / 80)
    night.post(ev.GoalChosen(1, 28_000, SEVEN))
    night.sleep(EVENING + HOUR / 12)
    assert night.core.explain(1, night.world.now).code == "charging_due"
    night.sleep(EVENING + HOUR / 4)
    assert 0 < night.charged_wh < 2_000
    assert night.core.explain(1, night.world.now).code in ("waiting_for_slot", "waiting_for_sun_or_slot")
    night.sleep()
    assert night.charged_wh >= 27_950
