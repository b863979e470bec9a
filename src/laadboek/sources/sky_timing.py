"""When a solar forecast is asked for next: by day every few hours, after failures ever more rarely. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import pi

from ..energy.quarters import QUARTER
from ..energy.sun import position
from .forecast_source import ForecastSource

EVERY = timedelta(hours=3)
AGE_MAX = timedelta(hours=24)  # an older forecast is worth less than the clear sky
NIGHT_MAX = timedelta(hours=16)  # so long a dark sky is waited for: no forecast gets too old by it
DAWN = timedelta(hours=1)
FIRST_AGAIN, LAST_AGAIN = timedelta(minutes=15), timedelta(hours=3)


def usable(fetched_at: datetime, now: datetime) -> bool:
    """Whether plans may count on it; one from the future was fetched by a clock that was wrong."""
    return timedelta(0) <= now - fetched_at <= AGE_MAX


def after_success(
    source: ForecastSource, latitude: float, longitude: float, fetched_at: datetime, jitter: float
) -> datetime:
    """`jitter` in [0, 1)."""
    due = fetched_at + max(EVERY, source.least_gap) * (1 + jitter / 10)
    return by_day(due, latitude, longitude)


def after_failure(now: datetime, failures: int, jitter: float, wait_s: int = 0) -> datetime:
    """`failures` in a row, from 1; `wait_s`: what the source asked for."""
    again = min(LAST_AGAIN, FIRST_AGAIN * (1 << min(failures - 1, 10)))
    return now + max(again, timedelta(seconds=wait_s)) * (1 + jitter / 4)


def by_day(due: datetime, latitude: float, longitude: float) -> datetime:
    """Then, or from an hour before sunrise on."""
    for quarter in range(NIGHT_MAX // QUARTER):
        at = due + quarter * QUARTER
        if any(position(latitude, longitude, at + ahead)[0] < pi / 2 for ahead in (timedelta(0), DAWN)):
            return at
    return due + NIGHT_MAX


def room_at(source: ForecastSource, asked: Sequence[datetime], requests: int, now: datetime) -> datetime | None:
    """When so many requests more are within the source's limit; None: never. `asked`: when it was asked, ascending."""
    spare = source.most_requests - requests
    if spare < 0:
        return None
    lately = [at for at in asked if at > now - source.most_within]
    return now if len(lately) <= spare else lately[len(lately) - spare - 1] + source.most_within
