"""The API's own tokens: people who are signed in make and revoke them; a token may look at itself and end itself."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.requests import Request

from ...actions.people import tokens
from ...actions.people.tokens import FreshToken, WantedToken
from ...reasons import Refused
from ...rights import Right
from ...store.api_tokens import TokenRow
from ..desk import desk_of
from ..fresh import api_fresh
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body

router = APIRouter(prefix="/api/v1/tokens", responses=PROBLEMS, tags=["tokens"])
Signed = Annotated[Visitor, api(None)]
Proved = Annotated[Visitor, api_fresh(None)]
Anything = Annotated[Visitor, api(*Right)]  # whatever it may, it may do this


class NewTokenBody(Body):
    name: str = Field(max_length=200, description=f"1 to {tokens.NAME_MAX} characters, not used by another of yours")
    scopes: list[Right] = Field(description="Rights, each of them one that your role has")
    expires_at: AwareDatetime | None = Field(None, description="null: works until it is revoked")


class TokenAnswer(Answer):
    id: str
    name: str
    user_id: str = Field(description="Whom it acts for; its rights are that user's, as far as the scopes go")
    scopes: list[Right]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None = Field(description="To about five minutes; null: never")


class NewTokenAnswer(TokenAnswer):
    token: str = Field(description="The token itself, in this answer only")


class TokensAnswer(Answer):
    tokens: list[TokenAnswer]


class CurrentTokenAnswer(TokenAnswer):
    account_name: str
    rights: list[Right] = Field(description="What it may do now: its scopes, as far as the role of its user goes")


@router.get("")
async def listed(request: Request, visitor: Signed) -> TokensAnswer:
    """Your tokens of this account; an owner sees everybody's."""
    assert visitor.signed_in is not None
    job = partial(tokens.visible_tokens, actor=visitor.actor, user_id=visitor.signed_in.user_id)
    return TokensAnswer(tokens=[answer(one) for one in await desk_of(request).read(job)])


@router.post("", status_code=HTTPStatus.CREATED)
async def make(request: Request, visitor: Proved, body: NewTokenBody) -> NewTokenAnswer:
    """Make a token, shown in this answer only. Only for whoever signed in or proved themselves lately."""
    wanted = WantedToken(name=body.name, scopes=frozenset(body.scopes), expires_at=body.expires_at)
    row, text = await made(request, visitor, wanted)
    return NewTokenAnswer(**answer(row).model_dump(), token=text)


@router.get("/current")
async def current(visitor: Anything) -> CurrentTokenAnswer:
    """What the token that asks may do, and for whom."""
    if visitor.bearer is None:
        raise Refused("token.unknown")
    rights = sorted(visitor.actor.rights)
    known = answer(visitor.bearer.token).model_dump()
    return CurrentTokenAnswer(**known, account_name=visitor.bearer.account_name, rights=rights)


@router.delete("/current", status_code=HTTPStatus.NO_CONTENT)
async def end_current(request: Request, visitor: Anything) -> None:
    """Revoke the token that asks: for a program that is done, or fears that its token leaked."""
    if visitor.bearer is None:
        raise Refused("token.unknown")
    token = visitor.bearer.token
    await revoked(request, visitor, token.user_id, token.public_id)


@router.delete("/{token_id}", status_code=HTTPStatus.NO_CONTENT)
async def revoke(request: Request, visitor: Signed, token_id: str) -> None:
    """Revoke one of yours, or as an owner anybody's. It opens nothing from the next request on."""
    assert visitor.signed_in is not None
    await revoked(request, visitor, visitor.signed_in.user_id, token_id)


async def made(request: Request, visitor: Visitor, wanted: WantedToken) -> tuple[TokenRow, str]:
    """The row and the token itself."""
    desk = desk_of(request)
    assert visitor.signed_in is not None
    fresh = FreshToken(public_id=desk.ids.public("tok"), random=desk.ids.token_bytes(tokens.SECRET_BYTES))
    job = partial(
        tokens.make,
        actor=visitor.actor,
        user_id=visitor.signed_in.user_id,
        wanted=wanted,
        fresh=fresh,
        now=desk.clock.now(),
    )
    return await desk.write("tokens", job), tokens.text_of(fresh.random).reveal()


async def revoked(request: Request, visitor: Visitor, user_id: int, token_id: str) -> TokenRow:
    desk = desk_of(request)
    job = partial(tokens.revoke, actor=visitor.actor, user_id=user_id, token_id=token_id, now=desk.clock.now())
    return await desk.write("tokens", job)


def answer(row: TokenRow) -> TokenAnswer:
    return TokenAnswer(
        id=row.public_id,
        name=row.name,
        user_id=row.user_public_id,
        scopes=sorted(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
