"""Signing in and out. The password is checked between two transactions, by the caller, in a thread (`passwords`)."""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct

from ..reasons import Refused
from ..rights import RIGHTS, Role
from ..store import accounts, audit, chargers, memberships, sign_ins, users
from ..store.connection import Connection
from ..store.memberships import MembershipRow
from ..store.users import UserRow
from .actor import Actor

IDLE = timedelta(days=7)  # the expiry slides with every visit …
AT_MOST = timedelta(days=30)  # … up to here; then the password is asked again
FRESH = timedelta(minutes=10)  # how long a password or passkey that was shown opens what matters most
SEEN_EVERY = timedelta(minutes=5)  # not a write per click
PASSWORD = "password"  # a method of signing in
BROWSER_MAX = 200  # characters of what a browser calls itself


class SignedIn(Struct, frozen=True, kw_only=True):
    """A browser whose cookie holds. `due` asks for `keep_alive`."""

    actor: Actor
    role: Role
    sign_in_id: int
    sign_in_public_id: str
    home_account_id: int  # the user's own; `actor.account_id` is the one that is shown
    account_name: str
    accounts: tuple[MembershipRow, ...]  # those that the user may look at
    user_id: int
    user_public_id: str
    user_name: str
    email: str
    confirmed: bool  # otherwise they may only confirm their address, see `portal.visitor`
    has_password: bool
    created_at: datetime
    proved_at: datetime  # when this browser last showed a password or passkey
    due: bool


class NewSignIn(Struct, frozen=True, kw_only=True):
    """`token`: 32 fresh random bytes. The browser's `former_token` ends: a token never survives a sign-in."""

    public_id: str  # sgn_
    token: bytes
    method: str = PASSWORD
    former_token: bytes | None = None
    network: str | None = None
    browser: str | None = None


def sign_in(db: Connection, user: UserRow, new: NewSignIn, now: datetime) -> None:
    """Whoever this is has proved it: open a sign-in for the token.

    Looking at a password takes a while. One that was changed meanwhile opens nothing: the change has ended every
    sign-in, and this one would outlive it.
    """
    now_known = users.by_id(db, user.account_id, user.id, lock=True)
    if now_known is None or (new.method == PASSWORD and now_known.password_hash != user.password_hash):
        raise Refused("sign_in.wrong")
    if new.former_token is not None:
        sign_ins.end(db, token_hash(new.former_token))
    sign_ins.delete_expired(db, now)
    row = sign_ins.NewSignIn(
        public_id=new.public_id,
        token_hash=token_hash(new.token),
        method=new.method,
        network=new.network,
        browser=None if new.browser is None else new.browser[:BROWSER_MAX],
    )
    sign_in_id = sign_ins.create(db, user.account_id, user.id, row, now, now + IDLE)
    sign_ins.act_for(db, user.account_id, sign_in_id, first_shown(db, user))
    if user.email_confirmed_at is None:  # nobody's account yet: it leaves no trace when it goes
        return
    details: dict[str, str | int | None] = {"method": new.method}
    audit.append(
        db, user.account_id, actor=user.public_id, what="signed_in", details=details, now=now, network=new.network
    )


def first_shown(db: Connection, user: UserRow) -> int | None:
    """Whose pages somebody finds on signing in: who has no charger of their own came for those who invited them."""
    others = [one.account_id for one in memberships.of_user(db, user.id) if one.account_id != user.account_id]
    return others[-1] if others and not chargers.of_account(db, user.account_id) else None


def prove(db: Connection, signed_in: SignedIn, token: bytes, now: datetime) -> None:
    """They showed who they are once more: the browser goes on under a new token."""
    sign_ins.prove(db, signed_in.home_account_id, signed_in.sign_in_id, token_hash(token), now)


def is_fresh(signed_in: SignedIn, now: datetime) -> bool:
    return now - signed_in.proved_at < FRESH


def who(db: Connection, token: bytes, now: datetime, network: str | None = None) -> SignedIn | None:
    """Whose cookie this is, if it still holds; and what they may do in the account that they look at."""
    row = sign_ins.find(db, token_hash(token), now)
    if row is None or now >= row.created_at + AT_MOST:
        return None
    mine = memberships.of_user(db, row.user_id)
    shown = next((one for one in mine if one.account_id == (row.acting_account_id or row.account_id)), None)
    shown = shown or next((one for one in mine if one.account_id == row.account_id), None)
    if shown is None:
        return None
    account = accounts.by_id(db, shown.account_id)
    assert account is not None
    actor = Actor(
        account_id=account.id,
        name=row.user_public_id,
        time_zone=account.time_zone,
        language=row.language,
        rights=RIGHTS[shown.role],
        drivers=shown.drivers,
        network=network,
    )
    return SignedIn(
        actor=actor,
        role=shown.role,
        sign_in_id=row.id,
        sign_in_public_id=row.public_id,
        home_account_id=row.account_id,
        account_name=account.name,
        accounts=tuple(mine),
        user_id=row.user_id,
        user_public_id=row.user_public_id,
        user_name=row.user_name,
        email=row.email,
        confirmed=row.confirmed,
        has_password=row.has_password,
        created_at=row.created_at,
        proved_at=row.proved_at,
        due=now - row.last_seen_at >= SEEN_EVERY,
    )


def keep_alive(db: Connection, signed_in: SignedIn, now: datetime) -> None:
    expires_at = min(now + IDLE, signed_in.created_at + AT_MOST)
    sign_ins.touch(db, signed_in.home_account_id, signed_in.sign_in_id, now, expires_at)


def sign_out(db: Connection, token: bytes) -> None:
    sign_ins.end(db, token_hash(token))


def choose_language(db: Connection, signed_in: SignedIn, language: str) -> None:
    users.set_language(db, signed_in.home_account_id, signed_in.user_id, language)


def token_hash(token: bytes) -> bytes:
    """256 random bits need no slow hash."""
    return hashlib.sha256(token).digest()
