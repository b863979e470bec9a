"""Signed checkpoints: what a chain's head was at an instant, in a text that a person can mail or print.

A chain alone cannot show that its tail was cut off or rewritten; a checkpoint that left the store can. The signature
is Ed25519 (RFC 8032) over the UTF-8 bytes of the text's first five lines, each ended by a line feed.
"""

import base64
import binascii
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

TITLE = "laadboek checkpoint 1"
NAMES = ("chain", "seq", "hash", "at", "key", "signature")


class Checkpoint(Struct, frozen=True, gc=False, kw_only=True):
    chain: str
    seq: int
    hash: bytes
    at: datetime
    key: bytes  # the public key, 32 bytes
    signature: bytes


class BadCheckpoint(ValueError):
    """The text is not a checkpoint."""


def sign(key: Ed25519PrivateKey, chain: str, seq: int, hash: bytes, at: datetime) -> Checkpoint:
    signature = key.sign(_signed(chain, seq, hash, at))
    public = key.public_key().public_bytes_raw()
    return Checkpoint(chain=chain, seq=seq, hash=hash, at=at, key=public, signature=signature)


def is_genuine(checkpoint: Checkpoint, key: bytes | None = None) -> bool:
    """Whether it was signed by the public key given, or else by the one that it names itself."""
    signed = _signed(checkpoint.chain, checkpoint.seq, checkpoint.hash, checkpoint.at)
    try:
        Ed25519PublicKey.from_public_bytes(key or checkpoint.key).verify(checkpoint.signature, signed)
    except InvalidSignature:
        return False
    return True


def to_text(checkpoint: Checkpoint) -> str:
    signed = _signed(checkpoint.chain, checkpoint.seq, checkpoint.hash, checkpoint.at).decode()
    key, signature = (base64.b64encode(value).decode() for value in (checkpoint.key, checkpoint.signature))
    return f"{signed}key: {key}\nsignature: {signature}\n"


def from_text(text: str) -> Checkpoint:
    """Read a checkpoint out of a mail: what stands before or after it, and quoting by `>`, do no harm."""
    lines = [line.lstrip("> \t").rstrip() for line in text.splitlines()]
    if TITLE not in lines:
        raise BadCheckpoint(f"no line reads {TITLE!r}")
    begin = lines.index(TITLE) + 1
    pairs = [line.partition(": ") for line in lines[begin : begin + len(NAMES)]]
    if tuple(name for name, _, _ in pairs) != NAMES:
        raise BadCheckpoint(f"after {TITLE!r} come the lines {', '.join(NAMES)}")
    chain, seq, hash, at, key, signature = (value for _, _, value in pairs)
    try:
        return Checkpoint(
            chain=chain,
            seq=int(seq),
            hash=bytes.fromhex(hash),
            at=datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
            key=_exactly(32, key),
            signature=_exactly(64, signature),
        )
    except ValueError as error:
        raise BadCheckpoint(f"a value cannot be read: {error}") from error


def _signed(chain: str, seq: int, hash: bytes, at: datetime) -> bytes:
    instant = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{TITLE}\nchain: {chain}\nseq: {seq}\nhash: {hash.hex()}\nat: {instant}\n".encode()


def _exactly(length: int, text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if len(value) != length:
        raise ValueError(f"{len(value)} bytes instead of {length}")
    return value
