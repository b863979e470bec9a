"""Another password: the current one is asked, others are signed out, the owner is told (ASVS 6.2.3, 7.4.3)."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import own_password
from ...actions.sign_in import is_fresh
from ...reasons import Reason, Refused
from ...secret import Secret
from ..desk import NotFresh, desk_of
from ..entrance.checking import checked
from ..entrance.choosing import Wish, hashed, looked_at
from ..entrance.paths import Text
from ..forms import Form
from ..visitor import TOKEN_BYTES, Visitor, set_token
from .page import Signed, shown, signed

router = APIRouter(include_in_schema=False)


@router.post("/account/password")
async def password_form(
    request: Request, visitor: Signed, password: Text, repeated: Text, current: Text = ""
) -> Response:
    desk, oneself = desk_of(request), signed(visitor)
    form = await current_looked_at(request, visitor, Form(), Secret(current))
    wish = Wish(Secret(password), Secret(repeated), (oneself.email, oneself.user_name))
    form = looked_at(desk, form, wish) if form.fine else form
    if not form.fine:
        return await shown(request, visitor, {"own_password": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    token = desk.ids.token_bytes(TOKEN_BYTES)
    change = partial(
        own_password.change,
        post=desk.post,
        signed_in=oneself,
        password_hash=await hashed(desk, wish),
        token=token,
        now=desk.clock.now(),
    )
    await desk.write("people", change)
    response = RedirectResponse("/account?done=own_password", HTTPStatus.SEE_OTHER)
    set_token(response, desk, token)
    return response


async def current_looked_at(request: Request, visitor: Visitor, form: Form, current: Secret) -> Form:
    """Who has no password yet shows who they are as they signed in."""
    desk, oneself = desk_of(request), signed(visitor)
    if not oneself.has_password:
        if not is_fresh(oneself, desk.clock.now()):
            raise NotFresh
        return form
    try:
        await checked(desk, request, oneself.email, current)
    except Refused as refused:
        wrong = refused.reason.code == "sign_in.wrong"
        return form.with_problem("current", Reason("password.wrong") if wrong else refused.reason)
    return form
