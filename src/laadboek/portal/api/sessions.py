"""The API's charging sessions: lists in pages, one with its evidence, its kind and odometer, files (C10)."""

from datetime import date as Date
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from fastapi import Query as Asks
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from ...actions import sessions as actions
from ...actions.chargers import my_charger
from ...actions.scope import visible
from ...actions.session_story import Story, story
from ...actions.sessions import ChangeKind, SessionList, WriteOdometer
from ...facts import Kind, Mode
from ...live import LiveCharger
from ...reasons import Refused
from ...rights import Right
from ...store.session_queries import SessionRow
from ..desk import desk_of
from ..now.wishes import live_topic
from ..policy import api
from ..sessions import files
from ..sessions.address import Asked, asked, cursor_text, wanted_of
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body
from .paging import Limit

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["sessions"])
Reads = Annotated[Visitor, api(Right.SESSIONS_READ, Right.BUSINESS_READ)]
Writes = Annotated[Visitor, api(Right.SESSIONS_WRITE)]
Watches = Annotated[Visitor, api(Right.NOW_READ)]
LIVE: dict[int | str, dict[str, Any]] = {
    200: {"description": "W, mA, Wh, and why", "content": {"application/json": {"schema": {"type": "object"}}}}
}
Query = Annotated[Asked, Depends(asked)]


class FileFormat(StrEnum):
    CSV = "csv"
    MACHINE_CSV = "machine_csv"
    XLSX = "xlsx"
    PDF = "pdf"
    SIGNED = "signed"


class SessionAnswer(Answer):
    session_id: str
    charger_id: str
    charger_name: str
    connector_id: int
    driver_id: str | None
    driver_name: str | None
    id_tag: str
    kind: Kind
    mode: Mode
    started_at: datetime
    ended_at: datetime | None = Field(description="null while it runs")
    start_register_wh: int
    end_register_wh: int | None
    energy_wh: int | None
    reason: str | None = Field(description="Why it ended (OCPP 1.6 §7.37)")
    hosted: bool = Field(description="false: of a foreign charge point; who charged is known by id tag only")
    sun_wh: int | None = Field(description="Of its energy, from the own roof; null: nobody measured")
    cost_micro: int | None = Field(description="Millionths of `currency`; null: no price was known when it ended")
    currency: str | None = Field(description="ISO 4217")
    odometer_km: int | None
    flags: list[str] = Field(description="What is odd about it: docs/sessions-csv.md")


class CostAnswer(Answer):
    currency: str
    cost_micro: int


class SessionsAnswer(Answer):
    """Sessions that started on the local days from `first` up to but without `until`, oldest first. Energy in Wh."""

    first: Date
    until: Date
    time_zone: str
    business_wh: int
    private_wh: int
    sun_wh: int = Field(description="Of `measured_wh`, from the own roof")
    measured_wh: int = Field(description="The energy of those whose sun was measured")
    costs: list[CostAnswer]
    unpriced: int = Field(description="How many have no known cost")
    count: int = Field(description="Of all that ended, on every page")
    running: int
    sessions: list[SessionAnswer]
    next: str | None = Field(description="`after` of the next page; null on the last")


class QuarterAnswer(Answer):
    starts_at: datetime
    energy_wh: int
    sun_wh: int | None


class EntryAnswer(Answer):
    entry: str = Field(description="session, correction, kind, odometer")
    chain: str
    seq: int
    hash: str
    at: datetime
    by: str | None
    before: str | None
    after: str | None
    why: str | None


class ImageAnswer(Answer):
    link_id: str
    charge_box_id: str
    id_tag: str
    transaction_id: int | None
    energy_wh: int | None
    state: str


class StoryAnswer(Answer):
    """One session with its quarter-hours, its ledger entries, and where it shows."""

    session: SessionAnswer
    quarters: list[QuarterAnswer]
    entries: list[EntryAnswer]
    images: list[ImageAnswer]


class KindBody(Body):
    kind: Kind


class OdometerBody(Body):
    odometer_km: int | None = Field(description="What it showed; null takes it away")
    sure: bool = Field(False, description="Although it does not fit the driver's readings before and after")


