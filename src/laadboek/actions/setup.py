"""What only a person can say while setting up: steps that wait for later, and tags that were handed over (C1, C5).

What is done is derived from the facts, never counted (`setup_steps`); this is the rest.
"""

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..reasons import Refused
from ..store import accounts, drivers
from ..store.connection import Connection
from .actor import Actor
from .trail import note


class Step(StrEnum):
    """In their order."""

    ACCOUNT = "account"
    LOCATION = "location"
    CONTRACT = "contract"
    SUN = "sun"
    CHARGER = "charger"
    DRIVERS = "drivers"
    PLATFORM = "platform"


OPTIONAL = frozenset({Step.DRIVERS, Step.PLATFORM})


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of an account. Stored as JSON in `accounts.setup`."""

    later: frozenset[str] = frozenset()  # steps
    handed_over: frozenset[str] = frozenset()  # drv_ whose tag the platform has


def said(db: Connection, actor: Actor) -> Said:
    text = accounts.setup(db, actor.account_id)
    return Said() if text is None else msgspec.json.decode(text, type=Said)


def put_off(db: Connection, actor: Actor, step: str, now: datetime, *, later: bool = True) -> Said:
    """Not now; the wizard goes on. `later` False: it is asked again."""
    if step not in set(Step):
        raise Refused("setup.bad_step", step=step[:20], known=", ".join(Step))
    if Step(step) not in OPTIONAL:
        raise Refused("setup.needed", step=step)
    before = said(db, actor)
    return _save(db, actor, before, replace(before, later=_with(before.later, step, later)), now)


def hand_over(db: Connection, actor: Actor, driver_id: str, now: datetime, *, done: bool = True) -> Said:
    """The platform, or whoever pays, has this driver's id tag now."""
    if drivers.by_public_id(db, actor.account_id, driver_id) is None:
        raise Refused("driver.unknown")
    before = said(db, actor)
    return _save(db, actor, before, replace(before, handed_over=_with(before.handed_over, driver_id, done)), now)


def _with(names: frozenset[str], name: str, there: bool) -> frozenset[str]:
    return names | {name} if there else names - {name}


def _save(db: Connection, actor: Actor, before: Said, after: Said, now: datetime) -> Said:
    if after == before:
        return after
    stored = {"later": sorted(after.later), "handed_over": sorted(after.handed_over)}
    accounts.set_setup(db, actor.account_id, msgspec.json.encode(stored).decode())
    details: dict[str, str | int | None] = {name: ", ".join(names) for name, names in stored.items()}
    note(db, actor, "setup.said", now, details)
    return after
