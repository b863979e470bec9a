"""Where chargers stand: address, contract and fuse, sun and meter, who stands behind which fuse (C2)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import charger_products, sites
from ...actions.charger_products import Product
from ...actions.prices import FROM_FILE, Imported
from ...actions.site_questions import ImportPrices, PlaceCharger, RemoveSite
from ...actions.sites import ROTATIONS, Standing
from ...energy import zones
from ...reasons import Refused
from ...rights import Right
from ...site.config import Member
from ...store.connection import Connection
from ...store.sites import SiteRow
from ..desk import desk_of
from ..errors import status_of
from ..policy import page
from ..visitor import Visitor
from ..words import setup as words
from . import site_parts, summary
from .drawing import draw
from .parts import PARTS
from .typed import Reading, file_of, typed

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.SITES_READ)]
Writes = Annotated[Visitor, page(Right.SITES_WRITE)]


@router.get("/location")
async def first_location(request: Request, visitor: Reads) -> Response:
    """The only one at once; several to choose from; none: the form of the first."""
    found = await desk_of(request).read(partial(sites.my_sites, actor=visitor.actor))
    if len(found) == 1:
        return RedirectResponse(f"/sites/{found[0].public_id}", HTTPStatus.SEE_OTHER)
    if not found and visitor.actor.may(Right.SITES_WRITE):
        return RedirectResponse("/location/new", HTTPStatus.SEE_OTHER)
    return draw("locations.html", visitor, request, {"sites": found})


@router.get("/location/new")
async def new_location(request: Request, visitor: Writes) -> Response:
    return part_page(request, visitor, "address", None)


@router.post("/location/new")
async def add_location(request: Request, visitor: Writes) -> Response:
    return await part_saved(request, visitor, "address", None)


@router.get("/sites/{site_id}")
async def one_location(request: Request, visitor: Reads, site_id: str) -> Response:
    return await shown(request, visitor, await mine(request, visitor, site_id))


@router.post("/sites/{site_id}/prices")
async def import_prices(request: Request, visitor: Writes, site_id: str) -> Response:
    """A file of prices, for a location whose prices come from one."""
    site = await mine(request, visitor, site_id)
    wish = ImportPrices(actor=visitor.actor, site_id=site.public_id, text=await file_of(request, "file"))
    done: Imported = await desk_of(request).bus.request(site_parts.TOPIC, wish)
    return await shown(request, visitor, site, imported=done)


@router.get("/sites/{site_id}/remove")
async def ask_to_remove(request: Request, visitor: Writes, site_id: str) -> Response:
    return draw("remove_site.html", visitor, request, {"site": await mine(request, visitor, site_id), "why": None})


@router.post("/sites/{site_id}/remove")
async def remove(request: Request, visitor: Writes, site_id: str) -> Response:
    """Back to asking, with the reason, while a charger stands there."""
    site = await mine(request, visitor, site_id)
    try:
        await desk_of(request).bus.request(site_parts.TOPIC, RemoveSite(actor=visitor.actor, site_id=site_id))
    except Refused as refused:
        values = {"site": site, "why": refused.reason}
        return draw("remove_site.html", visitor, request, values, status=status_of(refused.reason))
    return RedirectResponse("/chargers", HTTPStatus.SEE_OTHER)


@router.get("/sites/{site_id}/{part}")
async def one_part(request: Request, visitor: Writes, site_id: str, part: str) -> Response:
    return part_page(request, visitor, part, await mine(request, visitor, site_id))


@router.post("/sites/{site_id}/{part}")
async def save_part(request: Request, visitor: Writes, site_id: str, part: str) -> Response:
    return await part_saved(request, visitor, part, await mine(request, visitor, site_id))


@router.post("/sites/{site_id}/chargers/{charger_id}")
async def place_charger(request: Request, visitor: Writes, site_id: str, charger_id: str) -> Response:
    """Behind which fuse it hangs, on which phases, and who comes first."""
    site = await mine(request, visitor, site_id)
    await desk_of(request).read(partial(charger_products.product, actor=visitor.actor, charger_id=charger_id))
    reading = Reading(await typed(request, ("circuit_id", "rotation", "priority")))
    priority = reading.number("priority")
    if not reading.form.fine:
        raise Refused("form.bad_number", given=reading.text("priority")[:20])
    wanted = Standing(
        site_id=site.public_id,
        circuit_id=reading.text("circuit_id"),
        rotation=reading.text("rotation"),
        priority=priority or 0,
    )
    await desk_of(request).bus.request("sites", PlaceCharger(actor=visitor.actor, charger_id=charger_id, wanted=wanted))
    return RedirectResponse(f"/sites/{site.public_id}", HTTPStatus.SEE_OTHER)


# --- parts ---


async def shown(request: Request, visitor: Visitor, site: SiteRow, imported: Imported | None = None) -> Response:
    """All of a location. `imported`: what a file that was just sent held."""
    desk, speech = desk_of(request), visitor.speech

    def read(db: Connection) -> tuple[list[Product], bool]:
        here = [one for one in charger_products.products(db, visitor.actor) if one.site_id == site.public_id]
        return here, len(sites.my_sites(db, visitor.actor)) > 1

    here, several = await desk.read(read)
    today = zones.local_day(desk.clock.now(), visitor.actor.time_zone)
    members = {one.charger_id: one for one in site.config.members}
    values = {
        "site": site,
        "chargers": here,
        "several": several,
        "summary": summary.of_site(site, speech, visitor.actor.time_zone, today),
        "missing": site_parts.missing(site),
        "members": {one.charger_id: members.get(one.charger_id, Member(charger_id=one.charger_id)) for one in here},
        "rotations": ROTATIONS,
        "from_file": site.config.price_source == FROM_FILE,
        "imported": imported,
    }
    return draw("location.html", visitor, request, values)


async def mine(request: Request, visitor: Visitor, site_id: str) -> SiteRow:
    found: SiteRow = await desk_of(request).read(partial(sites.one_site, actor=visitor.actor, site_id=site_id))
    return found


def part_page(request: Request, visitor: Visitor, part: str, site: SiteRow | None) -> Response:
    if part not in PARTS:
        raise Refused("page.unknown")
    today = zones.local_day(desk_of(request).clock.now(), visitor.actor.time_zone)
    asked = site_parts.asked_of(visitor, site, today)
    form = site_parts.form_of(part, asked)
    return draw("part.html", visitor, request, _values(visitor, part, site, asked, form))


async def part_saved(request: Request, visitor: Visitor, part: str, site: SiteRow | None) -> Response:
    if part not in PARTS:
        raise Refused("page.unknown")
    today = zones.local_day(desk_of(request).clock.now(), visitor.actor.time_zone)
    asked = site_parts.asked_of(visitor, site, today)
    done = await site_parts.saved(request, visitor, part, site, asked)
    if isinstance(done, str):
        return RedirectResponse(f"/sites/{done}", HTTPStatus.SEE_OTHER)
    status = max(status_of(reason) for reason in done.problems.values())
    values = _values(visitor, part, site, asked, done)
    return draw("part.html", visitor, request, values, status=status)


def _values(visitor: Visitor, part: str, site: SiteRow | None, asked: Any, form: Any) -> dict[str, Any]:
    back = "/location" if site is None else f"/sites/{site.public_id}"
    action = "/location/new" if site is None else f"/sites/{site.public_id}/{part}"
    return {
        **site_parts.values_of(part, visitor, asked, form, site),
        "title": visitor.speech.word(words.PARTS, part),
        "action": action,
        "back": back,
        "step": None,
    }
