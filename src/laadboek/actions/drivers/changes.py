"""Add, change, block and remove drivers, and give them PINs. Each in one transaction, with its entry in the audit log.

What comes out names the chargers that have to know: they read their drivers anew (`charger.{id}.refresh`).
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ...reasons import Refused
from ...secret import Secret
from ...store import drivers
from ...store.chargers import ChargerRow
from ...store.connection import Connection
from ...store.drivers import DriverRow
from ..actor import Actor
from ..trail import note
from . import at_our_platform, pins
from .pins import Maker, PinWish
from .roll import Roll, pad_at
from .wanted import MOST_DRIVERS, NAME_LONGEST, DriverChange, changed, new_row

SHARD = "drivers"  # one after the other: two people never choose the same PIN at once
UNSAID = frozenset({"id", "account_id", "public_id", "created_at", "name"})  # the log names no person


class Saved(Struct, frozen=True, kw_only=True):
    """`pin` is known now and never again."""

    driver: DriverRow
    chargers: tuple[str, ...]  # public ids: who has to know
    pin: Secret | None = None
    changed: tuple[str, ...] = ()  # names of what is different now


class Newcomer(Struct, frozen=True, kw_only=True):
    """`pin` None: by tag and remote start only. `id_tag` None: a fresh one. It stays for life."""

    wanted: DriverChange
    pin: PinWish | None = None
    id_tag: str | None = None


def one_row(db: Connection, actor: Actor, driver_id: str) -> DriverRow:
    found = drivers.by_public_id(db, actor.account_id, driver_id)
    if found is None:
        raise Refused("driver.unknown")
    return found


def add(
    db: Connection, actor: Actor, newcomer: Newcomer, maker: Maker, now: datetime, roll: Roll | None = None
) -> Saved:
    roll = roll or Roll(db, actor.account_id)
    wanted = newcomer.wanted
    if len(roll.drivers) >= MOST_DRIVERS:
        raise Refused("driver.too_many", most=MOST_DRIVERS)
    if wanted.name is UNSET:
        raise Refused("driver.bad_name", longest=NAME_LONGEST)
    tag = roll.free_tag(newcomer.id_tag) if newcomer.id_tag else maker.ids.id_tag()
    row = changed(new_row(actor, maker.ids.public("drv"), tag, now), wanted, actor.time_zone)
    at = roll.wanted_chargers(None if wanted.chargers is UNSET else wanted.chargers)
    row = replace(row, id=drivers.add(db, row))
    roll.know(row)
    _settle(db, row, at, roll)
    at_our_platform.follow(db, row, now)
    note(db, actor, "driver.added", now, {"driver": row.public_id, "kind": row.kind, "mode": row.mode})
    given = None if newcomer.pin is None else _give_pin(db, actor, row, newcomer.pin, maker, now, roll)
    return Saved(driver=row, chargers=tuple(charger.public_id for charger in at), pin=given)


def change(
    db: Connection, actor: Actor, driver_id: str, wanted: DriverChange, now: datetime, roll: Roll | None = None
) -> Saved:
    before = one_row(db, actor, driver_id)
    roll = roll or Roll(db, actor.account_id)
    after = changed(before, wanted, actor.time_zone)
    there = now_there = {place.charger_id for place in roll.places(before.id)}
    if wanted.chargers is not UNSET:
        at = roll.wanted_chargers(wanted.chargers)
        now_there = {charger.public_id for charger in at}
        _settle(db, after, at, roll)
    if after != before:
        drivers.change(db, actor.account_id, after)
        roll.know(after)
    at_our_platform.follow(db, after, now)
    differences = _differences(before, after, there, now_there)
    if differences:
        note(db, actor, "driver.changed", now, {"driver": driver_id, **differences})
    return Saved(driver=after, chargers=tuple(sorted(there | now_there)), changed=tuple(differences))


def block(db: Connection, actor: Actor, driver_id: str, blocked: bool, now: datetime) -> Saved:
    """At once: a session that runs ends (decision 0056)."""
    return change(db, actor, driver_id, DriverChange(blocked=blocked), now)


def renew_pin(
    db: Connection,
    actor: Actor,
    driver_id: str,
    pin: PinWish,
    maker: Maker,
    now: datetime,
    roll: Roll | None = None,
) -> Saved:
    """The former one is good for nothing from now on."""
    row = one_row(db, actor, driver_id)
    given = _give_pin(db, actor, row, pin, maker, now, roll or Roll(db, actor.account_id))
    return Saved(driver=row, chargers=_where(db, row), pin=given)


def drop_pin(db: Connection, actor: Actor, driver_id: str, now: datetime, roll: Roll | None = None) -> Saved:
    """By tag and remote start only, from now on."""
    row = one_row(db, actor, driver_id)
    drivers.drop_pins(db, actor.account_id, row.id)
    if roll is not None:
        roll.moved(row.id)
    note(db, actor, "driver.pin_removed", now, {"driver": driver_id})
    return Saved(driver=row, chargers=_where(db, row))


def remove(db: Connection, actor: Actor, driver_id: str, now: datetime) -> Saved:
    """A session that runs ends. Sessions of the past stay, under the name they were charged under."""
    row = one_row(db, actor, driver_id)
    there = _where(db, row)
    drivers.remove(db, actor.account_id, driver_id)
    at_our_platform.leave(db, row)
    note(db, actor, "driver.removed", now, {"driver": driver_id})
    return Saved(driver=row, chargers=there)


def _settle(db: Connection, driver: DriverRow, at: Sequence[ChargerRow], roll: Roll) -> None:
    """At these and no others. The PIN goes along where PINs are hidden alike; elsewhere it has to be renewed."""
    before = roll.places(driver.id)
    there = {place.charger_row for place in before}
    macs = {place.pin_scope: place.pin_mac for place in before if place.pin_mac is not None}
    for row in at:
        if row.id not in there:
            drivers.permit(db, driver.account_id, driver.id, row.id, macs.get(row.pin_scope))
    for charger_row in there - {row.id for row in at}:
        drivers.forbid(db, driver.account_id, driver.id, charger_row)
    roll.moved(driver.id)


def _give_pin(
    db: Connection, actor: Actor, row: DriverRow, wish: PinWish, maker: Maker, now: datetime, roll: Roll
) -> Secret:
    """The same at each charger."""
    at = roll.places(row.id)
    if not at:
        raise Refused("driver.pin_without_charger")
    pad = pad_at(roll.wanted_chargers([place.charger_id for place in at]))
    scopes = sorted({place.pin_scope for place in at})
    new = pins.free_pin(wish, roll, pad, scopes, row.id, maker)
    for place in at:
        drivers.set_pin(db, actor.account_id, row.id, place.charger_row, new.macs[place.pin_scope])
    roll.moved(row.id)
    note(db, actor, "driver.pin_given", now, {"driver": row.public_id, "digits": len(new.pin.reveal())})
    return new.pin


def _where(db: Connection, row: DriverRow) -> tuple[str, ...]:
    return tuple(place.charger_id for place in drivers.places(db, row.account_id, row.id))


def _differences(
    before: DriverRow, after: DriverRow, there: set[str], now_there: set[str]
) -> dict[str, str | int | None]:
    """For the audit log: what it was, and what it is; of a name only that it changed."""
    found: dict[str, str | int | None] = {}
    for field in DriverRow.__struct_fields__:
        was, became = getattr(before, field), getattr(after, field)
        if was != became and field not in UNSAID:
            found[field] = f"{was} → {became}"
    if before.name != after.name:
        found["name"] = "changed"
    if there != now_there:
        found["chargers"] = f"{', '.join(sorted(there))} → {', '.join(sorted(now_there))}"
    return found
