"""Accounts in which every table has a row, and every text that a person wrote names its account, table and column.

Whoever sees `canary-b-drivers-name` without a right to it has found a leak, and its name says where to look.
"""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct
from portal_house import NOW, VAULT, House, charge
from sqlalchemy import Column, LargeBinary, Table, Text

from laadboek.clock import to_us
from laadboek.facts import Kind
from laadboek.ids import Ids
from laadboek.secret import Secret
from laadboek.store import audit, users
from laadboek.store.connection import Connection
from laadboek.store.schema import metadata
from people import ALICE, CHARLIE

Value = str | int | bytes | None

# Written by functions of the store, because a chain or an index depends on them; or of nobody.
BY_HAND = {"accounts", "sessions", "ledger_entries", "ledger_heads", "ledger_personal", "audit", "audit_heads"}
OF_NOBODY = {"pre_sign_ins"}
NAMES_WITHOUT_KEY = {"frames", "meter_values"}
PREFIXES = {
    "users": "usr",
    "drivers": "drv",
    "chargers": "chg",
    "sites": "sit",
    "links": "lnk",
    "charge_points": "cp",
    "operations": "op",
    "notices": "ntc",
    "notice_channels": "nch",
    "invitations": "inv",
    "mails": "mal",
    "sign_ins": "sgn",
    "passkeys": "pky",
    "api_tokens": "tok",
    "export_schedules": "exs",
}
# Columns whose texts are not a person's but the code's own; empty: none (NULL).
CODES: Mapping[str, Value] = {
    "users.email_confirmed_at": to_us(NOW),
    "users.language": "en",
    "users.password_hash": None,
    "users.totp_secret": None,
    "users.totp_confirmed_at": None,
    "memberships.role": "household",
    "memberships.drivers": None,
    "invitations.role": "household",
    "invitations.drivers": None,
    "invitations.expires_at": to_us(NOW + timedelta(days=7)),
    "sign_ins.acting_account_id": None,
    "sign_ins.expires_at": to_us(NOW + timedelta(days=7)),
    "sign_ins.method": "password",
    "email_proofs.purpose": "confirm",
    "mails.state": "sent",
    "identities.provider": "google",
    "passkeys.transports": "[]",
    "api_tokens.scopes": "[]",
    "api_tokens.expires_at": None,
    "sites.config": "{}",
    "sites.state": None,
    "forecasts.body": "[]",
    "chargers.device": "simulated",
    "chargers.state": None,
    "chargers.removed_at": None,
    "drivers.kind": "business",
    "drivers.mode": "fast",
    "drivers.hours": None,
    "drivers.budget_wh": None,
    "drivers.budget_span": None,
    "drivers.valid_from": None,
    "drivers.valid_until": None,
    "drivers.blocked": 0,
    "links.role": "report",
    "links.settings": "{}",
    "links.state": None,
    "links.lifecycle": "active",
    "links.preset": None,
    "link_secrets.name": "next_key",
    "session_images.state": "settled",
    "notices.code": "charger.offline",
    "notices.driver_id": None,
    "notice_channels.kind": "webhook",
    "notice_channels.language": "en",
    "notice_channels.codes": "[]",
    "notice_deliveries.state": "sent",
    "export_schedules.kind": "email",
    "export_schedules.every": "month",
    "export_schedules.format": "csv",
    "export_schedules.only_kind": None,
    "export_schedules.language": "en",
    "export_schedules.due_for": "2026-12-01",
    "export_schedules.sent_for": "2026-11-01",
    "outbox.state": "acked",
    "outbox.action": "StopTransaction",
    "outbox.answer": None,
    "outbox_attempts.answer": None,
    "outbox_attempts.outcome": "acked",
    "charge_points.registration": "Accepted",
    "charge_points.charger_id": None,
    "connector_statuses.status": "Available",
    "connector_statuses.error_code": "NoError",
    "id_tags.kind": "business",
    "id_tags.blocked": 0,
    "id_tags.expires_at": None,
    "frames.action": "Heartbeat",
    "frames.text": b'[2,"1","Heartbeat",{}]',
    "frames.answer": b"{}",
    "transactions.state": "closed",
    "transactions.flags": "",
    "transactions.stop_reason": "Local",
    "meter_values.context": "Sample.Periodic",
    "meter_values.samples": b"[]",
    "orphans.action": "StopTransaction",
    "operations.action": "ClearCache",
    "operations.payload": b"{}",
    "operations.answer": b"{}",
    "operations.state": "answered",
}


class Crowd(Struct, frozen=True, kw_only=True):
    """What stands in an account. `values`: of its row in each table, by `table.column`."""

    account_id: int
    mark: str
    values: dict[str, Value]

    def texts(self) -> list[str]:
        """Everything that a person wrote there."""
        return [value for value in self.values.values() if isinstance(value, str) and self.mark in value]


