"""The account that a fresh installation begins with."""

from datetime import datetime

from msgspec import Struct

from ..ids import Ids
from ..reasons import Refused
from ..store import audit, sign_ins, users
from ..store.connection import Connection
from .actor import Actor
from .people.registration import LANGUAGES as LANGUAGES
from .people.registration import NewUser, confirmed, create_user


class FirstAccount(Struct, frozen=True, kw_only=True):
    """`password_hash` comes from `passwords.hash_new`, made before the transaction: it is slow."""

    name: str
    email: str
    password_hash: str
    time_zone: str
    language: str


def create_first_account(db: Connection, wanted: FirstAccount, ids: Ids, now: datetime) -> Actor:
    """Only while nobody can sign in yet."""
    if users.exist(db):
        raise Refused("account.exists")
    new = NewUser(
        name=wanted.name,
        email=wanted.email,
        password_hash=wanted.password_hash,
        language=wanted.language,
        time_zone=wanted.time_zone,
    )
    user = create_user(db, ids, new, now, confirmed=True)
    return Actor(account_id=user.account_id, name=user.public_id, time_zone=wanted.time_zone, language=wanted.language)


def renew_password(db: Connection, email: str | None, password_hash: str, now: datetime) -> str | None:
    """For whoever runs the machine: the user's e-mail address, or None when there is no such user. Ends their sign-ins.

    `email` None: the first owner. An address counts as confirmed by it: whoever runs the machine vouches.
    """
    owner = users.owner(db) if email is None else users.by_email(db, email.strip())
    if owner is None:
        return None
    if owner.email_confirmed_at is None:
        confirmed(db, owner, now)
    users.set_password_hash(db, owner.account_id, owner.id, password_hash)
    sign_ins.end_all(db, owner.account_id, owner.id)
    audit.append(db, owner.account_id, actor="cli", what="password.renewed", details={"user": owner.public_id}, now=now)
    return owner.email
