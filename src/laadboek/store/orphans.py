"""Transaction messages that cannot be booked: answered, kept as evidence, in sight, matched later when possible."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .charge_points import ChargePointIdentity
from .connection import Connection, Row


class OrphanRow(Struct, frozen=True, kw_only=True):
    id: int
    charge_point_id: int
    action: str
    why: str
    transaction_id: int | None
    payload_hash: bytes
    text: bytes
    received_at: datetime
    matched_at: datetime | None


COLUMNS = ", ".join(OrphanRow.__struct_fields__)


def keep(
    db: Connection,
    charge_point: ChargePointIdentity,
    *,
    action: str,
    why: str,
    transaction_id: int | None,
    payload_hash: bytes,
    text: bytes,
    received_at: datetime,
) -> None:
    """Keep the raw message once, whatever message ids it comes under."""
    db.run(
        "INSERT INTO orphans (account_id, charge_point_id, action, why, transaction_id, payload_hash, text, "
        "received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (charge_point_id, payload_hash) DO NOTHING",
        (charge_point.account_id, charge_point.id, action, why, transaction_id, payload_hash, text, to_us(received_at)),
    )


def unmatched(db: Connection, charge_point: ChargePointIdentity, action: str, why: str) -> list[OrphanRow]:
    """Oldest first."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM orphans WHERE charge_point_id = ? AND action = ? AND why = ? "
        "AND matched_at IS NULL ORDER BY id",
        (charge_point.id, action, why),
    )
    return [_orphan(row) for row in rows]


def matched(db: Connection, charge_point: ChargePointIdentity, orphan_id: int, now: datetime) -> None:
    db.run(
        "UPDATE orphans SET matched_at = ? WHERE charge_point_id = ? AND id = ?",
        (to_us(now), charge_point.id, orphan_id),
    )


def of_account(db: Connection, account_id: int) -> list[OrphanRow]:
    """Newest first: what a person should look at."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM orphans WHERE account_id = ? ORDER BY id DESC",
        (account_id,),
    )
    return [_orphan(row) for row in rows]


def _orphan(row: Row) -> OrphanRow:
    values = dict(zip(OrphanRow.__struct_fields__, row, strict=True))
    for name in ("received_at", "matched_at"):
        values[name] = None if values[name] is None else from_us(values[name])
    for name in ("payload_hash", "text"):
        values[name] = bytes(values[name])
    return OrphanRow(**values)
