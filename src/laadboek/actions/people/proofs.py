"""Links in mails: single use, for one purpose, hashed at rest (ASVS 6.4). 24 hours to confirm, one for a password."""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct

from ...reasons import Refused
from ...store import email_proofs, users
from ...store.connection import Connection
from ...store.email_proofs import Purpose as Purpose
from ...store.users import UserRow

HOLDS = {
    Purpose.CONFIRM: timedelta(hours=24),
    Purpose.CHANGE: timedelta(hours=24),
    Purpose.RESET: timedelta(hours=1),
}
SECRET_BYTES = 32


class Proof(Struct, frozen=True, kw_only=True):
    """Who showed the link's token, and which address that proves."""

    row: email_proofs.ProofRow
    user: UserRow

    @property
    def purpose(self) -> Purpose:
        return self.row.purpose

    @property
    def email(self) -> str:
        return self.row.email


def issue(db: Connection, user: UserRow, purpose: Purpose, email: str, token: bytes, now: datetime) -> None:
    email_proofs.create(
        db,
        user.account_id,
        user.id,
        purpose=purpose,
        email=email,
        token_hash=token_hash(token),
        now=now,
        expires_at=now + HOLDS[purpose],
    )


def look(db: Connection, token: bytes, now: datetime) -> Proof | None:
    """What the link would do. Uses nothing up: whoever scans mails looks at links as well."""
    row = email_proofs.find(db, token_hash(token), now)
    user = None if row is None else users.by_id(db, row.account_id, row.user_id)
    return None if row is None or user is None else Proof(row=row, user=user)


def use(db: Connection, purpose: Purpose, token: bytes, now: datetime) -> Proof:
    """It worked, this once; or Refused."""
    proof = look(db, token, now)
    if proof is None or proof.purpose is not purpose or not email_proofs.take(db, proof.row):
        raise Refused("proof.unknown")
    return proof


def token_hash(token: bytes) -> bytes:
    """256 random bits need no slow hash."""
    return hashlib.sha256(b"email\0" + token).digest()


def token_of(secret: bytes) -> bytes:
    """The token that a mail shows, made from what only the browser that registered keeps.

    So that browser need not show the password to confirm; any other must. Otherwise somebody who registers with the
    address of somebody else would own the account that its owner, with one click, confirms.
    """
    return hashlib.sha256(b"browser\0" + secret).digest()
