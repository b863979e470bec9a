"""Step by step from an empty account to one that is ready to bill (C1, manual 4.2): left and taken up anywhere."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import charger_products, setup
from ...actions.actor import Actor
from ...actions.setup import OPTIONAL, Step
from ...actions.setup_steps import Progress, progress
from ...energy import zones
from ...reasons import Refused
from ...rights import Right
from ...store import drivers
from ...store.connection import Connection
from ..desk import desk_of
from ..errors import status_of
from ..policy import page
from ..visitor import Visitor
from ..words import setup as words
from . import ready, site_parts
from .charger_cards import cards
from .drawing import draw

router = APIRouter(include_in_schema=False)
Writes = Annotated[Visitor, page(Right.CHARGERS_WRITE)]
Owners = Annotated[Visitor, page(Right.DRIVERS_WRITE)]
Text = Annotated[str, Form(max_length=100)]
SHARD = "setup"
PARTS = {Step.LOCATION: "address", Step.CONTRACT: "contract", Step.SUN: "sun"}
HERE = "/setup"
WHERE_FIRST = "where=first"  # somebody wanted a step that asks about a location, before there is one


@router.get("/setup")
async def overview(request: Request, visitor: Writes) -> Response:
    desk = desk_of(request)
    now_at = await desk.read(partial(progress, actor=visitor.actor))
    values: dict[str, Any] = {"progress": now_at, "optional": OPTIONAL, "ready": None}
    if now_at.chargers:
        values["ready"] = await ready.read(desk, visitor)
    return draw("overview.html", visitor, request, values)


@router.get("/setup/{step}")
async def one_step(request: Request, visitor: Writes, step: str) -> Response:
    return await drawn(request, visitor, known(step))


@router.post("/setup/{step}")
async def save_step(request: Request, visitor: Writes, step: str) -> Response:
    """Of a step that is a form of its own; the others are saved on their own pages."""
    wanted = known(step)
    if wanted not in PARTS:
        return RedirectResponse(after(wanted), HTTPStatus.SEE_OTHER)
    desk = desk_of(request)
    now_at = await desk.read(partial(progress, actor=visitor.actor))
    today = zones.local_day(desk.clock.now(), visitor.actor.time_zone)
    asked = site_parts.asked_of(visitor, now_at.site, today)
    done = await site_parts.saved(request, visitor, PARTS[wanted], now_at.site, asked)
    if isinstance(done, str):
        return RedirectResponse(after(wanted), HTTPStatus.SEE_OTHER)
    return await drawn(request, visitor, wanted, done)


@router.post("/setup/{step}/later")
async def later(request: Request, visitor: Writes, step: str, again: Text = "") -> Response:
    """Passed over for now; it stays in the list. `again`: it is wanted after all."""
    desk = desk_of(request)
    put_off = partial(setup.put_off, actor=visitor.actor, step=step, now=desk.clock.now(), later=again != "yes")
    await desk.write(SHARD, put_off)
    return RedirectResponse(f"/setup/{step}" if again == "yes" else after(Step(step)), HTTPStatus.SEE_OTHER)


@router.post("/setup/tags/{driver_id}")
async def tag_handed_over(request: Request, visitor: Owners, driver_id: str, done: Text = "yes") -> Response:
    desk = desk_of(request)
    job = partial(setup.hand_over, actor=visitor.actor, driver_id=driver_id, now=desk.clock.now(), done=done == "yes")
    await desk.write(SHARD, job)
    return RedirectResponse(f"{HERE}#ready", HTTPStatus.SEE_OTHER)


# --- parts ---


def known(step: str) -> Step:
    if step not in set(Step):
        raise Refused("page.unknown")
    return Step(step)


def after(step: Step) -> str:
    """Where one goes when a step is done or passed over."""
    order = list(Step)
    place = order.index(step) + 1
    return f"{HERE}/{order[place]}" if place < len(order) else HERE


def before(step: Step) -> str:
    place = list(Step).index(step)
    return HERE if place == 0 else f"{HERE}/{list(Step)[place - 1]}"


async def drawn(request: Request, visitor: Visitor, step: Step, form: Any = None) -> Response:
    desk = desk_of(request)
    now_at = await desk.read(partial(progress, actor=visitor.actor))
    values: dict[str, Any] = {
        "progress": now_at,
        "step": step,
        "step_now": next(one for one in now_at.steps if one.step is step),
        "number": list(Step).index(step) + 1,
        "title": visitor.speech.word(words.STEPS, step.value),
        "back": before(step),
        "onward": after(step),
        "optional": step in OPTIONAL,
        "action": f"{HERE}/{step}",
    }
    if step in PARTS:
        if step is not Step.LOCATION and now_at.site is None:
            return RedirectResponse(f"{HERE}/{Step.LOCATION}?{WHERE_FIRST}", HTTPStatus.SEE_OTHER)
        return _form_page(request, visitor, step, now_at, values, form)
    values |= await _there(request, visitor, step)
    return draw("step.html", visitor, request, values)


def _form_page(
    request: Request, visitor: Visitor, step: Step, now_at: Progress, values: dict[str, Any], form: Any
) -> Response:
    today = zones.local_day(desk_of(request).clock.now(), visitor.actor.time_zone)
    asked = site_parts.asked_of(visitor, now_at.site, today)
    shown = form or site_parts.form_of(PARTS[step], asked)
    status = max((status_of(reason) for reason in shown.problems.values()), default=200)
    values |= site_parts.values_of(PARTS[step], visitor, asked, shown, now_at.site)
    values["where_first"] = request.url.query == WHERE_FIRST and now_at.site is None
    return draw("part.html", visitor, request, values, status=status)


async def _there(request: Request, visitor: Visitor, step: Step) -> dict[str, Any]:
    """What is there already of chargers, drivers and platforms."""
    desk, actor = desk_of(request), visitor.actor

    def read(db: Connection) -> dict[str, Any]:
        return {
            "products": charger_products.products(db, actor) if step in (Step.CHARGER, Step.PLATFORM) else [],
            "drivers": names_of(db, actor) if step is Step.DRIVERS else [],
        }

    found = await desk.read(read)
    found["cards"] = await cards(desk, visitor) if step is Step.CHARGER else []
    signed_in = visitor.signed_in
    found["who"] = None if signed_in is None else signed_in.user_name
    return found


def names_of(db: Connection, actor: Actor) -> list[str]:
    """Only those see who the drivers are who may."""
    if not actor.may(Right.DRIVERS_READ):
        return []
    return [driver.name for driver in drivers.of_account(db, actor.account_id)]
