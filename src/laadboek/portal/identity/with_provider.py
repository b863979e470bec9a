"""Google, Apple and others: to the provider and back (C1; Core 1.0 §3.1).

The way there is a page that forwards by itself, because a form must not lead elsewhere (`form-action 'self'`). The way
back brings a code to an address of its own for each provider, so that one cannot answer for another.
"""

from datetime import timedelta
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Form
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import pre_sign_ins
from ...actions.people.identities import NAME_MAX, Claimed
from ...actions.people.pre_sign_ins import Kind
from ...reasons import Refused
from .. import rendering
from ..desk import desk_of
from ..entrance.paths import Text, own_path
from ..errors import status_of
from ..fresh import page_fresh
from ..limits import network_key
from ..policy import page
from ..providers import Provider, Unreachable
from ..visitor import TOKEN_BYTES, Anybody, Visitor, network_of
from . import protocol
from .browser import decoded, encoded, forget, origin_of, remember, remembered
from .protocol import Begun, NotBelieved, fingerprint
from .ways import KnownProvider, not_believed, ways_of

router = APIRouter(include_in_schema=False)
STOPPED = {"access_denied", "user_cancelled_authorize", "login_required", "interaction_required", "consent_required"}
RANDOM_BYTES = 32  # of state, nonce and verifier
Answer = Annotated[str | None, Form(max_length=4000)]


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    CONNECT = "connect"  # one more way in, for somebody who is signed in
    PROVE = "prove"  # that it is still they


class Arrived(Struct, frozen=True, kw_only=True):
    """Somebody came back, and the provider says who it is."""

    claimed: Claimed
    purpose: Purpose
    next: str
    sign_in: str | None = None


class ComingBack(Struct, frozen=True, kw_only=True):
    """What the browser brings (RFC 6749 §4.1.2, RFC 9207). The words of an error are not shown: anybody writes them."""

    state: str | None
    code: str | None = None
    iss: str | None = None
    error: str | None = None
    user: str | None = None  # Apple's, the first time only: a name


@router.post("/sign-in/with/{provider}")
async def sign_in_there(request: Request, visitor: Anybody, provider: str, next: Text = "/") -> Response:
    return await onward(request, visitor, provider, Purpose.SIGN_IN, own_path(next))


@router.post("/account/sign-in/with/{provider}")
async def connect(request: Request, visitor: Annotated[Visitor, page_fresh(None)], provider: str) -> Response:
    return await onward(request, visitor, provider, Purpose.CONNECT, "/account/sign-in")


@router.post("/sign-in/again/with/{provider}")
async def prove(
    request: Request, visitor: Annotated[Visitor, page(None)], provider: str, next: Text = "/account"
) -> Response:
    return await onward(request, visitor, provider, Purpose.PROVE, own_path(next))


