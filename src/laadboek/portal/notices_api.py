"""The API's notices, and the channels that they go through."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import Field, SecretStr
from starlette.requests import Request

from ..actions import notices as actions
from ..actions.notices import AddChannel, ChannelStatus, RemoveChannel, TryChannel
from ..reasons import Reason
from ..store.notices import Channel, Delivery
from .desk import desk_of
from .operator import SomebodyOrOperator
from .platform_models import PROBLEMS, Answer, Body
from .visitor import Visitor

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["notices"])
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


class ChannelAnswer(Answer):
    id: str
    kind: str
    address: str
    language: str
    codes: list[str]
    signed: bool
    last: Delivery | None = Field(description="How the newest try ended; null before the first")
    error: str | None = Field(description="Why it failed, in the reader's language")


class ChannelsAnswer(Answer):
    channels: list[ChannelAnswer]


@router.get("/notices")
async def listed(request: Request, visitor: SomebodyOrOperator) -> NoticesAnswer:
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


@router.get("/notice-channels")
async def channels(request: Request, visitor: SomebodyOrOperator) -> ChannelsAnswer:
    """Where notices go, and whether they arrive."""
    found = await desk_of(request).read(partial(actions.list_channels, actor=visitor.actor))
    return ChannelsAnswer(channels=[answer(visitor, one) for one in found])


@router.post("/notice-channels", status_code=HTTPStatus.CREATED)
async def add(request: Request, visitor: SomebodyOrOperator, body: NewChannelBody) -> ChannelAnswer:
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
async def attempt(request: Request, visitor: SomebodyOrOperator, channel_id: str) -> ChannelAnswer:
    """Send a notice that says that it is a test; look at the channel a little later."""
    return await asked(request, visitor, TryChannel(actor=visitor.actor, channel_id=channel_id))


@router.delete("/notice-channels/{channel_id}")
async def remove(request: Request, visitor: SomebodyOrOperator, channel_id: str) -> ChannelAnswer:
    """With what was still to go there."""
    return await asked(request, visitor, RemoveChannel(actor=visitor.actor, channel_id=channel_id))


async def asked(request: Request, visitor: Visitor, question: TryChannel | RemoveChannel) -> ChannelAnswer:
    """Of a channel that this account has, whoever is away."""
    desk = desk_of(request)
    await desk.read(partial(actions.one, actor=visitor.actor, channel_id=question.channel_id))
    channel: Channel = await desk.bus.request(TOPIC, question)
    return answer(visitor, ChannelStatus(channel=channel, state=None, error=None))


def answer(visitor: Visitor, status: ChannelStatus) -> ChannelAnswer:
    channel = status.channel
    return ChannelAnswer(
        id=channel.public_id,
        kind=channel.kind,
        address=channel.address,
        language=channel.language,
        codes=list(channel.codes),
        signed=channel.secret is not None,
        last=status.state,
        error=None if status.error is None else visitor.speech.sentence(Reason(status.error)),
    )
