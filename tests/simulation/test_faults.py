"""Whatever goes wrong, meter, wire and rows tell one story: nothing lost, nothing twice, in order, the same Wh."""

import os

import pytest

from laadboek.simulation.run import Plan, simulate
from laadboek.simulation.trouble import PROFILES

# How many seeds of a week with all faults; many more by hand (docs/simulation.md).
SEEDS = int(os.environ.get("LAADBOEK_SIMULATED_SEEDS", "9"))


@pytest.mark.parametrize("faults", [name for name in PROFILES if name != "all"])
@pytest.mark.parametrize("links", [1, 3])
def test_three_days_of_one_kind_of_trouble_are_clean(faults, links):
    report = simulate(Plan(days=3, seed=4, faults=faults, links=links))
    assert report.violations == []
    assert report.sessions > 0


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_a_week_of_all_trouble_at_once_is_clean(seed):
    report = simulate(Plan(days=7, seed=seed, faults="all"))
    assert report.violations == []
    assert report.crashes > 5


def test_crashes_happen_and_hurt_nobody():
    reports = [simulate(Plan(days=2, seed=seed, faults="crashes")) for seed in range(1, 6)]
    assert [report.violations for report in reports] == [[]] * 5
    assert min(report.crashes for report in reports) > 5
