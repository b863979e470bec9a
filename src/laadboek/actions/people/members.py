"""Who sees an account: its members and their roles, changed by its owners; and leaving it (C8)."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ...reasons import Refused
from ...rights import Right, Role
from ...store import api_tokens, drivers, export_schedules, memberships, notices
from ...store.connection import Connection
from ...store.memberships import MembershipRow
from ..actor import Actor, need
from ..notices import EMAIL
from ..trail import note


class Access(Struct, frozen=True, kw_only=True):
    """What somebody may do. `drivers`: of an employer, those who agreed; None: every driver."""

    role: Role
    drivers: frozenset[str] | None = None


def my_members(db: Connection, actor: Actor) -> list[MembershipRow]:
    """In the order in which they came."""
    need(actor, Right.ACCOUNT_READ)
    return memberships.of_account(db, actor.account_id)


def one_member(db: Connection, actor: Actor, user_id: str) -> MembershipRow:
    """By the user's public id."""
    found = next((one for one in my_members(db, actor) if one.user_public_id == user_id), None)
    if found is None:
        raise Refused("member.unknown")
    return found


def checked(db: Connection, actor: Actor, access: Access) -> Access:
    """As it is stored: only an employer's view is limited to drivers, and they must be this account's."""
    if access.role is not Role.EMPLOYER or access.drivers is None:
        return Access(role=access.role)
    known = {driver.public_id for driver in drivers.of_account(db, actor.account_id)}
    if not access.drivers <= known:
        raise Refused("member.bad_drivers")
    if not access.drivers:
        raise Refused("member.bad_no_drivers")
    return access


def change(db: Connection, actor: Actor, user_id: str, access: Access, now: datetime) -> MembershipRow:
    """It holds from the member's next click on."""
    need(actor, Right.ACCOUNT_WRITE)
    found, wanted = one_member(db, actor, user_id), checked(db, actor, access)
    if (found.role, found.drivers) == (wanted.role, wanted.drivers):
        return found
    if wanted.role is not Role.OWNER:
        _spare(db, found)
    memberships.change(db, actor.account_id, found.user_id, wanted.role, wanted.drivers)
    details = {"user": user_id, "from": found.role.value, "to": wanted.role.value, "drivers": count(wanted.drivers)}
    note(db, actor, "member.changed", now, details)
    return one_member(db, actor, user_id)


def remove(db: Connection, actor: Actor, user_id: str, now: datetime) -> MembershipRow:
    """They see nothing here from their next click on, their tokens are gone, and nothing is mailed to them."""
    need(actor, Right.ACCOUNT_WRITE)
    found = one_member(db, actor, user_id)
    _end(db, actor, found, "member.removed", now)
    return found


def leave(db: Connection, actor: Actor, user_id: int, now: datetime) -> None:
    """Somebody's own wish, in whatever role; `user_id` is theirs."""
    found = memberships.one(db, actor.account_id, user_id)
    if found is None:
        raise Refused("member.unknown")
    _end(db, actor, found, "member.left", now)


def count(chosen: frozenset[str] | None) -> int | None:
    """How many drivers an employer sees, for the audit log."""
    return None if chosen is None else len(chosen)


def _end(db: Connection, actor: Actor, found: MembershipRow, what: str, now: datetime) -> None:
    _spare(db, found)
    gone = api_tokens.remove_of_user(db, actor.account_id, found.user_id)
    memberships.remove(db, actor.account_id, found.user_id)
    details: dict[str, str | int | None] = {"user": found.user_public_id, "role": found.role.value, "tokens": gone}
    note(db, actor, what, now, details | _end_mail(db, found))


def _end_mail(db: Connection, found: MembershipRow) -> dict[str, int]:
    """Files of sessions wait until somebody wants them sent there after all; channels of notices go."""
    account_id, to_them = found.account_id, found.email.lower()
    files = [one for one in export_schedules.of_account(db, account_id) if one.kind == EMAIL and one.enabled]
    files = [one for one in files if one.address.lower() == to_them]
    for file in files:
        export_schedules.settle(db, replace(file, enabled=False))
    channels = [one for one in notices.channels(db, account_id) if one.kind == EMAIL]
    channels = [one for one in channels if one.address.lower() == to_them]
    for channel in channels:
        notices.remove_channel(db, account_id, channel.id)
    return {"files": len(files), "channels": len(channels)}


def _spare(db: Connection, found: MembershipRow) -> None:
    """An account keeps an owner, and nobody loses the one that is their own: signing in would lead nowhere."""
    everybody = memberships.of_account(db, found.account_id, lock=True)
    if found.role is Role.OWNER and sum(one.role is Role.OWNER for one in everybody) == 1:
        raise Refused("member.last_owner")
    if found.home_account_id == found.account_id:
        raise Refused("member.own_account")
