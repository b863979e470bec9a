"""What contradicts itself in a contract, for the person who enters it. `tariff.prices` works with any contract."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from typing import Protocol

from ..reasons import Reason
from .contract import WHOLE, AllIn, Contract, DayNight, FeedInBasis, Fixed, Rate
from .day_night import DAY_MINUTES, EVERY_DAY, Calendar
from .holidays import OF_COUNTRY
from .price_curve import PLAUSIBLE_MICRO

REASONS = {
    "tariff.bad_currency": "currency",
    "tariff.no_price": "part: a contract of this kind needs it",
    "tariff.row_ends_before_it_begins": "part, day",
    "tariff.rows_overlap": "part, day: two rows hold on it",
    "tariff.rows_gap": "part, day, next_day: from the first until the second no row holds",
    "tariff.amount_out_of_range": "part, day: beyond ±5 a kWh",
    "tariff.vat_out_of_range": "day: 0 to 50 %",
    "tariff.share_out_of_range": "day: 0 to 100 %",
    "tariff.all_in_adds_nothing": "part: the source's price has everything in it",
    "tariff.all_in_has_no_spot": "day: feed-in by a day-ahead price that the source does not tell",
    "tariff.night_outside_day": "0 to 1440 minutes, the beginning before the end",
    "tariff.night_overlaps": "two rows, one weekday",
    "tariff.unknown_weekday": "weekday",
    "tariff.unknown_country": "country: its public holidays are not known",
}
VAT_MAX = 5_000  # basis points


class _Dated(Protocol):
    @property
    def since(self) -> date: ...

    @property
    def until(self) -> date | None: ...


Parts = dict[str, tuple[_Dated, ...]]


def check(contract: Contract, country: str = "NL") -> Reason | None:
    """The first contradiction, or None. `country` is the site's."""
    return next((reason for find in CHECKS for reason in find(contract, country)), None)


def _currency(contract: Contract, country: str) -> Iterator[Reason]:
    code = contract.currency
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        yield Reason("tariff.bad_currency", {"currency": code})


def _own_parts(contract: Contract) -> Parts:
    match contract:
        case Fixed():
            return {"energy": contract.energy}
        case DayNight():
            return {"day": contract.day, "night": contract.night, "calendars": contract.calendars}
        case _:
            return {}


def _rates(contract: Contract) -> dict[str, tuple[Rate, ...]]:
    charges = contract.charges
    return {"markup": charges.markup, "energy_tax": charges.energy_tax, "network": charges.network}


def _needed(contract: Contract, country: str) -> Iterator[Reason]:
    for part, rows in _own_parts(contract).items():
        if not rows:
            yield Reason("tariff.no_price", {"part": part})


def _dates(contract: Contract, country: str) -> Iterator[Reason]:
    charges = contract.charges
    parts = {**_own_parts(contract), **_rates(contract), "vat": charges.vat, "feed_in": charges.feed_in}
    for part, rows in parts.items():
        yield from _dates_of(part, sorted(rows, key=lambda row: row.since))


def _dates_of(part: str, rows: list[_Dated]) -> Iterator[Reason]:
    for row in rows:
        if row.until is not None and row.until <= row.since:
            yield Reason("tariff.row_ends_before_it_begins", {"part": part, "day": row.since.isoformat()})
    for row, after in pairwise(rows):
        ends = after.since if row.until is None else row.until
        if row.since == after.since or ends > after.since:
            yield Reason("tariff.rows_overlap", {"part": part, "day": after.since.isoformat()})
        elif ends < after.since:
            until = after.since.isoformat()
            yield Reason("tariff.rows_gap", {"part": part, "day": ends.isoformat(), "next_day": until})


def _amounts(contract: Contract, country: str) -> Iterator[Reason]:
    own = {part: rows for part, rows in _own_parts(contract).items() if part != "calendars"}
    amounts = [(part, row) for part, rows in {**own, **_rates(contract)}.items() for row in rows]
    values = [(part, row.since, row.value) for part, row in amounts if isinstance(row, Rate)]
    values += [("feed_in", row.since, row.plus_micro) for row in contract.charges.feed_in]
    for part, since, value in values:
        if abs(value) > PLAUSIBLE_MICRO:
            yield Reason("tariff.amount_out_of_range", {"part": part, "day": since.isoformat()})


def _shares(contract: Contract, country: str) -> Iterator[Reason]:
    for vat in contract.charges.vat:
        if not 0 <= vat.value <= VAT_MAX:
            yield Reason("tariff.vat_out_of_range", {"day": vat.since.isoformat()})
    for feed_in in contract.charges.feed_in:
        if not 0 <= feed_in.share <= WHOLE:
            yield Reason("tariff.share_out_of_range", {"day": feed_in.since.isoformat()})


def _all_in(contract: Contract, country: str) -> Iterator[Reason]:
    if not isinstance(contract, AllIn):
        return
    for part, rows in _rates(contract).items():
        if rows:
            yield Reason("tariff.all_in_adds_nothing", {"part": part})
    for feed_in in contract.charges.feed_in:
        if feed_in.basis in (FeedInBasis.SPOT, FeedInBasis.ENERGY):
            yield Reason("tariff.all_in_has_no_spot", {"day": feed_in.since.isoformat()})


def _calendars(contract: Contract, country: str) -> Iterator[Reason]:
    if not isinstance(contract, DayNight):
        return
    for calendar in contract.calendars:
        yield from _nights(calendar)
        whose = calendar.country or country
        if calendar.holidays and whose not in OF_COUNTRY:
            yield Reason("tariff.unknown_country", {"country": whose})


def _nights(calendar: Calendar) -> Iterator[Reason]:
    for hours in calendar.nights:
        if not 0 <= hours.from_minute < hours.until_minute <= DAY_MINUTES:
            yield Reason("tariff.night_outside_day")
        for weekday in hours.weekdays:
            if weekday not in EVERY_DAY:
                yield Reason("tariff.unknown_weekday", {"weekday": weekday})
    for weekday in EVERY_DAY:
        spans = sorted((one.from_minute, one.until_minute) for one in calendar.nights if weekday in one.weekdays)
        if any(ends > begins for (_, ends), (begins, _) in pairwise(spans)):
            yield Reason("tariff.night_overlaps")


CHECKS: tuple[Callable[[Contract, str], Iterator[Reason]], ...] = (
    _currency,
    _needed,
    _dates,
    _amounts,
    _shares,
    _all_in,
    _calendars,
)
