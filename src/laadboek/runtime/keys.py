"""The data folder's key, and what is derived from it (HKDF-SHA256): sealing, PINs, our platform's passwords.

The file `key` stands beside the database, readable by its owner only. Without it, sealed values, PINs and authorization
keys are lost; with it and the database, everything is found. So a backup keeps both, in different places.
"""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..secret import Secret

FILE_NAME = "key"
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
VERSION = b"\x01"  # first byte of every sealed value


class KeyFileExposed(Exception):
    """Others than its owner may read the key file."""


class NotSealedHere(Exception):
    """The value was sealed by another key, for another row, or changed since."""


class DataKeys:
    """All keys of one data folder."""

    def __init__(self, master: bytes) -> None:
        assert len(master) == KEY_BYTES
        self.pin_key = derived(master, b"pin")  # of drivers' PINs, see `secret.pin_mac`
        self.pepper = derived(master, b"platform")  # of charge points' authorization keys
        self._aead = AESGCM(derived(master, b"seal"))

    def seal(self, secret: Secret, *, table: str, row: str, account_id: int) -> bytes:
        """Encrypt for one place: `row` is the public id. Elsewhere it will not open."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._aead.encrypt(nonce, secret.reveal().encode(), place(table, row, account_id))
        return VERSION + nonce + sealed

    def open(self, sealed: bytes, *, table: str, row: str, account_id: int) -> Secret:
        """Raise NotSealedHere."""
        nonce, text = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if sealed[:1] != VERSION:
            raise NotSealedHere(f"{table} {row}")
        try:
            return Secret(self._aead.decrypt(nonce, text, place(table, row, account_id)).decode())
        except (InvalidTag, ValueError) as error:
            raise NotSealedHere(f"{table} {row}") from error


def sealed_bytes(sealed: bytes) -> int:
    """How long a sealed value is, without opening it."""
    return len(sealed) - len(VERSION) - NONCE_BYTES - TAG_BYTES


def load_keys(folder: Path) -> DataKeys:
    """Read the folder's key, or make one."""
    path = folder / FILE_NAME
    if not path.exists():
        make_key(path)
    if path.stat().st_mode & 0o077:
        raise KeyFileExposed(f"{path} may be read by others: chmod 600 {path}")
    return DataKeys(bytes.fromhex(path.read_text("ascii").strip()))


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
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"laadboek/" + purpose).derive(master)


def place(table: str, row: str, account_id: int) -> bytes:
    return f"{table}\0{row}\0{account_id}".encode()
