"""The form of a driver: what was typed, what it means, and how a driver fills it (manual 4.4)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct
from starlette.datastructures import FormData

from ...actions.drivers.pins import PinWish
from ...actions.drivers.reading import DriverSeen
from ...actions.drivers.wanted import BUDGET_KWH, Allowance, DriverChange, first_day, hours_of, last_day
from ...energy import week_hours
from ...energy.week_hours import DAY_MIN, WEEK_DAYS, WEEKDAYS, WeekRange
from ...energy.zones import Span
from ...facts import Kind, Mode
from ...reasons import Refused
from ...secret import Secret
from ..forms import Form

TEXTS = (
    "name",
    "pin_way",
    "kind",
    "mode",
    "where",
    "valid_from",
    "valid_until",
    "hours_way",
    "budget_kwh",
    "budget_span",
    "id_tag",
)
LONGEST = 100
# Which field a refusal is about.
FIELDS = {
    "driver.bad_name": "name",
    "driver.bad_pin": "pin",
    "driver.bad_pin_for_pad": "pin",
    "driver.pin_taken": "pin",
    "driver.pin_of_settings": "pin",
    "driver.pin_without_charger": "pin",
    "driver.no_pin_left": "pin",
    "pin.weak": "pin",
    "kind.unknown": "kind",
    "mode.unknown": "mode",
    "charger.unknown": "where",
    "driver.bad_dates": "valid_until",
    "driver.bad_day": "valid_from",
    "driver.bad_hours": "hours",
    "driver.bad_budget": "budget_kwh",
    "id_tag.bad": "id_tag",
    "driver.tag_taken": "id_tag",
    "driver.tag_of_charger": "id_tag",
}
USUAL = {"pin_way": "made", "kind": Kind.BUSINESS.value, "mode": Mode.FAST.value, "where": "all", "hours_way": "always"}


class DriverForm(Struct, frozen=True, kw_only=True):
    """`hours`: per weekday the ranges as typed. The PIN is in none of it."""

    form: Form
    at: frozenset[str] = frozenset()
    hours: tuple[tuple[tuple[str, str], ...], ...] = ((("", ""),),) * WEEK_DAYS

    def refused(self, refused: Refused) -> "DriverForm":
        return DriverForm(form=self.form.refused(refused, FIELDS), at=self.at, hours=self.hours)


def empty() -> DriverForm:
    return DriverForm(form=Form(USUAL | {"budget_span": Span.MONTH.value}))


def of_driver(driver: DriverSeen, zone: str) -> DriverForm:
    row = driver.row
    values = {
        "name": row.name,
        "kind": row.kind,
        "mode": row.mode,
        "where": "all" if row.all_chargers else "chosen",
        "valid_from": _day_text(first_day(row, zone)),
        "valid_until": _day_text(last_day(row, zone)),
        "hours_way": "always" if row.hours is None else "weekly",
        "budget_kwh": "" if row.budget_wh is None else f"{Decimal(row.budget_wh) / 1_000:f}",
        "budget_span": row.budget_span or Span.MONTH.value,
    }
    ranges = () if row.hours is None else hours_of(row.hours)
    hours = tuple(
        tuple((week_hours.clock(r.from_min), _end_text(r)) for r in ranges if r.weekday == day) or (("", ""),)
        for day in range(WEEK_DAYS)
    )
    return DriverForm(form=Form(values), at=frozenset(place.charger_id for place in driver.at), hours=hours)


def typed(data: FormData) -> DriverForm:
    hours = tuple(
        tuple(zip(texts(data, f"from_{day}"), texts(data, f"until_{day}"), strict=False)) or (("", ""),)
        for day in range(WEEK_DAYS)
    )
    values = {name: text(data, name) for name in TEXTS if name in data}
    return DriverForm(form=Form(values), at=frozenset(texts(data, "at")), hours=hours)


def change_of(typed: DriverForm) -> DriverChange:
    """What was typed, as a wish. Fields that were not sent stay as they are."""
    values = typed.form.values
    found: dict[str, Any] = {}
    if "name" in values:
        found["name"] = values["name"]
    if "kind" in values:
        found["kind"] = _kind(values["kind"])
    if "mode" in values:
        found["mode"] = _mode(values["mode"])
    if "where" in values:
        found["chargers"] = tuple(sorted(typed.at)) if values["where"] == "chosen" else None
    for name in ("valid_from", "valid_until"):
        if name in values:
            found[name] = _day(values[name])
    if "hours_way" in values:
        found["hours"] = _hours(typed.hours) if values["hours_way"] == "weekly" else None
    if "budget_kwh" in values:
        found["budget"] = _budget(values)
    return DriverChange(**found)


def pin_of(data: FormData) -> PinWish | None:
    """Made, chosen, or none. What was typed goes nowhere else."""
    way = text(data, "pin_way")
    if way == "none":
        return None
    return PinWish(Secret(text(data, "pin"))) if way == "chosen" else PinWish()


def text(data: FormData, name: str) -> str:
    value = data.get(name)
    return value.strip()[:LONGEST] if isinstance(value, str) else ""


def texts(data: FormData, name: str) -> list[str]:
    return [value.strip()[:LONGEST] for value in data.getlist(name) if isinstance(value, str)][:50]


def _kind(value: str) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        raise Refused("kind.unknown", kind=value) from None


def _mode(value: str) -> Mode:
    try:
        return Mode(value)
    except ValueError:
        raise Refused("mode.unknown", mode=value) from None


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Refused("driver.bad_day", day=value) from None


def _day_text(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _hours(typed: tuple[tuple[tuple[str, str], ...], ...]) -> tuple[WeekRange, ...]:
    """Through the same reader as a file's; a browser's clock has no 24:00, so midnight at the end is 00:00."""
    parts = [
        f"{WEEKDAYS[day]} {begin}-{end}" for day, ranges in enumerate(typed) for begin, end in ranges if begin or end
    ]
    try:
        return week_hours.parse("; ".join(parts))
    except week_hours.BadHours:
        raise Refused("driver.bad_hours", hours="; ".join(parts)[:60]) from None


def _end_text(one: WeekRange) -> str:
    return week_hours.clock(one.until_min % DAY_MIN)


def _budget(values: Mapping[str, str]) -> Allowance | None:
    kwh = values.get("budget_kwh", "")
    if not kwh:
        return None
    try:
        return Allowance(int(Decimal(kwh.replace(",", ".")) * 1_000), Span(values.get("budget_span", Span.MONTH)))
    except (InvalidOperation, ValueError, OverflowError):
        least, most = BUDGET_KWH
        raise Refused("driver.bad_budget", least_wh=least * 1_000, most_wh=most * 1_000) from None
