"""A lost password: a link by mail, then a new one. What is answered tells nobody whether an address is known."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import letters, own_password, proofs
from ...actions.people.proofs import Proof, Purpose
from ...actions.people.registration import good_email
from ...reasons import Refused
from ...secret import Secret
from .. import rendering
from ..desk import Desk, desk_of
from ..errors import status_of
from ..forms import Form
from ..visitor import TOKEN_BYTES, Anybody, Visitor
from .choosing import Wish, asked_of, hashed, looked_at
from .mailing import mails_open, may_ask
from .paths import Text

router = APIRouter(include_in_schema=False)
FIELDS = {"account.no_email": "email"}


@router.get("/reset")
async def reset_page(request: Request, visitor: Anybody, sent: str = "") -> Response:
    return asking(request, visitor, Form(), sent=sent == "yes")


@router.post("/reset")
async def reset_form(request: Request, visitor: Anybody, email: Text) -> Response:
    """The answer is on its way before anybody looks whether the address is known, so that it always takes as long."""
    desk, form = desk_of(request), Form(values={"email": email})
    try:
        email = good_email(email)
        may_ask(desk, request, email)
    except Refused as refused:
        return asking(request, visitor, form.refused(refused, FIELDS), status=status_of(refused.reason))
    return RedirectResponse("/reset?sent=yes", HTTPStatus.SEE_OTHER, background=BackgroundTask(mailed, desk, email))


async def mailed(desk: Desk, email: str) -> None:
    token = desk.ids.token_bytes(TOKEN_BYTES)
    ask = partial(own_password.ask_for_reset, post=desk.post, email=email, token=token, now=desk.clock.now())
    await desk.write("people", ask)


@router.get("/reset/new")
async def new_page(request: Request, visitor: Anybody, token: str = "") -> Response:
    return choosing(request, visitor, token, await shown_proof(request, token), Form())


@router.post("/reset/new")
async def new_form(request: Request, visitor: Anybody, token: Text, password: Text, repeated: Text) -> Response:
    desk, proof = desk_of(request), await shown_proof(request, token)
    if proof is None:
        return choosing(request, visitor, token, None, Form())
    wish = Wish(Secret(password), Secret(repeated), (proof.email, proof.user.name))
    form = looked_at(desk, Form(), wish)
    if not form.fine:
        return choosing(request, visitor, token, proof, form)
    job = partial(
        own_password.reset,
        post=desk.post,
        token=letters.decode(token),
        password_hash=await hashed(desk, wish),
        now=desk.clock.now(),
    )
    await desk.write("people", job)
    return RedirectResponse("/sign-in?done=password", HTTPStatus.SEE_OTHER)


async def shown_proof(request: Request, token: str) -> Proof | None:
    desk = desk_of(request)
    proof = await desk.read(partial(proofs.look, token=letters.decode(token), now=desk.clock.now()))
    return proof if proof is not None and proof.purpose is Purpose.RESET else None


def asking(request: Request, visitor: Visitor, form: Form, *, sent: bool = False, status: int = 200) -> Response:
    values = {"form": form, "sent": sent, "local": mails_open(request)}
    return rendering.page("entrance/reset.html", visitor, request, values, status=status)


def choosing(request: Request, visitor: Visitor, token: str, proof: Proof | None, form: Form) -> Response:
    values = {"token": token, "proof": proof, "form": form, **asked_of(desk_of(request), visitor.speech)}
    if proof is None:
        return rendering.page("entrance/link_gone.html", visitor, request, values, status=HTTPStatus.NOT_FOUND)
    status = HTTPStatus.OK if form.fine else HTTPStatus.UNPROCESSABLE_ENTITY
    return rendering.page("entrance/new_password.html", visitor, request, values, status=status)
