"""The one place where a sign-in is opened, however somebody proved who they are."""

from functools import partial

from starlette.requests import Request

from ...actions import sign_in
from ...actions.sign_in import NewSignIn
from ...store.users import UserRow
from ..desk import Desk
from ..visitor import TOKEN_BYTES, network_of, token_of


async def opened(desk: Desk, request: Request, user: UserRow, method: str) -> bytes:
    """A sign-in for somebody who proved who they are: the new cookie's token."""
    new = NewSignIn(
        public_id=desk.ids.public("sgn"),
        token=desk.ids.token_bytes(TOKEN_BYTES),
        method=method,
        former_token=token_of(request),
        network=network_of(request),
        browser=request.headers.get("user-agent"),
    )
    await desk.write("sign_ins", partial(sign_in.sign_in, user=user, new=new, now=desk.clock.now()))
    return new.token
