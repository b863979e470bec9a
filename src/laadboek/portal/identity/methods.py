"""How I sign in: every way in plain words, what is set, and what is recommended (C8)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import identities
from ...actions.people.recovery import FEW
from ...actions.people.ways_in import WaysIn, ways_in
from .. import rendering
from ..desk import desk_of
from ..fresh import page_fresh
from ..policy import page
from ..visitor import Visitor
from .browser import person_of, site_of
from .ways import ways_of

router = APIRouter(include_in_schema=False)
METHODS = "/account/sign-in"


@router.get(METHODS)
async def methods_page(request: Request, visitor: Annotated[Visitor, page(None)]) -> Response:
    mine: WaysIn = await desk_of(request).read(partial(ways_in, signed_in=person_of(visitor)))
    ways = ways_of(request)
    connected = {one.provider: one for one in mine.identities}
    values = {
        "mine": mine,
        "providers": ways.usable(request),
        "connected": connected,
        "gone": [one for one in mine.identities if one.provider not in ways.names],
        "only_one": mine.count(ways.names) <= 1,
        "passkeys_here": site_of(request) is not None,
        "few": FEW,
        "advice": advice(mine, possible=site_of(request) is not None),
    }
    return rendering.page("identity/methods.html", visitor, request, values)


def advice(mine: WaysIn, *, possible: bool) -> str | None:
    """The one thing to do next; None: nothing is missing."""
    if mine.passkeys:
        return None
    if possible:
        return "passkey"
    return "codes" if mine.password and mine.codes_since is None else None


@router.post(METHODS + "/identities/{provider}/remove")
async def disconnect(request: Request, visitor: Annotated[Visitor, page_fresh(None)], provider: str) -> Response:
    desk, providers = desk_of(request), ways_of(request).names
    now = desk.clock.now()
    job = partial(
        identities.disconnect,
        post=desk.post,
        signed_in=person_of(visitor),
        provider=provider,
        providers=providers,
        now=now,
    )
    await desk.write("sign_ins", job)
    return RedirectResponse(METHODS, HTTPStatus.SEE_OTHER)
