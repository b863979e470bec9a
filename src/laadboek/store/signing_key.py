"""The private key of signed checkpoints: a file beside the database that only its owner can read."""

import contextlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

FILE_NAME = "checkpoint.key"


def load_or_create(folder: Path) -> Ed25519PrivateKey:
    """The folder's key; made on first use, complete and synced before it has its name."""
    path = folder / FILE_NAME
    if not path.exists():
        _create(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    return key


def public_key(folder: Path) -> bytes | None:
    """What this folder's checkpoints are signed with; None where none was ever made."""
    if not (folder / FILE_NAME).exists():
        return None
    return load_or_create(folder).public_key().public_bytes_raw()


def _create(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):  # another process made one meanwhile: that one counts
        os.link(unfinished, path)
    unfinished.unlink()
