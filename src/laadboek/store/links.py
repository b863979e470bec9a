"""Links: one charger's connection to one platform, with its face's saved state."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class Lifecycle(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # off the air; its queue waits
    DRAINING = "draining"  # delivers what it has, gets no new session
    REMOVED = "removed"  # its queue is set aside


class NewLink(Struct, frozen=True, kw_only=True):
    public_id: str
    position: int  # faces are told facts in this order
    role: str  # control, report
    backend_uri: str
    charge_box_id: str
    user_name: str
    authorization_key: bytes | None = None  # encrypted
    settings: dict[str, Any] = {}
    lifecycle: Lifecycle = Lifecycle.ACTIVE
    preset: str | None = None  # which known platform it was made from
    agreed_at: datetime | None = None  # when its owner confirmed the agreement and accepted the terms


class LinkRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    charger_id: int
    public_id: str
    position: int
    role: str
    backend_uri: str
    charge_box_id: str
    user_name: str
    authorization_key: bytes | None
    settings: dict[str, Any]
    lifecycle: Lifecycle
    state_version: int  # 0 while `state` is None
    state: bytes | None
    applied_fact: int  # the last numbered fact that this face applied
    created_at: datetime
    preset: str | None = None
    agreed_at: datetime | None = None


COLUMNS = (
    "id, account_id, charger_id, public_id, position, role, backend_uri, charge_box_id, user_name,"
    " authorization_key, settings, lifecycle, state_version, state, applied_fact, created_at, preset, agreed_at"
)


def create(db: Connection, account_id: int, charger_id: int, link: NewLink, applied_fact: int, now: datetime) -> int:
    """A link begins after `applied_fact`: a running session is not its business (RULES §6)."""
    return db.insert(
        "INSERT INTO links (account_id, charger_id, public_id, position, role, backend_uri, charge_box_id, user_name,"
        " authorization_key, settings, lifecycle, state_version, applied_fact, created_at, preset, agreed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
        (
            account_id,
            charger_id,
            link.public_id,
            link.position,
            link.role,
            link.backend_uri,
            link.charge_box_id,
            link.user_name,
            link.authorization_key,
            msgspec.json.encode(link.settings).decode(),
            link.lifecycle.value,
            applied_fact,
            to_us(now),
            link.preset,
            None if link.agreed_at is None else to_us(link.agreed_at),
        ),
    )


def save_state(db: Connection, link_id: int, version: int, blob: bytes, applied_fact: int) -> None:
    """Replace the face's state, in the turn that changed it."""
    db.run(
        "UPDATE links SET state_version = ?, state = ?, applied_fact = ? WHERE id = ?",
        (version, blob, applied_fact, link_id),
    )


def save_settings(db: Connection, account_id: int, public_id: str, settings: dict[str, Any]) -> None:
    """What the owner chose for this link; a face is built anew for it."""
    db.run(
        "UPDATE links SET settings = ? WHERE account_id = ? AND public_id = ?",
        (msgspec.json.encode(settings).decode(), account_id, public_id),
    )


def move_own(db: Connection, backend_uri: str) -> None:
    """Our own platform listens here now: the links of hosted chargers that lead to it follow."""
    db.run(
        "UPDATE links SET backend_uri = ? WHERE EXISTS (SELECT 1 FROM charge_points AS c"
        " WHERE c.charger_id = links.charger_id AND c.charge_box_id = links.charge_box_id)",
        (backend_uri,),
    )


def next_position(db: Connection, charger_id: int) -> int:
    row = db.row("SELECT COALESCE(MAX(position), 0) + 1 FROM links WHERE charger_id = ?", (charger_id,))
    assert row is not None
    return int(row[0])


def change(db: Connection, link: LinkRow) -> None:
    """What its owner may choose anew; where it leads and who it is there stays (RULES §6)."""
    db.run(
        "UPDATE links SET role = ?, user_name = ?, authorization_key = ?, settings = ?, lifecycle = ?,"
        " applied_fact = ?, preset = ?, agreed_at = ? WHERE account_id = ? AND id = ?",
        (
            link.role,
            link.user_name,
            link.authorization_key,
            msgspec.json.encode(link.settings).decode(),
            link.lifecycle.value,
            link.applied_fact,
            link.preset,
            None if link.agreed_at is None else to_us(link.agreed_at),
            link.account_id,
            link.id,
        ),
    )


def of_account(db: Connection, account_id: int) -> list[LinkRow]:
    """By charger, in the order in which faces are told facts."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM links WHERE account_id = ? ORDER BY charger_id, position",
        (account_id,),
    )
    return [_link(row) for row in rows]


def set_lifecycle(db: Connection, account_id: int, public_id: str, lifecycle: Lifecycle) -> bool:
    """False: this account has no such link. A host is told by `Fleet.refresh`."""
    changed = db.run(
        "UPDATE links SET lifecycle = ? WHERE account_id = ? AND public_id = ?",
        (lifecycle.value, account_id, public_id),
    )
    return changed == 1


def by_public_id(db: Connection, account_id: int, public_id: str) -> LinkRow | None:
    row = db.row(f"SELECT {COLUMNS} FROM links WHERE account_id = ? AND public_id = ?", (account_id, public_id))
    return _link(row) if row else None


def of_charger(db: Connection, charger_id: int) -> list[LinkRow]:
    rows = db.rows(f"SELECT {COLUMNS} FROM links WHERE charger_id = ? ORDER BY position", (charger_id,))
    return [_link(row) for row in rows]


def hosted(db: Connection, charger_id: int) -> list[LinkRow]:
    """Those that have a face: a paused one too, so that it goes on hearing what its platform shall be told later."""
    return [link for link in of_charger(db, charger_id) if link.lifecycle is not Lifecycle.REMOVED]


def _link(row: Row) -> LinkRow:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    values["settings"] = msgspec.json.decode(values["settings"])
    values["lifecycle"] = Lifecycle(values["lifecycle"])
    values["created_at"] = from_us(values["created_at"])
    values["agreed_at"] = None if values["agreed_at"] is None else from_us(values["agreed_at"])
    return LinkRow(**values)
