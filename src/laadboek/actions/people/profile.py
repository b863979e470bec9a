"""What people change about themselves: name, language, e-mail address, browsers; and of the account that is shown."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ...reasons import Refused
from ...rights import Right
from ...store import accounts, email_proofs, memberships, sign_ins, users
from ...store.accounts import AccountRow
from ...store.connection import Connection
from ...store.memberships import MembershipRow
from ...store.sign_ins import SignInRow
from ...store.users import UserRow
from ..actor import Actor, need
from ..sign_in import SignedIn
from ..trail import note
from . import letters, proofs
from .letters import Envelope, Post
from .proofs import Purpose
from .registration import good_email, good_language, good_name, good_time_zone
from .ways_in import oneself


class Profile(Struct, frozen=True, kw_only=True):
    user: UserRow
    account: AccountRow  # that is shown
    memberships: Sequence[MembershipRow]
    browsers: Sequence[SignInRow]


def look(db: Connection, signed_in: SignedIn, now: datetime) -> Profile:
    user = users.by_id(db, signed_in.home_account_id, signed_in.user_id)
    account = accounts.by_id(db, signed_in.actor.account_id)
    assert user is not None and account is not None
    return Profile(
        user=user,
        account=account,
        memberships=memberships.of_user(db, user.id),
        browsers=sign_ins.of_user(db, user.account_id, user.id, now),
    )


def change_person(db: Connection, signed_in: SignedIn, name: str, language: str, now: datetime) -> None:
    name = good_name(name)
    good_language(language)
    users.set_name(db, signed_in.home_account_id, signed_in.user_id, name)
    users.set_language(db, signed_in.home_account_id, signed_in.user_id, language)
    note(db, oneself(signed_in), "profile.changed", now)


def change_account(db: Connection, actor: Actor, name: str, time_zone: str, now: datetime) -> None:
    """Days and months begin in its time zone."""
    need(actor, Right.ACCOUNT_WRITE)
    name = good_name(name)
    good_time_zone(time_zone)
    accounts.describe(db, actor.account_id, name, time_zone)
    note(db, actor, "account.changed", now, {"time_zone": time_zone})


# --- e-mail address ---


def ask_for_change(db: Connection, post: Post, signed_in: SignedIn, email: str, token: bytes, now: datetime) -> None:
    """A link to the new address, a word to the old one. Whose the new one is already, is told them and nobody else."""
    email = good_email(email)
    user = users.by_id(db, signed_in.home_account_id, signed_in.user_id)
    assert user is not None
    if email == user.email:
        raise Refused("email.same")
    proofs.issue(db, user, Purpose.CHANGE, email, token, now)  # also where nobody gets the link: it is in their data
    known = users.by_email(db, email)
    if known is not None and known.email_confirmed_at is not None:
        envelope, kind, name = Envelope(known.account_id, known.email, known.language), "known", known.name
    else:
        envelope, kind, name = Envelope(user.account_id, email, user.language), "change", letters.unlinked(user.name)
    link, page = post.link("/confirm", token), post.page
    letters.send(db, post, envelope, kind, now, name=name, link=link, sign_in=page("/sign-in"), reset=page("/reset"))
    old = Envelope(user.account_id, user.email, user.language)
    letters.send(db, post, old, "change_asked", now, name=user.name, email=email, page=page("/account"))
    note(db, oneself(signed_in), "email.change_asked", now)


def change_email(db: Connection, post: Post, token: bytes, kept: SignedIn | None, now: datetime) -> None:
    """The new address is proved. Only the browser that is `kept` stays signed in, if it is this user's."""
    proof = proofs.use(db, Purpose.CHANGE, token, now)
    user = proof.user
    known = users.by_email(db, proof.email)
    if known is not None and known.email_confirmed_at is None:
        users.remove_unconfirmed(db, known)
    elif known is not None:
        raise Refused("email.taken")
    users.set_email(db, user.account_id, user.id, proof.email)
    email_proofs.forget_all(db, user.account_id, user.id)
    kept_id = kept.sign_in_id if kept is not None and kept.user_id == user.id else 0
    sign_ins.end_others(db, user.account_id, user.id, kept_id)
    actor = Actor(account_id=user.account_id, name=user.public_id, time_zone="UTC", language=user.language)
    note(db, actor, "email.changed", now)
    old = Envelope(user.account_id, user.email, user.language)
    letters.send(db, post, old, "email_changed", now, name=user.name, email=proof.email)


# --- browsers, accounts ---


def end_browser(db: Connection, signed_in: SignedIn, public_id: str, now: datetime) -> None:
    if not sign_ins.end_one(db, signed_in.home_account_id, signed_in.user_id, public_id):
        raise Refused("browser.unknown")
    note(db, oneself(signed_in), "sign_in.ended", now, {"sign_in": public_id})


def end_other_browsers(db: Connection, signed_in: SignedIn, now: datetime) -> int:
    ended = sign_ins.end_others(db, signed_in.home_account_id, signed_in.user_id, signed_in.sign_in_id)
    note(db, oneself(signed_in), "sign_in.others_ended", now, {"count": ended})
    return ended


def switch_account(db: Connection, signed_in: SignedIn, public_id: str) -> None:
    """Show this account's pages on this browser from now on."""
    for one in memberships.of_user(db, signed_in.user_id):
        if one.account_public_id == public_id:
            home = signed_in.home_account_id
            sign_ins.act_for(db, home, signed_in.sign_in_id, None if one.account_id == home else one.account_id)
            return
    raise Refused("account.unknown")
