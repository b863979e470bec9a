"""Passwords of people: the rule for new ones, and argon2id (19 MiB, 2 passes). Slow on purpose: call it in a thread."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ..reasons import Reason, Refused
from ..secret import Secret
from .common_passwords import is_common


class PasswordPolicy(StrEnum):
    """What a new password must have."""

    MANUAL = "manual"  # 10 characters, a capital, a small letter, a digit (the manual, 4.2)
    LENGTH15 = "length15"  # 15 characters of any kind (NIST SP 800-63B-4)


SHORTEST = {PasswordPolicy.MANUAL: 10, PasswordPolicy.LENGTH15: 15}
LONGEST = 128
# What a person sees ticked off while they type; `static/password.js` looks at the same, by these names.
KINDS: dict[str, Callable[[str], bool]] = {"capital": str.isupper, "small": str.islower, "digit": str.isdigit}
RULES = {PasswordPolicy.MANUAL: ("length", *KINDS), PasswordPolicy.LENGTH15: ("length",)}
OUR_NAME = "laadboek"
LEAST_TELLING = 4  # characters: a shorter name is in too many good passwords
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when there is no such user, so that an unknown address takes as long as a wrong password. Opens nothing:
# `verify` never says yes to it.
DUMMY = HASHER.hash("nobody has this password")


def hash_new(password: Secret, policy: PasswordPolicy = PasswordPolicy.MANUAL, about: Iterable[str] = ()) -> str:
    check(password, policy, about)
    return hashed(password)


def check(password: Secret, policy: PasswordPolicy = PasswordPolicy.MANUAL, about: Iterable[str] = ()) -> None:
    """Refuse what the rule does not allow. `about`: the e-mail address and names of whoever chooses it."""
    for problem in _problems(_normal(password), policy, about):
        raise Refused(problem.code, **problem.params)


def hashed(password: Secret) -> str:
    """Of one that nobody chose: it is random enough."""
    return HASHER.hash(_normal(password))


def _problems(text: str, policy: PasswordPolicy, about: Iterable[str]) -> Iterator[Reason]:
    """The plainest first."""
    shortest = SHORTEST[policy]
    if not shortest <= len(text) <= LONGEST:
        yield Reason("password.length", {"shortest": shortest, "longest": LONGEST})
    if not all(any(map(KINDS[rule], text)) for rule in RULES[policy] if rule in KINDS):
        yield Reason("password.too_plain")
    if any(word in text.casefold() for word in telling(about)):
        yield Reason("password.personal")
    if is_common(text):
        yield Reason("password.common")


def telling(about: Iterable[str]) -> set[str]:
    """Words that whoever knows them tries first: parts of their name and address, and ours."""
    words = {OUR_NAME}
    for text in about:
        local = text.rpartition("@")[0] or text
        words |= {local, *"".join(mark if mark.isalnum() else " " for mark in local).split()}
    return {unicodedata.normalize("NFC", word).casefold() for word in words if len(word) >= LEAST_TELLING}


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
