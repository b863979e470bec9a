"""A year of real day-ahead prices that ships with Laadboek, for the demo, the scores and the tests.

The Dutch bidding zone, 1 January to 30 December 2024, by the hour. Whose they are, and by what licence, is said by
`shipped_prices/manifest.json`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files

from ..energy.tariff import Spot
from ..energy.zones import DAY, local, start_of

FILE = "day_ahead_nl_2024.txt"
CREDIT = "Ember, European Wholesale Electricity Price Data (CC BY 4.0), from ENTSO-E"
ZONE = "Europe/Amsterdam"
FIRST_DAY = date(2024, 1, 1)  # a Monday
CYCLE_DAYS = 364  # 52 weeks from there: what is repeated keeps its weekday
PUBLISHED_AT = time(13)  # local: the next day's prices
KEPT_DAYS = 8  # a week back, so that estimates find a comparable day
HOUR = timedelta(hours=1)
HOUR_S = 3600
MICRO_PER_CENT_OF_MWH = 10  # a cent per MWh in millionths per kWh


def spots(start: datetime, until: datetime) -> tuple[Spot, ...]:
    """The hours that touch `start` to `until`, as they were; outside of the shipped year there are none."""
    by_hour = _by_hour()
    return tuple(Spot(hour, HOUR_S, by_hour[hour]) for hour in _hours(start, until) if hour in by_hour)


def spots_like_today(start: datetime, until: datetime) -> tuple[Spot, ...]:
    """The hours that touch `start` to `until`, at any time, priced like the shipped year some whole weeks away.

    Same weekday, same local hour. An hour that the shipped day skipped has the price of the hour before it.
    """
    return tuple(Spot(hour, HOUR_S, _like(hour)) for hour in _hours(start, until))


def published_like_today(now: datetime) -> tuple[Spot, ...]:
    """What a source would have published by now: the last days, today, and from 13:00 local time on tomorrow."""
    clock = local(now, ZONE)
    today = clock.date()
    days = 2 if clock.time() >= PUBLISHED_AT else 1
    return spots_like_today(start_of(today - KEPT_DAYS * DAY, ZONE), start_of(today + days * DAY, ZONE))


def _like(hour: datetime) -> int:
    clock = local(hour, ZONE)
    day = FIRST_DAY + timedelta(days=(clock.date() - FIRST_DAY).days % CYCLE_DAYS)
    by_clock = _by_clock()
    price = by_clock.get((day, clock.hour))
    return by_clock[day, clock.hour - 1] if price is None else price


def _hours(start: datetime, until: datetime) -> Iterator[datetime]:
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour < until:
        yield hour
        hour += HOUR


@cache
def _by_hour() -> dict[datetime, int]:
    """Price per kWh by the instant at which the hour begins."""
    prices: dict[datetime, int] = {}
    for line in (files("laadboek.sources") / "shipped_prices" / FILE).read_text("ascii").splitlines():
        day, *cents = line.split()
        begins = start_of(date.fromisoformat(day), ZONE)
        for number, price in enumerate(cents):
            prices[begins + number * HOUR] = int(price) * MICRO_PER_CENT_OF_MWH
    return prices


@cache
def _by_clock() -> dict[tuple[date, int], int]:
    """Price per kWh by local day and hour; of an hour that came twice, the first."""
    prices: dict[tuple[date, int], int] = {}
    for hour, price in _by_hour().items():
        clock = local(hour, ZONE)
        prices.setdefault((clock.date(), clock.hour), price)
    return prices
