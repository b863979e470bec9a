"""Public holidays, against the days on which people were and will be off."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.holidays import OF_COUNTRY, easter_sunday, is_holiday

EASTERS = """\
2020-04-12 2021-04-04 2022-04-17 2023-04-09 2024-03-31 2025-04-20 2026-04-05 2027-03-28 2028-04-16
2029-04-01 2030-04-21 2031-04-13 2032-03-28 2033-04-17 2034-04-09 2035-03-25 2036-04-13 2037-04-05 2038-04-25
2039-04-10 2040-04-01"""

# Month and day, without those that are Sundays every year.
DAYS_OFF = {
    ("NL", 2025): "01-01 04-21 04-26 05-29 06-09 12-25 12-26",
    ("NL", 2026): "01-01 04-06 04-27 05-14 05-25 12-25 12-26",
    ("BE", 2025): "01-01 04-21 05-01 05-29 06-09 07-21 08-15 11-01 11-11 12-25",
    ("BE", 2026): "01-01 04-06 05-01 05-14 05-25 07-21 08-15 11-01 11-11 12-25",
    ("LU", 2026): "01-01 04-06 05-01 05-09 05-14 05-25 06-23 08-15 11-01 12-25 12-26",
    ("DE", 2025): "01-01 04-18 04-21 05-01 05-29 06-09 10-03 12-25 12-26",
    ("DE", 2026): "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26",
    ("FR", 2026): "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25",
    ("AT", 2025): "01-01 01-06 04-21 05-01 05-29 06-09 06-19 08-15 10-26 11-01 12-08 12-25 12-26",
    ("AT", 2026): "01-01 01-06 04-06 05-01 05-14 05-25 06-04 08-15 10-26 11-01 12-08 12-25 12-26",
    ("PT", 2026): "01-01 04-03 04-25 05-01 06-04 06-10 08-15 10-05 11-01 12-01 12-08 12-25",
}


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(n) for n in range(first, date(year + 1, 1, 1).toordinal())]


@pytest.mark.parametrize("expected", EASTERS.split())
def test_easter_is_when_it_was_kept(expected):
    assert easter_sunday(int(expected[:4])).isoformat() == expected


@pytest.mark.parametrize(("year", "expected"), [(1818, "03-22"), (1943, "04-25"), (1954, "04-18"), (1981, "04-19")])
def test_the_earliest_the_latest_and_the_exceptions_of_the_rule(year, expected):
    assert easter_sunday(year).strftime("%m-%d") == expected


@given(st.integers(1583, 9000))
def test_easter_is_a_sunday_between_22_march_and_25_april(year):
    easter = easter_sunday(year)
    assert easter.weekday() == 6
    assert date(year, 3, 22) <= easter <= date(year, 4, 25)


@pytest.mark.parametrize(("country", "year"), DAYS_OFF)
def test_a_country_is_off_on_its_days_and_on_no_other(country, year):
    assert (
        " ".join(day.strftime("%m-%d") for day in days_of(year) if is_holiday(day, country)) == DAYS_OFF[country, year]
    )


def test_every_country_has_been_looked_at():
    assert {country for country, _ in DAYS_OFF} == set(OF_COUNTRY)


def test_an_unknown_country_has_no_holidays():
    assert not any(is_holiday(day, "XX") for day in days_of(2026))
