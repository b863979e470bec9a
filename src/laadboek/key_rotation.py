"""A new key for everything that is sealed, while the server goes on.

First the new key is durable in the file; then what was sealed with others is sealed anew, page by page, each page in
a transaction of its own that leaves alone what was written meanwhile; then the keys before the last two are forgotten,
but for the oldest. Cut off anywhere, it is begun again: every value opens with some key of the file.
"""

from functools import partial
from pathlib import Path

import structlog
from msgspec import Struct

from .runtime.keys import DataKeys, add_key, forget_old_keys
from .store import sealed
from .store.connection import Connection
from .store.database import Database, InlineDatabase

log = structlog.get_logger(__name__)


class Rotated(Struct, frozen=True):
    """How many values were sealed anew."""

    values: int


class KeyRotation:
    """Answers `keys.rotate` on the bus."""

    def __init__(self, folder: Path, keys: DataKeys, database: Database) -> None:
        self._folder, self._keys, self._database = folder, keys, database

    async def rotate(self, _: object) -> Rotated:
        self._keys.renewed(add_key(self._folder))
        done = 0
        for column in sealed.COLUMNS:
            after = 0
            while (page := await self._database.write("keys", partial(renew_page, self._keys, column, after)))[1]:
                done, after = done + page[0], page[1]
        self._keys.renewed(forget_old_keys(self._folder))
        log.info("keys.rotated", values=done)
        return Rotated(done)


def renew_page(keys: DataKeys, column: sealed.Sealed, after: int, db: Connection) -> tuple[int, int]:
    """How many were sealed anew, and the last id that was looked at: 0 when there was none."""
    found = sealed.values(db, column, after)
    old = [value for value in found if not keys.is_newest(value.value)]
    changes = [(value, _anew(keys, column, value)) for value in old]
    return sealed.replace(db, column, changes), found[-1].id if found else 0


def _anew(keys: DataKeys, column: sealed.Sealed, value: sealed.SealedValue) -> bytes:
    secret = keys.open(value.value, table=column.place, row=value.row, account_id=value.account_id)
    return keys.seal(secret, table=column.place, row=value.row, account_id=value.account_id)


def rotate_stopped(folder: Path, location: str, keys: DataKeys) -> Rotated:
    """The same while no server runs. Raise StoreError while one does."""
    database = InlineDatabase(location)
    try:
        keys.renewed(add_key(folder))
        done = database.run(partial(_renew_everything, keys))
    finally:
        database.close()
    keys.renewed(forget_old_keys(folder))
    return Rotated(done)


def _renew_everything(keys: DataKeys, db: Connection) -> int:
    done = 0
    for column in sealed.COLUMNS:
        after = 0
        while (page := renew_page(keys, column, after, db))[1]:
            done, after = done + page[0], page[1]
    return done
