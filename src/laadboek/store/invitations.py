"""Invitations into an account. The link's 256 random bits are in the mail alone; their SHA-256 finds the row."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from ..rights import Role
from .connection import Connection, Row
from .memberships import decode_drivers, encode_drivers


class InvitationRow(Struct, frozen=True, kw_only=True):
    """With the name of the account that it opens."""

    id: int
    account_id: int
    account_name: str
    account_language: str
    public_id: str
    email: str
    role: Role
    drivers: frozenset[str] | None  # see `schema_people.memberships`
    created_at: datetime
    expires_at: datetime


class NewInvitation(Struct, frozen=True, kw_only=True):
    public_id: str  # inv_
    email: str
    role: Role
    drivers: frozenset[str] | None
    token_hash: bytes
    expires_at: datetime


SELECT = (
    "SELECT i.id, i.account_id, a.name, a.language, i.public_id, i.email, i.role, i.drivers, i.created_at, i.expires_at"
    " FROM invitations i JOIN accounts a ON a.id = i.account_id"
)


def create(db: Connection, account_id: int, new: NewInvitation, now: datetime) -> None:
    db.run(
        "INSERT INTO invitations (account_id, public_id, email, role, drivers, token_hash, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account_id,
            new.public_id,
            new.email,
            new.role.value,
            encode_drivers(new.drivers),
            new.token_hash,
            to_us(now),
            to_us(new.expires_at),
        ),
    )


def find(db: Connection, token_hash: bytes, now: datetime) -> InvitationRow | None:
    """The one look-up that finds out the account: whoever has the link was sent it. Two at once: one of them waits."""
    where = " WHERE i.token_hash = ? AND i.expires_at > ? AND a.closed_at IS NULL"
    row = db.row(SELECT + where, (token_hash, to_us(now)))
    return None if row is None else _invitation(row)


def of_account(db: Connection, account_id: int, now: datetime) -> list[InvitationRow]:
    """Those that can still be taken up, in the order in which they were sent."""
    rows = db.rows(f"{SELECT} WHERE i.account_id = ? AND i.expires_at > ? ORDER BY i.id", (account_id, to_us(now)))
    return [_invitation(row) for row in rows]


def remove(db: Connection, account_id: int, invitation_id: int) -> bool:
    """Taken up or withdrawn. False: somebody else was faster."""
    return db.run("DELETE FROM invitations WHERE account_id = ? AND id = ?", (account_id, invitation_id)) == 1


def delete_expired(db: Connection, now: datetime) -> int:
    """Retention, in every account."""
    return db.run("DELETE FROM invitations WHERE expires_at <= ?", (to_us(now),))


def _invitation(row: Row) -> InvitationRow:
    values = dict(zip(InvitationRow.__struct_fields__, row, strict=True))
    values["role"], values["drivers"] = Role(values["role"]), decode_drivers(values["drivers"])
    for name in ("created_at", "expires_at"):
        values[name] = from_us(values[name])
    return InvitationRow(**values)
