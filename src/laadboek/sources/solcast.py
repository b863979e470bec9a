"""Solcast, rooftop sites: average power (kW) of the half-hours until the instant beside them.

A roof's tilt and azimuth are set at Solcast. The token is the API key, then the ids of the roofs there, in the order
of the site's roofs, with spaces between them.
"""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

from msgspec import Struct

from ..energy.forecast import Sunny
from ..energy.sun import Roof
from ..secret import Secret
from .forecast_source import Ask, ForecastSource, exact, possible
from .resample import Stretch, by_quarters
from .source import MARK, NotPublished, Request, SourceError, Unauthorised, Unreadable, decoded, instant

ADDRESS = "https://api.solcast.com.au/rooftop_sites"
HOURS = 72
MOST_KW = 1_000_000
PERIODS = {"PT5M": 5, "PT10M": 10, "PT15M": 15, "PT30M": 30, "PT60M": 60}


class Period(Struct, frozen=True):
    pv_estimate: Decimal
    period_end: str
    period: str


class Answer(Struct, frozen=True):
    forecasts: list[Period]


def request(ask: Ask) -> Request:
    """Raises SourceError where the token names no key, or no such roof."""
    key, *roofs = (ask.secret.reveal().split() if ask.secret is not None else ()) or ("",)
    if not key:
        raise Unauthorised("source.no_token")
    if ask.number > len(roofs):
        raise SourceError("source.no_roof", roof=ask.number)
    return Request(
        url=f"{ADDRESS}/{quote(roofs[ask.number - 1], safe='')}/forecasts?format=json&hours={HOURS}",
        headers=(("Authorization", f"Bearer {MARK}"), ("Accept", "application/json")),
        secret=Secret(key),
    )


def read(answer: bytes, roof: Roof) -> tuple[Sunny, ...]:
    periods = decoded(answer, Answer).forecasts
    if not periods:
        raise NotPublished
    return by_quarters(stretch(period, roof) for period in periods)


def stretch(period: Period, roof: Roof) -> Stretch:
    minutes = PERIODS.get(period.period)
    if minutes is None:
        raise Unreadable("source.bad_time")
    power_w = possible(exact(period.pv_estimate, 0, MOST_KW) * 1_000, roof)
    ends_at = instant(period.period_end)
    return Stretch(ends_at - timedelta(minutes=minutes), ends_at, power_w)


SOURCE = ForecastSource(
    name="solcast",
    title="Solcast",
    needs_secret=True,
    terms="Free for a home with at most two roofs, with a token: 10 requests a day, one per roof.",
    least_gap=timedelta(hours=6),
    most_requests=10,
    most_within=timedelta(hours=24),
    request=request,
    read=read,
)
