"""Platforms start, stop, restart and close (OCPP 1.6 §5.2, §5.11, §5.12, §5.14, §5.18), whatever else goes wrong."""

import pytest

from laadboek.simulation.run import Plan, simulate


@pytest.mark.parametrize("seed", range(1, 5))
def test_what_platforms_were_granted_comes_of_it(seed):
    report = simulate(Plan(days=7, seed=seed, faults="none", links=3))
    assert report.violations == []
    assert report.commands > 5


@pytest.mark.parametrize("faults", ["crashes", "power", "disk"])
def test_a_command_that_met_trouble_happened_or_not(faults):
    report = simulate(Plan(days=5, seed=6, faults=faults, links=2))
    assert report.violations == []
    assert report.commands > 0


def test_our_platform_alone_commands_nothing_by_itself():
    assert simulate(Plan(days=2, seed=1, faults="none")).commands == 0
