"""Named days have the scores that are written down (docs/day-scores.json, docs/what-it-saves.json), in a small band.

Better is a failure as well: then the figures are to be written anew, by `tools/day_scores.py`.
"""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from laadboek.simulation.scenarios import savings
from laadboek.simulation.scenarios.days import DAYS
from laadboek.simulation.scenarios.report import markdown
from laadboek.simulation.scenarios.run import run
from laadboek.simulation.scenarios.savings import Savings
from laadboek.simulation.scenarios.score import Score

DOCS = Path(__file__).parents[2] / "docs"
SCORES = msgspec.json.decode((DOCS / "day-scores.json").read_bytes(), type=list[Score])
SAVINGS = msgspec.json.decode((DOCS / "what-it-saves.json").read_bytes(), type=Savings)
LIVED_AGAIN = [
    ("sunny", "eco_plus"),
    ("sunny", "baseline"),
    ("winter", "eco_plus_plan"),
    ("negative-noon", "eco_plus_plan"),
    ("two-cars", "eco_plus_plan"),
    ("heat-pump", "eco_plus"),
    ("home-battery", "eco_plus"),
    ("one-phase", "eco_plus"),
    ("eight-amperes", "eco_plus"),
]
ENERGY_WH, SHARE, TIMES = 1_000, 0.05, 2


def near(now: Score, written: Score) -> None:
    for field in ("charged_wh", "car_import_wh", "unmet_wh"):
        assert getattr(now, field) == pytest.approx(getattr(written, field), abs=ENERGY_WH, rel=SHARE), field
    assert now.cents_per_kwh == pytest.approx(written.cents_per_kwh, rel=SHARE)
    assert now.starts == pytest.approx(written.starts, abs=TIMES)
    assert now.phase_switches == pytest.approx(written.phase_switches, abs=TIMES)
    assert now.fuse_trips == written.fuse_trips


@pytest.mark.parametrize(("name", "policy"), LIVED_AGAIN)
def test_a_day_has_the_score_that_is_written_down(name, policy):
    written = next(score for score in SCORES if (score.scenario, score.policy) == (name, policy))
    near(run(DAYS[name](), policy), written)


def test_every_day_is_written_down_under_each_of_its_policies():
    expected = [(name, policy) for name, make in DAYS.items() for policy in make().policies]
    assert [(score.scenario, score.policy) for score in SCORES] == expected
    page = (DOCS / "scenarios.md").read_text()
    for name in DAYS:
        assert markdown([score for score in SCORES if score.scenario == name]) in page


def test_no_fuse_trips_on_any_day_of_ours():
    ours = [score for score in SCORES if not score.policy.startswith("baseline")]
    assert all(score.fuse_trips == 0 for score in ours)


@pytest.mark.parametrize("policy", savings.WEEK_POLICIES)
def test_a_week_of_the_year_has_the_score_that_the_page_shows(policy):
    first = savings.WEEKS[1]
    written = next(score for score in SAVINGS.weeks[first.isoformat()] if score.policy == policy)
    near(savings.week(first, policy), written)


def test_the_page_is_what_the_command_last_wrote():
    assert (DOCS / "what-it-saves.md").read_text() == savings.page(SAVINGS)
    assert (DOCS / "what-it-saves.json").read_text() == savings.encoded(SAVINGS)
    assert [date.fromisoformat(first) for first in SAVINGS.weeks] == list(savings.WEEKS)


def test_a_year_with_a_plan_costs_less_than_charging_at_once_and_leaves_hardly_anything_missing():
    by_policy = {score.policy: score for score in SAVINGS.year}
    ours, fast = by_policy["eco_plus_plan"], by_policy["fast"]
    assert ours.cents_per_kwh < 0.8 * fast.cents_per_kwh
    assert ours.unmet_wh < ours.charged_wh // 100
