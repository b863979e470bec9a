"""The account that a fresh installation begins with."""

import zoneinfo
from datetime import datetime

from msgspec import Struct

from ..ids import Ids
from ..reasons import Refused
from ..store import accounts, audit, sign_ins, users
from ..store.connection import Connection
from .actor import Actor

LANGUAGES = ("nl", "en", "fr", "de")


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
    if not wanted.name.strip():
        raise Refused("account.no_name")
    if wanted.email.count("@") != 1 or wanted.email.startswith("@") or wanted.email.endswith("@"):
        raise Refused("account.no_email", email=wanted.email)
    if wanted.time_zone not in zoneinfo.available_timezones():
        raise Refused("account.no_time_zone", time_zone=wanted.time_zone)
    if wanted.language not in LANGUAGES:
        raise Refused("language.unknown", language=wanted.language)
    account_id = accounts.create(
        db, ids.public("acc"), name=wanted.name, time_zone=wanted.time_zone, language=wanted.language, now=now
    )
    user = ids.public("usr")
    users.create(
        db,
        account_id,
        public_id=user,
        email=wanted.email,
        name=wanted.name,
        password_hash=wanted.password_hash,
        language=wanted.language,
        role="owner",
        now=now,
    )
    audit.append(db, account_id, actor=user, what="account.created", details={}, now=now)
    return Actor(account_id=account_id, name=user, time_zone=wanted.time_zone, language=wanted.language)


def renew_owner_password(db: Connection, password_hash: str, now: datetime) -> str | None:
    """For whoever runs the machine: the owner's e-mail address, or None when there is no owner. Ends their sign-ins."""
    owner = users.owner(db)
    if owner is None:
        return None
    users.set_password_hash(db, owner.account_id, owner.id, password_hash)
    sign_ins.end_all(db, owner.account_id, owner.id)
    audit.append(db, owner.account_id, actor="cli", what="password.renewed", details={"user": owner.public_id}, now=now)
    return owner.email
