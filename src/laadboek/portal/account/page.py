"""The page /account, drawn after every form on it that was refused."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ...actions.people import profile as actions
from ...actions.sign_in import SignedIn
from ...rights import Right
from .. import rendering
from ..desk import desk_of
from ..entrance.choosing import asked_of
from ..entrance.time_zones import time_zones
from ..forms import Form
from ..policy import page
from ..visitor import Visitor
from ..words.entrance import CARDS, DONE
from ..words.speech import LANGUAGES
from .browser_names import browser_name

Signed = Annotated[Visitor, page(None)]


class Card(Struct, frozen=True):
    """Leads to a page of its own. `right` None: it is about oneself."""

    path: str
    right: Right | None


ELSEWHERE = {
    "sign_in": Card("/account/sign-in", None),
    "notices": Card("/account/notices", Right.NOTICES_READ),
    "members": Card("/account/members", Right.ACCOUNT_READ),
    "tokens": Card("/account/tokens", None),
    "audit": Card("/account/audit", Right.ACCOUNT_READ),
    "data": Card("/account/data", None),
}


def signed(visitor: Visitor) -> SignedIn:
    assert visitor.signed_in is not None
    return visitor.signed_in


async def shown(
    request: Request, visitor: Visitor, forms: Mapping[str, Form] | None = None, *, done: str = "", status: int = 200
) -> Response:
    """`forms`: those that came in and were refused, by the part of the page; the others show what is stored."""
    desk = desk_of(request)
    look = partial(actions.look, signed_in=signed(visitor), now=desk.clock.now())
    profile = await desk.read(look)
    stored = {
        "person": Form(values={"name": profile.user.name, "language": profile.user.language}),
        "account": Form(values={"account_name": profile.account.name, "time_zone": profile.account.time_zone}),
        "email": Form(),
        "own_password": Form(),
    }
    values = {
        "profile": profile,
        "forms": {**stored, **(forms or {})},
        "done": visitor.speech.word(DONE, done) if done in DONE else None,
        "languages": list(LANGUAGES.items()),
        "time_zones": time_zones(),
        "cards": [(card.path, *CARDS[name]) for name, card in ELSEWHERE.items() if may_see(visitor, card)],
        "may_change": visitor.actor.may(Right.ACCOUNT_WRITE),
        "browser_name": browser_name,
        **asked_of(desk, visitor.speech),
    }
    return rendering.page("account/account.html", visitor, request, values, status=status)


def may_see(visitor: Visitor, card: Card) -> bool:
    return card.right is None or visitor.actor.may(card.right)


def refused_status(form: Form) -> int:
    return HTTPStatus.OK if form.fine else HTTPStatus.UNPROCESSABLE_ENTITY
