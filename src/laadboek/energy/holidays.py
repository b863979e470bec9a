"""Public holidays by country, as night tariffs know them. A country is a row; an unknown one has none.

A library that knows all countries takes 0.6 s and 47 MB in every process that asks it for one of these.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct

SUNDAY = 6
DAY = timedelta(days=1)
GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY, CORPUS_CHRISTI = -2, 1, 39, 50, 60


class Holidays(Struct, frozen=True, kw_only=True):
    """Of one country, each year."""

    fixed: tuple[tuple[int, int], ...]  # month, day
    from_easter: tuple[int, ...]  # days after Easter Sunday
    not_on_sunday: tuple[tuple[int, int], ...] = ()  # kept on the Saturday before


OF_COUNTRY: Mapping[str, Holidays] = MappingProxyType(
    {
        "AT": Holidays(
            fixed=((1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26)),
            from_easter=(EASTER_MONDAY, ASCENSION, WHIT_MONDAY, CORPUS_CHRISTI),
        ),
        "BE": Holidays(
            fixed=((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)),
            from_easter=(EASTER_MONDAY, ASCENSION, WHIT_MONDAY),
        ),
        "DE": Holidays(  # in all its states
            fixed=((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)),
            from_easter=(GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY),
        ),
        "FR": Holidays(
            fixed=((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)),
            from_easter=(EASTER_MONDAY, ASCENSION, WHIT_MONDAY),
        ),
        "LU": Holidays(
            fixed=((1, 1), (5, 1), (5, 9), (6, 23), (8, 15), (11, 1), (12, 25), (12, 26)),
            from_easter=(EASTER_MONDAY, ASCENSION, WHIT_MONDAY),
        ),
        "NL": Holidays(  # the networks' list: without Good Friday and Liberation Day
            fixed=((1, 1), (12, 25), (12, 26)),
            from_easter=(EASTER_MONDAY, ASCENSION, WHIT_MONDAY),
            not_on_sunday=((4, 27),),  # King's Day
        ),
        "PT": Holidays(
            fixed=((1, 1), (4, 25), (5, 1), (6, 10), (8, 15), (10, 5), (11, 1), (12, 1), (12, 8), (12, 25)),
            from_easter=(GOOD_FRIDAY, CORPUS_CHRISTI),
        ),
    }
)


def is_holiday(day: date, country: str) -> bool:
    """Whether the day is a public holiday there."""
    return day in _of_year(country, day.year)


def easter_sunday(year: int) -> date:
    """By the Gregorian calendar (Oudin's form of the ecclesiastical rule)."""
    golden, century = year % 19, year // 100
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    full_moon = epact - (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + full_moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + (full_moon - weekday) * DAY


@lru_cache(maxsize=64)
def _of_year(country: str, year: int) -> frozenset[date]:
    rules = OF_COUNTRY.get(country)
    if rules is None:
        return frozenset()
    easter = easter_sunday(year)
    kept = [date(year, month, day) for month, day in rules.not_on_sunday]
    return frozenset(
        [
            *(date(year, month, day) for month, day in rules.fixed),
            *(easter + offset * DAY for offset in rules.from_easter),
            *(day - DAY if day.weekday() == SUNDAY else day for day in kept),
        ]
    )
