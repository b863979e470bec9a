"""The buttons of a simulated charger: what one would do in front of the wall box."""

from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from ...actions.chargers import my_charger
from ...live import CutPower, PlugIn, RestorePower, SimulatorButton, TypePin, Unplug
from ...reasons import Reason, Refused
from ...rights import Right
from ...store.session_queries import ChargerName
from ..desk import desk_of
from ..policy import page
from ..visitor import Visitor
from ..words import texts
from .wishes import asked, done

router = APIRouter(include_in_schema=False)
Writes = Annotated[Visitor, page(Right.NOW_CONTROL)]
Text = Annotated[str, Form(max_length=100)]
BUTTONS: dict[str, SimulatorButton] = {
    "plug": PlugIn(),
    "unplug": Unplug(),
    "cut": CutPower(),
    "restore": RestorePower(),
}


class DemoPin(msgspec.Struct, frozen=True):
    """A PIN that the demo shows, because nobody could know it otherwise. Only simulated chargers have them."""

    name: str
    pin: str


class SimulatedConfig(msgspec.Struct, frozen=True):
    """The part of a simulated charger's configuration that people are shown."""

    demo_pins: tuple[DemoPin, ...] = ()


def demo_pins(charger: ChargerName) -> tuple[DemoPin, ...]:
    if charger.device != "simulated":
        return ()
    return msgspec.json.decode(charger.device_config, type=SimulatedConfig).demo_pins


@router.post("/chargers/{charger_id}/simulate/pin")
async def pin_form(request: Request, visitor: Writes, charger_id: str, pin: Text) -> Response:
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        raise Refused("pin.not_digits")
    return await pressed(request, visitor, charger_id, "pin", TypePin(pin))


@router.post("/chargers/{charger_id}/simulate/{button}")
async def simulator_form(request: Request, visitor: Writes, charger_id: str, button: str) -> Response:
    if button not in BUTTONS:
        raise Refused("button.unknown")
    return await pressed(request, visitor, charger_id, button, BUTTONS[button])


async def pressed(
    request: Request, visitor: Visitor, charger_id: str, button: str, message: SimulatorButton
) -> Response:
    charger = await desk_of(request).read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))
    if charger.device != "simulated":
        raise Refused("charger.not_simulated")
    answer = await asked(desk_of(request), visitor, charger_id, "simulate", message)
    speech = visitor.speech
    said = speech.sentence(answer) if isinstance(answer, Reason) else speech.say(texts.DONE[button])
    return done(request, visitor, charger_id, said)
