"""Digital id tags to hand on: a driver's, and each charger's own (manual 3 and 4.4). As text, file and QR code."""

import io
from functools import partial
from typing import Annotated

import segno
from fastapi import APIRouter
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ...actions.drivers import changes
from ...actions.key_questions import ListKeys, ListSettings
from ...bus import NobodyAnswers
from ...reasons import Refused
from ...rights import Right
from ...store import chargers, links
from ...store.connection import Connection
from ...store.links import Lifecycle, LinkRow
from .. import rendering
from ..desk import Desk, desk_of
from ..policy import page
from ..visitor import Visitor
from ..words import access as words

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.DRIVERS_READ)]
OWN_TAG, KIND, FREE = "FreeChargingIdTag", "OwnTagKind", "FreeCharging"
LIVING = (Lifecycle.ACTIVE, Lifecycle.PAUSED)


class OnLink(Struct, frozen=True):
    """Under which tag a platform sees the charger's own sessions. None: the link is not here now."""

    link_id: str
    charge_box_id: str
    id_tag: str | None


class OwnTag(Struct, frozen=True, kw_only=True):
    """`id_tag` None: the charger is not here now; empty: it has none, so there is no Plug & Play."""

    charger_id: str
    name: str
    id_tag: str | None = None
    kind: str | None = None
    free: bool | None = None  # Plug & Play is on
    links: tuple[OnLink, ...] = ()


async def own_tags(desk: Desk, visitor: Visitor) -> list[OwnTag]:
    """As each charger has them now."""

    def rows(db: Connection) -> list[tuple[str, str, list[LinkRow]]]:
        account_id = visitor.actor.account_id
        found = chargers.of_account(db, account_id)
        return [(row.public_id, row.name, links.of_charger(db, row.id)) for row in found]

    return [await _own_tag(desk, visitor, *row) for row in await desk.read(rows)]


async def _own_tag(desk: Desk, visitor: Visitor, charger_id: str, name: str, known: list[LinkRow]) -> OwnTag:
    on_links = tuple([await _on_link(desk, visitor, link) for link in known if link.lifecycle in LIVING])
    try:
        told = await desk.bus.request("keys", ListSettings(actor=visitor.actor, charger_id=charger_id))
    except NobodyAnswers:
        return OwnTag(charger_id=charger_id, name=name, links=on_links)
    values = {setting.name: setting.value for setting in told}
    return OwnTag(
        charger_id=charger_id,
        name=name,
        id_tag=values.get(OWN_TAG),
        kind=values.get(KIND),
        free=values.get(FREE) == "true",
        links=on_links,
    )


async def charges_everybody(desk: Desk, visitor: Visitor, charger_id: str) -> bool:
    """Plug & Play is on, under the charger's own tag. False also while it cannot be asked."""
    try:
        told = await desk.bus.request("keys", ListSettings(actor=visitor.actor, charger_id=charger_id))
    except NobodyAnswers:
        return False
    return any(setting.name == FREE and setting.value == "true" for setting in told)


async def _on_link(desk: Desk, visitor: Visitor, link: LinkRow) -> OnLink:
    try:
        told = await desk.bus.request("keys", ListKeys(actor=visitor.actor, name=link.public_id))
    except (NobodyAnswers, Refused):  # a link without a face has no keys
        return OnLink(link.public_id, link.charge_box_id, None)
    tag = next((key.value for key in told if key.name == OWN_TAG), "")
    return OnLink(link.public_id, link.charge_box_id, tag)


@router.get("/drivers/own-tags")
async def own_tags_page(request: Request, visitor: Reads) -> Response:
    found = await own_tags(desk_of(request), visitor)
    return rendering.page("access/own_tags.html", visitor, request, {"tags": found, "words": words})


@router.get("/drivers/own-tags.txt")
async def own_tags_file(request: Request, visitor: Reads) -> Response:
    """All of them, a line each: charger, platform's name for it, tag."""
    lines = []
    for own in await own_tags(desk_of(request), visitor):
        lines.append(f"{own.name}\t\t{own.id_tag or ''}")
        lines += [f"{own.name}\t{on.charge_box_id}\t{on.id_tag or own.id_tag or ''}" for on in own.links]
    return text_file("\r\n".join([*lines, ""]), "own-id-tags.txt")


@router.get("/drivers/own-tags/{charger_id}.svg")
async def own_tag_code(request: Request, visitor: Reads, charger_id: str) -> Response:
    desk = desk_of(request)
    for own in await own_tags(desk, visitor):
        if own.charger_id == charger_id and own.id_tag:
            return code(own.id_tag)
    raise Refused("charger.unknown")


@router.get("/drivers/{driver_id}/tag.svg")
async def tag_code(request: Request, visitor: Reads, driver_id: str) -> Response:
    row = await desk_of(request).read(partial(changes.one_row, actor=visitor.actor, driver_id=driver_id))
    return code(row.id_tag)


@router.get("/drivers/{driver_id}/tag.txt")
async def tag_file(request: Request, visitor: Reads, driver_id: str) -> Response:
    """What a platform needs to know: the tag, and whose it is."""
    row = await desk_of(request).read(partial(changes.one_row, actor=visitor.actor, driver_id=driver_id))
    return text_file(visitor.speech.say(words.SHARED, name=row.name, id_tag=row.id_tag) + "\r\n", "id-tag.txt")


def code(text: str) -> Response:
    """Black on white in light and dark: that is what cameras read."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="svg", scale=6, border=3, dark="#000", light="#fff", xmldecl=False)
    return Response(out.getvalue(), media_type="image/svg+xml")


def text_file(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type="text/plain; charset=utf-8", headers=headers)
