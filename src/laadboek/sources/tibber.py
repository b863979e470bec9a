"""Tibber, what its customers pay all-in: GraphQL with a personal token.

The zone is the country; `HOME/NL` names one of several homes by Tibber's id, else the first with a contract is taken.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from msgspec import Struct

from ..energy.tariff import Spot
from ..secret import Secret
from .source import (
    MARK,
    PER_KWH,
    PriceSource,
    RateLimited,
    Request,
    SourceError,
    Unauthorised,
    Unreadable,
    WrongZone,
    decoded,
    in_order,
    instant,
    lengths,
    micro,
    parts,
    spot,
)

ADDRESS = "https://api.tibber.com/v1-beta/gql"
CURRENCIES = {"DE": "EUR", "NL": "EUR", "NO": "NOK", "SE": "SEK"}
QUERY = (
    "{viewer{homes{id currentSubscription{priceInfo(resolution:QUARTER_HOURLY)"
    "{current{currency} today{startsAt total} tomorrow{startsAt total}}}}}}"
)
DENIED = {"UNAUTHENTICATED", "FORBIDDEN"}
HURRIED = {"TOO_MANY_REQUESTS", "RATE_LIMITED"}


class Entry(Struct, frozen=True, rename="camel"):
    starts_at: str
    total: Decimal


class Current(Struct, frozen=True):
    currency: str


class PriceInfo(Struct, frozen=True):
    current: Current | None = None
    today: list[Entry] = []
    tomorrow: list[Entry] = []


class Subscription(Struct, frozen=True, rename="camel"):
    price_info: PriceInfo | None = None


class Home(Struct, frozen=True, rename="camel"):
    id: str
    current_subscription: Subscription | None = None


class Viewer(Struct, frozen=True):
    homes: list[Home | None]


class Data(Struct, frozen=True):
    viewer: Viewer | None = None


class Extensions(Struct, frozen=True):
    code: str = ""


class Complaint(Struct, frozen=True):
    """Comes with HTTP status 200 (Tibber's changelog, 2025-01-03)."""

    message: str = ""
    extensions: Extensions = Extensions()


class Answer(Struct, frozen=True):
    data: Data | None = None
    errors: list[Complaint] = []


def request(zone: str, start: datetime, until: datetime, secret: Secret | None) -> Request:
    """Today and tomorrow, whatever time is asked for. Raises WrongZone."""
    if parts(zone)[1] not in CURRENCIES:
        raise WrongZone(zone)
    return Request(
        method="POST",
        url=ADDRESS,
        headers=(("Authorization", f"Bearer {MARK}"), ("Content-Type", "application/json")),
        body=msgspec.json.encode({"query": QUERY}),
        secret=secret,
    )


def read(answer: bytes, zone: str) -> tuple[Spot, ...]:
    which, country = parts(zone)
    found = decoded(answer, Answer)
    if found.errors or found.data is None or found.data.viewer is None:
        raise refusal(found.errors)
    prices = next(infos(found.data.viewer, which), None)
    if prices is None:
        raise WrongZone(zone)
    if prices.current is not None and prices.current.currency != CURRENCIES.get(country):
        raise Unreadable("source.bad_currency")
    return in_order(stretches([*prices.today, *prices.tomorrow]))


def refusal(complaints: list[Complaint]) -> SourceError:
    codes = {complaint.extensions.code for complaint in complaints}
    if codes & DENIED:
        return Unauthorised()
    return RateLimited() if codes & HURRIED else Unreadable("source.unreadable")


def infos(viewer: Viewer, which: str) -> Iterator[PriceInfo]:
    for home in viewer.homes:
        if home is None or which not in ("", home.id):
            continue
        if (subscription := home.current_subscription) is not None and subscription.price_info is not None:
            yield subscription.price_info


def stretches(entries: list[Entry]) -> Iterator[Spot]:
    starts = [instant(entry.starts_at) for entry in entries]
    for at, length_s, entry in zip(starts, lengths(starts) if starts else [], entries, strict=True):
        yield spot(at, at + timedelta(seconds=length_s), micro(entry.total, PER_KWH))


SOURCE = PriceSource(
    name="tibber",
    title="Tibber",
    zones=CURRENCIES,
    resolution_s=900,
    all_in=True,
    needs_secret=True,
    terms="For customers, with a personal token; 100 requests in 5 minutes.",
    request=request,
    read=read,
)
