"""Sessions as a CSV file, in the two dialects that people need. The columns and their order are a promise.

`bookkeeper` is what a spreadsheet opens by a double click in the reader's language: UTF-8 with a mark, and for all
but English a semicolon and a decimal comma. `machine` is for programs: comma, point, ISO 8601. A text cell that a
spreadsheet would run as a formula gets an apostrophe in front; one that begins with an apostrophe gets a second, so
that stripping one gives the text back.
"""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from ..energy import zones
from ..facts import Kind
from ..store import accounts
from ..store.connection import Connection
from ..store.session_queries import SessionRow
from .actor import Actor
from .sessions import sessions_between


class Dialect(StrEnum):
    BOOKKEEPER = "bookkeeper"
    MACHINE = "machine"


class Shape(Struct, frozen=True):
    """How one file writes its cells."""

    bom: bool
    delimiter: str
    decimal: str
    between_date_and_time: str


MACHINE = Shape(bom=False, delimiter=",", decimal=".", between_date_and_time="T")
DECIMAL_COMMA = Shape(bom=True, delimiter=";", decimal=",", between_date_and_time=" ")
BOOKKEEPER = {
    "nl": DECIMAL_COMMA,
    "en": Shape(bom=True, delimiter=",", decimal=".", between_date_and_time=" "),
    "fr": DECIMAL_COMMA,
    "de": DECIMAL_COMMA,
}

# Stable: new columns are added at the end, none is ever renamed, moved or removed.
COLUMNS = (
    "session_id",
    "start",
    "end",
    "charger",
    "connector",
    "driver",
    "id_tag",
    "kind",
    "energy_kwh",
    "start_register_kwh",
    "stop_register_kwh",
    "duration",
    "reason",
    "mode",
)

BYTE_ORDER_MARK = "\ufeff"

# What makes Excel, LibreOffice or Google Sheets evaluate a cell, also in full width; and our own mark.
DANGEROUS = tuple("=+-@\t\r\n\0'＝＋－＠")


class Reader(Struct, frozen=True, kw_only=True):
    """For whom a file is written. `words` puts names of columns and kinds in their language."""

    dialect: Dialect
    language: str
    time_zone: str
    words: Callable[[str], str] = str

    @property
    def shape(self) -> Shape:
        return MACHINE if self.dialect is Dialect.MACHINE else BOOKKEEPER.get(self.language, BOOKKEEPER["en"])

    def word(self, name: str) -> str:
        """Programs get the bare names."""
        return name if self.dialect is Dialect.MACHINE else self.words(name)


def csv_file(sessions: Iterable[SessionRow], reader: Reader) -> bytes:
    """The whole file as it is downloaded."""
    return "".join([heading(reader), *(line(session, reader) for session in sessions)]).encode()


def everything(
    db: Connection, *, first: date | None = None, last: date | None = None, kind: str | None = None, dialect: str
) -> list[str]:
    """The lines of one file for whoever runs the machine: every account, days in that account's time zone."""
    lines: list[str] = []
    for account in accounts.all(db):
        actor = Actor(account_id=account.id, name="cli", time_zone=account.time_zone, language=account.language)
        reader = Reader(dialect=Dialect(dialect), language=account.language, time_zone=account.time_zone)
        lines = lines or [heading(reader)]
        found = sessions_between(db, actor, first, last, Kind(kind) if kind else None)
        lines += [line(session, reader) for session in found]
    return lines


def heading(reader: Reader) -> str:
    mark = BYTE_ORDER_MARK if reader.shape.bom else ""
    return mark + _line([reader.word(column) for column in COLUMNS], reader.shape)


def line(session: SessionRow, reader: Reader) -> str:
    return _line(_cells(session, reader), reader.shape)


def _line(cells: list[str | int], shape: Shape) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=shape.delimiter, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _cells(session: SessionRow, reader: Reader) -> list[str | int]:
    ended, shape, time_zone = session.ended_at, reader.shape, reader.time_zone
    return [
        session.session_id,
        _instant(session.started_at, shape, time_zone),
        "" if ended is None else _instant(ended, shape, time_zone),
        guarded(session.charger_name),
        session.connector_id,
        guarded(session.driver_name or ""),
        guarded(session.id_tag),
        reader.word(session.kind.value),
        _kwh(session.energy_wh, shape),
        _kwh(session.start_register_wh, shape),
        _kwh(session.end_register_wh, shape),
        "" if ended is None else _duration(ended - session.started_at),
        guarded(session.reason or ""),
        session.mode.value,
    ]


def guarded(text: str) -> str:
    """The text, so that no spreadsheet runs it."""
    return "'" + text if text.startswith(DANGEROUS) else text


def _instant(instant: datetime, shape: Shape, time_zone: str) -> str:
    """Local time with its offset, so that the hour that happens twice in October is told apart."""
    return zones.local(instant, time_zone).isoformat(sep=shape.between_date_and_time, timespec="seconds")


def _kwh(energy_wh: int | None, shape: Shape) -> str:
    """Exact: three decimals of a kWh are Wh."""
    if energy_wh is None:
        return ""
    kwh, wh = divmod(abs(energy_wh), 1000)
    return f"{'-' if energy_wh < 0 else ''}{kwh}{shape.decimal}{wh:03}"


def _duration(duration: timedelta) -> str:
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
