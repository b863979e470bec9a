"""What every source of prices is: one request, one reading of the answer, one row that says the rest. Pure.

A request is data, and so is every way in which an answer can be of no use: whoever fetches decides when to ask again.
Amounts are read from the very digits of the answer, never through a float.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import pairwise, zip_longest
from typing import TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from ..energy.tariff import Spot
from ..reasons import Reason
from ..secret import Secret

T = TypeVar("T")

MARK = "{secret}"  # stands for the secret in an address or a header until the request is sent
SECRET_MAX_CHARS = 512
ANSWER_MAX_BYTES = 2_000_000  # the longest honest answer, three days of five price lists, has 170 000
HOUR_S = 3_600
LENGTHS_S = (900, 1_800, HOUR_S)
# Day-ahead prices are capped at 4 EUR/kWh (harmonised maximum, 2025): beyond five times that it is another unit.
MOST_MICRO = 20_000_000
PER_MWH = 1_000  # EUR/MWh → millionths of a EUR/kWh
PER_KWH = 1_000_000
PENCE_PER_KWH = 10_000

# What a person is told of a source that gave nothing.
REASONS = {
    "source.no_token": "the source needs a token, and there is none that could be sent",
    "source.unauthorised": "the source does not take the token",
    "source.not_published": "nothing for that time yet",
    "source.rate_limited": "asked too often",
    "source.wrong_zone": "zone: not published by this source, or the answer is about another one",
    "source.refused": "status: the HTTP status of an answer that holds no prices",
    "source.unreadable": "not the format that the source documents: a web page, half an answer",
    "source.too_big": "longer than any honest answer",
    "source.bad_unit": "not the unit that the source documents",
    "source.bad_currency": "not the currency of the zone",
    "source.bad_amount": "what no price can be",
    "source.bad_time": "no instant, or no stretch of a market",
    "source.bad_header": "a file whose first line does not name its columns",
    "source.bad_line": "line: of a file, with another number of columns than the first",
    "source.bad_line_time": "line: its time is none, or has no offset",
    "source.bad_line_amount": "line: its price is none",
    "source.bad_line_double": "line: its time was given before, with another price",
}


class SourceError(Exception):
    """The source gave nothing. `reason` can be shown to anybody: no address, no token, no text of the answer."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.reason = Reason(code, params)


class Unauthorised(SourceError):
    """No token (`source.no_token`), or one that the source does not take."""

    def __init__(self, code: str = "source.unauthorised") -> None:
        super().__init__(code)


class NotPublished(SourceError):
    """Nothing for that time yet."""

    def __init__(self) -> None:
        super().__init__("source.not_published")


class RateLimited(SourceError):
    """Asked too often. `retry_after_s`: as the source says it, or 0."""

    def __init__(self, retry_after_s: int = 0) -> None:
        super().__init__("source.rate_limited")
        self.retry_after_s = retry_after_s


class Unreadable(SourceError):
    """Not what it should be; the code says what."""


class WrongZone(SourceError):
    """The source does not know the zone, or answered for another one."""

    def __init__(self, zone: str) -> None:
        super().__init__("source.wrong_zone", zone=zone)


