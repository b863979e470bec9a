"""A file of drivers becomes drivers: all of them or none, and what would happen is shown before (docs/drivers.md).

A rehearsal is the real thing, rolled back. So its report is what will happen, as long as nobody changes anything.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import partial
from typing import Any

from msgspec import Struct

from ...energy import week_hours
from ...energy.zones import Span
from ...facts import Kind, Mode
from ...reasons import Reason, Refused
from ...secret import Secret
from ...store.chargers import ChargerRow
from ...store.connection import Connection
from ...store.drivers import DriverRow
from ..actor import Actor
from ..trail import note
from . import changes, sheet
from .changes import Newcomer
from .pins import Maker, PinWish
from .roll import Roll
from .sheet import Line
from .wanted import Allowance, DriverChange

NEW_PIN, NO_PIN = "new", "none"  # in place of a PIN
WORDS = {sheet.YES: True, sheet.NO: False, "": False, "1": True, "0": False, "true": True, "false": False}


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


class RowReport(Struct, frozen=True, kw_only=True):
    number: int  # as a spreadsheet counts
    name: str
    outcome: Outcome
    changed: tuple[str, ...] = ()  # names of columns
    why: Reason | None = None


class HandOut(Struct, frozen=True):
    """A PIN that was made, known now and never again."""

    name: str
    pin: Secret
    id_tag: str


class Report(Struct, frozen=True, kw_only=True):
    rows: tuple[RowReport, ...]
    chargers: tuple[str, ...] = ()  # who has to know
    made: tuple[HandOut, ...] = ()

    def count(self, outcome: Outcome | str) -> int:
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def fine(self) -> bool:
        return not self.count(Outcome.REFUSED)


class NotKept(Refused):
    """It was a rehearsal, or a row was refused: nothing was changed."""

    def __init__(self, report: Report) -> None:
        super().__init__("sheet.refused_rows", rows=report.count(Outcome.REFUSED))
        self.report = report


def import_drivers(db: Connection, actor: Actor, file: bytes, rehearsal: bool, maker: Maker, now: datetime) -> Report:
    """Raise NotKept with the report when it is a rehearsal, or any row cannot be."""
    lines = sheet.read(file)
    if not lines:
        raise Refused("sheet.empty")
    importing = _Importing(db, actor, maker, now)
    report = importing.run(lines)
    if rehearsal or not report.fine:
        raise NotKept(report)
    counted = {outcome.value: report.count(outcome) for outcome in Outcome}
    note(db, actor, "driver.imported", now, {**counted})
    return report


class _Importing:
    """One file on its way into the store."""

    def __init__(self, db: Connection, actor: Actor, maker: Maker, now: datetime) -> None:
        self._db, self._actor, self._maker, self._now = db, actor, maker, now
        self._roll = Roll(db, actor.account_id)
        self._names = {row.name.casefold() for row in self._roll.drivers.values()}
        self._touched: set[str] = set()
        self._chargers: set[str] = set()
        self._made: list[HandOut] = []

    def run(self, lines: Sequence[Line]) -> Report:
        rows = tuple(self._row(line) for line in lines)
        return Report(rows=rows, chargers=tuple(sorted(self._chargers)), made=tuple(self._made))

    def _row(self, line: Line) -> RowReport:
        report = partial(RowReport, number=line.number, name=line.cells.get("name", ""))
        try:
            wanted = change_of(line.cells, self._roll.chargers)
            known = self._roll.by_tag(line.cells.get("id_tag", "")) if line.cells.get("id_tag") else None
            if known is None:
                self._add(line, wanted)
                return report(outcome=Outcome.NEW)
            changed = self._change(line, known, wanted)
            return report(outcome=Outcome.CHANGED if changed else Outcome.SAME, changed=changed)
        except Refused as refused:
            return report(outcome=Outcome.REFUSED, why=refused.reason)

    def _add(self, line: Line, wanted: DriverChange) -> None:
        name = line.cells.get("name", "").casefold()
        if name in self._names:
            raise Refused("sheet.name_twice")
        pin = line.cells.get(sheet.PIN, "")
        anywhere = wanted.chargers if isinstance(wanted.chargers, tuple) else self._roll.chargers
        wish = None if pin == NO_PIN or (not pin and not anywhere) else PinWish(Secret(pin) if pin.isdigit() else None)
        if pin not in ("", NEW_PIN, NO_PIN) and not pin.isdigit():
            wish = PinWish(Secret(pin))  # to be refused for its form
        newcomer = Newcomer(wanted=wanted, pin=wish, id_tag=line.cells.get("id_tag") or None)
        saved = changes.add(self._db, self._actor, newcomer, self._maker, self._now, self._roll)
        self._names.add(name)
        self._saved(saved, generated=wish is not None and wish.chosen is None)

    def _change(self, line: Line, known: DriverRow, wanted: DriverChange) -> tuple[str, ...]:
        if known.public_id in self._touched:
            raise Refused("sheet.driver_twice")
        saved = changes.change(self._db, self._actor, known.public_id, wanted, self._now, self._roll)
        self._saved(saved)
        pin = line.cells.get(sheet.PIN, "")
        if not pin:
            return saved.changed
        act: Callable[..., changes.Saved] = partial(changes.drop_pin, self._db, self._actor, known.public_id)
        if pin != NO_PIN:
            wish = PinWish(None if pin == NEW_PIN else Secret(pin))
            renew = changes.renew_pin
            act = partial(renew, self._db, self._actor, known.public_id, wish, self._maker)
        self._saved(act(now=self._now, roll=self._roll), generated=pin == NEW_PIN)
        return (*saved.changed, sheet.PIN)

    def _saved(self, saved: changes.Saved, *, generated: bool = False) -> None:
        self._touched.add(saved.driver.public_id)
        self._chargers |= set(saved.chargers)
        if generated and saved.pin is not None:
            self._made.append(HandOut(saved.driver.name, saved.pin, saved.driver.id_tag))


# --- cells ------------------------------------------------------------------------------------------------------------


def change_of(cells: Mapping[str, str], chargers: Sequence[ChargerRow]) -> DriverChange:
    """A column that the file lacks leaves things as they are; an empty cell takes a limit away."""
    found: dict[str, Any] = {}
    for column, parse in CELLS.items():
        if column in cells:
            found[column] = parse(cells[column])
    if "chargers" in cells:
        found["chargers"] = _chargers(cells["chargers"], chargers)
    if "budget_kwh" in cells or "budget_span" in cells:
        found["budget"] = _budget(cells.get("budget_kwh", ""), cells.get("budget_span", ""))
    return DriverChange(**found)


def _choice(kind: type[StrEnum], usual: StrEnum, column: str) -> Callable[[str], StrEnum]:
    def parse(text: str) -> StrEnum:
        try:
            return kind(text.lower()) if text else usual
        except ValueError:
            raise Refused("sheet.bad_cell", column=column, cell=text[:40], allowed=", ".join(kind)) from None

    return parse


def _day(column: str) -> Callable[[str], date | None]:
    def parse(text: str) -> date | None:
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise Refused("sheet.bad_cell", column=column, cell=text[:40], allowed="2027-01-31") from None

    return parse


def _hours(text: str) -> tuple[week_hours.WeekRange, ...] | None:
    try:
        return week_hours.parse(text) if text else None
    except week_hours.BadHours:
        raise Refused("driver.bad_hours", hours=text[:40]) from None


def _yes(text: str) -> bool:
    if text.lower() not in WORDS:
        raise Refused("sheet.bad_cell", column="blocked", cell=text[:40], allowed=f"{sheet.YES}, {sheet.NO}")
    return WORDS[text.lower()]


CELLS: Mapping[str, Callable[[str], Any]] = {
    "name": str,
    "kind": _choice(Kind, Kind.BUSINESS, "kind"),
    "mode": _choice(Mode, Mode.FAST, "mode"),
    "valid_from": _day("valid_from"),
    "valid_until": _day("valid_until"),
    "hours": _hours,
    "blocked": _yes,
}


def _budget(kwh: str, span: str) -> Allowance | None:
    if not kwh:
        return None
    try:
        energy_wh = int(Decimal(kwh.replace(",", ".")) * 1_000)
        return Allowance(energy_wh, Span(span.lower() or Span.MONTH))
    except (InvalidOperation, ValueError, OverflowError):
        allowed = f"250 {', '.join(Span)}"
        raise Refused("sheet.bad_cell", column="budget_kwh", cell=f"{kwh} {span}"[:40], allowed=allowed) from None


def _chargers(text: str, chargers: Sequence[ChargerRow]) -> tuple[str, ...] | None:
    """By name or public id."""
    if text.lower() in ("", sheet.ALL_CHARGERS):
        return None
    by_name = {row.name.casefold(): row.public_id for row in reversed(chargers)}
    by_name |= {row.public_id: row.public_id for row in chargers}
    wanted = [part.strip() for part in text.split(sheet.SEVERAL)]
    unknown = [part for part in wanted if part.casefold() not in by_name]
    if unknown:
        allowed = ", ".join([sheet.ALL_CHARGERS, *(row.name for row in chargers[:10])])
        raise Refused("sheet.bad_cell", column="chargers", cell=unknown[0][:40], allowed=allowed)
    return tuple(by_name[part.casefold()] for part in wanted)
