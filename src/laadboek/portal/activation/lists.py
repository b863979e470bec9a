"""The platforms of a charger as cards; one link with what was set aside; and its buttons."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import link_status
from ...actions.chargers import my_charger
from ...actions.link_questions import PauseLink, RemoveLink, ReplayLink, ResumeLink
from ...actions.links import placed
from ...reasons import Reason, Refused
from ...rights import Right
from ...store.connection import Connection
from .. import rendering
from ..desk import desk_of
from ..policy import page
from ..visitor import Visitor
from ..words import activation
from .cards import Card, card, details_of, moment, platform_name, sentence_of_error

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.CHARGERS_READ)]
Writes = Annotated[Visitor, page(Right.CHARGERS_WRITE)]
TOPIC = "links"


class Button(Struct, frozen=True):
    """What is asked for a button, and what is said of it."""

    question: type[PauseLink | ResumeLink | RemoveLink | ReplayLink]
    said: str


BUTTONS = {
    "pause": Button(PauseLink, "paused"),
    "resume": Button(ResumeLink, "resumed"),
    "remove": Button(RemoveLink, "removed"),
    "replay": Button(ReplayLink, "replayed"),
}


@router.get("/chargers/{charger_id}/platforms")
async def platforms(request: Request, visitor: Reads, charger_id: str, said: str = "", link: str = "") -> Response:
    values = await values_of(request, visitor, charger_id)
    values["said"] = _said(visitor, values["cards"], said, link)
    return rendering.page("activation/platforms.html", visitor, request, values)


@router.get("/chargers/{charger_id}/platforms/cards")
async def cards_part(request: Request, visitor: Reads, charger_id: str) -> Response:
    """The cards anew, for a page that is already there."""
    return rendering.page("activation/cards.html", visitor, request, await values_of(request, visitor, charger_id))


async def values_of(request: Request, visitor: Visitor, charger_id: str) -> dict[str, Any]:
    desk, actor = desk_of(request), visitor.actor

    def read(db: Connection) -> tuple[Any, Any]:
        return my_charger(db, actor, charger_id), details_of(db, actor, charger_id)

    charger, details = await desk.read(read)
    now = desk.clock.now()
    cards = [card(request, visitor.speech, detail, now) for detail in details]
    return {
        "charger": charger,
        "cards": cards,
        "words": activation,
        "may_write": visitor.actor.may(Right.CHARGERS_WRITE),
        "moment": partial(moment, visitor.speech, now=now),
        "error_of": partial(sentence_of_error, visitor.speech),
    }


def _said(visitor: Visitor, cards: list[Card], said: str, link: str) -> str:
    """What a button did, for a browser that came back from it."""
    name = next((one.name for one in cards if one.link.public_id == link), None)
    if said not in activation.DONE or name is None:
        return ""
    return visitor.speech.say(activation.DONE[said], name=name)


@router.get("/links/{link}")
async def one(request: Request, visitor: Reads, link: str) -> Response:
    desk = desk_of(request)
    detail = await desk.read(partial(link_status.link_detail, actor=visitor.actor, name=link))
    now = desk.clock.now()
    values = {
        "card": card(request, visitor.speech, detail, now),
        "words": activation,
        "may_write": visitor.actor.may(Right.CHARGERS_WRITE),
        "moment": partial(moment, visitor.speech, now=now),
        "reason_of": partial(reason_of, visitor),
    }
    return rendering.page("activation/link.html", visitor, request, values)


def reason_of(visitor: Visitor, error: str, description: str) -> str:
    """Ours is a code with a sentence; a platform's is shown as it came."""
    if error.startswith("link."):
        return visitor.speech.sentence(Reason(error))
    return f"{error} {description}".rstrip()


@router.get("/links/{link}/remove")
async def remove_page(request: Request, visitor: Writes, link: str) -> Response:
    """What happens to its queue, before it happens."""
    detail = await desk_of(request).read(partial(link_status.link_detail, actor=visitor.actor, name=link))
    now = desk_of(request).clock.now()
    values = {"card": card(request, visitor.speech, detail, now), "words": activation}
    return rendering.page("activation/remove.html", visitor, request, values)


@router.post("/links/{link}/{button}")
async def press(request: Request, visitor: Writes, link: str, button: str) -> Response:
    """Pause, resume, remove, replay."""
    desk = desk_of(request)
    row, charger_id = await desk.read(partial(placed, actor=visitor.actor, name=link))
    if button not in BUTTONS:
        raise Refused("button.unknown")
    await desk.bus.request(TOPIC, BUTTONS[button].question(actor=visitor.actor, name=row.public_id))
    said = BUTTONS[button].said
    if rendering.is_fragment(request):
        words = visitor.speech.say(activation.DONE[said], name=platform_name(row))
        return rendering.toast(visitor, request, words)
    address = f"/chargers/{charger_id}/platforms?said={said}&link={row.public_id}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
