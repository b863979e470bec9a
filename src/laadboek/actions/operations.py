"""Asking a charge point for something: the platform notes the wish, carries it out and keeps what became of it."""

from msgspec import Struct

from ..reasons import Refused
from ..store import charge_points, operations
from ..store.charge_points import ChargePointIdentity
from ..store.connection import Connection
from ..store.operations import OperationRow
from .actor import Actor


class OperationWish(Struct, frozen=True, kw_only=True):
    """`bus.request("platform.operation", OperationWish(…))` → OperationRow, or Refused.

    `charge_point` is its ChargeBoxID or public id; `payload` the OCPP request's JSON. The answer comes when the
    operation is durable and, for at most `wait_s`, settled. The same `idempotency_key` is the same operation.
    """

    actor: Actor
    charge_point: str
    action: str
    payload: bytes
    idempotency_key: str | None = None
    wait_s: float = 0


class PlacedOperation(Struct, frozen=True):
    operation: OperationRow
    charge_point: ChargePointIdentity


def one_operation(db: Connection, actor: Actor, operation_id: str) -> PlacedOperation:
    found = operations.find(db, actor.account_id, operation_id)
    if found is None:
        raise Refused("operation.unknown")
    place = charge_points.by_id(db, actor.account_id, found.charge_point_id)
    assert place is not None, f"operation {operation_id} is of a charge point"
    return PlacedOperation(found, place.identity)
