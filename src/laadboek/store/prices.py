"""What price sources published, as they meant it. The newest word on a stretch counts."""

from collections.abc import Sequence
from datetime import datetime

from ..clock import from_us, to_us
from ..energy.tariff import Spot
from .connection import Connection


def save(db: Connection, account_id: int, source: str, zone: str, spots: Sequence[Spot], now: datetime) -> None:
    """Keep them; what was known of the same stretches is replaced."""
    db.run_many(
        "INSERT INTO prices (account_id, source, zone, starts_at, length_s, micro_per_kwh, fetched_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, source, zone, starts_at) DO UPDATE SET"
        " length_s = excluded.length_s, micro_per_kwh = excluded.micro_per_kwh, fetched_at = excluded.fetched_at",
        [
            (account_id, source, zone, to_us(spot.starts_at), spot.length_s, spot.micro_per_kwh, to_us(now))
            for spot in spots
        ],
    )


def since(db: Connection, account_id: int, source: str, zone: str, start: datetime) -> tuple[Spot, ...]:
    """All that begin at `start` or later, ascending."""
    rows = db.rows(
        "SELECT starts_at, length_s, micro_per_kwh FROM prices"
        " WHERE account_id = ? AND source = ? AND zone = ? AND starts_at >= ? ORDER BY starts_at",
        (account_id, source, zone, to_us(start)),
    )
    return tuple(Spot(from_us(starts_at), length_s, micro) for starts_at, length_s, micro in rows)
