"""Name and language of a person, name and time zone of the account that is shown; switching to another account."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import profile as actions
from ...reasons import Refused
from ...rights import Right
from ..desk import desk_of
from ..entrance.paths import Text
from ..forms import Form
from ..policy import page
from ..visitor import LANGUAGE_COOKIE, YEAR_S, Visitor
from .page import Signed, refused_status, shown, signed

router = APIRouter(include_in_schema=False)
SAVED = "/account?done=profile"
PERSON_FIELDS = {"account.no_name": "name", "account.bad_name": "name", "language.unknown": "language"}
ACCOUNT_FIELDS = {
    "account.no_name": "account_name",
    "account.bad_name": "account_name",
    "account.no_time_zone": "time_zone",
}


@router.get("/account")
async def account_page(request: Request, visitor: Signed, done: str = "") -> Response:
    return await shown(request, visitor, done=done)


@router.post("/account/profile")
async def profile_form(request: Request, visitor: Signed, name: Text, language: Text) -> Response:
    desk = desk_of(request)
    job = partial(actions.change_person, signed_in=signed(visitor), name=name, language=language, now=desk.clock.now())
    try:
        await desk.write("people", job)
    except Refused as refused:
        form = Form(values={"name": name, "language": language}).refused(refused, PERSON_FIELDS)
        return await shown(request, visitor, {"person": form}, status=refused_status(form))
    response = RedirectResponse(SAVED, HTTPStatus.SEE_OTHER)
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=YEAR_S, secure=desk.settings.https, httponly=True, samesite="lax"
    )
    return response


@router.post("/account/name")
async def account_form(
    request: Request,
    visitor: Annotated[Visitor, page(Right.ACCOUNT_WRITE)],
    account_name: Text,
    time_zone: Text,
) -> Response:
    desk = desk_of(request)
    job = partial(
        actions.change_account, actor=visitor.actor, name=account_name, time_zone=time_zone, now=desk.clock.now()
    )
    try:
        await desk.write("people", job)
    except Refused as refused:
        values = {"account_name": account_name, "time_zone": time_zone}
        form = Form(values=values).refused(refused, ACCOUNT_FIELDS)
        return await shown(request, visitor, {"account": form}, status=refused_status(form))
    return RedirectResponse(SAVED, HTTPStatus.SEE_OTHER)


@router.post("/account/switch")
async def switch_form(request: Request, visitor: Signed, account: Text) -> Response:
    """The first page shows it, or what of it this visitor may see."""
    await desk_of(request).write(
        "people", partial(actions.switch_account, signed_in=signed(visitor), public_id=account)
    )
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)
