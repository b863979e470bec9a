"""Recovery codes: ten, each for one sign-in without the phone (C8). Shown once; only their SHA-256 stays.

A code has 80 random bits, so it needs no slow hash; the user's id in it makes equal codes look different.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from ...ids import ALPHABET, Ids
from ...reasons import Refused
from ...store import one_time_codes, recovery_codes
from ...store.connection import Connection
from ...store.users import UserRow
from ..sign_in import SignedIn
from .letters import Post
from .ways_in import changed

CODES = 10
FEW = 3  # fewer left: it is time for new ones
LENGTH, GROUP = 16, 4
READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})  # as people read them (Crockford)


def make(ids: Ids) -> list[str]:
    """Ten fresh ones, as they are shown: `k3f9-2m7q-z0c4-v8xw`."""
    made = [ids.public("code").removeprefix("code_") for _ in range(CODES)]
    return ["-".join(one[at : at + GROUP] for at in range(0, LENGTH, GROUP)) for one in made]


def renew(db: Connection, post: Post, signed_in: SignedIn, codes: Sequence[str], now: datetime) -> None:
    """These from now on; those before them open nothing any more."""
    totp = one_time_codes.of_user(db, signed_in.home_account_id, signed_in.user_id)
    if totp is None or totp.confirmed_at is None:
        raise Refused("code.off")
    keep(db, signed_in, codes)
    changed(db, post, signed_in, "recovery_codes.renewed", now)


def keep(db: Connection, signed_in: SignedIn, codes: Sequence[str]) -> None:
    hashes = [hashed(signed_in.user_public_id, one) for one in codes]
    recovery_codes.replace(db, signed_in.home_account_id, signed_in.user_id, hashes)


def use(db: Connection, user: UserRow, given: str, now: datetime) -> bool:
    """Whether it was one of theirs that they had not used."""
    return is_one(given) and recovery_codes.use(db, user.account_id, user.id, hashed(user.public_id, given), now)


def is_one(given: str) -> bool:
    """Whether it looks like a recovery code, and not like a one-time code."""
    text = normal(given)
    return len(text) == LENGTH and set(text) <= set(ALPHABET)


def normal(given: str) -> str:
    return given.strip().lower().translate(READ_AS)


def hashed(user_public_id: str, code: str) -> bytes:
    return hashlib.sha256(f"{user_public_id}\0{normal(code)}".encode()).digest()
