"""Registering with Google, Apple or another provider: what it said is filled in, the rest is asked (C1)."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.people import newcomers, proofs
from ...actions.people.identities import vouches_for
from ...actions.people.newcomers import Newcomer
from ...actions.people.pre_sign_ins import Kind
from ...reasons import Refused
from ...store.connection import Connection
from ...store.users import UserRow
from .. import rendering
from ..desk import desk_of
from ..entrance.invited import afterwards, need_invited, need_open
from ..entrance.mailing import may_ask
from ..entrance.opening import opened
from ..entrance.paths import Text
from ..entrance.registering import remember
from ..entrance.time_zones import GUESS, time_zones
from ..errors import status_of
from ..forms import Form
from ..visitor import TOKEN_BYTES, Anybody, Visitor, set_token
from .arriving import REGISTER, ended, looked
from .browser import forget
from .ways import ways_of
from .with_provider import Arrived

router = APIRouter(include_in_schema=False)
CONFIRM = "/confirm"
FIELDS = {
    "account.no_name": "name",
    "account.bad_name": "name",
    "account.no_email": "email",
    "email.taken": "email",
    "registration.bad_address": "email",
    "account.no_time_zone": "time_zone",
}


@router.get(REGISTER)
async def register_page(request: Request, visitor: Anybody) -> Response:
    arrived = await looked(request)
    known = await desk_of(request).read(partial(newcomers.email_is_known, claimed=arrived.claimed))
    if known:
        return taken(request, visitor, arrived)
    claimed = arrived.claimed
    return shown(
        request, visitor, arrived, Form({"name": claimed.name or "", "email": claimed.email or "", "time_zone": GUESS})
    )


@router.post(REGISTER)
async def register_form(
    request: Request, visitor: Anybody, name: Text = "", email: Text = "", time_zone: Text = GUESS
) -> Response:
    desk, arrived = desk_of(request), await looked(request)
    await need_open(desk, arrived.next)
    newcomer = Newcomer(
        name=name, email=email, language=visitor.speech.language, time_zone=time_zone, claimed=arrived.claimed
    )
    secret, now = desk.ids.token_bytes(TOKEN_BYTES), desk.clock.now()

    def join(db: Connection) -> UserRow | None:
        return newcomers.join(db, desk.post, newcomer, proofs.token_of(secret), now, arrived.next)

    try:
        await need_invited(desk, arrived.next, email)
        if not vouches_for(arrived.claimed, email.strip()):
            may_ask(desk, request, email)
        user = await desk.write("sign_ins", join)
    except Refused as refused:
        if refused.reason.code == "identity.email_taken":
            return taken(request, visitor, arrived)
        return shown(
            request,
            visitor,
            arrived,
            Form({"name": name, "email": email, "time_zone": time_zone}).refused(refused, FIELDS),
        )
    await ended(request)
    response = RedirectResponse(CONFIRM if user is None else afterwards(arrived.next), HTTPStatus.SEE_OTHER)
    if user is None:  # the same whether or not the address is known here
        remember(response, desk, secret)
    else:
        set_token(response, desk, await opened(desk, request, user, arrived.claimed.provider))
    forget(response, desk, Kind.ARRIVED)
    return response


def shown(request: Request, visitor: Visitor, arrived: Arrived, form: Form) -> Response:
    provider = ways_of(request).one(arrived.claimed.provider).provider
    values = {"form": form, "label": provider.label, "time_zones": time_zones()}
    problems = [status_of(problem) for problem in form.problems.values()]
    status = 200 if form.fine else {409: 422}.get(problems[0], problems[0])
    return rendering.page("identity/register.html", visitor, request, values, status=status)


def taken(request: Request, visitor: Visitor, arrived: Arrived) -> Response:
    """Nothing is connected by an e-mail address (pre-hijacking): its owner does it, signed in."""
    provider = ways_of(request).one(arrived.claimed.provider).provider
    values = {"label": provider.label, "email": arrived.claimed.email}
    return rendering.page("identity/taken.html", visitor, request, values, status=HTTPStatus.CONFLICT)
