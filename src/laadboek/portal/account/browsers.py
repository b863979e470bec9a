"""The browsers that are signed in: ending one, ending all others (ASVS 7.4.4, 7.5.2)."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import profile as actions
from ..desk import desk_of
from .page import Signed, signed

router = APIRouter(include_in_schema=False)
ENDED = "/account?done=browsers"


@router.post("/account/browsers/{sign_in}/end")
async def end_form(request: Request, visitor: Signed, sign_in: str) -> Response:
    desk = desk_of(request)
    end = partial(actions.end_browser, signed_in=signed(visitor), public_id=sign_in, now=desk.clock.now())
    await desk.write("people", end)
    return RedirectResponse(ENDED, HTTPStatus.SEE_OTHER)


@router.post("/account/browsers/end-others")
async def end_others_form(request: Request, visitor: Signed) -> Response:
    desk = desk_of(request)
    end = partial(actions.end_other_browsers, signed_in=signed(visitor), now=desk.clock.now())
    await desk.write("people", end)
    return RedirectResponse(ENDED, HTTPStatus.SEE_OTHER)
