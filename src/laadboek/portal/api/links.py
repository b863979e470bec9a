"""The API's links: add, list, change, pause, resume, remove, and try again what was set aside."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from msgspec import UNSET
from starlette.requests import Request

from ...actions import link_status
from ...actions.link_questions import AddLink, ChangeLink, PauseLink, RemoveLink, ReplayLink, ResumeLink
from ...actions.link_status import LinkStatus, SetAsideMessage
from ...actions.links import LinkChange, Routing
from ...live import LiveCharger, LiveLink
from ...rights import Right
from ...secret import Secret
from ...store.links import LinkRow
from ..desk import desk_of
from ..now.wishes import live_topic
from ..policy import api
from ..visitor import Visitor
from .link_models import (
    LinkAnswer,
    LinkChangeBody,
    LinkDetailAnswer,
    LinksAnswer,
    LinkValues,
    NewLinkBody,
    ReplayBody,
    SetAsideAnswer,
)
from .models import PROBLEMS

router = APIRouter(prefix="/api/v1/links", responses=PROBLEMS, tags=["links"])
Reads = Annotated[Visitor, api(Right.CHARGERS_READ)]
Writes = Annotated[Visitor, api(Right.CHARGERS_WRITE)]
TOPIC = "links"
# Null means "none" here; anywhere else it means "stays as it is".
NOT_OF_A_LINK = {"charger_id", "agreed", "terms", "link"}
NONE_IS_A_VALUE = {"user_name", "authorization_key", "fixed_tag", "security_events"}


@router.post("", status_code=HTTPStatus.CREATED)
async def add(request: Request, visitor: Writes, body: NewLinkBody) -> LinkAnswer:
    """A platform that gets the charger's next sessions."""
    return await asked(
        request, visitor, AddLink(actor=visitor.actor, charger_id=body.charger_id, wanted=change_of(body))
    )


@router.get("")
async def listed(request: Request, visitor: Reads) -> LinksAnswer:
    """By charger, in the order in which they hear of a session. Removed ones while something is set aside."""
    found = await desk_of(request).read(partial(link_status.list_links, actor=visitor.actor))
    return LinksAnswer(links=[LinkAnswer(**plain(request, visitor, status)) for status in found])


@router.get("/{link}")
async def one(request: Request, visitor: Reads, link: str) -> LinkDetailAnswer:
    """With what was set aside, and why."""
    found = await desk_of(request).read(partial(link_status.link_detail, actor=visitor.actor, name=link))
    messages = [message_of(message) for message in found.set_aside]
    return LinkDetailAnswer(
        **plain(request, visitor, found.status),
        refusals=found.refusals,
        last_error=found.last_error or None,
        set_aside_messages=messages,
    )


@router.patch("/{link}")
async def change(request: Request, visitor: Writes, link: str, body: LinkChangeBody) -> LinkAnswer:
    """Another address or ChargeBoxID makes a new link, which is the answer; the old one delivers what it has."""
    return await asked_of(request, visitor, link, ChangeLink(actor=visitor.actor, name=link, wanted=change_of(body)))


@router.post("/{link}/pause")
async def pause(request: Request, visitor: Writes, link: str) -> LinkAnswer:
    """Off the air. What its platform shall be told is kept."""
    return await asked_of(request, visitor, link, PauseLink(actor=visitor.actor, name=link))


@router.post("/{link}/resume")
async def resume(request: Request, visitor: Writes, link: str) -> LinkAnswer:
    """On the air again. A removed link comes back as well: from now on, with its queue still set aside."""
    return await asked_of(request, visitor, link, ResumeLink(actor=visitor.actor, name=link))


@router.delete("/{link}")
async def remove(request: Request, visitor: Writes, link: str) -> LinkAnswer:
    """Its transaction stops, what it has not delivered is set aside. What was recorded stays."""
    return await asked_of(request, visitor, link, RemoveLink(actor=visitor.actor, name=link))


