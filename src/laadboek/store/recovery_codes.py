"""Codes on paper, for whoever lost the phone: SHA-256 of each, gone when used."""

from collections.abc import Sequence
from datetime import datetime

from ..clock import to_us
from .connection import Connection


def replace(db: Connection, account_id: int, user_id: int, hashes: Sequence[bytes]) -> None:
    """These and no others; none given: none are left."""
    db.run("DELETE FROM recovery_codes WHERE account_id = ? AND user_id = ?", (account_id, user_id))
    db.run_many(
        "INSERT INTO recovery_codes (account_id, user_id, code_hash) VALUES (?, ?, ?)",
        [(account_id, user_id, one) for one in hashes],
    )


def unused(db: Connection, account_id: int, user_id: int) -> int:
    row = db.row(
        "SELECT COUNT(*) FROM recovery_codes WHERE account_id = ? AND user_id = ? AND used_at IS NULL",
        (account_id, user_id),
    )
    assert row is not None
    return int(row[0])


def use(db: Connection, account_id: int, user_id: int, code_hash: bytes, now: datetime) -> bool:
    """Whether it was one that nobody had used: two at once cannot both be told yes."""
    used = db.run(
        "UPDATE recovery_codes SET used_at = ? WHERE account_id = ? AND user_id = ? AND code_hash = ?"
        " AND used_at IS NULL",
        (to_us(now), account_id, user_id, code_hash),
    )
    return used == 1
