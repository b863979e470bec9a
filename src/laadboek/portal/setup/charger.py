"""One charger as a thing one has: what it is, whether it answers, how it behaves, and away with it (C3, manual 4.1)."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import charger_products
from ...actions.charger_products import Product
from ...actions.charger_products_questions import RemoveCharger, RenameCharger, TestCharger
from ...actions.charger_products_settings import GROUPS, RECOMMENDED_LOCK
from ...actions.key_questions import ChooseSettings, ChooseSettingsPin, ListSettings, SettingNow
from ...bus import NobodyAnswers
from ...reasons import Reason, Refused
from ...rights import Right
from ...secret import Secret
from ..desk import desk_of
from ..errors import status_of
from ..forms import Form
from ..policy import page
from ..visitor import Visitor
from .charger_cards import of_product
from .drawing import draw
from .typed import secret_of, typed

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.CHARGERS_READ)]
Writes = Annotated[Visitor, page(Right.CHARGERS_WRITE)]
TOPIC, KEYS_TOPIC = "chargers", "keys"
PIN_FIELD = "settings_pin"


@router.get("/chargers/{charger_id}/setup")
async def one_charger(request: Request, visitor: Reads, charger_id: str) -> Response:
    return await drawn(request, visitor, await mine(request, visitor, charger_id))


@router.post("/chargers/{charger_id}/name")
async def rename(request: Request, visitor: Writes, charger_id: str) -> Response:
    product = await mine(request, visitor, charger_id)
    form = await typed(request, ("name",))
    question = RenameCharger(actor=visitor.actor, charger_id=charger_id, name=form.value("name"))
    try:
        await desk_of(request).bus.request(TOPIC, question)
    except Refused as refused:
        wrong = form.refused(refused, {"charger.bad_name": "name"})
        return await drawn(request, visitor, product, wrong, status=status_of(refused.reason))
    return back_to(charger_id)


@router.post("/chargers/{charger_id}/test")
async def test(request: Request, visitor: Writes, charger_id: str) -> Response:
    """Asks it now, and says what was heard."""
    product = await mine(request, visitor, charger_id)
    tested = await desk_of(request).bus.request(TOPIC, TestCharger(actor=visitor.actor, charger_id=charger_id))
    return await drawn(request, visitor, product, tested=tested)


@router.post("/chargers/{charger_id}/settings/recommended")
async def recommended(request: Request, visitor: Writes, charger_id: str) -> Response:
    """The lock as the manual recommends it."""
    product = await mine(request, visitor, charger_id)
    now = await settings_of(request, visitor, charger_id)
    held = {one.name for one in now or () if one.held_by is not None}
    values = {name: value for name, value in RECOMMENDED_LOCK.items() if name not in held}
    return await chosen(request, visitor, product, values, Form(), "lock")


@router.post("/chargers/{charger_id}/settings/{group}")
async def choose(request: Request, visitor: Writes, charger_id: str, group: str) -> Response:
    """What was changed of one group, all of it or nothing."""
    product = await mine(request, visitor, charger_id)
    if group not in GROUPS:
        raise Refused("page.unknown")
    form = await typed(request, GROUPS[group])
    async with request.form(max_files=1) as sent:
        given = set(sent)
    now = await settings_of(request, visitor, charger_id) or []
    values = {
        one.name: form.value(one.name)
        for one in now
        if one.name in GROUPS[group] and one.name in given and form.value(one.name) != one.value
    }
    return await chosen(request, visitor, product, values, form, group)


@router.post("/chargers/{charger_id}/settings-pin")
async def choose_pin(request: Request, visitor: Writes, charger_id: str) -> Response:
    """In place of the factory's. Shown and kept nowhere."""
    product = await mine(request, visitor, charger_id)
    pin, again = await secret_of(request, PIN_FIELD), await secret_of(request, f"{PIN_FIELD}_again")
    try:
        if pin != again:
            raise Refused("settings_pin.not_same")
        question = ChooseSettingsPin(actor=visitor.actor, charger_id=charger_id, pin=Secret(pin))
        await desk_of(request).bus.request(KEYS_TOPIC, question)
    except Refused as refused:
        form = Form().refused(refused, {"settings_pin.not_same": f"{PIN_FIELD}_again"} | dict.fromkeys(
            ("pin.bad_form", "pin.weak"), PIN_FIELD))  # fmt: skip
        return await drawn(request, visitor, product, form, status=status_of(refused.reason))
    return back_to(charger_id, PIN_FIELD)


