"""One session: its quarter-hours, its evidence, who changed it, where it shows; and its odometer (C6, E3)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import sessions
from ...actions.scope import visible
from ...actions.session_story import Story, story
from ...actions.sessions import WriteOdometer
from ...energy import zones
from ...reasons import Reason, Refused
from ...rights import Right
from .. import forms, rendering
from ..desk import desk_of
from ..policy import page
from ..visitor import Visitor
from ..words import accounting
from . import statement
from .address import Asked, Links, asked, wanted_of

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.SESSIONS_READ, Right.BUSINESS_READ)]
Writes = Annotated[Visitor, page(Right.SESSIONS_WRITE)]
Query = Annotated[Asked, Depends(asked)]
Text = Annotated[str, Form(max_length=100)]
FIELD = "odometer_km"
MAY_BE_RIGHT = {"odometer.lower", "odometer.higher"}


@router.get("/sessions/{session_id}")
async def session_page(request: Request, visitor: Reads, session_id: str, query: Query) -> Response:
    return await shown(request, visitor, session_id, query)


@router.post("/sessions/{session_id}/odometer")
async def odometer_form(
    request: Request, visitor: Writes, session_id: str, odometer_km: Text = "", sure: Text = ""
) -> Response:
    """What does not fit is asked about once more, beside the field."""
    desk = desk_of(request)
    before = await desk.read(partial(sessions.one_session, actor=visitor.actor, session_id=session_id))
    try:
        change = WriteOdometer(session_id=session_id, odometer_km=kilometres(odometer_km), sure=sure == "yes")
        written = partial(sessions.write_odometer, actor=visitor.actor, change=change, now=desk.clock.now())
        await desk.write(before.charger_id, written)
    except Refused as refused:
        form = forms.Form({FIELD: odometer_km}).refused(refused, {refused.reason.code: FIELD})
        return await shown(request, visitor, session_id, Asked(), form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return RedirectResponse(f"/sessions/{session_id}#odometer", HTTPStatus.SEE_OTHER)


def kilometres(text: str) -> int | None:
    """As people write them: 41.200, 41 200. Empty: none."""
    digits = "".join(char for char in text if not char.isspace() and char not in ".,'’")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 12:
        raise Refused("odometer.bad_value", most_km=sessions.ODOMETER_MAX_KM)
    return int(digits)


async def shown(
    request: Request,
    visitor: Visitor,
    session_id: str,
    query: Asked,
    form: forms.Form | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    desk, speech = desk_of(request), visitor.speech
    found: Story = await desk.read(partial(story, actor=visitor.actor, session_id=session_id))
    wanted = wanted_of(desk, visitor, query)
    if query.date is None:
        local_day = speech.local_date(found.session.started_at)
        wanted = wanted_of(desk, visitor, Asked(period=query.period, date=local_day.isoformat()))
    period = zones.period(wanted.span, wanted.day, visitor.actor.time_zone)
    km = found.session.odometer_km
    problem: Reason | None = None if form is None else form.problem(FIELD)
    values = {
        "story": found,
        "session": found.session,
        "links": Links(wanted, period, speech.time_zone, speech.local_date(desk.clock.now())),
        "form": form or forms.Form({FIELD: "" if km is None else str(km)}),
        "doubted": problem is not None and problem.code in MAY_BE_RIGHT,
        "home": visible(visitor.actor).home,
        "may_change": visitor.actor.may(Right.SESSIONS_WRITE),
        "flagged": partial(statement.flag_sentence, speech),
        "accounting": accounting,
    }
    return rendering.page("sessions/session.html", visitor, request, values, status=status)
