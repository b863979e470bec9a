"""Who changed what, and when. Rows are only ever added; secrets enter as fingerprints at most."""

from datetime import datetime

import msgspec

from ..clock import from_us, to_us
from .connection import Connection


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    actor: str
    what: str
    details: dict[str, str | int | None]
    at: datetime


def append(
    db: Connection, account_id: int, *, actor: str, what: str, details: dict[str, str | int | None], now: datetime
) -> None:
    body = msgspec.json.encode(details, order="sorted").decode()
    db.insert(
        "INSERT INTO audit (account_id, actor, what, details, at) VALUES (?, ?, ?, ?, ?)",
        (account_id, actor, what, body, to_us(now)),
    )


def of_account(db: Connection, account_id: int) -> list[AuditRow]:
    """In the order they happened."""
    rows = db.rows("SELECT actor, what, details, at FROM audit WHERE account_id = ? ORDER BY id", (account_id,))
    return [
        AuditRow(actor=actor, what=what, details=msgspec.json.decode(details), at=from_us(at))
        for actor, what, details, at in rows
    ]
