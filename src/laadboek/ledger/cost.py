"""What a session cost: each quarter-hour's grid energy at its price, its sun at the feed-in value lost (RULES §4).

By the contract and the prices that are known when it ends; rounded once. None: a price is missing, so nobody knows.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from ..energy import quarters, tariff
from ..energy.contract import Contract
from ..energy.money import divide
from ..energy.tariff import Spot
from .entry import SessionFacts

LONGEST = timedelta(days=40)  # beyond it some clock was wrong
WH_PER_KWH = 1_000


class Share(Struct, frozen=True, gc=False):
    """Energy of one quarter-hour, and what of it the own roof gave."""

    quarter: datetime
    energy_wh: int
    sun_wh: int


class _Point(Struct, frozen=True, gc=False):
    at: datetime
    energy_wh: int  # since the start
    sun_wh: int


def cost_micro(
    session: SessionFacts, contract: Contract, spots: Iterable[Spot], *, zone: str, country: str
) -> int | None:
    """Of an ended session."""
    assert session.ended_at is not None
    if session.ended_at - session.started_at > LONGEST:
        return None
    taken = [share for share in shares(session) if share.energy_wh]
    if not taken:
        return 0
    until = taken[-1].quarter + quarters.QUARTER
    found = tariff.prices(contract, spots, taken[0].quarter, until, zone=zone, country=country)
    prices = {price.starts_at: price for price in found}
    if not all(prices[share.quarter].known for share in taken):
        return None
    grid = sum(prices[share.quarter].import_micro * (share.energy_wh - share.sun_wh) for share in taken)
    return divide(grid + sum(prices[share.quarter].export_micro * share.sun_wh for share in taken), WH_PER_KWH)


def shares(session: SessionFacts) -> Iterator[Share]:
    """By quarter-hour, ascending. Where a boundary's register is missing, energy is spread evenly over the gap."""
    for one, other in pairwise(_points(session)):
        edges = [one.at, *quarters.inside(one.at, other.at), other.at]
        energy = _spread(other.energy_wh - one.energy_wh, edges)
        sun = _spread(other.sun_wh - one.sun_wh, edges)
        for at, energy_wh, sun_wh in zip(edges, energy, sun, strict=False):
            yield Share(quarters.at_or_before(at), energy_wh, min(sun_wh, energy_wh))


def _points(session: SessionFacts) -> list[_Point]:
    assert session.ended_at is not None and session.energy_wh is not None
    sun = dict(session.sun_quarters)
    found, sun_wh = [_Point(session.started_at, 0, 0)], 0
    for at, register_wh in session.quarters:
        sun_wh = sun.get(at, sun_wh)
        found.append(_Point(at, register_wh - session.start_register_wh, sun_wh))
    return [*found, _Point(session.ended_at, session.energy_wh, session.sun_wh or 0)]


def _spread(amount: int, edges: list[datetime]) -> list[int]:
    """Over the stretches between the edges, by their length; the sum is exact. An instant is one stretch."""
    whole_s = (edges[-1] - edges[0]).total_seconds()
    if len(edges) == 2 or whole_s <= 0:
        return [amount]
    until = [amount * int((edge - edges[0]).total_seconds()) // int(whole_s) for edge in edges[:-1]] + [amount]
    return [after - before for before, after in pairwise(until)]
