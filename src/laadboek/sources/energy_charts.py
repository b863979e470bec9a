"""Energy-Charts (Fraunhofer ISE), day-ahead prices: JSON of two parallel lists, EUR/MWh."""

from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from msgspec import Struct

from ..energy import zones
from ..energy.tariff import Spot
from ..secret import Secret
from .entsoe import EIC
from .source import (
    PER_MWH,
    PriceSource,
    Request,
    Unreadable,
    WrongZone,
    decoded,
    from_unix,
    in_order,
    lengths,
    micro,
    spot,
)

ADDRESS = "https://api.energy-charts.info/price"
CALENDAR = "Europe/Brussels"


class Answer(Struct, frozen=True):
    """`price` is null for what is not published yet."""

    unix_seconds: list[int]
    price: list[Decimal | None]
    unit: str


def request(zone: str, start: datetime, until: datetime, secret: Secret | None) -> Request:
    """Whole local days, both included. Raises WrongZone."""
    if zone not in EIC:
        raise WrongZone(zone)
    last = zones.local_day(until - timedelta(seconds=1), CALENDAR)
    query = urlencode({"bzn": zone, "start": zones.local_day(start, CALENDAR).isoformat(), "end": last.isoformat()})
    return Request(url=f"{ADDRESS}?{query}")


def read(answer: bytes, zone: str) -> tuple[Spot, ...]:
    """The answer does not name its zone."""
    found = decoded(answer, Answer)
    if found.unit.replace(" ", "").lower() != "eur/mwh":
        raise Unreadable("source.bad_unit")
    if len(found.price) != len(found.unix_seconds):
        raise Unreadable("source.unreadable")
    starts = [from_unix(seconds) for seconds in found.unix_seconds]
    told = zip(starts, lengths(starts), found.price, strict=True)
    return in_order(
        spot(at, at + timedelta(seconds=length_s), micro(price, PER_MWH))
        for at, length_s, price in told
        if price is not None
    )


SOURCE = PriceSource(
    name="energy_charts",
    title="Energy-Charts",
    zones=dict.fromkeys(EIC, "EUR"),
    resolution_s=900,
    terms="Open; each answer names its licence: CC BY 4.0 for some zones, private use only for others.",
    nothing_yet=frozenset({404}),  # no price of the days asked for
    request=request,
    read=read,
)
