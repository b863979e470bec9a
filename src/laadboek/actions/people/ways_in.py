"""How somebody may sign in: what is set, and that one way always stays (C8)."""

from collections.abc import Mapping, Set
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ...reasons import Refused
from ...store import identities, one_time_codes, passkeys, recovery_codes, users
from ...store.connection import Connection
from ...store.identities import IdentityRow
from ...store.passkeys import PasskeyRow
from ..actor import Actor
from ..sign_in import SignedIn
from ..trail import note
from . import letters
from .letters import Envelope, Post


class WaysIn(Struct, frozen=True, kw_only=True):
    """Of one user."""

    password: bool
    identities: tuple[IdentityRow, ...]
    passkeys: tuple[PasskeyRow, ...]
    codes_since: datetime | None  # one-time codes are asked after the password
    recovery_codes: int  # not used yet

    def count(self, providers: Set[str]) -> int:
        """How many lead in; an identity does only while its provider is one of ours."""
        reachable = sum(one.provider in providers for one in self.identities)
        return int(self.password) + len(self.passkeys) + reachable


def ways_in(db: Connection, signed_in: SignedIn, *, lock: bool = False) -> WaysIn:
    """`lock`: for a change, so that two removals at once see each other."""
    account_id, user_id = signed_in.home_account_id, signed_in.user_id
    totp = one_time_codes.of_user(db, account_id, user_id, lock=lock)
    user = users.by_id(db, account_id, user_id)
    assert user is not None
    return WaysIn(
        password=user.password_hash is not None,
        identities=tuple(identities.of_user(db, account_id, user_id)),
        passkeys=tuple(passkeys.of_user(db, account_id, user_id)),
        codes_since=None if totp is None else totp.confirmed_at,
        recovery_codes=recovery_codes.unused(db, account_id, user_id),
    )


def keep_one(before: WaysIn, after: WaysIn, providers: Set[str]) -> None:
    """Refuse what would shut somebody out."""
    if after.count(providers) == 0 and before.count(providers) > 0:
        raise Refused("identity.last_way_in")


def oneself(signed_in: SignedIn) -> Actor:
    """About their own user, whichever account they look at: it is noted in their own."""
    return replace(signed_in.actor, account_id=signed_in.home_account_id)


def changed(
    db: Connection,
    post: Post,
    signed_in: SignedIn,
    what: str,
    now: datetime,
    details: Mapping[str, str | int | None] | None = None,
) -> None:
    """Noted, and told by mail: if it was somebody else, its owner hears of it (ASVS 6.3.7)."""
    note(db, oneself(signed_in), what, now, details)
    to = Envelope(signed_in.home_account_id, signed_in.email, signed_in.actor.language)
    tell(db, post, to, signed_in.user_name, now)


def tell(db: Connection, post: Post, to: Envelope, name: str, now: datetime) -> None:
    page, reset = post.page("/account/sign-in"), post.page("/reset")
    letters.send(db, post, to, "ways_changed", now, name=name, page=page, reset=reset)
