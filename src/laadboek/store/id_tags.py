"""Id tags of an account: who may charge at its charge points. Tags compare without case (CiString20)."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from ..facts import Kind
from ..ocpp.types import AuthorizationStatus, IdTagInfo
from .connection import Connection, Row

COLUMNS = "id_tag, kind, parent_id_tag, driver_id, blocked, expires_at"
INVALID = IdTagInfo(status=AuthorizationStatus.INVALID)


class IdTagRow(Struct, frozen=True, kw_only=True):
    id_tag: str
    kind: Kind
    parent_id_tag: str | None = None
    driver_id: str | None = None
    blocked: bool = False
    expires_at: datetime | None = None


def fold(id_tag: str) -> str:
    """The form in which tags compare."""
    return id_tag.casefold()


def save(db: Connection, account_id: int, tag: IdTagRow, now: datetime) -> None:
    """Add the tag, or change what is known about it."""
    db.run(
        "INSERT INTO id_tags (account_id, id_tag, id_tag_folded, parent_id_tag, driver_id, kind, blocked, expires_at, "
        "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, id_tag_folded) DO UPDATE SET "
        "id_tag = excluded.id_tag, parent_id_tag = excluded.parent_id_tag, driver_id = excluded.driver_id, "
        "kind = excluded.kind, blocked = excluded.blocked, expires_at = excluded.expires_at",
        (
            account_id,
            tag.id_tag,
            fold(tag.id_tag),
            tag.parent_id_tag,
            tag.driver_id,
            tag.kind.value,
            int(tag.blocked),
            None if tag.expires_at is None else to_us(tag.expires_at),
            to_us(now),
        ),
    )


def listed(db: Connection, account_id: int, after: str, limit: int) -> list[IdTagRow]:
    """The account's tags beyond the folded one `after`, in the order of their folded form."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM id_tags WHERE account_id = ? AND id_tag_folded > ? ORDER BY id_tag_folded LIMIT ?",
        (account_id, after, limit),
    )
    return [_tag(row) for row in rows]


def remove(db: Connection, account_id: int, id_tag: str) -> bool:
    sql = "DELETE FROM id_tags WHERE account_id = ? AND id_tag_folded = ?"
    return db.run(sql, (account_id, fold(id_tag))) == 1


def find(db: Connection, account_id: int, id_tag: str) -> IdTagRow | None:
    row = db.row(
        f"SELECT {COLUMNS} FROM id_tags WHERE account_id = ? AND id_tag_folded = ?", (account_id, fold(id_tag))
    )
    return None if row is None else _tag(row)


def _tag(row: Row) -> IdTagRow:
    as_given, kind, parent_id_tag, driver_id, blocked, expires_at = row
    return IdTagRow(
        id_tag=as_given,
        kind=Kind(kind),
        parent_id_tag=parent_id_tag,
        driver_id=driver_id,
        blocked=bool(blocked),
        expires_at=None if expires_at is None else from_us(expires_at),
    )


def info(db: Connection, account_id: int, id_tag: str, now: datetime) -> IdTagInfo:
    """What the platform says of this tag now (§7.8): unknown is Invalid, blocked goes before expired."""
    tag = find(db, account_id, id_tag)
    if tag is None:
        return INVALID
    return IdTagInfo(status=status_of(tag, now), parent_id_tag=tag.parent_id_tag, expiry_date=tag.expires_at)


def status_of(tag: IdTagRow, now: datetime) -> AuthorizationStatus:
    if tag.blocked:
        return AuthorizationStatus.BLOCKED
    if tag.expires_at is not None and tag.expires_at <= now:
        return AuthorizationStatus.EXPIRED
    return AuthorizationStatus.ACCEPTED
