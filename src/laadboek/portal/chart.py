"""Bars of energy per hour, day or month of a period: geometry for an inline SVG whose texts keep their size. Pure.

Widths are per cent, so that the picture fits any screen; heights are pixels.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from ..energy import zones
from ..energy.zones import Period, Span
from ..facts import Kind
from ..store.session_queries import SessionRow
from .speech import Speech

HEIGHT = 132  # of the highest bar
NICE = (1, 2, 5, 10)


class Bar(Struct, frozen=True, kw_only=True):
    label: str  # empty: no room
    title: str  # read out, and shown under the pointer
    x: float
    width: float
    business: float  # heights; private stands on business
    private: float


class Chart(Struct, frozen=True, kw_only=True):
    bars: tuple[Bar, ...]
    top_wh: int  # what the line at HEIGHT stands for


class Slot(Struct, frozen=True):
    label: str
    name: str


def chart_of(period: Period, sessions: Sequence[SessionRow], speech: Speech) -> Chart | None:
    """None when no energy was charged: an empty picture says nothing."""
    slots = slots_of(period, speech)
    energies = [{kind: 0 for kind in Kind} for _ in slots]
    for session in sessions:
        energies[_slot_number(period, session, speech)][session.kind] += session.energy_wh or 0
    highest = max(sum(energy.values()) for energy in energies)
    if highest == 0:
        return None
    top_wh = nice_ceiling(highest)
    pitch = 100 / len(slots)
    bars = [
        Bar(
            label=slot.label,
            title=f"{slot.name}: {speech.kwh(sum(energy.values()))}",
            x=round((number + 0.14) * pitch, 3),
            width=round(0.72 * pitch, 3),
            business=round(HEIGHT * energy[Kind.BUSINESS] / top_wh, 2),
            private=round(HEIGHT * energy[Kind.PRIVATE] / top_wh, 2),
        )
        for number, (slot, energy) in enumerate(zip(slots, energies, strict=True))
    ]
    return Chart(bars=tuple(bars), top_wh=top_wh)


def slots_of(period: Period, speech: Speech) -> list[Slot]:
    """What gets a bar: the hours of a day, the days of a week or month, the months of a year."""
    match period.span:
        case Span.DAY:
            return [Slot(f"{hour:02}" if hour % 6 == 0 else "", f"{hour:02}:00") for hour in range(24)]
        case Span.WEEK:
            return [Slot(speech.weekday(day), speech.day(day)) for day in _days(period)]
        case Span.MONTH:
            return [Slot(str(day.day) if day.day % 7 == 1 else "", speech.day(day)) for day in _days(period)]
        case Span.YEAR:
            months = [period.first.replace(month=month) for month in range(1, 13)]
            return [Slot(speech.month_letter(month), speech.month(month)) for month in months]


def nice_ceiling(energy_wh: int) -> int:
    """The next 1, 2 or 5 times a power of ten, in kWh."""
    unit = 1000
    while True:
        for factor in NICE:
            if energy_wh <= factor * unit:
                return factor * unit
        unit *= 10


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=n) for n in range((period.until - period.first).days)]


def _slot_number(period: Period, session: SessionRow, speech: Speech) -> int:
    start = zones.local(session.started_at, speech.time_zone)
    match period.span:
        case Span.DAY:
            return start.hour
        case Span.YEAR:
            return start.month - 1
        case _:
            return (start.date() - period.first).days
