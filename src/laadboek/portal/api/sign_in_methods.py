"""The API of how somebody signs in. Only to read: what changes it must be shown to a browser (C8, C10)."""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from ...actions.people.ways_in import WaysIn, ways_in
from ..desk import NotSignedIn, desk_of
from ..identity.ways import ways_of
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Answer

router = APIRouter(prefix="/api/v1/me", responses=PROBLEMS, tags=["me"])
Signed = Annotated[Visitor, api(None)]


class PasskeyAnswer(Answer):
    id: str
    name: str
    added_at: datetime
    used_at: datetime | None


class IdentityAnswer(Answer):
    provider: str
    email: str | None = Field(description="As the provider said at the last sign-in")
    connected_at: datetime
    used_at: datetime | None
    usable: bool = Field(description="Whether this installation still works with the provider")


class OneTimeCodesAnswer(Answer):
    on_since: datetime | None = Field(description="null: the password alone lets in")
    recovery_codes_left: int


class SignInMethodsAnswer(Answer):
    password: bool
    passkeys: list[PasskeyAnswer]
    identities: list[IdentityAnswer]
    one_time_codes: OneTimeCodesAnswer
    providers: list[str] = Field(description="Those that could be connected, by name")


@router.get("/sign-in-methods", summary="How I sign in")
async def sign_in_methods(request: Request, visitor: Signed) -> SignInMethodsAnswer:
    """What is set, without any secret. It is changed at /account/sign-in, by a browser that shows who uses it.

    A token does not read this: it would tell whoever found it how its owner can be attacked.
    """
    if visitor.signed_in is None:
        raise NotSignedIn
    ways = ways_of(request)
    mine: WaysIn = await desk_of(request).read(partial(ways_in, signed_in=visitor.signed_in))
    return SignInMethodsAnswer(
        password=mine.password,
        passkeys=[
            PasskeyAnswer(id=one.public_id, name=one.name, added_at=one.created_at, used_at=one.used_at)
            for one in mine.passkeys
        ],
        identities=[
            IdentityAnswer(
                provider=one.provider,
                email=one.email,
                connected_at=one.created_at,
                used_at=one.used_at,
                usable=one.provider in ways.names,
            )
            for one in mine.identities
        ],
        one_time_codes=OneTimeCodesAnswer(on_since=mine.codes_since, recovery_codes_left=mine.recovery_codes),
        providers=[one.name for one in ways.usable(request)],
    )
