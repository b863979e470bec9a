"""Drivers of an account, and at which of its chargers they may charge. A PIN is only ever here as a keyed MAC."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ..clock import from_us, to_us
from . import sessions
from .connection import Connection, Row


class DriverRow(Struct, frozen=True, gc=False, kw_only=True):
    """`hours`: the JSON of their weekly hours."""

    id: int
    account_id: int
    public_id: str
    name: str
    id_tag: str
    kind: str
    mode: str
    blocked: bool
    created_at: datetime
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    hours: str | None = None
    budget_wh: int | None = None
    budget_span: str | None = None
    all_chargers: bool = False


class AtCharger(Struct, frozen=True, gc=False):
    """A driver at a charger, with the PIN for it."""

    driver: DriverRow
    pin_mac: bytes | None


class Place(Struct, frozen=True, gc=False, kw_only=True):
    """A charger of a driver."""

    driver_id: int  # of its row
    charger_row: int
    charger_id: str  # public
    pin_scope: str
    pin_mac: bytes | None


class NewDriver(Struct, frozen=True, gc=False, kw_only=True):
    public_id: str
    name: str
    pin_mac: bytes | None
    id_tag: str
    kind: str
    mode: str


COLUMNS = (
    "d.id, d.account_id, d.public_id, d.name, d.id_tag, d.kind, d.mode, d.blocked, d.created_at, d.valid_from,"
    " d.valid_until, d.hours, d.budget_wh, d.budget_span, d.all_chargers"
)
NAMES = DriverRow.__struct_fields__


def create(db: Connection, account_id: int, charger_id: int, driver: NewDriver, now: datetime) -> int:
    """At one charger, at all times. A PIN or id tag that is known there already is a constraint's error."""
    id = add(
        db,
        DriverRow(
            id=0,
            account_id=account_id,
            public_id=driver.public_id,
            name=driver.name,
            id_tag=driver.id_tag,
            kind=driver.kind,
            mode=driver.mode,
            blocked=False,
            created_at=now,
        ),
    )
    permit(db, account_id, id, charger_id, driver.pin_mac)
    return id


def add(db: Connection, driver: DriverRow) -> int:
    """At no charger yet; its `id` is not looked at."""
    id = db.insert(
        "INSERT INTO drivers (account_id, public_id, name, id_tag, kind, mode, blocked, all_chargers, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)",
        (
            driver.account_id,
            driver.public_id,
            driver.name,
            driver.id_tag,
            driver.kind,
            driver.mode,
            to_us(driver.created_at),
        ),
    )
    change(db, driver.account_id, replace(driver, id=id))
    return id


def permit(db: Connection, account_id: int, driver_id: int, charger_id: int, pin_mac: bytes | None) -> None:
    """The driver may charge there from now on."""
    db.run(
        "INSERT INTO driver_chargers (account_id, driver_id, charger_id, pin_mac) VALUES (?, ?, ?, ?)",
        (account_id, driver_id, charger_id, pin_mac),
    )


def forbid(db: Connection, account_id: int, driver_id: int, charger_id: int) -> None:
    """The driver may not charge there any more."""
    db.run(
        "DELETE FROM driver_chargers WHERE account_id = ? AND driver_id = ? AND charger_id = ?",
        (account_id, driver_id, charger_id),
    )


def set_pin(db: Connection, account_id: int, driver_id: int, charger_id: int, pin_mac: bytes | None) -> None:
    db.run(
        "UPDATE driver_chargers SET pin_mac = ? WHERE account_id = ? AND driver_id = ? AND charger_id = ?",
        (pin_mac, account_id, driver_id, charger_id),
    )


def drop_pins(db: Connection, account_id: int, driver_id: int) -> None:
    """Everywhere, also what the last charger kept for the next."""
    db.run("UPDATE driver_chargers SET pin_mac = NULL WHERE account_id = ? AND driver_id = ?", (account_id, driver_id))


def places(db: Connection, account_id: int, driver_id: int | None = None) -> list[Place]:
    """Where they may charge, or (None) where all drivers of the account may; at chargers that are not removed."""
    one = "" if driver_id is None else " AND p.driver_id = ?"
    rows = db.rows(
        "SELECT p.driver_id, c.id, c.public_id, c.pin_scope, p.pin_mac FROM driver_chargers p"
        " JOIN chargers c ON c.id = p.charger_id"
        f" WHERE p.account_id = ? AND c.removed_at IS NULL{one} ORDER BY p.driver_id, c.id",
        (account_id,) if driver_id is None else (account_id, driver_id),
    )
    return [
        Place(driver_id=row[0], charger_row=row[1], charger_id=row[2], pin_scope=row[3], pin_mac=row[4]) for row in rows
    ]


