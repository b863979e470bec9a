"""The newest solar forecast of each site."""

from datetime import datetime

import msgspec

from ..clock import from_us, to_us
from ..energy.forecast import Sunny
from .connection import Connection

_decode = msgspec.json.Decoder(tuple[Sunny, ...]).decode


def save(db: Connection, account_id: int, site_id: int, source: str, sunny: tuple[Sunny, ...], now: datetime) -> None:
    """In place of the former one."""
    db.run(
        "INSERT INTO forecasts (account_id, site_id, source, body, fetched_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (site_id) DO UPDATE SET source = excluded.source, body = excluded.body,"
        " fetched_at = excluded.fetched_at",
        (account_id, site_id, source, msgspec.json.encode(sunny).decode(), to_us(now)),
    )


def load(db: Connection, account_id: int, site_id: int) -> tuple[str, tuple[Sunny, ...], datetime] | None:
    """Its source, itself, and when it was fetched."""
    row = db.row(
        "SELECT source, body, fetched_at FROM forecasts WHERE account_id = ? AND site_id = ?", (account_id, site_id)
    )
    return None if row is None else (row[0], _decode(row[1]), from_us(row[2]))
