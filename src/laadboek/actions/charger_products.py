"""Chargers as things one has: add, name and remove them, and what is known of each (C3).

Each function writes or reads rows; `charger_wishes` makes the process that hosts them follow.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..devices.device import DeviceInfo
from ..devices.simulated import SIMULATED_BOX
from ..ids import Ids
from ..reasons import Reason, Refused
from ..store import charge_points, chargers, links, sessions, sites
from ..store.chargers import ChargerRow
from ..store.connection import Connection
from ..store.links import Lifecycle, LinkRow
from .actor import Actor
from .charger_products_ocpp import ocpp_obstacle, version_of
from .sites import Standing, one_site, stand
from .trail import note

NAME_MAX = 60
CHARGERS_MAX = 200
SERIAL_MAX, MODEL_MAX = 25, 12  # CiString25Type, and what CiString20Type leaves beside the maker's word
CURRENT_A = (6, 80)
PHASES = (1, 3)
# Simulated boxes by the name under which a person chooses one.
MODELS: dict[str, DeviceInfo] = {
    "laadboek": SIMULATED_BOX,
    "zappi": DeviceInfo(
        vendor="myenergi",
        model="zappi 2H22TB",
        serial_number="20000001",
        firmware_version="5.540",
        switches_phases=True,
        meter_type=SIMULATED_BOX.meter_type,
        meter_serial_number=None,
    ),
}


class NewCharger(Struct, frozen=True, kw_only=True):
    """A simulated charger. None: as usual for its model. `site_id` None: at the only location, if there is one."""

    name: str
    model: str = "laadboek"
    type_code: str | None = None  # of a zappi: 2H22TB
    serial_number: str | None = None
    firmware_version: str | None = None
    phases: int = 3
    max_current_a: int = 32
    site_id: str | None = None


class Product(Struct, frozen=True, kw_only=True):
    """A charger that we host, as its rows tell."""

    charger_id: str
    name: str
    device: str
    info: DeviceInfo | None  # None: its nameplate is not known
    connection: str  # simulated, cable, wifi, unknown
    obstacle: Reason | None  # why OCPP is not possible; None: it is
    links: tuple[LinkRow, ...]  # those that are not removed
    site_id: str | None
    site_name: str | None


# --- what there is ---


def products(db: Connection, actor: Actor) -> list[Product]:
    """In the order in which they were added."""
    return [_product(db, row) for row in chargers.of_account(db, actor.account_id)]


def product(db: Connection, actor: Actor, charger_id: str) -> Product:
    return _product(db, _mine(db, actor, charger_id))


def _product(db: Connection, row: ChargerRow) -> Product:
    info, site = info_of(row), sites.of_charger(db, row.id)
    return Product(
        charger_id=row.public_id,
        name=row.name,
        device=row.device,
        info=info,
        connection=connection_of(row),
        obstacle=ocpp_obstacle(info),
        links=tuple(one for one in links.of_charger(db, row.id) if one.lifecycle is not Lifecycle.REMOVED),
        site_id=None if site is None else site.public_id,
        site_name=None if site is None else site.name,
    )


def info_of(row: ChargerRow) -> DeviceInfo | None:
    """Its nameplate, with the firmware that runs now."""
    given: Any = row.device_config.get("info")
    if given is None and row.device != "simulated":
        return None
    info = SIMULATED_BOX if given is None else msgspec.convert(given, DeviceInfo)
    memory: Any = row.device_config.get("memory") or {}
    runs = memory.get("firmware_version")
    return info if runs is None else replace(info, firmware_version=runs)


def connection_of(row: ChargerRow) -> str:
    if row.device == "simulated":
        return "simulated"
    found = row.device_config.get("connection")
    return found if found in ("cable", "wifi") else "unknown"


# --- use cases ---


def add(db: Connection, actor: Actor, charger_id: str, wanted: NewCharger, ids: Ids, now: datetime) -> ChargerRow:
    """With the drivers who may charge everywhere, at its location."""
    if len(chargers.of_account(db, actor.account_id)) >= CHARGERS_MAX:
        raise Refused("charger.too_many", most=CHARGERS_MAX)
    name, info = checked_name(wanted.name), _nameplate(wanted, ids)
    config = {"info": msgspec.to_builtins(info)}
    row_id = chargers.create(db, actor.account_id, charger_id, name, "simulated", config, now)
    chargers.permit_everywhere(db, actor.account_id, row_id)
    note(db, actor, "charger.added", now, {"charger": charger_id, "name": name, "model": info.model})
    site_id = wanted.site_id or _only_site(db, actor)
    if site_id is not None:
        stand(db, actor, charger_id, Standing(site_id=one_site(db, actor, site_id).public_id), now)
    return _mine(db, actor, charger_id)


def rename(db: Connection, actor: Actor, charger_id: str, name: str, now: datetime) -> str:
    """The name as it is then."""
    row, name = _mine(db, actor, charger_id), checked_name(name)
    if name != row.name:
        chargers.rename(db, actor.account_id, row.id, name)
        note(db, actor, "charger.renamed", now, {"charger": charger_id, "before": row.name, "after": name})
    return name


def removable(db: Connection, actor: Actor, charger_id: str) -> tuple[LinkRow, ...]:
    """Its links, which are to be removed before it. Raise Refused while somebody charges there."""
    row = _mine(db, actor, charger_id)
    if sessions.running(db, actor.account_id, row.id):
        raise Refused("charger.session_runs", charger=row.name)
    return tuple(link for link in links.of_charger(db, row.id) if link.lifecycle is not Lifecycle.REMOVED)


def remove(db: Connection, actor: Actor, charger_id: str, now: datetime) -> None:
    """It is hosted no more; its sessions and their chain stay, and so does its row."""
    row = _mine(db, actor, charger_id)
    if removable(db, actor, charger_id):
        raise Refused("charger.has_links", charger=row.name)
    stand(db, actor, charger_id, Standing(site_id=None), now)
    for point in charge_points.of_account(db, actor.account_id):
        if point.identity.charger_id == row.id:  # of our own platform: not admitted any more
            charge_points.set_key(db, actor.account_id, point.identity.id, None)
    chargers.remove(db, actor.account_id, row.id, now)
    note(db, actor, "charger.removed", now, {"charger": charger_id, "name": row.name})


# --- parts ---


def checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise Refused("charger.bad_name", longest=NAME_MAX)
    return name


def _nameplate(wanted: NewCharger, ids: Ids) -> DeviceInfo:
    model = MODELS.get(wanted.model)
    if model is None:
        raise Refused("charger.bad_model", model=wanted.model[:20], known=", ".join(MODELS))
    if wanted.phases not in PHASES:
        raise Refused("charger.bad_phases")
    if not CURRENT_A[0] <= wanted.max_current_a <= CURRENT_A[1]:
        raise Refused("charger.bad_current", least_a=CURRENT_A[0], most_a=CURRENT_A[1])
    number = f"{int(ids.below(10_000_000)):07d}"
    serial = _written("serial_number", wanted.serial_number, SERIAL_MAX) or f"LB-{number}"
    code = _written("type_code", wanted.type_code, MODEL_MAX)
    firmware = _written("firmware_version", wanted.firmware_version, SERIAL_MAX) or model.firmware_version
    if version_of(firmware) is None:
        raise Refused("charger.bad_firmware", firmware=firmware)
    return replace(
        model,
        model=f"zappi {code}" if code is not None and wanted.model == "zappi" else model.model,
        serial_number=serial,
        firmware_version=firmware,
        phases=wanted.phases,
        max_current_ma=wanted.max_current_a * 1_000,
        switches_phases=wanted.phases == 3,
        meter_serial_number=f"LBM-{number}",
    )


def _written(field: str, text: str | None, longest: int) -> str | None:
    """What somebody copied from a label; None: nothing."""
    text = (text or "").strip()
    if len(text) > longest or not text.isascii() or not text.isprintable():
        raise Refused("charger.bad_label", field=field, longest=longest)
    return text or None


def _only_site(db: Connection, actor: Actor) -> str | None:
    found = sites.of_account(db, actor.account_id)
    return found[0].public_id if len(found) == 1 else None


def _mine(db: Connection, actor: Actor, charger_id: str) -> ChargerRow:
    """One that is not removed; somebody else's is as unknown as one that does not exist."""
    row = chargers.by_public_id(db, actor.account_id, charger_id)
    if row is None or row.removed_at is not None:
        raise Refused("charger.unknown")
    return row
