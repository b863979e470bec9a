"""Open-Meteo: sunshine on a tilted surface by quarter-hours (W/m², the mean of the 15 minutes before each instant)."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from urllib.parse import urlencode

from msgspec import Struct

from ..energy.forecast import Sunny
from ..energy.quarters import QUARTER
from ..energy.sun import Roof
from .forecast_source import Ask, ForecastSource, exact, from_south
from .resample import Stretch, by_quarters
from .source import NotPublished, Request, Unreadable, decoded, from_unix

ADDRESS = "https://api.open-meteo.com/v1/forecast"
VARIABLE = "global_tilted_irradiance"
UNIT = "W/m²"
DAYS = 3
# Of what the panels' label promises at 1 000 W/m²: heat, inverter and cables take the rest.
PERFORMANCE = Fraction(86, 100)
STANDARD_W_PER_M2 = 1_000
MOST_W_PER_M2 = 2_000  # at the edge of a cloud it is 1 400


class Units(Struct, frozen=True):
    global_tilted_irradiance: str


class Values(Struct, frozen=True):
    time: list[int]
    global_tilted_irradiance: list[Decimal | None]


class Answer(Struct, frozen=True):
    minutely_15: Values
    minutely_15_units: Units


def request(ask: Ask) -> Request:
    """Its azimuth is 0 in the south, east of it negative."""
    query = {
        "latitude": f"{ask.latitude:.4f}",
        "longitude": f"{ask.longitude:.4f}",
        "minutely_15": VARIABLE,
        "tilt": ask.roof.tilt,
        "azimuth": from_south(ask.roof),
        "timeformat": "unixtime",
        "timezone": "GMT",
        "forecast_days": DAYS,
    }
    return Request(url=f"{ADDRESS}?{urlencode(query)}")


def read(answer: bytes, roof: Roof) -> tuple[Sunny, ...]:
    """Quarter-hours without a value are left out."""
    found = decoded(answer, Answer)
    if found.minutely_15_units.global_tilted_irradiance != UNIT:
        raise Unreadable("source.bad_unit")
    times, values = found.minutely_15.time, found.minutely_15.global_tilted_irradiance
    if len(times) != len(values):
        raise Unreadable("source.unreadable")
    told = [(seconds, value) for seconds, value in zip(times, values, strict=True) if value is not None]
    if not told:
        raise NotPublished
    return by_quarters(stretch(seconds, value, roof) for seconds, value in told)


def stretch(seconds: int, irradiance: Decimal, roof: Roof) -> Stretch:
    """At dusk it is below zero now and then, which means nothing."""
    told = exact(irradiance, -MOST_W_PER_M2, MOST_W_PER_M2)
    ends_at = from_unix(seconds)
    return Stretch(ends_at - QUARTER, ends_at, roof.peak_w * PERFORMANCE * max(told, Fraction()) / STANDARD_W_PER_M2)


SOURCE = ForecastSource(
    name="open_meteo",
    title="Open-Meteo",
    terms="Free for non-commercial use (CC BY 4.0, weather data by Open-Meteo.com): 10 000 requests a day.",
    least_gap=timedelta(hours=1),
    most_requests=400,
    most_within=timedelta(hours=1),
    request=request,
    read=read,
)
