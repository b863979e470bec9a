"""The API's setting up: how far an account is, what is missing before it can bill, what only a person knows (C1)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from ...actions import setup
from ...actions.charger_products_questions import ChooseTimeZone
from ...actions.setup_steps import progress
from ...rights import Right
from ..desk import desk_of
from ..policy import api
from ..setup import ready
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body
from .products import WhyAnswer, why

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["setting up"])
Reads = Annotated[Visitor, api(Right.CHARGERS_READ)]
Writes = Annotated[Visitor, api(Right.CHARGERS_WRITE)]
Places = Annotated[Visitor, api(Right.SITES_WRITE)]
Drivers = Annotated[Visitor, api(Right.DRIVERS_WRITE)]
SHARD = "setup"


class StepAnswer(Answer):
    step: str
    done: bool
    later: bool = Field(description="Put off by a person")


class CheckAnswer(Answer):
    what: str
    done: bool
    about: str | None = Field(description="Public id of the charger, charge point or driver")
    name: str | None
    why: WhyAnswer | None


class SetupAnswer(Answer):
    """`next`: the first step that is neither done nor put off; null: all is set up."""

    steps: list[StepAnswer]
    next: str | None
    ready_to_bill: bool
    checks: list[CheckAnswer]


class LaterBody(Body):
    later: bool = True


class HandedOverBody(Body):
    handed_over: bool = True


class TimeZoneBody(Body):
    time_zone: str = Field(max_length=100, description="IANA: Europe/Amsterdam")


@router.get("/setup")
async def one(request: Request, visitor: Reads) -> SetupAnswer:
    """The steps, derived from what is there, and the checklist with reasons."""
    desk = desk_of(request)
    now_at = await desk.read(partial(progress, actor=visitor.actor))
    checks = await ready.read(desk, visitor)
    return SetupAnswer(
        steps=[StepAnswer(step=one.step, done=one.done, later=one.later) for one in now_at.steps],
        next=now_at.next,
        ready_to_bill=all(check.done for check in checks),
        checks=[
            CheckAnswer(
                what=check.what,
                done=check.done,
                about=check.about,
                name=check.name,
                why=None if check.why is None else why(visitor, check.why),
            )
            for check in checks
        ],
    )


@router.put("/setup/steps/{step}", status_code=HTTPStatus.NO_CONTENT)
async def put_off(request: Request, visitor: Writes, step: str, body: LaterBody) -> None:
    """Only drivers and platform can wait."""
    desk = desk_of(request)
    job = partial(setup.put_off, actor=visitor.actor, step=step, now=desk.clock.now(), later=body.later)
    await desk.write(SHARD, job)


@router.put("/setup/tags/{driver_id}", status_code=HTTPStatus.NO_CONTENT)
async def hand_over(request: Request, visitor: Drivers, driver_id: str, body: HandedOverBody) -> None:
    """The platform, or whoever pays, has this driver's id tag."""
    desk = desk_of(request)
    job = partial(
        setup.hand_over, actor=visitor.actor, driver_id=driver_id, now=desk.clock.now(), done=body.handed_over
    )
    await desk.write(SHARD, job)


@router.put("/setup/time-zone", status_code=HTTPStatus.NO_CONTENT)
async def choose_time_zone(request: Request, visitor: Places, body: TimeZoneBody) -> None:
    """Days and months of the account begin there from now on."""
    question = ChooseTimeZone(actor=visitor.actor, time_zone=body.time_zone)
    await desk_of(request).bus.request("chargers", question)
