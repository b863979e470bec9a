"""When the night tariff holds, by the customs of several regions."""

from datetime import date

import pytest

from laadboek.energy.contract import in_force
from laadboek.energy.contract_presets import CALENDARS
from laadboek.energy.day_night import Calendar, NightHours, is_night

TUESDAY, SATURDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 29)
CHRISTMAS = date(2026, 12, 25)  # a Friday


def night_minutes(place: str, day: date) -> list[tuple[int, int]]:
    """The night of a day as spans of minutes."""
    calendar, _ = in_force(CALENDARS[place], day)
    spans: list[tuple[int, int]] = []
    for minute in range(0, 1440, 15):
        if is_night(calendar, day, minute, "NL"):
            begins, ends = spans.pop() if spans and spans[-1][1] == minute else (minute, minute)
            spans.append((begins, max(ends, minute) + 15))
    return spans


WHOLE_DAY = [(0, 1440)]


@pytest.mark.parametrize(
    ("place", "day", "night"),
    [
        ("NL", TUESDAY, [(0, 420), (1380, 1440)]),
        ("NL", SATURDAY, WHOLE_DAY),
        ("NL", SUNDAY, WHOLE_DAY),
        ("NL", CHRISTMAS, WHOLE_DAY),
        ("NL-south", TUESDAY, [(0, 420), (1260, 1440)]),
        ("BE", TUESDAY, [(0, 420), (1320, 1440)]),
        ("BE", SATURDAY, WHOLE_DAY),
        ("BE", CHRISTMAS, [(0, 420), (1320, 1440)]),
        ("BE-WAL", date(2025, 12, 30), [(0, 420), (1320, 1440)]),
        ("BE-WAL", date(2025, 12, 28), WHOLE_DAY),
        ("BE-WAL", TUESDAY, [(0, 420), (660, 1020), (1320, 1440)]),
        ("BE-WAL", SATURDAY, [(0, 420), (660, 1020), (1320, 1440)]),
    ],
)
def test_the_night_of_a_region(place, day, night):
    assert night_minutes(place, day) == night


def test_both_ends_of_the_night_hours():
    calendar = Calendar(since=date(2026, 1, 1), nights=(NightHours(from_minute=60, until_minute=120),))
    assert [is_night(calendar, TUESDAY, minute, "NL") for minute in (59, 60, 119, 120)] == [False, True, True, False]


def test_a_holiday_is_a_day_as_any_other_unless_the_calendar_says_otherwise():
    for holidays in (False, True):
        calendar = Calendar(since=date(2026, 1, 1), nights=(), holidays=holidays)
        assert is_night(calendar, CHRISTMAS, 720, "NL") is holidays
        assert not is_night(calendar, TUESDAY, 720, "NL")


def test_the_calendars_own_country_goes_before_the_sites():
    national_day = date(2026, 7, 21)
    belgian = Calendar(since=date(2026, 1, 1), nights=(), holidays=True, country="BE")
    assert is_night(belgian, national_day, 720, "NL")
    assert not is_night(Calendar(since=date(2026, 1, 1), nights=(), holidays=True), national_day, 720, "NL")
