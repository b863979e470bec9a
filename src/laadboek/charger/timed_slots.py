"""Timed boosts: a start on the clock of the wall, a duration, days of the week; and when they fall (A3).

A slot belongs to the local day it starts on, also when it crosses midnight. Its duration is time that really passes,
so it is the same on the two days when the clocks change.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from msgspec import Struct

from ..energy import zones

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
TIMED_SLOT_FORM = "empty, or as in 23:00 02:30 mo,tu,we"
LONGEST_MIN = 24 * 60
AHEAD_DAYS = 8  # the same weekday again, and a day for the zone


class TimedSlot(Struct, frozen=True):
    """`days` are indexes of `DAYS`, ascending."""

    start_min: int  # since local midnight, by the clock
    duration_min: int
    days: tuple[int, ...]


class Occurrence(Struct, frozen=True, gc=False):
    starts_at: datetime
    ends_at: datetime


def clock_of(text: str) -> time:
    """A time of day as in 07:00, or ValueError."""
    minutes = _minutes(text, most=24 * 60 - 1)
    return time(minutes // 60, minutes % 60)


def read_timed_slot(text: str) -> TimedSlot | None:
    """The slot as `write_timed_slot` writes it, in any case and order of days; None: off. Else ValueError."""
    if not text.strip():
        return None
    start, duration, days = text.lower().split()
    duration_min = _minutes(duration, most=LONGEST_MIN)
    if duration_min == 0:
        raise ValueError(text)
    return TimedSlot(
        start_min=_minutes(start, most=24 * 60 - 1),
        duration_min=duration_min,
        days=tuple(sorted({DAYS.index(day) for day in days.split(",")})),
    )


def write_timed_slot(slot: TimedSlot | None) -> str:
    if slot is None:
        return ""
    days = ",".join(DAYS[day] for day in slot.days)
    return f"{_clock(slot.start_min)} {_clock(slot.duration_min)} {days}"


def _minutes(text: str, most: int) -> int:
    """Of `h:mm` or `hh:mm`."""
    hours, colon, minutes = text.partition(":")
    digits = text.isascii() and hours.isdigit() and minutes.isdigit()
    if not digits or not colon or len(hours) > 2 or len(minutes) != 2 or int(minutes) > 59:
        raise ValueError(text)
    found = int(hours) * 60 + int(minutes)
    if found > most:
        raise ValueError(text)
    return found


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def running(slots: tuple[TimedSlot, ...], now: datetime, zone: str) -> list[Occurrence]:
    """Those that `now` lies in."""
    return [each for slot in slots for each in _around(slot, now, zone, 0) if each.starts_at <= now < each.ends_at]


def next_start(slots: tuple[TimedSlot, ...], now: datetime, zone: str) -> datetime | None:
    """When the next one begins, after `now`."""
    found = (each.starts_at for slot in slots for each in _around(slot, now, zone, AHEAD_DAYS))
    return min((start for start in found if start > now), default=None)


def _around(slot: TimedSlot, now: datetime, zone: str, ahead_days: int) -> Iterator[Occurrence]:
    """From the day before yesterday on: the longest slot may have begun then, where days are short."""
    today = zones.local_day(now, zone)
    for offset in range(-2, ahead_days + 1):
        day = today + timedelta(days=offset)
        if day.weekday() in slot.days:
            starts_at = zones.at(day, time(slot.start_min // 60, slot.start_min % 60), zone)
            yield Occurrence(starts_at, starts_at + timedelta(minutes=slot.duration_min))
