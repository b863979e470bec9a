"""Back from a provider: sign in, connect, prove, or register with what it says (C1)."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import identities, pre_sign_ins
from ...actions.people.identities import Claimed
from ...actions.people.pre_sign_ins import Kind
from ...actions.sign_in import SignedIn, is_fresh
from ...reasons import Refused
from ...store.connection import Connection
from ...store.users import UserRow
from ..desk import desk_of
from ..entrance.again import proved
from ..entrance.opening import opened
from ..visitor import Anybody, Visitor, set_token
from .browser import forget, remembered
from .with_provider import Arrived, Purpose

router = APIRouter(include_in_schema=False)
REGISTER = "/register/with"


@router.get("/sign-in/arrived")
async def arrived_page(request: Request, visitor: Anybody) -> Response:
    """Once: what arrived is gone afterwards, unless it is somebody new, who registers with it."""
    arrived = await looked(request)
    if arrived.purpose is Purpose.SIGN_IN:
        return await sign_in_with(request, arrived)
    signed_in = visitor.signed_in
    await ended(request)
    if signed_in is None or signed_in.sign_in_public_id != arrived.sign_in:
        raise Refused("identity.too_late")
    if arrived.purpose is Purpose.PROVE:
        return await prove_with(request, visitor, signed_in, arrived)
    return await connect_with(request, signed_in, arrived)


async def sign_in_with(request: Request, arrived: Arrived) -> Response:
    desk = desk_of(request)
    user = await recognised(request, arrived.claimed)
    if user is None:
        return RedirectResponse(REGISTER, HTTPStatus.SEE_OTHER)
    await ended(request)
    token = await opened(desk, request, user, arrived.claimed.provider)
    response = RedirectResponse(arrived.next, HTTPStatus.SEE_OTHER)
    set_token(response, desk, token)
    forget(response, desk, Kind.ARRIVED)
    return response


async def prove_with(request: Request, visitor: Visitor, signed_in: SignedIn, arrived: Arrived) -> Response:
    user = await recognised(request, arrived.claimed)
    if user is None:
        raise Refused("identity.unknown")
    if user.id != signed_in.user_id:
        raise Refused("identity.of_somebody_else")
    response = await proved(request, visitor, arrived.next)
    forget(response, desk_of(request), Kind.ARRIVED)
    return response


async def connect_with(request: Request, signed_in: SignedIn, arrived: Arrived) -> Response:
    desk = desk_of(request)
    now = desk.clock.now()
    if not is_fresh(signed_in, now):
        raise Refused("identity.too_late")
    connect = partial(identities.connect, post=desk.post, signed_in=signed_in, claimed=arrived.claimed, now=now)
    await desk.write("sign_ins", connect)
    response = RedirectResponse(arrived.next, HTTPStatus.SEE_OTHER)
    forget(response, desk, Kind.ARRIVED)
    return response


async def recognised(request: Request, claimed: Claimed) -> UserRow | None:
    desk = desk_of(request)
    user: UserRow | None = await desk.write(
        "sign_ins", partial(identities.recognise, claimed=claimed, now=desk.clock.now())
    )
    return user


async def looked(request: Request) -> Arrived:
    """What this browser came back with, or Refused."""
    desk, token = desk_of(request), remembered(request, Kind.ARRIVED)
    now = desk.clock.now()

    def look(db: Connection) -> Arrived | None:
        return None if token is None else pre_sign_ins.look(db, desk.vault, Kind.ARRIVED, token, Arrived, now)

    arrived = await desk.read(look)
    if arrived is None:
        raise Refused("identity.too_late")
    return arrived


async def ended(request: Request) -> None:
    token = remembered(request, Kind.ARRIVED)
    if token is not None:
        await desk_of(request).write("sign_ins", partial(pre_sign_ins.end, token=token))
