"""Links in mails that prove an address: each works once, for one purpose, until it expires. Only hashes are kept."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ..clock import to_us
from .connection import Connection


class Purpose(StrEnum):
    CONFIRM = "confirm"  # the address that somebody registered with
    RESET = "reset"  # a new password
    CHANGE = "change"  # another address


class ProofRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    user_id: int
    purpose: Purpose
    email: str  # the address that it proves


def create(
    db: Connection,
    account_id: int,
    user_id: int,
    *,
    purpose: Purpose,
    email: str,
    token_hash: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    """The newest link is the one that works: earlier ones of the same purpose are gone."""
    forget(db, account_id, user_id, purpose)
    db.run(
        "INSERT INTO email_proofs (account_id, user_id, purpose, email, token_hash, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account_id, user_id, purpose.value, email, token_hash, to_us(now), to_us(expires_at)),
    )


def find(db: Connection, token_hash: bytes, now: datetime) -> ProofRow | None:
    """What a link proves, if it still does. The token finds out the account; nobody else can know it."""
    row = db.row(
        "SELECT id, account_id, user_id, purpose, email FROM email_proofs WHERE token_hash = ? AND expires_at > ?",
        (token_hash, to_us(now)),
    )
    if row is None:
        return None
    return ProofRow(id=row[0], account_id=row[1], user_id=row[2], purpose=Purpose(row[3]), email=row[4])


def take(db: Connection, proof: ProofRow) -> bool:
    """Use it up; False when somebody else just did."""
    return db.run("DELETE FROM email_proofs WHERE account_id = ? AND id = ?", (proof.account_id, proof.id)) == 1


def forget(db: Connection, account_id: int, user_id: int, purpose: Purpose) -> None:
    db.run(
        "DELETE FROM email_proofs WHERE account_id = ? AND user_id = ? AND purpose = ?",
        (account_id, user_id, purpose.value),
    )


def forget_all(db: Connection, account_id: int, user_id: int) -> None:
    """Nothing that was mailed to this user opens anything any more."""
    db.run("DELETE FROM email_proofs WHERE account_id = ? AND user_id = ?", (account_id, user_id))
