"""Every column that holds something encrypted with the data folder's key, and for which place it was sealed.

A test looks for columns of the schema that are sealed and do not stand here.
"""

from msgspec import Struct

from .connection import Connection

AT_ONCE = 200


class Sealed(Struct, frozen=True):
    """`place`: what the column is sealed for (`Vault.seal`'s table); `row`: SQL of the row's name there."""

    table: str
    column: str
    place: str
    row: str = "t.public_id"
    joined: str = ""


COLUMNS = (
    Sealed("sites", "secret", "sites"),
    Sealed("sites", "forecast_secret", "sites.forecast"),
    Sealed("links", "authorization_key", "links"),
    Sealed(
        "link_secrets", "sealed", "link_secrets", "l.public_id || '/' || t.name", " JOIN links l ON l.id = t.link_id"
    ),
    Sealed("notice_channels", "secret", "notice_channels"),
    Sealed("export_schedules", "secret", "export_schedules"),
    Sealed("users", "totp_secret", "users"),
    Sealed("mails", "body", "mails"),
)


class SealedValue(Struct, frozen=True, gc=False):
    id: int
    account_id: int
    row: str
    value: bytes


def values(db: Connection, column: Sealed, after: int) -> list[SealedValue]:
    """Of every account, by id."""
    rows = db.rows(
        f"SELECT t.id, t.account_id, {column.row}, t.{column.column} FROM {column.table} t{column.joined}"
        f" WHERE t.{column.column} IS NOT NULL AND t.id > ? ORDER BY t.id LIMIT {AT_ONCE}",
        (after,),
    )
    return [SealedValue(*row) for row in rows]


def replace(db: Connection, column: Sealed, changes: list[tuple[SealedValue, bytes]]) -> int:
    """Only where nobody wrote something else meanwhile. Return how many."""
    return sum(
        db.run(
            f"UPDATE {column.table} SET {column.column} = ? WHERE id = ? AND {column.column} = ?",
            (sealed, value.id, value.value),
        )
        for value, sealed in changes
    )
