"""Bars of energy per hour, day or month of a period: geometry for an inline SVG whose texts keep their size. Pure.

Widths are per cent, so that the picture fits any screen; heights are pixels. The same numbers are a table for whoever
listens to the page.
"""

from collections.abc import Sequence

from msgspec import Struct

from ...actions.session_slots import Slot
from ...energy import zones
from ...energy.zones import Period, Span
from ...facts import Kind
from ...store.session_queries import Sum
from ..words.speech import Speech

HEIGHT = 132  # of the highest bar
NICE = (1, 2, 5, 10)
LABELLED_HOURS, LABELLED_DAYS = 6, 7  # one in so many has room for its label


class Bar(Struct, frozen=True, kw_only=True):
    label: str  # empty: no room
    name: str  # read out
    title: str  # shown under the pointer
    x: float
    width: float
    business: float  # heights; private stands on business
    private: float
    business_wh: int
    private_wh: int

    @property
    def empty(self) -> bool:
        return not (self.business_wh or self.private_wh)


class Chart(Struct, frozen=True, kw_only=True):
    bars: tuple[Bar, ...]
    top_wh: int  # what the line at HEIGHT stands for


def chart_of(period: Period, slots: Sequence[Slot], sums: Sequence[Sum], speech: Speech) -> Chart | None:
    """None when no energy was charged: an empty picture says nothing."""
    energies = [{kind: 0 for kind in Kind} for _ in slots]
    for one in sums:
        energies[one.slot][one.kind] += one.energy_wh
    highest = max(sum(energy.values()) for energy in energies)
    if highest == 0:
        return None
    top_wh = nice_ceiling(highest)
    pitch = 100 / len(slots)
    bars = []
    for number, (slot, energy) in enumerate(zip(slots, energies, strict=True)):
        label, name = named(period, slot, speech)
        bars.append(
            Bar(
                label=label,
                name=name,
                title=f"{name}: {speech.kwh(sum(energy.values()))}",
                x=round((number + 0.14) * pitch, 3),
                width=round(0.72 * pitch, 3),
                business=round(HEIGHT * energy[Kind.BUSINESS] / top_wh, 2),
                private=round(HEIGHT * energy[Kind.PRIVATE] / top_wh, 2),
                business_wh=energy[Kind.BUSINESS],
                private_wh=energy[Kind.PRIVATE],
            )
        )
    return Chart(bars=tuple(bars), top_wh=top_wh)


def named(period: Period, slot: Slot, speech: Speech) -> tuple[str, str]:
    """Its label, where there is room for one, and its name."""
    match period.span:
        case Span.DAY:
            hour = zones.local(slot.start, speech.time_zone).hour
            return f"{hour:02}" if hour % LABELLED_HOURS == 0 else "", speech.time(slot.start)
        case Span.WEEK:
            return speech.weekday(slot.first), speech.day(slot.first)
        case Span.MONTH:
            has_room = slot.first.day % LABELLED_DAYS == 1
            return str(slot.first.day) if has_room else "", speech.day(slot.first)
        case Span.YEAR:
            return speech.month_letter(slot.first), speech.month(slot.first)


def nice_ceiling(energy_wh: int) -> int:
    """The next 1, 2 or 5 times a power of ten, in kWh."""
    unit = 1000
    while True:
        for factor in NICE:
            if energy_wh <= factor * unit:
                return factor * unit
        unit *= 10