def crowd_in(house: House) -> tuple[Crowd, Crowd]:
    """Alice's account and Charlie's, full of canaries."""
    return (
        house.database.run(lambda db: fill(db, ALICE, "canary-a")),
        house.database.run(lambda db: fill(db, CHARLIE, "canary-b")),
    )


def fill(db: Connection, owner: str, mark: str) -> Crowd:
    user = users.by_email(db, owner)
    assert user is not None
    maker = Maker(mark, user.account_id)
    for table in sorted(metadata.sorted_tables, key=lambda table: table.name in NAMES_WITHOUT_KEY):
        if table.name in BY_HAND | OF_NOBODY:
            continue
        row = maker.row(table)
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        maker.rows[table.name] = db.insert(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(row.values()))
        maker.values |= {f"{table.name}.{name}": value for name, value in row.items()}
    values = maker.values
    values["accounts.name"] = f"{mark}-accounts-name"
    db.run("UPDATE accounts SET name = ? WHERE id = ?", (values["accounts.name"], user.account_id))
    charger = (maker.rows["chargers"], str(values["chargers.public_id"]))
    values |= by_hand(db, mark, user.account_id, charger, maker.ids)
    return Crowd(account_id=user.account_id, mark=mark, values=values)


class Maker:
    """Makes the row of each table, and remembers the ones before: others refer to them."""

    def __init__(self, mark: str, account_id: int) -> None:
        self.mark, self.account_id, self.ids = mark, account_id, Ids(mark)
        self.rows: dict[str, int] = {"accounts": account_id}
        self.values: dict[str, Value] = {}

    def row(self, table: Table) -> dict[str, Value]:
        row: dict[str, Value] = {}
        for column in table.columns:
            if column.name != "id":
                row[column.name] = self.value(table, column, row)
        return row

    def value(self, table: Table, column: Column[object], row: dict[str, Value]) -> Value:
        name, text = f"{table.name}.{column.name}", f"{self.mark}-{table.name}-{column.name}"
        if name in CODES:
            return CODES[name]
        if column.name == "public_id":
            return self.ids.public(PREFIXES[table.name])
        if column.name == "charge_point_id":  # some tables name one without a foreign key
            return self.rows["charge_points"]
        if column.name == "account_id":
            return self.account_id
        for key in column.foreign_keys:
            return self.rows[key.column.table.name]
        if name == "mails.body":
            public_id = str(row["public_id"])
            return VAULT.seal(Secret(text), table="mails", row=public_id, account_id=self.account_id)
        special: dict[str, Value] = {
            "users.email": f"{text}@example.org",
            "chargers.device_config": f'{{"demo_pins": [{{"name": "{text}", "pin": "97531"}}]}}',
            "links.backend_uri": f"ws://{text}.example/",
            "notices.params": f'{{"charger": "{text}", "driver": "{text}"}}',
            "transactions.transaction_id": self.account_id + 1000,
        }
        if name in special:
            return special[name]
        if isinstance(column.type, Text):
            return text
        if isinstance(column.type, LargeBinary):
            return text.encode()
        return to_us(NOW - timedelta(hours=1)) if column.name.endswith("_at") else 1


def by_hand(db: Connection, mark: str, account_id: int, charger: tuple[int, str], ids: Ids) -> dict[str, Value]:
    """Sessions with their ledger, and a row of the audit log."""
    values: dict[str, Value] = {}
    for kind in Kind:
        driver = f"{mark}-sessions-{kind}-driver"
        values[f"sessions.{kind}.driver_name"] = driver
        at = NOW - timedelta(hours=3 if kind is Kind.BUSINESS else 6)
        values[f"sessions.{kind}.public_id"] = charge(db, account_id, charger, at, kind=kind, driver=driver, ids=ids)
    details: dict[str, str | int | None] = {"name": f"{mark}-audit-details"}
    audit.append(db, account_id, actor=f"{mark}-audit-actor", what="charger.renamed", details=details, now=NOW)
    return values | {"audit.details": str(details["name"]), "audit.actor": f"{mark}-audit-actor"}


def everything(db: Connection, account_id: int, *, without: frozenset[str] = frozenset()) -> dict[str, list[object]]:
    """All rows of an account, table by table, to see whether anything changed."""
    found: dict[str, list[object]] = {}
    for table in metadata.sorted_tables:
        column = "id" if table.name == "accounts" else "account_id"
        if table.name not in OF_NOBODY | without:
            query = f"SELECT * FROM {table.name} WHERE {column} = ? ORDER BY id"
            found[table.name] = list(db.rows(query, (account_id,)))
    return found
