"""Tokens of the API: what each may do in plain words, made and shown once, revoked (C10)."""

from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import tokens
from ...actions.people.tokens import WantedToken
from ...reasons import Refused
from ...rights import Right
from .. import forms, rendering
from ..api.tokens import made, revoked
from ..desk import desk_of
from ..errors import status_of
from ..fresh import page_fresh
from ..policy import page
from ..visitor import Visitor
from ..words import members as words

router = APIRouter(prefix="/account/tokens", include_in_schema=False)
Comes = Annotated[Visitor, page(None)]
Proved = Annotated[Visitor, page_fresh(None)]
Text = Annotated[str, Form(max_length=300)]
Many = Annotated[list[str], Form(default_factory=list, max_length=100)]
HERE = "/account/tokens"
FIELDS = {
    "token.bad_name": "name",
    "token.name_taken": "name",
    "token.bad_scopes": "scopes",
    "token.scope_missing": "scopes",
    "token.bad_expiry": "days",
}


@router.get("")
async def tokens_page(request: Request, visitor: Comes) -> Response:
    desk, signed_in = desk_of(request), visitor.signed_in
    assert signed_in is not None
    found = await desk.read(partial(tokens.visible_tokens, actor=visitor.actor, user_id=signed_in.user_id))
    values = {"tokens": found, "words": words, "mine": signed_in, "now": desk.clock.now()}
    return rendering.page("members/tokens.html", visitor, request, values)


@router.get("/new")
async def new_page(request: Request, visitor: Proved) -> Response:
    return drawn(request, visitor, forms.Form({"days": "90"}), frozenset())


@router.post("/new")
async def new_form(request: Request, visitor: Proved, scopes: Many, name: Text = "", days: Text = "") -> Response:
    """The answer is the only page that ever shows the token."""
    form = forms.Form({"name": name, "days": days})
    try:
        wanted = WantedToken(name=name, scopes=rights_of(scopes), expires_at=expiry_of(request, days))
        row, text = await made(request, visitor, wanted)
    except Refused as refused:
        status = status_of(refused.reason)
        return drawn(request, visitor, form.refused(refused, FIELDS), frozenset(scopes), status)
    values = {"token": row, "text": text}
    return rendering.page("members/token_made.html", visitor, request, values, status=HTTPStatus.CREATED)


@router.post("/{token_id}/revoke")
async def revoke_form(request: Request, visitor: Comes, token_id: str) -> Response:
    assert visitor.signed_in is not None
    await revoked(request, visitor, visitor.signed_in.user_id, token_id)
    return RedirectResponse(HERE, HTTPStatus.SEE_OTHER)


def drawn(request: Request, visitor: Visitor, form: forms.Form, scopes: frozenset[str], status: int = 200) -> Response:
    rights = visitor.actor.rights
    groups = [(title, [one for one in group if one[0] in rights]) for title, group in words.SCOPES]
    values = {"form": form, "groups": [one for one in groups if one[1]], "chosen": scopes, "words": words}
    return rendering.page("members/token_new.html", visitor, request, values, status=status)


def rights_of(scopes: list[str]) -> frozenset[Right]:
    if not set(scopes) <= set(Right):
        raise Refused("token.bad_scopes")
    return frozenset(map(Right, scopes))


def expiry_of(request: Request, days: str) -> datetime | None:
    """`days`: one of those that the form offers; empty: never."""
    if days not in words.LIFETIMES:
        raise Refused("token.bad_expiry")
    return desk_of(request).clock.now() + timedelta(days=int(days)) if days else None
