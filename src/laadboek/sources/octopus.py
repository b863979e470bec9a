"""Octopus Energy's Agile tariff (Great Britain), what its customers pay all-in: JSON, pence per kWh, VAT included.

The zone is the letter of the distribution region; `AGILE-23-12-06/C` names another product than the current one.
"""

import re
from datetime import datetime, time
from decimal import Decimal

from msgspec import Struct

from ..energy.tariff import Spot
from ..secret import Secret
from .source import (
    PENCE_PER_KWH,
    PriceSource,
    Request,
    Unreadable,
    WrongZone,
    decoded,
    in_order,
    instant,
    micro,
    parts,
    spot,
)

ADDRESS = "https://api.octopus.energy/v1/products"
PRODUCT = "AGILE-24-10-01"
REGIONS = "ABCDEFGHJKLMNP"
CODE = re.compile(r"[A-Z0-9-]{1,40}\Z")
PAYMENTS = {None, "DIRECT_DEBIT"}  # where the price depends on how one pays


class Rate(Struct, frozen=True):
    value_inc_vat: Decimal
    valid_from: str
    valid_to: str | None
    payment_method: str | None = None


class Answer(Struct, frozen=True):
    results: list[Rate]
    next: str | None = None


def request(zone: str, start: datetime, until: datetime, secret: Secret | None) -> Request:
    """Raises WrongZone."""
    product, region = parts(zone)
    product = product or PRODUCT
    if len(region) != 1 or region not in REGIONS or not CODE.match(product):
        raise WrongZone(zone)
    return Request(
        url=f"{ADDRESS}/{product}/electricity-tariffs/E-1R-{product}-{region}/standard-unit-rates/"
        f"?period_from={start:%Y-%m-%dT%H:%MZ}&period_to={until:%Y-%m-%dT%H:%MZ}&page_size=1500"
    )


def read(answer: bytes, zone: str) -> tuple[Spot, ...]:
    """The newest stretch comes first; the answer names no region."""
    found = decoded(answer, Answer)
    if found.next is not None:  # a page has room for a month
        raise Unreadable("source.too_big")
    return in_order(stretch(rate) for rate in found.results if rate.payment_method in PAYMENTS)


def stretch(rate: Rate) -> Spot:
    if rate.valid_to is None:  # valid until further notice: not a tariff of half-hours
        raise Unreadable("source.bad_time")
    return spot(instant(rate.valid_from), instant(rate.valid_to), micro(rate.value_inc_vat, PENCE_PER_KWH))


SOURCE = PriceSource(
    name="octopus",
    title="Octopus Agile",
    zones=dict.fromkeys(REGIONS, "GBP"),
    resolution_s=1_800,
    all_in=True,
    terms="Open; for customers of the tariff.",
    published_at=time(17, 0),  # 16:00 in London; its day is the market's: it ends at 23:00 there
    request=request,
    read=read,
)
