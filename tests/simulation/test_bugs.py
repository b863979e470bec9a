"""The test of the test: the oracle finds every planted bug within fifty seeds, and nothing in the code as it is."""

import pytest

from laadboek.simulation.bugs import BUGS, found_by
from laadboek.simulation.planting import planted
from laadboek.simulation.run import Plan, simulate
from laadboek.store import ledger

SEEDS = range(1, 51)


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_by_some_of_fifty_seeds(name):
    found = found_by(BUGS[name], SEEDS, days=2)
    assert found is not None, f"no seed noticed: {BUGS[name].what}"


@pytest.mark.slow
@pytest.mark.parametrize("name", BUGS)
def test_what_finds_a_bug_is_silent_without_it(name):
    bug = BUGS[name]
    found = found_by(bug, SEEDS, days=2)
    assert found is not None
    assert simulate(Plan(days=2, seed=found[0], faults=bug.faults, links=bug.links)).violations == []


def test_at_least_24_bugs_are_planted():
    assert len(BUGS) >= 24


def test_a_planted_bug_is_gone_after_its_block():
    right = ledger.append_session
    with planted(BUGS["ledger entry appended twice"]):
        assert ledger.append_session is not right
    assert ledger.append_session is right
