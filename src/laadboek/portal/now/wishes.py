"""What somebody wants of a car at the charger: its mode, a boost, what the visit is for (A1, A3, A4).

The answer says what happens, not what was tapped: without a session a boost waits, and a charger that asks for a PIN
takes no mode from nobody.
"""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import energy_wishes
from ...actions.chargers import my_charger
from ...actions.trail import note
from ...facts import Mode
from ...live import ChooseMode, LiveCharger, Unlock
from ...reasons import Refused
from ...rights import Right
from .. import rendering
from ..desk import Desk, desk_of
from ..policy import page
from ..visitor import Visitor
from ..words import dashboard, texts

router = APIRouter(include_in_schema=False)
Writes = Annotated[Visitor, page(Right.NOW_CONTROL)]
Text = Annotated[str, Form(max_length=100)]
OptionalText = Annotated[str, Form(max_length=100)]


def live_topic(charger_id: str) -> str:
    return f"charger.{charger_id}.live"


@router.post("/chargers/{charger_id}/mode")
async def mode_form(request: Request, visitor: Writes, charger_id: str, mode: Text) -> Response:
    if mode not in list(Mode):
        raise Refused("mode.unknown", mode=mode)
    desk = desk_of(request)
    await asked(desk, visitor, charger_id, "mode", ChooseMode(Mode(mode)))
    if needs_identification(desk, charger_id):
        said = visitor.speech.say(dashboard.MODE_NEEDS_PIN)
        return done(request, visitor, charger_id, said, refused=True)
    said = visitor.speech.say(texts.DONE["mode"], mode=visitor.speech.word(texts.MODES, mode))
    return done(request, visitor, charger_id, said)


@router.post("/chargers/{charger_id}/boost")
async def boost_form(request: Request, visitor: Writes, charger_id: str, kwh: Text) -> Response:
    desk = desk_of(request)
    wish = energy_wishes.boost(wh_of(kwh) or 0, None, desk.clock.now(), visitor.actor.time_zone)
    await asked(desk, visitor, charger_id, "boost", wish)
    energy = visitor.speech.kwh(wish.energy_wh)
    if wish.energy_wh and waits(desk, charger_id):
        return done(request, visitor, charger_id, visitor.speech.say(dashboard.BOOST_WAITS, energy=energy))
    said = visitor.speech.say(texts.DONE["boost" if wish.energy_wh else "no_boost"], energy=energy)
    return done(request, visitor, charger_id, said)


@router.post("/chargers/{charger_id}/goal")
async def goal_form(
    request: Request, visitor: Writes, charger_id: str, kwh: OptionalText = "", ready_by: OptionalText = ""
) -> Response:
    desk = desk_of(request)
    wish = energy_wishes.goal(wh_of(kwh), ready_by, desk.clock.now(), visitor.actor.time_zone)
    await asked(desk, visitor, charger_id, "goal", wish)
    said = dashboard.GOAL_WAITS if waits(desk, charger_id) else texts.DONE["goal"]
    return done(request, visitor, charger_id, visitor.speech.say(said))


@router.post("/chargers/{charger_id}/unlock")
async def unlock_form(request: Request, visitor: Writes, charger_id: str) -> Response:
    await unlocked(desk_of(request), visitor, charger_id)
    return done(request, visitor, charger_id, visitor.speech.say(texts.DONE["unlock"]))


async def unlocked(desk: Desk, visitor: Visitor, charger_id: str) -> None:
    """The pad takes PINs again, and the lock is open until a car comes or goes (RULES §3)."""
    await asked(desk, visitor, charger_id, "unlock", Unlock())
    noted = partial(note, actor=visitor.actor, what="charger.unlocked", details={"charger": charger_id})
    await desk.write(charger_id, partial(noted, now=desk.clock.now()))


def wh_of(kwh: str) -> int | None:
    """A form's whole kilowatt-hours; None: left empty."""
    if not kwh.strip():
        return None
    if not (kwh.isascii() and kwh.strip().isdigit() and len(kwh) < 6):
        raise Refused("energy.out_of_range", most_wh=energy_wishes.MOST_WH)
    return int(kwh) * 1000


def waits(desk: Desk, charger_id: str) -> bool:
    """Somebody is here, and no session runs: what is wished for is kept for the next of this visit (RULES §3)."""
    live: LiveCharger | None = desk.bus.latest(live_topic(charger_id))
    return live is not None and live.session is None


def needs_identification(desk: Desk, charger_id: str) -> bool:
    """The charger takes a mode from nobody who is not known (RULES §3)."""
    live: LiveCharger | None = desk.bus.latest(live_topic(charger_id))
    return live is not None and live.session is None and live.asks_who


async def asked(desk: Desk, visitor: Visitor, charger_id: str, what: str, message: object) -> Any:
    """What the charger's host answers; Refused comes back as it was raised. Only chargers of one's own are asked."""
    await desk.read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))
    return await desk.bus.request(f"charger.{charger_id}.{what}", message)


def done(request: Request, visitor: Visitor, charger_id: str, said: str, *, refused: bool = False) -> Response:
    if rendering.is_fragment(request):
        return rendering.toast(visitor, request, said, status=HTTPStatus.CONFLICT if refused else HTTPStatus.OK)
    return RedirectResponse(f"/chargers/{charger_id}", HTTPStatus.SEE_OTHER)
