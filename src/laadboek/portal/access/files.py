"""Many drivers at once: a file in, looked at before it is taken, and a file out (C5, docs/drivers.md)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.drivers import changes, reading, sheet
from ...actions.drivers.importing import NotKept, Outcome, Report, import_drivers
from ...actions.exports.csv_rows import Dialect, Reader, Shape
from ...reasons import Reason, Refused
from ...rights import Right
from .. import rendering
from ..desk import Desk, desk_of
from ..errors import status_of
from ..policy import page
from ..visitor import Visitor
from ..words import access as words
from .driver_form import text
from .once import once_of
from .pages import maker_of
from .telling import tell

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.DRIVERS_READ)]
Writes = Annotated[Visitor, page(Right.DRIVERS_WRITE)]
MADE = "made-pins"
SHOWN_ROWS = 200  # of a report; those that are refused come first


def shape_of(visitor: Visitor) -> Shape:
    """As spreadsheets in the reader's language open it by a double click."""
    speech = visitor.speech
    return Reader(dialect=Dialect.BOOKKEEPER, language=speech.language, time_zone=speech.time_zone).shape


@router.get("/drivers.csv")
async def file(request: Request, visitor: Reads) -> Response:
    desk = desk_of(request)
    found = await desk.read(partial(reading.in_order, actor=visitor.actor, now=desk.clock.now()))
    return csv_file(sheet.written(found, shape_of(visitor), visitor.actor.time_zone), "drivers.csv")


@router.get("/drivers/import")
async def import_page(request: Request, visitor: Writes) -> Response:
    return _page(request, visitor)


@router.post("/drivers/import")
async def import_form(request: Request, visitor: Writes) -> Response:
    """A file: what would happen. Without one: the file that was looked at before is taken."""
    # A larger one would be put on the disk on its way, with the PINs that are in it.
    if int(request.headers.get("content-length", 0)) > sheet.MOST_BYTES:
        return _page(request, visitor, refused=Reason("sheet.too_long", {"most": sheet.MOST_ROWS}))
    async with request.form() as data:
        upload = data.get("file")
        if isinstance(upload, UploadFile):
            return await _look(request, visitor, await upload.read())
        content = once_of(request).take(visitor, f"file-{text(data, 'token')}", desk_of(request).clock.now())
    return await _take(request, visitor, content or b"")


async def _look(request: Request, visitor: Visitor, content: bytes) -> Response:
    """What would happen. The file waits in memory for the word to take it."""
    desk = desk_of(request)
    try:
        await _import(desk, visitor, content, rehearsal=True)
    except NotKept as not_kept:
        token = desk.ids.public("fil")
        once_of(request).put(visitor, f"file-{token}", content, desk.clock.now())
        return _page(request, visitor, report=not_kept.report, token=token)
    except Refused as refused:
        return _page(request, visitor, refused=refused.reason)
    raise AssertionError("a rehearsal is never kept")


async def _take(request: Request, visitor: Visitor, content: bytes) -> Response:
    desk = desk_of(request)
    try:
        report = await _import(desk, visitor, content, rehearsal=False)
    except NotKept as not_kept:  # somebody was faster: what could be done then cannot be done now
        return _page(request, visitor, report=not_kept.report)
    except Refused as refused:
        return _page(request, visitor, refused=refused.reason)
    await tell(desk, report.chargers)
    if report.made:
        rows = [(one.name, one.pin, one.id_tag) for one in report.made]
        once_of(request).put(visitor, MADE, sheet.hand_out(rows, shape_of(visitor)), desk.clock.now())
    return RedirectResponse(f"/drivers/imported?{_counts(report)}", HTTPStatus.SEE_OTHER)


async def _import(desk: Desk, visitor: Visitor, content: bytes, *, rehearsal: bool) -> Report:
    run = partial(
        import_drivers,
        actor=visitor.actor,
        file=content,
        rehearsal=rehearsal,
        maker=maker_of(desk),
        now=desk.clock.now(),
    )
    return await desk.write(changes.SHARD, run)


def _counts(report: Report) -> str:
    made = len(report.made)
    return f"new={report.count(Outcome.NEW)}&changed={report.count(Outcome.CHANGED)}&pins={made}"


def _page(
    request: Request,
    visitor: Visitor,
    *,
    report: Report | None = None,
    token: str = "",
    refused: Reason | None = None,
) -> Response:
    rows = [] if report is None else sorted(report.rows, key=lambda row: row.outcome is not Outcome.REFUSED)
    values = {
        "report": report,
        "rows": rows[:SHOWN_ROWS],
        "more": max(0, len(rows) - SHOWN_ROWS),
        "token": token,
        "refused": refused,
        "columns": (*sheet.COLUMNS, sheet.PIN),
        "words": words,
        "Outcome": Outcome,
    }
    status = 200 if refused is None else status_of(refused)
    return rendering.page("access/import.html", visitor, request, values, status=status)


@router.get("/drivers/imported")
async def imported_page(request: Request, visitor: Writes, new: int = 0, changed: int = 0, pins: int = 0) -> Response:
    values = {"new": new, "changed": changed, "pins": pins}
    return rendering.page("access/imported.html", visitor, request, values)


@router.post("/drivers/made-pins.csv")
async def made_pins(request: Request, visitor: Writes) -> Response:
    """Once: afterwards nobody knows them but whoever has the file."""
    desk: Desk = desk_of(request)
    made: bytes | None = once_of(request).take(visitor, MADE, desk.clock.now())
    if made is None:
        raise Refused("driver.pins_gone")
    return csv_file(made, "pins.csv")


def csv_file(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
