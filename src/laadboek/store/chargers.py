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
    pin_scope: str  # what PINs are hidden under, see `secret.pin_mac`
    removed_at: datetime | None


COLUMNS = (
    "id, account_id, public_id, name, device, device_config, state_version, state, created_at, pin_scope, removed_at"
)


def create(
    db: Connection,
    account_id: int,
    public_id: str,
    name: str,
    device: str,
    device_config: dict[str, Any],
    now: datetime,
) -> int:
    """A driver has one PIN at all chargers of an account: they share the scope of the first."""
    first = db.row("SELECT pin_scope FROM chargers WHERE account_id = ? ORDER BY id LIMIT 1", (account_id,))
    scope = public_id if first is None else first[0]
    config = msgspec.json.encode(device_config).decode()
    return db.insert(
        "INSERT INTO chargers (account_id, public_id, name, device, device_config, state_version, created_at,"
        " pin_scope) VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
        (account_id, public_id, name, device, config, to_us(now), scope),
    )


def save_state(db: Connection, charger_id: int, version: int, blob: bytes) -> None:
    """Replace the core's state, in the turn that changed it."""
    db.run("UPDATE chargers SET state_version = ?, state = ? WHERE id = ?", (version, blob, charger_id))


def save_device_config(db: Connection, account_id: int, charger_id: int, device_config: dict[str, Any]) -> None:
    db.run(
        "UPDATE chargers SET device_config = ? WHERE account_id = ? AND id = ?",
        (msgspec.json.encode(device_config).decode(), account_id, charger_id),
    )


def rename(db: Connection, account_id: int, charger_id: int, name: str) -> None:
    db.run("UPDATE chargers SET name = ? WHERE account_id = ? AND id = ?", (name, account_id, charger_id))


def permit_everywhere(db: Connection, account_id: int, charger_id: int) -> None:
    """Who may charge at all chargers of the account may here as well, with the same PIN where it is hidden alike.

    What a removed charger kept of PINs for this one is forgotten there.
    """
    db.run(
        "INSERT INTO driver_chargers (account_id, driver_id, charger_id, pin_mac) SELECT account_id, id, ?,"
        " (SELECT c.pin_mac FROM driver_chargers AS c JOIN chargers AS o ON o.id = c.charger_id"
        " WHERE c.driver_id = drivers.id AND c.pin_mac IS NOT NULL"
        " AND o.pin_scope = (SELECT n.pin_scope FROM chargers AS n WHERE n.id = ?) ORDER BY c.id LIMIT 1)"
        " FROM drivers WHERE account_id = ? AND all_chargers = 1",
        (charger_id, charger_id, account_id),
    )
    db.run(
        "DELETE FROM driver_chargers WHERE account_id = ?"
        " AND charger_id IN (SELECT id FROM chargers WHERE account_id = ? AND removed_at IS NOT NULL)",
        (account_id, account_id),
    )


def remove(db: Connection, account_id: int, charger_id: int, now: datetime) -> None:
    """Nobody hosts it from now on, and nobody is permitted there; its row stays as long as its sessions.

    The last one keeps the PINs of those who may charge everywhere for the next: nobody could hide them anew.
    """
    db.run("UPDATE chargers SET removed_at = ? WHERE account_id = ? AND id = ?", (to_us(now), account_id, charger_id))
    others = db.row("SELECT COUNT(*) FROM chargers WHERE account_id = ? AND removed_at IS NULL", (account_id,))
    assert others is not None
    db.run(
        "DELETE FROM driver_chargers WHERE account_id = ? AND charger_id = ? AND (? > 0 OR pin_mac IS NULL"
        " OR driver_id NOT IN (SELECT id FROM drivers WHERE account_id = ? AND all_chargers = 1))",
        (account_id, charger_id, others[0], account_id),
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
    """Those that are not removed."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM chargers WHERE account_id = ? AND removed_at IS NULL ORDER BY id", (account_id,)
    )
    return [_charger(row) for row in rows]


def all(db: Connection) -> list[ChargerRow]:
    """Of every account: what this process hosts."""
    return [_charger(row) for row in db.rows(f"SELECT {COLUMNS} FROM chargers WHERE removed_at IS NULL ORDER BY id")]


def _charger(row: Row) -> ChargerRow:
    id, account_id, public_id, name, device, config, version, state, created_at, pin_scope, removed_at = row
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
        pin_scope=pin_scope,
        removed_at=None if removed_at is None else from_us(removed_at),
    )
