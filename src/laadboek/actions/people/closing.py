"""Closing an account: what is asked first, and that it is done at once and for good (C8; GDPR art. 17)."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ...reasons import Refused
from ...rights import Right
from ...store import accounts, chargers, memberships, personal, users
from ...store.connection import Connection
from ..actor import Actor, need
from ..trail import note


class Leaving(Struct, frozen=True, kw_only=True):
    """What closing would end, to be shown before."""

    account_name: str
    chargers: tuple[str, ...]  # names
    others: tuple[str, ...]  # names of those who see this account as well
    elsewhere: tuple[str, ...]  # names of accounts that the user sees as well


def what_ends(db: Connection, actor: Actor, user_id: int) -> Leaving:
    account = accounts.by_id(db, actor.account_id)
    assert account is not None
    mine = memberships.of_user(db, user_id)
    return Leaving(
        account_name=account.name,
        chargers=tuple(row.name for row in chargers.of_account(db, actor.account_id)),
        others=tuple(one.user_name for one in memberships.of_account(db, actor.account_id) if one.user_id != user_id),
        elsewhere=tuple(one.account_name for one in mine if one.account_id != actor.account_id),
    )


def may_close(db: Connection, actor: Actor, user_id: int, typed_email: str) -> list[str]:
    """The public ids of the chargers that must go first. Raise Refused: not theirs to close, or not meant."""
    need(actor, Right.ACCOUNT_WRITE)
    user = users.by_id(db, actor.account_id, user_id)
    if user is None:  # looks at somebody else's account, of whatever role
        raise Refused("account.not_own")
    if typed_email.strip().lower() != user.email:
        raise Refused("account.not_meant")
    return [row.public_id for row in chargers.of_account(db, actor.account_id)]


def close(db: Connection, actor: Actor, user_id: int, now: datetime) -> None:
    """After its chargers went: nothing that names anybody stays."""
    if chargers.of_account(db, actor.account_id):
        raise Refused("account.has_chargers")
    personal.close(db, actor.account_id, user_id, now)
    note(db, replace(actor, network=None), "account.closed", now)  # the one thing that is remembered
