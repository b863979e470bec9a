"""What a period is cut into for its chart and its sums: the hours of a day, the days of a week or month, the months.

A day of 23 or 25 hours has as many slots (both days on which the clocks are set).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec import Struct

from ..energy import zones
from ..energy.zones import Period, Span

HOUR = timedelta(hours=1)


class Slot(Struct, frozen=True, gc=False):
    """start ≤ instant < end, UTC. `first` is the local day on which it begins."""

    start: datetime
    end: datetime
    first: date


def slots_of(period: Period, zone: str) -> tuple[Slot, ...]:
    if period.span is Span.DAY:
        return tuple(_hours(period))
    begins = list(_months(period) if period.span is Span.YEAR else _days(period))
    ends = [*begins[1:], period.until]
    return tuple(
        Slot(zones.start_of(first, zone), zones.start_of(until, zone), first)
        for first, until in zip(begins, ends, strict=True)
    )


def _hours(period: Period) -> Iterator[Slot]:
    start = period.start
    while start < period.end:
        yield Slot(start, min(start + HOUR, period.end), period.first)
        start += HOUR


def _days(period: Period) -> Iterator[date]:
    day = period.first
    while day < period.until:
        yield day
        day += zones.DAY


def _months(period: Period) -> Iterator[date]:
    return (period.first.replace(month=month) for month in range(1, 13))
