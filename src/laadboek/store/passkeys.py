"""Passkeys of people (WebAuthn): the public half, and how often each was used."""

from datetime import datetime

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class PasskeyRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    user_id: int
    public_id: str  # pky_
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None


class NewPasskey(Struct, frozen=True, kw_only=True):
    public_id: str
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...] = ()


COLUMNS = (
    "id, account_id, user_id, public_id, name, credential_id, public_key, sign_count, transports, created_at, used_at"
)


def create(db: Connection, account_id: int, user_id: int, new: NewPasskey, now: datetime) -> int:
    """A credential that is known already breaks the table's constraint."""
    return db.insert(
        "INSERT INTO passkeys (account_id, user_id, public_id, name, credential_id, public_key, sign_count, transports,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account_id,
            user_id,
            new.public_id,
            new.name,
            new.credential_id,
            new.public_key,
            new.sign_count,
            msgspec.json.encode(new.transports).decode(),
            to_us(now),
        ),
    )


def find(db: Connection, credential_id: bytes) -> PasskeyRow | None:
    """Whose it is: at sign-in nobody knows the account yet."""
    row = db.row(f"SELECT {COLUMNS} FROM passkeys WHERE credential_id = ?{db.for_update}", (credential_id,))
    return None if row is None else _passkey(row)


def of_user(db: Connection, account_id: int, user_id: int) -> list[PasskeyRow]:
    where = "WHERE account_id = ? AND user_id = ? ORDER BY id"
    return [_passkey(row) for row in db.rows(f"SELECT {COLUMNS} FROM passkeys {where}", (account_id, user_id))]


def used(db: Connection, account_id: int, passkey_id: int, sign_count: int, now: datetime) -> None:
    db.run(
        "UPDATE passkeys SET sign_count = ?, used_at = ? WHERE account_id = ? AND id = ?",
        (sign_count, to_us(now), account_id, passkey_id),
    )


def rename(db: Connection, account_id: int, user_id: int, public_id: str, name: str) -> bool:
    changed = db.run(
        "UPDATE passkeys SET name = ? WHERE account_id = ? AND user_id = ? AND public_id = ?",
        (name, account_id, user_id, public_id),
    )
    return changed == 1


def remove(db: Connection, account_id: int, user_id: int, public_id: str) -> bool:
    removed = db.run(
        "DELETE FROM passkeys WHERE account_id = ? AND user_id = ? AND public_id = ?", (account_id, user_id, public_id)
    )
    return removed == 1


def _passkey(row: Row) -> PasskeyRow:
    values = dict(zip(PasskeyRow.__struct_fields__, row, strict=True))
    values["transports"] = tuple(msgspec.json.decode(values["transports"] or "[]", type=list[str]))
    values["created_at"] = from_us(values["created_at"])
    values["used_at"] = None if values["used_at"] is None else from_us(values["used_at"])
    return PasskeyRow(**values)
