"""What a plan saves in a year of commuting: the figures, and the page that shows them (docs/what-it-saves.md)."""

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256

import msgspec
from msgspec import Struct

from .report import markdown
from .run import SEED, run
from .score import Score
from .year import year

POLICIES = ("fast", "baseline", "baseline_plan", "eco_plus", "eco_plus_plan")
AGAINST = "fast"
# Parts of the year that a test lives again, a week each.
WEEKS = (date(2024, 1, 15), date(2024, 4, 8), date(2024, 7, 15))
WEEK_POLICIES = ("fast", "eco_plus_plan")


class Savings(Struct, frozen=True, kw_only=True):
    """All figures of the page. What was run with which seed, and what came of it."""

    seed: str
    year: tuple[Score, ...]
    weeks: dict[str, tuple[Score, ...]]  # by the first day


def whole_year(policy: str) -> Score:
    return run(year(), policy)


def week(first: date, policy: str) -> Score:
    return run(year(first, 7), policy)


def savings(scores: Iterable[Score]) -> Savings:
    """With the year's scores, which take minutes."""
    weeks = {first.isoformat(): tuple(week(first, policy) for policy in WEEK_POLICIES) for first in WEEKS}
    return Savings(seed=SEED, year=tuple(scores), weeks=weeks)


def encoded(found: Savings) -> str:
    return msgspec.json.format(msgspec.json.encode(found).decode(), indent=1) + "\n"


def page(found: Savings) -> str:
    """The page, from the figures alone: the same figures, the same page."""
    text = [INTRODUCTION, markdown(found.year), "", *_sentences(found.year), "", OUTRO, ""]
    for first, scores in found.weeks.items():
        text += [f"## The week from {first}", "", markdown(scores), ""]
    digest = sha256(encoded(found).encode()).hexdigest()[:16]
    return "\n".join([*text, f"Figures: `docs/what-it-saves.json`, seed `{found.seed}`, digest `{digest}`.", ""])


def _sentences(scores: Sequence[Score]) -> list[str]:
    cents = {score.policy: score.cents_per_kwh for score in scores}
    ours = cents["eco_plus_plan"]
    return [
        f"Eco+ with a plan: {ours:.2f} cents per kWh, {_less(ours, cents[other])} than {name} ({cents[other]:.2f})."
        for other, name in (("fast", "Fast at plug-in"), ("baseline_plan", "the baseline with its plan"))
    ]


def _less(ours: float, theirs: float) -> str:
    percent = round(100 * (theirs - ours) / theirs)
    return f"{percent} % less" if percent >= 0 else f"{-percent} % more"


INTRODUCTION = """# What a plan saves

Made by `python tools/what_it_saves.py`; nothing here is written by hand.

A year of commuting (`simulation/scenarios/year.py`): 67 kWh a week out of the battery, at home at night, on Wednesdays
and most of the weekend, 80 % wanted whenever the car leaves, which every policy that plans is told at plug-in. Prices
are the Dutch day-ahead ones of 2024 with a supplier's 2 cents, energy tax and VAT; the roof has 5 kWp under a clear
sky, so the sun here is a best case for everybody. What a car takes from the roof costs what feeding it in would have
brought.
`baseline` is what evcc documents of its rules. Policies without a plan charge what the sun gives and no more; what they
leave missing at departures is listed, and their cost per kWh is that of less energy.
"""
OUTRO = "A test lives these weeks again and compares."
