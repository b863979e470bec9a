"""Charge points of our platform: who may connect, with which key, and what their BootNotification is answered."""

import re
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from ..ids import Ids
from ..ocpp.types import RegistrationStatus as RegistrationStatus  # the API names it through us
from ..reasons import Refused
from ..secret import Secret
from ..store import charge_points
from ..store.charge_points import ChargePointRow, ConnectorStatus
from ..store.connection import Connection
from .actor import Actor
from .trail import note

CHARGE_BOX_ID_LONGEST = 48
# Also the user name of Basic authentication, and shown in lists: printable, no spaces around it, no public id of ours.
CHARGE_BOX_ID = re.compile(rf"(?!cp_)[!-~](?:[ -~]{{0,{CHARGE_BOX_ID_LONGEST - 2}}}[!-~])?")
# 16 to 20 bytes, which travel as up to 40 hexadecimal digits (security whitepaper A00).
KEY_BYTES, KEY_SHORTEST, KEY_LONGEST = 20, 16, 40
KEY = re.compile(rf"[!-~]{{{KEY_SHORTEST},{KEY_LONGEST}}}")


class NewChargePoint(Struct, frozen=True, kw_only=True):
    """`key_mac` is what the platform stores of its authorization key."""

    charge_box_id: str
    key_mac: bytes
    registration: RegistrationStatus = RegistrationStatus.ACCEPTED


class ChargePointChange(Struct, frozen=True, kw_only=True):
    """None: stays as it is."""

    registration: RegistrationStatus | None = None
    key_mac: bytes | None = None


class ChargePointDetail(Struct, frozen=True, kw_only=True):
    row: ChargePointRow
    connectors: list[ConnectorStatus]


def checked_key(given: str | None, ids: Ids) -> Secret:
    """The key that somebody gave, or a random one of 160 bits."""
    if given is None:
        return Secret(ids.token_bytes(KEY_BYTES).hex())
    if not KEY.fullmatch(given):
        raise Refused("charge_point.bad_key", shortest=KEY_SHORTEST, longest=KEY_LONGEST)
    return Secret(given)


def register(db: Connection, actor: Actor, new: NewChargePoint, ids: Ids, now: datetime) -> ChargePointRow:
    """Admit a charge point. One of this account that was removed comes back, with its history."""
    if not CHARGE_BOX_ID.fullmatch(new.charge_box_id):
        raise Refused("charge_point.bad_id", longest=CHARGE_BOX_ID_LONGEST)
    former = charge_points.named(db, actor.account_id, new.charge_box_id)
    if former is not None and former.key_mac is None:
        row_id = former.identity.id
        charge_points.set_key(db, actor.account_id, row_id, new.key_mac)
        charge_points.set_registration(db, actor.account_id, row_id, new.registration)
    elif charge_points.is_taken(db, new.charge_box_id):
        raise Refused("charge_point.taken", charge_box_id=new.charge_box_id)
    else:
        charge_points.create(
            db,
            actor.account_id,
            public_id=ids.public("cp"),
            charge_box_id=new.charge_box_id,
            key_mac=new.key_mac,
            charger_id=None,
            now=now,
            registration=new.registration,
        )
    added = one_charge_point(db, actor, new.charge_box_id)
    _note(db, actor, "charge_point.registered", added, now, registration=new.registration.value)
    return added


def list_charge_points(db: Connection, actor: Actor, after: int, limit: int) -> list[ChargePointRow]:
    """In the order they were added, those with a row id beyond `after`."""
    return charge_points.listed(db, actor.account_id, after, limit)


def one_charge_point(db: Connection, actor: Actor, name: str) -> ChargePointRow:
    """By ChargeBoxID or public id; somebody else's is as unknown as one that was removed."""
    found = charge_points.named(db, actor.account_id, name)
    if found is None or found.key_mac is None:
        raise Refused("charge_point.unknown")
    return found


def charge_point_detail(db: Connection, actor: Actor, name: str) -> ChargePointDetail:
    row = one_charge_point(db, actor, name)
    return ChargePointDetail(row=row, connectors=charge_points.statuses(db, actor.account_id, row.identity.id))


def foreign_charge_point(db: Connection, actor: Actor, name: str) -> ChargePointRow:
    """One that we do not host: a charger of our own keeps its key and its place."""
    found = one_charge_point(db, actor, name)
    if found.identity.charger_id is not None:
        raise Refused("charge_point.hosted", charge_box_id=found.identity.charge_box_id)
    return found


def change_charge_point(
    db: Connection, actor: Actor, name: str, change: ChargePointChange, now: datetime
) -> ChargePointRow:
    found = foreign_charge_point(db, actor, name) if change.key_mac else one_charge_point(db, actor, name)
    row_id = found.identity.id
    if change.key_mac is not None:
        charge_points.set_key(db, actor.account_id, row_id, change.key_mac)
        _note(db, actor, "charge_point.key_changed", found, now)
    if change.registration is not None and change.registration is not found.identity.registration:
        charge_points.set_registration(db, actor.account_id, row_id, change.registration)
        before, after = found.identity.registration.value, change.registration.value
        _note(db, actor, "charge_point.registration_changed", found, now, before=before, after=after)
    return one_charge_point(db, actor, name)


class Removal(Struct, frozen=True, kw_only=True):
    """`bus.request("platform.remove", Removal(…))`: the platform first gives up what still runs there."""

    actor: Actor
    name: str


def remove(
    db: Connection, removal: Removal, give_up: Callable[[Connection, ChargePointRow], None], now: datetime
) -> ChargePointRow:
    """It is not admitted any more; its transactions and sessions stay. `give_up` ends what is open, before."""
    found = foreign_charge_point(db, removal.actor, removal.name)
    give_up(db, found)
    charge_points.remove(db, removal.actor.account_id, found.identity.id)
    _note(db, removal.actor, "charge_point.removed", found, now)
    return found


def _note(db: Connection, actor: Actor, what: str, row: ChargePointRow, now: datetime, **more: str) -> None:
    details: dict[str, str | int | None] = {
        "charge_point": row.identity.public_id,
        "charge_box_id": row.identity.charge_box_id,
        **more,
    }
    note(db, actor, what, now, details)
