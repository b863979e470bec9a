"""forecast.solar: energy of each period until the instant beside it (Wh), for one roof; by hours for who has no key."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from msgspec import Struct

from ..energy.forecast import Sunny
from ..energy.sun import Roof
from .forecast_source import Ask, ForecastSource, exact, from_south, possible
from .resample import Stretch, by_quarters, seconds
from .source import MARK, NotPublished, Request, decoded, instant

ADDRESS = "https://api.forecast.solar"
LONGEST = timedelta(hours=2)  # of daylight; what lies between two days is night
MOST_WH = 1_000_000_000  # what the largest plants give in hours


class Result(Struct, frozen=True):
    watt_hours_period: dict[str, Decimal]


class Answer(Struct, frozen=True):
    result: Result


def request(ask: Ask) -> Request:
    """Its azimuth is 0 in the south, east of it negative; its peak is in kW. With a key the path begins with it."""
    roof = ask.roof
    key = f"/{MARK}" if ask.secret is not None else ""
    where = f"{ask.latitude:.4f}/{ask.longitude:.4f}/{roof.tilt}/{from_south(roof)}/{Decimal(roof.peak_w) / 1_000}"
    url = f"{ADDRESS}{key}/estimate/{where}?time=iso8601"
    return Request(url=url, headers=(("Accept", "application/json"),), secret=ask.secret)


def read(answer: bytes, roof: Roof) -> tuple[Sunny, ...]:
    """Nights are left out: nothing is told of them."""
    periods = decoded(answer, Answer).result.watt_hours_period
    told = sorted((instant(at), energy_wh) for at, energy_wh in periods.items())
    found = by_quarters(
        stretch(before, at, energy_wh, roof)
        for (before, _), (at, energy_wh) in pairwise(told)
        if before < at <= before + LONGEST
    )
    if not found:
        raise NotPublished
    return found


def stretch(starts_at: datetime, ends_at: datetime, energy_wh: Decimal, roof: Roof) -> Stretch:
    """A day begins and ends within minutes, and energy is told in whole Wh: one of them may be too much."""
    told = exact(energy_wh, 0, MOST_WH)
    hours = seconds(ends_at - starts_at) / 3_600
    possible(max(told - 1, Fraction()) / hours, roof)
    return Stretch(starts_at, ends_at, told / hours)


SOURCE = ForecastSource(
    name="forecast_solar",
    title="forecast.solar",
    terms="Free for personal use without a token: 12 requests an hour, one per roof; more with a token.",
    least_gap=timedelta(hours=1),
    most_requests=12,
    most_within=timedelta(hours=1),
    request=request,
    read=read,
)
