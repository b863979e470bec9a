"""The API of activation: known platforms, what a charger still lacks, test first, enable (C4, C10)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from ...actions import activation
from ...actions.activation import Consent
from ...actions.link_questions import ActivateLink
from ...actions.link_test_questions import TOPIC, LinkTestReport, TryLink
from ...actions.links import placed
from ...actions.presets import presets
from ...rights import Right
from ...store.connection import Connection
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .link_models import LinkAnswer, LinkValues
from .links import asked, change_of
from .models import PROBLEMS, Answer

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["activation"])
Reads = Annotated[Visitor, api(Right.CHARGERS_READ)]
Writes = Annotated[Visitor, api(Right.CHARGERS_WRITE)]


class PlaceBody(LinkValues):
    """Where a platform is, and as whom it is called."""

    backend_uri: str | None = Field(None, description="ws:// or wss://; the ChargeBoxID is appended to it")
    charge_box_id: str | None = Field(None, description="Left out: the charger's serial number")


class ActivationBody(PlaceBody):
    """With the preset `laadboek` address, ChargeBoxID and key are made here."""

    agreed: bool = Field(False, description="There is an agreement with whoever runs the platform")
    terms: bool = Field(False, description="The terms on /platforms/terms are accepted")


class LinkTestBody(PlaceBody):
    link: str | None = Field(None, description="A link that is there: what is left out is taken from it, its key too")


class ObstacleAnswer(Answer):
    code: str
    title: str = Field(description="In the reader's language")


class ActivationAnswer(Answer):
    charger_id: str
    charge_box_id: str = Field(description="The usual one: the charger's serial number")
    missing: list[ObstacleAnswer] = Field(description="What has to be put right before it can be connected")
    control: str | None = Field(description="The link that controls it already; there is never a second one")


class PresetAnswer(Answer):
    id: str
    name: str
    countries: list[str]
    purpose: str
    uri: str = Field(description="Empty: ask its operator")
    asks: list[str]
    source: str
    checked: str = Field(description="When somebody looked, ISO 8601")
    sure: str = Field(description="public: its makers say so; reported: users do; ask: it is not public")


class PresetsAnswer(Answer):
    presets: list[PresetAnswer]


class StageAnswer(Answer):
    stage: str
    state: str = Field(description="waiting, running, passed, attention, failed")
    code: str | None
    title: str | None = Field(description="What is wrong, and what to do, in the reader's language")


class LinkTestAnswer(Answer):
    passed: bool
    stages: list[StageAnswer]


@router.get("/platform-presets")
async def known(visitor: Reads) -> PresetsAnswer:
    """Platforms to choose from."""
    return PresetsAnswer(
        presets=[
            PresetAnswer(
                id=name,
                name=one.name,
                countries=list(one.countries),
                purpose=one.purpose,
                uri=one.uri,
                asks=list(one.asks),
                source=one.source,
                checked=one.checked.isoformat(),
                sure=one.sure,
            )
            for name, one in presets().items()
        ]
    )


@router.get("/chargers/{charger_id}/activation")
async def ready(request: Request, visitor: Reads, charger_id: str) -> ActivationAnswer:
    """Whether this charger can be connected to a platform, and what is missing."""
    found = await desk_of(request).read(partial(activation.readiness, actor=visitor.actor, charger_id=charger_id))
    missing = [ObstacleAnswer(code=why.code, title=visitor.speech.sentence(why)) for why in found.obstacles]
    control = None if found.control is None else found.control.public_id
    return ActivationAnswer(charger_id=charger_id, charge_box_id=found.charge_box_id, missing=missing, control=control)


@router.post("/chargers/{charger_id}/activation", status_code=HTTPStatus.CREATED)
async def enable(request: Request, visitor: Writes, charger_id: str, body: ActivationBody) -> LinkAnswer:
    """Connect it, once its location is complete, an agreement is confirmed and the terms are accepted."""
    found = await desk_of(request).read(partial(activation.readiness, actor=visitor.actor, charger_id=charger_id))
    given = body if body.charge_box_id else body.model_copy(update={"charge_box_id": found.charge_box_id})
    question = ActivateLink(
        actor=visitor.actor,
        charger_id=charger_id,
        wanted=change_of(given),
        consent=Consent(agreed=body.agreed, terms=body.terms),
    )
    return await asked(request, visitor, question)


@router.post("/chargers/{charger_id}/link-test")
async def test(request: Request, visitor: Writes, charger_id: str, body: LinkTestBody) -> LinkTestAnswer:
    """Try a platform out without connecting to it. Takes up to a minute; an identity that is on the air is refused."""
    desk = desk_of(request)

    def known_here(db: Connection) -> str:
        found = activation.readiness(db, visitor.actor, charger_id)
        if body.link is not None:
            placed(db, visitor.actor, body.link)
        return found.charge_box_id

    usual = await desk.read(known_here)
    given = body if body.link or body.charge_box_id else body.model_copy(update={"charge_box_id": usual})
    wanted = change_of(given)
    question = TryLink(
        actor=visitor.actor,
        test_id=desk.ids.public("try"),
        charger_id=charger_id,
        link=body.link,
        backend_uri=wanted.backend_uri,
        charge_box_id=wanted.charge_box_id,
        user_name=wanted.user_name,
        key=wanted.key,
        require_subprotocol=wanted.require_subprotocol,
        roots=wanted.roots,
    )
    return _told(visitor, await desk.bus.request(TOPIC, question))


def _told(visitor: Visitor, report: LinkTestReport) -> LinkTestAnswer:
    stages = [
        StageAnswer(
            stage=one.stage.value,
            state=one.state.value,
            code=None if one.why is None else one.why.code,
            title=None if one.why is None else visitor.speech.sentence(one.why),
        )
        for one in report.stages
    ]
    return LinkTestAnswer(passed=report.passed, stages=stages)
