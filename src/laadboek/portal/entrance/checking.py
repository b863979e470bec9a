"""Whether somebody knows the password, without telling a stranger anything and without being brought down by asking."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from starlette.requests import Request

from ...actions import passwords
from ...reasons import Refused
from ...secret import Secret
from ...store import users
from ...store.users import UserRow
from ..desk import Desk
from ..limits import network_key
from ..visitor import network_of

T = TypeVar("T")
MOST_WAITING = 50  # who comes later is asked to try again, or signing in itself would bring us down


async def checked(desk: Desk, request: Request, email: str, password: Secret) -> UserRow:
    """The user, or Refused. Unknown addresses and wrong passwords look and take the same."""
    network = network_key(network_of(request))
    wait = desk.throttle.begin(email, network, desk.clock.now())
    if wait is not None:
        raise Refused("sign_in.wait", wait_s=-(-wait // timedelta(seconds=1)))
    user = await desk.read(partial(users.by_email, email=email))
    if not await verified(desk, None if user is None else user.password_hash, password) or user is None:
        raise Refused("sign_in.wrong")
    desk.throttle.succeeded(email, network)
    return user


async def verified(desk: Desk, password_hash: str | None, password: Secret) -> bool:
    return await in_turn(desk, partial(passwords.verify, password_hash, password))


async def in_turn(desk: Desk, work: Callable[[], T]) -> T:
    """Hashing takes memory and a core for a while: two at a time, in threads, and only so many wait."""
    if desk.waiting_to_hash >= MOST_WAITING:
        raise Refused("sign_in.busy")
    desk.waiting_to_hash += 1
    try:
        async with desk.hashing:
            return await asyncio.to_thread(work)
    finally:
        desk.waiting_to_hash -= 1
