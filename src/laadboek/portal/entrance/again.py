"""Showing the password once more, on a browser that is signed in, before something that matters most (`fresh`)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import sign_in
from ...reasons import Reason, Refused
from ...secret import Secret
from .. import rendering
from ..desk import desk_of
from ..errors import status_of
from ..policy import page
from ..visitor import TOKEN_BYTES, Visitor, set_token
from .checking import checked
from .paths import Text, own_path

router = APIRouter(include_in_schema=False)
Signed = Annotated[Visitor, page(None)]


@router.get("/sign-in/again")
async def again_page(request: Request, visitor: Signed, next: str = "/account") -> Response:
    return again(request, visitor, next)


@router.post("/sign-in/again")
async def again_form(request: Request, visitor: Signed, password: Text, next: Text = "/account") -> Response:
    assert visitor.signed_in is not None
    try:
        await checked(desk_of(request), request, visitor.signed_in.email, Secret(password))
    except Refused as refused:
        return again(request, visitor, next, refused.reason)
    return await proved(request, visitor, next)


def again(request: Request, visitor: Visitor, next: str, refused: Reason | None = None) -> Response:
    status = HTTPStatus.OK if refused is None else {409: 401}.get(status_of(refused), status_of(refused))
    values = {"next": own_path(next), "refused": refused}
    return rendering.page("entrance/again.html", visitor, request, values, status=status)


async def proved(request: Request, visitor: Visitor, next: str) -> Response:
    """This browser has just shown who uses it: on to what was wanted, under a new token."""
    assert visitor.signed_in is not None
    desk = desk_of(request)
    token = desk.ids.token_bytes(TOKEN_BYTES)
    prove = partial(sign_in.prove, signed_in=visitor.signed_in, token=token, now=desk.clock.now())
    await desk.write("sign_ins", prove)
    response = RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    set_token(response, desk, token)
    return response
