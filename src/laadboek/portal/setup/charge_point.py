"""A charger that speaks OCPP itself: whether it called, what it said, a new key, and away with it (C3, D1)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import charge_points
from ...actions.charge_points import ChargePointChange, ChargePointDetail, Removal
from ...actions.charger_products_questions import Tested
from ...actions.operations import OperationWish
from ...reasons import Reason, Refused
from ...rights import Right
from ...store.charge_points import ChargePointRow
from ...store.operations import OperationRow, OperationState
from .. import rendering
from ..desk import Desk, desk_of
from ..policy import page
from ..visitor import Visitor
from .add_charger import SHARD, address
from .charger_cards import heard_at, of_charge_point
from .drawing import draw

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.CHARGERS_READ)]
Writes = Annotated[Visitor, page(Right.CHARGERS_WRITE)]
ANSWERS_WITHIN_S = 10.0
# What every charge point must be able to answer (OCPP 1.6 §9.1.4).
ASKED = msgspec.json.encode({"key": ["HeartbeatInterval"]})


@router.get("/charge-points/{charge_point}")
async def one(request: Request, visitor: Reads, charge_point: str) -> Response:
    found = await mine(request, visitor, charge_point)
    template = "waiting.html" if rendering.is_fragment(request) else "charge_point.html"
    return draw(template, visitor, request, await values_of(request, visitor, found))


@router.post("/charge-points/{charge_point}/test")
async def test(request: Request, visitor: Writes, charge_point: str) -> Response:
    found = await mine(request, visitor, charge_point)
    tested = await tested_now(desk_of(request), visitor, found.row)
    values = await values_of(request, visitor, found) | {"tested": tested}
    return draw("charge_point.html", visitor, request, values)


@router.post("/charge-points/{charge_point}/key")
async def new_key(request: Request, visitor: Writes, charge_point: str) -> Response:
    """The former one is worth nothing from now on."""
    desk = desk_of(request)
    await mine(request, visitor, charge_point)
    key = charge_points.checked_key(None, desk.ids)
    change = ChargePointChange(key_mac=await desk.bus.request("platform.key_mac", key))
    job = partial(
        charge_points.change_charge_point, actor=visitor.actor, name=charge_point, change=change, now=desk.clock.now()
    )
    row: ChargePointRow = await desk.write(SHARD, job)
    await desk.bus.request("platform.rekeyed", row.identity.id)
    onward = f"/charge-points/{row.identity.public_id}"
    values = {"row": row, "key": key.reveal(), "address": address(request), "onward": onward}
    answer = draw("connect.html", visitor, request, values)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/charge-points/{charge_point}/remove")
async def ask_to_remove(request: Request, visitor: Writes, charge_point: str) -> Response:
    found = await mine(request, visitor, charge_point)
    return draw("remove_charge_point.html", visitor, request, {"row": found.row})


@router.post("/charge-points/{charge_point}/remove")
async def remove(request: Request, visitor: Writes, charge_point: str) -> Response:
    await mine(request, visitor, charge_point)
    await desk_of(request).bus.request("platform.remove", Removal(actor=visitor.actor, name=charge_point))
    return RedirectResponse("/chargers", HTTPStatus.SEE_OTHER)


# --- parts ---


async def mine(request: Request, visitor: Visitor, charge_point: str) -> ChargePointDetail:
    """One that we do not host."""
    desk = desk_of(request)
    await desk.read(partial(charge_points.foreign_charge_point, actor=visitor.actor, name=charge_point))
    found: ChargePointDetail = await desk.read(
        partial(charge_points.charge_point_detail, actor=visitor.actor, name=charge_point)
    )
    return found


async def values_of(request: Request, visitor: Visitor, found: ChargePointDetail) -> dict[str, Any]:
    heard = (await heard_at(desk_of(request))).get(found.row.identity.id)
    return {
        "row": found.row,
        "connectors": found.connectors,
        "card": of_charge_point(found.row, heard, visitor),
        "heard_at": heard,
        "address": address(request),
        "tested": None,
        "may_write": visitor.actor.may(Right.CHARGERS_WRITE),
    }


async def tested_now(desk: Desk, visitor: Visitor, row: ChargePointRow) -> Tested:
    """It is asked something harmless, and either answers or does not."""
    asked_at = desk.clock.now()
    if row.identity.id not in await heard_at(desk):
        return Tested(at=asked_at, heard=False, why=Reason("test.not_connected"))
    wish = OperationWish(
        actor=visitor.actor,
        charge_point=row.identity.public_id,
        action="GetConfiguration",
        payload=ASKED,
        wait_s=ANSWERS_WITHIN_S,
    )
    try:
        operation: OperationRow = await desk.bus.request("platform.operation", wish)
    except Refused as refused:
        return Tested(at=asked_at, heard=False, why=refused.reason)
    heard = operation.state is OperationState.ANSWERED
    return Tested(at=desk.clock.now(), heard=heard, why=Reason("test.answered" if heard else "test.silent"))
