"""Registering with an e-mail address and a password, step by step (C1; the manual, 4.2)."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from fastapi import Form as Fields
from msgspec.structs import replace
from pydantic import BaseModel, SecretStr
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import proofs, registration
from ...actions.people.registration import NewUser
from ...reasons import Refused
from ...secret import Secret
from .. import rendering
from ..desk import desk_of
from ..errors import status_of
from ..forms import Form
from ..visitor import TOKEN_BYTES, Anybody, Visitor
from ..words.speech import LANGUAGES
from .choosing import Wish, asked_of, hashed, looked_at
from .invited import need_invited, need_open, with_next
from .mailing import may_ask
from .paths import own_path
from .registering import remember
from .time_zones import GUESS, time_zones

router = APIRouter(include_in_schema=False)


class Registration(BaseModel):
    email: str
    password: SecretStr
    repeated: SecretStr
    name: str
    language: str
    time_zone: str = GUESS
    next: str = ""

    @property
    def wish(self) -> Wish:
        password, repeated = (Secret(one.get_secret_value()) for one in (self.password, self.repeated))
        return Wish(password, repeated, (self.email, self.name))


FIELDS = {"registration.bad_address": "email"}
GOOD: dict[str, Callable[[str], str]] = {
    "email": registration.good_email,
    "name": registration.good_name,
    "language": registration.good_language,
    "time_zone": registration.good_time_zone,
}


@router.get("/register")
async def register_page(request: Request, visitor: Anybody, next: str = "/", email: str = "") -> Response:
    if visitor.signed_in is not None:
        return RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    if visitor.unconfirmed is not None:
        return RedirectResponse(with_next("/confirm", next), HTTPStatus.SEE_OTHER)
    await need_open(desk_of(request), next)
    form = Form(values={"email": email, "language": visitor.speech.language, "time_zone": GUESS})
    return shown(request, visitor, form, next)


@router.post("/register")
async def register_form(request: Request, visitor: Anybody, asked: Annotated[Registration, Fields()]) -> Response:
    """Goes on to the same page whether or not the address is known."""
    desk = desk_of(request)
    await need_open(desk, asked.next)
    form = looked_at(desk, typed(asked), asked.wish)
    if not form.fine:
        return shown(request, visitor, form, asked.next, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        await need_invited(desk, asked.next, form.value("email"))
        may_ask(desk, request, form.value("email"))
    except Refused as refused:
        return shown(request, visitor, form.refused(refused, FIELDS), asked.next, status_of(refused.reason))
    new = NewUser(
        name=form.value("name"),
        email=form.value("email"),
        password_hash=await hashed(desk, asked.wish),
        language=form.value("language"),
        time_zone=form.value("time_zone"),
    )
    secret = desk.ids.token_bytes(TOKEN_BYTES)
    register = partial(
        registration.register,
        post=desk.post,
        new=new,
        token=proofs.token_of(secret),
        now=desk.clock.now(),
        next=own_path(asked.next),
    )
    await desk.write("people", register)
    response = RedirectResponse("/confirm", HTTPStatus.SEE_OTHER)
    remember(response, desk, secret)
    return response


def typed(asked: Registration) -> Form:
    """As it would be stored, and what is wrong with each field."""
    form = Form(values={field: getattr(asked, field) for field in GOOD})
    for field, good in GOOD.items():
        try:
            form = replace(form, values={**form.values, field: good(form.value(field))})
        except Refused as refused:
            form = form.with_problem(field, refused.reason)
    return form


def shown(request: Request, visitor: Visitor, form: Form, next: str, status: int = HTTPStatus.OK) -> Response:
    values = {
        "form": form,
        "next": own_path(next),
        "sign_in": with_next("/sign-in", next),
        "languages": list(LANGUAGES.items()),
        "time_zones": time_zones(),
        **asked_of(desk_of(request), visitor.speech),
    }
    return rendering.page("entrance/register.html", visitor, request, values, status=status)
