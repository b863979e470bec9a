"""From a choice among cells to the slots of a plan: instants, whole Wh and micro, and where a cell is cut."""

from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from math import ceil

from msgspec import Struct

from .plan import PlanSlot, Quarter
from .planning_choice import Chosen
from .planning_horizon import instant
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


def pieces(chosen: Chosen, choice: Choice | None = None) -> Iterator[Piece]:
    """What a car does, stretch by stretch, or would do by another choice; at the prices of its row."""
    seen, choice = chosen.view, choice or chosen.choice
    shares = [full + sun for full, sun in zip(choice.full, choice.sun, strict=True)]
    for cell, share in enumerate(shares):
        if not share:
            continue
        quarter = chosen.row.quarters[seen.first + cell]
        begins, ends = _cut(chosen, shares, cell)
        border = ends - round((ends - begins) * choice.full[cell] / share)
        hours = (seen.ends_s[cell] - seen.begins_s[cell]) / 3600
        if choice.sun[cell]:
            yield _piece(quarter, (begins, border), False, seen.sun_w[cell], choice.sun[cell] * hours)
        if choice.full[cell]:
            yield _piece(quarter, (border, ends), True, seen.power_w[cell], choice.full[cell] * hours)


def _piece(quarter: Quarter, when: tuple[int, int], full: bool, power_w: int, hours: float) -> Piece:
    solar_w = min(max(quarter.surplus_w, 0), power_w)
    cost = (quarter.import_micro * (power_w - solar_w) + quarter.export_micro * solar_w) * hours / 1000
    return Piece(*when, full, power_w * hours, solar_w * hours, cost, quarter.known)


def _cut(chosen: Chosen, shares: list[float], cell: int) -> tuple[int, int]:
    """A cell used in part is cut at its start, so that charging starts late, unless it goes on from before."""
    seen, share = chosen.view, min(1.0, shares[cell])
    begins, ends = seen.begins_s[cell], seen.ends_s[cell]
    if chosen.gentle_w and share < 1:
        share = min(1.0, share * seen.power_w[cell] / chosen.gentle_w)
    length = ceil((ends - begins) * share - 1e-6)
    goes_on = bool(shares[cell - 1]) if cell else seen.cells.charging
    leads_on = cell + 1 < len(shares) and bool(shares[cell + 1])
    return (begins, begins + length) if goes_on and not leads_on else (ends - length, ends)


def slots(found: Iterable[Piece]) -> tuple[tuple[PlanSlot, ...], tuple[PlanSlot, ...]]:
    """Those at full power and those with the sun alone: pieces that touch, as one; whole Wh and micro that add up."""
    runs: list[list[Piece]] = []
    for piece in found:
        if runs and runs[-1][-1].ends_s == piece.begins_s and _same_kind(runs[-1], piece):
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
    marked = [(slot, _kind(run)) for slot, run in zip(made, runs, strict=True)]
    return tuple(slot for slot, full in marked if full), tuple(slot for slot, full in marked if not full)


def _same_kind(run: list[Piece], piece: Piece) -> bool:
    """Also where one of them is over within the second: it goes with the other."""
    return piece.begins_s == piece.ends_s or run[0].begins_s == run[-1].ends_s or _kind(run) is piece.full


def _kind(run: list[Piece]) -> bool:
    return next((piece.full for piece in run if piece.begins_s < piece.ends_s), run[0].full)


def _whole(values: Iterable[float]) -> list[int]:
    """Whole numbers whose sums from the first on are the rounded sums of these."""
    sums = [round(value) for value in accumulate(values, initial=0.0)]
    return [after - before for before, after in pairwise(sums)]
