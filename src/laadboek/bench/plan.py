"""What a plan costs to make: 48 h of quarters for one car and for ten on one fuse, beside a plain sort of the prices.

The sort is the least that any planner must do: the cheapest quarters until the goal, without starts, sun or fuse. CPU
time per plan, medians of interleaved rounds.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import pi, sin
from statistics import median

from ..energy.plan import Goal, Need, Quarter
from ..energy.planner import plan_car, plan_cars

NOW = datetime(2026, 3, 1, 18, tzinfo=UTC)
COUNT = 192  # 48 h of quarters
CARS = 10
FUSE_W = 34_500  # three phases of 50 A


def _quarters(sunny: bool, fuse_w: int | None) -> list[Quarter]:
    """Two days of prices with a morning and an evening peak; the sun from six to six, with clouds."""
    made = []
    for index in range(COUNT):
        hour = 18 + index / 4
        price = 240_000 + 70_000 * sin(hour / 6 * pi) + 9_000 * ((index * 7919) % 13 - 6)
        sun = max(0.0, sin((hour % 24 - 6) / 12 * pi)) * 7_000 * (1 if index * 31 % 5 else 0.3)
        made.append(
            Quarter(
                starts_at=NOW + index * timedelta(minutes=15),
                import_micro=int(price),
                export_micro=60_000,
                surplus_w=int(sun) if sunny else 0,
                headroom_w=fuse_w,
            )
        )
    return made


def _need(number: int) -> Need:
    goal = Goal(20_000 + 2_000 * number, NOW + timedelta(hours=47 - 2 * number))
    return Need(key=f"car {number}", goal=goal, most_w=11_040, floor_w=4_140)


def _sorted(quarters: list[Quarter], need: Need) -> list[Quarter]:
    count = -(-need.goal.energy_wh * 4 // need.most_w)
    return sorted(quarters, key=lambda quarter: quarter.import_micro)[:count]


def _cpu_ms(work: Callable[[], object], passes: int) -> float:
    start = time.process_time()
    for _ in range(passes):
        work()
    return (time.process_time() - start) / passes * 1e3


def run(rounds: int = 7) -> dict[str, dict[str, float]]:
    """`figures` in ms of CPU per plan, `ratios` by the sort."""
    dark, sunny, shared = _quarters(False, None), _quarters(True, None), _quarters(True, FUSE_W)
    needs = [_need(number) for number in range(CARS)]
    works: dict[str, tuple[Callable[[], object], int]] = {
        "sort_ms": (lambda: _sorted(dark, needs[0]), 500),
        "one_car_ms": (lambda: plan_car(dark, needs[0], now=NOW), 30),
        "one_car_with_sun_ms": (lambda: plan_car(sunny, needs[0], now=NOW), 30),
        "ten_cars_on_a_fuse_ms": (lambda: plan_cars(shared, needs, now=NOW), 3),
    }
    samples: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, (work, passes) in works.items():
            samples[name].append(_cpu_ms(work, passes))
    figures = {name: round(median(values), 4) for name, values in samples.items()}
    ratios = {f"{name.removesuffix('_ms')}_vs_sort": round(figures[name] / figures["sort_ms"], 1) for name in works}
    return {"figures": figures, "ratios": ratios}