@router.get("/chargers/{charger_id}/remove")
async def ask_to_remove(request: Request, visitor: Writes, charger_id: str) -> Response:
    product = await mine(request, visitor, charger_id)
    return await removal(request, visitor, product)


@router.post("/chargers/{charger_id}/remove")
async def remove(request: Request, visitor: Writes, charger_id: str) -> Response:
    product = await mine(request, visitor, charger_id)
    try:
        await desk_of(request).bus.request(TOPIC, RemoveCharger(actor=visitor.actor, charger_id=charger_id))
    except Refused as refused:
        return await removal(request, visitor, product, refused.reason)
    return RedirectResponse("/chargers", HTTPStatus.SEE_OTHER)


# --- parts ---


async def removal(request: Request, visitor: Visitor, product: Product, why: Reason | None = None) -> Response:
    """What goes with it, and what the last one leaves to the next."""
    last = len(await desk_of(request).read(partial(charger_products.products, actor=visitor.actor))) == 1
    values = {"product": product, "why": why, "last": last}
    return draw("remove.html", visitor, request, values, status=200 if why is None else status_of(why))


async def mine(request: Request, visitor: Visitor, charger_id: str) -> Product:
    found: Product = await desk_of(request).read(
        partial(charger_products.product, actor=visitor.actor, charger_id=charger_id)
    )
    return found


async def settings_of(request: Request, visitor: Visitor, charger_id: str) -> list[SettingNow] | None:
    """None: nobody hosts it now."""
    question = ListSettings(actor=visitor.actor, charger_id=charger_id)
    try:
        found: list[SettingNow] = await desk_of(request).bus.request(KEYS_TOPIC, question)
    except NobodyAnswers:
        return None
    return found


async def chosen(
    request: Request, visitor: Visitor, product: Product, values: Mapping[str, str], form: Form, group: str
) -> Response:
    if values:
        question = ChooseSettings(actor=visitor.actor, charger_id=product.charger_id, values=values)
        try:
            await desk_of(request).bus.request(KEYS_TOPIC, question)
        except Refused as refused:
            field = str(refused.reason.params.get("key", ""))
            wrong = form.refused(refused, {refused.reason.code: field})
            return await drawn(request, visitor, product, wrong, status=status_of(refused.reason))
    return back_to(product.charger_id, group)


def back_to(charger_id: str, anchor: str = "") -> Response:
    return RedirectResponse(f"/chargers/{charger_id}/setup" + (f"#{anchor}" if anchor else ""), HTTPStatus.SEE_OTHER)


async def drawn(
    request: Request,
    visitor: Visitor,
    product: Product,
    form: Form | None = None,
    *,
    tested: Any = None,
    status: int = 200,
) -> Response:
    """`form`: what was just typed and refused; everything else is as it is now."""
    live = desk_of(request).bus.latest(f"charger.{product.charger_id}.live")
    settings = await settings_of(request, visitor, product.charger_id)
    now = {one.name: one for one in settings or ()}
    typed_now = form or Form()
    shown = Form(
        {"name": product.name} | {one.name: one.value for one in now.values()} | dict(typed_now.values),
        typed_now.problems,
    )
    values = {
        "product": product,
        "card": of_product(product, live, visitor),
        "form": shown,
        "settings": now if settings is not None else None,
        "groups": GROUPS,
        "factory_pin": live is not None and live.factory_pin,
        "tested": tested,
        "may_write": visitor.actor.may(Right.CHARGERS_WRITE),
    }
    return draw("charger.html", visitor, request, values, status=status)
