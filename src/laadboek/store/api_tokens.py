"""Tokens of the HTTP API. Their 256 random bits are nowhere; the SHA-256 of the token's text finds the row."""

from datetime import datetime

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from ..rights import Right
from .connection import Connection, Row


class TokenRow(Struct, frozen=True, kw_only=True):
    """With the name of the user that it acts for."""

    id: int
    account_id: int
    user_id: int
    user_public_id: str
    user_name: str
    user_language: str
    public_id: str
    name: str
    scopes: frozenset[Right]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class NewToken(Struct, frozen=True, kw_only=True):
    public_id: str  # tok_
    name: str
    token_hash: bytes
    scopes: frozenset[Right]
    expires_at: datetime | None


SELECT = (
    "SELECT t.id, t.account_id, t.user_id, u.public_id, u.name, u.language, t.public_id, t.name, t.scopes,"
    " t.created_at, t.expires_at, t.used_at FROM api_tokens t JOIN users u ON u.id = t.user_id"
)


def create(db: Connection, account_id: int, user_id: int, new: NewToken, now: datetime) -> None:
    db.run(
        "INSERT INTO api_tokens (account_id, user_id, public_id, name, token_hash, scopes, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account_id,
            user_id,
            new.public_id,
            new.name,
            new.token_hash,
            msgspec.json.encode(sorted(new.scopes)).decode(),
            to_us(now),
            None if new.expires_at is None else to_us(new.expires_at),
        ),
    )


def find(db: Connection, token_hash: bytes, now: datetime) -> TokenRow | None:
    """The one look-up that finds out the account; nothing once it has expired."""
    where = " WHERE t.token_hash = ? AND (t.expires_at IS NULL OR t.expires_at > ?)"
    row = db.row(SELECT + where, (token_hash, to_us(now)))
    return None if row is None else _token(row)


def of_account(db: Connection, account_id: int) -> list[TokenRow]:
    """Also those that have expired: their owner may wonder. In the order in which they were made."""
    return [_token(row) for row in db.rows(f"{SELECT} WHERE t.account_id = ? ORDER BY t.id", (account_id,))]


def of_user(db: Connection, account_id: int, user_id: int) -> list[TokenRow]:
    rows = db.rows(f"{SELECT} WHERE t.account_id = ? AND t.user_id = ? ORDER BY t.id", (account_id, user_id))
    return [_token(row) for row in rows]


def touch(db: Connection, account_id: int, token_id: int, now: datetime) -> None:
    db.run("UPDATE api_tokens SET used_at = ? WHERE account_id = ? AND id = ?", (to_us(now), account_id, token_id))


def remove(db: Connection, account_id: int, token_id: int) -> None:
    db.run("DELETE FROM api_tokens WHERE account_id = ? AND id = ?", (account_id, token_id))


def remove_of_user(db: Connection, account_id: int, user_id: int) -> int:
    """Whoever leaves an account leaves nothing behind that opens it. Returns how many there were."""
    return db.run("DELETE FROM api_tokens WHERE account_id = ? AND user_id = ?", (account_id, user_id))


def _token(row: Row) -> TokenRow:
    values = dict(zip(TokenRow.__struct_fields__, row, strict=True))
    # A right that a later version no longer knows opens nothing.
    values["scopes"] = frozenset(Right(one) for one in msgspec.json.decode(values["scopes"]) if one in set(Right))
    for name in ("created_at", "expires_at", "used_at"):
        values[name] = None if values[name] is None else from_us(values[name])
    return TokenRow(**values)
