"""Accounts: who owns chargers, people and sessions."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class AccountRow(Struct, frozen=True, gc=False):
    id: int
    public_id: str
    name: str
    time_zone: str  # IANA
    language: str
    created_at: datetime


COLUMNS = "id, public_id, name, time_zone, language, created_at"


def create(db: Connection, public_id: str, name: str, time_zone: str, language: str, now: datetime) -> int:
    return db.insert(
        "INSERT INTO accounts (public_id, name, time_zone, language, created_at) VALUES (?, ?, ?, ?, ?)",
        (public_id, name, time_zone, language, to_us(now)),
    )


def by_id(db: Connection, account_id: int) -> AccountRow | None:
    row = db.row(f"SELECT {COLUMNS} FROM accounts WHERE id = ?", (account_id,))
    return _account(row) if row else None


def by_public_id(db: Connection, public_id: str) -> AccountRow | None:
    row = db.row(f"SELECT {COLUMNS} FROM accounts WHERE public_id = ?", (public_id,))
    return _account(row) if row else None


def set_time_zone(db: Connection, account_id: int, time_zone: str) -> None:
    db.run("UPDATE accounts SET time_zone = ? WHERE id = ?", (time_zone, account_id))


def owner_confirmed(db: Connection, account_id: int) -> bool:
    """Whether an owner of the account has shown that their e-mail address is theirs."""
    sql = (
        "SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id"
        " WHERE m.account_id = ? AND m.role = 'owner' AND u.email_confirmed_at IS NOT NULL LIMIT 1"
    )
    return db.row(sql, (account_id,)) is not None


def setup(db: Connection, account_id: int) -> str | None:
    """JSON of what its owner said in the wizard; None: nothing yet."""
    row = db.row("SELECT setup FROM accounts WHERE id = ?", (account_id,))
    return None if row is None else row[0]


def set_setup(db: Connection, account_id: int, setup: str) -> None:
    db.run("UPDATE accounts SET setup = ? WHERE id = ?", (setup, account_id))


def first(db: Connection) -> AccountRow | None:
    """The installation's own: the oldest that is neither closed nor waits for its address to be confirmed."""
    unconfirmed = "SELECT 1 FROM users u WHERE u.account_id = accounts.id AND u.email_confirmed_at IS NULL"
    row = db.row(
        f"SELECT {COLUMNS} FROM accounts WHERE closed_at IS NULL AND NOT EXISTS ({unconfirmed}) ORDER BY id LIMIT 1"
    )
    return _account(row) if row else None


def unowned(db: Connection) -> AccountRow | None:
    """The one that an installation begins with, until somebody registers; held until the commit."""
    row = db.row(
        f"SELECT {COLUMNS} FROM accounts WHERE closed_at IS NULL AND NOT EXISTS"
        f" (SELECT 1 FROM memberships m WHERE m.account_id = accounts.id) ORDER BY id LIMIT 1{db.for_update}"
    )
    return _account(row) if row else None


def all(db: Connection) -> list[AccountRow]:
    return [_account(row) for row in db.rows(f"SELECT {COLUMNS} FROM accounts ORDER BY id")]


def describe(db: Connection, account_id: int, name: str, time_zone: str) -> None:
    """Its name, and where its days begin from now on."""
    db.run("UPDATE accounts SET name = ?, time_zone = ? WHERE id = ?", (name, time_zone, account_id))


def begin_anew(db: Connection, account_id: int, name: str, time_zone: str, language: str) -> None:
    """Somebody owns it now."""
    db.run(
        "UPDATE accounts SET name = ?, time_zone = ?, language = ? WHERE id = ?",
        (name, time_zone, language, account_id),
    )


def _account(row: Row) -> AccountRow:
    id, public_id, name, time_zone, language, created_at = row
    return AccountRow(id, public_id, name, time_zone, language, from_us(created_at))
