"""One-time codes (TOTP, RFC 6238): six digits of the phone, asked after the password (C8).

A code of the step before and after is taken too: clocks differ. A step that was used is used: no code works twice.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

import pyotp
from msgspec import Struct
from msgspec.structs import replace

from ...ids import Ids
from ...reasons import Reason, Refused
from ...secret import Secret
from ...store import audit, one_time_codes, recovery_codes, users
from ...store.connection import Connection
from ...store.users import UserRow
from ..sign_in import SignedIn
from ..vault import Vault
from . import recovery
from .letters import Envelope, Post
from .pre_sign_ins import Kind, begin, change, end, look
from .ways_in import changed, tell

ISSUER = "Laadboek"
STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226 §4 R6
TRIES = 5  # then the password is asked again


class Pending(Struct, frozen=True, kw_only=True):
    """The password was right; the code is missing."""

    account_id: int
    user_id: int
    method: str
    next: str
    password: str = ""  # which one: a fingerprint of its hash
    tries: int = 0


class Answered(Struct, frozen=True, kw_only=True):
    """`user` None: not this time, and `why`."""

    user: UserRow | None = None
    pending: Pending | None = None  # None: the password is asked again
    why: Reason | None = None
    left: int | None = None  # recovery codes, after one was used


def new_secret(ids: Ids) -> Secret:
    return Secret(base64.b32encode(ids.token_bytes(SECRET_BYTES)).decode())


def address(secret: Secret, email: str) -> Secret:
    """What the QR code says (`otpauth://`)."""
    return Secret(pyotp.TOTP(secret.reveal()).provisioning_uri(name=email, issuer_name=ISSUER))


def start(db: Connection, vault: Vault, signed_in: SignedIn, fresh: Secret) -> None:
    """A secret to confirm. One that was begun before and not confirmed is over: somebody else may have seen it."""
    account_id, user_id = signed_in.home_account_id, signed_in.user_id
    totp = one_time_codes.of_user(db, account_id, user_id, lock=True)
    if totp is not None and totp.confirmed_at is not None:
        raise Refused("code.on")
    sealed = _seal(vault, fresh, signed_in.user_public_id, account_id)
    one_time_codes.begin(db, account_id, user_id, sealed)


def confirm(
    db: Connection, post: Post, vault: Vault, signed_in: SignedIn, code: str, fresh_codes: Sequence[str], now: datetime
) -> None:
    """The phone shows the right code: from now on it is asked. `fresh_codes` are for when the phone is lost."""
    account_id, user_id = signed_in.home_account_id, signed_in.user_id
    totp = one_time_codes.of_user(db, account_id, user_id, lock=True)
    if totp is None:
        raise Refused("code.not_begun")
    if totp.confirmed_at is not None:
        raise Refused("code.on")
    secret = _open(vault, totp.secret, signed_in.user_public_id, account_id)
    step = matching_step(secret, code, now)
    if step is None or not one_time_codes.use_step(db, account_id, user_id, step):
        raise Refused("code.bad_first")
    one_time_codes.confirm(db, account_id, user_id, now)
    recovery.keep(db, signed_in, fresh_codes)
    changed(db, post, signed_in, "one_time_codes.switched_on", now)


def switch_off(db: Connection, post: Post, signed_in: SignedIn, now: datetime) -> None:
    account_id, user_id = signed_in.home_account_id, signed_in.user_id
    totp = one_time_codes.of_user(db, account_id, user_id, lock=True)
    if totp is None:
        raise Refused("code.off")
    one_time_codes.forget(db, account_id, user_id)
    recovery_codes.replace(db, account_id, user_id, ())
    if totp.confirmed_at is not None:
        changed(db, post, signed_in, "one_time_codes.switched_off", now)


def take_away(db: Connection, post: Post, email: str, now: datetime) -> bool:
    """For whoever runs the machine: phone and recovery codes are lost. False: none were asked of this user."""
    user = users.by_email(db, email)
    if user is None or not asked(db, user):
        return False
    one_time_codes.forget(db, user.account_id, user.id)
    recovery_codes.replace(db, user.account_id, user.id, ())
    details: dict[str, str | int | None] = {"user": user.public_id}
    audit.append(
        db, user.account_id, actor="cli", what="one_time_codes.switched_off", details=details, now=now, network=None
    )
    tell(db, post, Envelope(user.account_id, user.email, user.language), user.name, now)
    return True


def asked(db: Connection, user: UserRow) -> bool:
    """Whether the password alone does not let them in."""
    totp = one_time_codes.of_user(db, user.account_id, user.id)
    return totp is not None and totp.confirmed_at is not None


def ask(db: Connection, vault: Vault, user: UserRow, token: bytes, *, method: str, next: str, now: datetime) -> None:
    """Remember that the password was right."""
    pending = Pending(
        account_id=user.account_id, user_id=user.id, method=method, next=next, password=_fingerprint(user)
    )
    begin(db, vault, Kind.CODE, token, pending, now)


def waiting(db: Connection, vault: Vault, token: bytes, now: datetime) -> Pending | None:
    return look(db, vault, Kind.CODE, token, Pending, now)


def begun(db: Connection, vault: Vault, signed_in: SignedIn) -> Secret | None:
    """The secret that waits for its first code."""
    totp = one_time_codes.of_user(db, signed_in.home_account_id, signed_in.user_id)
    if totp is None or totp.confirmed_at is not None:
        return None
    return _open(vault, totp.secret, signed_in.user_public_id, signed_in.home_account_id)


def answer(
    db: Connection, post: Post, vault: Vault, token: bytes, given: str, network: str | None, now: datetime
) -> Answered:
    """A code of the phone or of the paper. Refuses by its answer, because a wrong try must be counted."""
    pending = look(db, vault, Kind.CODE, token, Pending, now, lock=True)
    user = None if pending is None else users.by_id(db, pending.account_id, pending.user_id)
    if pending is None or user is None or pending.password != _fingerprint(user):  # it was changed meanwhile
        return Answered(why=Reason("code.too_late"))
    by_paper = recovery.use(db, user, given, now)
    if by_paper or right(db, vault, user, given, now):
        end(db, token)
        left = recovery_codes.unused(db, user.account_id, user.id) if by_paper else None
        if by_paper:
            tell(db, post, Envelope(user.account_id, user.email, user.language), user.name, now)
            _note(db, user, "recovery_code.used", {"left": left}, network, now)
        return Answered(user=user, pending=pending, left=left)
    pending = replace(pending, tries=pending.tries + 1)
    _note(db, user, "one_time_code.wrong", {"tries": pending.tries}, network, now)
    if pending.tries >= TRIES:
        end(db, token)
        return Answered(why=Reason("code.too_often"))
    change(db, vault, token, pending)
    return Answered(pending=pending, why=Reason("code.wrong", {"left": TRIES - pending.tries}))


def right(db: Connection, vault: Vault, user: UserRow, given: str, now: datetime) -> bool:
    """Whether it is the code of now, and the first time that anybody shows it."""
    totp = one_time_codes.of_user(db, user.account_id, user.id)
    if totp is None or totp.confirmed_at is None:
        return False
    secret = _open(vault, totp.secret, user.public_id, user.account_id)
    step = matching_step(secret, given, now)
    return step is not None and one_time_codes.use_step(db, user.account_id, user.id, step)


def matching_step(secret: Secret, given: str, now: datetime) -> int | None:
    """The step whose code this is: this one, the one before, the one after."""
    code = "".join(given.split())
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return None
    totp, current = pyotp.TOTP(secret.reveal()), int(now.timestamp()) // STEP_S
    steps = (current - 1, current, current + 1)
    found = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)]
    return found[-1] if found else None


def _fingerprint(user: UserRow) -> str:
    return hashlib.sha256((user.password_hash or "").encode()).hexdigest()


def _seal(vault: Vault, secret: Secret, user_public_id: str, account_id: int) -> bytes:
    return vault.seal(secret, table="users", row=user_public_id, account_id=account_id)


def _open(vault: Vault, sealed: bytes, user_public_id: str, account_id: int) -> Secret:
    return vault.open(sealed, table="users", row=user_public_id, account_id=account_id)


def _note(
    db: Connection,
    user: UserRow,
    what: str,
    details: dict[str, str | int | None],
    network: str | None,
    now: datetime,
) -> None:
    audit.append(db, user.account_id, actor=user.public_id, what=what, details=details, now=now, network=network)
