"""Write docs/what-it-saves.json and docs/what-it-saves.md: a year of commuting under each policy, in some minutes.

`--page` writes the page anew from the figures that are there.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import process_time

import msgspec

from laadboek.simulation.scenarios.savings import POLICIES, Savings, encoded, page, savings, whole_year
from laadboek.simulation.scenarios.score import Score

DOCS = Path(__file__).parents[1] / "docs"
FIGURES, PAGE = DOCS / "what-it-saves.json", DOCS / "what-it-saves.md"


def main() -> None:
    if "--page" in sys.argv:
        found = msgspec.json.decode(FIGURES.read_bytes(), type=Savings)
    else:
        with ProcessPoolExecutor() as pool:
            found = savings(pool.map(timed, POLICIES))
        FIGURES.write_text(encoded(found))
    PAGE.write_text(page(found))


def timed(policy: str) -> Score:
    before = process_time()
    score = whole_year(policy)
    sys.stderr.write(f"{policy}: {process_time() - before:.0f} s of processor time\n")
    return score


if __name__ == "__main__":
    main()
