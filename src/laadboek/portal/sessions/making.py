"""Makes a file of sessions, in one place: for a download, for the command line, for a schedule."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from typing import Any

from ...actions.actor import Actor
from ...actions.exports import paper
from ...actions.exports.csv_rows import CsvFile, Dialect, Reader
from ...actions.exports.signed import Covered
from ...actions.exports.workbook import MOST, TooManyRows, workbook
from ...actions.sessions import page_between, rows_between, totals_between
from ...energy.zones import Period
from ...reasons import Refused
from ...store import accounts
from ...store.connection import Connection
from ...store.session_queries import Choice, Cursor, SessionRow
from ..words.speech import Speech
from . import statement
from .statement import Statement

Read = Callable[[Callable[[Connection], Any]], Any]  # awaitable: `Desk.read`, `Database.query`
DIALECTS = {"csv": Dialect.BOOKKEEPER, "machine_csv": Dialect.MACHINE}


def covered_by(period: Period, choice: Choice) -> Covered:
    return Covered(first=period.first, until=period.until, start=period.start, end=period.end, choice=choice)


async def csv_parts(read: Read, actor: Actor, covered: Covered, reader: Reader) -> AsyncIterator[bytes]:
    """The file as it is read: a page of rows at a time, whatever the file's length."""
    file, after = CsvFile(reader), None
    part = file.heading()
    while True:
        job = partial(_csv_part, actor=actor, covered=covered, file=file, after=after)
        rows, after = await read(job)
        yield part + rows
        if after is None:
            return
        part = b""


def _csv_part(
    db: Connection, actor: Actor, covered: Covered, file: CsvFile, after: Cursor | None
) -> tuple[bytes, Cursor | None]:
    rows, following = page_between(db, actor, covered.start, covered.end, covered.choice, after)
    return file.rows(rows), following


async def made(
    read: Read, actor: Actor, covered: Covered, period: Period, format: str, speech: Speech, now: datetime
) -> bytes:
    """A whole file of any format but the signed one, which needs a key."""
    if format in DIALECTS:
        reader = statement.reader_of(speech, DIALECTS[format])
        return b"".join([part async for part in csv_parts(read, actor, covered, reader)])
    about: Statement = await read(partial(_about, actor=actor, covered=covered, period=period, speech=speech))
    if format == "xlsx":
        found: bytes = await read(partial(_workbook, actor=actor, covered=covered, about=about, speech=speech))
        return found
    count = about.totals.count + about.totals.running
    if count > paper.MOST:
        paper.too_long(count)
    rows: list[SessionRow] = await read(partial(_rows, actor=actor, covered=covered))
    page = statement.html(about, rows, speech, speech.long_day(speech.local_date(now)))
    return await asyncio.to_thread(paper.pdf, page)


def _about(db: Connection, actor: Actor, covered: Covered, period: Period, speech: Speech) -> Statement:
    account = accounts.by_id(db, actor.account_id)
    assert account is not None
    totals = totals_between(db, actor, covered.start, covered.end, covered.choice)
    return statement.of_period(account.name, period, totals, speech)


def _rows(db: Connection, actor: Actor, covered: Covered) -> list[SessionRow]:
    return list(rows_between(db, actor, covered.start, covered.end, covered.choice))


def _workbook(db: Connection, actor: Actor, covered: Covered, about: Statement, speech: Speech) -> bytes:
    rows = rows_between(db, actor, covered.start, covered.end, covered.choice)
    try:
        return workbook(rows, statement.reader_of(speech), statement.total_lines(about, speech))
    except TooManyRows:
        raise Refused("export.too_long", count=about.totals.count, most=MOST) from None
