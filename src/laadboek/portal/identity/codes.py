"""One-time codes: asked at sign-in, switched on and off, and the recovery codes beside them (C8)."""

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

import segno
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import one_time_codes, recovery
from ...actions.people.one_time_codes import Answered
from ...actions.people.pre_sign_ins import Kind
from ...reasons import Reason, Refused
from ...secret import Secret
from ...store.connection import Connection
from .. import rendering
from ..desk import desk_of
from ..entrance.opening import opened
from ..errors import status_of
from ..fresh import page_fresh
from ..limits import network_key
from ..visitor import Anybody, Visitor, network_of, set_token
from .browser import forget, person_of, remembered
from .second_step import CODE
from .ways import ways_of

router = APIRouter(include_in_schema=False)
Fresh = Annotated[Visitor, page_fresh(None)]
Code = Annotated[str, Form(max_length=100)]
METHODS = "/account/sign-in"
CODES = METHODS + "/codes"
SIGN_IN = "/sign-in"


# --- at sign-in ---


@router.get(CODE)
async def code_page(request: Request, visitor: Anybody) -> Response:
    desk, token = desk_of(request), remembered(request, Kind.CODE)
    now = desk.clock.now()
    waiting = partial(one_time_codes.waiting, vault=desk.vault, token=token or b"", now=now)
    if await desk.read(waiting) is None:
        return RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
    return rendering.page("identity/code.html", visitor, request, {"refused": None})


@router.post(CODE)
async def code_form(request: Request, visitor: Anybody, code: Code) -> Response:
    """Of the phone, or of the paper."""
    answered = await tried(request, code)
    if answered.user is None or answered.pending is None:
        assert answered.why is not None
        status = {409: 401}.get(status_of(answered.why), status_of(answered.why))
        template = "identity/code.html" if answered.pending is not None else "identity/code_over.html"
        return rendering.page(template, visitor, request, {"refused": answered.why}, status=status)
    desk = desk_of(request)
    token = await opened(desk, request, answered.user, answered.pending.method)
    few = answered.left is not None and answered.left < recovery.FEW
    response = RedirectResponse(METHODS if few else answered.pending.next, HTTPStatus.SEE_OTHER)
    set_token(response, desk, token)
    forget(response, desk, Kind.CODE)
    return response


async def tried(request: Request, code: str) -> Answered:
    """Counted before it is looked at: per user and network, so that starting over with the password gains nothing."""
    desk, token = desk_of(request), remembered(request, Kind.CODE)
    codes, now, network = ways_of(request).codes, desk.clock.now(), network_of(request) or ""
    if token is None:
        return Answered(why=Reason("code.too_late"))
    pending = await desk.read(partial(one_time_codes.waiting, vault=desk.vault, token=token, now=now))
    if pending is None:
        return Answered(why=Reason("code.too_late"))
    wait = codes.begin(str(pending.user_id), network_key(network), now)
    if wait is not None:
        return Answered(pending=pending, why=Reason("sign_in.wait", {"wait_s": -(-wait // timedelta(seconds=1))}))
    answer = partial(
        one_time_codes.answer, post=desk.post, vault=desk.vault, token=token, given=code, network=network, now=now
    )
    answered: Answered = await desk.write("sign_ins", answer)
    if answered.user is not None:
        codes.succeeded(str(pending.user_id), network_key(network))
    return answered


# --- switching on and off ---


@router.post(CODES + "/begin")
async def begin(request: Request, visitor: Fresh) -> Response:
    desk, signed_in = desk_of(request), person_of(visitor)
    secret = one_time_codes.new_secret(desk.ids)
    await desk.write("sign_ins", partial(one_time_codes.start, vault=desk.vault, signed_in=signed_in, fresh=secret))
    return RedirectResponse(CODES, HTTPStatus.SEE_OTHER)


@router.get(CODES)
async def begun_page(request: Request, visitor: Fresh) -> Response:
    return await shown(request, visitor, None)


@router.post(CODES)
async def confirm(request: Request, visitor: Fresh, code: Code) -> Response:
    """The first code: from now on one is asked. The recovery codes are shown here, once."""
    desk, signed_in = desk_of(request), person_of(visitor)
    fresh_codes, now = recovery.make(desk.ids), desk.clock.now()
    tries, network = ways_of(request).codes, network_key(network_of(request))
    wait = tries.begin(str(signed_in.user_id), network, now)
    if wait is not None:
        raise Refused("sign_in.wait", wait_s=-(-wait // timedelta(seconds=1)))

    def job(db: Connection) -> None:
        one_time_codes.confirm(db, desk.post, desk.vault, signed_in, code, fresh_codes, now)

    try:
        await desk.write("sign_ins", job)
    except Refused as refused:
        if refused.reason.code != "code.bad_first":
            raise
        return await shown(request, visitor, refused.reason)
    tries.succeeded(str(signed_in.user_id), network)
    return recovery_page(request, visitor, fresh_codes)


@router.post(CODES + "/off")
async def switch_off(request: Request, visitor: Fresh) -> Response:
    desk = desk_of(request)
    off = partial(one_time_codes.switch_off, post=desk.post, signed_in=person_of(visitor), now=desk.clock.now())
    await desk.write("sign_ins", off)
    return RedirectResponse(METHODS, HTTPStatus.SEE_OTHER)


@router.post(METHODS + "/recovery-codes")
async def renew(request: Request, visitor: Fresh) -> Response:
    desk = desk_of(request)
    codes = recovery.make(desk.ids)
    job = partial(recovery.renew, post=desk.post, signed_in=person_of(visitor), codes=codes, now=desk.clock.now())
    await desk.write("sign_ins", job)
    return recovery_page(request, visitor, codes)


async def shown(request: Request, visitor: Visitor, refused: Reason | None) -> Response:
    """The secret as a picture for the phone, and as letters for whoever has no camera."""
    desk, signed_in = desk_of(request), person_of(visitor)
    secret: Secret | None = await desk.read(partial(one_time_codes.begun, vault=desk.vault, signed_in=signed_in))
    if secret is None:
        return RedirectResponse(METHODS, HTTPStatus.SEE_OTHER)
    address = one_time_codes.address(secret, signed_in.email)
    picture = segno.make(address.reveal(), micro=False).svg_data_uri(scale=5, border=3, light="white")
    letters = secret.reveal()
    groups = " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
    values = {"picture": picture, "letters": groups, "refused": refused}
    status = HTTPStatus.OK if refused is None else status_of(refused)
    return rendering.page("identity/codes.html", visitor, request, values, status=status)


def recovery_page(request: Request, visitor: Visitor, codes: list[str]) -> Response:
    file = "data:text/plain;charset=utf-8," + quote("Laadboek\n\n" + "\n".join(codes) + "\n")
    return rendering.page("identity/recovery.html", visitor, request, {"codes": codes, "file": file})
