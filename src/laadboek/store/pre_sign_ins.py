"""Sign-ins that have begun and are not done. Each is found by its token once, and is then gone."""

from datetime import datetime

from ..clock import to_us
from .connection import Connection


def create(db: Connection, kind: str, token_hash: bytes, body: bytes, expires_at: datetime) -> None:
    """`body` is sealed."""
    db.insert(
        "INSERT INTO pre_sign_ins (kind, token_hash, body, expires_at) VALUES (?, ?, ?, ?)",
        (kind, token_hash, body, to_us(expires_at)),
    )


def find(db: Connection, kind: str, token_hash: bytes, now: datetime, *, lock: bool = False) -> bytes | None:
    row = db.row(
        "SELECT body FROM pre_sign_ins WHERE kind = ? AND token_hash = ? AND expires_at > ?"
        + (db.for_update if lock else ""),
        (kind, token_hash, to_us(now)),
    )
    return None if row is None else bytes(row[0])


def take(db: Connection, kind: str, token_hash: bytes, now: datetime) -> bytes | None:
    """What was begun, the one time that it is asked for."""
    body = find(db, kind, token_hash, now, lock=True)
    return body if body is not None and end(db, token_hash) else None


def change(db: Connection, token_hash: bytes, body: bytes) -> None:
    db.run("UPDATE pre_sign_ins SET body = ? WHERE token_hash = ?", (body, token_hash))


def end(db: Connection, token_hash: bytes) -> bool:
    return db.run("DELETE FROM pre_sign_ins WHERE token_hash = ?", (token_hash,)) == 1


def count(db: Connection, kind: str) -> int:
    row = db.row("SELECT COUNT(*) FROM pre_sign_ins WHERE kind = ?", (kind,))
    assert row is not None
    return int(row[0])


def delete_expired(db: Connection, now: datetime) -> int:
    """Retention: ten minutes."""
    return db.run("DELETE FROM pre_sign_ins WHERE expires_at <= ?", (to_us(now),))
