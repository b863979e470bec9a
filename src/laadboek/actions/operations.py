"""Asking a charge point for something: the wish is noted here and carried out by the platform's side."""

from datetime import datetime, timedelta

from msgspec import Struct

from ..ids import Ids
from ..reasons import Refused
from ..store import audit, charge_points, operations
from ..store.connection import Connection
from ..store.operations import OperationRow, Wish
from .actor import Actor

EXPIRES_AFTER = timedelta(seconds=60)  # a start that comes minutes late surprises somebody


class Request(Struct, frozen=True, kw_only=True):
    """`charge_point` is its ChargeBoxID or public id; `payload` the request's JSON."""

    charge_point: str
    action: str
    payload: bytes
    idempotency_key: str | None = None


def request_operation(db: Connection, actor: Actor, request: Request, ids: Ids, now: datetime) -> OperationRow:
    """The operation; the same idempotency key again is the same operation again."""
    charge_point = charge_points.named(db, actor.account_id, request.charge_point)
    if charge_point is None:
        raise Refused("charge_point.unknown")
    wish = Wish(
        account_id=actor.account_id,
        public_id=ids.public("op"),
        charge_point_id=charge_point.identity.id,
        action=request.action,
        payload=request.payload,
        idempotency_key=request.idempotency_key,
        actor=actor.name,
        requested_at=now,
        expires_at=now + EXPIRES_AFTER,
    )
    operation, is_new = operations.request(db, wish)
    if (operation.charge_point_id, operation.action, operation.payload) != (
        charge_point.identity.id,
        request.action,
        request.payload,
    ):
        raise Refused("operation.key_reused", key=request.idempotency_key or "")
    if is_new:
        details: dict[str, str | int | None] = {"operation": operation.public_id, "action": request.action}
        audit.append(db, actor.account_id, actor=actor.name, what="operation.requested", details=details, now=now)
    return operation
