"""Which right each route asks for. A test fails on a route that asks for none and is not open to everybody."""

from typing import Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from ..actions.actor import need
from ..reasons import Refused
from ..rights import Right
from .api.operator import Bearer, somebody_or_operator
from .visitor import Visitor, somebody

# Where "/" leads for whom it is not meant: the first place of these that they may see.
FIRST_PLACES = (
    (Right.SESSIONS_READ, "/sessions"),
    (Right.BUSINESS_READ, "/sessions"),
    (Right.CHARGERS_READ, "/chargers"),
)
OWN_PLACE = "/account"


def first_place(visitor: Visitor) -> str:
    return next((path for right, path in FIRST_PLACES if visitor.actor.may(right)), OWN_PLACE)


class Needs:
    """A dependency of a page: the visitor, if they have one of the rights; with no rights, whoever is signed in.

    Where several would do, the action looks at which of them it is, see `actions.scope`.
    """

    def __init__(self, rights: tuple[Right, ...]) -> None:
        self.rights = rights

    async def __call__(self, request: HTTPConnection) -> Visitor:
        return self.allowed(await somebody(request))

    def allowed(self, visitor: Visitor) -> Visitor:
        if self.rights and not any(visitor.actor.may(right) for right in self.rights):
            need(visitor.actor, self.rights[0])
        return visitor


class ApiNeeds(Needs):
    """The same of an API route, where a bearer token opens as well; but what is about oneself takes a sign-in.

    A token that leaked must not be able to make others, to change a password or to leave an account.
    """

    async def __call__(self, request: HTTPConnection, _: Bearer) -> Visitor:  # type: ignore[override]
        visitor = await somebody_or_operator(request)
        if not self.rights and visitor.signed_in is None:
            raise Refused("token.not_for_this")
        return self.allowed(visitor)


def page(right: Right | None, *or_else: Right) -> Any:
    """`visitor: Annotated[Visitor, page(Right.NOW_READ)]`: signed in by the cookie, and allowed to."""
    return Depends(Needs(_rights(right, or_else)))


def api(right: Right | None, *or_else: Right) -> Any:
    """The same by cookie or bearer token."""
    return Depends(ApiNeeds(_rights(right, or_else)))


def _rights(right: Right | None, or_else: tuple[Right, ...]) -> tuple[Right, ...]:
    return () if right is None else (right, *or_else)
