"""The API's charge points: register, list, change, remove, and read what they sent."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import SecretStr
from starlette.requests import Request

from ...actions import charge_points, platform_queries
from ...actions.charge_points import ChargePointChange, NewChargePoint, Removal
from ...reasons import Refused
from ...rights import Right
from ...secret import Secret
from ...store.charge_points import ChargePointRow
from ...store.connection import Connection
from ...store.frames import KeptCall
from ..desk import Desk, desk_of
from ..policy import api
from ..visitor import Visitor
from .models import (
    PROBLEMS,
    ChargePointAnswer,
    ChargePointChangeBody,
    ChargePointDetailAnswer,
    ChargePointsAnswer,
    ConnectorAnswer,
    FrameAnswer,
    FramesAnswer,
    KeyedChargePointAnswer,
    NewChargePointBody,
)
from .paging import LAST, After, Limit, number, page_of

router = APIRouter(prefix="/api/v1/charge-points", responses=PROBLEMS, tags=["charge points"])
Reads = Annotated[Visitor, api(Right.PLATFORM_READ)]
Writes = Annotated[Visitor, api(Right.PLATFORM_WRITE)]
SHARD = "charge_points"


@router.post("", status_code=HTTPStatus.CREATED)
async def register(request: Request, visitor: Writes, body: NewChargePointBody) -> KeyedChargePointAnswer:
    """Let a charge point in. A key that was made here is in this answer and never again."""
    desk = desk_of(request)
    key = charge_points.checked_key(revealed(body.authorization_key), desk.ids)
    new = NewChargePoint(
        charge_box_id=body.charge_box_id, key_mac=await mac_of(desk, key), registration=body.registration
    )
    now = desk.clock.now()
    row = await desk.write(SHARD, partial(charge_points.register, actor=visitor.actor, new=new, ids=desk.ids, now=now))
    await desk.bus.request("platform.refresh", None)
    return await keyed(desk, row, key if body.authorization_key is None else None)


@router.get("")
async def listed(request: Request, visitor: Reads, limit: Limit = 100, after: After = None) -> ChargePointsAnswer:
    """In the order they were added."""
    desk, beyond = desk_of(request), number(after, 0)
    found = await desk.read(
        partial(charge_points.list_charge_points, actor=visitor.actor, after=beyond, limit=limit + 1)
    )
    page, following = page_of(found, limit, lambda row: str(row.identity.id))
    heard_at = await connected(desk)
    return ChargePointsAnswer(charge_points=[ChargePointAnswer(**plain(row, heard_at)) for row in page], next=following)


@router.get("/{charge_point}")
async def one(request: Request, visitor: Reads, charge_point: str) -> ChargePointDetailAnswer:
    """With the last status of its connectors."""
    desk = desk_of(request)
    found = await desk.read(partial(charge_points.charge_point_detail, actor=visitor.actor, name=charge_point))
    connectors = [
        ConnectorAnswer(
            connector_id=status.connector_id,
            status=status.status.value,
            error_code=status.error_code.value,
            info=status.info,
            reported_at=status.reported_at,
        )
        for status in found.connectors
    ]
    return ChargePointDetailAnswer(**plain(found.row, await connected(desk)), connectors=connectors)


@router.patch("/{charge_point}")
async def change(
    request: Request, visitor: Writes, charge_point: str, body: ChargePointChangeBody
) -> KeyedChargePointAnswer:
    """Its registration answer, or its key. A new key ends the connection; the next one must bring it."""
    desk, key = desk_of(request), None
    if body.new_authorization_key and body.authorization_key is not None:
        raise Refused("charge_point.two_keys")
    if body.new_authorization_key or body.authorization_key is not None:
        key = charge_points.checked_key(revealed(body.authorization_key), desk.ids)
    wanted = ChargePointChange(registration=body.registration, key_mac=await mac_of(desk, key) if key else None)

    def job(db: Connection) -> ChargePointRow:
        return charge_points.change_charge_point(db, visitor.actor, charge_point, wanted, now)

    now = desk.clock.now()
    await desk.read(partial(charge_points.one_charge_point, actor=visitor.actor, name=charge_point))
    row = await desk.write(SHARD, job)
    topic, question = ("platform.rekeyed", row.identity.id) if key else ("platform.refresh", None)
    await desk.bus.request(topic, question)
    return await keyed(desk, row, key if body.new_authorization_key else None)


@router.delete("/{charge_point}", status_code=HTTPStatus.NO_CONTENT)
async def remove(request: Request, visitor: Writes, charge_point: str) -> None:
    """Do not let it in any more, and disconnect it. What it recorded stays; registered again, it goes on."""
    desk = desk_of(request)
    await desk.read(partial(charge_points.foreign_charge_point, actor=visitor.actor, name=charge_point))
    await desk.bus.request("platform.remove", Removal(actor=visitor.actor, name=charge_point))


@router.get("/{charge_point}/frames")
async def frames(
    request: Request, visitor: Reads, charge_point: str, limit: Limit = 100, after: After = None
) -> FramesAnswer:
    """Every call it made, as received, with our answer; newest first."""
    before = number(after, LAST)
    found = await desk_of(request).read(
        partial(platform_queries.journal, actor=visitor.actor, name=charge_point, before=before, limit=limit + 1)
    )
    page, following = page_of(found, limit, lambda call: str(call.id))
    return FramesAnswer(frames=[frame(call) for call in page], next=following)


def frame(call: KeptCall) -> FrameAnswer:
    return FrameAnswer(
        received_at=call.received_at,
        message_id=call.message_id,
        action=call.action,
        call=call.text.decode(errors="replace"),
        answer=call.answer.decode(errors="replace"),
    )


# --- parts of the answers ---


def revealed(key: SecretStr | None) -> str | None:
    return None if key is None else key.get_secret_value()


async def mac_of(desk: Desk, key: Secret) -> bytes:
    """What the platform stores of it: its pepper is not ours to know."""
    mac: bytes = await desk.bus.request("platform.key_mac", key)
    return mac


async def connected(desk: Desk) -> dict[int, datetime]:
    heard_at: dict[int, datetime] = await desk.bus.request("platform.connected", None)
    return heard_at


async def keyed(desk: Desk, row: ChargePointRow, shown: Secret | None) -> KeyedChargePointAnswer:
    key = None if shown is None else shown.reveal()
    return KeyedChargePointAnswer(**plain(row, await connected(desk)), authorization_key=key)


def plain(row: ChargePointRow, heard_at: dict[int, datetime]) -> dict[str, Any]:
    identity = row.identity
    return {
        "id": identity.public_id,
        "charge_box_id": identity.charge_box_id,
        "registration": identity.registration,
        "connected": identity.id in heard_at,
        "heard_at": heard_at.get(identity.id),
        "hosted": identity.charger_id is not None,
        "vendor": row.vendor,
        "model": row.model,
        "serial_number": row.serial_number,
        "firmware_version": row.firmware_version,
        "booted_at": row.booted_at,
        "last_seen_at": row.last_seen_at,
    }
