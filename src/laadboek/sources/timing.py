"""When a price source is asked next: once for what is missing, then after tomorrow is published. Pure."""

from datetime import datetime, timedelta

from ..energy import zones
from .source import PriceSource

DAY = timedelta(days=1)
FIRST_AGAIN, LAST_AGAIN = timedelta(minutes=5), timedelta(hours=1)
SPREAD_S = 600  # not everybody asks at one minute past


def complete_until(source: PriceSource, now: datetime) -> datetime:
    """Up to here prices should be known by now: the end of today, or of tomorrow once that is published."""
    clock = zones.local(now, source.market_zone)
    ahead = 2 if clock.time() >= source.published_at else 1
    return zones.start_of(clock.date() + ahead * DAY, source.market_zone)


def next_fetch(
    source: PriceSource, known_until: datetime | None, now: datetime, failures: int, jitter: float, wait_s: int = 0
) -> datetime:
    """When to ask. `jitter` in [0, 1); `failures` in a row; `wait_s`: what the source asked for."""
    if known_until is None or known_until < complete_until(source, now):
        if not failures:
            return now
        again = min(LAST_AGAIN, FIRST_AGAIN * 2 ** min(failures - 1, 10))
        wait = max(source.least_gap, timedelta(seconds=wait_s), again)
        return now + timedelta(seconds=wait.total_seconds() * (1 + jitter / 4))
    today = zones.local_day(now, source.market_zone)
    published = (zones.at(day, source.published_at, source.market_zone) for day in (today, today + DAY))
    return next(at for at in published if at > now) + timedelta(seconds=SPREAD_S * jitter)
