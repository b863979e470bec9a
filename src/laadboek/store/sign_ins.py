"""Browsers that are signed in. The cookie's 256 random bits are nowhere; their SHA-256 finds the row."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection


class SignInRow(Struct, frozen=True, kw_only=True):
    """A sign-in that still holds, with the user and account it stands for."""

    id: int
    account_id: int
    user_id: int
    user_public_id: str
    name: str
    role: str
    language: str
    time_zone: str
    created_at: datetime
    last_seen_at: datetime


def create(
    db: Connection, account_id: int, user_id: int, token_hash: bytes, now: datetime, expires_at: datetime
) -> int:
    return db.insert(
        "INSERT INTO sign_ins (account_id, user_id, token_hash, created_at, last_seen_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (account_id, user_id, token_hash, to_us(now), to_us(now), to_us(expires_at)),
    )


def find(db: Connection, token_hash: bytes, now: datetime) -> SignInRow | None:
    """The sign-in that this token opens, unless it has expired. The one look-up that finds out the account."""
    row = db.row(
        "SELECT s.id, s.account_id, s.user_id, u.public_id, u.name, u.role, u.language, a.time_zone,"
        " s.created_at, s.last_seen_at"
        " FROM sign_ins s"
        " JOIN users u ON u.id = s.user_id AND u.account_id = s.account_id"
        " JOIN accounts a ON a.id = s.account_id"
        " WHERE s.token_hash = ? AND s.expires_at > ?",
        (token_hash, to_us(now)),
    )
    if row is None:
        return None
    return SignInRow(
        id=row[0],
        account_id=row[1],
        user_id=row[2],
        user_public_id=row[3],
        name=row[4],
        role=row[5],
        language=row[6],
        time_zone=row[7],
        created_at=from_us(row[8]),
        last_seen_at=from_us(row[9]),
    )


def touch(db: Connection, account_id: int, sign_in_id: int, now: datetime, expires_at: datetime) -> None:
    """Somebody is still there: the expiry slides."""
    db.run(
        "UPDATE sign_ins SET last_seen_at = ?, expires_at = ? WHERE account_id = ? AND id = ?",
        (to_us(now), to_us(expires_at), account_id, sign_in_id),
    )


def end(db: Connection, token_hash: bytes) -> None:
    """Nobody else can know the token, so it is scope enough."""
    db.run("DELETE FROM sign_ins WHERE token_hash = ?", (token_hash,))


def delete_expired(db: Connection, now: datetime) -> int:
    """Retention: a sign-in's row goes when it ends, in every account."""
    return db.run("DELETE FROM sign_ins WHERE expires_at <= ?", (to_us(now),))


def end_all(db: Connection, account_id: int, user_id: int) -> None:
    """Nobody stays signed in as this user."""
    db.run("DELETE FROM sign_ins WHERE account_id = ? AND user_id = ?", (account_id, user_id))
