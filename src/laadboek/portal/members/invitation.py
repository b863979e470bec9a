"""The page that an invitation's link leads to: who invites to what, and joining."""

from functools import partial
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import invitations, letters
from ...store import sign_ins
from ...store.connection import Connection
from .. import rendering
from ..desk import desk_of
from ..policy import page
from ..visitor import Anybody, Visitor
from ..words import members as words

router = APIRouter(prefix="/invitation", include_in_schema=False)
Joins = Annotated[Visitor, page(None)]


@router.get("/{token}")
async def invitation_page(request: Request, visitor: Anybody, token: str) -> Response:
    desk = desk_of(request)
    offer = await desk.read(partial(invitations.offer, token=letters.decode(token), now=desk.clock.now()))
    back = {"next": request.url.path}
    values = {
        "offer": offer,
        "words": words,
        "token": token,
        "sign_in": f"/sign-in?{urlencode(back)}",
        "register": f"/register?{urlencode(back | {'email': offer.invitation.email})}",
    }
    return rendering.page("members/invitation.html", visitor, request, values)


@router.post("/{token}")
async def join_form(request: Request, visitor: Joins, token: str) -> Response:
    """From now on this browser shows the account that was joined."""
    desk, signed_in = desk_of(request), visitor.signed_in
    assert signed_in is not None

    def join(db: Connection) -> None:
        user_id, home = signed_in.user_id, signed_in.home_account_id
        joined = invitations.accept(db, visitor.actor, user_id, home, letters.decode(token), desk.clock.now())
        sign_ins.act_for(db, home, signed_in.sign_in_id, joined)

    await desk.write("members", join)
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)
