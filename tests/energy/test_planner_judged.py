"""Plans for one car beside the optimum of a mixed-integer program with the same constraints and costs (A4)."""

import pytest
from planning_cases import NOW, car_park, home
from planning_judge import cost_of, least_cost, least_cost_together

from laadboek.energy.planner import START_COST_MICRO, plan_car, plan_cars

SHARE_TOGETHER = 0.03  # of ten cars on one fuse
SHARE, LEAST_MICRO = 0.01, 20_000  # 1 % and 0.02 EUR: so much dearer than the optimum a plan may be


def too_dear(seeds, start_cost_micro=START_COST_MICRO):
    """The seeds whose plan costs more than it may. Starts are judged at what they cost, whatever the planner thinks."""
    found = []
    for seed in seeds:
        quarters, need = home(seed)
        plan = plan_car(quarters, need, now=NOW, start_cost_micro=start_cost_micro)
        assert plan.energy_wh == need.goal.energy_wh
        assert plan.ready_at <= need.goal.ready_by
        least = least_cost(quarters, need)
        if cost_of(plan, need) > least + SHARE * abs(least) + LEAST_MICRO:
            found.append(seed)
    return found


def test_a_plan_costs_at_most_one_percent_and_two_cents_more_than_the_optimum():
    assert too_dear(range(100)) == []


@pytest.mark.slow
def test_a_thousand_plans_cost_at_most_one_percent_and_two_cents_more_than_the_optimum():
    assert too_dear(range(100, 1_000)) == []


def test_the_judge_catches_a_planner_that_starts_whenever_it_is_cheap():
    assert len(too_dear(range(40), start_cost_micro=0)) >= 5


def judged(seeds, sunny, start_cost_micro=START_COST_MICRO):
    """The parks whose plans together may cost more than is allowed above the optimum.

    A plan is held against what the judge has proven. Refuted: it also found a way that is so much cheaper.
    """
    found = {"refuted": [], "undecided": []}
    for seed in seeds:
        quarters, needs = car_park(seed, longest=28, sunny=sunny)
        plans = plan_cars(quarters, needs, now=NOW, start_cost_micro=start_cost_micro)
        assert all(plan.energy_wh == need.goal.energy_wh for need, plan in zip(needs, plans.values(), strict=True))
        cost = sum(cost_of(plans[need.key], need) for need in needs)
        proven, cheapest = least_cost_together(quarters, needs)
        if cost > allowed(proven):
            found["refuted" if cost > allowed(cheapest) else "undecided"].append(seed)
    return found


def allowed(cost):
    """3 % and 0.02 EUR in all; at least what one start costs, which is more where the optimum is below 1 EUR."""
    return cost + max(SHARE_TOGETHER * abs(cost) + LEAST_MICRO, START_COST_MICRO)


def test_ten_cars_on_one_fuse_cost_at_most_three_percent_and_two_cents_in_all_more_than_the_optimum():
    found = judged(range(8), sunny=False)
    assert found["refuted"] == []
    assert len(found["undecided"]) <= 4  # where the judge runs out of time, nobody knows


@pytest.mark.soak
def test_more_car_parks_cost_at_most_three_percent_and_two_cents_in_all_more_than_the_optimum():
    assert judged(range(8, 60), sunny=False) == {"refuted": [], "undecided": []}


@pytest.mark.soak
def test_no_way_is_found_that_is_three_percent_and_two_cents_cheaper_for_ten_cars_and_a_roof():
    found = judged(range(60), sunny=True)
    assert found["refuted"] == []
    assert len(found["undecided"]) <= 9  # where the judge runs out of time, nobody knows


def test_the_judge_catches_cars_on_one_fuse_that_start_whenever_it_is_cheap():
    assert len(judged(range(5), sunny=False, start_cost_micro=0)["refuted"]) >= 2
