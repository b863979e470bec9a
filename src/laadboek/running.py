"""What a running server leaves in its data folder for the command line: where it is, and the operator's token.

Both files are for the server's own user only: who can read them can read the database too.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from .ids import Ids
from .secret import Secret

TOKEN_FILE, PLACE_FILE = "operator.token", "serve.json"
TOKEN_BYTES = 32


class Place(Struct, frozen=True, kw_only=True):
    """Where a server listens now."""

    host: str
    port: int
    ocpp_port: int
    pid: int


class TokenExposed(Exception):
    """Others than its owner may read the token's file."""


class NoServer(Exception):
    """Nobody serves this data folder now."""


def token_hash(folder: Path) -> bytes:
    """Of the folder's token, which is made when there is none: all that the server keeps of it."""
    path = folder / TOKEN_FILE
    with contextlib.suppress(FileExistsError):
        write_private(path, Ids().token_bytes(TOKEN_BYTES).hex() + "\n")
    return hashlib.sha256(read_token(folder).reveal().encode()).digest()


def read_token(folder: Path) -> Secret:
    """Raise FileNotFoundError or TokenExposed."""
    path = folder / TOKEN_FILE
    if path.stat().st_mode & 0o077:
        raise TokenExposed(f"{path} may be read by others: remove it and start again, and a new one is made")
    return Secret(path.read_text("ascii").strip())


@contextlib.contextmanager
def announced(folder: Path, place: Place) -> Iterator[None]:
    """While the server runs, everybody with access to the folder can find it."""
    path = folder / PLACE_FILE
    path.unlink(missing_ok=True)  # of a server that was killed
    write_private(path, msgspec.json.encode(place).decode() + "\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def find(folder: Path) -> Place:
    """Raise NoServer. The process is looked for as well: another program may have taken its port since."""
    try:
        place = msgspec.json.decode((folder / PLACE_FILE).read_bytes(), type=Place)
        os.kill(place.pid, 0)
    except (FileNotFoundError, ProcessLookupError, msgspec.DecodeError) as error:
        raise NoServer(folder) from error
    except PermissionError:
        pass  # it runs as somebody else
    return place


def write_private(path: Path, text: str) -> None:
    """Whole, never in place of an existing file, and only for its owner from its first moment."""
    side = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(side, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(side, path)
    finally:
        side.unlink()
