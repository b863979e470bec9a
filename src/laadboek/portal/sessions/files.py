"""The files of the shown period and filter: two kinds of CSV, workbook, PDF, and the one that is signed."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ...actions.exports import signed
from ...actions.exports.csv_rows import Dialect
from ...actions.exports.signed import SignExport
from ...energy import zones
from ...reasons import Refused
from ...rights import Right
from ..desk import desk_of
from ..policy import page
from ..visitor import Visitor
from . import making, statement
from .address import Asked, asked, wanted_of

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.SESSIONS_READ, Right.BUSINESS_READ)]
Query = Annotated[Asked, Depends(asked)]
TOPIC = "exports"
# A browser may show what it was told to keep; files hold money and names.
UNKEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def answer(request: Request, visitor: Visitor, query: Asked, format: str) -> Response:
    """The file as a download. CSV leaves as it is read, so that no length of it matters."""
    desk, speech, actor = desk_of(request), visitor.speech, visitor.actor
    wanted = wanted_of(desk, visitor, query)
    period = zones.period(wanted.span, wanted.day, actor.time_zone)
    covered = making.covered_by(period, wanted.choice)
    name = statement.file_name(speech, period, format)
    headers = {**UNKEPT, "Content-Disposition": f'attachment; filename="{name}"'}
    media = statement.MEDIA[format]
    if format in making.DIALECTS:
        reader = statement.reader_of(speech, making.DIALECTS[format])
        parts = making.csv_parts(desk.read, actor, covered, reader)
        return StreamingResponse(parts, media_type=media, headers=headers)
    if format == "signed":
        prepared: dict[str, Any] = await desk.read(
            partial(signed.prepared, actor=actor, covered=covered, now=desk.clock.now())
        )
        content: bytes = await desk.bus.request(TOPIC, SignExport(prepared))
    else:
        content = await making.made(desk.read, actor, covered, period, format, speech, desk.clock.now())
    return Response(content, media_type=media, headers=headers)


@router.get("/sessions.csv")
async def csv(request: Request, visitor: Reads, query: Query, dialect: str = Dialect.BOOKKEEPER) -> Response:
    formats = {Dialect.BOOKKEEPER: "csv", Dialect.MACHINE: "machine_csv"}
    if dialect not in list(Dialect):
        raise Refused("dialect.unknown", dialect=dialect)
    return await answer(request, visitor, query, formats[Dialect(dialect)])


@router.get("/sessions.xlsx")
async def xlsx(request: Request, visitor: Reads, query: Query) -> Response:
    return await answer(request, visitor, query, "xlsx")


@router.get("/sessions.pdf")
async def pdf(request: Request, visitor: Reads, query: Query) -> Response:
    return await answer(request, visitor, query, "pdf")


@router.get("/sessions.json")
async def json(request: Request, visitor: Reads, query: Query) -> Response:
    return await answer(request, visitor, query, "signed")
