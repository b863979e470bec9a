"""Quarter-hour boundaries. Every offset of today's time zones is whole quarters, so UTC's serve for all of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

QUARTER = timedelta(minutes=15)
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


def at_or_before(instant: datetime) -> datetime:
    """The boundary that began the instant's quarter-hour."""
    return instant - (instant - _ORIGIN) % QUARTER


def after(instant: datetime) -> datetime:
    """The first boundary later than `instant`."""
    return at_or_before(instant) + QUARTER


def inside(start: datetime, end: datetime) -> Iterator[datetime]:
    """The boundaries strictly between the two instants, ascending."""
    boundary = after(start)
    while boundary < end:
        yield boundary
        boundary += QUARTER
