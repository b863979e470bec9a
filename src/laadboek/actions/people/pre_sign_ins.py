"""Sign-ins that have begun: what to remember between two requests of a browser that nobody knows yet.

The browser holds a token of 256 random bits; what it stands for is here, sealed, for ten minutes and for one use.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec
from msgspec import Struct

from ...reasons import Refused
from ...secret import Secret
from ...store import pre_sign_ins
from ...store.connection import Connection
from ..sign_in import token_hash
from ..vault import Vault

LASTS = timedelta(minutes=10)
MOST = 10_000  # of a kind, of all browsers: what strangers begin must not fill the disk, nor keep others from a code
NOBODYS_ACCOUNT = 0

T = TypeVar("T", bound=Struct)


class Kind(StrEnum):
    PROVIDER = "provider"  # on the way to Google, Apple, …
    ARRIVED = "arrived"  # came back from there: to sign in, to register, to connect
    PASSKEY = "passkey"
    NEW_PASSKEY = "new_passkey"
    CODE = "code"  # the password was right, the one-time code is asked


def begin(db: Connection, vault: Vault, kind: Kind, token: bytes, body: Struct, now: datetime) -> None:
    pre_sign_ins.delete_expired(db, now)
    if pre_sign_ins.count(db, kind.value) >= MOST:
        raise Refused("sign_in.busy")
    key = token_hash(token)
    pre_sign_ins.create(db, kind.value, key, sealed(vault, key, body), now + LASTS)


def take(db: Connection, vault: Vault, kind: Kind, token: bytes, of: type[T], now: datetime) -> T | None:
    """What was begun, once; None: long ago, elsewhere, or never."""
    key = token_hash(token)
    body = pre_sign_ins.take(db, kind.value, key, now)
    return None if body is None else opened(vault, key, body, of)


def look(
    db: Connection, vault: Vault, kind: Kind, token: bytes, of: type[T], now: datetime, *, lock: bool = False
) -> T | None:
    """The same, and it stays."""
    key = token_hash(token)
    body = pre_sign_ins.find(db, kind.value, key, now, lock=lock)
    return None if body is None else opened(vault, key, body, of)


def change(db: Connection, vault: Vault, token: bytes, body: Struct) -> None:
    key = token_hash(token)
    pre_sign_ins.change(db, key, sealed(vault, key, body))


def end(db: Connection, token: bytes) -> None:
    pre_sign_ins.end(db, token_hash(token))


def sealed(vault: Vault, key: bytes, body: Struct) -> bytes:
    text = Secret(msgspec.json.encode(body).decode())
    return vault.seal(text, table="pre_sign_ins", row=key.hex(), account_id=NOBODYS_ACCOUNT)


def opened(vault: Vault, key: bytes, body: bytes, of: type[T]) -> T:
    text = vault.open(body, table="pre_sign_ins", row=key.hex(), account_id=NOBODYS_ACCOUNT)
    return msgspec.json.decode(text.reveal(), type=of)
