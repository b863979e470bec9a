"""The API of oneself: who is signed in, what they may do here, and the browsers that are signed in (C8)."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from ...actions.people import profile as actions
from ...actions.people.registration import NAME_MAX
from ...rights import Right
from ..account.page import signed
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body

router = APIRouter(prefix="/api/v1/me", responses=PROBLEMS, tags=["me"])
Signed = Annotated[Visitor, api(None)]


class MyAccountAnswer(Answer):
    id: str
    name: str
    role: str
    shown: bool = Field(description="What this browser looks at, and the rest of the API answers for")


class MeAnswer(Answer):
    id: str
    name: str
    email: str
    language: str
    rights: list[Right] = Field(description="In the account that is shown")
    accounts: list[MyAccountAnswer]


class MeBody(Body):
    """What is left out stays as it is."""

    name: str | None = Field(None, description=f"1 to {NAME_MAX} characters")
    language: str | None = Field(None, description="nl, en, fr or de")


class SignInAnswer(Answer):
    id: str
    method: str = Field(description="password, passkey, or a provider's name")
    browser: str | None = Field(description="As it calls itself")
    network: str | None
    created_at: datetime
    last_seen_at: datetime
    current: bool


class SignInsAnswer(Answer):
    sign_ins: list[SignInAnswer]


@router.get("", summary="Who is signed in")
async def me(request: Request, visitor: Signed) -> MeAnswer:
    return await answer(request, visitor)


@router.patch("", summary="Change name or language")
async def change_me(request: Request, visitor: Signed, body: MeBody) -> MeAnswer:
    desk, signed_in = desk_of(request), signed(visitor)
    change = partial(
        actions.change_person,
        signed_in=signed_in,
        name=signed_in.user_name if body.name is None else body.name,
        language=visitor.actor.language if body.language is None else body.language,
        now=desk.clock.now(),
    )
    await desk.write("people", change)
    return await answer(request, visitor)


@router.get("/sign-ins", summary="Where you are signed in")
async def sign_ins(request: Request, visitor: Signed) -> SignInsAnswer:
    desk, signed_in = desk_of(request), signed(visitor)
    found = await desk.read(partial(actions.look, signed_in=signed_in, now=desk.clock.now()))
    return SignInsAnswer(
        sign_ins=[
            SignInAnswer(
                id=one.public_id,
                method=one.method,
                browser=one.browser,
                network=one.network,
                created_at=one.created_at,
                last_seen_at=one.last_seen_at,
                current=one.id == signed_in.sign_in_id,
            )
            for one in found.browsers
        ]
    )


@router.delete("/sign-ins/{sign_in}", status_code=HTTPStatus.NO_CONTENT, summary="Sign out there")
async def end_sign_in(request: Request, visitor: Signed, sign_in: str) -> None:
    desk = desk_of(request)
    end = partial(actions.end_browser, signed_in=signed(visitor), public_id=sign_in, now=desk.clock.now())
    await desk.write("people", end)


async def answer(request: Request, visitor: Visitor) -> MeAnswer:
    desk = desk_of(request)
    found = await desk.read(partial(actions.look, signed_in=signed(visitor), now=desk.clock.now()))
    return MeAnswer(
        id=found.user.public_id,
        name=found.user.name,
        email=found.user.email,
        language=found.user.language,
        rights=sorted(visitor.actor.rights),
        accounts=[
            MyAccountAnswer(
                id=one.account_public_id,
                name=one.account_name,
                role=one.role.value,
                shown=one.account_id == found.account.id,
            )
            for one in found.memberships
        ],
    )
