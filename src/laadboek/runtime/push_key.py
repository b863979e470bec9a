"""The key by which push services know this installation (VAPID, RFC 8292). Made at the first start, beside `key`.

A browser that subscribed takes notices from this key alone; with another one, everybody has to subscribe anew. So a
backup keeps the file `push_key` as well.
"""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from .keys import KeyFileExposed, sync_folder

FILE_NAME = "push_key"


def load_push_key(folder: Path) -> EllipticCurvePrivateKey:
    """Read the folder's key, or make it."""
    path = folder / FILE_NAME
    if not path.exists():
        make_push_key(path)
    if path.stat().st_mode & 0o077:
        raise KeyFileExposed(f"{path} may be read by others: chmod 600 {path}")
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


def make_push_key(path: Path) -> None:
    """Whole or not at all, and never in place of an existing one."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with NamedTemporaryFile("wb", dir=path.parent, prefix=".push_key") as file:  # made with mode 0600
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return  # somebody was faster: theirs it is
    sync_folder(path.parent)


def public_part(key: EllipticCurvePrivateKey) -> bytes:
    """The point, uncompressed, as browsers ask for it."""
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
