"""What a lab charge point is in its own store: an account, a charger, its drivers, one control link."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ..chargepoint import configuration
from ..chargepoint.config import BackOff
from ..charger.settings import KEYS as CHARGER_KEYS
from ..devices.car import PJ_PER_WH
from ..devices.device import DeviceInfo
from ..devices.simulated import Memory
from ..ids import Ids
from ..reasons import Refused
from ..runtime.hardware import CarConfig, SimulatedConfig
from ..runtime.keys import DataKeys
from ..secret import Secret, pin_mac
from ..store import accounts, chargers, drivers, links
from ..store.connection import Connection
from .models import NewChargePoint


class Rows(Struct, frozen=True, kw_only=True):
    account_id: int
    charger_row: int
    charger_id: str
    link_id: str
    charge_box_id: str


def recall(db: Connection) -> Rows | None:
    """What an earlier run left in the folder."""
    found = chargers.all(db)
    if not found:
        return None
    charger = found[0]
    link = links.of_charger(db, charger.id)[0]
    return Rows(
        account_id=charger.account_id,
        charger_row=charger.id,
        charger_id=charger.public_id,
        link_id=link.public_id,
        charge_box_id=link.charge_box_id,
    )


def create(db: Connection, body: NewChargePoint, keys: DataKeys, ids: Ids, now: datetime) -> Rows:
    account_id = accounts.create(db, ids.public("acc"), "Lab", "UTC", "en", now)
    charger_id = ids.public("chg")
    config: dict[str, Any] = msgspec.to_builtins(device_config(body))
    charger_row = chargers.create(db, account_id, charger_id, body.charge_box_id, "simulated", config, now)
    for driver in body.drivers:
        row = drivers.NewDriver(
            public_id=ids.public("drv"),
            name=driver.name,
            pin_mac=None if driver.pin is None else pin_mac(keys.pin_key, charger_id, driver.pin),
            id_tag=driver.id_tag,
            kind=driver.kind.value,
            mode=driver.mode.value,
        )
        drivers.create(db, account_id, charger_row, row, now)
    link_id = _create_link(db, account_id, charger_row, body, keys, ids, now)
    return Rows(
        account_id=account_id,
        charger_row=charger_row,
        charger_id=charger_id,
        link_id=link_id,
        charge_box_id=body.charge_box_id,
    )


def _create_link(
    db: Connection, account_id: int, charger_row: int, body: NewChargePoint, keys: DataKeys, ids: Ids, now: datetime
) -> str:
    link_id = ids.public("lnk")
    key = Secret("" if body.authorization_key is None else body.authorization_key.get_secret_value())
    link = links.NewLink(
        public_id=link_id,
        position=1,
        role="control",
        backend_uri=body.backend_uri if body.backend_uri.endswith("/") else body.backend_uri + "/",
        charge_box_id=body.charge_box_id,
        user_name=body.user_name or body.charge_box_id,
        authorization_key=keys.seal(key, table="links", row=link_id, account_id=account_id) if key else None,
        settings=link_settings(body),
    )
    links.create(db, account_id, charger_row, link, 0, now)
    return link_id


def link_settings(body: NewChargePoint) -> dict[str, Any]:
    """The fields of `LinkConfig` in which this charge point differs from an ordinary one."""
    first_s, cap_s = body.reconnect.first_s, body.reconnect.cap_s
    back_off = BackOff(first_s=first_s, refused_first_s=first_s, cap_s=cap_s, jitter=body.reconnect.jitter)
    return {
        "decides": body.authorisation,
        "initial_keys": {"MessageTimeout": str(max(1, round(body.call_timeout_s)))} | split(body.keys)[0],
        "profiles_off": sorted(body.profiles_off),
        "back_off": msgspec.to_builtins(back_off),
        "boot_on_reconnect": body.boot_on_reconnect,
        "require_subprotocol": body.subprotocol_required,
        "security_profile": body.security_profile,
        "security_events": body.security_events,
        "roots": body.roots,
        "resets_max": None,  # suites reset more often than platforms should
    }


def split(keys: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Keys of the link, and those of the charger. Refused when one is unknown."""
    of_link: dict[str, str] = {}
    of_charger: dict[str, str] = {}
    for given, value in keys.items():
        name = configuration.spelled(given)
        if name is None:
            raise Refused("setting.unknown", key=given)
        if configuration.KEYS[name].owner == "link":
            of_link[name] = value
        if name in CHARGER_KEYS:
            of_charger[name] = value
    return of_link, of_charger


def first_settings(body: NewChargePoint) -> dict[str, str]:
    """First values of the charger's own keys. FreeCharging leads: others depend on it."""
    mine = {
        "FreeCharging": "true" if body.free_charging else "false",
        "LimitA": str(body.max_current_ma // 1000),
        "ResumeAfterPowerLoss": "true" if body.resume_after_power_loss else "false",
        "Reservations": "true" if body.reservations else "false",
    }
    return mine | split(body.keys)[1]


def device_config(body: NewChargePoint) -> SimulatedConfig:
    info = DeviceInfo(
        vendor=body.vendor,
        model=body.model,
        serial_number=body.serial_number or body.charge_box_id[:25],
        firmware_version=body.firmware_version,
        phases=body.phases,
        max_current_ma=body.max_current_ma,
        tethered=body.cable == "fixed",
    )
    car = CarConfig(phases=body.phases, max_current_ma=min(body.max_current_ma, 32_000), soc_percent=30)
    return SimulatedConfig(
        register_wh=body.register_wh,
        memory=None if body.power_on else dark(body.register_wh, car),
        info=info,
        car=car,
        backup_power=body.backup_power,
        house=False,
        quick=body.quick,
    )


def dark(register_wh: int, car: CarConfig) -> Memory:
    """A box that nobody gave power yet."""
    stored_pj = car.capacity_wh * PJ_PER_WH * car.soc_percent // 100
    return Memory(
        register_pj=register_wh * PJ_PER_WH,
        plugged=False,
        cable=False,
        held=False,
        car_stored_pj=stored_pj,
        powered=False,
    )
