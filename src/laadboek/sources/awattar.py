"""aWATTar (Austria and Germany), day-ahead prices: JSON with milliseconds, EUR/MWh."""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from ..clock import to_us
from ..energy.tariff import Spot
from ..secret import Secret
from .source import PER_MWH, PriceSource, Request, Unreadable, WrongZone, decoded, from_unix, in_order, micro, spot

HOSTS = {"AT": "api.awattar.at", "DE-LU": "api.awattar.de"}


class Stretch(Struct, frozen=True):
    start_timestamp: int  # ms since 1970
    end_timestamp: int
    marketprice: Decimal
    unit: str


class Answer(Struct, frozen=True):
    data: list[Stretch]


def request(zone: str, start: datetime, until: datetime, secret: Secret | None) -> Request:
    """Raises WrongZone."""
    if (host := HOSTS.get(zone)) is None:
        raise WrongZone(zone)
    return Request(url=f"https://{host}/v1/marketdata?start={to_us(start) // 1_000}&end={to_us(until) // 1_000}")


def read(answer: bytes, zone: str) -> tuple[Spot, ...]:
    """Each country has its own host, so the answer names no zone."""
    return in_order(stretch(one) for one in decoded(answer, Answer).data)


def stretch(one: Stretch) -> Spot:
    if one.unit.lower() != "eur/mwh":
        raise Unreadable("source.bad_unit")
    start, end = from_unix(one.start_timestamp // 1_000), from_unix(one.end_timestamp // 1_000)
    return spot(start, end, micro(one.marketprice, PER_MWH))


SOURCE = PriceSource(
    name="awattar",
    title="aWATTar",
    zones={"AT": "EUR", "DE-LU": "EUR"},
    resolution_s=3_600,
    terms="Open under fair use: a few requests a day.",
    least_gap=timedelta(minutes=15),
    request=request,
    read=read,
)
