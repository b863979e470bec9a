"""Who providers (OpenID Connect) say that somebody is. Found by issuer and subject, never by e-mail (C1)."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class IdentityRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    user_id: int
    provider: str
    issuer: str
    subject: str
    email: str | None  # as it was at the last sign-in
    created_at: datetime
    used_at: datetime | None


COLUMNS = "id, account_id, user_id, provider, issuer, subject, email, created_at, used_at"


def create(
    db: Connection,
    account_id: int,
    user_id: int,
    *,
    provider: str,
    issuer: str,
    subject: str,
    email: str | None,
    now: datetime,
) -> int:
    """An identity that somebody has already breaks the table's constraint."""
    return db.insert(
        "INSERT INTO identities (account_id, user_id, provider, issuer, subject, email, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account_id, user_id, provider, issuer, subject, email, to_us(now)),
    )


def find(db: Connection, issuer: str, subject: str) -> IdentityRow | None:
    """Whose it is: at sign-in nobody knows the account yet."""
    row = db.row(f"SELECT {COLUMNS} FROM identities WHERE issuer = ? AND subject = ?", (issuer, subject))
    return None if row is None else _identity(row)


def of_user(db: Connection, account_id: int, user_id: int) -> list[IdentityRow]:
    where = "WHERE account_id = ? AND user_id = ? ORDER BY id"
    return [_identity(row) for row in db.rows(f"SELECT {COLUMNS} FROM identities {where}", (account_id, user_id))]


def used(db: Connection, account_id: int, identity_id: int, email: str | None, now: datetime) -> None:
    """They signed in with it; the address may be another one than last time."""
    db.run(
        "UPDATE identities SET used_at = ?, email = ? WHERE account_id = ? AND id = ?",
        (to_us(now), email, account_id, identity_id),
    )


def remove(db: Connection, account_id: int, user_id: int, provider: str) -> int:
    """How many there were."""
    return db.run(
        "DELETE FROM identities WHERE account_id = ? AND user_id = ? AND provider = ?", (account_id, user_id, provider)
    )


def forget_all(db: Connection, account_id: int, user_id: int) -> None:
    db.run("DELETE FROM identities WHERE account_id = ? AND user_id = ?", (account_id, user_id))


def _identity(row: Row) -> IdentityRow:
    values = dict(zip(IdentityRow.__struct_fields__, row, strict=True))
    values["created_at"] = from_us(values["created_at"])
    values["used_at"] = None if values["used_at"] is None else from_us(values["used_at"])
    return IdentityRow(**values)
