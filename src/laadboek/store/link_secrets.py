"""What a link keeps secret besides its owner's key: sealed, by name (`key.3`, `pair.4`)."""

from datetime import datetime

from ..clock import to_us
from .connection import Connection


def save(db: Connection, account_id: int, link_id: int, name: str, sealed: bytes, now: datetime) -> None:
    """A name is given once; the same one again replaces what it meant."""
    db.run("DELETE FROM link_secrets WHERE link_id = ? AND name = ?", (link_id, name))
    db.run(
        "INSERT INTO link_secrets (account_id, link_id, name, sealed, created_at) VALUES (?, ?, ?, ?, ?)",
        (account_id, link_id, name, sealed, to_us(now)),
    )


def drop(db: Connection, link_id: int, name: str) -> None:
    db.run("DELETE FROM link_secrets WHERE link_id = ? AND name = ?", (link_id, name))


def of_link(db: Connection, link_id: int) -> dict[str, bytes]:
    """Sealed, by name."""
    return dict(db.rows("SELECT name, sealed FROM link_secrets WHERE link_id = ? ORDER BY name", (link_id,)))
