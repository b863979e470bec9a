"""Charge points that our platform admits, and the last status of their connectors (OCPP 1.6 §4.2, §4.9)."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from ..ocpp.types import ChargePointErrorCode, ChargePointStatus, RegistrationStatus
from .connection import Connection, Row


class ChargePointIdentity(Struct, frozen=True, kw_only=True):
    """Who is at the other end of a connection, and what the platform decided about it."""

    id: int
    account_id: int
    public_id: str  # cp_
    charge_box_id: str
    charger_id: int | None  # set: we host this charger ourselves, its host writes the sessions
    registration: RegistrationStatus


class ChargePointRow(Struct, frozen=True, kw_only=True):
    identity: ChargePointIdentity
    key_mac: bytes | None  # None: not admitted
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    booted_at: datetime | None
    last_seen_at: datetime | None


class ConnectorStatus(Struct, frozen=True, kw_only=True):
    connector_id: int  # 0: the charge point as a whole
    status: ChargePointStatus
    error_code: ChargePointErrorCode
    info: str | None
    reported_at: datetime


class Nameplate(Struct, frozen=True, kw_only=True):
    """What BootNotification says about the hardware (§6.3)."""

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None


COLUMNS = (
    "id, account_id, public_id, charge_box_id, charger_id, registration, key_mac, vendor, model, serial_number, "
    "firmware_version, booted_at, last_seen_at"
)

HISTORY = ("transactions", "sessions", "operations", "orphans", "connector_statuses")  # what refers to a charge point


def create(
    db: Connection,
    account_id: int,
    *,
    public_id: str,
    charge_box_id: str,
    key_mac: bytes | None,
    charger_id: int | None,
    now: datetime,
    registration: RegistrationStatus = RegistrationStatus.ACCEPTED,
) -> ChargePointIdentity:
    """Admit a charge point under a ChargeBoxID that no other one has."""
    row_id = db.insert(
        "INSERT INTO charge_points (account_id, public_id, charge_box_id, key_mac, charger_id, registration, "
        "created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account_id, public_id, charge_box_id, key_mac, charger_id, registration.value, to_us(now)),
    )
    return ChargePointIdentity(
        id=row_id,
        account_id=account_id,
        public_id=public_id,
        charge_box_id=charge_box_id,
        charger_id=charger_id,
        registration=registration,
    )


def everything(db: Connection) -> list[ChargePointRow]:
    """Every charge point of every account: admission reads them at start."""
    return [_charge_point(row) for row in db.rows(f"SELECT {COLUMNS} FROM charge_points ORDER BY id")]


def of_account(db: Connection, account_id: int) -> list[ChargePointRow]:
    rows = db.rows(f"SELECT {COLUMNS} FROM charge_points WHERE account_id = ? ORDER BY id", (account_id,))
    return [_charge_point(row) for row in rows]


def named(db: Connection, account_id: int, name: str) -> ChargePointRow | None:
    """The account's charge point with this ChargeBoxID or public id."""
    sql = f"SELECT {COLUMNS} FROM charge_points WHERE account_id = ? AND (charge_box_id = ? OR public_id = ?)"
    row = db.row(sql, (account_id, name, name))
    return _charge_point(row) if row else None


def by_id(db: Connection, account_id: int, charge_point_id: int) -> ChargePointRow | None:
    sql = f"SELECT {COLUMNS} FROM charge_points WHERE account_id = ? AND id = ?"
    row = db.row(sql, (account_id, charge_point_id))
    return _charge_point(row) if row else None


def listed(db: Connection, account_id: int, after: int, limit: int) -> list[ChargePointRow]:
    """The account's admitted charge points with a row id beyond `after`, in the order they were added."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM charge_points WHERE account_id = ? AND id > ? AND key_mac IS NOT NULL "
        "ORDER BY id LIMIT ?",
        (account_id, after, limit),
    )
    return [_charge_point(row) for row in rows]


def foreign_with_unfinished(db: Connection) -> list[ChargePointIdentity]:
    """Those of every account that are not hosted here and have a transaction without Stop that is not settled."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM charge_points WHERE charger_id IS NULL AND EXISTS (SELECT 1 FROM transactions AS t "
        "WHERE t.charge_point_id = charge_points.id AND (t.state = 'open' OR t.state = 'provisional' AND NOT EXISTS "
        "(SELECT 1 FROM sessions WHERE sessions.public_id = t.session_id))) ORDER BY id"
    )
    return [_charge_point(row).identity for row in rows]


def is_taken(db: Connection, charge_box_id: str) -> bool:
    """By whatever account: a ChargeBoxID is how a charge point is told apart at the door."""
    return db.row("SELECT 1 FROM charge_points WHERE charge_box_id = ?", (charge_box_id,)) is not None


