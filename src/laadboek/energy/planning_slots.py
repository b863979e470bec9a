"""From a choice among cells to the slots of a plan: instants, whole Wh and micro, and where a cell is cut."""

from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from math import ceil

from msgspec import Struct

from .plan import PlanSlot
from .planning_horizon import Horizon, View, instant
from .planning_search import Choice


class Piece(Struct, frozen=True):
    """A stretch of one cell: at full power, or with the sun alone."""

    begins_s: int
    ends_s: int
    full: bool
    wh: float
    solar_wh: float
    cost: float
    known: bool


def pieces(row: Horizon, seen: View, choice: Choice) -> Iterator[Piece]:
    shares = [full + sun for full, sun in zip(choice.full, choice.sun, strict=True)]
    for cell, share in enumerate(shares):
        if share:
            quarter = row.quarters[seen.first + cell]
            begins, ends = _cut(seen, shares, cell)
            border = ends - round((ends - begins) * choice.full[cell] / share)
            for first, last, full, part in (
                (begins, border, False, choice.sun[cell]),
                (border, ends, True, choice.full[cell]),
            ):
                if part:
                    hours = (seen.ends_s[cell] - seen.begins_s[cell]) * part / 3600
                    power_w = seen.power_w[cell] if full else seen.sun_w[cell]
                    solar_w = min(max(quarter.surplus_w, 0), power_w)
                    cost = (quarter.import_micro * (power_w - solar_w) + quarter.export_micro * solar_w) * hours / 1000
                    yield Piece(first, last, full, power_w * hours, solar_w * hours, cost, quarter.known)


def _cut(seen: View, shares: list[float], cell: int) -> tuple[int, int]:
    """A cell used in part is cut at its start, so that charging starts late, unless it goes on from before."""
    begins, ends, share = seen.begins_s[cell], seen.ends_s[cell], shares[cell]
    length = ceil((ends - begins) * min(1.0, share) - 1e-6)
    goes_on = bool(shares[cell - 1]) if cell else seen.cells.charging
    leads_on = cell + 1 < len(shares) and bool(shares[cell + 1])
    return (begins, begins + length) if goes_on and not leads_on else (ends - length, ends)


def slots(found: Iterable[Piece]) -> tuple[tuple[PlanSlot, ...], tuple[PlanSlot, ...]]:
    """Those at full power and those with the sun alone: pieces that touch, as one; whole Wh and micro that add up."""
    runs: list[list[Piece]] = []
    for piece in found:
        if runs and runs[-1][-1].ends_s == piece.begins_s and runs[-1][-1].full is piece.full:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    wh, solar_wh, cost = (
        _whole(sum(values) for values in columns)
        for columns in (
            [[piece.wh for piece in run] for run in runs],
            [[piece.solar_wh for piece in run] for run in runs],
            [[piece.cost for piece in run] for run in runs],
        )
    )
    made = [
        PlanSlot(
            starts_at=instant(run[0].begins_s),
            ends_at=instant(run[-1].ends_s),
            energy_wh=wh[index],
            solar_wh=solar_wh[index],
            cost_micro=cost[index],
        )
        for index, run in enumerate(runs)
    ]
    marked = [(slot, run[0].full) for slot, run in zip(made, runs, strict=True)]
    return tuple(slot for slot, full in marked if full), tuple(slot for slot, full in marked if not full)


def _whole(values: Iterable[float]) -> list[int]:
    """Whole numbers whose sums from the first on are the rounded sums of these."""
    sums = [round(value) for value in accumulate(values, initial=0.0)]
    return [after - before for before, after in pairwise(sums)]
