"""People who sign in. A user belongs to one account; the e-mail address is unique in the installation, lower case."""

from datetime import datetime

from msgspec import Struct

from ..clock import to_us
from .connection import Connection


class UserRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    public_id: str
    email: str
    name: str
    password_hash: str | None
    language: str
    role: str


COLUMNS = "id, account_id, public_id, email, name, password_hash, language, role"


def create(
    db: Connection,
    account_id: int,
    *,
    public_id: str,
    email: str,
    name: str,
    password_hash: str | None,
    language: str,
    role: str,
    now: datetime,
) -> int:
    """Return the new user's id; a taken address breaks the table's constraint."""
    return db.insert(
        "INSERT INTO users (account_id, public_id, email, name, password_hash, language, role, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (account_id, public_id, email.lower(), name, password_hash, language, role, to_us(now)),
    )


def by_email(db: Connection, email: str) -> UserRow | None:
    """The one look-up without an account: at sign-in nobody knows it yet."""
    row = db.row(f"SELECT {COLUMNS} FROM users WHERE email = ?", (email.lower(),))
    return None if row is None else _user(row)


def exist(db: Connection) -> bool:
    """Whether anybody can sign in at all."""
    return db.row("SELECT 1 FROM users LIMIT 1") is not None


def owner(db: Connection) -> UserRow | None:
    """The first owner of the installation: whoever runs the machine may give them a new password."""
    row = db.row(f"SELECT {COLUMNS} FROM users WHERE role = ? ORDER BY id LIMIT 1", ("owner",))
    return None if row is None else _user(row)


def set_password_hash(db: Connection, account_id: int, user_id: int, password_hash: str) -> None:
    db.run("UPDATE users SET password_hash = ? WHERE account_id = ? AND id = ?", (password_hash, account_id, user_id))


def set_language(db: Connection, account_id: int, user_id: int, language: str) -> None:
    db.run("UPDATE users SET language = ? WHERE account_id = ? AND id = ?", (language, account_id, user_id))


def _user(row: tuple[object, ...]) -> UserRow:
    return UserRow(**dict(zip(COLUMNS.split(", "), row, strict=True)))  # type: ignore[arg-type]
