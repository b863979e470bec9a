"""The data folder's key, and what is derived from it (HKDF-SHA256): sealing, PINs, our platform's passwords.

The file `key` stands beside the database, readable by its owner only. Without it, sealed values, PINs and authorization
keys are lost; with it and the database, everything is found. So a backup keeps both, in different places.

A line per key, the newest first. Values are sealed with the newest and open with any. The oldest stays for good: PINs
and our platform's passwords are hidden under it, and nobody can hide them anew who does not know them.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..secret import Secret, pin_mac

FILE_NAME = "key"
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
KEY_ID_BYTES = 4
FIRST, NAMED = b"\x01", b"\x02"  # first byte of a sealed value: by the oldest key, or by the one that it names


class KeyFileExposed(Exception):
    """Others than its owner may read the key file."""


class NotSealedHere(Exception):
    """The value was sealed by another key, for another row, or changed since."""


class DataKeys:
    """All keys of one data folder. `masters`: the oldest first."""

    def __init__(self, *masters: bytes) -> None:
        assert masters and all(len(master) == KEY_BYTES for master in masters)
        self.pin_key = derived(masters[0], b"pin")  # of drivers' PINs, see `secret.pin_mac`
        self.pepper = derived(masters[0], b"platform")  # of charge points' authorization keys
        self._know(masters)

    def _know(self, masters: Sequence[bytes]) -> None:
        self._first = AESGCM(derived(masters[0], b"seal"))
        self._named = {key_id(master): AESGCM(derived(master, b"seal")) for master in masters}
        self._newest = key_id(masters[-1])
        self._only = len(masters) == 1

    def pin_mac(self, scope: str, pin: Secret) -> bytes:
        """What of a PIN is kept: the same whichever key is the newest, as nobody knows the PIN any more."""
        return pin_mac(self.pin_key, scope, pin.reveal())

    def renewed(self, masters: Sequence[bytes]) -> None:
        """Seal with the newest of these from now on."""
        self._know(masters)

    def is_newest(self, sealed: bytes) -> bool:
        """Whether this was sealed with the newest key."""
        return sealed[:1] == FIRST if self._only else sealed[: 1 + KEY_ID_BYTES] == NAMED + self._newest

    def seal(self, secret: Secret, *, table: str, row: str, account_id: int) -> bytes:
        """Encrypt for one place: `row` is the public id. Elsewhere it will not open."""
        head = FIRST if self._only else NAMED + self._newest
        nonce = os.urandom(NONCE_BYTES)
        aead = self._named[self._newest]
        return head + nonce + aead.encrypt(nonce, secret.reveal().encode(), place(table, row, account_id))

    def open(self, sealed: bytes, *, table: str, row: str, account_id: int) -> Secret:
        """Raise NotSealedHere."""
        size = head_bytes(sealed)
        aead = self._first if sealed[:1] == FIRST else self._named.get(sealed[1:size])
        nonce, text = sealed[size : size + NONCE_BYTES], sealed[size + NONCE_BYTES :]
        if aead is None or sealed[:1] not in (FIRST, NAMED):
            raise NotSealedHere(f"{table} {row}")
        try:
            return Secret(aead.decrypt(nonce, text, place(table, row, account_id)).decode())
        except (InvalidTag, ValueError) as error:
            raise NotSealedHere(f"{table} {row}") from error


def head_bytes(sealed: bytes) -> int:
    return 1 + KEY_ID_BYTES if sealed[:1] == NAMED else 1


def key_id(master: bytes) -> bytes:
    """What a sealed value calls its key."""
    return derived(master, b"name")[:KEY_ID_BYTES]


def sealed_bytes(sealed: bytes) -> int:
    """How long a sealed value is, without opening it."""
    return len(sealed) - head_bytes(sealed) - NONCE_BYTES - TAG_BYTES


def load_keys(folder: Path) -> DataKeys:
    """Read the folder's keys, or make the first."""
    if not (folder / FILE_NAME).exists():
        make_key(folder / FILE_NAME)
    return DataKeys(*masters_of(folder))


def masters_of(folder: Path) -> list[bytes]:
    """The oldest first."""
    path = folder / FILE_NAME
    if path.stat().st_mode & 0o077:
        raise KeyFileExposed(f"{path} may be read by others: chmod 600 {path}")
    return [bytes.fromhex(line) for line in reversed(path.read_text("ascii").split())]


def add_key(folder: Path) -> list[bytes]:
    """A new newest key, durable in the file before anything is sealed with it. All keys, the oldest first."""
    return _write_masters(folder, [*masters_of(folder), os.urandom(KEY_BYTES)])


def forget_old_keys(folder: Path) -> list[bytes]:
    """The oldest stays, which hides PINs, and the last two: something may still be on its way under the one before."""
    masters = masters_of(folder)
    return masters if len(masters) <= 3 else _write_masters(folder, [masters[0], *masters[-2:]])


def _write_masters(folder: Path, masters: list[bytes]) -> list[bytes]:
    path = folder / FILE_NAME
    with NamedTemporaryFile("w", dir=folder, prefix=".key", encoding="ascii", delete=False) as file:
        file.write("".join(master.hex() + "\n" for master in reversed(masters)))
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
    sync_folder(folder)
    return masters


def make_key(path: Path) -> None:
    """Whole or not at all, and never in place of an existing one."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=".key", encoding="ascii") as file:  # made with mode 0600
        file.write(os.urandom(KEY_BYTES).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return  # somebody was faster: theirs it is
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"laadboek/" + purpose).derive(master)


def place(table: str, row: str, account_id: int) -> bytes:
    return f"{table}\0{row}\0{account_id}".encode()
