"""Test first: each stage is shown as it passes; nothing is connected, nothing is kept (C4)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from ...actions.link_test_questions import TOPIC, LinkTestReport, TryLink, topic_of
from ...bus import Bus, NobodyAnswers
from ...reasons import Reason, Refused
from ...rights import Right
from .. import rendering
from ..desk import desk_of
from ..policy import page
from ..visitor import Visitor
from ..words import activation
from .filled import Filled, read
from .shown import Place, place_of_charger, place_of_link, shown

router = APIRouter(include_in_schema=False)
Writes = Annotated[Visitor, page(Right.CHARGERS_WRITE)]
Drawn = Callable[[LinkTestReport | Reason], str]


@router.post("/chargers/{charger_id}/platforms/test")
async def new_test(request: Request, visitor: Writes, charger_id: str) -> Response:
    place = await desk_of(request).read(partial(place_of_charger, actor=visitor.actor, charger_id=charger_id))
    return await _tried(request, visitor, place)


@router.post("/links/{link}/test")
async def change_test(request: Request, visitor: Writes, link: str) -> Response:
    """With the key that is kept, unless another was typed."""
    place = await desk_of(request).read(partial(place_of_link, actor=visitor.actor, name=link))
    return await _tried(request, visitor, place)


async def _tried(request: Request, visitor: Visitor, place: Place) -> Response:
    desk = desk_of(request)
    filled = read(await request.form(), changing=place.link is not None).checked(place.link, consents=False)
    fragment = rendering.is_fragment(request)
    if not filled.form.fine:
        if fragment:
            return rendering.page("activation/trial.html", visitor, request, _values(None, None, filled))
        return await shown(request, visitor, place, filled, status=422)
    question = question_of(visitor, place, filled, desk.ids.public("try"))
    if fragment:

        def drawn(found: LinkTestReport | Reason) -> str:
            report, refused = (found, None) if isinstance(found, LinkTestReport) else (None, found)
            return rendering.render("activation/trial.html", visitor, request, _values(report, refused, None))

        return EventSourceResponse(stages(desk.bus, question, drawn))
    try:
        report = await desk.bus.request(TOPIC, question)
    except Refused as refused:
        return await shown(request, visitor, place, filled, refused=refused.reason)
    return await shown(request, visitor, place, filled, report=report)


def _values(report: LinkTestReport | None, refused: Reason | None, filled: Filled | None) -> dict[str, Any]:
    problems = [] if filled is None else list(filled.form.problems.values())
    return {"report": report, "refused": refused, "problems": problems, "words": activation}


def question_of(visitor: Visitor, place: Place, filled: Filled, test_id: str) -> TryLink:
    change = filled.change()
    return TryLink(
        actor=visitor.actor,
        test_id=test_id,
        charger_id=place.ready.charger_id,
        link=None if place.link is None else place.link.public_id,
        backend_uri=change.backend_uri,
        charge_box_id=change.charge_box_id,
        user_name=change.user_name,
        key=change.key,
        require_subprotocol=change.require_subprotocol,
        roots=change.roots,
    )


async def stages(bus: Bus, question: TryLink, drawn: Drawn) -> AsyncIterator[dict[str, str]]:
    """The report as it grows. Whoever leaves the page ends the test."""
    subscription = bus.subscribe(topic_of(question.test_id))
    test = asyncio.ensure_future(bus.request(TOPIC, question))
    try:
        while not test.done():
            told = asyncio.ensure_future(subscription.next())
            await asyncio.wait({test, told}, return_when=asyncio.FIRST_COMPLETED)
            if told.done():
                yield {"data": drawn(told.result())}
            else:
                told.cancel()
        yield {"data": drawn(_outcome(test))}
    finally:
        subscription.close()
        test.cancel()


def _outcome(test: "asyncio.Future[LinkTestReport]") -> LinkTestReport | Reason:
    try:
        return test.result()
    except Refused as refused:
        return refused.reason
    except NobodyAnswers:
        return Reason("charger.away")
