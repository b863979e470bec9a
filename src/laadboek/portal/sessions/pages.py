"""Charging sessions of a period: the list with its totals and its chart, and the kind of each (manual 5)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import sessions
from ...actions.scope import visible
from ...actions.sessions import ChangeKind, SessionList, Wanted
from ...energy.zones import Span
from ...rights import Right
from .. import rendering
from ..desk import Desk, desk_of
from ..policy import page
from ..visitor import Visitor
from ..words import texts
from . import statement
from .address import Asked, Links, address, asked, kind_of, wanted_of
from .chart import chart_of

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.SESSIONS_READ, Right.BUSINESS_READ)]
Writes = Annotated[Visitor, page(Right.SESSIONS_WRITE)]
Query = Annotated[Asked, Depends(asked)]
Text = Annotated[str, Form(max_length=100)]


async def listed(desk: Desk, visitor: Visitor, wanted: Wanted) -> SessionList:
    return await desk.read(partial(sessions.list_sessions, actor=visitor.actor, wanted=wanted))


def values_of(desk: Desk, visitor: Visitor, found: SessionList) -> dict[str, object]:
    """What the template of the list needs."""
    speech = visitor.speech
    return {
        "found": found,
        "links": Links(found.wanted, found.period, speech.time_zone, speech.local_date(desk.clock.now())),
        "chart": chart_of(found.period, found.slots, found.sums, speech),
        "home": visible(visitor.actor).home,
        "flagged": partial(statement.flag_sentence, speech),
    }


@router.get("/sessions")
async def sessions_page(request: Request, visitor: Reads, query: Query) -> Response:
    desk = desk_of(request)
    found = await listed(desk, visitor, wanted_of(desk, visitor, query))
    return rendering.page("sessions/sessions.html", visitor, request, values_of(desk, visitor, found))


@router.post("/sessions/{session_id}/kind")
async def kind_form(
    request: Request,
    visitor: Writes,
    session_id: str,
    kind: Text,
    period: Text = Span.DAY,
    date: Text = "",
    filter: Text = "",
    driver: Text = "",
    charger: Text = "",
    place: Text = "",
) -> Response:
    """Change it, and answer with the list the button was on; `place`: or with the session's own page."""
    desk, chosen = desk_of(request), ChangeKind(session_id, kind_of(kind))
    back = Asked(period=period, date=date, kind=filter or None, driver=driver or None, charger=charger or None)
    wanted = wanted_of(desk, visitor, back)
    before = await desk.read(partial(sessions.one_session, actor=visitor.actor, session_id=session_id))
    change = partial(sessions.change_kind, actor=visitor.actor, change=chosen, now=desk.clock.now())
    await desk.write(before.charger_id, change)
    if place == "session":
        return RedirectResponse(address(f"/sessions/{session_id}", wanted), HTTPStatus.SEE_OTHER)
    if not rendering.is_fragment(request):
        return RedirectResponse(address("/sessions", wanted), HTTPStatus.SEE_OTHER)
    values = values_of(desk, visitor, await listed(desk, visitor, replace(wanted, after=None)))
    said = visitor.speech.say(texts.DONE["kind"], kind=visitor.speech.word(texts.KINDS, chosen.kind))
    return rendering.page("sessions/sessions_changed.html", visitor, request, {**values, "said": said})
