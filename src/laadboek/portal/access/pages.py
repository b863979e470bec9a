"""Drivers: the list, one driver, and what can be done with them (manual 4.4, C5)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.drivers import changes, reading
from ...actions.drivers.changes import Newcomer, Saved
from ...actions.drivers.pins import Maker
from ...actions.drivers.reading import AtCharger, Detail, State, Wanted
from ...facts import Kind
from ...reasons import Refused
from ...rights import Right
from ...secret import Secret
from ...store.connection import Connection
from .. import rendering
from ..desk import Desk, desk_of
from ..entrance.paths import own_path
from ..errors import status_of
from ..policy import page
from ..visitor import Visitor
from ..words import access as words
from . import driver_form, tags
from .driver_form import DriverForm
from .once import once_of
from .telling import tell

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.DRIVERS_READ)]
Writes = Annotated[Visitor, page(Right.DRIVERS_WRITE)]
ON_A_PAGE = 100


class View(Struct, frozen=True):
    """Addresses of the list with another filter."""

    wanted: Wanted
    shown: int

    def address(self, **changed: str | int | None) -> str:
        wanted = self.wanted
        query: dict[str, str | int | None] = {
            "search": wanted.search or None,
            "kind": wanted.kind and wanted.kind.value,
            "charger": wanted.charger,
            "state": wanted.state and wanted.state.value,
        }
        given = {name: value for name, value in (query | changed).items() if value}
        return "/drivers" + (f"?{urlencode(given)}" if given else "")


def maker_of(desk: Desk) -> Maker:
    return Maker(desk.vault, desk.ids)


def wanted_of(search: str, kind: str, charger: str, state: str) -> Wanted:
    """A filter that is not known filters nothing: the address may be an old one."""
    return Wanted(
        search=search[:60],
        kind=Kind(kind) if kind in list(Kind) else None,
        charger=charger or None,
        state=State(state) if state in list(State) else None,
    )


@router.get("/drivers")
async def list_page(
    request: Request,
    visitor: Reads,
    search: str = "",
    kind: str = "",
    charger: str = "",
    state: str = "",
    shown: int = ON_A_PAGE,
) -> Response:
    desk, wanted = desk_of(request), wanted_of(search, kind, charger, state)
    now = desk.clock.now()
    roster = await desk.read(partial(reading.roster, actor=visitor.actor, wanted=wanted, now=now))
    shown = max(ON_A_PAGE, min(shown, len(roster.found)))
    values = {"roster": roster, "view": View(wanted, shown), "words": words, "State": State}
    return rendering.page("access/drivers.html", visitor, request, values)


@router.get("/drivers/new")
async def new_page(request: Request, visitor: Writes, next: str = "") -> Response:
    return await _new_page(request, visitor, driver_form.empty(), next)


async def _new_page(request: Request, visitor: Visitor, typed: DriverForm, next: str, status: int = 200) -> Response:
    desk = desk_of(request)
    roster = await desk.read(
        partial(reading.roster, actor=visitor.actor, wanted=Wanted(search="\n"), now=desk.clock.now())
    )
    onward = own_path(next) if next else ""
    values = {"typed": typed, "form": typed.form, "chargers": roster.chargers, "words": words, "next": onward}
    return rendering.page("access/new_driver.html", visitor, request, values, status=status)


@router.post("/drivers")
async def add_form(request: Request, visitor: Writes) -> Response:
    desk, data = desk_of(request), await request.form()
    typed, next = driver_form.typed(data), driver_form.text(data, "next")
    now = desk.clock.now()

    def job(db: Connection) -> Saved:
        newcomer = Newcomer(
            wanted=driver_form.change_of(typed),
            pin=driver_form.pin_of(data),
            id_tag=driver_form.text(data, "id_tag") or None,
        )
        return changes.add(db, visitor.actor, newcomer, maker_of(desk), now)

    try:
        saved = await desk.write(changes.SHARD, job)
    except Refused as refused:
        again = typed.refused(refused)
        return await _new_page(request, visitor, again, next, status_of(refused.reason))
    await tell(desk, saved.chargers)
    return shown_once(request, visitor, saved, next)


def shown_once(request: Request, visitor: Visitor, saved: Saved, next: str = "") -> Response:
    """On to the driver's page, where the tag is; the PIN waits there to be looked at once."""
    driver_id = saved.driver.public_id
    if saved.pin is not None:
        once_of(request).put(visitor, driver_id, saved.pin, desk_of(request).clock.now())
    onward = f"?{urlencode({'next': own_path(next)})}" if next else ""
    return RedirectResponse(f"/drivers/{driver_id}{onward}", HTTPStatus.SEE_OTHER)


