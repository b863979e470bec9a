"""The API of what a car shall get: mode, boosts, and what a visit is for. What comes of it shows in `…/live`."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from ...actions import energy_wishes
from ...facts import Mode
from ...live import ChooseMode
from ...rights import Right
from ..desk import desk_of
from ..now.wishes import asked, unlocked
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Body

router = APIRouter(prefix="/api/v1/chargers/{charger_id}", responses=PROBLEMS, tags=["charging"])
Writes = Annotated[Visitor, api(Right.NOW_CONTROL)]
READY_BY = "The next time that clocks there show this (07:00), or an instant with its offset"


class ModeBody(Body):
    mode: Mode


class BoostBody(Body):
    energy_wh: int = Field(description="So much more, at full power in Eco and Eco+; 0 ends a boost")
    ready_by: str | None = Field(None, description=f"{READY_BY}; left out: now")


class GoalBody(Body):
    """What is left out is as by default: what the driver usually takes, by the usual time."""

    energy_wh: int | None = Field(None, description="From the start of the session on")
    ready_by: str | None = Field(None, description=READY_BY)


@router.post("/mode", status_code=HTTPStatus.ACCEPTED)
async def choose_mode(request: Request, visitor: Writes, charger_id: str, body: ModeBody) -> None:
    """Until the car is unplugged. Not everybody may: the charger says on its display what it did."""
    await asked(desk_of(request), visitor, charger_id, "mode", ChooseMode(body.mode))


@router.post("/unlock", status_code=HTTPStatus.ACCEPTED)
async def unlock(request: Request, visitor: Writes, charger_id: str) -> None:
    """The PIN pad takes PINs again after too many wrong ones, and the lock is open until a car comes or goes."""
    await unlocked(desk_of(request), visitor, charger_id)


@router.post("/boost", status_code=HTTPStatus.ACCEPTED)
async def boost(request: Request, visitor: Writes, charger_id: str, body: BoostBody) -> None:
    """A boost never starts a session: it waits for one of this visit."""
    desk = desk_of(request)
    wish = energy_wishes.boost(body.energy_wh, body.ready_by, desk.clock.now(), visitor.actor.time_zone)
    await asked(desk, visitor, charger_id, "boost", wish)


@router.post("/goal", status_code=HTTPStatus.ACCEPTED)
async def choose_goal(request: Request, visitor: Writes, charger_id: str, body: GoalBody) -> None:
    """What the plan of this visit is made for."""
    desk = desk_of(request)
    wish = energy_wishes.goal(body.energy_wh, body.ready_by, desk.clock.now(), visitor.actor.time_zone)
    await asked(desk, visitor, charger_id, "goal", wish)
