"""Who may do what in an account."""

from datetime import datetime

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from ..rights import Role
from .connection import Connection, Row


class MembershipRow(Struct, frozen=True, kw_only=True):
    """With the name and address of the user, and the name of the account, as people see them."""

    account_id: int
    account_public_id: str
    account_name: str
    user_id: int
    user_public_id: str
    user_name: str
    email: str
    role: Role
    drivers: frozenset[str] | None  # see `schema_people.memberships`
    created_at: datetime
    home_account_id: int  # the user's own


SELECT = (
    "SELECT m.account_id, a.public_id, a.name, m.user_id, u.public_id, u.name, u.email, m.role, m.drivers,"
    " m.created_at, u.account_id"
    " FROM memberships m JOIN users u ON u.id = m.user_id JOIN accounts a ON a.id = m.account_id"
)


def create(
    db: Connection, account_id: int, user_id: int, role: Role, now: datetime, drivers: frozenset[str] | None = None
) -> None:
    """A second one of the same user breaks the table's constraint."""
    db.run(
        "INSERT INTO memberships (account_id, user_id, role, drivers, created_at) VALUES (?, ?, ?, ?, ?)",
        (account_id, user_id, role.value, encode_drivers(drivers), to_us(now)),
    )


def one(db: Connection, account_id: int, user_id: int) -> MembershipRow | None:
    row = db.row(f"{SELECT} WHERE m.account_id = ? AND m.user_id = ?", (account_id, user_id))
    return None if row is None else _membership(row)


def of_account(db: Connection, account_id: int, *, lock: bool = False) -> list[MembershipRow]:
    """In the order in which they came. `lock`: who else changes them waits."""
    query = f"{SELECT} WHERE m.account_id = ? ORDER BY m.id" + (db.for_update if lock else "")
    return [_membership(row) for row in db.rows(query, (account_id,))]


def of_user(db: Connection, user_id: int) -> list[MembershipRow]:
    """The accounts that a user may look at, that are not closed: the user's own is scope enough."""
    rows = db.rows(f"{SELECT} WHERE m.user_id = ? AND a.closed_at IS NULL ORDER BY m.id", (user_id,))
    return [_membership(row) for row in rows]


def change(db: Connection, account_id: int, user_id: int, role: Role, drivers: frozenset[str] | None) -> bool:
    changed = db.run(
        "UPDATE memberships SET role = ?, drivers = ? WHERE account_id = ? AND user_id = ?",
        (role.value, encode_drivers(drivers), account_id, user_id),
    )
    return changed == 1


def remove(db: Connection, account_id: int, user_id: int) -> bool:
    """Whoever looks at the account at this moment sees the own one again with the next click."""
    return db.run("DELETE FROM memberships WHERE account_id = ? AND user_id = ?", (account_id, user_id)) == 1


def encode_drivers(drivers: frozenset[str] | None) -> str | None:
    return None if drivers is None else msgspec.json.encode(sorted(drivers)).decode()


def decode_drivers(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(msgspec.json.decode(text, type=list[str]))


def _membership(row: Row) -> MembershipRow:
    return MembershipRow(
        account_id=row[0],
        account_public_id=row[1],
        account_name=row[2],
        user_id=row[3],
        user_public_id=row[4],
        user_name=row[5],
        email=row[6],
        role=Role(row[7]),
        drivers=decode_drivers(row[8]),
        created_at=from_us(row[9]),
        home_account_id=row[10],
    )
