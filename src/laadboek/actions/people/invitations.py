"""Inviting somebody into an account by e-mail, and taking an invitation up (C8).

Whoever takes it up has the link, and is signed in as the address that it was sent to: a forwarded mail opens nothing.
"""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ...reasons import Refused
from ...rights import Right
from ...store import invitations, memberships, users
from ...store.connection import Connection
from ...store.invitations import InvitationRow
from ..actor import Actor, need
from ..trail import note
from . import letters
from .letters import Envelope, Post
from .members import Access, checked, count
from .registration import good_email

VALID = timedelta(days=14)
TOKEN_BYTES = 32
MOST_OPEN = 30  # per account: we send no mail in bulk
PATH = "/invitation/"


class Invited(Struct, frozen=True, kw_only=True):
    """Whom, to what. `language`: of the letter, because nobody knows theirs."""

    email: str
    access: Access
    language: str


class Offer(Struct, frozen=True, kw_only=True):
    """What the page of an invitation shows. `has_account`: somebody has shown that this address is theirs."""

    invitation: InvitationRow
    has_account: bool


def open_invitations(db: Connection, actor: Actor, now: datetime) -> list[InvitationRow]:
    need(actor, Right.ACCOUNT_READ)
    return invitations.of_account(db, actor.account_id, now)


def invite(db: Connection, actor: Actor, invited: Invited, post: Post, inviter: str, now: datetime) -> InvitationRow:
    """Write the mail; an earlier invitation of the same address no longer works. `inviter`: as the mail names them."""
    need(actor, Right.ACCOUNT_WRITE)
    email, access = good_email(invited.email), checked(db, actor, invited.access)
    if email in {one.email for one in memberships.of_account(db, actor.account_id)}:
        raise Refused("member.already", email=email)
    invitations.delete_expired(db, now)
    waiting = invitations.of_account(db, actor.account_id, now)
    for earlier in (one for one in waiting if one.email == email):
        invitations.remove(db, actor.account_id, earlier.id)
    if len(waiting) >= MOST_OPEN:
        raise Refused("invitation.too_many", most=MOST_OPEN)
    token, public_id = post.ids.token_bytes(TOKEN_BYTES), post.ids.public("inv")
    new = invitations.NewInvitation(
        public_id=public_id,
        email=email,
        role=access.role,
        drivers=access.drivers,
        token_hash=token_hash(token),
        expires_at=now + VALID,
    )
    invitations.create(db, actor.account_id, new, now)
    link = f"{post.address}{PATH}{letters.encode(token)}"
    written = _known(db, actor, public_id, now)
    to = Envelope(actor.account_id, email, invited.language)
    by, account = letters.unlinked(inviter), letters.unlinked(written.account_name)
    letters.send(db, post, to, f"invited_{access.role}", now, inviter=by, account=account, link=link)
    details = {"invitation": public_id, "role": access.role.value, "drivers": count(access.drivers)}
    note(db, actor, "member.invited", now, details)
    return written


def withdraw(db: Connection, actor: Actor, invitation_id: str, now: datetime) -> InvitationRow:
    """The link in the mail opens nothing any more."""
    need(actor, Right.ACCOUNT_WRITE)
    found = _known(db, actor, invitation_id, now)
    invitations.remove(db, actor.account_id, found.id)
    note(db, actor, "invitation.withdrawn", now, {"invitation": invitation_id})
    return found


def offer(db: Connection, token: bytes, now: datetime) -> Offer:
    """Who invites to what. Whoever has the link may see that."""
    found = invitations.find(db, token_hash(token), now)
    if found is None:
        raise Refused("invitation.unknown")
    known = users.by_email(db, found.email)
    return Offer(invitation=found, has_account=known is not None and known.email_confirmed_at is not None)


def accept(db: Connection, actor: Actor, user_id: int, home_account_id: int, token: bytes, now: datetime) -> int:
    """Join, once. `actor` looks at any account; the account that they join is returned."""
    found = offer(db, token, now).invitation
    user = users.by_id(db, home_account_id, user_id)
    if user is None or user.email != found.email:
        raise Refused("invitation.other_address", email=found.email)
    if user.email_confirmed_at is None:
        raise Refused("invitation.unconfirmed", email=found.email)
    if memberships.one(db, found.account_id, user_id) is not None:
        raise Refused("invitation.already_member")
    if not invitations.remove(db, found.account_id, found.id):
        raise Refused("invitation.unknown")
    memberships.create(db, found.account_id, user_id, found.role, now, found.drivers)
    details: dict[str, str | int | None] = {"invitation": found.public_id, "role": found.role.value}
    note(db, replace(actor, account_id=found.account_id, name=user.public_id), "member.joined", now, details)
    return found.account_id


def token_hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def _known(db: Connection, actor: Actor, invitation_id: str, now: datetime) -> InvitationRow:
    waiting = invitations.of_account(db, actor.account_id, now)
    found = next((one for one in waiting if one.public_id == invitation_id), None)
    if found is None:
        raise Refused("invitation.unknown")
    return found
