"""What happens now: the live picture of a charger, its mode, and the buttons of a simulated one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Form
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..actions import energy_wishes
from ..actions.chargers import my_charger, my_chargers
from ..bus import Bus
from ..facts import Mode
from ..live import ChooseMode, CutPower, LiveCharger, PlugIn, RestorePower, SimulatorButton, TypePin, Unplug
from ..reasons import Reason, Refused
from ..store.session_queries import ChargerName
from . import pages, texts
from .desk import Desk, desk_of
from .flow import flow_of
from .plan_view import plan_view
from .visitor import Somebody, Visitor

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=100)]
OptionalText = Annotated[str, Form(max_length=100)]
# The sign-in is looked at again whenever a stream ends; the page opens the next one by itself.
LONGEST_STREAM = timedelta(minutes=10)
OFFERED_MODES = tuple(Mode)
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


def live_topic(charger_id: str) -> str:
    return f"charger.{charger_id}.live"


@router.get("/")
async def first_charger(request: Request, visitor: Somebody) -> Response:
    chargers = await desk_of(request).read(partial(my_chargers, actor=visitor.actor))
    if not chargers:
        return pages.page("no_charger.html", visitor, request)
    return now(desk_of(request), visitor, request, chargers[0], chargers)


@router.get("/chargers/{charger_id}")
async def one_charger(request: Request, visitor: Somebody, charger_id: str) -> Response:
    chargers = await desk_of(request).read(partial(my_chargers, actor=visitor.actor))
    charger = next((charger for charger in chargers if charger.charger_id == charger_id), None)
    if charger is None:
        raise Refused("charger.unknown")
    return now(desk_of(request), visitor, request, charger, chargers)


def now(desk: Desk, visitor: Visitor, request: Request, charger: ChargerName, chargers: list[ChargerName]) -> Response:
    live = desk.bus.latest(live_topic(charger.charger_id))
    return pages.page("now.html", visitor, request, {**values_of(visitor, charger, live), "chargers": chargers})


def values_of(visitor: Visitor, charger: ChargerName, live: LiveCharger | None) -> dict[str, object]:
    """What the live part of the page needs. `live` None: the charger has not reported yet."""
    config = SimulatedConfig()
    if charger.device == "simulated":
        config = msgspec.json.decode(charger.device_config, type=SimulatedConfig)
    return {
        "charger": charger,
        "live": live,
        "flow": None if live is None else flow_of(live),
        "modes": OFFERED_MODES,
        "plan": None if live is None or live.plan is None else plan_view(live.plan, visitor.speech, live.at),
        "simulated": charger.device == "simulated",
        "demo_pins": config.demo_pins,
    }


@router.get("/chargers/{charger_id}/stream")
async def live_stream(request: Request, visitor: Somebody, charger_id: str) -> Response:
    """The live part of the page, anew whenever something changed."""
    desk = desk_of(request)
    charger = await desk.read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))

    def drawn(live: LiveCharger) -> str:
        return pages.render("live.html", visitor, request, values_of(visitor, charger, live))

    return EventSourceResponse(live_events(desk.bus, live_topic(charger_id), drawn))


async def live_events(
    bus: Bus, topic: str, drawn: Callable[[LiveCharger], str], longest: timedelta = LONGEST_STREAM
) -> AsyncIterator[dict[str, str]]:
    """Each newest value as an event. The subscription goes when the reader goes, or after `longest`."""
    subscription = bus.subscribe(topic)
    until = asyncio.get_running_loop().time() + longest.total_seconds()
    try:
        while True:
            async with asyncio.timeout_at(until):
                live = await subscription.next()
            yield {"data": drawn(live)}
    except TimeoutError:
        return
    finally:
        subscription.close()


@router.post("/chargers/{charger_id}/mode")
async def mode_form(request: Request, visitor: Somebody, charger_id: str, mode: Text) -> Response:
    if mode not in list(OFFERED_MODES):
        raise Refused("mode.unknown", mode=mode)
    await asked(desk_of(request), visitor, charger_id, "mode", ChooseMode(Mode(mode)))
    said = visitor.speech.say(texts.DONE["mode"], mode=visitor.speech.word(texts.MODES, mode))
    return done(request, visitor, charger_id, said)


@router.post("/chargers/{charger_id}/boost")
async def boost_form(request: Request, visitor: Somebody, charger_id: str, kwh: Text) -> Response:
    desk = desk_of(request)
    wish = energy_wishes.boost(wh_of(kwh) or 0, None, desk.clock.now(), visitor.actor.time_zone)
    await asked(desk, visitor, charger_id, "boost", wish)
    energy = visitor.speech.kwh(wish.energy_wh)
    said = visitor.speech.say(texts.DONE["boost" if wish.energy_wh else "no_boost"], energy=energy)
    return done(request, visitor, charger_id, said)


@router.post("/chargers/{charger_id}/goal")
async def goal_form(
    request: Request, visitor: Somebody, charger_id: str, kwh: OptionalText = "", ready_by: OptionalText = ""
) -> Response:
    desk = desk_of(request)
    wish = energy_wishes.goal(wh_of(kwh), ready_by, desk.clock.now(), visitor.actor.time_zone)
    await asked(desk, visitor, charger_id, "goal", wish)
    return done(request, visitor, charger_id, visitor.speech.say(texts.DONE["goal"]))


def wh_of(kwh: str) -> int | None:
    """A form's whole kilowatt-hours; None: left empty."""
    if not kwh.strip():
        return None
    if not (kwh.isascii() and kwh.strip().isdigit() and len(kwh) < 6):
        raise Refused("energy.out_of_range", most_wh=energy_wishes.MOST_WH)
    return int(kwh) * 1000


@router.post("/chargers/{charger_id}/simulate/pin")
async def pin_form(request: Request, visitor: Somebody, charger_id: str, pin: Text) -> Response:
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        raise Refused("pin.not_digits")
    return await pressed(request, visitor, charger_id, "pin", TypePin(pin))


@router.post("/chargers/{charger_id}/simulate/{button}")
async def simulator_form(request: Request, visitor: Somebody, charger_id: str, button: str) -> Response:
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


async def asked(desk: Desk, visitor: Visitor, charger_id: str, what: str, message: object) -> Any:
    """What the charger's host answers; Refused comes back as it was raised. Only chargers of one's own are asked."""
    await desk.read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))
    return await desk.bus.request(f"charger.{charger_id}.{what}", message)


def done(request: Request, visitor: Visitor, charger_id: str, said: str) -> Response:
    if pages.is_fragment(request):
        return pages.toast(visitor, request, said)
    return RedirectResponse(f"/chargers/{charger_id}", HTTPStatus.SEE_OTHER)
