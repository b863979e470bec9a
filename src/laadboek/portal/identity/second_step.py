"""After the right password: is a one-time code asked as well? Then the browser waits for it (C8)."""

from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import one_time_codes
from ...actions.people.pre_sign_ins import Kind
from ...store.users import UserRow
from ..desk import desk_of
from ..visitor import TOKEN_BYTES
from .browser import remember

CODE = "/sign-in/code"


async def code_first(request: Request, user: UserRow, next: str, method: str = "password") -> Response | None:
    """Where the code is asked; None: the password is enough."""
    desk = desk_of(request)
    token = desk.ids.token_bytes(TOKEN_BYTES)
    ask = partial(
        one_time_codes.ask,
        vault=desk.vault,
        user=user,
        token=token,
        method=method,
        next=next,
        now=desk.clock.now(),
    )
    if not await desk.read(partial(one_time_codes.asked, user=user)):
        return None
    await desk.write("sign_ins", ask)
    response = RedirectResponse(CODE, HTTPStatus.SEE_OTHER)
    remember(response, desk, Kind.CODE, token)
    return response
