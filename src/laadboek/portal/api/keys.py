"""The API's chargers with their settings, and the OCPP keys of links: read and choose."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter
from msgspec.structs import asdict
from starlette.requests import Request

from ...actions.chargers import my_charger
from ...actions.key_questions import (
    ChargerAtHome,
    ChooseKeys,
    ChooseSettings,
    ChooseSettingsPin,
    KeyNow,
    ListChargers,
    ListKeys,
    ListSettings,
    SettingNow,
)
from ...actions.links import one_link
from ...rights import Right
from ...secret import Secret
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .key_models import (
    ChargerAnswer,
    ChargersAnswer,
    KeyAnswer,
    KeysAnswer,
    KeysBody,
    SettingAnswer,
    SettingsAnswer,
    SettingsBody,
    SettingsPinBody,
)
from .models import PROBLEMS

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["keys"])
Reads = Annotated[Visitor, api(Right.CHARGERS_READ)]
Writes = Annotated[Visitor, api(Right.CHARGERS_WRITE)]
TOPIC = "keys"


@router.get("/chargers")
async def chargers(request: Request, visitor: Reads) -> ChargersAnswer:
    """In the order in which they were added."""
    found: list[ChargerAtHome] = await desk_of(request).bus.request(TOPIC, ListChargers(actor=visitor.actor))
    listed = [
        ChargerAnswer(id=one.charger_id, name=one.name, device=one.device, connectors=one.connectors) for one in found
    ]
    return ChargersAnswer(chargers=listed)


@router.get("/chargers/{charger_id}/settings")
async def settings(request: Request, visitor: Reads, charger_id: str) -> SettingsAnswer:
    """The charger's own keys, what they take and what they do."""
    return await settled(request, ListSettings(actor=visitor.actor, charger_id=charger_id))


@router.patch("/chargers/{charger_id}/settings")
async def choose_settings(request: Request, visitor: Writes, charger_id: str, body: SettingsBody) -> SettingsAnswer:
    """One or several at once; if one is refused, none is changed."""
    question = ChooseSettings(actor=visitor.actor, charger_id=charger_id, values=body.settings)
    return await settled(request, question)


@router.put("/chargers/{charger_id}/settings-pin")
async def choose_settings_pin(
    request: Request, visitor: Writes, charger_id: str, body: SettingsPinBody
) -> SettingsAnswer:
    """The PIN that unlocks the charger's settings at its pad. Every charger leaves the factory with the same one."""
    pin = Secret(body.pin.get_secret_value())
    return await settled(request, ChooseSettingsPin(actor=visitor.actor, charger_id=charger_id, pin=pin))


@router.get("/links/{link}/keys")
async def keys(request: Request, visitor: Reads, link: str) -> KeysAnswer:
    """The OCPP keys of one link, as its platform can read them."""
    return await told(request, ListKeys(actor=visitor.actor, name=link))


@router.patch("/links/{link}/keys")
async def choose_keys(request: Request, visitor: Writes, link: str, body: KeysBody) -> KeysAnswer:
    """One or several at once; if one is refused, none is changed. The charger's own keys are its settings."""
    return await told(request, ChooseKeys(actor=visitor.actor, name=link, values=body.keys))


# --- parts: what is somebody else's is unknown, whoever is away ---


async def settled(request: Request, question: ListSettings) -> SettingsAnswer:
    desk = desk_of(request)
    await desk.read(partial(my_charger, actor=question.actor, charger_id=question.charger_id))
    found: list[SettingNow] = await desk.bus.request(TOPIC, question)
    return SettingsAnswer(charger_id=question.charger_id, settings=[SettingAnswer(**asdict(one)) for one in found])


async def told(request: Request, question: ListKeys | ChooseKeys) -> KeysAnswer:
    desk = desk_of(request)
    await desk.read(partial(one_link, actor=question.actor, name=question.name))
    found: list[KeyNow] = await desk.bus.request(TOPIC, question)
    return KeysAnswer(keys=[KeyAnswer(**asdict(one)) for one in found])