def change(db: Connection, account_id: int, driver: DriverRow) -> bool:
    """Write what a person may change."""
    changed = db.run(
        "UPDATE drivers SET name = ?, kind = ?, mode = ?, blocked = ?, valid_from = ?, valid_until = ?, hours = ?,"
        " budget_wh = ?, budget_span = ?, all_chargers = ? WHERE account_id = ? AND id = ?",
        (
            driver.name,
            driver.kind,
            driver.mode,
            int(driver.blocked),
            None if driver.valid_from is None else to_us(driver.valid_from),
            None if driver.valid_until is None else to_us(driver.valid_until),
            driver.hours,
            driver.budget_wh,
            driver.budget_span,
            int(driver.all_chargers),
            account_id,
            driver.id,
        ),
    )
    return changed == 1


def remove(db: Connection, account_id: int, public_id: str) -> bool:
    found = by_public_id(db, account_id, public_id)
    if found is None:
        return False
    db.run("DELETE FROM driver_chargers WHERE account_id = ? AND driver_id = ?", (account_id, found.id))
    return db.run("DELETE FROM drivers WHERE account_id = ? AND id = ?", (account_id, found.id)) == 1


def by_public_id(db: Connection, account_id: int, public_id: str) -> DriverRow | None:
    row = db.row(f"SELECT {COLUMNS} FROM drivers d WHERE account_id = ? AND public_id = ?", (account_id, public_id))
    return _driver(row) if row else None


def by_id_tag(db: Connection, account_id: int, id_tag: str) -> DriverRow | None:
    """Without case (CiString20)."""
    sql = f"SELECT {COLUMNS} FROM drivers d WHERE account_id = ? AND LOWER(id_tag) = ?"
    row = db.row(sql, (account_id, id_tag.lower()))
    return _driver(row) if row else None


def of_account(db: Connection, account_id: int) -> list[DriverRow]:
    """In the order in which they were added."""
    rows = db.rows(f"SELECT {COLUMNS} FROM drivers d WHERE account_id = ? ORDER BY id", (account_id,))
    return [_driver(row) for row in rows]


def of_charger(db: Connection, charger_id: int) -> list[AtCharger]:
    """Nobody, where it is removed."""
    rows = db.rows(
        f"SELECT {COLUMNS}, c.pin_mac FROM drivers d JOIN driver_chargers c ON c.driver_id = d.id"
        " JOIN chargers p ON p.id = c.charger_id AND p.removed_at IS NULL WHERE c.charger_id = ? ORDER BY d.id",
        (charger_id,),
    )
    return [AtCharger(_driver(row[:-1]), row[-1]) for row in rows]


def newest_start(db: Connection, account_id: int, driver_id: str) -> datetime | None:
    """When the driver (public id) began to charge the last time."""
    row = db.row(
        "SELECT started_at FROM sessions WHERE account_id = ? AND driver_id = ? ORDER BY started_at DESC LIMIT 1",
        (account_id, driver_id),
    )
    return None if row is None else from_us(row[0])


def energy_between(
    db: Connection, account_id: int, driver_id: str, start: datetime, end: datetime, besides: int | None = None
) -> int:
    """Wh of the driver's sessions with start ≤ their start < end, of those that run up to the last quarter-hour.

    `besides`: the row of a charger whose running sessions do not count.
    """
    rows = db.rows(
        "SELECT ended_at, energy_wh, charger_id, body FROM sessions"
        " WHERE account_id = ? AND started_at >= ? AND started_at < ? AND driver_id = ?",
        (account_id, to_us(start), to_us(end), driver_id),
    )
    ended = sum(energy_wh or 0 for ended_at, energy_wh, _, _ in rows if ended_at is not None)
    running = (sessions.decode(body) for ended_at, _, at, body in rows if ended_at is None and at != besides)
    return ended + sum(one.quarters[-1][1] - one.start_register_wh for one in running if one.quarters)


def _driver(row: Row) -> DriverRow:
    values = dict(zip(NAMES, row, strict=True))
    for name in ("blocked", "all_chargers"):
        values[name] = bool(values[name])
    for name in ("created_at", "valid_from", "valid_until"):
        values[name] = None if values[name] is None else from_us(values[name])
    return DriverRow(**values)
