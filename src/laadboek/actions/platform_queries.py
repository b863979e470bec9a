"""What charge points told our platform: transactions with their meter values, and the raw journal."""

from datetime import datetime

from msgspec import Struct

from ..reasons import Refused
from ..store import charge_points, frames, meter_values, transactions
from ..store.charge_points import ChargePointIdentity
from ..store.connection import Connection
from ..store.frames import KeptCall
from ..store.meter_values import StoredValue
from ..store.transactions import TransactionRow, TransactionState
from .actor import Actor
from .charge_points import one_charge_point


class WantedTransactions(Struct, frozen=True, kw_only=True):
    """One page of them, the last booked first. `charge_point`: its ChargeBoxID or public id."""

    before: int
    limit: int
    charge_point: str | None = None
    state: TransactionState | None = None


class PlacedTransaction(Struct, frozen=True):
    """A transaction and where it ran, perhaps at a charge point that was removed since."""

    transaction: TransactionRow
    charge_point: ChargePointIdentity


class ReportedTransaction(Struct, frozen=True):
    placed: PlacedTransaction
    meter_values: list[StoredValue]


def list_transactions(db: Connection, actor: Actor, wanted: WantedTransactions) -> list[PlacedTransaction]:
    at = None if wanted.charge_point is None else one_charge_point(db, actor, wanted.charge_point)
    found = transactions.newest(
        db,
        actor.account_id,
        before=wanted.before,
        limit=wanted.limit,
        charge_point_id=None if at is None else at.identity.id,
        state=wanted.state,
    )
    places = {row.identity.id: row.identity for row in charge_points.of_account(db, actor.account_id)}
    return [PlacedTransaction(one, places[one.charge_point_id]) for one in found]


def one_transaction(
    db: Connection, actor: Actor, transaction_id: int, after: tuple[datetime, int], limit: int
) -> ReportedTransaction:
    """With a page of its meter values, oldest first: those beyond `after` (instant and row)."""
    found = transactions.numbered(db, actor.account_id, transaction_id)
    if found is None:
        raise Refused("transaction.unknown")
    place = charge_points.by_id(db, actor.account_id, found.charge_point_id)
    assert place is not None, f"transaction {transaction_id} ran somewhere"
    values = meter_values.of_transaction(db, place.identity, transaction_id, after, limit)
    return ReportedTransaction(PlacedTransaction(found, place.identity), values)


def journal(db: Connection, actor: Actor, name: str, before: int, limit: int) -> list[KeptCall]:
    """The raw calls of a charge point with the answers they got, newest first."""
    charge_point = one_charge_point(db, actor, name)
    return frames.newest(db, actor.account_id, charge_point.identity.id, before, limit)