def remove(db: Connection, account_id: int, charge_point_id: int) -> None:
    """It is not admitted any more. What it did stays, and so does its row; one that was never heard goes for good."""
    unused = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.charge_point_id = charge_points.id)" for table in HISTORY
    )
    sql = f"DELETE FROM charge_points WHERE account_id = ? AND id = ? AND last_seen_at IS NULL AND {unused}"
    gone = db.run(sql, (account_id, charge_point_id))
    if not gone:
        set_key(db, account_id, charge_point_id, None)


def set_key(db: Connection, account_id: int, charge_point_id: int, key_mac: bytes | None) -> None:
    sql = "UPDATE charge_points SET key_mac = ? WHERE account_id = ? AND id = ?"
    db.run(sql, (key_mac, account_id, charge_point_id))


def set_registration(db: Connection, account_id: int, charge_point_id: int, registration: RegistrationStatus) -> None:
    """What the next BootNotification is answered."""
    sql = "UPDATE charge_points SET registration = ? WHERE account_id = ? AND id = ?"
    db.run(sql, (registration.value, account_id, charge_point_id))


def booted(
    db: Connection, charge_point: ChargePointIdentity, nameplate: Nameplate, now: datetime
) -> RegistrationStatus:
    """Note the boot and the hardware; return the registration as it is decided now."""
    at = to_us(now)
    db.run(
        "UPDATE charge_points SET vendor = ?, model = ?, serial_number = ?, firmware_version = ?, booted_at = ?, "
        "last_seen_at = ? WHERE id = ?",
        (
            nameplate.vendor,
            nameplate.model,
            nameplate.serial_number,
            nameplate.firmware_version,
            at,
            at,
            charge_point.id,
        ),
    )
    row = db.row("SELECT registration FROM charge_points WHERE id = ?", (charge_point.id,))
    return RegistrationStatus(row[0]) if row else RegistrationStatus.REJECTED


def seen(db: Connection, charge_point: ChargePointIdentity, now: datetime) -> datetime | None:
    """Note that it was heard; return when it booted last."""
    db.run("UPDATE charge_points SET last_seen_at = ? WHERE id = ?", (to_us(now), charge_point.id))
    row = db.row("SELECT booted_at FROM charge_points WHERE id = ?", (charge_point.id,))
    return from_us(row[0]) if row and row[0] is not None else None


def save_status(
    db: Connection,
    charge_point: ChargePointIdentity,
    *,
    connector_id: int,
    status: ChargePointStatus,
    error_code: ChargePointErrorCode,
    info: str | None,
    reported_at: datetime,
) -> None:
    """Keep the newest status of the connector: an older report that comes late changes nothing."""
    db.run(
        "INSERT INTO connector_statuses (account_id, charge_point_id, connector_id, status, error_code, info, "
        "reported_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (charge_point_id, connector_id) DO UPDATE SET "
        "status = excluded.status, error_code = excluded.error_code, info = excluded.info, "
        "reported_at = excluded.reported_at WHERE excluded.reported_at >= connector_statuses.reported_at",
        (
            charge_point.account_id,
            charge_point.id,
            connector_id,
            status.value,
            error_code.value,
            info,
            to_us(reported_at),
        ),
    )


def statuses(db: Connection, account_id: int, charge_point_id: int) -> list[ConnectorStatus]:
    rows = db.rows(
        "SELECT connector_id, status, error_code, info, reported_at FROM connector_statuses "
        "WHERE account_id = ? AND charge_point_id = ? ORDER BY connector_id",
        (account_id, charge_point_id),
    )
    return [
        ConnectorStatus(
            connector_id=connector_id,
            status=ChargePointStatus(status),
            error_code=ChargePointErrorCode(error_code),
            info=info,
            reported_at=from_us(reported_at),
        )
        for connector_id, status, error_code, info, reported_at in rows
    ]


def _charge_point(row: Row) -> ChargePointRow:
    (row_id, account_id, public_id, charge_box_id, charger_id, registration, key_mac, *nameplate, booted, seen_at) = row
    vendor, model, serial_number, firmware_version = nameplate
    return ChargePointRow(
        identity=ChargePointIdentity(
            id=row_id,
            account_id=account_id,
            public_id=public_id,
            charge_box_id=charge_box_id,
            charger_id=charger_id,
            registration=RegistrationStatus(registration),
        ),
        key_mac=None if key_mac is None else bytes(key_mac),
        vendor=vendor,
        model=model,
        serial_number=serial_number,
        firmware_version=firmware_version,
        booted_at=None if booted is None else from_us(booted),
        last_seen_at=None if seen_at is None else from_us(seen_at),
    )
