"""Three links on one charger: an employer's, a registrar's, our own; RULES §6 over thirty days."""

import pytest

from laadboek.simulation.run import Plan, simulate


@pytest.fixture(scope="module")
def month():
    """The employer's platform is away for ten days, then the registrar's; on other days they are rude."""
    return simulate(Plan(days=30, seed=2, faults="platforms", links=3))


def test_each_link_ends_with_exactly_its_routed_sessions_whoever_was_away(month):
    """Judged by the wire: order, ids, statuses, registers, nothing twice, nothing of a private session at work."""
    assert month.violations == []


def test_the_registrar_and_our_platform_know_every_session_and_the_same_wh(month):
    assert month.told["ours"] == month.told["registrar"] == (month.sessions, month.energy_wh)


def test_the_employer_knows_the_business_sessions_only(month):
    sessions, energy_wh = month.told["employer"]
    assert 0 < sessions < month.sessions
    assert 0 < energy_wh < month.energy_wh


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_month_with_all_faults_on_three_links_and_the_real_store_is_clean(seed, tmp_path):
    plan = Plan(days=30, seed=seed, faults="all", links=3, store=tmp_path / "home.db")
    assert simulate(plan).violations == []
