"""Today's and tomorrow's prices as a picture with the plan in it, and the same as a table. Pure geometry.

Widths are per cent, so that the picture fits any screen; heights are pixels.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from ...energy import zones
from ...energy.plan import Plan
from ...energy.quarters import QUARTER
from ...energy.tariff import Price
from ..words.speech import Speech

HEIGHT = 96  # from the lowest to the highest price
TOP = 22  # room for the label of the dearest
QUARTERS_OF_AN_HOUR = 4
HOUR = timedelta(hours=1)
EVERY_H = 6  # labels under the picture
EDGE = 12  # per cent: a label closer to an edge is written inwards


class Bar(Struct, frozen=True, kw_only=True):
    """One price. `x` and `width` in per cent of the picture, `y` and `height` in pixels."""

    x: float
    width: float
    y: float
    height: float
    title: str  # read out, and shown under the pointer
    past: bool
    known: bool


class Mark(Struct, frozen=True, kw_only=True):
    """A part of a bar in which the car charges."""

    x: float
    width: float
    y: float
    height: float
    sun: bool


class Label(Struct, frozen=True, kw_only=True):
    x: float
    y: float
    text: str
    anchor: str = "middle"  # of SVG: start, middle, end


class Row(Struct, frozen=True):
    """A line of the table: a stretch at one price."""

    day: str
    time: str
    price: str
    known: bool
    charges: bool


class PricePicture(Struct, frozen=True, kw_only=True):
    bars: list[Bar]
    marks: list[Mark]
    labels: list[Label]  # cheapest, dearest
    axis: list[Label]
    zero: float  # y of a price of nothing
    now: float  # x in per cent
    height: float  # of the whole
    rows: list[Row]
    cheapest: str
    dearest: str
    level: bool  # every hour costs the same: there is nothing to draw
    estimated: bool  # some of it is not published


class Step(Struct, frozen=True):
    """A stretch at one price: an hour, or a quarter-hour where hours are not of one piece."""

    starts_at: datetime
    ends_at: datetime
    micro: int
    known: bool


def steps_of(prices: Sequence[Price]) -> list[Step]:
    """Whole hours where every hour has one price, which reads better; else quarter-hours."""
    hours = [prices[n : n + QUARTERS_OF_AN_HOUR] for n in range(0, len(prices), QUARTERS_OF_AN_HOUR)]
    hourly = all(len({price.import_micro for price in hour}) == 1 for hour in hours)
    length = HOUR if hourly else QUARTER
    chosen = [hour[0] for hour in hours] if hourly else prices
    return [Step(one.starts_at, one.starts_at + length, one.import_micro, one.known) for one in chosen]


def shown_days(prices: Sequence[Price], now: datetime, zone: str) -> Sequence[Price]:
    """Today, and tomorrow if anything of it is known: a day of estimates would look like a promise."""
    today = zones.local_day(now, zone)
    tomorrow = [price for price in prices if zones.local_day(price.starts_at, zone) > today]
    if any(price.known for price in tomorrow):
        return prices
    return prices[: len(prices) - len(tomorrow)]


def price_picture(
    prices: Sequence[Price], plan: Plan | None, currency: str, speech: Speech, now: datetime
) -> PricePicture | None:
    """None without a price."""
    steps = steps_of(shown_days(prices, now, speech.time_zone))
    if not steps:
        return None
    scale = _Scale(steps)
    to_come = [step for step in steps if step.ends_at > now] or steps  # an hour that is over helps nobody
    cheapest, dearest = min(to_come, key=lambda one: one.micro), max(to_come, key=lambda one: one.micro)
    return PricePicture(
        bars=[_bar(scale, step, currency, speech, now) for step in steps],
        marks=list(_marks(scale, steps, plan, now)),
        labels=[
            _label(scale, dearest, scale.y(dearest.micro) - 6, speech.cents(dearest.micro, currency)),
            _label(scale, cheapest, scale.y(cheapest.micro) - 6, speech.cents(cheapest.micro, currency)),
        ],
        axis=list(_axis(scale, steps, speech)),
        zero=scale.y(0),
        now=scale.x(now),
        height=TOP + HEIGHT + 24,
        rows=[_row(step, plan, currency, speech) for step in steps if step.ends_at > now],
        cheapest=f"{speech.price(cheapest.micro, currency)}, {_when(cheapest, speech)}",
        dearest=f"{speech.price(dearest.micro, currency)}, {_when(dearest, speech)}",
        level=len({step.micro for step in steps}) == 1,
        estimated=any(not step.known for step in steps),
    )


class _Scale:
    """From instants and prices to the picture. Nothing costs less than the foot unless somebody pays you."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.start, self.end = steps[0].starts_at, steps[-1].ends_at
        prices = [step.micro for step in steps]
        self.low, self.high = min(0, *prices), max(1, *prices)

    def x(self, at: datetime) -> float:
        return round(100 * ((at - self.start) / (self.end - self.start)), 3)

    def y(self, micro: int) -> float:
        return round(TOP + HEIGHT * (self.high - micro) / (self.high - self.low), 1)

    def box(self, step: Step) -> tuple[float, float]:
        """Top and height of a bar: down to nothing, or up to it where the price is below."""
        ends = sorted((self.y(step.micro), self.y(0)))
        return ends[0], round(max(1.0, ends[1] - ends[0]), 1)


