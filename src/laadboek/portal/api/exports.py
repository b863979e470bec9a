"""The API's scheduled files (E3, C10)."""

from datetime import date, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, SecretStr
from starlette.requests import Request

from ...actions.exports import schedules as actions
from ...actions.exports.schedules import AddSchedule, RemoveSchedule, SendNow, SwitchSchedule
from ...facts import Kind
from ...reasons import Reason
from ...rights import Right
from ...store.export_schedules import Schedule
from ..desk import desk_of
from ..policy import api
from ..sessions.exports_page import asked, place_of
from ..sessions.files import TOPIC
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["sessions"])
Reads = Annotated[Visitor, api(Right.SESSIONS_READ)]
Writes = Annotated[Visitor, api(Right.SESSIONS_WRITE)]


class NewScheduleBody(Body):
    kind: Literal["email", "folder", "http"]
    address: str = Field(description="An e-mail address, a folder name below the opened one, or an https address")
    secret: SecretStr | None = Field(None, description="Files to a web address are signed with it. Shown nowhere")
    every: Literal["day", "week", "month"] = Field("month", description="The period before is sent")
    format: Literal["csv", "machine_csv", "xlsx", "pdf", "signed"] = "csv"
    only_kind: Kind | None = Field(None, description="Left out: both")
    language: Literal["nl", "en", "fr", "de"] | None = Field(None, description="Left out: the account's")
    hour: int = Field(6, ge=0, le=23, description="Of the local day after the period")


class ScheduleChangeBody(Body):
    enabled: bool


class ScheduleAnswer(Answer):
    id: str
    kind: str
    address: str | None = Field(
        description="Of a web address the server alone: the rest may be a secret. null without sessions:write"
    )
    signed: bool = Field(description="A web address has a secret to sign with")
    every: str
    format: str
    only_kind: Kind | None
    language: str
    hour: int
    enabled: bool
    due_for: date = Field(description="The first day of the period that is sent next")
    next_at: datetime
    tries: int = Field(description="Of the file that is due")
    sent_at: datetime | None = Field(description="When the last one arrived")
    sent_for: date | None
    error: str | None = Field(
        description="Why the last try failed, in the reader's language. null without sessions:write"
    )


class SchedulesAnswer(Answer):
    schedules: list[ScheduleAnswer]


@router.get("/exports", summary="Scheduled files")
async def listed(request: Request, visitor: Reads) -> SchedulesAnswer:
    """What is sent where, and whether it arrived."""
    found = await desk_of(request).read(partial(actions.list_schedules, actor=visitor.actor))
    return SchedulesAnswer(schedules=[answer(visitor, one) for one in found])


@router.post("/exports", status_code=HTTPStatus.CREATED, summary="Have files sent by themselves")
async def add(request: Request, visitor: Writes, body: NewScheduleBody) -> ScheduleAnswer:
    """The period that runs now is the first that is sent. What could never be sent is refused."""
    wanted = AddSchedule(
        actor=visitor.actor,
        kind=body.kind,
        address=body.address,
        secret=None if body.secret is None else body.secret.get_secret_value(),
        every=body.every,
        format=body.format,
        only_kind=body.only_kind,
        language=body.language,
        hour=body.hour,
    )
    return answer(visitor, await desk_of(request).bus.request(TOPIC, wanted))


@router.patch("/exports/{schedule_id}", summary="Switch a scheduled file off or on")
async def switch(request: Request, visitor: Writes, schedule_id: str, body: ScheduleChangeBody) -> ScheduleAnswer:
    """Periods that passed while it was off are not sent afterwards."""
    question = SwitchSchedule(actor=visitor.actor, schedule_id=schedule_id, enabled=body.enabled)
    return answer(visitor, await asked(request, question))


@router.post("/exports/{schedule_id}/send", summary="Send a file now")
async def send(request: Request, visitor: Writes, schedule_id: str) -> ScheduleAnswer:
    """The one that is due or, if none is, the last one again. `error` says whether it arrived."""
    return answer(visitor, await asked(request, SendNow(actor=visitor.actor, schedule_id=schedule_id)))


@router.delete("/exports/{schedule_id}", summary="Remove a scheduled file")
async def remove(request: Request, visitor: Writes, schedule_id: str) -> ScheduleAnswer:
    """Nothing more is sent."""
    return answer(visitor, await asked(request, RemoveSchedule(actor=visitor.actor, schedule_id=schedule_id)))


def answer(visitor: Visitor, schedule: Schedule) -> ScheduleAnswer:
    sees = visitor.actor.may(Right.SESSIONS_WRITE)
    return ScheduleAnswer(
        id=schedule.public_id,
        kind=schedule.kind,
        address=place_of(schedule) if sees else None,
        signed=schedule.secret is not None,
        every=schedule.every,
        format=schedule.format,
        only_kind=schedule.only_kind,
        language=schedule.language,
        hour=schedule.hour,
        enabled=schedule.enabled,
        due_for=schedule.due_for,
        next_at=schedule.next_at,
        tries=schedule.tries,
        sent_at=schedule.sent_at,
        sent_for=schedule.sent_for,
        error=None if schedule.error is None or not sees else visitor.speech.sentence(Reason(schedule.error)),
    )
