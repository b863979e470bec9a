"""Tokens of the HTTP API: made and revoked by people who are signed in, shown once, acting as their user (C10).

`laad_` + 256 random bits + a checksum, so that scanners for leaked secrets know one, and a slip of the pen is told from
a wrong token without asking the store.
"""

import hashlib
import zlib
from datetime import datetime, timedelta

from msgspec import Struct

from ...ids import ALPHABET
from ...reasons import Refused
from ...rights import RIGHTS, Right
from ...secret import Secret
from ...store import accounts, api_tokens, memberships
from ...store.api_tokens import TokenRow
from ...store.connection import Connection
from ..actor import Actor
from ..trail import note

PREFIX = "laad_"
SECRET_BYTES = 32
BODY, CHECK = 52, 7  # characters of five bits each
MOST = 50  # per user and account
NAME_MAX = 60
USED_EVERY = timedelta(minutes=5)  # not a write per request


class WantedToken(Struct, frozen=True, kw_only=True):
    name: str
    scopes: frozenset[Right]
    expires_at: datetime | None = None  # None: until it is revoked


class FreshToken(Struct, frozen=True, kw_only=True):
    """`random`: 32 fresh random bytes."""

    public_id: str  # tok_
    random: bytes


class Bearer(Struct, frozen=True, kw_only=True):
    """Who shows a token, and what it opens. `due` asks for `note_use`."""

    actor: Actor
    token: TokenRow
    account_name: str
    due: bool


def text_of(random: bytes) -> Secret:
    """The token as its owner sees it, this once."""
    body = _letters(int.from_bytes(random, "big"), BODY)
    return Secret(PREFIX + body + _check(body))


def is_token(text: Secret) -> bool:
    """Whether this may be one of ours at all."""
    text_given = text.reveal()
    body, check = text_given[len(PREFIX) : -CHECK], text_given[-CHECK:]
    return text_given.startswith(PREFIX) and len(body) == BODY and check == _check(body)


def token_hash(text: Secret) -> bytes:
    """256 random bits need no slow hash."""
    return hashlib.sha256(text.reveal().encode()).digest()


def make(db: Connection, actor: Actor, user_id: int, wanted: WantedToken, fresh: FreshToken, now: datetime) -> TokenRow:
    """A token of whoever is signed in, for the account that they look at, with rights that they have there."""
    name = wanted.name.strip()
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise Refused("token.bad_name", most=NAME_MAX)
    if not wanted.scopes:
        raise Refused("token.bad_scopes")
    for right in sorted(wanted.scopes - actor.rights):
        raise Refused("token.scope_missing", right=right.value)
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Refused("token.bad_expiry")
    mine = api_tokens.of_user(db, actor.account_id, user_id)
    if len(mine) >= MOST:
        raise Refused("token.too_many", most=MOST)
    if name in {token.name for token in mine}:
        raise Refused("token.name_taken", name=name)
    new = api_tokens.NewToken(
        public_id=fresh.public_id,
        name=name,
        token_hash=token_hash(text_of(fresh.random)),
        scopes=wanted.scopes,
        expires_at=wanted.expires_at,
    )
    api_tokens.create(db, actor.account_id, user_id, new, now)
    details = {"token": fresh.public_id, "name": name, "scopes": " ".join(sorted(wanted.scopes))}
    note(db, actor, "token.made", now, details)
    return _known(db, actor, user_id, fresh.public_id)


def visible_tokens(db: Connection, actor: Actor, user_id: int) -> list[TokenRow]:
    """One's own; whoever may change the account's members sees everybody's, because each opens the account."""
    if actor.may(Right.ACCOUNT_WRITE):
        return api_tokens.of_account(db, actor.account_id)
    return api_tokens.of_user(db, actor.account_id, user_id)


def revoke(db: Connection, actor: Actor, user_id: int, token_id: str, now: datetime) -> TokenRow:
    """It opens nothing from the next request on."""
    found = _known(db, actor, user_id, token_id)
    api_tokens.remove(db, actor.account_id, found.id)
    note(db, actor, "token.revoked", now, {"token": found.public_id, "name": found.name, "of": found.user_public_id})
    return found


def bearer(db: Connection, text: Secret, now: datetime, network: str | None = None) -> Bearer | None:
    """Whom a token stands for: it may do what its user may there, as far as its scopes go. None: it opens nothing."""
    token = api_tokens.find(db, token_hash(text), now)
    if token is None:
        return None
    # As a sign-in sees it: nothing is left of a closed account, or once the membership is gone.
    member = next((m for m in memberships.of_user(db, token.user_id) if m.account_id == token.account_id), None)
    account = accounts.by_id(db, token.account_id)
    if member is None or account is None:
        return None
    actor = Actor(
        account_id=account.id,
        name=token.public_id,
        time_zone=account.time_zone,
        language=token.user_language,
        rights=RIGHTS[member.role] & token.scopes,
        drivers=member.drivers,
        network=network,
    )
    due = token.used_at is None or now - token.used_at >= USED_EVERY
    return Bearer(actor=actor, token=token, account_name=account.name, due=due)


def note_use(db: Connection, found: Bearer, now: datetime) -> None:
    api_tokens.touch(db, found.actor.account_id, found.token.id, now)


def _known(db: Connection, actor: Actor, user_id: int, token_id: str) -> TokenRow:
    found = next((one for one in visible_tokens(db, actor, user_id) if one.public_id == token_id), None)
    if found is None:
        raise Refused("token.unknown")
    return found


def _letters(number: int, count: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))


def _check(body: str) -> str:
    return _letters(zlib.crc32(body.encode()), CHECK)
