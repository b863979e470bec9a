"""Local days, weeks, months and years. The only module that does arithmetic with time zones."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

DAY = timedelta(days=1)
FIRST_INSTANT, LAST_INSTANT = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Span(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"  # ISO: begins on Monday
    MONTH = "month"
    YEAR = "year"


class Period(Struct, frozen=True, gc=False, kw_only=True):
    """A stretch of local calendar: the days `first` up to but without `until`, and the instants where they begin.

    `start` ≤ instant < `end`. A day is 23 h when summer time begins and 25 h when it ends.
    """

    span: Span
    first: date
    until: date
    start: datetime  # UTC
    end: datetime  # UTC


class UnknownZone(ValueError):
    """Not the name of an IANA time zone."""


def period(span: Span, day: date, zone: str) -> Period:
    """The period that contains the local day."""
    first, until = FIRST_DAYS[span](day)
    return Period(span=span, first=first, until=until, start=start_of(first, zone), end=start_of(until, zone))


def earlier(of: Period, zone: str) -> Period:
    """The period before this one."""
    return period(of.span, of.first - DAY, zone)


def local(instant: datetime, zone: str) -> datetime:
    """The instant as a clock on the wall there shows it, with its offset.

    The first and last hours of the calendar, which clocks that were never set do report, stay in UTC.
    """
    try:
        return instant.astimezone(find(zone))
    except OverflowError:
        return instant.astimezone(UTC)


def local_day(instant: datetime, zone: str) -> date:
    return local(instant, zone).date()


def start_of(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC. Where summer time begins at midnight, that is 01:00."""
    # fold=0: of two midnights the first; of a midnight that was skipped, the instant of the skip.
    return datetime.combine(day, time.min, tzinfo=find(zone)).astimezone(UTC)


def at(day: date, clock: time, zone: str) -> datetime:
    """The instant, in UTC, when the clocks there show this. Shown twice: the first. Never shown: as much later."""
    return datetime.combine(day, clock, tzinfo=find(zone)).astimezone(UTC)


@cache
def find(zone: str) -> ZoneInfo:
    """The zone by its IANA name, or UnknownZone."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder, "Europe"
        raise UnknownZone(f"{zone!r} is not an IANA time zone") from error


def _days(day: date) -> tuple[date, date]:
    return day, day + DAY


def _weeks(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + 7 * DAY


def _months(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + 31 * DAY).replace(day=1)


def _years(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


FIRST_DAYS = {Span.DAY: _days, Span.WEEK: _weeks, Span.MONTH: _months, Span.YEAR: _years}
