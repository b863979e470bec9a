"""What roof and house will probably do, from the clear sky and the past days."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.forecast import (
    DEFAULT_LOAD_W,
    PAST,
    Sunny,
    Used,
    from_clear_sky,
    house_load,
    share_of_clear_sky,
)
from laadboek.energy.quarters import QUARTER
from laadboek.energy.sun import Roof, clear_sky_w

UTRECHT = (52.1, 5.1)
ROOFS = (Roof(peak_w=3_000, azimuth=120), Roof(peak_w=4_000, azimuth=240))
TODAY = datetime(2026, 6, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def clear(start, until, share=100):
    return from_clear_sky(ROOFS, *UTRECHT, start, until, share)


def test_a_forecast_is_the_sum_of_the_roofs_in_the_middle_of_each_quarter():
    quarters = clear(TODAY, TODAY + DAY)
    noon = quarters[48]
    assert len(quarters) == 96
    assert noon.starts_at == TODAY + timedelta(hours=12)
    assert noon.power_w == sum(clear_sky_w(roof, *UTRECHT, noon.starts_at + QUARTER / 2) for roof in ROOFS)
    assert quarters[0].power_w == 0


def test_a_forecast_covers_the_quarters_at_both_ends_and_none_beyond():
    within = clear(TODAY + timedelta(hours=10, minutes=7), TODAY + timedelta(hours=10, minutes=30))
    assert [f"{quarter.starts_at:%H:%M}" for quarter in within] == ["10:00", "10:15"]
    assert clear(TODAY, TODAY) == ()
    assert from_clear_sky((), *UTRECHT, TODAY, TODAY + QUARTER) == (Sunny(TODAY, 0),)


def test_a_share_takes_its_percentage_of_every_quarter():
    whole, half = clear(TODAY, TODAY + DAY), clear(TODAY, TODAY + DAY, 50)
    assert [quarter.power_w for quarter in half] == [quarter.power_w // 2 for quarter in whole]


def past(*shares):
    """Measured days, yesterday last, each this percentage of the clear sky."""
    days = [(TODAY - DAY * (len(shares) - n), share) for n, share in enumerate(shares)]
    return [quarter for day, share in days for quarter in clear(day, day + DAY, share)]


def share(measured):
    return share_of_clear_sky(measured, clear(TODAY - 2 * PAST, TODAY), TODAY)


def test_without_a_past_the_whole_clear_sky_is_expected():
    assert share([]) == 100
    assert share_of_clear_sky(past(50), (), TODAY) == 100


def test_the_same_weather_every_day_is_expected_to_go_on():
    assert abs(share(past(40, 40, 40, 40, 40, 40, 40)) - 40) <= 1
    assert share(past(0, 0)) == 0


def test_yesterday_counts_most():
    assert share(past(20, 20, 80)) > 50 > share(past(80, 80, 20))


def test_what_is_older_than_a_week_counts_nothing():
    old = [Sunny(quarter.starts_at - 8 * DAY, 0) for quarter in past(100)]
    assert share(old) == 100


def test_a_meter_that_shows_more_than_the_clear_sky_does_not_brighten_it():
    bright = [Sunny(quarter.starts_at, quarter.power_w * 2) for quarter in past(100)]
    assert share(bright) == 100


def test_a_house_that_nobody_measured_is_a_usual_one():
    load = house_load((), TODAY, TODAY + DAY, "Europe/Amsterdam")
    assert len(load) == 96
    assert load[0] == Used(TODAY, DEFAULT_LOAD_W[2])  # 00:00 UTC is 02:00 there in summer


def test_a_house_uses_what_it_mostly_used_at_that_time_of_day():
    evening = TODAY + timedelta(hours=18)
    measured = [Used(evening - n * DAY, power_w) for n, power_w in enumerate((300, 9_000, 400), 1)]
    load = {used.starts_at: used.power_w for used in house_load(measured, TODAY, TODAY + DAY, "UTC")}
    assert load[evening] == 400
    assert load[evening + QUARTER] == DEFAULT_LOAD_W[18]


def test_the_time_of_day_is_the_peoples_also_when_summer_time_ends():
    before = datetime(2026, 10, 24, 5, tzinfo=UTC)  # 07:00 in summer
    after = datetime(2026, 10, 25, 6, tzinfo=UTC)  # 07:00 in winter
    load = house_load([Used(before, 1234)], after, after + QUARTER, "Europe/Amsterdam")
    assert load == (Used(after, 1234),)


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 9_000)), max_size=60))
def test_whatever_was_measured_a_share_is_a_percentage(quarters):
    measured = [Sunny(TODAY - n * QUARTER, power_w) for n, power_w in quarters]
    assert 0 <= share(measured) <= 100
