"""Write docs/day-scores.json and the tables of docs/scenarios.md: every named day under each of its policies."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from laadboek.simulation.scenarios.days import DAYS
from laadboek.simulation.scenarios.report import markdown
from laadboek.simulation.scenarios.run import run
from laadboek.simulation.scenarios.score import Score

DOCS = Path(__file__).parents[1] / "docs"
SCORES, PAGE = DOCS / "day-scores.json", DOCS / "scenarios.md"
MARK = "<!-- from here on written by tools/day_scores.py -->\n"


def main() -> None:
    pairs = [(name, policy) for name, make in DAYS.items() for policy in make().policies]
    with ProcessPoolExecutor() as pool:
        scores = list(pool.map(score, *zip(*pairs, strict=True)))
    SCORES.write_text(msgspec.json.format(msgspec.json.encode(scores).decode(), indent=1) + "\n")
    PAGE.write_text(PAGE.read_text().split(MARK)[0] + MARK + tables(scores))


def score(name: str, policy: str) -> Score:
    return run(DAYS[name](), policy)


def tables(scores: list[Score]) -> str:
    names = dict.fromkeys(score.scenario for score in scores)
    return "\n".join(f"\n## {name}\n\n{markdown([s for s in scores if s.scenario == name])}" for name in names) + "\n"


if __name__ == "__main__":
    main()