async def onward(request: Request, visitor: Visitor, name: str, purpose: Purpose, next: str) -> Response:
    """Remember what was begun, and go."""
    desk, ways = desk_of(request), ways_of(request)
    known = ways.one(name)
    network, now = network_key(network_of(request)), desk.clock.now()
    wait = ways.beginnings.begin(network, network, now)
    if wait is not None:
        raise Refused("sign_in.wait", wait_s=-(-wait // timedelta(seconds=1)))
    try:
        found = await known.found()
    except (NotBelieved, Unreachable) as error:
        raise not_believed(known.provider, error) from error
    state, browser = desk.ids.token_bytes(TOKEN_BYTES), desk.ids.token_bytes(TOKEN_BYTES)
    begun = Begun(
        provider=name,
        browser=fingerprint(browser),
        nonce=encoded(desk.ids.token_bytes(RANDOM_BYTES)),
        verifier=encoded(desk.ids.token_bytes(RANDOM_BYTES)).rstrip("="),  # RFC 7636 §4.1 knows no "="
        redirect_uri=f"{origin_of(request)}/sign-in/with/{name}/back",
        begun_at=now,
        purpose=purpose,
        next=next,
        sign_in=None if visitor.signed_in is None else visitor.signed_in.sign_in_public_id,
    )
    job = partial(pre_sign_ins.begin, vault=desk.vault, kind=Kind.PROVIDER, token=state, body=begun, now=now)
    await desk.write("sign_ins", job)
    again = purpose is Purpose.PROVE
    address = protocol.way_there(known.provider, found, begun, encoded(state), again=again)
    values = {"address": address, "label": known.provider.label}
    response = rendering.page("identity/onward.html", visitor, request, values)
    remember(response, desk, Kind.PROVIDER, browser, from_elsewhere=known.provider.form_post)
    return response


@router.get("/sign-in/with/{provider}/back")
async def back(
    request: Request,
    visitor: Anybody,
    provider: str,
    state: str | None = None,
    code: str | None = None,
    iss: str | None = None,
    error: str | None = None,
) -> Response:
    coming = ComingBack(state=state, code=code, iss=iss, error=error)
    return await arrived(request, visitor, provider, coming, by_form=False)


@router.post("/sign-in/with/{provider}/back")
async def back_by_form(
    request: Request,
    visitor: Anybody,
    provider: str,
    state: Answer = None,
    code: Answer = None,
    iss: Answer = None,
    error: Answer = None,
    user: Answer = None,
) -> Response:
    """Sent by the provider's page, so the gate lets it pass: state and cookie say who began it."""
    coming = ComingBack(state=state, code=code, iss=iss, error=error, user=user)
    return await arrived(request, visitor, provider, coming, by_form=True)


async def arrived(request: Request, visitor: Visitor, name: str, coming: ComingBack, *, by_form: bool) -> Response:
    """A refusal is a page that repeats nothing of the address: that holds the code."""
    try:
        return await arrive(request, name, coming, by_form=by_form)
    except Refused as refused:
        status = status_of(refused.reason)
        values = {"reason": refused.reason, "bare": True}
        return rendering.page("identity/not_in.html", visitor, request, values, status=status)


async def arrive(request: Request, name: str, coming: ComingBack, *, by_form: bool) -> Response:
    """Check everything, then let our own page decide: its cookies do not come along with a form of elsewhere."""
    desk = desk_of(request)
    known = ways_of(request).one(name)
    stopped = "identity.stopped" if coming.error in STOPPED else "identity.turned_away"
    if coming.state is None and coming.error is not None:  # some forget it; nothing is begun or ended by that
        raise Refused(stopped, **label(known))
    begun = await taken(request, name, coming)
    if by_form != known.provider.form_post:
        raise Refused("identity.too_late")
    if coming.error is not None:
        raise Refused(stopped, **label(known))
    try:
        claimed = await believed(known, begun, coming)
    except (NotBelieved, Unreachable) as error:
        raise not_believed(known.provider, error) from error
    token = desk.ids.token_bytes(TOKEN_BYTES)
    arrived = Arrived(claimed=claimed, purpose=Purpose(begun.purpose), next=begun.next, sign_in=begun.sign_in)
    now = desk.clock.now()
    job = partial(pre_sign_ins.begin, vault=desk.vault, kind=Kind.ARRIVED, token=token, body=arrived, now=now)
    await desk.write("sign_ins", job)
    response = RedirectResponse("/sign-in/arrived", HTTPStatus.SEE_OTHER)
    forget(response, desk, Kind.PROVIDER)
    remember(response, desk, Kind.ARRIVED, token)
    return response


async def taken(request: Request, name: str, coming: ComingBack) -> Begun:
    """What this very browser began with this very provider, once."""
    desk = desk_of(request)
    state, browser = decoded(coming.state or ""), remembered(request, Kind.PROVIDER)
    if state is None:
        raise Refused("identity.too_late")
    now = desk.clock.now()
    job = partial(pre_sign_ins.take, vault=desk.vault, kind=Kind.PROVIDER, token=state, of=Begun, now=now)
    begun: Begun | None = await desk.write("sign_ins", job)
    if begun is None or browser is None or begun.browser != fingerprint(browser) or begun.provider != name:
        raise Refused("identity.too_late")
    return begun


async def believed(known: KnownProvider, begun: Begun, coming: ComingBack) -> Claimed:
    if not protocol.is_from(known.provider, await known.found(), coming.iss):
        raise NotBelieved("mixed_up")
    if not coming.code:
        raise NotBelieved("no_code")
    claimed = await known.who(begun, coming.code)
    return claimed if claimed.name else msgspec.structs.replace(claimed, name=name_in(coming.user))


def name_in(user: str | None) -> str | None:
    """Apple tells the name beside the token, unsigned, once: good enough to fill in a field."""
    try:
        name = msgspec.json.decode(user or "null", type=AppleUser | None)
    except msgspec.DecodeError:
        return None
    words = [] if name is None else f"{name.name.firstName} {name.name.lastName}".split()
    return " ".join(words)[:NAME_MAX] or None


class AppleName(Struct, frozen=True):
    firstName: str = ""
    lastName: str = ""


class AppleUser(Struct, frozen=True):
    name: AppleName = AppleName()


def label(known: KnownProvider) -> dict[str, str | int]:
    return {"provider": known.provider.label}


def by_name(providers: list[Provider]) -> dict[str, str]:
    return {one.name: one.label for one in providers}
