"""A CSV file of one's own: `starts_at` with an offset, and a price whose column name says currency and unit.

    starts_at,ends_at,eur_per_mwh                   starts_at;eur_per_kwh
    2026-11-24T00:00Z,2026-11-24T01:00Z,80.5        2026-11-24T00:00+01:00;0,0805

Columns are separated by `;` or `,`; with `;` a decimal comma is read as well as a point. `ends_at` may be missing: then
a stretch ends where the next one begins. Other columns are passed over.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from ..energy.tariff import Spot
from .entsoe import EIC
from .source import PER_KWH, PER_MWH, PriceSource, Unreadable, in_order, instant, lengths, micro, spot, within

PRICE = re.compile(r"([a-z]{3})_per_(kwh|mwh)\Z")
PER_UNIT = {"kwh": PER_KWH, "mwh": PER_MWH}
CURRENCIES = {"CH": "CHF", "CZ": "CZK", "DK": "DKK", "GB": "GBP", "HU": "HUF", "NO": "NOK", "PL": "PLN", "SE": "SEK"}
COLUMN_MAX_CHARS = 200
AMOUNT_MAX_CHARS = 40


class Header(Struct, frozen=True, kw_only=True):
    """Which column holds what."""

    separator: str
    columns: int
    starts_at: int
    ends_at: int | None
    price: int
    currency: str
    per_unit: int


class Row(Struct, frozen=True):
    """One line. `number` counts from 1, as editors do."""

    number: int
    starts_at: datetime
    ends_at: datetime | None
    micro_per_kwh: int


def read(answer: bytes, zone: str) -> tuple[Spot, ...]:
    """The whole file. Raises Unreadable with the line that is wrong."""
    lines = text_of(answer).splitlines()
    header = header_of(lines[0] if lines else "")
    if header.currency != SOURCE.currency(zone):
        raise Unreadable("source.bad_currency")
    return in_order(spots(list(once(rows(lines, header)))))


def text_of(answer: bytes) -> str:
    """UTF-8, as spreadsheets write it with a mark in front. Raises Unreadable."""
    try:
        text = within(answer).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("source.unreadable") from None
    if "\0" in text:
        raise Unreadable("source.unreadable")
    return text


def header_of(line: str) -> Header:
    """Raises Unreadable: it needs `starts_at` and exactly one price."""
    separator = ";" if ";" in line else ","
    names = [name.strip().strip('"').lower() for name in line.split(separator)]
    prices = [(place, found) for place, name in enumerate(names) if (found := PRICE.match(name))]
    if names.count("starts_at") != 1 or names.count("ends_at") > 1 or len(prices) != 1:
        raise Unreadable("source.bad_header")
    place, found = prices[0]
    return Header(
        separator=separator,
        columns=len(names),
        starts_at=names.index("starts_at"),
        ends_at=names.index("ends_at") if "ends_at" in names else None,
        price=place,
        currency=found[1].upper(),
        per_unit=PER_UNIT[found[2]],
    )


def rows(lines: list[str], header: Header) -> Iterator[Row]:
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = next(csv.reader([line], delimiter=header.separator), [])
        if len(cells) != header.columns or any(len(cell) > COLUMN_MAX_CHARS for cell in cells):
            raise Unreadable("source.bad_line", line=number)
        yield Row(
            number,
            at(cells[header.starts_at], number),
            None if header.ends_at is None else at(cells[header.ends_at], number),
            amount(cells[header.price], header, number),
        )


def at(cell: str, number: int) -> datetime:
    try:
        return instant(cell.strip())
    except Unreadable:
        raise Unreadable("source.bad_line_time", line=number) from None


def amount(cell: str, header: Header, number: int) -> int:
    text = cell.strip()
    if header.separator == ";" and "." not in text:
        text = text.replace(",", ".", 1)
    try:
        if not text.isascii() or len(text) > AMOUNT_MAX_CHARS:
            raise InvalidOperation
        return micro(Decimal(text), header.per_unit)
    except (InvalidOperation, Unreadable):
        raise Unreadable("source.bad_line_amount", line=number) from None


def once(found: Iterator[Row]) -> Iterator[Row]:
    """Raises Unreadable for a time with two prices: in a file of one's own that is a slip, and can be mended."""
    before: dict[datetime, int] = {}
    for row in found:
        known = before.setdefault(row.starts_at, row.micro_per_kwh)
        if known != row.micro_per_kwh:
            raise Unreadable("source.bad_line_double", line=row.number)
        yield row


def spots(found: list[Row]) -> Iterator[Spot]:
    for row, length_s in zip(found, lengths([row.starts_at for row in found]), strict=True):
        ends_at = row.ends_at or row.starts_at + timedelta(seconds=length_s)
        try:
            yield spot(row.starts_at, ends_at, row.micro_per_kwh)
        except Unreadable:
            raise Unreadable("source.bad_line_time", line=row.number) from None


SOURCE = PriceSource(
    name="csv",
    title="CSV file",
    zones={**dict.fromkeys(EIC, "EUR"), **CURRENCIES},
    resolution_s=900,
    terms="Your own file: whoever gave it to you says what may be done with it.",
    request=None,
    read=read,
)
