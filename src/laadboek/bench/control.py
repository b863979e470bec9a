"""What a look costs a site: measure, share sun and current, tell; in CPU time, for sites of one to fifty chargers.

The site is as busy as sites get: cars at full power, in Eco and in Eco+ on mixed phases below two group limits, a
kettle that comes and goes, clouds, a month's peak, so that every look ends in new shares. *Crowded* has a fuse that
feeds a third of the cars, which makes the search for one more the dearest. Beside it, in the same run, the naive way:
the fuse's smallest phase in equal parts, whoever fits, without sun, groups, turns or reasons; and ten chargers beside
one. The ratio to the naive way is what fairness costs.
"""

import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from ..site.config import Circuit, Member, SiteConfig
from ..site.core import SiteCore
from ..site.effects import Allot
from ..site.events import Configured, Looked
from ..supply import FLOOR_MA, Appetite, Demand, GridReading

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
LOOKS = 120  # per round
ROUNDS = 5
MOST_MA = 16_000
APPETITES = (Appetite.FULL, Appetite.FLOOR, Appetite.SURPLUS, Appetite.FULL, Appetite.NOTHING)
ROTATIONS = ("RST", "STR", "TRS")


class Street:
    """Chargers that take what they are told, and a meter that adds it up."""

    def __init__(self, chargers: int, fuse_ma: int) -> None:
        self.names = [f"charger-{number}" for number in range(chargers)]
        self.fuse_ma = fuse_ma
        self.offered = dict.fromkeys(self.names, 0)
        self.phases = {name: 1 + 2 * (number % 3 != 2) for number, name in enumerate(self.names)}
        groups = [Circuit(circuit_id=f"group-{side}", parent="main", limit_ma=fuse_ma * 2 // 3) for side in (0, 1)]
        self.config = SiteConfig(
            circuits=(Circuit(circuit_id="main", limit_ma=fuse_ma), *groups),
            members=tuple(
                Member(charger_id=name, circuit_id=f"group-{number % 2}", rotation=ROTATIONS[number % 3])
                for number, name in enumerate(self.names)
            ),
            has_meter=True,
            month_peak_w=fuse_ma * 690 // 1_000,
        )

    def look(self, number: int, now: datetime) -> Looked:
        demands: dict[str, tuple[Demand, ...]] = {
            name: (self._demand(name, index),) for index, name in enumerate(self.names)
        }
        grid_ma = [2_000 + 900 * (number % 7), 500, 1_000 - 300 * (number % 11)]
        for index, name in enumerate(self.names):
            for phase in range(self.phases[name]):
                grid_ma["RST".index(ROTATIONS[index % 3][phase])] += self.offered[name]
        current_ma = grid_ma[0], grid_ma[1], grid_ma[2]
        power_w = sum(grid_ma) * 230 // 1_000 - 4_000 - 600 * (number % 9)
        return Looked(GridReading(taken_at=now, power_w=power_w, current_ma=current_ma), demands)

    def _demand(self, name: str, index: int) -> Demand:
        offered_ma, phases = self.offered[name], self.phases[name]
        return Demand(
            connector_id=1,
            appetite=APPETITES[index % len(APPETITES)],
            most_ma=MOST_MA,
            phases=phases,
            offered_ma=offered_ma,
            drawn_ma=(offered_ma, offered_ma if phases > 1 else 0, offered_ma if phases > 2 else 0),
            drawn_w=offered_ma * phases * 230 // 1_000,
        )


def run() -> dict[str, dict[str, float]]:
    """Figures (milliseconds of CPU per look) and ratios by name."""
    sites = {"1_charger": (1, 25_000), "10_chargers": (10, 100_000), "50_chargers": (50, 400_000)}
    crowded = {"10_chargers_crowded": (10, 25_000)}
    figures: dict[str, float] = {}
    for name, (chargers, fuse_ma) in (sites | crowded).items():
        costs = sorted(cost for _ in range(ROUNDS) for cost in _looks(Street(chargers, fuse_ma), _ours))
        figures[f"{name}_ms"] = round(median(costs), 3)
        figures[f"{name}_p99_ms"] = round(costs[len(costs) * 99 // 100], 3)
    naive = [cost for _ in range(ROUNDS) for cost in _looks(Street(10, 100_000), _naive)]
    figures["10_chargers_naive_ms"] = round(median(naive), 4)
    ratios = {
        "ten_chargers_vs_one": round(figures["10_chargers_ms"] / figures["1_charger_ms"], 1),
        "ten_chargers_vs_naive": round(figures["10_chargers_ms"] / median(naive), 1),
    }
    return {"figures": figures, "ratios": ratios}


Step = Callable[[Looked, datetime], dict[str, int]]


def _ours(street: Street) -> Step:
    core = SiteCore()
    core.handle(Configured(street.config, "Europe/Amsterdam"), START)

    def step(look: Looked, now: datetime) -> dict[str, int]:
        effects = core.handle(look, now)
        return {
            effect.charger_id: limit_ma
            for effect in effects
            if isinstance(effect, Allot) and (limit_ma := effect.allotments[0].limit_ma) is not None
        }

    return step


def _naive(street: Street) -> Step:
    def step(look: Looked, now: datetime) -> dict[str, int]:
        assert look.reading is not None and look.reading.current_ma is not None
        wanting = [name for name, (demand,) in look.demands.items() if demand.appetite is not Appetite.NOTHING]
        drawn_ma = sum(demand.drawn_ma[0] for (demand,) in look.demands.values())
        room_ma = street.fuse_ma - max(look.reading.current_ma) + drawn_ma
        served = wanting[: max(0, room_ma) // FLOOR_MA]
        return {name: min(MOST_MA, room_ma // len(served)) for name in served}

    return step


def _looks(street: Street, contender: Callable[[Street], Step]) -> list[float]:
    """Milliseconds of each look after the first few."""
    step, costs = contender(street), []
    gc.collect()
    for number in range(LOOKS):
        now = START + timedelta(seconds=5 * number)
        look = street.look(number, now)
        begun = time.process_time_ns()
        limits = step(look, now)
        costs.append((time.process_time_ns() - begun) / 1e6)
        for name, limit_ma in limits.items():
            demand = look.demands[name][0]
            street.offered[name] = 0 if demand.appetite is Appetite.NOTHING else min(MOST_MA, limit_ma)
    return costs[10:]
