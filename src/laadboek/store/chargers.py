"""Chargers that we host, each with its core's saved state."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class ChargerRow(Struct, frozen=True):
    id: int
    account_id: int
    public_id: str
    name: str
    device: str
    device_config: dict[str, Any]
    state_version: int  # 0 while `state` is None
    state: bytes | None
    created_at: datetime


COLUMNS = "id, account_id, public_id, name, device, device_config, state_version, state, created_at"


def create(
    db: Connection,
    account_id: int,
    public_id: str,
    name: str,
    device: str,
    device_config: dict[str, Any],
    now: datetime,
) -> int:
    return db.insert(
        "INSERT INTO chargers (account_id, public_id, name, device, device_config, state_version, created_at)"
        " VALUES (?, ?, ?, ?, ?, 0, ?)",
        (account_id, public_id, name, device, msgspec.json.encode(device_config).decode(), to_us(now)),
    )


def save_state(db: Connection, charger_id: int, version: int, blob: bytes) -> None:
    """Replace the core's state, in the turn that changed it."""
    db.run("UPDATE chargers SET state_version = ?, state = ? WHERE id = ?", (version, blob, charger_id))


def save_device_config(db: Connection, account_id: int, charger_id: int, device_config: dict[str, Any]) -> None:
    db.run(
        "UPDATE chargers SET device_config = ? WHERE account_id = ? AND id = ?",
        (msgspec.json.encode(device_config).decode(), account_id, charger_id),
    )


def load(db: Connection, charger_id: int) -> ChargerRow | None:
    row = db.row(f"SELECT {COLUMNS} FROM chargers WHERE id = ?", (charger_id,))
    return _charger(row) if row else None


def by_public_id(db: Connection, account_id: int, public_id: str) -> ChargerRow | None:
    row = db.row(
        f"SELECT {COLUMNS} FROM chargers WHERE account_id = ? AND public_id = ?",
        (account_id, public_id),
    )
    return _charger(row) if row else None


def of_account(db: Connection, account_id: int) -> list[ChargerRow]:
    rows = db.rows(f"SELECT {COLUMNS} FROM chargers WHERE account_id = ? ORDER BY id", (account_id,))
    return [_charger(row) for row in rows]


def all(db: Connection) -> list[ChargerRow]:
    """Of every account: what this process hosts."""
    return [_charger(row) for row in db.rows(f"SELECT {COLUMNS} FROM chargers ORDER BY id")]


def _charger(row: Row) -> ChargerRow:
    id, account_id, public_id, name, device, config, version, state, created_at = row
    return ChargerRow(
        id=id,
        account_id=account_id,
        public_id=public_id,
        name=name,
        device=device,
        device_config=msgspec.json.decode(config),
        state_version=version,
        state=state,
        created_at=from_us(created_at),
    )
