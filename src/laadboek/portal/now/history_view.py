"""A day's power and a period's energy as pictures: geometry for inline SVGs. Pure.

Shapes live in a box of `WIDTH` by `HEIGHT` that is stretched to the screen; texts stand beside it and keep their size.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from ...actions.history import EnergySlot, PowerQuarter
from ...energy import zones
from ...energy.zones import Period, Span
from ..words.speech import Speech

WIDTH, HEIGHT = 960, 132
EVERY_H, EVERY_DAY = 6, 7
QUARTERS_OF_AN_HOUR = 4
NICE = (1, 2, 5, 10)


class Tick(Struct, frozen=True):
    """`x` in per cent."""

    x: float
    text: str
    anchor: str = "middle"


class HourRow(Struct, frozen=True, kw_only=True):
    """Averages of an hour, in words. Empty: not known."""

    time: str
    car: str
    house: str
    sun: str
    grid: str


class PowerPicture(Struct, frozen=True, kw_only=True):
    """Areas and lines as SVG paths; empty where nothing is known."""

    car: str
    house: str
    sun: str
    taken: str  # from the grid
    given: str  # to it
    top_w: int
    grid_top_w: int
    ticks: list[Tick]
    rows: list[HourRow]


class EnergyBar(Struct, frozen=True, kw_only=True):
    """`x` and `width` in per cent, heights in pixels; sun stands on grid."""

    x: float
    width: float
    grid: float
    sun: float
    label: str
    name: str
    energy: str
    of_sun: str  # empty: none, or nobody measured


class EnergyPicture(Struct, frozen=True):
    bars: list[EnergyBar]
    top_wh: int


def power_picture(quarters: Sequence[PowerQuarter], period: Period, speech: Speech) -> PowerPicture | None:
    """None when nothing is known of the day."""
    if not any(one.car_w or one.house_w is not None or one.sun_w is not None for one in quarters):
        return None
    whole = round((period.end - period.start).total_seconds() / 900)
    top_w = nice(max(max(one.car_w + (one.house_w or 0), one.sun_w or 0) for one in quarters))
    grid_top_w = nice(max((abs(one.grid_w) for one in quarters if one.grid_w is not None), default=0))
    pitch = WIDTH / whole

    def area(value: Callable[[PowerQuarter], int | None], base: Callable[[PowerQuarter], int], top: int) -> str:
        return "".join(_boxes(quarters, value, base, top, pitch))

    return PowerPicture(
        car=area(lambda one: one.car_w or None, lambda one: 0, top_w),
        house=area(lambda one: one.house_w, lambda one: one.car_w, top_w),
        sun=_line(quarters, top_w, pitch),
        taken=area(lambda one: max(0, one.grid_w or 0) or None, lambda one: 0, grid_top_w),
        given=area(lambda one: max(0, -(one.grid_w or 0)) or None, lambda one: 0, grid_top_w),
        top_w=top_w,
        grid_top_w=grid_top_w,
        ticks=list(_ticks(quarters, pitch, speech)),
        rows=list(_rows(quarters, speech)),
    )


def _boxes(
    quarters: Sequence[PowerQuarter],
    value: Callable[[PowerQuarter], int | None],
    base: Callable[[PowerQuarter], int],
    top: int,
    pitch: float,
) -> Iterable[str]:
    """A rectangle per quarter-hour, in one path: light to send."""
    for number, one in enumerate(quarters):
        power = value(one)
        if power:
            foot = round(HEIGHT - HEIGHT * base(one) / top, 1)
            yield f"M{round(number * pitch, 1)} {foot}v{-round(HEIGHT * power / top, 1)}h{round(pitch, 2)}V{foot}z"


def _line(quarters: Sequence[PowerQuarter], top: int, pitch: float) -> str:
    """Broken where nobody measured."""
    parts, drawing = [], False
    for number, one in enumerate(quarters):
        if one.sun_w is not None:
            at = f"{round((number + 0.5) * pitch, 1)} {round(HEIGHT - HEIGHT * one.sun_w / top, 1)}"
            parts.append(("L" if drawing else "M") + at)
        drawing = one.sun_w is not None
    return "".join(parts)


def _ticks(quarters: Sequence[PowerQuarter], pitch: float, speech: Speech) -> Iterable[Tick]:
    for number, one in enumerate(quarters):
        clock = zones.local(one.starts_at, speech.time_zone)
        if clock.minute == 0 and clock.hour % EVERY_H == 0:
            x = round(100 * number * pitch / WIDTH, 2)
            yield Tick(x, speech.time(one.starts_at), "start" if number == 0 else "middle")


def _rows(quarters: Sequence[PowerQuarter], speech: Speech) -> Iterable[HourRow]:
    for first in range(0, len(quarters), QUARTERS_OF_AN_HOUR):
        hour = quarters[first : first + QUARTERS_OF_AN_HOUR]

        def mean(values: Iterable[int | None], hour: Sequence[PowerQuarter] = hour) -> str:
            known = [value for value in values if value is not None]
            return speech.power(round(sum(known) / len(known))) if known else ""

        yield HourRow(
            time=speech.time(hour[0].starts_at),
            car=mean(one.car_w for one in hour),
            house=mean(one.house_w for one in hour),
            sun=mean(one.sun_w for one in hour),
            grid=mean(one.grid_w for one in hour),
        )


def energy_picture(slots: Sequence[EnergySlot], span: Span, speech: Speech) -> EnergyPicture | None:
    """None when nothing was charged."""
    highest = max((slot.energy_wh for slot in slots), default=0)
    if highest <= 0:
        return None
    top_wh, pitch = nice(highest), 100 / len(slots)
    bars = []
    for number, slot in enumerate(slots):
        label, name = _named(slot, span, speech)
        sun = round(HEIGHT * min(slot.sun_wh, slot.energy_wh) / top_wh, 1)
        bars.append(
            EnergyBar(
                x=round((number + 0.14) * pitch, 3),
                width=round(0.72 * pitch, 3),
                grid=round(HEIGHT * slot.energy_wh / top_wh - sun, 1),
                sun=sun,
                label=label,
                name=name,
                energy=speech.kwh(slot.energy_wh),
                of_sun=speech.kwh(slot.sun_wh) if slot.sun_wh else "",
            )
        )
    return EnergyPicture(bars, top_wh)


def _named(slot: EnergySlot, span: Span, speech: Speech) -> tuple[str, str]:
    match span:
        case Span.YEAR:
            return speech.month_letter(slot.first), speech.month(slot.first)
        case Span.WEEK:
            return speech.weekday(slot.first), speech.day(slot.first)
        case _:
            return (str(slot.first.day) if slot.first.day % EVERY_DAY == 1 else ""), speech.day(slot.first)


def nice(value: int) -> int:
    """The next 1, 2 or 5 times a power of ten, in thousands."""
    unit = 1000
    while True:
        for factor in NICE:
            if value <= factor * unit:
                return factor * unit
        unit *= 10
