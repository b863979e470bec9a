"""What is kept of the past, for charts: sessions with their registers, and a site's own memory of quarter-hours."""

from datetime import datetime

from ..clock import to_us
from ..ledger.entry import SessionFacts
from . import sessions
from .connection import Connection
from .session_scope import SessionScope


def facts_between(
    db: Connection, scope: SessionScope, start: datetime, end: datetime
) -> list[tuple[str | None, SessionFacts]]:
    """Sessions that touch this stretch, oldest first, each with the public id of its charger (None: a foreign one)."""
    condition, values = scope.where("s")
    rows = db.rows(
        "SELECT c.public_id, s.body FROM sessions s LEFT JOIN chargers c ON c.id = s.charger_id"
        f" WHERE {condition} AND s.started_at < ? AND (s.ended_at IS NULL OR s.ended_at > ?)"
        " ORDER BY s.started_at, s.id",
        [*values, to_us(end), to_us(start)],
    )
    return [(public_id, sessions.decode(body)) for public_id, body in rows]
