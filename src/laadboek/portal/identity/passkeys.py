"""Passkeys in the browser: `static/passkeys.js` asks here for a challenge and brings the answer (C8)."""

from collections.abc import Awaitable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ...actions.people import passkeys
from ...actions.people.passkeys import RelyingParty
from ...actions.people.pre_sign_ins import Kind
from ...reasons import Refused
from ...store.connection import Connection
from ...store.passkeys import PasskeyRow
from ...store.users import UserRow
from ..api.models import Body
from ..desk import desk_of
from ..entrance.again import proved
from ..entrance.opening import opened
from ..entrance.paths import own_path
from ..errors import status_of
from ..fresh import page_fresh
from ..limits import network_key
from ..policy import page
from ..visitor import TOKEN_BYTES, Anybody, Visitor, network_of, set_token
from .browser import forget, person_of, remember, remembered, site_of
from .ways import ways_of

router = APIRouter(include_in_schema=False)
Signed = Annotated[Visitor, page(None)]
Fresh = Annotated[Visitor, page_fresh(None)]
Name = Annotated[str, Form(max_length=200)]
METHODS = "/account/sign-in"
METHOD = "passkey"  # how a sign-in is noted


class ShownPasskey(Body):
    """What the browser's authenticator answered (WebAuthn §5.1), as JSON."""

    credential: dict[str, Any]
    next: str = Field("/", max_length=1000)


class MadePasskey(Body):
    credential: dict[str, Any]
    name: str = Field(max_length=200)


# --- signing in, and proving oneself ---


@router.post("/sign-in/passkey/options")
async def offer(request: Request, visitor: Anybody) -> Response:
    """A challenge for whichever passkey its owner chooses."""
    return await in_words(visitor, offered(request))


@router.post("/sign-in/passkey")
async def sign_in_with(request: Request, visitor: Anybody, body: ShownPasskey) -> Response:
    return await in_words(visitor, signed_in_with(request, body))


@router.post("/sign-in/again/passkey")
async def prove_with(request: Request, visitor: Signed, body: ShownPasskey) -> Response:
    return await in_words(visitor, proved_with(request, visitor, body))


async def offered(request: Request) -> Response:
    desk, site = desk_of(request), here(request)
    network, now = network_key(network_of(request)), desk.clock.now()
    wait = ways_of(request).beginnings.begin(network, network, now)
    if wait is not None:
        raise Refused("sign_in.wait", wait_s=int(-(-wait.total_seconds() // 1)))
    token, challenge = desk.ids.token_bytes(TOKEN_BYTES), desk.ids.token_bytes(TOKEN_BYTES)
    job = partial(passkeys.offer, vault=desk.vault, site=site, token=token, challenge=challenge, now=now)
    response = Response(await desk.write("sign_ins", job), media_type="application/json")
    remember(response, desk, Kind.PASSKEY, token)
    return response


async def signed_in_with(request: Request, body: ShownPasskey) -> Response:
    desk = desk_of(request)
    user = await recognised(request, body)
    token = await opened(desk, request, user, METHOD)
    response = JSONResponse({"next": own_path(body.next)})
    set_token(response, desk, token)
    forget(response, desk, Kind.PASSKEY)
    return response


async def proved_with(request: Request, visitor: Visitor, body: ShownPasskey) -> Response:
    user = await recognised(request, body)
    if visitor.signed_in is None or user.id != visitor.signed_in.user_id:
        raise Refused("passkey.of_somebody_else")
    return onward(await proved(request, visitor, body.next))


async def recognised(request: Request, body: ShownPasskey) -> UserRow:
    desk, site, token = desk_of(request), here(request), remembered(request, Kind.PASSKEY)
    if token is None:
        raise Refused("passkey.too_late")
    now = desk.clock.now()

    def job(db: Connection) -> UserRow | Refused:
        """The challenge is spent even when the answer is refused, so a refusal must not roll it back."""
        try:
            return passkeys.recognise(db, desk.vault, site, token, body.credential, now)
        except Refused as refused:
            return refused

    outcome = await desk.write("sign_ins", job)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


# --- having them ---


@router.post(METHODS + "/passkeys/options")
async def offer_new(request: Request, visitor: Fresh) -> Response:
    return await in_words(visitor, offered_new(request, visitor))


async def offered_new(request: Request, visitor: Visitor) -> Response:
    desk, site = desk_of(request), here(request)
    token, challenge = desk.ids.token_bytes(TOKEN_BYTES), desk.ids.token_bytes(TOKEN_BYTES)
    job = partial(
        passkeys.offer_new,
        vault=desk.vault,
        signed_in=person_of(visitor),
        site=site,
        token=token,
        challenge=challenge,
        now=desk.clock.now(),
    )
    response = Response(await desk.write("sign_ins", job), media_type="application/json")
    remember(response, desk, Kind.NEW_PASSKEY, token)
    return response


@router.post(METHODS + "/passkeys")
async def add(request: Request, visitor: Fresh, body: MadePasskey) -> Response:
    return await in_words(visitor, added(request, visitor, body))


async def added(request: Request, visitor: Visitor, body: MadePasskey) -> Response:
    desk, site, token = desk_of(request), here(request), remembered(request, Kind.NEW_PASSKEY)
    if token is None:
        raise Refused("passkey.too_late")
    public_id, now = desk.ids.public("pky"), desk.clock.now()

    def job(db: Connection) -> PasskeyRow | Refused:
        try:
            return passkeys.add(
                db,
                desk.post,
                desk.vault,
                person_of(visitor),
                site,
                token,
                body.credential,
                name=body.name,
                public_id=public_id,
                now=now,
            )
        except Refused as refused:  # the challenge is spent all the same
            return refused

    outcome = await desk.write("sign_ins", job)
    if isinstance(outcome, Refused):
        raise outcome
    response = JSONResponse({"next": METHODS})
    forget(response, desk, Kind.NEW_PASSKEY)
    return response


@router.post(METHODS + "/passkeys/{passkey_id}/name")
async def rename(request: Request, visitor: Fresh, passkey_id: str, name: Name = "") -> Response:
    desk = desk_of(request)
    job = partial(passkeys.rename, signed_in=person_of(visitor), public_id=passkey_id, name=name, now=desk.clock.now())
    await desk.write("sign_ins", job)
    return RedirectResponse(METHODS, HTTPStatus.SEE_OTHER)


@router.post(METHODS + "/passkeys/{passkey_id}/remove")
async def remove(request: Request, visitor: Fresh, passkey_id: str) -> Response:
    desk, providers = desk_of(request), ways_of(request).names
    now = desk.clock.now()
    job = partial(
        passkeys.remove,
        post=desk.post,
        signed_in=person_of(visitor),
        public_id=passkey_id,
        providers=providers,
        now=now,
    )
    await desk.write("sign_ins", job)
    return RedirectResponse(METHODS, HTTPStatus.SEE_OTHER)


def here(request: Request) -> RelyingParty:
    site = site_of(request)
    if site is None:
        raise Refused("passkey.not_here")
    return site


def onward(response: Response) -> Response:
    """A redirect, as a script can follow it: with the same cookies."""
    told = JSONResponse({"next": response.headers["location"]})
    told.raw_headers += [pair for pair in response.raw_headers if pair[0] == b"set-cookie"]
    return told


async def in_words(visitor: Visitor, answering: Awaitable[Response]) -> Response:
    """A refusal as the sentence that the script puts into the page."""
    try:
        return await answering
    except Refused as refused:
        said = {"code": refused.reason.code, "sentence": visitor.speech.sentence(refused.reason)}
        return JSONResponse(said, status_of(refused.reason))
