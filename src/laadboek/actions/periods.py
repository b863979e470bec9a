"""The period that somebody wants to look at, from what they typed or clicked."""

from datetime import date

from ..energy import zones
from ..energy.zones import Period, Span
from ..reasons import Refused

# Far enough from both ends of the calendar that there is always a period before and after; a dead clock says 1970.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


def span_of(span: str | None) -> Span:
    """A day, when they said nothing."""
    try:
        return Span(span) if span else Span.DAY
    except ValueError:
        raise Refused("period.unknown", span=span or "") from None


def day_of(day: str | None, today: date) -> date:
    """Today, when they said nothing."""
    try:
        chosen = date.fromisoformat(day) if day else today
    except ValueError:
        raise Refused("period.no_date", day=day or "") from None
    if not EARLIEST <= chosen <= LATEST:
        raise Refused("period.no_date", day=chosen.isoformat())
    return chosen


def last_day(period: Period) -> date:
    return period.until - zones.DAY
