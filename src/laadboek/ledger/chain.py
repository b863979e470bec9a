"""The hash chain: each entry's hash covers its bytes and everything before it."""

import hashlib

GENESIS = bytes(32)  # the previous hash of entry 1


def link_hash(previous_hash: bytes, body: bytes) -> bytes:
    """SHA-256(previous hash ‖ body)."""
    return hashlib.sha256(previous_hash + body).digest()
