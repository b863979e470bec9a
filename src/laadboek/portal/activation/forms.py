"""Connecting a charger to a platform, and changing that, in the manual's steps (4.3)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.key_questions import ChooseSettings
from ...actions.link_questions import ActivateLink, ChangeLink
from ...actions.links import CONTROL
from ...actions.presets import OTHER, OWN, presets
from ...bus import NobodyAnswers
from ...reasons import Reason, Refused
from ...rights import Right
from ...store.links import LinkRow
from .. import rendering
from ..desk import Desk, desk_of
from ..errors import status_of
from ..policy import page
from ..visitor import Visitor
from ..words import activation
from .choices import PURPOSES_OF_LIST, offered, usual
from .filled import Filled, empty, of_link, read
from .shown import FREE_CHARGING, Place, place_of_charger, place_of_link, shown

router = APIRouter(include_in_schema=False)
Writes = Annotated[Visitor, page(Right.CHARGERS_WRITE)]
TOPIC = "links"
INVALID = 422


@router.get("/chargers/{charger_id}/platforms/new")
async def new_page(request: Request, visitor: Writes, charger_id: str, preset: str = "", purpose: str = "") -> Response:
    """First which platform, then what it needs."""
    place = await desk_of(request).read(partial(place_of_charger, actor=visitor.actor, charger_id=charger_id))
    if not preset:
        groups = {
            group: {name: one for name, one in presets().items() if one.purpose == group} for group in PURPOSES_OF_LIST
        }
        values = {"ready": place.ready, "groups": groups, "words": activation, "other": OTHER}
        return rendering.page("activation/choose.html", visitor, request, values)
    found = offered(preset)
    if found is None and preset != OTHER:
        raise Refused("preset.unknown", preset=preset)
    choice = usual(purpose or (found.purpose if found else ""), control_held=place.control is not None)
    filled = empty(preset, choice, place.ready.charge_box_id, found.uri if found else "")
    return await shown(request, visitor, place, filled)


@router.post("/chargers/{charger_id}/platforms/new")
async def new_form(request: Request, visitor: Writes, charger_id: str) -> Response:
    desk = desk_of(request)
    place = await desk.read(partial(place_of_charger, actor=visitor.actor, charger_id=charger_id))
    filled = read(await request.form(), changing=False).checked(None, consents=True)
    for why in place.ready.obstacles[:1]:
        filled = filled.refused(why)
    if not filled.form.fine:
        return await shown(request, visitor, place, filled, status=INVALID)
    question = ActivateLink(actor=visitor.actor, charger_id=charger_id, wanted=filled.change(), consent=filled.consent)
    return await _asked(request, visitor, place, filled, question)


@router.get("/links/{link}/change")
async def change_page(request: Request, visitor: Writes, link: str) -> Response:
    place = await desk_of(request).read(partial(place_of_link, actor=visitor.actor, name=link))
    assert place.link is not None
    return await shown(request, visitor, place, of_link(place.link))


@router.post("/links/{link}/change")
async def change_form(request: Request, visitor: Writes, link: str) -> Response:
    desk = desk_of(request)
    place = await desk.read(partial(place_of_link, actor=visitor.actor, name=link))
    assert place.link is not None
    filled = _kept(read(await request.form(), changing=True), place.link).checked(place.link, consents=False)
    if not filled.form.fine:
        return await shown(request, visitor, place, filled, status=INVALID)
    question = ChangeLink(actor=visitor.actor, name=place.link.public_id, wanted=filled.change())
    return await _asked(request, visitor, place, filled, question)


def _kept(filled: Filled, link: LinkRow) -> Filled:
    """Of a link to our own platform address and key stay as they were made."""
    return filled.with_value("preset", OWN) if link.preset == OWN else filled


async def _asked(
    request: Request, visitor: Visitor, place: Place, filled: Filled, question: ActivateLink | ChangeLink
) -> Response:
    desk = desk_of(request)
    try:
        row: LinkRow = await desk.bus.request(TOPIC, question)
        await _guests(desk, visitor, place, filled)
    except Refused as refused:
        again, status = filled.refused(refused.reason), status_of(refused.reason)
        return await shown(request, visitor, place, again, status=status)
    except NobodyAnswers:
        return await shown(request, visitor, place, filled.refused(Reason("charger.away")), status=503)
    said = "added" if place.link is None else "changed" if row.public_id == place.link.public_id else "moved"
    address = f"/chargers/{place.ready.charger_id}/platforms?said={said}&link={row.public_id}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


async def _guests(desk: Desk, visitor: Visitor, place: Place, filled: Filled) -> None:
    """Whom a platform lets in is only asked where not everybody may charge (RULES §3: QR guests)."""
    if filled.ticked("guests") and filled.form.value("role") == CONTROL:
        values = {FREE_CHARGING: "false"}
        question = ChooseSettings(actor=visitor.actor, charger_id=place.ready.charger_id, values=values)
        await desk.bus.request("keys", question)


@router.get("/platforms/terms")
async def terms(request: Request, visitor: Annotated[Visitor, page(None)]) -> Response:
    """What is accepted with a platform."""
    return rendering.page("activation/terms.html", visitor, request)
