"""What every source of solar forecasts is: one request per roof, one reading of the answer, one row for the rest. Pure.

Errors are those of price sources (`source.SourceError`).
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from ..energy.forecast import Sunny
from ..energy.sun import Roof
from ..secret import Secret
from .source import RateLimited, Request, SourceError, Unauthorised, Unreadable

MOST_OF_PEAK = 2  # the edge of a cloud makes 1.4 of it: beyond this a power has another unit
MILLIONTH = Decimal("0.000001")

# Beside those of `source`.
REASONS = {
    "source.bad_power": "what no roof gives",
    "source.no_roof": "roof: its number among the site's roofs; the token names no such roof",
}


class Ask(Struct, frozen=True, kw_only=True):
    """One roof, to be forecast. `number`: its place among the site's roofs, from 1."""

    roof: Roof
    number: int = 1
    latitude: float
    longitude: float
    secret: Secret | None = None


class ForecastSource(Struct, frozen=True, kw_only=True):
    """One publisher of solar forecasts."""

    name: str
    title: str
    needs_secret: bool = False
    terms: str
    least_gap: timedelta  # between two forecasts of one site
    most_requests: int  # for one customer, each roof is one; in `most_within`
    most_within: timedelta
    request: Callable[[Ask], Request]
    read: Callable[[bytes, Roof], tuple[Sunny, ...]]

    def judge(self, status: int, retry_after: str = "") -> None:
        """Raises what an HTTP status means, unless it is an answer. `retry_after`: the header, if any."""
        match status:
            case 200:
                return
            case 401 | 403:
                raise Unauthorised
            case 429 | 503:
                raise RateLimited(int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0)
        raise SourceError("source.refused", status=status)


def from_south(roof: Roof) -> int:
    """The azimuth as most providers count it: 0 in the south, -90 in the east, 90 in the west."""
    return (roof.azimuth % 360) - 180


def exact(amount: Decimal, least: int, most: int) -> Fraction:
    """To millionths. Raises Unreadable for what is out of bounds, before anything is computed with it."""
    if not amount.is_finite() or not least <= amount <= most:
        raise Unreadable("source.bad_power")
    return Fraction(amount.quantize(MILLIONTH))


def possible(power_w: Fraction, roof: Roof) -> Fraction:
    """Raises Unreadable for what the roof cannot give."""
    if power_w > MOST_OF_PEAK * roof.peak_w:
        raise Unreadable("source.bad_power")
    return power_w
