"""What somebody wants of a driver, checked: the same rules for the page, the API and a file (manual 4.4)."""

from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from ...energy import zones
from ...energy.week_hours import WeekRange
from ...energy.zones import Span
from ...facts import Kind, Mode
from ...reasons import Refused
from ...store.drivers import DriverRow
from ..actor import Actor

NAME_LONGEST = 60
MOST_DRIVERS = 5_000  # of an account
BUDGET_KWH = (1, 100_000)
YEARS = (2000, 2200)
MODES = (Mode.FAST, Mode.ECO, Mode.ECO_PLUS)  # in which a session can begin

hours_of = msgspec.json.Decoder(tuple[WeekRange, ...]).decode


class Allowance(Struct, frozen=True):
    """So much energy by the sessions that begin in each of these periods."""

    limit_wh: int
    span: Span


class DriverChange(Struct, frozen=True, kw_only=True):
    """UNSET: stays as it is, or as it usually is. None: no such limit (any more)."""

    name: str | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET
    blocked: bool | UnsetType = UNSET
    chargers: tuple[str, ...] | UnsetType | None = UNSET  # public ids; None: all, also those that are added later
    valid_from: date | UnsetType | None = UNSET  # the first local day
    valid_until: date | UnsetType | None = UNSET  # the last one
    hours: tuple[WeekRange, ...] | UnsetType | None = UNSET  # None: always
    budget: Allowance | UnsetType | None = UNSET


def new_row(actor: Actor, public_id: str, id_tag: str, now: datetime) -> DriverRow:
    """As a driver is when nobody said otherwise."""
    return DriverRow(
        id=0,
        account_id=actor.account_id,
        public_id=public_id,
        name="",
        id_tag=id_tag,
        kind=Kind.BUSINESS.value,
        mode=Mode.FAST.value,
        blocked=False,
        created_at=now,
        all_chargers=True,
    )


def changed(row: DriverRow, change: DriverChange, zone: str) -> DriverRow:
    """The row as it shall be; where they may charge is `places`' business."""
    given: dict[str, Any] = {}
    if change.name is not UNSET:
        given["name"] = _name(change.name)
    if change.kind is not UNSET:
        given["kind"] = change.kind.value
    if change.mode is not UNSET:
        given["mode"] = _mode(change.mode)
    if change.blocked is not UNSET:
        given["blocked"] = change.blocked
    if change.chargers is not UNSET:
        given["all_chargers"] = change.chargers is None
    if change.valid_from is not UNSET:
        given["valid_from"] = None if change.valid_from is None else zones.start_of(_day(change.valid_from), zone)
    if change.valid_until is not UNSET:
        last = change.valid_until
        given["valid_until"] = None if last is None else zones.start_of(_day(last) + zones.DAY, zone)
    if change.hours is not UNSET:
        given["hours"] = _hours(change.hours)
    if change.budget is not UNSET:
        given |= _budget(change.budget)
    after = replace(row, **given)
    if after.valid_from is not None and after.valid_until is not None and after.valid_from >= after.valid_until:
        raise Refused("driver.bad_dates")
    return after


def first_day(row: DriverRow, zone: str) -> date | None:
    return None if row.valid_from is None else zones.local_day(row.valid_from, zone)


def last_day(row: DriverRow, zone: str) -> date | None:
    return None if row.valid_until is None else zones.local_day(row.valid_until, zone) - zones.DAY


def _name(text: str) -> str:
    """As people write names: spaces folded, nothing that cannot be seen."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= NAME_LONGEST or not name.isprintable():
        raise Refused("driver.bad_name", longest=NAME_LONGEST)
    return name


def _mode(mode: Mode) -> str:
    if mode not in MODES:
        raise Refused("mode.unknown", mode=mode.value)
    return mode.value


def _day(day: date) -> date:
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise Refused("driver.bad_day", day=day.isoformat())
    return day


def _hours(hours: tuple[WeekRange, ...] | None) -> str | None:
    if hours == ():
        raise Refused("driver.bad_hours", hours="")
    return None if hours is None else msgspec.json.encode(hours).decode()


def _budget(budget: Allowance | None) -> dict[str, Any]:
    if budget is None:
        return {"budget_wh": None, "budget_span": None}
    least, most = BUDGET_KWH
    if not least * 1_000 <= budget.limit_wh <= most * 1_000:
        raise Refused("driver.bad_budget", least_wh=least * 1_000, most_wh=most * 1_000)
    return {"budget_wh": budget.limit_wh, "budget_span": budget.span.value}
