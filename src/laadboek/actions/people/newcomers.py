"""Registering with what a provider says (C1): the identity is theirs at once, the address once it is confirmed.

An address that the provider has confirmed needs no mail of ours. An address that belongs to somebody who is known
here is not connected by that: its owner signs in first, and connects the provider then.
"""

from datetime import datetime

from msgspec import Struct

from ...reasons import Refused
from ...store import identities, users
from ...store.connection import Connection
from ...store.users import UserRow
from . import registration
from .identities import Claimed, add, vouches_for
from .letters import Post
from .registration import NewUser


class Newcomer(Struct, frozen=True, kw_only=True):
    """`email` as it was typed or left; `claimed` what the provider said."""

    name: str
    email: str
    language: str
    time_zone: str
    claimed: Claimed

    @property
    def is_confirmed(self) -> bool:
        """Only the very address that the provider vouches for."""
        claimed = self.claimed
        return claimed.email_confirmed and claimed.email is not None and claimed.email.lower() == self.email.lower()


def email_is_known(db: Connection, claimed: Claimed) -> bool:
    """Whether somebody here has shown that the address is theirs. Said only to whom the provider vouches for."""
    if claimed.email is None or not claimed.email_confirmed:
        return False
    known = users.by_email(db, claimed.email)
    return known is not None and known.email_confirmed_at is not None


def join(
    db: Connection, post: Post, newcomer: Newcomer, token: bytes, now: datetime, next: str = "/"
) -> UserRow | None:
    """The new user, who may sign in; None: a mail has been written, to be confirmed first.

    For an address that is known already the mail says so to its owner, and nothing else happens: whoever typed it
    learns nothing.
    """
    claimed = newcomer.claimed
    if identities.find(db, claimed.issuer, claimed.subject) is not None:
        raise Refused("identity.connected")
    new = registration.checked(
        NewUser(
            name=newcomer.name,
            email=newcomer.email,
            password_hash=None,
            language=newcomer.language,
            time_zone=newcomer.time_zone,
        )
    )
    if vouches_for(claimed, new.email):
        if email_is_known(db, claimed):
            raise Refused("identity.email_taken", provider=claimed.provider)
        user = registration.create_user(db, post.ids, new, now, confirmed=True)
        add(db, user.account_id, user.id, claimed, now)
        return user
    registration.register(db, post, new, token, now, next)
    created = users.by_email(db, new.email)
    if created is not None and created.email_confirmed_at is None:
        add(db, created.account_id, created.id, claimed, now)
    return None
