"""Passwords of people: the rule for new ones, and argon2id (19 MiB, 2 passes). Slow on purpose: call it in a thread."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ..reasons import Refused
from ..secret import Secret

SHORTEST, LONGEST = 10, 128
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when there is no such user, so that an unknown address takes as long as a wrong password. Opens nothing:
# `verify` never says yes to it.
DUMMY = HASHER.hash("nobody has this password")


def hash_new(password: Secret) -> str:
    """Refuse what the manual's rule does not allow: 10 characters, a capital, a small letter, a digit."""
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise Refused("password.length", shortest=SHORTEST, longest=LONGEST)
    if not (any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))):
        raise Refused("password.too_plain")
    return HASHER.hash(text)


def verify(password_hash: str | None, password: Secret) -> bool:
    """Takes the same time whether or not the user exists (`password_hash` None: does not)."""
    text = _normal(password)
    if len(text) > LONGEST:  # nobody has one; and megabytes are not hashed for a stranger
        return False
    try:
        HASHER.verify(password_hash or DUMMY, text)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


def _normal(password: Secret) -> str:
    """The same letters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFC", password.reveal())
