"""The API's operations: ask a charge point for something, and see what became of it."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter
from starlette.requests import Request

from ...actions import operations
from ...actions.charge_points import one_charge_point
from ...actions.operations import OperationWish, PlacedOperation
from ...rights import Right
from ...store.operations import OperationRow
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, OperationAnswer, OperationBody

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["operations"])
Reads = Annotated[Visitor, api(Right.PLATFORM_READ)]
Writes = Annotated[Visitor, api(Right.PLATFORM_WRITE)]
LONGEST_WAIT_S = 110  # its expiry and the time-out of a call end before


@router.post("/charge-points/{charge_point}/operations", status_code=HTTPStatus.CREATED)
async def perform(request: Request, visitor: Writes, charge_point: str, body: OperationBody) -> OperationAnswer:
    """Waits up to 60 s for the charge point to be connected and free, then expires. Never sent twice."""
    desk = desk_of(request)
    found = await desk.read(partial(one_charge_point, actor=visitor.actor, name=charge_point))
    wish = OperationWish(
        actor=visitor.actor,
        charge_point=found.identity.public_id,
        action=body.action,
        payload=msgspec.json.encode(body.payload),
        idempotency_key=body.idempotency_key,
        wait_s=LONGEST_WAIT_S if body.wait else 0,
    )
    operation: OperationRow = await desk.bus.request("platform.operation", wish)
    if body.wait and operation.settled_at is None:
        return await one(request, visitor, operation.public_id)  # nobody heard how it ended; the store may know
    return answer(PlacedOperation(operation, found.identity))


@router.get("/operations/{operation_id}")
async def one(request: Request, visitor: Reads, operation_id: str) -> OperationAnswer:
    """*requested* → *sent* → *answered*, *failed*, *expired* (never sent) or *unknown* (sent, no answer came)."""
    read = partial(operations.one_operation, actor=visitor.actor, operation_id=operation_id)
    return answer(await desk_of(request).read(read))


def answer(placed: PlacedOperation) -> OperationAnswer:
    operation, place = placed.operation, placed.charge_point
    return OperationAnswer(
        id=operation.public_id,
        charge_point_id=place.public_id,
        charge_box_id=place.charge_box_id,
        action=operation.action,
        payload=msgspec.json.decode(operation.payload),
        idempotency_key=operation.idempotency_key,
        actor=operation.actor,
        state=operation.state,
        answer=None if operation.answer is None else msgspec.json.decode(operation.answer),
        requested_at=operation.requested_at,
        expires_at=operation.expires_at,
        sent_at=operation.sent_at,
        settled_at=operation.settled_at,
    )
