"""Activating OCPP (C4, manual 4.3): what must be so before a charger is connected to a platform, and our own platform.

A complete location, a charger that can, an agreement with the operator, accepted terms. Each is told with its reason.
"""

from datetime import datetime

from msgspec import Struct

from ..ids import Ids
from ..reasons import Reason, Refused
from ..store import charge_points, chargers
from ..store.connection import Connection
from ..store.links import Lifecycle, LinkRow
from .actor import Actor
from .charger_products import product
from .links import CONTROL
from .location import missing_parts
from .presets import OWN
from .trail import note

SERIAL_FALLBACK = "LB"  # of a charger that does not tell its serial number


class Consent(Struct, frozen=True, kw_only=True):
    """What its owner has ticked."""

    agreed: bool  # there is an agreement with whoever runs the platform
    terms: bool


class Readiness(Struct, frozen=True, kw_only=True):
    """A charger, as whoever connects it to a platform needs to know it."""

    charger_id: str
    name: str
    charge_box_id: str  # the usual one: its serial number
    site_id: str | None
    obstacles: tuple[Reason, ...]  # besides the owner's consent; empty: there are none
    links: tuple[LinkRow, ...]  # those that are not removed

    @property
    def control(self) -> LinkRow | None:
        """The one that controls it already."""
        held = (link for link in self.links if link.role == CONTROL and link.lifecycle is not Lifecycle.DRAINING)
        return next(held, None)


def readiness(db: Connection, actor: Actor, charger_id: str) -> Readiness:
    """Raise Refused: it is not in this account."""
    found = product(db, actor, charger_id)
    missing = missing_parts(db, actor, charger_id)
    return Readiness(
        charger_id=charger_id,
        name=found.name,
        charge_box_id=_usual_id(found.info.serial_number if found.info else "", charger_id),
        site_id=found.site_id,
        obstacles=missing if found.obstacle is None else (found.obstacle, *missing),
        links=found.links,
    )


def _usual_id(serial_number: str, charger_id: str) -> str:
    return serial_number or f"{SERIAL_FALLBACK}-{charger_id.removeprefix('chg_')[:8].upper()}"


def require(db: Connection, actor: Actor, charger_id: str, consent: Consent, preset: str | None) -> None:
    """Refuse what may not be connected yet, with the first thing that is to be put right."""
    for obstacle in readiness(db, actor, charger_id).obstacles:
        raise Refused(obstacle.code, **obstacle.params)
    if not consent.agreed and preset != OWN:  # of our own platform everybody is the operator
        raise Refused("activation.no_agreement")
    if not consent.terms:
        raise Refused("activation.no_terms")


# --- our own platform ---


def enrol(db: Connection, actor: Actor, charger_id: str, key_mac: bytes, ids: Ids, now: datetime) -> str:
    """Make our platform know this charger; return its ChargeBoxID there. Once more for the same one: a new key."""
    found = readiness(db, actor, charger_id)
    charger = chargers.by_public_id(db, actor.account_id, charger_id)
    assert charger is not None, f"{charger_id} was just found"
    for row in charge_points.of_account(db, actor.account_id):
        if row.identity.charger_id == charger.id:
            name = row.identity.charge_box_id
            for link in found.links:
                if link.charge_box_id == name:
                    raise Refused("link.twice", charge_box_id=name, link=link.public_id)
            charge_points.set_key(db, actor.account_id, row.identity.id, key_mac)
            return name
    charge_box_id = found.charge_box_id
    if charge_points.is_taken(db, charge_box_id):  # by whatever account: serial numbers are what people type
        charge_box_id = f"{SERIAL_FALLBACK}-{ids.public('')[1:]}"
    made = charge_points.create(
        db,
        actor.account_id,
        public_id=ids.public("cp"),
        charge_box_id=charge_box_id,
        key_mac=key_mac,
        charger_id=charger.id,
        now=now,
    )
    details = {"charge_point": made.public_id, "charge_box_id": charge_box_id, "charger": charger_id}
    note(db, actor, "charge_point.enrolled", now, details)
    return charge_box_id
