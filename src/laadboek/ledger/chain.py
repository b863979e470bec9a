"""The hash chain: each entry's hash covers its bytes and everything before it."""

import hashlib

from msgspec import Struct

GENESIS = bytes(32)  # the previous hash of entry 1


class Head(Struct, frozen=True, gc=False):
    """The last entry of a chain; seq 0 and the genesis hash before the first."""

    chain: str
    seq: int
    hash: bytes


class StoredEntry(Struct, frozen=True, gc=False, kw_only=True):
    """An entry as it is kept: canonical bytes, hashes, and projections of the bytes that make queries easy."""

    account_id: int
    chain: str
    seq: int
    version: int
    body: bytes
    previous_hash: bytes
    hash: bytes
    # projections of `body`
    entry: str  # session, correction, kind, odometer
    session_id: str
    kind: str  # of an `odometer` entry: ""
    started_at: int  # µs; of a `kind` or `odometer` entry: when it was changed
    ended_at: int
    energy_wh: int  # of these: 0


def link_hash(previous_hash: bytes, body: bytes) -> bytes:
    """SHA-256(previous hash ‖ body)."""
    return hashlib.sha256(previous_hash + body).digest()
