"""What the form of a platform shows: the charger, what is still missing, its drivers, who controls it already."""

from typing import Any

from babel import Locale
from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from ...actions.activation import Readiness, readiness
from ...actions.actor import Actor
from ...actions.key_questions import ListSettings
from ...actions.link_test_questions import LinkTestReport
from ...actions.links import placed
from ...actions.presets import OTHER, OWN
from ...bus import NobodyAnswers
from ...reasons import Reason
from ...rights import Right
from ...store import chargers, drivers
from ...store.connection import Connection
from ...store.drivers import DriverRow
from ...store.links import LinkRow
from .. import rendering
from ..desk import Desk, desk_of
from ..visitor import Visitor
from ..words import activation, texts
from .cards import platform_name
from .choices import ASKED, offered
from .filled import Filled

FREE_CHARGING = "FreeCharging"


class Place(Struct, frozen=True, kw_only=True):
    """A charger and, when one is changed, its link."""

    ready: Readiness
    drivers: list[DriverRow]
    link: LinkRow | None = None

    @property
    def control(self) -> LinkRow | None:
        """Another link that controls it."""
        held = self.ready.control
        return None if held is None or (self.link and held.public_id == self.link.public_id) else held


class Obstacle(Struct, frozen=True):
    """What is missing, and where it is put right."""

    why: Reason
    address: str


def place_of_charger(db: Connection, actor: Actor, charger_id: str) -> Place:
    ready = readiness(db, actor, charger_id)
    row = chargers.by_public_id(db, actor.account_id, charger_id)
    assert row is not None, f"{charger_id} was just found"
    found = [at.driver for at in drivers.of_charger(db, row.id)]
    if not actor.may(Right.DRIVERS_READ):  # an installer chooses among them without their names
        found = [replace(one, name=one.public_id) for one in found]
    return Place(ready=ready, drivers=found)


def place_of_link(db: Connection, actor: Actor, name: str) -> Place:
    link, charger_id = placed(db, actor, name)
    found = place_of_charger(db, actor, charger_id)
    return Place(ready=found.ready, drivers=found.drivers, link=link)


def obstacles(ready: Readiness) -> list[Obstacle]:
    location = "/location" if ready.site_id is None else f"/sites/{ready.site_id}"
    return [
        Obstacle(why, location if why.code.startswith("location.") else f"/chargers/{ready.charger_id}/setup")
        for why in ready.obstacles
    ]


async def free_charging(desk: Desk, visitor: Visitor, charger_id: str) -> bool | None:
    """Whether it charges whoever plugs in; None: it cannot be asked now."""
    try:
        settings = await desk.bus.request("keys", ListSettings(actor=visitor.actor, charger_id=charger_id))
    except NobodyAnswers:
        return None
    return any(setting.name == FREE_CHARGING and setting.value == "true" for setting in settings)


async def shown(
    request: Request,
    visitor: Visitor,
    place: Place,
    filled: Filled,
    *,
    report: LinkTestReport | None = None,
    refused: Reason | None = None,
    status: int = 200,
) -> Response:
    """The form, with what was typed and what is wrong with it."""
    desk, ready = desk_of(request), place.ready
    preset = offered(filled.form.value("preset"))
    free = await free_charging(desk, visitor, ready.charger_id)
    values: dict[str, Any] = {
        "ready": ready,
        "link": place.link,
        "filled": filled,
        "form": filled.form,
        "preset": preset,
        "own": filled.form.value("preset") == OWN,
        "name": name_of(visitor, place, filled),
        "drivers": place.drivers,
        "control_name": None if place.control is None else platform_name(place.control),
        "control": place.control,
        "free_charging": free,
        "obstacles": [] if place.link else obstacles(ready),
        "report": report,
        "refused": refused,
        "words": activation,
        "texts": texts,
        "asked": ASKED,
        "other": OTHER,
        "things": ", ".join(visitor.speech.word(activation.ASKS, one) for one in preset.asks) if preset else "",
        "countries": ", ".join(country(visitor.speech.locale, code) for code in preset.countries) if preset else "",
        "action": f"/links/{place.link.public_id}/change"
        if place.link
        else f"/chargers/{ready.charger_id}/platforms/new",
    }
    return rendering.page("activation/form.html", visitor, request, values, status=status)


def name_of(visitor: Visitor, place: Place, filled: Filled) -> str:
    """What the sentences call the platform."""
    preset = offered(filled.form.value("preset"))
    if preset is not None:
        return preset.name
    return visitor.speech.say(activation.OTHER_NAME) if place.link is None else platform_name(place.link)


def country(locale: Locale, code: str) -> str:
    return str(locale.territories.get(code, code))
