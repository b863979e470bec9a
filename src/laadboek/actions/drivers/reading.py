"""Drivers as people look at them: the list with its filters, one driver with what was used of the budget."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ...energy import zones
from ...energy.zones import Period, Span
from ...facts import Kind
from ...store import chargers, drivers
from ...store.chargers import ChargerRow
from ...store.connection import Connection
from ...store.drivers import DriverRow, Place
from ..actor import Actor
from . import pins
from .changes import one_row
from .pins import Guess


class State(StrEnum):
    """What a driver may do, as far as the calendar and the owner say."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    NOT_YET = "not_yet"
    EXPIRED = "expired"


class AtCharger(Struct, frozen=True):
    charger_id: str
    name: str
    has_pin: bool


class DriverSeen(Struct, frozen=True, kw_only=True):
    row: DriverRow
    at: tuple[AtCharger, ...]
    state: State

    @property
    def has_pin(self) -> bool:
        return any(place.has_pin for place in self.at)


class Wanted(Struct, frozen=True, kw_only=True):
    """`search`: part of a name or tag."""

    search: str = ""
    kind: Kind | None = None
    charger: str | None = None  # public id
    state: State | None = None


class Roster(Struct, frozen=True, kw_only=True):
    """`found` fits what was wanted, by name; `total` is how many there are."""

    found: list[DriverSeen]
    total: int
    chargers: list[ChargerRow]
    guesses: list[Guess]


class Detail(Struct, frozen=True, kw_only=True):
    """`period`: the one of the budget that goes on now; `used_wh` of it. `last_at`: when the last session began."""

    driver: DriverSeen
    chargers: list[ChargerRow]
    guesses: list[Guess]
    period: Period | None
    used_wh: int
    last_at: datetime | None


def state_of(row: DriverRow, now: datetime) -> State:
    if row.blocked:
        return State.BLOCKED
    if row.valid_until is not None and now >= row.valid_until:
        return State.EXPIRED
    if row.valid_from is not None and now < row.valid_from:
        return State.NOT_YET
    return State.ALLOWED


def roster(db: Connection, actor: Actor, wanted: Wanted, now: datetime) -> Roster:
    rows, places = drivers.of_account(db, actor.account_id), drivers.places(db, actor.account_id)
    own = chargers.of_account(db, actor.account_id)
    everybody = _seen(rows, places, own, now)
    found = [driver for driver in everybody if _fits(driver, wanted)]
    found.sort(key=lambda driver: (driver.row.name.casefold(), driver.row.id))
    return Roster(found=found, total=len(rows), chargers=own, guesses=pins.guesses(own, places))


def in_order(db: Connection, actor: Actor, now: datetime) -> list[DriverSeen]:
    """All of them, in the order in which they were added."""
    rows, places = drivers.of_account(db, actor.account_id), drivers.places(db, actor.account_id)
    return _seen(rows, places, chargers.of_account(db, actor.account_id), now)


def seen(db: Connection, actor: Actor, row: DriverRow, now: datetime) -> DriverSeen:
    own = chargers.of_account(db, actor.account_id)
    return _seen([row], drivers.places(db, actor.account_id, row.id), own, now)[0]


def detail(db: Connection, actor: Actor, driver_id: str, now: datetime) -> Detail:
    row = one_row(db, actor, driver_id)
    places = drivers.places(db, actor.account_id)
    own = chargers.of_account(db, actor.account_id)
    at = {place.charger_row for place in places if place.driver_id == row.id}
    period = None
    if row.budget_span is not None:
        zone = actor.time_zone
        period = zones.period(Span(row.budget_span), zones.local_day(now, zone), zone)
    used_wh = 0
    if period is not None:
        used_wh = drivers.energy_between(db, actor.account_id, driver_id, period.start, period.end)
    return Detail(
        driver=seen(db, actor, row, now),
        chargers=own,
        guesses=[guess for guess, charger in zip(pins.guesses(own, places), own, strict=True) if charger.id in at],
        period=period,
        used_wh=used_wh,
        last_at=drivers.newest_start(db, actor.account_id, driver_id),
    )


def _seen(
    rows: Iterable[DriverRow], places: Iterable[Place], own: Iterable[ChargerRow], now: datetime
) -> list[DriverSeen]:
    names = {charger.id: charger.name for charger in own}
    at: dict[int, list[AtCharger]] = {}
    for place in places:
        here = AtCharger(place.charger_id, names[place.charger_row], place.pin_mac is not None)
        at.setdefault(place.driver_id, []).append(here)
    return [DriverSeen(row=row, at=tuple(at.get(row.id, ())), state=state_of(row, now)) for row in rows]


def _fits(driver: DriverSeen, wanted: Wanted) -> bool:
    row, part = driver.row, wanted.search.casefold().strip()
    return (
        (part in row.name.casefold() or part in row.id_tag.casefold())
        and (wanted.kind is None or row.kind == wanted.kind.value)
        and (wanted.charger is None or any(place.charger_id == wanted.charger for place in driver.at))
        and (wanted.state is None or driver.state is wanted.state)
    )
