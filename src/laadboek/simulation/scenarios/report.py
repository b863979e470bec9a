"""Scores as text: lines for people, values for programs, tables for docs/."""

from collections.abc import Sequence
from typing import Any

import msgspec

from .scenario import Scenario
from .score import Score

COLUMNS: tuple[tuple[str, str], ...] = (
    ("policy", "policy"),
    ("kWh charged", "charged"),
    ("from the grid", "car_import"),
    ("% from the grid", "car_import_percent"),
    ("cents/kWh", "cents_per_kwh"),
    ("own sun used %", "self_consumption_percent"),
    ("starts", "starts"),
    ("phase switches", "phase_switches"),
    ("kWh missing", "unmet"),
    ("short departures", "short_departures"),
)


def figures(score: Score) -> dict[str, Any]:
    return {**msgspec.to_builtins(score), "car_import_percent": score.car_import_percent}


def as_json(scenario: Scenario, scores: list[Score]) -> dict[str, Any]:
    return {"scenario": scenario.name, "what": scenario.what, "scores": [figures(score) for score in scores]}


def lines(scenario: Scenario, scores: list[Score]) -> list[str]:
    """For a terminal: columns of one width."""
    rows = [[title for title, _ in COLUMNS], *(cells(score) for score in scores)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    text = [
        "  ".join(_fit(cell, width, n) for n, (cell, width) in enumerate(zip(r, widths, strict=True))) for r in rows
    ]
    return [f"{scenario.name}: {scenario.what}", *text]


def markdown(scores: Sequence[Score]) -> str:
    header = "| " + " | ".join(title for title, _ in COLUMNS) + " |"
    ruler = "|---|" + "---:|" * (len(COLUMNS) - 1)
    return "\n".join([header, ruler, *("| " + " | ".join(cells(score)) + " |" for score in scores)])


def cells(score: Score) -> list[str]:
    known = figures(score)
    known |= {
        "charged": f"{score.charged_wh / 1_000:.1f}",
        "car_import": f"{score.car_import_wh / 1_000:.1f}",
        "unmet": f"{score.unmet_wh / 1_000:.1f}",
        "cents_per_kwh": f"{score.cents_per_kwh:.1f}",
        "car_import_percent": f"{score.car_import_percent:.1f}",
    }
    return [str(known[field]) for _, field in COLUMNS]


def _fit(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column == 0 else cell.rjust(width)
