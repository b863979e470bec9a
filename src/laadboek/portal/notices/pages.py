"""What you are told, and where (A13, C7): channels are added, tried and removed; this browser subscribes itself."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from fastapi import Form as Given
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import notices as actions
from ...actions.notices import EMAIL, WEBHOOK, AddChannel, ChannelStatus, RemoveChannel, TryChannel
from ...reasons import Reason, Refused
from ...rights import Right
from .. import rendering
from ..api.notices import TOPIC, asked, is_yours, may_change, place_of, user_of
from ..desk import desk_of
from ..forms import Form
from ..policy import page
from ..visitor import Visitor
from ..words import dashboard

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.NOTICES_READ)]
Writes = Annotated[Visitor, page(Right.NOTICES_WRITE)]
Text = Annotated[str, Given(max_length=500)]
HERE = "/account/notices"
SHOWN = 20
FIELDS = {
    "notice.bad_address": "address",
    "notice.forbidden_address": "address",
    "notice.no_secret": "secret",
}


class ChannelView(Struct, frozen=True, kw_only=True):
    """A channel as the list shows it."""

    channel_id: str
    kind: str
    place: str | None  # of those that the reader may change
    codes: tuple[str, ...]
    last: str | None
    problem: str | None  # as well; in the reader's language
    yours: bool
    may_change: bool


async def shown(request: Request, visitor: Visitor, form: Form, *, done: str = "", status: int = 200) -> Response:
    desk = desk_of(request)
    found = await desk.read(partial(actions.list_channels, actor=visitor.actor))
    values = {
        "notices": (await desk.read(partial(actions.list_notices, actor=visitor.actor)))[:SHOWN],
        "channels": [view_of(visitor, one) for one in found],
        "form": form,
        "groups": dashboard.NOTICES,
        "kinds": dashboard.CHANNELS,
        "deliveries": dashboard.DELIVERIES,
        "push_key": desk.settings.push_key,
        "done": done,
    }
    return rendering.page("notices/notices.html", visitor, request, values, status=status)


def view_of(visitor: Visitor, one: ChannelStatus) -> ChannelView:
    channel, changes = one.channel, may_change(visitor, one.channel)
    return ChannelView(
        channel_id=channel.public_id,
        kind=channel.kind,
        place=place_of(channel) if changes else None,
        codes=channel.codes,
        last=None if one.state is None else one.state.value,
        problem=None if one.error is None or not changes else visitor.speech.sentence(Reason(one.error)),
        yours=is_yours(visitor, channel),
        may_change=changes,
    )


@router.get(HERE)
async def notices_page(request: Request, visitor: Reads, done: str = "") -> Response:
    return await shown(request, visitor, Form({"kind": EMAIL}), done=done if done in dashboard.DONE else "")


@router.post(HERE)
async def add_form(
    request: Request,
    visitor: Writes,
    kind: Text = EMAIL,
    address: Text = "",
    secret: Text = "",
    codes: Annotated[list[str] | None, Given()] = None,
) -> Response:
    """What somebody typed stays in the form when it does not fit; a secret never comes back."""
    form = Form({"kind": kind, "address": address, "codes": " ".join(codes or ())})
    if kind not in (EMAIL, WEBHOOK):
        raise Refused("notice.bad_kind", kind=kind, allowed=f"{EMAIL}, {WEBHOOK}")
    wanted = AddChannel(
        actor=visitor.actor,
        kind=kind,
        address=address.strip(),
        secret=secret.strip() or None,
        language=visitor.speech.language,
        codes=tuple(codes or ()),
    )
    try:
        await desk_of(request).bus.request(TOPIC, wanted)
    except Refused as refused:
        return await shown(request, visitor, form.refused(refused, FIELDS), status=422)
    return back("added")


@router.post(HERE + "/{channel_id}/test")
async def test_form(request: Request, visitor: Reads, channel_id: str) -> Response:
    await asked(request, TryChannel(actor=visitor.actor, channel_id=channel_id, user_id=user_of(visitor)))
    return back("tried")


@router.post(HERE + "/{channel_id}/remove")
async def remove_form(request: Request, visitor: Reads, channel_id: str) -> Response:
    await asked(request, RemoveChannel(actor=visitor.actor, channel_id=channel_id, user_id=user_of(visitor)))
    return back("removed")


def back(done: str) -> Response:
    return RedirectResponse(f"{HERE}?done={done}", HTTPStatus.SEE_OTHER)