@router.get("/sessions", summary="Charging sessions of a period")
async def listed(request: Request, visitor: Reads, query: Query, limit: Limit = 1000) -> SessionsAnswer:
    """The totals are of the whole period, whatever the page. An employer sees business sessions of agreed drivers."""
    desk = desk_of(request)
    wanted = wanted_of(desk, visitor, query)
    found: SessionList = await desk.read(
        partial(actions.list_sessions, actor=visitor.actor, wanted=wanted, limit=limit, newest_first=False)
    )
    totals = found.totals
    return SessionsAnswer(
        first=found.period.first,
        until=found.period.until,
        time_zone=visitor.actor.time_zone,
        business_wh=totals.business_wh,
        private_wh=totals.private_wh,
        sun_wh=totals.sun_wh,
        measured_wh=totals.measured_wh,
        costs=[CostAnswer(currency=currency, cost_micro=micro) for currency, micro in totals.costs_micro],
        unpriced=totals.unpriced if visible(visitor.actor).home else 0,
        count=totals.count,
        running=totals.running,
        sessions=[answer(one) for one in found.sessions],
        next=None if found.following is None else cursor_text(found.following),
    )


@router.get(
    "/sessions/file",
    summary="A file of a period's sessions",
    response_class=Response,
    responses={200: {"description": "The file", "content": {"application/octet-stream": {}}}},
)
async def file(
    request: Request,
    visitor: Reads,
    query: Query,
    format: Annotated[FileFormat, Asks(description="For whom it is")] = FileFormat.MACHINE_CSV,
) -> Response:
    """`csv` is for spreadsheets in the reader's language, `machine_csv` for programs. Columns: docs/sessions-csv.md."""
    return await files.answer(request, visitor, query, format.value)


@router.get("/sessions/{session_id}", summary="One session with its evidence")
async def one(request: Request, visitor: Reads, session_id: str) -> StoryAnswer:
    """Chain, number and hash of each ledger entry: docs/ledger-format.md."""
    found: Story = await desk_of(request).read(partial(story, actor=visitor.actor, session_id=session_id))
    return StoryAnswer(
        session=answer(found.session),
        quarters=[QuarterAnswer(**msgspec.structs.asdict(part)) for part in found.quarters],
        entries=[EntryAnswer(**msgspec.structs.asdict(entry)) for entry in found.entries],
        images=[ImageAnswer(**msgspec.structs.asdict(image)) for image in found.images],
    )


@router.put("/sessions/{session_id}/kind", summary="Make a session business or private")
async def kind(request: Request, visitor: Writes, session_id: str, body: KindBody) -> SessionAnswer:
    """A new ledger entry; nothing is sent again to any platform."""
    change = partial(actions.change_kind, change=ChangeKind(session_id, body.kind))
    return await changed(request, visitor, session_id, change)


@router.put("/sessions/{session_id}/odometer", summary="Write down an odometer reading")
async def odometer(request: Request, visitor: Writes, session_id: str, body: OdometerBody) -> SessionAnswer:
    """Of a business session. Lower than the driver's reading before it: 409, unless `sure`."""
    change = WriteOdometer(session_id=session_id, odometer_km=body.odometer_km, sure=body.sure)
    return await changed(request, visitor, session_id, partial(actions.write_odometer, change=change))


@router.get("/chargers/{charger_id}/live", summary="What one charger does now", responses=LIVE)
async def live(request: Request, visitor: Watches, charger_id: str) -> Response:
    """W, mA, Wh, and why."""
    desk = desk_of(request)
    await desk.read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))
    value: LiveCharger | None = desk.bus.latest(live_topic(charger_id))
    if value is None:
        raise Refused("charger.no_live_value")
    return Response(msgspec.json.encode(value), media_type="application/json")


async def changed(request: Request, visitor: Visitor, session_id: str, change: "partial[SessionRow]") -> SessionAnswer:
    desk = desk_of(request)
    before = await desk.read(partial(actions.one_session, actor=visitor.actor, session_id=session_id))
    job = partial(change, actor=visitor.actor, now=desk.clock.now())
    return answer(await desk.write(before.charger_id, job))


def answer(row: SessionRow) -> SessionAnswer:
    return SessionAnswer(**{**msgspec.structs.asdict(row), "flags": list(row.flags)})
