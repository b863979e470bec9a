"""Signing in, signing out, choosing a language."""

import asyncio
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..actions import passwords, sign_in
from ..actions.sign_in import NewSignIn
from ..reasons import Refused
from ..secret import Secret
from . import pages
from .desk import Desk, desk_of
from .errors import status_of
from .speech import LANGUAGES
from .visitor import LANGUAGE_COOKIE, TOKEN_BYTES, YEAR_S, Anybody, forget_token, set_token, token_of

router = APIRouter(include_in_schema=False)
MOST_WAITING = 50  # who comes later is asked to try again, or signing in itself would bring us down
Text = Annotated[str, Form(max_length=1000)]


@router.get("/sign-in")
async def sign_in_page(request: Request, visitor: Anybody, next: str = "/") -> Response:
    if visitor.signed_in is not None:
        return RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    return pages.page("sign_in.html", visitor, request, {"next": own_path(next), "email": "", "refused": None})


@router.post("/sign-in")
async def sign_in_form(request: Request, visitor: Anybody, email: Text, password: Text, next: Text = "/") -> Response:
    desk, email = desk_of(request), email.strip()
    try:
        token = await check_and_sign_in(desk, request, email, Secret(password))
    except Refused as refused:
        values = {"next": own_path(next), "email": email, "refused": refused.reason}
        status = {409: 401}.get(status_of(refused.reason), status_of(refused.reason))
        return pages.page("sign_in.html", visitor, request, values, status=status)
    response = RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    set_token(response, desk, token)
    return response


async def check_and_sign_in(desk: Desk, request: Request, email: str, password: Secret) -> bytes:
    """The new cookie's token, or Refused. Unknown addresses and wrong passwords look and take the same."""
    network = request.client.host if request.client else ""
    now = desk.clock.now()
    wait = desk.throttle.begin(email, network, now)
    if wait is not None:
        raise Refused("sign_in.wait", wait_s=-(-wait // timedelta(seconds=1)))
    password_hash = await desk.read(partial(sign_in.password_hash, email=email))
    if not await verified(desk, password_hash, password):
        raise Refused("sign_in.wrong")
    desk.throttle.succeeded(email, network)
    token = desk.ids.token_bytes(TOKEN_BYTES)
    new = NewSignIn(email=email, token=token, former_token=token_of(request))
    await desk.write("sign_ins", partial(sign_in.sign_in, new=new, now=now))
    return token


async def verified(desk: Desk, password_hash: str | None, password: Secret) -> bool:
    if desk.waiting_to_hash >= MOST_WAITING:
        raise Refused("sign_in.busy")
    desk.waiting_to_hash += 1
    try:
        async with desk.hashing:
            return await asyncio.to_thread(passwords.verify, password_hash, password)
    finally:
        desk.waiting_to_hash -= 1


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


def own_path(wanted: str) -> str:
    """A path on this site, or the first page: a link must not lead from our sign-in to somebody else's."""
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours else "/"
