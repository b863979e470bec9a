"""Sessions as people look at them: by account, period and kind, with the names of charger and driver."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from ..facts import Kind, Mode
from .connection import Connection, Row


class SessionRow(Struct, frozen=True, kw_only=True):
    """One session. Energy and registers in Wh; those of the end are None while it runs."""

    session_id: str
    charger_id: str  # public id of the charger, or of the foreign charge point
    charger_name: str
    connector_id: int
    driver_name: str | None
    id_tag: str
    kind: Kind
    mode: Mode
    started_at: datetime
    ended_at: datetime | None
    start_register_wh: int
    end_register_wh: int | None
    energy_wh: int | None
    reason: str | None
    hosted: bool = True  # False: of a foreign charge point; who charged is known by id tag only


class ChargerName(Struct, frozen=True, kw_only=True):
    """A charger as the portal lists it. `device_config` is the driver's own JSON."""

    charger_id: str
    name: str
    device: str
    device_config: str


SELECT = (
    "SELECT s.public_id, COALESCE(c.public_id, p.public_id), COALESCE(c.name, p.charge_box_id), s.connector_id,"
    " s.driver_name, s.id_tag, s.kind, s.mode, s.started_at, s.ended_at, s.start_register_wh, s.end_register_wh,"
    " s.energy_wh, s.reason, s.charger_id IS NOT NULL"
    " FROM sessions s"
    " LEFT JOIN chargers c ON c.id = s.charger_id AND c.account_id = s.account_id"
    " LEFT JOIN charge_points p ON p.id = s.charge_point_id AND p.account_id = s.account_id"
    " WHERE s.account_id = ?"
)


def started_between(
    db: Connection, account_id: int, start: datetime, end: datetime, kind: Kind | None = None
) -> list[SessionRow]:
    """Sessions with start ≤ their start < end, oldest first."""
    sql = SELECT + " AND s.started_at >= ? AND s.started_at < ?"
    params: list[object] = [account_id, to_us(start), to_us(end)]
    if kind is not None:
        sql += " AND s.kind = ?"
        params.append(kind.value)
    return [_session(row) for row in db.rows(sql + " ORDER BY s.started_at, s.id", params)]


def one(db: Connection, account_id: int, session_id: str) -> SessionRow | None:
    row = db.row(SELECT + " AND s.public_id = ?", (account_id, session_id))
    return None if row is None else _session(row)


def newest_start(db: Connection, account_id: int, before: datetime) -> datetime | None:
    """When the last session before this instant started: an empty page can point there."""
    row = db.row(
        "SELECT MAX(started_at) FROM sessions WHERE account_id = ? AND started_at < ?", (account_id, to_us(before))
    )
    return None if row is None or row[0] is None else from_us(row[0])


def chargers(db: Connection, account_id: int) -> list[ChargerName]:
    """The account's own chargers, in the order they were added."""
    rows = db.rows(
        "SELECT public_id, name, device, device_config FROM chargers WHERE account_id = ? ORDER BY id", (account_id,)
    )
    return [ChargerName(charger_id=row[0], name=row[1], device=row[2], device_config=row[3]) for row in rows]


def _session(row: Row) -> SessionRow:
    return SessionRow(
        session_id=row[0],
        charger_id=row[1],
        charger_name=row[2],
        connector_id=row[3],
        driver_name=row[4],
        id_tag=row[5],
        kind=Kind(row[6]),
        mode=Mode(row[7]),
        started_at=from_us(row[8]),
        ended_at=None if row[9] is None else from_us(row[9]),
        start_register_wh=row[10],
        end_register_wh=row[11],
        energy_wh=row[12],
        reason=row[13],
        hosted=bool(row[14]),
    )
