"""Passkeys (WebAuthn): adding one, signing in with one, their names (C8).

Signing in needs no user name, and the authenticator must have asked for a finger, a face or a PIN: so a passkey is two
factors, and no one-time code is asked after it. A challenge is ours, of one browser, and answered once.
"""

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json, parse_registration_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ...reasons import Refused
from ...store import passkeys, users
from ...store.connection import Connection
from ...store.passkeys import NewPasskey, PasskeyRow
from ...store.users import UserRow
from ..sign_in import SignedIn
from ..trail import note
from ..vault import Vault
from .letters import Post
from .pre_sign_ins import Kind, begin, take
from .ways_in import changed, keep_one, oneself, ways_in

NAME_MAX = 60
MOST = 20  # of one user
TIMEOUT_MS = 300_000
# What a credential that was put together by hand may make the parsers raise besides their own exception.
UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, EOFError)


class RelyingParty(Struct, frozen=True, kw_only=True):
    """This site, as an authenticator knows it: `id` is the host name, `origin` what the browser says it is on."""

    id: str
    origin: str
    name: str = "Laadboek"


class Challenge(Struct, frozen=True, kw_only=True):
    """`user_id`: who adds one; None: somebody signs in."""

    challenge: bytes
    user_id: int | None = None


def offer_new(
    db: Connection, vault: Vault, signed_in: SignedIn, site: RelyingParty, token: bytes, challenge: bytes, now: datetime
) -> str:
    """What the browser needs to make a passkey, as JSON. An authenticator that has one for us makes no second."""
    account_id, user_id = signed_in.home_account_id, signed_in.user_id
    user, known = users.by_id(db, account_id, user_id), passkeys.of_user(db, account_id, user_id)
    assert user is not None
    if len(known) >= MOST:
        raise Refused("passkey.too_many", most=MOST)
    begin(db, vault, Kind.NEW_PASSKEY, token, Challenge(challenge=challenge, user_id=user_id), now)
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_id=user.public_id.encode(),
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    return options_to_json(options)


def add(
    db: Connection,
    post: Post,
    vault: Vault,
    signed_in: SignedIn,
    site: RelyingParty,
    token: bytes,
    credential: Mapping[str, Any],
    *,
    name: str,
    public_id: str,
    now: datetime,
) -> PasskeyRow:
    """The browser made one."""
    asked = take(db, vault, Kind.NEW_PASSKEY, token, Challenge, now)
    if asked is None or asked.user_id != signed_in.user_id:
        raise Refused("passkey.too_late")
    try:
        made = parse_registration_credential_json(dict(credential))
        verified = verify_registration_response(
            credential=made,
            expected_challenge=asked.challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except UNREADABLE:
        raise Refused("passkey.not_believed") from None
    if passkeys.find(db, verified.credential_id) is not None:
        raise Refused("passkey.known_already")
    new = NewPasskey(
        public_id=public_id,
        name=checked_name(name),
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=tuple(one.value for one in made.response.transports or ()),
    )
    passkeys.create(db, signed_in.home_account_id, signed_in.user_id, new, now)
    changed(db, post, signed_in, "passkey.added", now, {"passkey": public_id, "name": new.name})
    return one_of(db, signed_in, public_id)


def offer(db: Connection, vault: Vault, site: RelyingParty, token: bytes, challenge: bytes, now: datetime) -> str:
    """What the browser needs to show whichever passkey its owner chooses, as JSON."""
    begin(db, vault, Kind.PASSKEY, token, Challenge(challenge=challenge), now)
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def recognise(
    db: Connection, vault: Vault, site: RelyingParty, token: bytes, credential: Mapping[str, Any], now: datetime
) -> UserRow:
    """Whose passkey answered the challenge, or Refused."""
    asked = take(db, vault, Kind.PASSKEY, token, Challenge, now)
    if asked is None:
        raise Refused("passkey.too_late")
    try:
        shown = parse_authentication_credential_json(dict(credential))
        known = passkeys.find(db, shown.raw_id)
        if known is None:
            raise Refused("passkey.removed")
        verified = verify_authentication_response(
            credential=shown,
            expected_challenge=asked.challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,  # one that does not rise: a copy was made of the passkey
            require_user_verification=True,
        )
    except UNREADABLE:
        raise Refused("passkey.not_believed") from None
    user = users.by_id(db, known.account_id, known.user_id)
    if user is None or shown.response.user_handle != user.public_id.encode():
        raise Refused("passkey.not_believed")
    passkeys.used(db, known.account_id, known.id, verified.new_sign_count, now)
    return user


def rename(db: Connection, signed_in: SignedIn, public_id: str, name: str, now: datetime) -> None:
    one_of(db, signed_in, public_id)
    name = checked_name(name)
    passkeys.rename(db, signed_in.home_account_id, signed_in.user_id, public_id, name)
    note(db, oneself(signed_in), "passkey.renamed", now, {"passkey": public_id, "name": name})


def remove(
    db: Connection, post: Post, signed_in: SignedIn, public_id: str, providers: Set[str], now: datetime
) -> PasskeyRow:
    """Never the last way in."""
    gone = one_of(db, signed_in, public_id)
    before = ways_in(db, signed_in, lock=True)
    keep_one(before, replace(before, passkeys=tuple(one for one in before.passkeys if one != gone)), providers)
    passkeys.remove(db, signed_in.home_account_id, signed_in.user_id, public_id)
    changed(db, post, signed_in, "passkey.removed", now, {"passkey": public_id, "name": gone.name})
    return gone


def one_of(db: Connection, signed_in: SignedIn, public_id: str) -> PasskeyRow:
    for one in passkeys.of_user(db, signed_in.home_account_id, signed_in.user_id):
        if one.public_id == public_id:
            return one
    raise Refused("passkey.unknown")


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX:
        raise Refused("passkey.bad_name", most=NAME_MAX)
    return name
