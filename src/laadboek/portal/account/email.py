"""Another e-mail address: proved by a link that is sent there; the former one is told (ASVS 6.3.7)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import profile as actions
from ...reasons import Refused
from ..desk import desk_of
from ..entrance.mailing import may_ask
from ..entrance.paths import Text
from ..errors import status_of
from ..forms import Form
from ..fresh import page_fresh
from ..visitor import TOKEN_BYTES, Visitor
from .page import shown, signed

router = APIRouter(include_in_schema=False)
FIELDS = {"account.no_email": "email", "email.same": "email", "mail.wait": "email"}


@router.post("/account/email")
async def email_form(request: Request, visitor: Annotated[Visitor, page_fresh(None)], email: Text) -> Response:
    desk = desk_of(request)
    ask = partial(
        actions.ask_for_change,
        post=desk.post,
        signed_in=signed(visitor),
        email=email,
        token=desk.ids.token_bytes(TOKEN_BYTES),
        now=desk.clock.now(),
    )
    try:
        may_ask(desk, request, email)
        await desk.write("people", ask)
    except Refused as refused:
        form = Form(values={"email": email}).refused(refused, FIELDS)
        return await shown(request, visitor, {"email": form}, status=status_of(refused.reason))
    return RedirectResponse("/account?done=change", HTTPStatus.SEE_OTHER)
