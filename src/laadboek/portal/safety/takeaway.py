"""All that is known of a person and their account, as one ZIP of JSON and CSV (GDPR art. 15 and 20).

Written page by page into a file that lies in memory while it is small; secrets are not in it, see `store.personal`.
"""

import base64
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator
from functools import partial
from typing import IO, Any

import msgspec

from ...store import personal
from ...store.connection import Connection
from ..desk import Desk
from ..visitor import Visitor

IN_MEMORY_BYTES = 4_000_000
CHUNK_BYTES = 65_536


async def packed(desk: Desk, visitor: Visitor) -> IO[bytes]:
    """The whole file, at its beginning. Whoever gets it closes it."""
    assert visitor.signed_in is not None
    account_id, user_id = visitor.actor.account_id, visitor.signed_in.user_id
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - its reader closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind in personal.TABLES:
            await _table(desk, archive, kind, account_id, user_id)
    file.seek(0)
    return file


async def _table(desk: Desk, archive: zipfile.ZipFile, kind: personal.Personal, account_id: int, user_id: int) -> None:
    after, name = 0, f"{kind.table}.jsonl"
    with archive.open(name, "w", force_zip64=True) as entry:
        while True:
            read = partial(_page, kind=kind, account_id=account_id, user_id=user_id, after=after)
            found = await desk.read(read)
            for row in found:
                entry.write(msgspec.json.encode({name: readable(value) for name, value in row.items()}) + b"\n")
            if len(found) < personal.AT_ONCE:
                return
            after = found[-1]["id"]


def _page(db: Connection, kind: personal.Personal, account_id: int, user_id: int, after: int) -> list[dict[str, Any]]:
    return personal.rows(db, kind, account_id, user_id, after)


def readable(value: object) -> object:
    """Bytes as text where they are text, else in base64."""
    if not isinstance(value, bytes | memoryview):
        return value
    raw = bytes(value)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode()


async def chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        for chunk in iter(partial(file.read, CHUNK_BYTES), b""):
            yield chunk
    finally:
        file.close()


def size_of(file: IO[bytes]) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size
