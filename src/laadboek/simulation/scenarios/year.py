"""A year of commuting on the shipped prices: what a plan saves against charging at plug-in (docs/what-it-saves.md).

At home from 17:45 to 07:30 on Monday, Tuesday, Thursday and Friday, on Wednesday all day, on Saturday but for an
errand, on Sunday but for a visit; 67 kWh a week out of the battery, and 80 % wanted whenever it leaves.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from ...energy import zones
from ...energy.sun import Roof
from ...site.config import Member, SiteConfig
from ...sources import shipped
from . import weather
from .days import DYNAMIC, LIMIT, UTRECHT
from .scenario import ZONE, Scenario, Stay, Vehicle

ROOF = (Roof(peak_w=5_000, tilt=35, azimuth=180),)
CAR = Vehicle(name="commuter", capacity_wh=60_000, soc_percent=60, limit_percent=80)
GOAL_PERCENT = 80
# By weekday, Monday first: leaves, comes back, Wh out of the battery.
COMMUTE = (time(7, 30), time(17, 45), 13_000)
DAYS: tuple[tuple[time, time, int] | None, ...] = (
    COMMUTE,
    COMMUTE,
    None,
    COMMUTE,
    COMMUTE,
    (time(10), time(13), 6_000),
    (time(14), time(18), 9_000),
)
STEP_S = 60


def year(first: date = date(2024, 1, 1), days: int = 364) -> Scenario:
    """Or a part of it."""
    until = first + timedelta(days=days)
    start, end = zones.start_of(first, ZONE), zones.start_of(until, ZONE)
    site = SiteConfig(
        circuits=LIMIT,
        has_meter=True,
        members=(Member(charger_id="box"),),
        roofs=ROOF,
        contract=DYNAMIC,
        interval_s=STEP_S,
        silent_s=2 * STEP_S,
    )
    return Scenario(
        name="year",
        what="A year of commuting on real day-ahead prices (NL 2024) under a clear sky of 5 kWp.",
        start=start,
        until=end,
        site=site,
        vehicles=(CAR,),
        stays=tuple(_stays(first, until)),
        house_w=weather.household("year", ZONE),
        roof_w=weather.clear(ROOF, *UTRECHT),
        spots=shipped.spots(start, end),
        step_s=STEP_S,
        policies=("eco_plus_plan", "eco_plus", "eco", "fast", "baseline", "baseline_plan"),
    )


def _stays(first: date, until: date) -> Iterator[Stay]:
    """From each return to the next departure."""
    day, back, drove_wh = first, _at(first, time(0)), 0
    while day < until:
        trip = DAYS[day.weekday()]
        if trip is not None:
            leaves, returns, out_wh = trip
            yield _stay(back, _at(day, leaves), drove_wh)
            back, drove_wh = _at(day, returns), out_wh
        day += zones.DAY
    yield _stay(back, _at(until, time(0)) - timedelta(minutes=1), drove_wh, goal=None)


def _stay(arrives: datetime, leaves: datetime, drove_wh: int, goal: int | None = GOAL_PERCENT) -> Stay:
    return Stay(box="box", car=CAR.name, arrives=arrives, leaves=leaves, drove_wh=drove_wh, goal_percent=goal)


def _at(day: date, clock: time) -> datetime:
    return zones.start_of(day, ZONE) + timedelta(hours=clock.hour, minutes=clock.minute)
