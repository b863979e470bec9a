"""Registering to take up an invitation (C8): its link is where one goes afterwards, also where only the invited may."""

from functools import partial
from urllib.parse import urlencode

from ...actions.people import invitations, letters
from ...actions.people.registration import good_email
from ...reasons import Refused
from ...store import users
from ..desk import Desk
from .paths import own_path

FIRST_PAGE = "/setup"  # what a new account lacks


async def need_open(desk: Desk, next: str) -> None:
    """The very first may always register, and who has the link of an invitation."""
    if desk.settings.registration_open or not await desk.read(users.confirmed_exist):
        return
    if await invited(desk, next) is None:
        raise Refused("registration.closed")


async def need_invited(desk: Desk, next: str, email: str) -> None:
    """Where registration is closed the link of an invitation opens it for the address that it was sent to, only."""
    if desk.settings.registration_open or not await desk.read(users.confirmed_exist):
        return
    to = await invited(desk, next)
    if to is None:
        raise Refused("registration.closed")
    if good_email(email) != to:
        raise Refused("registration.bad_address", email=to)


async def invited(desk: Desk, next: str) -> str | None:
    """Whom the invitation was sent to whose link `next` is; None: it is not one, or it opens nothing any more."""
    if not next.startswith(invitations.PATH):
        return None
    token = letters.decode(next.removeprefix(invitations.PATH))
    try:
        offer = await desk.read(partial(invitations.offer, token=token, now=desk.clock.now()))
    except Refused:
        return None
    return offer.invitation.email


def afterwards(next: str) -> str:
    """Where somebody goes who has just registered."""
    wanted = own_path(next)
    return FIRST_PAGE if wanted == "/" else wanted


def with_next(path: str, next: str, **more: str) -> str:
    """`path`, which hands on where to go in the end."""
    wanted = own_path(next)
    asked = more if wanted == "/" else {**more, "next": wanted}
    return f"{path}?{urlencode(asked)}" if asked else path