@router.post("/{link}/replay")
async def replay(request: Request, visitor: Writes, link: str, body: ReplayBody) -> LinkAnswer:
    """Try again what was set aside, in order; with a start also what followed it without a transaction id."""
    return await asked_of(
        request, visitor, link, ReplayLink(actor=visitor.actor, name=link, session_id=body.session_id)
    )


# --- parts ---


async def asked(request: Request, visitor: Visitor, question: object) -> LinkAnswer:
    """The link as it is once that is done."""
    row: LinkRow = await desk_of(request).bus.request(TOPIC, question)
    found = await desk_of(request).read(partial(link_status.link_detail, actor=visitor.actor, name=row.public_id))
    return LinkAnswer(**plain(request, visitor, found.status))


async def asked_of(request: Request, visitor: Visitor, link: str, question: object) -> LinkAnswer:
    """As `asked`, of a link that this account has: also without a host that a link of others would be unknown to."""
    await desk_of(request).read(partial(link_status.link_detail, actor=visitor.actor, name=link))
    return await asked(request, visitor, question)


def change_of(body: LinkValues) -> LinkChange:
    """What was given, for the action."""
    given = body.model_dump(exclude_unset=True, exclude=NOT_OF_A_LINK)
    if "register_" in given:
        given["register"] = given.pop("register_")
    known = {name: value for name, value in given.items() if value is not None or name in NONE_IS_A_VALUE}
    key = known.pop("authorization_key", UNSET)
    if key is not UNSET:
        known["key"] = None if key is None else Secret(key.get_secret_value())
    if "routing" in known:
        known["routing"] = msgspec.convert(known["routing"], Routing)
    return LinkChange(**known)


def plain(request: Request, visitor: Visitor, status: LinkStatus) -> dict[str, Any]:
    link, live = status.link, live_of(request, status)
    why = None if live is None else live.why
    settings = link.settings
    routing = settings.get("routing", {})
    return {
        "id": link.public_id,
        "charger_id": status.charger_id,
        "charger_name": status.charger_name,
        "role": link.role,
        "backend_uri": link.backend_uri,
        "charge_box_id": link.charge_box_id,
        "user_name": link.user_name or link.charge_box_id,
        "has_key": link.authorization_key is not None,
        "routing": {"rule": routing.get("rule", "all"), "drivers": sorted(routing.get("drivers", []))},
        "fixed_tag": settings.get("fixed_tag"),
        "register_": settings.get("register", "link"),
        "decides": settings.get("decides", "local"),
        "default_kind": settings.get("default_kind", "business"),
        "require_subprotocol": settings.get("require_subprotocol", True),
        "boot_on_reconnect": settings.get("boot_on_reconnect", False),
        "security_profile": settings.get("security_profile", 0),
        "security_events": settings.get("security_events"),
        "roots": len(settings.get("roots", ())),
        "preset": link.preset,
        "agreed_at": link.agreed_at,
        "lifecycle": link.lifecycle.value,
        "state": link.lifecycle.value if live is None else live.state,
        "why": None if why is None else visitor.speech.sentence(why),
        "why_code": None if why is None else why.code,
        "heard_at": None if live is None else live.last_heard_at,
        "queued": status.depth.pending,
        "oldest_at": status.depth.oldest_at,
        "set_aside": status.depth.set_aside,
    }


def live_of(request: Request, status: LinkStatus) -> LiveLink | None:
    live: LiveCharger | None = desk_of(request).bus.latest(live_topic(status.charger_id))
    links = () if live is None else live.links
    return next((link for link in links if link.link_id == status.link.public_id), None)


def message_of(message: SetAsideMessage) -> SetAsideAnswer:
    row = message.row
    return SetAsideAnswer(
        number=row.seq,
        action=row.action,
        session_id=row.session_id,
        created_at=row.created_at,
        set_aside_at=row.set_aside_at,
        attempts=row.attempts,
        error=message.error,
        description=message.description,
    )
