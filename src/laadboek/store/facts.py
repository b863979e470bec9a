"""Numbered facts of a charger: what a face had not seen before a crash is replayed from here (docs/architecture.md)."""

from datetime import datetime

from ..clock import to_us
from .connection import Connection

StoredFact = tuple[int, int, bytes]  # number, version, body


def append(
    db: Connection, account_id: int, charger_id: int, number: int, version: int, body: bytes, now: datetime
) -> None:
    db.run(
        "INSERT INTO facts (account_id, charger_id, number, version, body, told_at) VALUES (?, ?, ?, ?, ?, ?)",
        (account_id, charger_id, number, version, body, to_us(now)),
    )


def after(db: Connection, charger_id: int, number: int) -> list[StoredFact]:
    """In order, those later than `number`."""
    return [
        (row[0], row[1], row[2])
        for row in db.rows(
            "SELECT number, version, body FROM facts WHERE charger_id = ? AND number > ? ORDER BY number",
            (charger_id, number),
        )
    ]


def last(db: Connection, charger_id: int) -> int:
    """The number of the newest fact that is kept; 0 when there is none."""
    row = db.row("SELECT COALESCE(MAX(number), 0) FROM facts WHERE charger_id = ?", (charger_id,))
    assert row is not None
    return int(row[0])


def forget(db: Connection, charger_id: int, told_before: datetime) -> int:
    """Delete those that every face of the charger applied and that are older than `told_before`; return how many."""
    return db.run(
        "DELETE FROM facts WHERE charger_id = ? AND told_at < ? AND number <="
        " (SELECT COALESCE(MIN(applied_fact), 0) FROM links WHERE links.charger_id = facts.charger_id"
        "  AND links.lifecycle <> 'removed')",
        (charger_id, to_us(told_before)),
    )
