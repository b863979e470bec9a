"""People who sign in. Each has an account of their own; an e-mail address is unique here, lower case."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class UserRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    public_id: str
    email: str
    name: str
    password_hash: str | None
    language: str
    email_confirmed_at: datetime | None


COLUMNS = "id, account_id, public_id, email, name, password_hash, language, email_confirmed_at"


def create(
    db: Connection,
    account_id: int,
    *,
    public_id: str,
    email: str,
    name: str,
    password_hash: str | None,
    language: str,
    now: datetime,
    confirmed: bool = True,
) -> int:
    """Return the new user's id; a taken address breaks the table's constraint."""
    confirmed_at = to_us(now) if confirmed else None
    return db.insert(
        "INSERT INTO users (account_id, public_id, email, name, password_hash, language, created_at,"
        " email_confirmed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (account_id, public_id, email.lower(), name, password_hash, language, to_us(now), confirmed_at),
    )


def by_email(db: Connection, email: str) -> UserRow | None:
    """The one look-up without an account: at sign-in nobody knows it yet."""
    row = db.row(f"SELECT {COLUMNS} FROM users WHERE email = ?", (email.lower(),))
    return None if row is None else _user(row)


def exist(db: Connection) -> bool:
    """Whether anybody can sign in at all, be it to confirm an address."""
    return db.row("SELECT 1 FROM users LIMIT 1") is not None


def confirmed_exist(db: Connection) -> bool:
    """Whether the installation has an owner."""
    return db.row("SELECT 1 FROM users WHERE email_confirmed_at IS NOT NULL LIMIT 1") is not None


def owner(db: Connection) -> UserRow | None:
    """The first owner of the installation: whoever runs the machine may give them a new password."""
    row = db.row(f"SELECT {COLUMNS} FROM users ORDER BY email_confirmed_at IS NULL, id LIMIT 1")
    return None if row is None else _user(row)


def set_password_hash(db: Connection, account_id: int, user_id: int, password_hash: str) -> None:
    db.run("UPDATE users SET password_hash = ? WHERE account_id = ? AND id = ?", (password_hash, account_id, user_id))


def set_language(db: Connection, account_id: int, user_id: int, language: str) -> None:
    db.run("UPDATE users SET language = ? WHERE account_id = ? AND id = ?", (language, account_id, user_id))


def set_name(db: Connection, account_id: int, user_id: int, name: str) -> None:
    db.run("UPDATE users SET name = ? WHERE account_id = ? AND id = ?", (name, account_id, user_id))


def set_email(db: Connection, account_id: int, user_id: int, email: str) -> None:
    """A taken address breaks the table's constraint."""
    db.run("UPDATE users SET email = ? WHERE account_id = ? AND id = ?", (email.lower(), account_id, user_id))


def confirm(db: Connection, account_id: int, user_id: int, now: datetime) -> None:
    """The address is theirs; once is enough."""
    db.run(
        "UPDATE users SET email_confirmed_at = ? WHERE account_id = ? AND id = ? AND email_confirmed_at IS NULL",
        (to_us(now), account_id, user_id),
    )


def unconfirmed(db: Connection, before: datetime, most: int) -> list[UserRow]:
    """Who registered before that, and never confirmed the address; of every account, oldest first."""
    query = f"SELECT {COLUMNS} FROM users WHERE email_confirmed_at IS NULL AND created_at < ? ORDER BY id LIMIT ?"
    return [_user(row) for row in db.rows(query, (to_us(before), most))]


UNCONFIRMED_HAS = ("email_proofs", "mails", "identities", "sign_ins", "memberships", "users")


def remove_unconfirmed(db: Connection, user: UserRow) -> None:
    """With the account: whoever never confirmed owns nothing, and left no trace in the audit log."""
    assert user.email_confirmed_at is None
    for table in UNCONFIRMED_HAS:
        db.run(f"DELETE FROM {table} WHERE account_id = ?", (user.account_id,))
    db.run("DELETE FROM accounts WHERE id = ?", (user.account_id,))


def move(db: Connection, user: UserRow, account_id: int) -> UserRow:
    """To another account, with all that somebody has who has only just registered; the former one goes.

    Mails stay behind and go: their bodies are sealed for the account that they were written in.
    """
    db.run("DELETE FROM mails WHERE account_id = ?", (user.account_id,))
    for table in UNCONFIRMED_HAS:
        db.run(f"UPDATE {table} SET account_id = ? WHERE account_id = ?", (account_id, user.account_id))
    db.run("DELETE FROM accounts WHERE id = ?", (user.account_id,))
    moved = by_id(db, account_id, user.id)
    assert moved is not None
    return moved


def by_id(db: Connection, account_id: int, user_id: int, *, lock: bool = False) -> UserRow | None:
    """`lock`: until the transaction ends nobody else changes them."""
    query = f"SELECT {COLUMNS} FROM users WHERE account_id = ? AND id = ?" + (db.for_update if lock else "")
    row = db.row(query, (account_id, user_id))
    return None if row is None else _user(row)


def _user(row: Row) -> UserRow:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    confirmed_at = values["email_confirmed_at"]
    values["email_confirmed_at"] = None if confirmed_at is None else from_us(confirmed_at)
    return UserRow(**values)
