"""The shared secret of a user's one-time codes (TOTP, RFC 6238): columns of `users`, sealed."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection


class TotpRow(Struct, frozen=True, kw_only=True):
    secret: bytes  # sealed
    confirmed_at: datetime | None  # None: not asked for yet
    step: int | None  # the last one that was used


def of_user(db: Connection, account_id: int, user_id: int, *, lock: bool = False) -> TotpRow | None:
    """`lock`: until the transaction ends nobody else changes how this user signs in."""
    row = db.row(
        "SELECT totp_secret, totp_confirmed_at, totp_step FROM users WHERE account_id = ? AND id = ?"
        + (db.for_update if lock else ""),
        (account_id, user_id),
    )
    if row is None or row[0] is None:
        return None
    secret, confirmed_at, step = row
    return TotpRow(
        secret=bytes(secret), confirmed_at=None if confirmed_at is None else from_us(confirmed_at), step=step
    )


def begin(db: Connection, account_id: int, user_id: int, secret: bytes) -> None:
    """A new secret, not asked for before a first code confirms it."""
    db.run(
        "UPDATE users SET totp_secret = ?, totp_confirmed_at = NULL, totp_step = NULL WHERE account_id = ? AND id = ?",
        (secret, account_id, user_id),
    )


def confirm(db: Connection, account_id: int, user_id: int, now: datetime) -> None:
    db.run("UPDATE users SET totp_confirmed_at = ? WHERE account_id = ? AND id = ?", (to_us(now), account_id, user_id))


def use_step(db: Connection, account_id: int, user_id: int, step: int) -> bool:
    """Whether this step and no later one was used before: no code works twice."""
    used = db.run(
        "UPDATE users SET totp_step = ? WHERE account_id = ? AND id = ? AND (totp_step IS NULL OR totp_step < ?)",
        (step, account_id, user_id, step),
    )
    return used == 1


def forget(db: Connection, account_id: int, user_id: int) -> None:
    db.run(
        "UPDATE users SET totp_secret = NULL, totp_confirmed_at = NULL, totp_step = NULL"
        " WHERE account_id = ? AND id = ?",
        (account_id, user_id),
    )
