"""Signing in by a provider (OpenID Connect): whose an identity is, connecting one, taking it away (C1, C8).

An identity is its issuer and subject. The e-mail address that comes along connects nothing by itself: whoever could
make a provider say "alice@example.org" would be Alice.
"""

from collections.abc import Set
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ...reasons import Refused
from ...store import identities, users
from ...store.connection import Connection
from ...store.users import UserRow
from ..sign_in import SignedIn
from . import registration
from .letters import Post
from .ways_in import changed, keep_one, ways_in

EMAIL_MAX, NAME_MAX = 254, 100


class Claimed(Struct, frozen=True, kw_only=True):
    """What a provider says of somebody, checked."""

    provider: str
    issuer: str
    subject: str
    email: str | None = None
    email_confirmed: bool = False  # the provider says that the address is theirs
    name: str | None = None


def recognise(db: Connection, claimed: Claimed, now: datetime) -> UserRow | None:
    """Whose identity it is; None: nobody's yet."""
    found = identities.find(db, claimed.issuer, claimed.subject)
    if found is None:
        return None
    identities.used(db, found.account_id, found.id, claimed.email, now)
    user = users.by_id(db, found.account_id, found.user_id)
    if user is not None and user.email_confirmed_at is None and vouches_for(claimed, user.email):
        return registration.confirmed(db, user, now)
    return user


def vouches_for(claimed: Claimed, email: str) -> bool:
    """Whether the provider says that this very address is theirs."""
    return claimed.email_confirmed and claimed.email is not None and claimed.email.lower() == email.lower()


def connect(db: Connection, post: Post, signed_in: SignedIn, claimed: Claimed, now: datetime) -> None:
    """Sign in with it as well from now on. Nobody else's is taken over."""
    found = identities.find(db, claimed.issuer, claimed.subject)
    if found is not None:
        ours = (found.account_id, found.user_id) == (signed_in.home_account_id, signed_in.user_id)
        raise Refused("identity.connected" if ours else "identity.of_somebody_else")
    if any(one.provider == claimed.provider for one in ways_in(db, signed_in, lock=True).identities):
        raise Refused("identity.has_one")
    add(db, signed_in.home_account_id, signed_in.user_id, claimed, now)
    changed(db, post, signed_in, "identity.connected", now, {"provider": claimed.provider})


def disconnect(
    db: Connection, post: Post, signed_in: SignedIn, provider: str, providers: Set[str], now: datetime
) -> None:
    """Never the last way in. `providers`: those by which somebody can sign in here."""
    before = ways_in(db, signed_in, lock=True)
    after = replace(before, identities=tuple(one for one in before.identities if one.provider != provider))
    if after == before:
        raise Refused("identity.unknown")
    keep_one(before, after, providers)
    identities.remove(db, signed_in.home_account_id, signed_in.user_id, provider)
    changed(db, post, signed_in, "identity.disconnected", now, {"provider": provider})


def add(db: Connection, account_id: int, user_id: int, claimed: Claimed, now: datetime) -> None:
    identities.create(
        db,
        account_id,
        user_id,
        provider=claimed.provider,
        issuer=claimed.issuer,
        subject=claimed.subject,
        email=claimed.email,
        now=now,
    )
