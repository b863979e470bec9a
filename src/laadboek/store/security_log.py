"""The security log of hosted chargers (security whitepaper, A04). Kept for 400 days, see `retention.py`."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection


class LoggedEvent(Struct, frozen=True):
    type: str
    tech_info: str | None
    happened_at: datetime


def append(
    db: Connection,
    account_id: int,
    charger_id: int,
    link_id: int | None,
    type: str,
    tech_info: str | None,
    happened_at: datetime,
) -> None:
    """`link_id` None: an event of the charger, shown to every link."""
    db.run(
        "INSERT INTO security_log (account_id, charger_id, link_id, type, tech_info, happened_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (account_id, charger_id, link_id, type, tech_info, to_us(happened_at)),
    )


def of_link(
    db: Connection,
    charger_id: int,
    link_id: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[LoggedEvent]:
    """What this link's platform may see: its own events and the charger's, oldest first; bounds are inclusive."""
    conditions, values = "charger_id = ? AND (link_id = ? OR link_id IS NULL)", [charger_id, link_id]
    for bound, instant in ((">=", since), ("<=", until)):
        if instant is not None:
            conditions += f" AND happened_at {bound} ?"
            values.append(to_us(instant))
    query = f"SELECT type, tech_info, happened_at FROM security_log WHERE {conditions} ORDER BY happened_at, id"
    return [LoggedEvent(kind, info, from_us(at)) for kind, info, at in db.rows(query, tuple(values))]
