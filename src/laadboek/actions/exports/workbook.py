"""Sessions as a workbook (XLSX): a table of typed numbers and dates, and a sheet of totals.

There is no formula in it, whatever a name says.
"""

import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from ...energy import zones
from ...store.session_queries import SessionRow
from .columns import NAMES, TABLE, Column, Form, Value
from .csv_rows import Reader

MOST = 200_000  # rows: a workbook is made in memory
WIDTHS = {Form.INSTANT: 17, Form.TEXT: 18, Form.WORDS: 24, Form.CODE: 16}
WIDTH = 12
SECONDS_PER_DAY = 86_400
FORMATS = {
    Form.INSTANT: "yyyy-mm-dd hh:mm:ss",
    Form.DAY: "yyyy-mm-dd",
    Form.KWH: "0.000",
    Form.MONEY: "0.0000",
    Form.DURATION: "[h]:mm:ss",
}
OPTIONS = {
    "in_memory": True,
    "remove_timezone": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
TABLE_STYLE = "Table Style Light 1"


class TotalLine(Struct, frozen=True, kw_only=True):
    """Of the second sheet: a label in the reader's language, and a number or a text."""

    label: str
    value: str | int
    form: Form


class TooManyRows(ValueError):
    """More than a workbook is made of."""


def workbook(sessions: Iterable[SessionRow], reader: Reader, totals: Iterable[TotalLine]) -> bytes:
    """Raise TooManyRows."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    formats = {form: book.add_format({"num_format": text}) for form, text in FORMATS.items()}
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(reader.words("sheet_sessions"))
    count = 0
    for count, session in enumerate(sessions, 1):
        if count > MOST:
            raise TooManyRows
        for place, column in enumerate(TABLE):
            _write(sheet, count, place, _typed(column, session, reader), column.form, formats)
    headings = [{"header": reader.words(name)} for name in NAMES]
    sheet.add_table(
        0, 0, max(1, count), len(TABLE) - 1, {"name": "Sessions", "columns": headings, "style": TABLE_STYLE}
    )
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(TABLE):
        sheet.set_column(place, place, WIDTHS.get(column.form, WIDTH))
    summed = book.add_worksheet(reader.words("sheet_totals"))
    summed.set_column(0, 0, 28)
    summed.set_column(1, 1, 24)
    for line, total in enumerate(totals):
        summed.write_string(line, 0, total.label, bold)
        _write(summed, line, 1, total.value, total.form, formats)
    book.close()
    return out.getvalue()


def _typed(column: Column, session: SessionRow, reader: Reader) -> Value:
    value = column.value(session, reader.time_zone)
    match column.form, value:
        case _, None:
            return None
        case Form.WORD, str():
            return reader.words(value)
        case Form.WORDS, str():
            return ", ".join(map(reader.words, value.split()))
        case Form.INSTANT, datetime():
            return zones.local(value, reader.time_zone).replace(tzinfo=None, microsecond=0)
    return value


def _write(sheet: Any, line: int, place: int, value: Value, form: Form, formats: dict[Form, Any]) -> None:
    """Texts by `write_string`: nothing in a name is ever looked at."""
    match value:
        case None:
            return
        case str():
            sheet.write_string(line, place, value)
        case datetime() if value.year >= 1900:
            sheet.write_datetime(line, place, value, formats[form])
        case date() if value.year >= 1900 and not isinstance(value, datetime):
            sheet.write_datetime(line, place, value, formats[form])
        case int():
            sheet.write_number(line, place, _number(value, form), formats.get(form))
        case _:
            sheet.write_string(line, place, str(value))  # before the calendar of spreadsheets begins


def _number(value: int, form: Form) -> float:
    match form:
        case Form.KWH:
            return value / 1_000
        case Form.MONEY:
            return round(value / 1_000_000, 4)
        case Form.DURATION:
            return value / SECONDS_PER_DAY
    return value
