"""Registering (C1): a user with an account of their own, which is theirs once the address is confirmed.

Whoever registers learns nothing about who else did: the answer is the same, and the owner of a known address is told by
mail. Until it is confirmed an account owns nothing, leaves no trace, and makes way for whoever registers next.
"""

import zoneinfo
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ...ids import Ids
from ...reasons import Refused
from ...rights import Role
from ...store import accounts, audit, memberships, users
from ...store.connection import Connection
from ...store.users import UserRow
from ..sign_in import SignedIn
from . import letters, proofs
from .letters import Envelope, Post

LANGUAGES = ("nl", "en", "fr", "de")
NAME_MAX = 80
EMAIL_MAX, LOCAL_MAX = 254, 64  # RFC 5321 §4.5.3.1
NO_ADDRESS_HAS = frozenset(' <>,;:"()[]\\')  # RFC 5321 would have some quoted; nobody's address is
ENCODED = "=?"  # RFC 2047: what follows is read as other characters than it has, also as line ends
UNCONFIRMED_MAX = timedelta(hours=24)
AT_ONCE = 100


class NewUser(Struct, frozen=True, kw_only=True):
    """`password_hash` comes from `passwords.hash_new`, before the transaction: it is slow. None: signs in otherwise."""

    name: str
    email: str
    password_hash: str | None
    language: str
    time_zone: str
    account_name: str | None = None  # None: that of the person


def checked(new: NewUser) -> NewUser:
    """As it is stored, or why it cannot be."""
    name, email = good_name(new.name), good_email(new.email)
    account_name = name if new.account_name is None else good_name(new.account_name)
    good_language(new.language)
    good_time_zone(new.time_zone)
    return NewUser(
        name=name,
        email=email,
        password_hash=new.password_hash,
        language=new.language,
        time_zone=new.time_zone,
        account_name=account_name,
    )


def create_user(db: Connection, ids: Ids, new: NewUser, now: datetime, *, confirmed: bool) -> UserRow:
    """`confirmed`: somebody else has made sure that the address is theirs (a provider, the link of an invitation).

    The address must be free; whoever registered with it and never confirmed makes way.
    """
    new = checked(new)
    make_way(db, new.email)
    account_id = accounts.create(
        db, ids.public("acc"), name=str(new.account_name), time_zone=new.time_zone, language=new.language, now=now
    )
    user_id = users.create(
        db,
        account_id,
        public_id=ids.public("usr"),
        email=new.email,
        name=new.name,
        password_hash=new.password_hash,
        language=new.language,
        now=now,
        confirmed=confirmed,
    )
    memberships.create(db, account_id, user_id, Role.OWNER, now)
    user = users.by_id(db, account_id, user_id)
    assert user is not None
    return settled(db, user, now) if confirmed else user


def register(db: Connection, post: Post, new: NewUser, token: bytes, now: datetime, next: str = "/") -> None:
    """`token`: 32 fresh random bytes, which the mail shows. `next`: where its link leads in the end.

    Either way one mail is written.
    """
    known = users.by_email(db, new.email)
    if known is not None and known.email_confirmed_at is not None:
        envelope = Envelope(known.account_id, known.email, known.language)
        letters.send(
            db, post, envelope, "known", now, name=known.name, sign_in=post.page("/sign-in"), reset=post.page("/reset")
        )
        return
    user = create_user(db, post.ids, new, now, confirmed=False)
    ask_to_confirm(db, post, user, token, now, next)


def ask_to_confirm(db: Connection, post: Post, user: UserRow, token: bytes, now: datetime, next: str) -> None:
    """The newest link is the one that works."""
    proofs.issue(db, user, proofs.Purpose.CONFIRM, user.email, token, now)
    envelope = Envelope(user.account_id, user.email, user.language)
    letters.send(
        db, post, envelope, "confirm", now, name=letters.unlinked(user.name), link=post.link("/confirm", token, next)
    )


def ask_again(db: Connection, post: Post, signed_in: SignedIn, token: bytes, now: datetime, next: str = "/") -> None:
    """Whoever knows the password may have another mail."""
    user = users.by_id(db, signed_in.home_account_id, signed_in.user_id)
    if user is not None and user.email_confirmed_at is None:
        ask_to_confirm(db, post, user, token, now, next)


def confirm(db: Connection, token: bytes, now: datetime) -> UserRow:
    """The account is theirs from now on."""
    return confirmed(db, proofs.use(db, proofs.Purpose.CONFIRM, token, now).user, now)


def confirmed(db: Connection, user: UserRow, now: datetime) -> UserRow:
    """They have shown that the address is theirs; as they are then."""
    users.confirm(db, user.account_id, user.id, now)
    return settled(db, replace(user, email_confirmed_at=now), now)


def settled(db: Connection, user: UserRow, now: datetime) -> UserRow:
    """The first of an installation takes over the account that it began with, and what its operator made there."""
    unowned, own = accounts.unowned(db), accounts.by_id(db, user.account_id)
    assert own is not None
    if unowned is not None:
        user = users.move(db, user, unowned.id)
        accounts.begin_anew(db, unowned.id, own.name, own.time_zone, own.language)
    audit.append(db, user.account_id, actor=user.public_id, what="account.created", details={}, now=now)
    return user


def begin_unowned(db: Connection, ids: Ids, time_zone: str, language: str, now: datetime) -> None:
    """A fresh installation: an account for its operator to work with, until somebody registers."""
    if accounts.first(db) is None:
        accounts.create(db, ids.public("acc"), name="Laadboek", time_zone=time_zone, language=language, now=now)


def forget_unconfirmed(db: Connection, now: datetime) -> int:
    """Retention: who did not confirm within a day goes, some at a time; how many went."""
    late = users.unconfirmed(db, now - UNCONFIRMED_MAX, AT_ONCE)
    for user in late:
        users.remove_unconfirmed(db, user)
    return len(late)


def make_way(db: Connection, email: str) -> None:
    known = users.by_email(db, email)
    if known is None:
        return
    if known.email_confirmed_at is not None:
        raise Refused("email.taken")
    users.remove_unconfirmed(db, known)


def good_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused("account.no_name")
    if len(name) > NAME_MAX or not name.isprintable():
        raise Refused("account.bad_name", longest=NAME_MAX)
    return name


def good_email(email: str) -> str:
    """Lower case; whether it takes mail is what the confirmation finds out."""
    email = email.strip().lower()
    local, at, domain = email.rpartition("@")
    fits = at and 0 < len(local) <= LOCAL_MAX and domain and len(email) <= EMAIL_MAX
    if not fits or not email.isprintable() or "@" in local or NO_ADDRESS_HAS & set(email) or ENCODED in email:
        raise Refused("account.no_email", email=email[:EMAIL_MAX])
    return email


def good_language(language: str) -> str:
    if language not in LANGUAGES:
        raise Refused("language.unknown", language=language)
    return language


def good_time_zone(time_zone: str) -> str:
    if time_zone not in zoneinfo.available_timezones():
        raise Refused("account.no_time_zone", time_zone=time_zone)
    return time_zone
