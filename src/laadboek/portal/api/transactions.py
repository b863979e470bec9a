"""The API's transactions: what charge points started and stopped, with their meter values."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from ...actions import platform_queries
from ...actions.platform_queries import PlacedTransaction, WantedTransactions
from ...clock import from_us, to_us
from ...rights import Right
from ...store.meter_values import StoredValue
from ...store.transactions import TransactionState
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .models import (
    PROBLEMS,
    MeterValueAnswer,
    TransactionAnswer,
    TransactionDetailAnswer,
    TransactionsAnswer,
)
from .paging import LAST, After, Limit, number, numbers, page_of

# Ours are positive and fit 31 bits (csms).
TransactionId = Annotated[int, Path(ge=1, le=2**31 - 1)]
router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["transactions"])
Reads = Annotated[Visitor, api(Right.PLATFORM_READ)]
LATEST_US = to_us(datetime.max.replace(tzinfo=from_us(0).tzinfo))
State = Annotated[TransactionState | None, Query(description="Only those in this state")]


@router.get("/transactions")
async def listed(
    request: Request,
    visitor: Reads,
    charge_point: Annotated[str | None, Query(description="Public id or ChargeBoxID")] = None,
    state: State = None,
    limit: Limit = 100,
    after: After = None,
) -> TransactionsAnswer:
    """Of all charge points or of one; the last booked first."""
    before = number(after, LAST)
    wanted = WantedTransactions(before=before, limit=limit + 1, charge_point=charge_point, state=state)
    return await answered(request, visitor, wanted, limit)


@router.get("/charge-points/{charge_point}/transactions", tags=["charge points"])
async def of_charge_point(
    request: Request,
    visitor: Reads,
    charge_point: str,
    state: State = None,
    limit: Limit = 100,
    after: After = None,
) -> TransactionsAnswer:
    """The last booked first."""
    return await listed(request, visitor, charge_point, state, limit, after)


async def answered(request: Request, visitor: Visitor, wanted: WantedTransactions, limit: int) -> TransactionsAnswer:
    found = await desk_of(request).read(partial(platform_queries.list_transactions, actor=visitor.actor, wanted=wanted))
    page, following = page_of(found, limit, lambda placed: str(placed.transaction.id))
    return TransactionsAnswer(transactions=[TransactionAnswer(**plain(one)) for one in page], next=following)


@router.get("/transactions/{transaction_id}")
async def one(
    request: Request,
    visitor: Reads,
    transaction_id: TransactionId,
    limit: Limit = 1000,
    after: After = None,
) -> TransactionDetailAnswer:
    """With its meter values, as many as `limit` says, oldest first."""
    at_us, row_id = numbers(after, (0, 0))
    beyond = (from_us(min(at_us, LATEST_US)), row_id)
    found = await desk_of(request).read(
        partial(
            platform_queries.one_transaction,
            actor=visitor.actor,
            transaction_id=transaction_id,
            after=beyond,
            limit=limit + 1,
        )
    )
    page, following = page_of(found.meter_values, limit, lambda value: f"{to_us(value.sampled_at)}.{value.id}")
    return TransactionDetailAnswer(
        **plain(found.placed), meter_values=[meter_value(value) for value in page], next=following
    )


def plain(placed: PlacedTransaction) -> dict[str, Any]:
    transaction, place = placed.transaction, placed.charge_point
    return {
        "transaction_id": transaction.transaction_id,
        "charge_point_id": place.public_id,
        "charge_box_id": place.charge_box_id,
        "connector_id": transaction.connector_id,
        "id_tag": transaction.id_tag,
        "state": transaction.state,
        "started_at": transaction.started_at,
        "meter_start_wh": transaction.meter_start_wh,
        "stopped_at": transaction.stopped_at,
        "meter_stop_wh": transaction.meter_stop_wh,
        "energy_wh": transaction.energy_wh,
        "stop_reason": transaction.stop_reason,
        "stop_id_tag": transaction.stop_id_tag,
        "flags": sorted(transaction.flags),
        "session_id": transaction.session_id,
    }


def meter_value(value: StoredValue) -> MeterValueAnswer:
    return MeterValueAnswer(
        sampled_at=value.sampled_at,
        context=value.context,
        register_wh=value.register_wh,
        power_w=value.power_w,
        sampled_values=msgspec.json.decode(value.samples),
    )
