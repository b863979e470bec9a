"""ENTSO-E Transparency Platform, day-ahead prices (12.1.D): XML documents A44.

Curve type A03 leaves out what repeats the point before it. Where several series tell of one interval, the lowest
classification position is the coupled day-ahead auction; the others are later or smaller auctions.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from xml.etree import ElementTree

from msgspec import Struct

from ..energy.tariff import Spot
from ..secret import Secret
from .source import (
    MARK,
    PER_MWH,
    NotPublished,
    PriceSource,
    Request,
    Unauthorised,
    Unreadable,
    WrongZone,
    in_order,
    instant,
    micro,
    within,
)

# Energy Identification Codes of bidding zones (ENTSO-E's list of area codes).
EIC = {
    "AT": "10YAT-APG------L", "BE": "10YBE----------2", "BG": "10YCA-BULGARIA-R", "CH": "10YCH-SWISSGRIDZ",
    "CZ": "10YCZ-CEPS-----N", "DE-LU": "10Y1001A1001A82H", "DK1": "10YDK-1--------W", "DK2": "10YDK-2--------M",
    "EE": "10Y1001A1001A39I", "ES": "10YES-REE------0", "FI": "10YFI-1--------U", "FR": "10YFR-RTE------C",
    "GR": "10YGR-HTSO-----Y", "HR": "10YHR-HEP------M", "HU": "10YHU-MAVIR----U", "LT": "10YLT-1001A0008Q",
    "LV": "10YLV-1001A00074", "NL": "10YNL----------L", "NO1": "10YNO-1--------2", "NO2": "10YNO-2--------T",
    "NO3": "10YNO-3--------J", "NO4": "10YNO-4--------9", "NO5": "10Y1001A1001A48H", "PL": "10YPL-AREA-----S",
    "PT": "10YPT-REN------W", "RO": "10YRO-TEL------P", "SE1": "10Y1001A1001A44P", "SE2": "10Y1001A1001A45N",
    "SE3": "10Y1001A1001A46L", "SE4": "10Y1001A1001A47J", "SI": "10YSI-ELES-----O", "SK": "10YSK-SEPS-----K",
}  # fmt: skip
ADDRESS = "https://web-api.tp.entsoe.eu/api"
POSITION = "classificationSequence_AttributeInstanceComponent.position"
RESOLUTIONS = {"PT15M": 900, "PT30M": 1_800, "PT60M": 3_600}
DAY_AHEAD = "A01"
VARIABLE_BLOCKS = "A03"
POINTS_MAX = 10_000  # a hundred days of quarter-hours
PERIODS_MAX = 400  # a hundred days of four auctions


def request(zone: str, start: datetime, until: datetime, secret: Secret | None) -> Request:
    """The market days that overlap the time. Raises WrongZone."""
    if (code := EIC.get(zone)) is None:
        raise WrongZone(zone)
    return Request(
        url=f"{ADDRESS}?securityToken={MARK}&documentType=A44&contract_MarketAgreement.type={DAY_AHEAD}"
        f"&in_Domain={code}&out_Domain={code}&periodStart={start:%Y%m%d%H%M}&periodEnd={until:%Y%m%d%H%M}",
        secret=secret,
    )


def read(answer: bytes, zone: str) -> tuple[Spot, ...]:
    root = parse(answer)
    if root.tag == "Acknowledgement_MarketDocument":
        refuse(root)
    if root.tag != "Publication_MarketDocument":
        raise Unreadable("source.unreadable")
    found = (period for series in root.iterfind("TimeSeries") for period in periods_of(series, zone))
    periods = list(islice(found, PERIODS_MAX + 1))
    if len(periods) > PERIODS_MAX or sum(period.count for period in periods) > POINTS_MAX:
        raise Unreadable("source.too_big")
    return in_order(spot for period in best(periods) for spot in points(period))


class Period(Struct, frozen=True):
    """A stretch of one series."""

    position: int  # of its auction
    resolution_s: int
    start: datetime
    end: datetime
    fills: bool
    amounts: dict[int, int]  # by place, from 1 on

    @property
    def count(self) -> int:
        return int((self.end - self.start).total_seconds()) // self.resolution_s


def parse(answer: bytes) -> ElementTree.Element:
    """Without namespaces. A document type, the only door to entities, is refused before the parser sees it.

    Only UTF-8 is read, so that nothing can hide it in another encoding. Raises Unreadable.
    """
    try:
        text = within(answer).decode("utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise Unreadable("source.unreadable")
        root = ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError):
        raise Unreadable("source.unreadable") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def refuse(document: ElementTree.Element) -> None:
    """What an acknowledgement instead of prices means; always raises."""
    said = " ".join(text_of(document, "Reason/text").lower().split())
    if "no matching data" in said:
        raise NotPublished
    if "token" in said or "authenti" in said or "authoris" in said or "authoriz" in said:
        raise Unauthorised
    raise Unreadable("source.unreadable")


def periods_of(series: ElementTree.Element, zone: str) -> Iterator[Period]:
    """Of a series of the day-ahead auction. Raises WrongZone, Unreadable."""
    if text_of(series, "contract_MarketAgreement.type", DAY_AHEAD) != DAY_AHEAD:
        return
    if text_of(series, "in_Domain.mRID") != EIC.get(zone):
        raise WrongZone(zone)
    if text_of(series, "currency_Unit.name") != "EUR":
        raise Unreadable("source.bad_currency")
    if text_of(series, "price_Measure_Unit.name") != "MWH":
        raise Unreadable("source.bad_unit")
    position = number(text_of(series, POSITION, "1"))
    fills = text_of(series, "curveType", "A01") == VARIABLE_BLOCKS
    for period in series.iterfind("Period"):
        yield period_of(period, position, fills)


def period_of(period: ElementTree.Element, position: int, fills: bool) -> Period:
    resolution_s = RESOLUTIONS.get(text_of(period, "resolution"))
    if resolution_s is None:
        raise Unreadable("source.bad_time")
    amounts: dict[int, int] = {}
    for point in period.iterfind("Point"):
        place = number(text_of(point, "position"))
        amount = micro(decimal(text_of(point, "price.amount")), PER_MWH)
        if amounts.setdefault(place, amount) != amount:
            raise Unreadable("source.unreadable")
    start, end = instant(text_of(period, "timeInterval/start")), instant(text_of(period, "timeInterval/end"))
    made = Period(position, resolution_s, start, end, fills, amounts)
    if start >= end or int(start.timestamp()) % 900 or any(place > made.count for place in amounts):
        raise Unreadable("source.bad_time")
    return made


def best(periods: Iterable[Period]) -> list[Period]:
    """Of those that overlap, the lowest position, then the finest; alike ones stay for whoever looks for doubles."""
    kept: list[Period] = []
    for period in sorted(periods, key=lambda one: (one.position, one.resolution_s)):
        rank = (period.position, period.resolution_s)
        before = [one for one in kept if one.start < period.end and period.start < one.end]
        if all((one.position, one.resolution_s) == rank for one in before):
            kept.append(period)
    return kept


def points(period: Period) -> Iterator[Spot]:
    """Every place that the curve tells of; in an A03 curve that is each one after the first."""
    amount = None
    for place in range(1, period.count + 1):
        amount = period.amounts.get(place, amount if period.fills else None)
        if amount is not None:
            starts_at = period.start + timedelta(seconds=(place - 1) * period.resolution_s)
            yield Spot(starts_at, period.resolution_s, amount)


def text_of(element: ElementTree.Element, path: str, otherwise: str | None = None) -> str:
    """Raises Unreadable for what is missing, unless there is another meaning."""
    found = element.findtext(path)
    if found is not None:
        return found.strip()
    if otherwise is None:
        raise Unreadable("source.unreadable")
    return otherwise


def number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not int(text[:9]) >= 1 or len(text) > 9:
        raise Unreadable("source.unreadable")
    return int(text)


def decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unreadable("source.bad_amount") from None


SOURCE = PriceSource(
    name="entsoe",
    title="ENTSO-E Transparency Platform",
    zones=dict.fromkeys(EIC, "EUR"),
    resolution_s=900,
    needs_secret=True,
    terms="Free with a personal token, asked for by e-mail after registration; 400 requests a minute.",
    answers=frozenset({200, 400}),  # "no matching data" has come with both
    request=request,
    read=read,
)
