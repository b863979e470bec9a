"""Confirming an address by the link in a mail. Looking at it does nothing: programs that scan mails look as well."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import letters, profile, proofs, registration
from ...actions.people.proofs import Proof, Purpose
from ...reasons import Reason, Refused
from ...secret import Secret
from .. import rendering
from ..desk import NotSignedIn, desk_of
from ..errors import status_of
from ..visitor import TOKEN_BYTES, Anybody, Visitor, set_token
from .checking import checked
from .invited import afterwards, with_next
from .mailing import mails_open, may_ask
from .opening import opened
from .paths import Text, own_path
from .registering import forget, is_same_browser, remember

router = APIRouter(include_in_schema=False)
CONFIRMS = (Purpose.CONFIRM, Purpose.CHANGE)
WRONG = {Purpose.CONFIRM: "proof.password", Purpose.CHANGE: "password.wrong"}


@router.get("/confirm")
async def confirm_page(
    request: Request, visitor: Anybody, token: str = "", sent: str = "", next: str = "/"
) -> Response:
    if token:
        return await link_page(request, visitor, token, next)
    if visitor.signed_in is not None:
        return RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    values = {"local": mails_open(request), "again": sent == "again", "refused": None, "next": own_path(next)}
    return rendering.page("entrance/sent.html", visitor, request, values)


async def link_page(
    request: Request, visitor: Visitor, token: str, next: str, refused: Reason | None = None
) -> Response:
    proof = await shown_proof(request, token)
    values = {"token": token, "proof": proof, "refused": refused, "local": mails_open(request), "next": own_path(next)}
    if proof is None:
        return rendering.page("entrance/link_gone.html", visitor, request, values, status=HTTPStatus.NOT_FOUND)
    password = needs_password(request, visitor, proof, letters.decode(token))
    values |= {"password": password, "changes": proof.purpose is Purpose.CHANGE}
    values["elsewhere"] = password and proof.purpose is Purpose.CHANGE and proof.user.password_hash is None
    status = HTTPStatus.OK if refused is None else {409: 401}.get(status_of(refused), status_of(refused))
    return rendering.page("entrance/confirm.html", visitor, request, values, status=status)


@router.post("/confirm")
async def confirm_form(
    request: Request, visitor: Anybody, token: Text, password: Text = "", next: Text = "/"
) -> Response:
    proof = await shown_proof(request, token)
    if proof is None:
        return await link_page(request, visitor, token, next)
    desk = desk_of(request)
    if needs_password(request, visitor, proof, letters.decode(token)):
        try:
            await checked(desk, request, proof.user.email, Secret(password))
        except Refused as refused:
            wrong = refused.reason.code == "sign_in.wrong"
            why = Reason(WRONG[proof.purpose]) if wrong else refused.reason
            return await link_page(request, visitor, token, next, why)
    if proof.purpose is Purpose.CHANGE:
        return await change(request, visitor, token)
    confirm = partial(registration.confirm, token=letters.decode(token), now=desk.clock.now())
    user = await desk.write("people", confirm)
    response = RedirectResponse(afterwards(next), HTTPStatus.SEE_OTHER)
    set_token(response, desk, await opened(desk, request, user, "password"))
    forget(response, desk)
    return response


async def change(request: Request, visitor: Visitor, token: str) -> Response:
    desk = desk_of(request)
    job = partial(
        profile.change_email,
        post=desk.post,
        token=letters.decode(token),
        kept=visitor.signed_in,
        now=desk.clock.now(),
    )
    await desk.write("people", job)
    address = "/sign-in?done=email" if visitor.signed_in is None else "/account?done=email"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


@router.post("/confirm/again")
async def again_form(request: Request, visitor: Anybody, next: Text = "/") -> Response:
    """Another mail, for whoever knows the password of an account that is not confirmed."""
    waiting, desk = visitor.unconfirmed, desk_of(request)
    if waiting is None:
        raise NotSignedIn
    try:
        may_ask(desk, request, waiting.email)
    except Refused as refused:
        values = {"local": mails_open(request), "again": False, "refused": refused.reason, "next": own_path(next)}
        return rendering.page("entrance/sent.html", visitor, request, values, status=status_of(refused.reason))
    secret = desk.ids.token_bytes(TOKEN_BYTES)
    ask = partial(
        registration.ask_again,
        post=desk.post,
        signed_in=waiting,
        token=proofs.token_of(secret),
        now=desk.clock.now(),
        next=own_path(next),
    )
    await desk.write("people", ask)
    response = RedirectResponse(with_next("/confirm", next, sent="again"), HTTPStatus.SEE_OTHER)
    remember(response, desk, secret)
    return response


async def shown_proof(request: Request, token: str) -> Proof | None:
    desk = desk_of(request)
    proof = await desk.read(partial(proofs.look, token=letters.decode(token), now=desk.clock.now()))
    return proof if proof is not None and proof.purpose in CONFIRMS else None


def needs_password(request: Request, visitor: Visitor, proof: Proof, token: bytes) -> bool:
    """Unless this browser is known to be that of whoever asked for the link: see `proofs.token_of`.

    Of another address too: whoever reads the new mailbox need not be who asked, and by one click the account of a
    stranger would have their address.
    """
    if proof.purpose is Purpose.CHANGE:
        return visitor.signed_in is None or visitor.signed_in.user_id != proof.user.id
    if is_same_browser(request, token):
        return False
    return visitor.unconfirmed is None or visitor.unconfirmed.user_id != proof.user.id
