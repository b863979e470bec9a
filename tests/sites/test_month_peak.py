"""The month's peak (Flemish capacity tariff): quarter-hour averages stay below it."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from laadboek.energy.quarters import after, at_or_before
from laadboek.site import quarter_hour
from laadboek.site.config import SiteConfig
from laadboek.site.state import Durable, MonthPeak, decode_state, encode_state

from .house import FUSE_25, House, SimulatedCar

FLANDERS = SiteConfig(circuits=(FUSE_25,), has_meter=True, month_peak_w=5_000)


def averages(house, minutes, base_ma=lambda minute: [400, 400, 400]):
    """The quarter-hour averages of the true grid power, W; whole quarter-hours only."""
    found: dict[datetime, list[int]] = {}
    for look in range(minutes * 12):
        house.base_ma = base_ma(look // 12)
        house.pass_time(seconds=5)
        found.setdefault(at_or_before(house.now), []).append(sum(house.grid_ma()) * 230 // 1_000)
    return [sum(powers) // 180 for powers in found.values() if len(powers) == 180]


def test_no_quarter_hour_is_above_the_peak_whatever_the_kettle_does():
    house = House(SimulatedCar("alice", most_ma=16_000), config=FLANDERS)
    house.look()
    house.pass_time(minutes=1)
    assert house.why("alice") == "limit.month_peak"
    assert house.cars["alice"].share.why.params == {"limit_w": 5_000}
    kettle_ma = {0: 0, 1: 6_000, 2: 0, 3: 2_000}
    tops = averages(house, 150, lambda minute: [kettle_ma[minute // 17 % 4] + 400, 400, 400])
    assert len(tops) >= 9
    assert max(tops) <= 5_000
    assert min(tops) >= 4_000


def test_a_peak_that_was_reached_this_month_is_paid_for():
    house = House(SimulatedCar("alice"), config=replace(FLANDERS, month_peak_w=4_500))
    house.base_ma = [10_000, 10_000, 10_000]
    house.look()
    house.pass_time(hours=1)
    assert house.core.durable.peak == MonthPeak("2026-03", 6_900)
    house.base_ma = [1_000, 1_000, 1_000]
    house.pass_time(minutes=20)
    assert house.core.view(house.now).month_peak_w == 6_900
    house.pass_time(minutes=10)
    assert 6_500 < max(averages(house, 46)) <= 6_900


def test_the_next_month_begins_anew():
    durable = Durable(peak=MonthPeak("2026-03", 6_900))
    march, april = datetime(2026, 3, 31, 21, 59, tzinfo=UTC), datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    assert quarter_hour.limit_w(2_500, durable, march, "Europe/Brussels") == 6_900
    assert quarter_hour.limit_w(2_500, durable, april, "Europe/Brussels") == 2_500
    assert quarter_hour.limit_w(None, durable, march, "Europe/Brussels") is None


def test_what_nobody_measured_counts_as_the_limit():
    start = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    running, durable = quarter_hour.moved(None, Durable(), start, "UTC")
    assert quarter_hour.left_w(running, 3_000) == 2_970
    running, durable = quarter_hour.moved(
        replace(running, import_w=1_000), durable, start + timedelta(minutes=5), "UTC"
    )
    assert quarter_hour.left_w(running, 3_000) == 4_940


def test_a_quarter_hour_with_too_little_measured_is_none():
    start = datetime(2026, 3, 1, 9, 6, tzinfo=UTC)
    running, durable = quarter_hour.moved(None, Durable(), start, "UTC")
    running, durable = quarter_hour.moved(replace(running, house_w=500), durable, after(start), "UTC")
    assert durable.house == ()
    running, durable = quarter_hour.moved(running, durable, after(start) + timedelta(minutes=15), "UTC")
    assert [used.power_w for used in durable.house] == [500]


def test_a_clock_that_stood_still_or_ran_far_ahead_begins_anew():
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    running, durable = quarter_hour.moved(None, Durable(), start, "UTC")
    later = start + timedelta(minutes=15, seconds=1)
    assert quarter_hour.moved(replace(running, import_w=9_000), durable, later, "UTC")[1] == Durable()
    assert quarter_hour.moved(running, durable, start - timedelta(seconds=1), "UTC")[0].at < start


def test_what_is_kept_survives_being_stored():
    house = House(SimulatedCar("alice"), config=FLANDERS)
    house.look()
    house.pass_time(hours=2)
    durable = house.core.durable
    assert durable.house
    assert decode_state(1, encode_state(durable)) == durable
    with pytest.raises(ValueError, match="version 2"):
        decode_state(2, encode_state(durable))