def _bar(scale: _Scale, step: Step, currency: str, speech: Speech, now: datetime) -> Bar:
    x, (y, height) = scale.x(step.starts_at), scale.box(step)
    return Bar(
        x=x,
        width=round(scale.x(step.ends_at) - x, 3),
        y=y,
        height=height,
        title=f"{_when(step, speech)}: {speech.price(step.micro, currency)}",
        past=step.ends_at <= now,
        known=step.known,
    )


def _marks(scale: _Scale, steps: Sequence[Step], plan: Plan | None, now: datetime) -> Iterable[Mark]:
    if plan is None:
        return
    for slot in (*plan.slots, *plan.sun):
        for step in steps:
            begins, ends = max(slot.starts_at, step.starts_at, now), min(slot.ends_at, step.ends_at)
            if begins < ends:
                x, (y, height) = scale.x(begins), scale.box(step)
                yield Mark(x=x, width=round(scale.x(ends) - x, 3), y=y, height=height, sun=slot in plan.sun)


def _label(scale: _Scale, step: Step, y: float, text: str) -> Label:
    x = round((scale.x(step.starts_at) + scale.x(step.ends_at)) / 2, 3)
    anchor = "start" if x < EDGE else "end" if x > 100 - EDGE else "middle"
    return Label(
        x=0 if anchor == "start" else 100 if anchor == "end" else x, y=round(max(12, y), 1), text=text, anchor=anchor
    )


def _axis(scale: _Scale, steps: Sequence[Step], speech: Speech) -> Iterable[Label]:
    for step in steps:
        clock = zones.local(step.starts_at, speech.time_zone)
        if clock.minute == 0 and clock.hour % EVERY_H == 0:
            first = step.starts_at == scale.start
            name = speech.time(step.starts_at)
            if clock.hour == 0 and not first:
                name = speech.weekday(clock.date())
            yield Label(
                x=scale.x(step.starts_at), y=TOP + HEIGHT + 18, text=name, anchor="start" if first else "middle"
            )


def _when(step: Step, speech: Speech) -> str:
    day = speech.weekday(speech.local_date(step.starts_at))
    return f"{day} {speech.time(step.starts_at)}–{speech.time(step.ends_at)}"


def _row(step: Step, plan: Plan | None, currency: str, speech: Speech) -> Row:
    slots = () if plan is None else (*plan.slots, *plan.sun)
    return Row(
        day=speech.day(speech.local_date(step.starts_at)),
        time=f"{speech.time(step.starts_at)}–{speech.time(step.ends_at)}",
        price=speech.price(step.micro, currency),
        known=step.known,
        charges=any(slot.starts_at < step.ends_at and step.starts_at < slot.ends_at for slot in slots),
    )


def price_now(prices: Sequence[Price], now: datetime) -> int | None:
    """Of this quarter-hour, per kWh from the grid; None: nobody knows."""
    return next(
        (one.import_micro for one in prices if one.known and one.starts_at <= now < one.starts_at + QUARTER), None
    )
