"""When the night tariff holds: hours by weekday, weekends, public holidays (C2)."""

from datetime import date

from msgspec import Struct

from .holidays import is_holiday

DAY_MINUTES = 1440
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
WORKING_DAYS = (0, 1, 2, 3, 4)
WEEKEND = (5, 6)


class NightHours(Struct, frozen=True, kw_only=True):
    """A stretch of the local day that is night, on these weekdays. Past midnight another row goes on."""

    weekdays: tuple[int, ...] = EVERY_DAY  # 0: Monday
    from_minute: int = 0
    until_minute: int = DAY_MINUTES  # not included


class Calendar(Struct, frozen=True, kw_only=True):
    """The night hours from a local day on."""

    since: date
    until: date | None = None  # not included; None: the next row, if there is one, ends it
    nights: tuple[NightHours, ...]
    holidays: bool = False  # a public holiday is night all day
    country: str | None = None  # whose holidays, ISO 3166; None: the site's


def is_night(calendar: Calendar, day: date, minute: int, country: str) -> bool:
    """Whether the night tariff holds at that minute of the local day."""
    if any(
        day.weekday() in hours.weekdays and hours.from_minute <= minute < hours.until_minute
        for hours in calendar.nights
    ):
        return True
    return calendar.holidays and is_holiday(day, calendar.country or country)
