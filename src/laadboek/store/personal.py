"""What of each table is told to the person whom it is about, and what remains when an account is closed.

Every table stands here; a test compares with the schema. Closing keeps what the law wants kept (sessions as evidence)
without anything that names a person: who drove is erased from sessions and from beside the chain, see `sessions`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..clock import to_us
from . import sessions
from .connection import Connection
from .sessions import ERASED

AT_ONCE = 1_000


class Stays(Struct, frozen=True):
    """What closing leaves of a row: everything but these columns, which get these values."""

    blank: dict[str, object] = {}


class Personal(Struct, frozen=True, kw_only=True):
    """A table. `stays` None: closing deletes its rows. `never`: columns that no export shows: secrets, and state."""

    table: str
    stays: Stays | None = None
    never: frozenset[str] = frozenset()
    by_user: bool = False  # rows of the user in other accounts are theirs as well
    only: str = "1 = 1"  # which of these rows are told


def _gone(table: str, *never: str, by_user: bool = False) -> Personal:
    return Personal(table=table, never=frozenset(never), by_user=by_user)


# A mail to somebody else is not told: whether there is one would tell who else has an account here, see
# `profile.ask_for_change`.
TO_THEM = "recipient IN (SELECT u.email FROM users u WHERE u.account_id = mails.account_id)"


def _kept(table: str, *never: str, **blank: object) -> Personal:
    return Personal(table=table, never=frozenset(never), stays=Stays(blank))


# In an order in which rows may go: what refers to others before these.
TABLES = (
    _gone("notice_deliveries"),
    _gone("notices"),
    _gone("notice_channels", "secret", by_user=True),
    _gone("export_schedules", "secret"),
    _gone("sign_ins", "token_hash", by_user=True),
    _gone("email_proofs", "token_hash", by_user=True),
    Personal(table="mails", never=frozenset({"body"}), only=TO_THEM),
    _gone("identities", by_user=True),
    _gone("passkeys", "public_key", by_user=True),
    _gone("recovery_codes", "code_hash", by_user=True),
    _gone("api_tokens", "token_hash", by_user=True),
    _gone("invitations", "token_hash"),
    _gone("memberships", by_user=True),
    _gone("users", "password_hash", "totp_secret", "totp_step"),
    _gone("forecasts"),
    _gone("prices"),
    _gone("driver_chargers", "pin_mac"),
    _gone("drivers"),
    _gone("outbox_attempts"),
    _gone("outbox"),
    _gone("session_images"),
    _gone("security_log"),
    _gone("link_secrets", "sealed"),
    _gone("links", "authorization_key", "state", "state_version"),
    _gone("facts"),
    _gone("connector_statuses"),
    _gone("operations"),
    _gone("orphans"),
    _gone("frames", "payload_hash"),
    _gone("meter_values", "digest"),
    _gone("transactions"),
    _gone("id_tags"),
    _kept("chargers", "state", "state_version", name="", device_config="{}", state=None, state_version=0, site_id=None),
    _kept("charge_points", "key_mac", key_mac=None, serial_number=None),
    _gone("sites", "secret", "forecast_secret", "state", "state_version"),
    _kept("sessions", "version"),  # emptied of persons one by one, see `erase_drivers`
    _kept("ledger_heads"),
    _kept("ledger_entries"),
    _gone("ledger_personal"),
    _gone("audit"),  # names people and things in its details
    _gone("audit_heads"),
    _kept("accounts", name="", setup=None),
)
NOBODY_YET = frozenset({"pre_sign_ins"})  # of no account; gone after ten minutes


def rows(db: Connection, kind: Personal, account_id: int, user_id: int, after: int) -> list[dict[str, Any]]:
    """Up to `AT_ONCE` rows about this account or user with an id beyond `after`, each with its `id`."""
    names = [name for name in columns(db, kind.table) if name not in kind.never]
    owner = "id" if kind.table == "accounts" else "account_id"
    whose, params = f"{owner} = ?", [account_id]
    if kind.by_user:
        whose, params = f"({whose} OR user_id = ?)", [account_id, user_id]
    found = db.rows(
        f"SELECT {', '.join(names)} FROM {kind.table}"
        f" WHERE {whose} AND {kind.only} AND id > ? ORDER BY id LIMIT {AT_ONCE}",
        (*params, after),
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def columns(db: Connection, table: str) -> list[str]:
    """As the database itself knows them: what a later release adds is not forgotten. `id` first."""
    if db.for_update:
        found = db.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND table_name = ? ORDER BY ordinal_position",
            (table,),
        )
    else:
        found = db.rows("SELECT name FROM pragma_table_info(?) ORDER BY cid", (table,))
    return [row[0] for row in found]


def close(db: Connection, account_id: int, user_id: int, now: datetime) -> None:
    """Delete the person with everything that names them; keep what is evidence. There is no way back."""
    erase_drivers(db, account_id)
    db.run("UPDATE sign_ins SET acting_account_id = NULL WHERE acting_account_id = ?", (account_id,))
    for kind in TABLES:
        owner = "id" if kind.table == "accounts" else "account_id"
        if kind.stays is None:
            db.run(f"DELETE FROM {kind.table} WHERE {owner} = ?", (account_id,))
            if kind.by_user:
                db.run(f"DELETE FROM {kind.table} WHERE user_id = ?", (user_id,))
        elif kind.stays.blank:
            sets = ", ".join(f"{name} = ?" for name in kind.stays.blank)
            db.run(f"UPDATE {kind.table} SET {sets} WHERE {owner} = ?", (*kind.stays.blank.values(), account_id))
    # Names that somebody made up; each must differ from all others.
    db.run("UPDATE charge_points SET charge_box_id = public_id WHERE account_id = ?", (account_id,))
    db.run("UPDATE accounts SET closed_at = ? WHERE id = ?", (to_us(now), account_id))


def erase_drivers(db: Connection, account_id: int) -> None:
    """Who drove leaves every session; the chain stays whole, as its commitments say nothing without their salts."""
    for page in _session_pages(db, account_id):
        for id, body in page:
            blank = replace(sessions.decode(body), driver_id=None, driver_name=None, id_tag=ERASED, ended_by_tag=None)
            db.run(
                "UPDATE sessions SET driver_id = NULL, driver_name = NULL, id_tag = ?, body = ? WHERE id = ?",
                (ERASED, msgspec.json.encode(blank), id),
            )


def _session_pages(db: Connection, account_id: int) -> Iterator[list[tuple[int, bytes]]]:
    after = 0
    while found := db.rows(
        f"SELECT id, body FROM sessions WHERE account_id = ? AND id > ? ORDER BY id LIMIT {AT_ONCE}",
        (account_id, after),
    ):
        yield [(row[0], row[1]) for row in found]
        after = found[-1][0]
