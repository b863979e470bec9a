"""Signing in, signing out, choosing a language."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import sign_in
from ...reasons import Reason, Refused
from ...secret import Secret
from ...store import users
from .. import rendering
from ..desk import desk_of
from ..errors import status_of
from ..identity.second_step import code_first
from ..visitor import LANGUAGE_COOKIE, YEAR_S, Anybody, Visitor, forget_token, set_token, token_of
from ..words.entrance import DONE
from ..words.speech import LANGUAGES
from .checking import checked
from .invited import invited, with_next
from .opening import opened
from .paths import Text, own_path

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def sign_in_page(request: Request, visitor: Anybody, next: str = "/", done: str = "") -> Response:
    if visitor.signed_in is not None:
        return RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    if visitor.unconfirmed is not None:
        return RedirectResponse(with_next("/confirm", next), HTTPStatus.SEE_OTHER)
    if not await desk_of(request).read(users.exist):  # nobody can sign in yet: the first one registers
        return RedirectResponse("/register", HTTPStatus.SEE_OTHER)
    return await shown(request, visitor, next, done=done)


@router.post("/sign-in")
async def sign_in_form(request: Request, visitor: Anybody, email: Text, password: Text, next: Text = "/") -> Response:
    desk, email = desk_of(request), email.strip()
    try:
        user = await checked(desk, request, email, Secret(password))
        waiting = await code_first(request, user, own_path(next))
        token = b"" if waiting is not None else await opened(desk, request, user, "password")
    except Refused as refused:
        return await shown(request, visitor, next, email=email, refused=refused.reason)
    if waiting is not None:
        return waiting
    response = RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    set_token(response, desk, token)
    return response


async def shown(
    request: Request, visitor: Visitor, next: str, *, email: str = "", done: str = "", refused: Reason | None = None
) -> Response:
    """`done`: what has just been done that this browser must sign in after, a key of DONE."""
    status = HTTPStatus.OK if refused is None else {409: 401}.get(status_of(refused), status_of(refused))
    desk = desk_of(request)
    may_register = desk.settings.registration_open or await invited(desk, next) is not None
    values = {
        "next": own_path(next),
        "email": email,
        "done": visitor.speech.word(DONE, done) if done in DONE else None,
        "refused": refused,
        "register": with_next("/register", next) if may_register else None,
    }
    return rendering.page("entrance/sign_in.html", visitor, request, values, status=status)


@router.post("/sign-out")
async def sign_out_form(request: Request) -> Response:
    desk, token = desk_of(request), token_of(request)
    if token is not None:
        await desk.write("sign_ins", partial(sign_in.sign_out, token=token))
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    forget_token(response, desk)
    return response


@router.post("/language")
async def language_form(request: Request, visitor: Anybody, language: Text, next: Text = "/") -> Response:
    """Remembered on this browser, and for somebody who is signed in also elsewhere."""
    if language not in LANGUAGES:
        raise Refused("language.unknown", language=language)
    desk = desk_of(request)
    if visitor.signed_in is not None:
        choose = partial(sign_in.choose_language, signed_in=visitor.signed_in, language=language)
        await desk.write("sign_ins", choose)
    response = RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=YEAR_S, secure=desk.settings.https, httponly=True, samesite="lax"
    )
    return response
