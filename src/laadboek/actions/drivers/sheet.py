"""Drivers as a table: the file to work on in a spreadsheet, read and written (docs/drivers.md lists the columns).

It is read as spreadsheets write it: comma, semicolon or tab, with or without a byte order mark, in UTF-8, UTF-16 or
the encoding of old Windows. Nothing is guessed beyond that: a heading that is not known is refused.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from ...energy import week_hours
from ...reasons import Refused
from ...secret import Secret
from ..exports.csv_rows import BYTE_ORDER_MARK, DANGEROUS, Shape, guarded
from .reading import DriverSeen
from .wanted import first_day, hours_of, last_day

COLUMNS = (
    "name",
    "kind",
    "mode",
    "chargers",
    "valid_from",
    "valid_until",
    "hours",
    "budget_kwh",
    "budget_span",
    "id_tag",
    "blocked",
)
PIN = "pin"  # only ever read
HAND_OUT = ("name", "pin", "id_tag")
ALL_CHARGERS, YES, NO, SEVERAL = "all", "yes", "no", "|"
MOST_ROWS, MOST_BYTES, LONGEST_CELL = 5_000, 1_000_000, 500
DELIMITERS = ";,\t"


class Line(Struct, frozen=True):
    """One row of the file. `cells`: what is written there, by column; a column that the file lacks is not there."""

    number: int  # as a spreadsheet counts
    cells: Mapping[str, str]


def read(file: bytes) -> list[Line]:
    """The rows that hold anything. Refused as a whole when it is no such table."""
    if len(file) > MOST_BYTES:
        raise Refused("sheet.too_long", most=MOST_ROWS)
    text = _decoded(file).removeprefix(BYTE_ORDER_MARK)
    delimiter = None
    if text[:4].lower() == "sep=":  # Excel's own hint
        hint, _, text = text.partition("\n")
        delimiter = hint[4:5]
    first = text.partition("\n")[0]
    delimiter = delimiter if delimiter and delimiter in DELIMITERS else max(DELIMITERS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Refused("sheet.unreadable") from error
    return _lines(rows)


def _decoded(file: bytes) -> str:
    if file[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return file.decode("utf-16", errors="replace")
    try:
        return file.decode("utf-8")
    except UnicodeDecodeError:
        return file.decode("cp1252", errors="replace")


def _lines(rows: list[list[str]]) -> list[Line]:
    heading = [cell.strip().casefold() for cell in rows[0]] if rows else []
    unknown = [name for name in heading if name and name not in (*COLUMNS, PIN)]
    if unknown or "name" not in heading:
        raise Refused("sheet.bad_heading", heading=unknown[0][:40] if unknown else "…", allowed=", ".join(COLUMNS))
    if len(set(filter(None, heading))) != len(list(filter(None, heading))):
        raise Refused("sheet.heading_twice")
    found: list[Line] = []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(found) == MOST_ROWS:
            raise Refused("sheet.too_long", most=MOST_ROWS)
        cells = {name: plain(cell) for name, cell in zip(heading, row, strict=False) if name}
        found.append(Line(number, cells))
    return found


def plain(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running it."""
    text = cell.strip()[:LONGEST_CELL]
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text


def written(drivers: Iterable[DriverSeen], shape: Shape, zone: str) -> bytes:
    """The account's drivers; no PIN is ever in it."""
    return _table([COLUMNS, *(_cells(driver, shape, zone) for driver in drivers)], shape)


def hand_out(rows: Iterable[tuple[str, Secret, str]], shape: Shape) -> bytes:
    """Name, PIN and tag of those whose PIN was just made: to be printed and cut."""
    return _table([HAND_OUT, *((guarded(name), pin.reveal(), guarded(tag)) for name, pin, tag in rows)], shape)


def _table(rows: Iterable[Iterable[str]], shape: Shape) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=shape.delimiter, lineterminator="\r\n").writerows(rows)
    return ((BYTE_ORDER_MARK if shape.bom else "") + out.getvalue()).encode()


def _cells(driver: DriverSeen, shape: Shape, zone: str) -> tuple[str, ...]:
    row = driver.row
    at = ALL_CHARGERS if row.all_chargers else SEVERAL.join(place.name for place in driver.at)
    return (
        guarded(row.name),
        row.kind,
        row.mode,
        guarded(at),
        _day(first_day(row, zone)),
        _day(last_day(row, zone)),
        "" if row.hours is None else week_hours.written(hours_of(row.hours)),
        "" if row.budget_wh is None else _kwh(row.budget_wh, shape.decimal),
        row.budget_span or "",
        guarded(row.id_tag),
        YES if row.blocked else NO,
    )


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _kwh(energy_wh: int, decimal: str) -> str:
    kwh, wh = divmod(energy_wh, 1_000)
    return f"{kwh}{decimal}{wh:03}".rstrip("0").rstrip(decimal)
