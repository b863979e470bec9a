"""The test of the test: the oracle finds every planted bug within fifty seeds, and nothing in the code as it is."""

import pytest

from laadboek.simulation.bugs import BUGS, found_by, planted
from laadboek.simulation.run import Plan, simulate
from laadboek.store import ledger

SEEDS = range(1, 51)


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_by_some_of_fifty_seeds(name):
    found = found_by(BUGS[name], SEEDS, days=2)
    assert found is not None, f"no seed noticed: {BUGS[name].what}"


def test_at_least_ten_bugs_are_planted():
    assert len(BUGS) >= 10


def test_a_planted_bug_is_gone_after_its_block():
    right = ledger.append_session
    with planted(BUGS["ledger entry appended twice"]):
        assert ledger.append_session is not right
    assert ledger.append_session is right


@pytest.mark.parametrize("seed", range(1, 11))
def test_where_nothing_is_planted_nothing_is_found_though_processes_die(seed):
    report = simulate(Plan(days=2, seed=seed, faults="crashes"))
    assert report.violations == []
    assert report.crashes > 5
    assert report.sessions > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[10:30])
def test_no_seed_finds_anything_where_nothing_is_planted(seed):
    assert simulate(Plan(days=2, seed=seed, faults="crashes")).violations == []
