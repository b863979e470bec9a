"""Drivers of a charger. A PIN is only ever here as a keyed MAC."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class DriverRow(Struct, frozen=True, gc=False, kw_only=True):
    id: int
    account_id: int
    charger_id: int
    public_id: str
    name: str
    pin_mac: bytes | None
    id_tag: str
    kind: str
    mode: str
    blocked: bool
    created_at: datetime


class NewDriver(Struct, frozen=True, gc=False, kw_only=True):
    public_id: str
    name: str
    pin_mac: bytes | None
    id_tag: str
    kind: str
    mode: str


COLUMNS = "id, account_id, charger_id, public_id, name, pin_mac, id_tag, kind, mode, blocked, created_at"


def create(db: Connection, account_id: int, charger_id: int, driver: NewDriver, now: datetime) -> int:
    """A PIN or id tag that the charger already knows is a constraint's error."""
    return db.insert(
        "INSERT INTO drivers (account_id, charger_id, public_id, name, pin_mac, id_tag, kind, mode, blocked,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
        (
            account_id,
            charger_id,
            driver.public_id,
            driver.name,
            driver.pin_mac,
            driver.id_tag,
            driver.kind,
            driver.mode,
            to_us(now),
        ),
    )


def change(db: Connection, account_id: int, driver: DriverRow) -> bool:
    """Write what a person may change: name, PIN, kind, mode, blocked."""
    changed = db.run(
        "UPDATE drivers SET name = ?, pin_mac = ?, kind = ?, mode = ?, blocked = ? WHERE account_id = ? AND id = ?",
        (driver.name, driver.pin_mac, driver.kind, driver.mode, int(driver.blocked), account_id, driver.id),
    )
    return changed == 1


def remove(db: Connection, account_id: int, public_id: str) -> bool:
    return db.run("DELETE FROM drivers WHERE account_id = ? AND public_id = ?", (account_id, public_id)) == 1


def by_public_id(db: Connection, account_id: int, public_id: str) -> DriverRow | None:
    row = db.row(f"SELECT {COLUMNS} FROM drivers WHERE account_id = ? AND public_id = ?", (account_id, public_id))
    return _driver(row) if row else None


def of_charger(db: Connection, charger_id: int) -> list[DriverRow]:
    rows = db.rows(f"SELECT {COLUMNS} FROM drivers WHERE charger_id = ? ORDER BY id", (charger_id,))
    return [_driver(row) for row in rows]


def _driver(row: Row) -> DriverRow:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    values["blocked"] = bool(values["blocked"])
    values["created_at"] = from_us(values["created_at"])
    return DriverRow(**values)
