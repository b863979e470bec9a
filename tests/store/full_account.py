"""An account with a row in every table and a mark in every text: what nobody else may see, what closing erases."""

from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from laadboek.ledger.entry import SessionFacts
from laadboek.store import sessions
from laadboek.store.connection import Connection
from laadboek.store.personal import NOBODY_YET
from laadboek.store.schema import metadata

# Texts that code reads back: a mark would not be one of them.
READABLE = {
    "time_zone": "Europe/Amsterdam",
    "language": "nl",
    "role": "owner",
    "device": "simulated",
    "kind": "private",
    "mode": "fast",
    "details": "{}",
    "config": "{}",
    "settings": "{}",
    "codes": "[]",
    "params": "{}",
    "scopes": "[]",
    "lifecycle": "active",
}
BY_CHARGE_POINT = {"frames", "meter_values"}  # without a foreign key, so sorted before what they are of
WITH_FACTS = {"sessions", "ledger_heads", "ledger_entries", "ledger_personal", "audit", "audit_heads"}


def fill(db: Connection, account_id: int, mark: str, now: Any) -> dict[str, int]:
    """The ids of the rows, by table. The account's row is there already."""
    made = {"accounts": account_id}
    for table in sorted(metadata.sorted_tables, key=lambda table: table.name in BY_CHARGE_POINT):
        if table.name in NOBODY_YET | WITH_FACTS | {"accounts"}:
            continue
        values = {
            column.name: value_of(column, made, account_id, mark) for column in table.columns if column.name != "id"
        }
        made[table.name] = insert(db, table, values)
    facts = SessionFacts(
        session_id=f"ses_{mark}",
        connector_id=1,
        id_tag=f"TAG{mark}",
        driver_id=f"drv_{mark}",
        driver_name=f"{mark} driver",
        kind="private",
        mode="fast",
        started_at=now,
        start_register_wh=0,
        ended_at=now,
        end_register_wh=10,
        reason="Local",
        ended_by_tag=f"TAG{mark}",
    )
    chain = f"chargers public_id {mark}"
    sessions.save(db, account_id=account_id, chain=chain, session=facts, salt=b"s" * 16, charger_id=made["chargers"])
    return made


def insert(db: Connection, table: Table, values: dict[str, Any]) -> int:
    names = ", ".join(values)
    return db.insert(
        f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )


def value_of(column: Column[Any], made: dict[str, int], account_id: int, mark: str) -> Any:
    if column.name == "account_id":
        return account_id
    for key in column.foreign_keys:
        return made[key.column.table.name]
    if column.name == "recipient":
        return f"users email {mark}"
    if column.name == "charge_point_id":
        return made["charge_points"]
    if isinstance(column.type, LargeBinary):
        return f"{column.table.name} {column.name} {mark}".encode()
    if isinstance(column.type, Text):
        return READABLE.get(column.name, f"{column.table.name} {column.name} {mark}")
    assert isinstance(column.type, Integer), column
    return None if column.name in ("closed_at", "removed_at") else account_id


def everything(db: Connection) -> dict[str, str]:
    """All texts and bytes of every table, by table."""
    return {table.name: repr(db.rows(f"SELECT * FROM {table.name}")) for table in metadata.sorted_tables}
