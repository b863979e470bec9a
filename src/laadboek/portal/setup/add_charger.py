"""One charger more: a simulated one, or one that speaks OCPP itself and calls our platform (C3)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import charge_points, sites
from ...actions.charge_points import NewChargePoint
from ...actions.charger_products import MODELS, NewCharger
from ...actions.charger_products_questions import AddCharger
from ...reasons import Refused
from ...rights import Right
from ...store.charge_points import ChargePointRow
from ...store.sites import SiteRow
from ..desk import desk_of
from ..errors import status_of
from ..forms import Form
from ..policy import page
from ..visitor import Visitor
from ..words import setup as words
from .drawing import draw
from .onward import onward
from .typed import Reading, typed

router = APIRouter(include_in_schema=False)
Writes = Annotated[Visitor, page(Right.CHARGERS_WRITE)]
SIMULATED = ("name", "model", "type_code", "serial_number", "firmware_version", "phases", "max_current_a", "site_id")
FOREIGN = ("charge_box_id",)
SHARD = "charge_points"
PORT, USUAL_PORT = "platform.port", 8887  # where our platform listens
PROBLEMS = {
    "charger.bad_name": "name",
    "charger.bad_model": "model",
    "charger.bad_phases": "phases",
    "charger.bad_current": "max_current_a",
    "charger.bad_firmware": "firmware_version",
    "charge_point.bad_id": "charge_box_id",
    "charge_point.taken": "charge_box_id",
}


@router.get("/chargers/add")
async def choose(request: Request, visitor: Writes, next: str = "") -> Response:
    name = visitor.speech.word(words.NAMES, "charger")
    return await drawn(request, visitor, next, Form({"name": name, "max_current_a": "32"}))


@router.post("/chargers/add/simulated")
async def add_simulated(request: Request, visitor: Writes) -> Response:
    form = await typed(request, (*SIMULATED, "next"))
    reading = Reading(form)
    phases, amps = reading.number("phases"), reading.number("max_current_a")
    if reading.form.fine:
        wanted = NewCharger(
            name=form.value("name"),
            model=form.value("model") or "laadboek",
            type_code=form.value("type_code"),
            serial_number=form.value("serial_number"),
            firmware_version=form.value("firmware_version"),
            phases=3 if phases is None else phases,
            max_current_a=32 if amps is None else amps,
            site_id=form.value("site_id") or None,
        )
        try:
            charger_id = await desk_of(request).bus.request("chargers", AddCharger(actor=visitor.actor, wanted=wanted))
            return RedirectResponse(onward(form, f"/chargers/{charger_id}/setup"), HTTPStatus.SEE_OTHER)
        except Refused as refused:
            field = {"charger.bad_label": str(refused.reason.params.get("field", ""))}
            reading.refused(refused, PROBLEMS | field)
    return await drawn(request, visitor, form.value("next"), reading.form)


@router.post("/chargers/add/ocpp")
async def add_foreign(request: Request, visitor: Writes) -> Response:
    """Its key is on the page that answers this, and never again."""
    desk = desk_of(request)
    form = await typed(request, (*FOREIGN, "next"))
    key = charge_points.checked_key(None, desk.ids)
    try:
        key_mac: bytes = await desk.bus.request("platform.key_mac", key)
        new = NewChargePoint(charge_box_id=form.value("charge_box_id"), key_mac=key_mac)
        job = partial(charge_points.register, actor=visitor.actor, new=new, ids=desk.ids, now=desk.clock.now())
        row: ChargePointRow = await desk.write(SHARD, job)
    except Refused as refused:
        return await drawn(request, visitor, form.value("next"), form.refused(refused, PROBLEMS))
    await desk.bus.request("platform.refresh", None)
    values = {
        "row": row,
        "key": key.reveal(),
        "address": address(request),
        "onward": onward(form, f"/charge-points/{row.identity.public_id}"),
    }
    answer = draw("connect.html", visitor, request, values, status=HTTPStatus.CREATED)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def address(request: Request) -> str:
    """Where a charger in this home calls: this machine, by the name under which its pages were opened."""
    host = request.url.hostname or "localhost"
    named = f"[{host}]" if ":" in host else host
    return f"ws://{named}:{desk_of(request).bus.latest(PORT) or USUAL_PORT}/ocpp/"


async def drawn(request: Request, visitor: Visitor, next: str, form: Form) -> Response:
    found: list[SiteRow] = []
    if visitor.actor.may(Right.SITES_READ):
        found = await desk_of(request).read(partial(sites.my_sites, actor=visitor.actor))
    usual_phases = str(found[0].config.phases) if found else "3"
    shown = Form({"phases": usual_phases, "model": "laadboek"} | dict(form.values), form.problems)
    status = max((status_of(reason) for reason in form.problems.values()), default=200)
    values: dict[str, Any] = {
        "form": shown,
        "sites": found,
        "models": MODELS,
        "next": onward(Form({"next": next}), ""),
    }
    return draw("add.html", visitor, request, values, status=status)
