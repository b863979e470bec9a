"""Ready to bill? The checklist with what is wrong, and where each thing is put right."""

from functools import partial
from typing import Any

from ...actions.key_questions import ListSettings
from ...actions.setup_checklist import Check, Known, checklist
from ...bus import NobodyAnswers
from ...rights import Right
from ...store import chargers
from ...store.connection import Connection
from ..desk import Desk
from ..visitor import Visitor

# Where it is put right; `about` is the public id of charger, charge point or driver.
FIXES = {
    "email": "/account",
    "charger": "/chargers/add?next=/setup",
    "location": "/location",
    "reached": "/chargers/{about}/setup",
    "settings_pin": "/chargers/{about}/setup#settings-pin",
    "identified": "/chargers/{about}/setup#access",
    "platform": "/chargers/{about}/platforms?next=/setup",
    "connected": "/charge-points/{about}",
    "tag": "/drivers/{about}",
    "clock": "/help/trouble",
}
OF_DRIVERS = {"tag"}


async def known(desk: Desk, visitor: Visitor) -> Known:
    """What only running chargers tell. Who is away tells nothing, and the checklist says so."""

    def ids(db: Connection) -> list[str]:
        return [row.public_id for row in chargers.of_account(db, visitor.actor.account_id)]

    live, settings = {}, {}
    for charger_id in await desk.read(ids):
        if (value := desk.bus.latest(f"charger.{charger_id}.live")) is not None:
            live[charger_id] = value
        try:
            found = await desk.bus.request("keys", ListSettings(actor=visitor.actor, charger_id=charger_id))
        except NobodyAnswers:
            continue
        settings[charger_id] = {one.name: one.value for one in found}
    return Known(
        live=live,
        settings=settings,
        connected=await connected(desk),
        clock_synchronised=desk.clock.synchronised,
    )


async def connected(desk: Desk) -> frozenset[int]:
    try:
        return frozenset(await desk.bus.request("platform.connected", None))
    except NobodyAnswers:
        return frozenset()


async def read(desk: Desk, visitor: Visitor) -> tuple[Check, ...]:
    """Without what the visitor may not know."""
    facts = await known(desk, visitor)
    found: tuple[Check, ...] = await desk.read(
        partial(checklist, actor=visitor.actor, known=facts, now=desk.clock.now())
    )
    sees_drivers = visitor.actor.may(Right.DRIVERS_READ)
    return tuple(check for check in found if sees_drivers or check.what not in OF_DRIVERS)


def fix_of(check: Any) -> str:
    return FIXES[check.what].format(about=check.about)
