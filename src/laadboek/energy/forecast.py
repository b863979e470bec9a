"""What roof and house will probably do: quarter-hours from the clear sky and from the past days (A4). Pure.

Nothing here learns: a forecast is what the sky allows times the share of it that came through lately, and the house's
load is the median of the same quarter-hour on the past days. Both can be explained in one sentence.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from statistics import median_low

from msgspec import Struct

from . import quarters, zones
from .quarters import QUARTER
from .sun import Roof, clear_sky_w

PAST = timedelta(days=7)  # so far back a forecast looks
WHOLE = 100  # percent
QUARTERS_OF_A_DAY = 96
ENOUGH_WH = 1_000  # of clear sky in the past, before anything is concluded from it

# W by local hour, as a house without a heat pump uses them: night, breakfast, day, cooking, evening.
DEFAULT_LOAD_W = (
    220, 210, 205, 205, 210, 230, 380, 720, 610, 420, 380, 400,
    520, 430, 380, 400, 560, 1150, 1480, 1120, 880, 720, 480, 300,
)  # fmt: skip


class Sunny(Struct, frozen=True, gc=False):
    """What the whole roof gives in the quarter-hour from this boundary on, on average (W)."""

    starts_at: datetime
    power_w: int


class Used(Struct, frozen=True, gc=False):
    """What the house used, or will use, in the quarter-hour from this boundary on, without its cars (W)."""

    starts_at: datetime
    power_w: int


def from_clear_sky(
    roofs: Sequence[Roof],
    latitude: float,
    longitude: float,
    start: datetime,
    until: datetime,
    share: int = WHOLE,  # percent of the clear sky that comes through
) -> tuple[Sunny, ...]:
    """The quarter-hours that overlap [start, until), each by the sun in its middle."""
    panels = tuple(roofs)
    return tuple(
        Sunny(at, _clear_w(panels, latitude, longitude, at) * share // WHOLE) for at in _boundaries(start, until)
    )


@lru_cache(maxsize=4_096)  # a site asks for the same days in every quarter-hour
def _clear_w(roofs: tuple[Roof, ...], latitude: float, longitude: float, at: datetime) -> int:
    return sum(clear_sky_w(roof, latitude, longitude, at + QUARTER / 2) for roof in roofs)


def share_of_clear_sky(measured: Iterable[Sunny], clear: Iterable[Sunny], now: datetime) -> int:
    """Percent of the clear sky that came through in the past days; yesterday counts most. 100 without a past.

    Each day weighs half as much as the one after it, so that a spell of weather shows and a single cloud does not.
    """
    measured_w = {quarter.starts_at: quarter.power_w for quarter in measured}
    seen = allowed = 0
    for quarter in clear:
        age = now - quarter.starts_at
        if quarter.starts_at in measured_w and timedelta() < age <= PAST:
            weight = 2 ** (PAST.days - 1 - min(age // timedelta(days=1), PAST.days - 1))
            seen += weight * measured_w[quarter.starts_at]
            allowed += weight * quarter.power_w
    return WHOLE if allowed < 4 * ENOUGH_WH else min(WHOLE, seen * WHOLE // allowed)


def house_load(past: Iterable[Used], start: datetime, until: datetime, zone: str) -> tuple[Used, ...]:
    """The quarter-hours that overlap [start, until): the median of the past days at that local time of day.

    A time of day that nobody has measured yet is taken from a usual house.
    """
    return load_by(usual_load(past, start, zone), start, until, zone)


def usual_load(past: Iterable[Used], now: datetime, zone: str) -> dict[int, int]:
    """Median by quarter-hour of the local day (W), of the times of day that the past days tell of."""
    by_time: dict[int, list[int]] = {}
    for used in past:
        if now - PAST <= used.starts_at < now:
            by_time.setdefault(_time_of_day(used.starts_at, zone), []).append(used.power_w)
    return {time_of_day: median_low(powers) for time_of_day, powers in by_time.items()}


def load_by(usual: Mapping[int, int], start: datetime, until: datetime, zone: str) -> tuple[Used, ...]:
    """The quarter-hours that overlap [start, until), by what is usual."""
    times = ((at, _time_of_day(at, zone)) for at in _boundaries(start, until))
    return tuple(Used(at, usual.get(time, DEFAULT_LOAD_W[time // 4])) for at, time in times)


@lru_cache(maxsize=4_096)  # a site asks for the same week in every quarter-hour
def _time_of_day(instant: datetime, zone: str) -> int:
    local = zones.local(instant, zone)
    return local.hour * 4 + local.minute // 15


def _boundaries(start: datetime, until: datetime) -> Iterable[datetime]:
    if start < until:
        yield quarters.at_or_before(start)
        yield from quarters.inside(start, until)
