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


def all(db: Connection) -> list[AccountRow]:
    return [_account(row) for row in db.rows(f"SELECT {COLUMNS} FROM accounts ORDER BY id")]


def _account(row: Row) -> AccountRow:
    id, public_id, name, time_zone, language, created_at = row
    return AccountRow(id, public_id, name, time_zone, language, from_us(created_at))
