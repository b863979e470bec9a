"""Signing in and out. The password is checked between two transactions, by the caller, in a thread (`passwords`)."""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct

from ..store import audit, sign_ins, users
from ..store.connection import Connection
from .actor import Actor

IDLE = timedelta(days=7)  # the expiry slides with every visit …
AT_MOST = timedelta(days=30)  # … up to here; then the password is asked again
SEEN_EVERY = timedelta(minutes=5)  # not a write per click


class SignedIn(Struct, frozen=True, kw_only=True):
    """A browser whose cookie holds. `due` asks for `keep_alive`."""

    actor: Actor
    sign_in_id: int
    user_id: int
    user_name: str
    created_at: datetime
    due: bool


class NewSignIn(Struct, frozen=True):
    email: str
    token: bytes  # 32 fresh random bytes
    former_token: bytes | None = None  # the browser's last one ends here: a token never survives a sign-in


def password_hash(db: Connection, email: str) -> str | None:
    """What the password must fit; None when nobody has this address, or signs in by other means."""
    user = users.by_email(db, email)
    return None if user is None else user.password_hash


def sign_in(db: Connection, new: NewSignIn, now: datetime) -> None:
    """The password fitted: open a sign-in for the token."""
    user = users.by_email(db, new.email)
    assert user is not None, "sign_in is called for a user whose password was just checked"
    if new.former_token is not None:
        sign_ins.end(db, token_hash(new.former_token))
    sign_ins.delete_expired(db, now)
    sign_ins.create(db, user.account_id, user.id, token_hash(new.token), now, now + IDLE)
    audit.append(db, user.account_id, actor=user.public_id, what="signed_in", details={}, now=now)


def who(db: Connection, token: bytes, now: datetime) -> SignedIn | None:
    """Whose cookie this is, if it still holds."""
    row = sign_ins.find(db, token_hash(token), now)
    if row is None or now >= row.created_at + AT_MOST:
        return None
    actor = Actor(account_id=row.account_id, name=row.user_public_id, time_zone=row.time_zone, language=row.language)
    return SignedIn(
        actor=actor,
        sign_in_id=row.id,
        user_id=row.user_id,
        user_name=row.name,
        created_at=row.created_at,
        due=now - row.last_seen_at >= SEEN_EVERY,
    )


def keep_alive(db: Connection, signed_in: SignedIn, now: datetime) -> None:
    expires_at = min(now + IDLE, signed_in.created_at + AT_MOST)
    sign_ins.touch(db, signed_in.actor.account_id, signed_in.sign_in_id, now, expires_at)


def sign_out(db: Connection, token: bytes) -> None:
    sign_ins.end(db, token_hash(token))


def choose_language(db: Connection, signed_in: SignedIn, language: str) -> None:
    users.set_language(db, signed_in.actor.account_id, signed_in.user_id, language)


def token_hash(token: bytes) -> bytes:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token).digest()
