"""Sessions as a CSV file, in the two dialects that people need, some rows at a time.

`bookkeeper` is what a spreadsheet opens by a double click in the reader's language: UTF-8 with a mark, and for all
but English a semicolon and a decimal comma. `machine` is for programs: comma, point, ISO 8601. A text cell that a
spreadsheet would run as a formula gets an apostrophe in front; one that begins with an apostrophe gets a second, so
that stripping one gives the text back.
"""

import csv
from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from ...clock import EPOCH
from ...energy import zones
from ...facts import Kind
from ...store.connection import Row
from ...store.session_queries import SessionRow, raw
from .columns import NAMES


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
BYTE_ORDER_MARK = "\ufeff"
MICRO_PER_CELL, HALF_A_CELL = 100, 50  # money has four decimals
TWO = [f"{number:02}" for number in range(60)]
US_PER_S, QUARTER_S, SECONDS_PER_DAY = 1_000_000, 900, 86_400

# What makes Excel, LibreOffice or Google Sheets evaluate a cell, also in full width; and our own mark.
DANGEROUS = tuple("=+-@\t\r\n\0'＝＋－＠")


class Reader(Struct, frozen=True, kw_only=True):
    """For whom a file is written. `words` puts names of columns, kinds and flags in their language."""

    dialect: Dialect = Dialect.BOOKKEEPER
    language: str
    time_zone: str
    words: Callable[[str], str] = str

    @property
    def shape(self) -> Shape:
        return MACHINE if self.dialect is Dialect.MACHINE else BOOKKEEPER.get(self.language, BOOKKEEPER["en"])

    def word(self, name: str) -> str:
        """Programs get the bare names."""
        return name if self.dialect is Dialect.MACHINE else self.words(name)


class CsvFile:
    """Writes one file: the heading, then rows as they come. Nothing is kept."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lines: list[str] = []
        self._writer = csv.writer(self, delimiter=reader.shape.delimiter, lineterminator="\r\n")
        self._cells = CellWriter(reader).cells

    def write(self, line: str) -> None:
        """What the csv module calls."""
        self._lines.append(line)

    def heading(self) -> bytes:
        self._writer.writerow([self._reader.word(name) for name in NAMES])
        return self._taken(BYTE_ORDER_MARK if self._reader.shape.bom else "")

    def rows(self, rows: Iterable[Row]) -> bytes:
        """Of `session_queries.FIELDS`."""
        self._writer.writerows(map(self._cells, rows))
        return self._taken("")

    def _taken(self, begin: str) -> bytes:
        text = begin + "".join(self._lines)
        self._lines.clear()
        return text.encode()


def csv_file(sessions: Iterable[SessionRow], reader: Reader) -> bytes:
    """The whole file, for few."""
    file = CsvFile(reader)
    return file.heading() + file.rows(map(raw, sessions))


class CellWriter:
    """The cells of one row, in the order of `columns.NAMES`. What comes again and again is made once."""

    def __init__(self, reader: Reader) -> None:
        shape = reader.shape
        self._decimal, self._between = shape.decimal, shape.between_date_and_time
        self._kwh = thousandths_by(shape.decimal)
        self._zone = reader.time_zone
        self._kinds = {kind.value: guarded(reader.word(kind.value)) for kind in Kind}
        between = " " if reader.dialect is Dialect.MACHINE else ", "
        self._flags = lru_cache(maxsize=256)(lambda flags: between.join(map(reader.word, flags.split())))
        self._offset = lru_cache(maxsize=4096)(self._offset_of)
        self._day = lru_cache(maxsize=4096)(lambda day: (EPOCH + timedelta(days=day)).date().isoformat())
        self._clock = lru_cache(maxsize=4096)(clock_face)
        self._guarded = lru_cache(maxsize=4096)(guarded)

    def cells(self, row: Row) -> tuple[object, ...]:
        (
            started_us, _, session_id, _, charger_name, connector_id, driver_id, driver_name, id_tag, kind, mode,
            ended_us, start_wh, end_wh, energy_wh, reason, _, odometer_km, flags, sun_wh, cost_micro, currency,
        ) = row  # fmt: skip
        day, start = self._local(started_us)
        kwh, text = self._kwh, self._guarded
        return (
            session_id,
            start,
            None if ended_us is None else self._local(ended_us)[1],
            text(charger_name),
            connector_id,
            None if driver_name is None else text(driver_name),
            text(id_tag),
            self._kinds[kind],
            None if energy_wh is None else kwh(energy_wh),
            kwh(start_wh),
            None if end_wh is None else kwh(end_wh),
            None if ended_us is None else clock_time((ended_us - started_us) // US_PER_S),
            None if reason is None else text(reason),
            mode,
            odometer_km,
            None if sun_wh is None else kwh(sun_wh),
            None if cost_micro is None else ten_thousandths(cost_micro, self._decimal),
            currency,
            None if flags is None else self._flags(flags),
            driver_id,
            day,
        )

    def _local(self, instant_us: int) -> tuple[str, str]:
        """The local day; and the local time with its offset, which tells the two hours of October apart."""
        seconds = instant_us // US_PER_S
        offset_s, offset = self._offset(seconds // QUARTER_S)  # no zone changes its clocks between quarter-hours
        days, second = divmod(seconds + offset_s, SECONDS_PER_DAY)
        day = self._day(days)
        return day, f"{day}{self._between}{self._clock(second // 60)}:{TWO[second % 60]}{offset}"

    def _offset_of(self, quarter: int) -> tuple[int, str]:
        local = zones.local(EPOCH + timedelta(seconds=quarter * QUARTER_S), self._zone)
        offset = local.utcoffset()
        assert offset is not None
        return int(offset.total_seconds()), local.isoformat()[19:]


def clock_face(minute: int) -> str:
    return f"{TWO[minute // 60]}:{TWO[minute % 60]}"


def guarded(text: str) -> str:
    """The text, so that no spreadsheet runs it."""
    return "'" + text if text.startswith(DANGEROUS) else text


def clock_time(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60}:{TWO[minutes % 60]}:{TWO[seconds]}"


def thousandths_by(decimal: str) -> Callable[[int], str]:
    """Exact: three decimals of a kWh are Wh."""
    endings = [f"{decimal}{rest:03}" for rest in range(1_000)]

    def written(value: int) -> str:
        return f"{value // 1_000}{endings[value % 1_000]}" if value >= 0 else "-" + written(-value)

    return written


def ten_thousandths(micro: int, decimal: str) -> str:
    """Rounded once, half away from zero."""
    if micro < 0:
        return "-" + ten_thousandths(-micro, decimal)
    amount = (micro + HALF_A_CELL) // MICRO_PER_CELL
    return f"{amount // 10_000}{decimal}{amount % 10_000:04}"
