"""Chargers as cards: what each is, whether it is heard, what it does now (C3)."""

from datetime import datetime

from msgspec import Struct

from ...actions import charge_points, charger_products
from ...actions.charger_products import Product
from ...bus import NobodyAnswers
from ...live import LiveCharger
from ...reasons import Reason
from ...store.charge_points import ChargePointRow
from ...store.connection import Connection
from ..desk import Desk
from ..visitor import Visitor
from ..words import setup as words
from ..words import texts

MOST = 1_000


class Card(Struct, frozen=True, kw_only=True):
    """One charger, ours or one that speaks OCPP itself. All in words, but for the instants."""

    id: str
    href: str  # its page of settings
    name: str
    state: str
    up: bool
    connection: str
    last_seen_at: datetime | None
    maker: str | None
    serial_number: str | None
    firmware: str | None
    obstacle: Reason | None
    links: tuple[tuple[str, str, bool], ...]  # ChargeBoxID, state in words, whether it is online
    place: str | None


async def cards(desk: Desk, visitor: Visitor) -> list[Card]:
    def read(db: Connection) -> tuple[list[Product], list[ChargePointRow]]:
        listed = charge_points.list_charge_points(db, visitor.actor, 0, MOST)
        return charger_products.products(db, visitor.actor), listed

    products, points = await desk.read(read)
    heard = await heard_at(desk)
    ours = [of_product(one, desk.bus.latest(f"charger.{one.charger_id}.live"), visitor) for one in products]
    foreign = [of_charge_point(one, heard.get(one.identity.id), visitor) for one in points if is_foreign(one)]
    return ours + foreign


async def heard_at(desk: Desk) -> dict[int, datetime]:
    """By row id, of those that are connected now."""
    try:
        found: dict[int, datetime] = await desk.bus.request("platform.connected", None)
    except NobodyAnswers:
        return {}
    return found


def is_foreign(row: ChargePointRow) -> bool:
    return row.identity.charger_id is None


def of_product(product: Product, live: LiveCharger | None, visitor: Visitor) -> Card:
    speech, info = visitor.speech, product.info
    reached = live is not None and live.powered
    state = speech.word(words.STATES, "away" if live is None else "no_power")
    if live is not None and live.powered:
        state = speech.word(texts.PILOTS, live.pilot.value)
        if live.power_w >= 20:
            state = f"{state} · {speech.power(live.power_w)}"
    told = {link.link_id: link.state for link in live.links} if live is not None else {}
    states = ((one.charge_box_id, told.get(one.public_id, "connecting")) for one in product.links)
    return Card(
        id=product.charger_id,
        href=f"/chargers/{product.charger_id}/setup",
        name=product.name,
        state=state,
        up=reached,
        connection=speech.word(words.CONNECTIONS, product.connection),
        last_seen_at=None if live is None else live.at,
        maker=None if info is None else f"{info.vendor} {info.model}",
        serial_number=None if info is None else info.serial_number,
        firmware=None if info is None else info.firmware_version,
        obstacle=product.obstacle,
        links=tuple((box, speech.word(texts.LINK_STATES, state), state == "online") for box, state in states),
        place=product.site_name,
    )


def of_charge_point(row: ChargePointRow, heard: datetime | None, visitor: Visitor) -> Card:
    speech = visitor.speech
    seen_at = heard or row.last_seen_at
    state = "connected" if heard is not None else "waiting" if seen_at is None else "lost"
    maker = " ".join(part for part in (row.vendor, row.model) if part)
    return Card(
        id=row.identity.public_id,
        href=f"/charge-points/{row.identity.public_id}",
        name=row.identity.charge_box_id,
        state=speech.word(words.STATES, state),
        up=heard is not None,
        connection=speech.word(words.CONNECTIONS, "ocpp"),
        last_seen_at=seen_at,
        maker=maker or None,
        serial_number=row.serial_number,
        firmware=row.firmware_version,
        obstacle=None,
        links=(),
        place=None,
    )
