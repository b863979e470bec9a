"""Browsers that are signed in. The cookie's 256 random bits are nowhere; their SHA-256 finds the row."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class SignInRow(Struct, frozen=True, kw_only=True):
    """A sign-in that still holds, with the user it stands for."""

    id: int
    public_id: str
    account_id: int  # the user's own
    user_id: int
    user_public_id: str
    user_name: str
    email: str
    confirmed: bool  # the e-mail address
    has_password: bool
    language: str
    acting_account_id: int | None  # whose pages are shown; None: the own ones
    method: str
    network: str | None
    browser: str | None
    created_at: datetime
    last_seen_at: datetime
    proved_at: datetime


class NewSignIn(Struct, frozen=True, kw_only=True):
    public_id: str
    token_hash: bytes
    method: str  # password, passkey, or a provider's name
    network: str | None = None
    browser: str | None = None


SELECT = (
    "SELECT s.id, s.public_id, s.account_id, s.user_id, u.public_id, u.name, u.email,"
    " u.email_confirmed_at IS NOT NULL, u.password_hash IS NOT NULL, u.language, s.acting_account_id,"
    " s.method, s.network, s.browser, s.created_at, s.last_seen_at, s.proved_at"
    " FROM sign_ins s JOIN users u ON u.id = s.user_id AND u.account_id = s.account_id"
)


def create(db: Connection, account_id: int, user_id: int, new: NewSignIn, now: datetime, expires_at: datetime) -> int:
    return db.insert(
        "INSERT INTO sign_ins (account_id, user_id, public_id, token_hash, method, network, browser, created_at,"
        " last_seen_at, proved_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account_id,
            user_id,
            new.public_id,
            new.token_hash,
            new.method,
            new.network,
            new.browser,
            to_us(now),
            to_us(now),
            to_us(now),
            to_us(expires_at),
        ),
    )


def find(db: Connection, token_hash: bytes, now: datetime) -> SignInRow | None:
    """The sign-in that this token opens, unless it has expired. The one look-up that finds out the account."""
    row = db.row(f"{SELECT} WHERE s.token_hash = ? AND s.expires_at > ?", (token_hash, to_us(now)))
    return None if row is None else _sign_in(row)


def of_user(db: Connection, account_id: int, user_id: int, now: datetime) -> list[SignInRow]:
    """The browsers that are signed in as this user, newest first."""
    where = " WHERE s.account_id = ? AND s.user_id = ? AND s.expires_at > ? ORDER BY s.last_seen_at DESC, s.id DESC"
    return [_sign_in(row) for row in db.rows(SELECT + where, (account_id, user_id, to_us(now)))]


def act_for(db: Connection, account_id: int, sign_in_id: int, acting_account_id: int | None) -> None:
    """Show this account's pages from now on; None: the user's own."""
    db.run(
        "UPDATE sign_ins SET acting_account_id = ? WHERE account_id = ? AND id = ?",
        (acting_account_id, account_id, sign_in_id),
    )


def touch(db: Connection, account_id: int, sign_in_id: int, now: datetime, expires_at: datetime) -> None:
    """Somebody is still there: the expiry slides."""
    db.run(
        "UPDATE sign_ins SET last_seen_at = ?, expires_at = ? WHERE account_id = ? AND id = ?",
        (to_us(now), to_us(expires_at), account_id, sign_in_id),
    )


def prove(db: Connection, account_id: int, sign_in_id: int, token_hash: bytes, now: datetime) -> None:
    """Somebody showed a password or passkey again: under a new token, because what it opens is more."""
    db.run(
        "UPDATE sign_ins SET proved_at = ?, last_seen_at = ?, token_hash = ? WHERE account_id = ? AND id = ?",
        (to_us(now), to_us(now), token_hash, account_id, sign_in_id),
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


def end_others(db: Connection, account_id: int, user_id: int, kept_id: int) -> int:
    """Only this browser stays; how many ended."""
    return db.run(
        "DELETE FROM sign_ins WHERE account_id = ? AND user_id = ? AND id <> ?", (account_id, user_id, kept_id)
    )


def end_one(db: Connection, account_id: int, user_id: int, public_id: str) -> bool:
    return (
        db.run(
            "DELETE FROM sign_ins WHERE account_id = ? AND user_id = ? AND public_id = ?",
            (account_id, user_id, public_id),
        )
        == 1
    )


def _sign_in(row: Row) -> SignInRow:
    names = SignInRow.__struct_fields__
    values = dict(zip(names, row, strict=True))
    for name in ("confirmed", "has_password"):
        values[name] = bool(values[name])
    for name in ("created_at", "last_seen_at", "proved_at"):
        values[name] = from_us(values[name])
    return SignInRow(**values)
