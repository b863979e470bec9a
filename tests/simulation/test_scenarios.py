"""Named days under several policies: what they must show, and that a score is the same each time."""

import json

import pytest
from typer.testing import CliRunner

from laadboek.cli import app
from laadboek.simulation.scenarios.catalogue import SCENARIOS
from laadboek.simulation.scenarios.run import run


@pytest.fixture(scope="module")
def clouds():
    scenario = SCENARIOS["broken-clouds"]()
    return run(scenario, "eco_plus"), run(scenario, "baseline")


def test_through_broken_clouds_eco_plus_seldom_switches_and_hardly_imports(clouds):
    ours, _ = clouds
    assert ours.phase_switches <= 6
    assert ours.starts <= 12
    assert ours.car_import_percent < 4
    assert ours.charged_wh > 25_000


def test_through_broken_clouds_it_imports_and_switches_less_than_the_baseline(clouds):
    ours, theirs = clouds
    assert ours.car_import_wh < theirs.car_import_wh
    assert ours.car_import_percent < theirs.car_import_percent
    assert ours.phase_switches < theirs.phase_switches


def test_the_committed_series_has_more_than_40_kwh_of_surplus():
    scenario = SCENARIOS["broken-clouds"]()
    score = run(scenario, "baseline")
    assert score.import_wh >= 0
    assert score.charged_wh + score.export_wh > 40_000


def test_the_same_seed_gives_the_same_score():
    scenario = SCENARIOS["sunny"]()
    assert run(scenario, "baseline", 7) == run(scenario, "baseline", 7)


def test_the_command_line_lists_scenarios_and_prints_a_score():
    runner = CliRunner()
    listed = json.loads(runner.invoke(app, ["simulate", "--scenario", "list", "--json"]).stdout)
    assert set(listed) == set(SCENARIOS)
    printed = runner.invoke(app, ["simulate", "--scenario", "sunny", "--policy", "baseline", "--json"])
    (score,) = json.loads(printed.stdout)["scores"]
    assert score["policy"] == "baseline"
    assert score["charged_wh"] > 20_000


@pytest.mark.parametrize("option", [["--scenario", "moon"], ["--scenario", "sunny", "--policy", "luck"]])
def test_an_unknown_name_is_told_which_there_are(option):
    answer = CliRunner().invoke(app, ["simulate", *option])
    assert answer.exit_code != 0
    assert "is unknown; use" in answer.output


def test_a_policy_without_a_scenario_is_refused():
    told = CliRunner().invoke(app, ["simulate", "--policy", "eco"])
    assert told.exit_code == 2 and "--scenario" in told.stderr
