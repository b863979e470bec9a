"""Keys of chargers and links, as far as the store knows of them: whose they are, and who changed them."""

from collections.abc import Mapping
from datetime import datetime

from ..reasons import Refused
from ..store.connection import Connection
from ..store.links import Lifecycle
from .actor import Actor
from .links import one_link
from .trail import note


def note_settings(db: Connection, actor: Actor, charger_id: str, values: Mapping[str, str], now: datetime) -> None:
    """In the store job in which they are changed."""
    _note(db, actor, "charger.settings_chosen", {"charger": charger_id, **values}, now)


def note_settings_pin(db: Connection, actor: Actor, charger_id: str, now: datetime) -> None:
    """That it was changed; it itself is written nowhere."""
    _note(db, actor, "charger.settings_pin_chosen", {"charger": charger_id}, now)


def note_keys(db: Connection, actor: Actor, link_id: str, values: Mapping[str, str], now: datetime) -> None:
    """In the store job in which they are changed. A link that was removed meanwhile has no keys any more."""
    link = one_link(db, actor, link_id)
    if link.lifecycle is Lifecycle.REMOVED:
        raise Refused("link.removed", charge_box_id=link.charge_box_id)
    details = {"link": link.public_id, "charge_box_id": link.charge_box_id, **values}
    _note(db, actor, "link.keys_chosen", details, now)


def _note(db: Connection, actor: Actor, what: str, details: Mapping[str, str], now: datetime) -> None:
    note(db, actor, what, now, {**details})
