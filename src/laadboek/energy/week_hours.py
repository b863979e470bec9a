"""Weekly hours by the clock on the wall (C5): `mo-fr 07:00-19:00; sa 22:00-02:00`. A range may pass midnight."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from msgspec import Struct

from . import zones

WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
DAY_MIN, WEEK_DAYS = 24 * 60, 7
HOUR = timedelta(hours=1)
MOST_RANGES = 28
_PART = re.compile(r"(?P<days>[a-z ,-]+?)\s+(?P<hours>\d[\d:, -]*)")
_CLOCKS = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)")


class WeekRange(Struct, frozen=True, gc=False, order=True):
    """From a minute of a weekday (0 is Monday) up to but without another; beyond 24 h it is after midnight."""

    weekday: int
    from_min: int
    until_min: int


class BadHours(ValueError):
    """Not weekly hours; the argument is the part that cannot be read."""


def is_open(ranges: Sequence[WeekRange], instant: datetime, zone: str) -> bool:
    """Where clocks are set back, the hour that is shown twice counts twice; one that is never shown does not count."""
    here = zones.local(instant, zone)
    minute, today = here.hour * 60 + here.minute, here.weekday()
    yesterday = (today - 1) % WEEK_DAYS
    return any(
        (one.weekday == today and one.from_min <= minute < one.until_min)
        or (one.weekday == yesterday and one.from_min <= minute + DAY_MIN < one.until_min)
        for one in ranges
    )


def next_opening(ranges: Sequence[WeekRange], instant: datetime, zone: str) -> datetime | None:
    """When it is open again, while it is not."""
    later = (opening for opening in _openings(ranges, instant, zone) if opening > instant)
    return min((opening for opening in later if is_open(ranges, opening, zone)), default=None)


def _openings(ranges: Sequence[WeekRange], instant: datetime, zone: str) -> Iterator[datetime]:
    """Those of this week and the next. A clock time that is shown twice opens twice."""
    today = zones.local_day(instant, zone)
    for ahead in range(2 * WEEK_DAYS):
        day = today + ahead * zones.DAY
        for one in ranges:
            if one.weekday == day.weekday():
                first = zones.at(day, time(*divmod(one.from_min, 60)), zone)
                yield first
                yield first + HOUR


def parse(text: str) -> tuple[WeekRange, ...]:
    """Read what `written` wrote, or a person; raise BadHours."""
    found: set[WeekRange] = set()
    for part in filter(None, (part.strip() for part in text.lower().split(";"))):
        read = _PART.fullmatch(part)
        if read is None:
            raise BadHours(part)
        spans = [_span(piece.strip()) for piece in read["hours"].split(",")]
        found |= {WeekRange(day, *span) for day in _days(read["days"]) for span in spans}
    if not found or len(found) > MOST_RANGES:
        raise BadHours(text)
    return tuple(sorted(found))


def _days(text: str) -> set[int]:
    days: set[int] = set()
    for piece in text.replace(" ", "").split(","):
        first, _, last = piece.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise BadHours(text)
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days |= {(begin + ahead) % WEEK_DAYS for ahead in range((end - begin) % WEEK_DAYS + 1)}
    return days


def _span(text: str) -> tuple[int, int]:
    read = _CLOCKS.fullmatch(text)
    if read is None:
        raise BadHours(text)
    hour, minute, end_hour, end_minute = map(int, read.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if begin >= DAY_MIN or end > DAY_MIN:
        raise BadHours(text)
    return begin, end if end > begin else end + DAY_MIN


def written(ranges: Sequence[WeekRange]) -> str:
    """In a form that `parse` reads: days with the same hours stand together."""
    by_day = [tuple((r.from_min, r.until_min) for r in sorted(ranges) if r.weekday == day) for day in range(WEEK_DAYS)]
    parts: list[str] = []
    day = 0
    while day < WEEK_DAYS:
        last = day
        while last + 1 < WEEK_DAYS and by_day[last + 1] == by_day[day]:
            last += 1
        if by_day[day]:
            days = WEEKDAYS[day] if last == day else f"{WEEKDAYS[day]}-{WEEKDAYS[last]}"
            parts.append(f"{days} {', '.join(f'{clock(begin)}-{clock(end)}' for begin, end in by_day[day])}")
        day = last + 1
    return "; ".join(parts)


def clock(minute: int) -> str:
    """A minute as clocks show it; midnight at the end of a day is 24:00."""
    minute = minute if minute <= DAY_MIN else minute - DAY_MIN
    return f"{minute // 60:02}:{minute % 60:02}"
