"""EnergyZero (Netherlands), day-ahead prices in quarter-hours: JSON, EUR/kWh as texts, VAT not included."""

from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from msgspec import Struct

from ..energy import zones
from ..energy.tariff import Spot
from ..secret import Secret
from .source import PER_KWH, PriceSource, Request, WrongZone, decoded, in_order, instant, micro, spot

ADDRESS = "https://public.api.energyzero.nl/public/v1/prices"
CALENDAR = "Europe/Amsterdam"


class Amount(Struct, frozen=True):
    value: Decimal


class Stretch(Struct, frozen=True):
    start: str
    end: str
    price: Amount


class Answer(Struct, frozen=True):
    """`base`: the market's price; the other lists add VAT and the supplier's own costs to it."""

    base: list[Stretch]


def request(zone: str, start: datetime, until: datetime, secret: Secret | None) -> Request:
    """It takes one local day and answers with that and its neighbours: the last three of the time. Raises WrongZone."""
    if zone != "NL":
        raise WrongZone(zone)
    day = zones.local_day(until - timedelta(seconds=1), CALENDAR) - zones.DAY
    query = {"energyType": "ENERGY_TYPE_ELECTRICITY", "date": f"{day:%d-%m-%Y}", "interval": "INTERVAL_QUARTER"}
    return Request(url=f"{ADDRESS}?{urlencode(query)}")


def read(answer: bytes, zone: str) -> tuple[Spot, ...]:
    """Dutch prices only, so the answer names no zone."""
    found = decoded(answer, Answer)
    return in_order(spot(instant(one.start), instant(one.end), micro(one.price.value, PER_KWH)) for one in found.base)


SOURCE = PriceSource(
    name="energyzero",
    title="EnergyZero",
    zones={"NL": "EUR"},
    resolution_s=900,
    terms="Public, without promises: the supplier publishes no terms for it.",
    market_zone=CALENDAR,
    nothing_yet=frozenset({404}),
    request=request,
    read=read,
)