class Request(Struct, frozen=True, kw_only=True):
    """What to send. `MARK` in url and headers stands for the secret, so that a request can be printed and logged."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    secret: Secret | None = None

    def address(self) -> str:
        """With the secret in it: for the wire only. Raises Unauthorised."""
        return self.url.replace(MARK, quote(usable(self.secret), safe="")) if MARK in self.url else self.url

    def fields(self) -> list[tuple[str, str]]:
        """The headers with the secret in them: for the wire only. Raises Unauthorised."""
        return [(name, self._filled(text)) for name, text in self.headers]

    def _filled(self, text: str) -> str:
        return text.replace(MARK, usable(self.secret)) if MARK in text else text


def usable(secret: Secret | None) -> str:
    """A token of printable ASCII without spaces: nothing in it ends a header line. Raises Unauthorised."""
    text = secret.reveal() if secret is not None else ""
    if not text or len(text) > SECRET_MAX_CHARS or not all("!" <= c <= "~" for c in text):
        raise Unauthorised("source.no_token")
    return text


class PriceSource(Struct, frozen=True, kw_only=True):
    """One publisher of prices."""

    name: str
    title: str
    zones: Mapping[str, str]  # what it publishes for, and in which currency
    resolution_s: int
    all_in: bool = False  # False: day-ahead, to which a contract adds; True: as the customer pays it
    needs_secret: bool = False
    terms: str
    market_zone: str = "Europe/Brussels"  # whose calendar day is published as one
    published_at: time = time(13, 0)  # the day before, by the market's clock
    least_gap: timedelta = timedelta(minutes=5)  # between two requests
    answers: frozenset[int] = frozenset({200})  # HTTP statuses whose body `read` understands
    nothing_yet: frozenset[int] = frozenset()  # HTTP statuses that mean: not published
    request: Callable[[str, datetime, datetime, Secret | None], Request] | None  # None: nothing to fetch
    read: Callable[[bytes, str], tuple[Spot, ...]]
    published: Callable[[datetime], tuple[Spot, ...]] | None = None  # by now; for what ships with Laadboek

    def currency(self, zone: str) -> str:
        """Raises WrongZone."""
        found = self.zones.get(parts(zone)[1])
        if found is None:
            raise WrongZone(zone)
        return found

    def judge(self, status: int, retry_after: str = "") -> None:
        """Raises what an HTTP status means, unless `read` understands the body. `retry_after`: the header, if any."""
        if status in self.answers:
            return
        if status in self.nothing_yet:
            raise NotPublished
        if status in (401, 403):
            raise Unauthorised
        if status in (429, 503):
            raise RateLimited(int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0)
        raise SourceError("source.refused", status=status)


def parts(zone: str) -> tuple[str, str]:
    """`which/zone`: a product or a home, as some sources need it, and the zone; `which` may be missing."""
    which, _, bare = zone.rpartition("/")
    return which, bare


# --- reading ---


def within(answer: bytes) -> bytes:
    """Raises Unreadable for more than anybody has to read."""
    if len(answer) > ANSWER_MAX_BYTES:
        raise Unreadable("source.too_big")
    return answer


def decoded(answer: bytes, kind: type[T]) -> T:
    """JSON of this shape. Raises Unreadable."""
    try:
        return msgspec.json.decode(within(answer), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, InvalidOperation, RecursionError):
        raise Unreadable("source.unreadable") from None


def micro(amount: Decimal, per_unit: int) -> int:
    """Millionths of the currency per kWh, rounded half away from zero; one unit of `amount` is `per_unit` of them.

    Raises Unreadable for what no price can be: it has another unit, or is no number.
    """
    most = Decimal(MOST_MICRO) / per_unit  # no abs: that rounds, and an exponent without end overflows
    if not amount.is_finite() or not -most <= amount <= most:
        raise Unreadable("source.bad_amount")
    return int((amount * per_unit).to_integral_value(ROUND_HALF_UP))


def instant(text: str) -> datetime:
    """ISO 8601 with an offset, in UTC. Raises Unreadable: without one an hour of the year would be two."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Unreadable("source.bad_time")


def from_unix(seconds: int) -> datetime:
    """Raises Unreadable."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("source.bad_time") from None


def lengths(starts: Sequence[datetime]) -> list[int]:
    """How long each stretch is where only beginnings are told: until the next one.

    A step longer than those beside it is a gap, and the last stretch is like the one before it. Raises Unreadable.
    """
    ordered = sorted(set(starts))
    steps = [int((after - before).total_seconds()) for before, after in pairwise(ordered)]
    found = [min(step, max(_beside(steps, place), default=step)) for place, step in enumerate(steps)]
    if any(length not in LENGTHS_S for length in found):
        raise Unreadable("source.bad_time")
    last = found[-1] if found else HOUR_S
    length_at = dict(zip_longest(ordered, found, fillvalue=last))
    return [length_at[start] for start in starts]


def _beside(steps: list[int], place: int) -> list[int]:
    return [*steps[max(place - 1, 0) : place], *steps[place + 1 : place + 2]]


def spot(starts_at: datetime, ends_at: datetime, micro_per_kwh: int) -> Spot:
    """Raises Unreadable for a stretch of another length than markets have."""
    length_s = int((ends_at - starts_at).total_seconds())
    if length_s not in LENGTHS_S or int(starts_at.timestamp()) % 900:
        raise Unreadable("source.bad_time")
    return Spot(starts_at, length_s, micro_per_kwh)


def in_order(spots: Iterable[Spot]) -> tuple[Spot, ...]:
    """By time, repetitions once. Raises NotPublished for nothing.

    Gaps stay gaps, and two prices of one moment stay two, in the order in which they were told: `price_curve.cleaned`
    finds them and people are told (A4), which is better than a day without any price.
    """
    ordered = tuple(sorted(dict.fromkeys(spots), key=lambda one: one.starts_at))
    if not ordered:
        raise NotPublished
    return ordered