@router.get("/drivers/{driver_id}")
async def one_page(request: Request, visitor: Reads, driver_id: str, next: str = "") -> Response:
    desk = desk_of(request)
    now = desk.clock.now()
    found = await desk.read(partial(reading.detail, actor=visitor.actor, driver_id=driver_id, now=now))
    pin = once_of(request).take(visitor, driver_id, now)
    typed = driver_form.of_driver(found.driver, visitor.actor.time_zone)
    return await _one_page(request, visitor, found, typed, pin=pin, next=own_path(next) if next else "")


async def _one_page(
    request: Request,
    visitor: Visitor,
    found: Detail,
    typed: DriverForm,
    *,
    pin: Secret | None = None,
    next: str = "",
    status: int = 200,
) -> Response:
    values = {
        "found": found,
        "driver": found.driver,
        "row": found.driver.row,
        "chargers": found.chargers,
        "typed": typed,
        "form": typed.form,
        "pin": pin,
        "open_to_all": await _open_to_all(desk_of(request), visitor, found),
        "shared": visitor.speech.say(words.SHARED, name=found.driver.row.name, id_tag=found.driver.row.id_tag),
        "next": next,
        "words": words,
        "may_write": visitor.actor.may(Right.DRIVERS_WRITE),
        "State": State,
    }
    return rendering.page("access/driver.html", visitor, request, values, status=status)


async def _open_to_all(desk: Desk, visitor: Visitor, found: Detail) -> list[AtCharger]:
    """The driver's chargers where whoever plugs in charges: there, blocking takes PIN and tag, and not the plug."""
    places = found.driver.at
    return [place for place in places if await tags.charges_everybody(desk, visitor, place.charger_id)]


async def _again(request: Request, visitor: Visitor, driver_id: str, refused: Refused, typed: DriverForm) -> Response:
    """The page with what was typed, and what is wrong with it."""
    desk = desk_of(request)
    found = await desk.read(partial(reading.detail, actor=visitor.actor, driver_id=driver_id, now=desk.clock.now()))
    return await _one_page(request, visitor, found, typed.refused(refused), status=status_of(refused.reason))


@router.post("/drivers/{driver_id}")
async def change_form(request: Request, visitor: Writes, driver_id: str) -> Response:
    desk, typed = desk_of(request), driver_form.typed(await request.form())
    now = desk.clock.now()
    await desk.read(partial(changes.one_row, actor=visitor.actor, driver_id=driver_id))

    def job(db: Connection) -> Saved:
        return changes.change(db, visitor.actor, driver_id, driver_form.change_of(typed), now)

    try:
        saved = await desk.write(changes.SHARD, job)
    except Refused as refused:
        return await _again(request, visitor, driver_id, refused, typed)
    await tell(desk, saved.chargers)
    return RedirectResponse(f"/drivers/{driver_id}", HTTPStatus.SEE_OTHER)


@router.post("/drivers/{driver_id}/block")
async def block_form(request: Request, visitor: Writes, driver_id: str) -> Response:
    desk, data = desk_of(request), await request.form()
    blocked, now = driver_form.text(data, "blocked") == "yes", desk.clock.now()
    block = partial(changes.block, actor=visitor.actor, driver_id=driver_id, blocked=blocked, now=now)
    saved = await desk.write(changes.SHARD, block)
    await tell(desk, saved.chargers)
    return RedirectResponse(f"/drivers/{driver_id}", HTTPStatus.SEE_OTHER)


@router.post("/drivers/{driver_id}/pin")
async def pin_form(request: Request, visitor: Writes, driver_id: str) -> Response:
    """Another one, or none."""
    desk, data = desk_of(request), await request.form()
    wish, now, actor = driver_form.pin_of(data), desk.clock.now(), visitor.actor

    def job(db: Connection) -> Saved:
        if wish is None:
            return changes.drop_pin(db, actor, driver_id, now)
        return changes.renew_pin(db, actor, driver_id, wish, maker_of(desk), now)

    row = await desk.read(partial(changes.one_row, actor=actor, driver_id=driver_id))
    try:
        saved = await desk.write(changes.SHARD, job)
    except Refused as refused:
        found = await desk.read(partial(reading.seen, actor=actor, row=row, now=now))
        typed = driver_form.of_driver(found, actor.time_zone)
        chosen = replace(typed.form, values={**typed.form.values, "pin_way": driver_form.text(data, "pin_way")})
        return await _again(request, visitor, driver_id, refused, replace(typed, form=chosen))
    await tell(desk, saved.chargers)
    return shown_once(request, visitor, saved)


@router.post("/drivers/{driver_id}/remove")
async def remove_form(request: Request, visitor: Writes, driver_id: str) -> Response:
    desk = desk_of(request)
    remove = partial(changes.remove, actor=visitor.actor, driver_id=driver_id, now=desk.clock.now())
    saved = await desk.write(changes.SHARD, remove)
    await tell(desk, saved.chargers)
    return RedirectResponse("/drivers", HTTPStatus.SEE_OTHER)
