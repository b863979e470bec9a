"""Makes the series of broken clouds: `python tools/broken_clouds.py`.

A day in May over 10 kWp: the clear sky of `energy.sun` times clouds that pass, one after another: 20 s to 8 min of
shade that lets 15 to 60 % through, gaps of 20 s to 12 min, edges of 10 to 40 s, a few percent more than the clear sky
beside a cloud. How much of the sky is covered drifts from hour to hour. The house is a usual one with its kettles.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from laadboek.energy.sun import Roof
from laadboek.simulation.scenarios.weather import SAMPLE_S, clear, household

OUT = Path(__file__).parent.parent / "src/laadboek/simulation/scenarios/series/broken_clouds.txt"
SEED = "broken clouds"
ROOFS = (Roof(peak_w=10_000, tilt=35, azimuth=170),)
UTRECHT = (52.1, 5.1)
DAY = datetime(2025, 5, 13, tzinfo=UTC)
FIRST, LAST = timedelta(hours=4), timedelta(hours=20)
HEADER = """\
# A day of broken clouds over 10 kWp near Utrecht, made by tools/broken_clouds.py. Synthetic.
# minute (UTC), W of the house, W of the roof at :00 :10 :20 :30 :40 :50
"""


def passages(chance: Random, seconds: float):
    """(length in s, share of the clear sky) one after another."""
    covered = 0.45
    while seconds > 0:
        covered = min(0.75, max(0.15, covered + chance.gauss(0, 0.03)))
        gap = min(720.0, max(20.0, chance.lognormvariate(4.6, 0.9)))
        shade = min(480.0, max(20.0, gap * covered / (1 - covered) * chance.lognormvariate(0, 0.5)))
        yield gap, chance.uniform(0.97, 1.06)
        yield shade, chance.uniform(0.15, 0.6)
        seconds -= gap + shade


def shares(chance: Random, count: int) -> list[float]:
    """The share every 10 s, with edges."""
    found: list[float] = []
    level = 1.0
    for length, target in passages(chance, 1.2 * count * SAMPLE_S):
        edge = chance.uniform(10, 40)
        for _ in range(round(length / SAMPLE_S)):
            level += (target - level) * min(1.0, SAMPLE_S / edge)
            found.append(level)
    return found[:count]


def main() -> None:
    sky, house = clear(ROOFS, *UTRECHT), household(SEED, "Europe/Amsterdam")
    lines = []
    first, last = (int(edge.total_seconds()) // 60 for edge in (FIRST, LAST))
    through = iter(shares(Random(f"{SEED} 0"), (last - first) * 60 // SAMPLE_S))
    for minute in range(first, last):
        at = DAY + timedelta(minutes=minute)
        roof = [round(sky(at + timedelta(seconds=second)) * next(through)) for second in range(0, 60, SAMPLE_S)]
        lines.append(f"{at:%Y-%m-%dT%H:%MZ} {house(at)} " + " ".join(map(str, roof)))
    OUT.write_text(HEADER + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
