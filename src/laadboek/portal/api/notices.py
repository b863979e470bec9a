"""The API's notices, and the channels that they go through."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import Field, SecretStr
from starlette.requests import Request

from ...actions import notices as actions
from ...actions.notices import EMAIL, PUSH, WEBHOOK, AddChannel, ChannelStatus, RemoveChannel, TryChannel
from ...actions.subscriptions import PushSecrets
from ...reasons import Reason, Refused
from ...rights import Right
from ...store.notices import Channel, Delivery
from ..desk import desk_of
from ..entrance.mailing import may_ask
from ..policy import api
from ..visitor import Visitor
from ..words import dashboard
from .models import PROBLEMS, Answer, Body

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["notices"])
Reads = Annotated[Visitor, api(Right.NOTICES_READ)]
Writes = Annotated[Visitor, api(Right.NOTICES_WRITE)]
TOPIC = "notices"


class NoticeAnswer(Answer):
    id: str
    code: str
    params: dict[str, str | int]
    text: str = Field(description="In the reader's language")
    charger_id: str | None
    driver_id: str | None
    happened_at: datetime


class NoticesAnswer(Answer):
    notices: list[NoticeAnswer]


class NewChannelBody(Body):
    kind: Literal["email", "webhook"]
    address: str = Field(description="One e-mail address, or an http or https address that takes a POST")
    secret: SecretStr | None = Field(None, description="A webhook is signed with it. Shown nowhere")
    language: Literal["nl", "en", "fr", "de"] | None = Field(None, description="Left out: the account's")
    codes: list[str] = Field([], description="Only these notices; none named: all")


class PushKeys(Body):
    p256dh: SecretStr = Field(description="The browser's public key, base64url")
    auth: SecretStr = Field(description="The browser's secret, base64url. Shown nowhere")


class SubscriptionBody(Body):
    """What `PushManager.subscribe()` gives, as its `toJSON()` writes it."""

    endpoint: str = Field(max_length=500)
    keys: PushKeys
    expiration_time: float | None = Field(None, alias="expirationTime")
    codes: list[str] = Field([], description="Only these notices; none named: all")


class EndedBody(Body):
    endpoint: str = Field(max_length=500)


class PushAnswer(Answer):
    application_server_key: str | None = Field(
        description="What a browser subscribes with, base64url; null: push is not offered here"
    )


class CodeAnswer(Answer):
    code: str
    text: str = Field(description="What it tells, in the reader's language")


class CodesAnswer(Answer):
    codes: list[CodeAnswer]


class ChannelAnswer(Answer):
    id: str
    kind: str
    address: str | None = Field(
        description="Of a browser only the push service: the rest is a secret of the browser. "
        "null without notices:write, unless it is yours"
    )
    language: str
    codes: list[str]
    signed: bool
    yours: bool = Field(description="A browser of whoever asks")
    last: Delivery | None = Field(description="How the newest try ended; null before the first")
    error: str | None = Field(description="Why it failed, in the reader's language, for whoever sees the address")


class ChannelsAnswer(Answer):
    channels: list[ChannelAnswer]


@router.get("/notices")
async def listed(request: Request, visitor: Reads) -> NoticesAnswer:
    """The newest 200, newest first."""
    found = await desk_of(request).read(partial(actions.list_notices, actor=visitor.actor))
    return NoticesAnswer(
        notices=[
            NoticeAnswer(
                id=one.public_id,
                code=one.reason.code,
                params=one.reason.params,
                text=visitor.speech.sentence(one.reason),
                charger_id=one.charger,
                driver_id=one.driver_id,
                happened_at=one.happened_at,
            )
            for one in found
        ]
    )


@router.get("/notice-codes")
async def codes(visitor: Reads) -> CodesAnswer:
    """Every notice that can be sent: what `codes` of a channel may name."""
    groups = dashboard.NOTICES.values()
    said = {code: visitor.speech.say(text) for group in groups for code, text in group.items()}
    return CodesAnswer(codes=[CodeAnswer(code=code, text=said[code]) for code in actions.CODES])


@router.get("/notice-channels")
async def channels(request: Request, visitor: Reads) -> ChannelsAnswer:
    """Where notices go, and whether they arrive."""
    found = await desk_of(request).read(partial(actions.list_channels, actor=visitor.actor))
    return ChannelsAnswer(channels=[answer(visitor, one) for one in found])


@router.get("/push")
async def push_key(request: Request, visitor: Reads) -> PushAnswer:
    """The key of this installation, for browsers that want to subscribe."""
    return PushAnswer(application_server_key=desk_of(request).settings.push_key)


@router.post("/push-subscriptions", status_code=HTTPStatus.CREATED)
async def subscribe(request: Request, visitor: Reads, body: SubscriptionBody) -> ChannelAnswer:
    """The browser that asks is told from now on; the same one again replaces itself. Not by token."""
    if visitor.signed_in is None:
        raise Refused("notice.bad_subscription")
    wanted = AddChannel(
        actor=visitor.actor,
        kind=PUSH,
        address=body.endpoint,
        language=visitor.speech.language,
        codes=tuple(body.codes),
        user_id=visitor.signed_in.user_id,
        push=PushSecrets(body.keys.p256dh.get_secret_value(), body.keys.auth.get_secret_value()),
    )
    added: Channel = await desk_of(request).bus.request(TOPIC, wanted)
    return answer(visitor, ChannelStatus(channel=added, state=None, error=None))


@router.post("/notice-channels", status_code=HTTPStatus.CREATED)
async def add(request: Request, visitor: Writes, body: NewChannelBody) -> ChannelAnswer:
    """An address that could never be reached is refused."""
    secret = None if body.secret is None else body.secret.get_secret_value()
    wanted = AddChannel(
        actor=visitor.actor,
        kind=body.kind,
        address=body.address,
        secret=secret,
        language=body.language,
        codes=tuple(body.codes),
    )
    added: Channel = await desk_of(request).bus.request(TOPIC, wanted)
    return answer(visitor, ChannelStatus(channel=added, state=None, error=None))


@router.post("/notice-channels/{channel_id}/test", status_code=HTTPStatus.ACCEPTED)
async def attempt(request: Request, visitor: Reads, channel_id: str) -> ChannelAnswer:
    """Send a notice that says that it is a test; look at the channel a little later."""
    question = TryChannel(actor=visitor.actor, channel_id=channel_id, user_id=user_of(visitor))
    return answer(visitor, ChannelStatus(channel=await asked(request, question), state=None, error=None))


@router.delete("/notice-channels/{channel_id}")
async def remove(request: Request, visitor: Reads, channel_id: str) -> ChannelAnswer:
    """With what was still to go there."""
    question = RemoveChannel(actor=visitor.actor, channel_id=channel_id, user_id=user_of(visitor))
    return answer(visitor, ChannelStatus(channel=await asked(request, question), state=None, error=None))


@router.post("/push-subscriptions/ended", status_code=HTTPStatus.NO_CONTENT)
async def ended(request: Request, visitor: Reads, body: EndedBody) -> None:
    """The browser that asks is told no more. One that was not told is none the wiser."""
    found = await desk_of(request).read(partial(actions.list_channels, actor=visitor.actor))
    for one in found:
        if one.channel.kind == PUSH and one.channel.address == body.endpoint and is_yours(visitor, one.channel):
            question = RemoveChannel(actor=visitor.actor, channel_id=one.channel.public_id, user_id=one.channel.user_id)
            await desk_of(request).bus.request(TOPIC, question)


def user_of(visitor: Visitor) -> int | None:
    return None if visitor.signed_in is None else visitor.signed_in.user_id


def is_yours(visitor: Visitor, channel: Channel) -> bool:
    """A browser of whoever asks."""
    return channel.user_id is not None and channel.user_id == user_of(visitor)


async def asked(request: Request, question: TryChannel | RemoveChannel) -> Channel:
    """Of a channel that this account has and that this person may change, whoever is away."""
    desk = desk_of(request)
    known: Channel = await desk.read(partial(actions.one_to_change, question=question))
    if isinstance(question, TryChannel) and known.kind == EMAIL:
        may_ask(desk, request, known.address)
    channel: Channel = await desk.bus.request(TOPIC, question)
    return channel


def may_change(visitor: Visitor, channel: Channel) -> bool:
    """Who may, sees where it leads as well: an address may hold a secret, and why it fails tells of the address."""
    return is_yours(visitor, channel) or visitor.actor.may(Right.NOTICES_WRITE)


def place_of(channel: Channel) -> str:
    """Of a browser its push service alone: who knows the rest could try to write to it."""
    return urlsplit(channel.address).netloc if channel.kind == PUSH else channel.address


def answer(visitor: Visitor, status: ChannelStatus) -> ChannelAnswer:
    channel, sees = status.channel, may_change(visitor, status.channel)
    return ChannelAnswer(
        id=channel.public_id,
        kind=channel.kind,
        address=place_of(channel) if sees else None,
        language=channel.language,
        codes=list(channel.codes),
        signed=channel.kind == WEBHOOK and channel.secret is not None,
        yours=is_yours(visitor, channel),
        last=status.state,
        error=None if status.error is None or not sees else visitor.speech.sentence(Reason(status.error)),
    )
