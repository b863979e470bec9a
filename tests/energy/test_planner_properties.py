"""What holds of every plan, whatever prices, sun and fuses do (A4)."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from planning_cases import NOW, QUARTER, car_park, home
from planning_judge import cost_of

from laadboek.energy.planner import START_COST_MICRO, plan_car, plan_cars
from laadboek.energy.planning_fleet import shared
from laadboek.energy.planning_horizon import horizon, instant, seconds
from laadboek.energy.planning_slots import pieces

homes = st.integers(0, 10**9).map(home)
car_parks = st.integers(0, 10**9).map(lambda seed: car_park(seed, cars=4))
LATE = {"plan.too_late", "plan.out_of_reach"}
TOLERATED = (0.01, 20_000)  # of what the judge allows a plan to be dearer than the best


def energies_wh(quarters, needs):
    """What all cars together take in each quarter, by its start."""
    begin_s = seconds(NOW)
    row = horizon(quarters, begin_s, max(seconds(need.goal.ready_by) for need in needs))
    found = defaultdict(float)
    for chosen in shared(row, needs, begin_s, START_COST_MICRO).values():
        for piece in pieces(chosen):
            found[instant(piece.begins_s - piece.begins_s % 900)] += piece.wh
    return found


def dearer(plan, other, need):
    """Whether `plan` costs more than the other, by more than either may be off."""
    share, least = TOLERATED
    return cost_of(plan, need) > cost_of(other, need) + share * abs(cost_of(other, need)) + least


@settings(max_examples=150, deadline=None)
@given(homes)
def test_a_goal_that_can_be_reached_is_reached_exactly_and_in_time(case):
    quarters, need = case
    plan = plan_car(quarters, need, now=NOW)
    assert plan.why.code not in LATE
    assert plan.energy_wh == need.goal.energy_wh
    assert plan.ready_at <= need.goal.ready_by
    stretches = sorted((slot.starts_at, slot.ends_at) for slot in (*plan.slots, *plan.sun))
    assert all(begins < ends for begins, ends in stretches)
    assert all(before[1] <= after[0] for before, after in pairwise(stretches))
    assert stretches[0][0] >= NOW


@settings(max_examples=150, deadline=None)
@given(homes)
def test_no_stretch_is_charged_with_less_than_the_floor_or_more_than_full_power(case):
    quarters, need = case
    plan = plan_car(quarters, need, now=NOW)
    for slot in (*plan.slots, *plan.sun):
        length_h = (slot.ends_at - slot.starts_at) / timedelta(hours=1)
        rounding_wh = 1 + need.most_w / 3600  # of energy to a Wh, of an instant to a second
        assert slot.energy_wh >= need.floor_w * length_h - rounding_wh
        assert slot.energy_wh <= need.most_w * length_h + rounding_wh


@settings(max_examples=150, deadline=None)
@given(homes)
def test_a_later_departure_never_costs_more(case):
    quarters, need = case
    earlier = replace(need, goal=replace(need.goal, ready_by=need.goal.ready_by - 4 * QUARTER))
    plan = plan_car(quarters, earlier, now=NOW)
    if plan.why.code not in LATE:
        assert not dearer(plan_car(quarters, need, now=NOW), plan, need)


@settings(max_examples=150, deadline=None)
@given(homes, st.integers(0, 63), st.integers(1, 100_000))
def test_a_cheaper_quarter_never_makes_a_plan_dearer(case, index, less_micro):
    quarters, need = case
    cheaper = list(quarters)
    one = cheaper[index % len(cheaper)]
    price = one.import_micro - less_micro
    cheaper[index % len(cheaper)] = replace(one, import_micro=price, export_micro=min(price, one.export_micro))
    assert not dearer(plan_car(cheaper, need, now=NOW), plan_car(quarters, need, now=NOW), need)


@settings(max_examples=60, deadline=None)
@given(car_parks)
def test_cars_together_never_exceed_the_headroom(case):
    quarters, needs = case
    together = energies_wh(quarters, needs)
    assert sum(together.values()) > 0
    for quarter in quarters:
        if quarter.headroom_w is not None:
            assert together[quarter.starts_at] <= quarter.headroom_w / 4 + 0.001


@settings(max_examples=60, deadline=None)
@given(car_parks)
def test_each_car_gets_all_it_wants_or_a_reason(case):
    quarters, needs = case
    plans = plan_cars(quarters, needs, now=NOW)
    for need in needs:
        plan = plans[need.key]
        assert plan.why.code in LATE or (plan.energy_wh == need.goal.energy_wh and plan.ready_at <= need.goal.ready_by)


@settings(max_examples=60, deadline=None)
@given(homes)
def test_the_same_question_has_the_same_answer(case):
    quarters, need = case
    assert plan_car(quarters, need, now=NOW) == plan_car(list(reversed(quarters)), need, now=NOW)
