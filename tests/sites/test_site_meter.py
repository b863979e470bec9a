"""A meter that dies, freezes, lies or tells too little: a safe current, a notice, and a sentence that says so."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from laadboek.site.config import SiteConfig
from laadboek.site.core import NOTICES, REASONS
from laadboek.site.events import DeadlineReached, Looked
from laadboek.site.view import MeterState
from laadboek.supply import Appetite, GridReading

from .house import FUSE_25, House, SimulatedCar


def charging(**changes):
    house = House(SimulatedCar("alice"), config=replace(SiteConfig(circuits=(FUSE_25,), has_meter=True), **changes))
    house.base_ma = [1_000, 500, 700]
    house.look()
    house.pass_time(minutes=2)
    assert house.limit_ma("alice") == 16_000
    assert house.notices() == []
    return house


def test_a_silent_meter_means_the_safe_current_after_10_seconds_and_a_pause_after_600():
    house = charging()
    heard_at = house.now
    house.silent = True
    house.pass_time(seconds=9)
    assert house.limit_ma("alice") == 16_000
    house.pass_time(seconds=1)
    assert house.limit_ma("alice") == 6_000
    assert house.why("alice") == "meter.lost"
    assert house.cars["alice"].share.why.params == {"since": heard_at.isoformat()}
    assert house.notices() == ["meter.lost"]
    house.pass_time(seconds=589)
    assert house.limit_ma("alice") == 6_000
    house.pass_time(seconds=1)
    assert house.limit_ma("alice") == 0
    assert house.why("alice") == "meter.lost"
    assert house.core.view(house.now).meter is MeterState.GONE
    assert house.notices() == []


def test_when_it_is_back_the_car_goes_on_and_people_are_told_once():
    house = charging()
    house.silent = True
    house.pass_time(minutes=20)
    assert house.notices() == ["meter.lost"]
    house.silent = False
    house.pass_time(seconds=5)
    assert house.limit_ma("alice") == 16_000
    assert house.why("alice") is None
    assert house.notices() == ["meter.back"]
    house.pass_time(hours=1)
    assert house.notices() == []


def test_a_meter_that_is_read_but_says_nothing_new_is_silent_too():
    house = charging()
    old = house.read()
    for _ in range(10):
        house.now += timedelta(seconds=1)
        house.do(Looked(old, {"alice": (house.cars["alice"].demand(),)}))
    assert house.why("alice") == "meter.lost"


def test_a_reading_that_is_old_already_is_no_news():
    house = charging()
    house.now += timedelta(seconds=10)
    stale = replace(house.read(), taken_at=house.now - timedelta(seconds=9.5), power_w=1)
    house.do(Looked(stale, {"alice": (house.cars["alice"].demand(),)}))
    assert house.why("alice") is None
    house.now += timedelta(seconds=10)
    stale = replace(house.read(), taken_at=house.now - timedelta(seconds=10), power_w=2)
    house.do(Looked(stale, {"alice": (house.cars["alice"].demand(),)}))
    assert house.why("alice") == "meter.lost"


def test_silence_is_noticed_without_any_look():
    house = charging()
    house.now += timedelta(seconds=10)
    house.do(DeadlineReached())
    assert house.limit_ma("alice") == 6_000


def test_with_zero_seconds_until_the_pause_the_safe_current_stays():
    house = charging(pause_after_s=0)
    house.silent = True
    house.pass_time(hours=5)
    assert house.limit_ma("alice") == 6_000


def test_a_safe_current_below_the_floor_is_a_pause():
    house = charging(safe_ma=5_999)
    house.silent = True
    house.pass_time(seconds=10)
    assert house.limit_ma("alice") == 0


def test_before_the_meter_is_heard_for_the_first_time_the_safe_current_holds():
    house = House(SimulatedCar("alice"))
    house.silent = True
    house.look()
    assert house.limit_ma("alice") == 6_000
    assert house.why("alice") == "meter.waiting"
    assert house.notices() == []
    house.pass_time(seconds=10)
    assert house.notices() == ["meter.lost"]


def test_where_no_fuse_is_known_a_lost_meter_limits_nobody_but_tells_no_surplus():
    house = House(SimulatedCar("alice", Appetite.FLOOR), config=SiteConfig(has_meter=True))
    house.base_ma = [-20_000, -20_000, -20_000]
    house.look()
    house.pass_time(seconds=10)
    assert house.cars["alice"].share.surplus_w > 10_000
    house.silent = True
    house.pass_time(minutes=1)
    assert house.cars["alice"].share.surplus_w is None
    assert house.limit_ma("alice") is None


def test_while_nobody_charges_a_meter_is_not_called_lost_for_one_look_that_failed():
    house = House(SimulatedCar("alice", Appetite.NOTHING))
    house.look()
    house.pass_time(minutes=4)
    house.silent = True
    house.pass_time(seconds=60)
    assert house.notices() == []
    house.silent = False
    house.pass_time(minutes=30)
    assert house.notices() == []
    house.silent = True
    house.pass_time(minutes=10)
    assert house.notices() == ["meter.lost"]


def test_a_frozen_meter_is_found_out_by_what_the_cars_draw():
    house = charging()
    house.frozen = True
    house.pass_time(minutes=30)
    assert house.notices() == []  # nothing moves: it may be true
    house.cars["alice"].takes_ma = 8_000
    house.pass_time(seconds=14)
    assert house.limit_ma("alice") == 15_000  # what the car no longer takes is another's load, as the meter has it
    house.pass_time(seconds=10)
    assert house.limit_ma("alice") == 6_000
    assert house.why("alice") == "meter.frozen"
    assert house.notices() == ["meter.frozen"]
    house.frozen = False
    house.pass_time(seconds=5)
    assert house.notices() == ["meter.back"]


def test_a_meter_the_wrong_way_round_is_found_out_after_a_few_changes():
    house = charging()
    house.wrong_way_round = True
    for _ in range(3):
        house.cars["alice"].takes_ma = 16_000
        house.pass_time(minutes=1)
        house.cars["alice"].takes_ma = 6_000
        house.pass_time(minutes=1)
    assert house.why("alice") == "meter.wrong_sign"
    assert house.notices() == ["meter.wrong_sign"]
    assert house.limit_ma("alice") <= 6_000
    house.wrong_way_round = False
    house.configure(reserve_ma=1_001)  # somebody looked after it
    house.pass_time(minutes=1)
    assert house.notices() == ["meter.back"]
    assert house.why("alice") is None


def test_a_house_that_happens_to_move_against_the_car_is_not_taken_for_a_wrong_sign():
    house = charging()
    for turn in range(12):
        house.cars["alice"].takes_ma = 16_000 if turn % 2 else 8_000
        if turn % 4 == 0:  # now and then the oven is switched when the car is
            house.base_ma[0] = 17_000 if house.base_ma[0] < 5_000 else 1_000
        house.pass_time(minutes=1)
    assert house.notices() == []


@pytest.mark.parametrize("shown", [{"current_ma": (100_001, 0, 0)}, {"power_w": 70_000, "current_ma": None}])
def test_what_no_fuse_would_survive_is_not_believed(shown):
    house = charging()
    for _ in range(2):
        house.now += timedelta(seconds=5)
        reading = GridReading(taken_at=house.now, **({"power_w": 0} | shown))
        house.do(Looked(reading, {"alice": (house.cars["alice"].demand(),)}))
    assert house.why("alice") == "meter.lost"


def test_a_reading_from_the_future_is_taken_as_of_now():
    house = charging()
    house.now += timedelta(seconds=5)
    ahead = replace(house.read(), taken_at=house.now + timedelta(hours=1))
    house.do(Looked(ahead, {"alice": (house.cars["alice"].demand(),)}))
    house.now += timedelta(seconds=10)
    house.do(DeadlineReached())
    assert house.why("alice") == "meter.lost"


def test_a_meter_that_tells_power_only_is_spread_and_said_so_once():
    house = House(SimulatedCar("alice"))
    house.powers_only = True
    house.base_ma = [9_000, 9_000, 0]
    house.look()
    house.pass_time(minutes=5)
    assert house.notices() == ["meter.no_phases"]
    assert house.core.view(house.now).circuits[0].load_ma == (22_000, 22_000, 22_000)
    assert house.limit_ma("alice") == 16_000


def test_every_notice_and_reason_is_listed():
    assert {"meter.lost", "meter.frozen", "meter.wrong_sign"} <= REASONS.keys() & NOTICES.keys()


@pytest.mark.parametrize(("interval_s", "silent_s", "lost_after_s"), [(9, 10, 10), (10, 10, 20), (60, 10, 70)])
def test_where_looks_are_rarer_than_silence_is_long_it_counts_from_the_look_that_was_due(
    interval_s, silent_s, lost_after_s
):
    house = charging(interval_s=interval_s, silent_s=silent_s)
    house.pass_time(minutes=10)
    assert house.notices() == []
    house.look()
    house.silent = True
    house.pass_time(seconds=lost_after_s - 1)
    assert house.notices() == []
    house.pass_time(seconds=1)
    assert house.notices() == ["meter.lost"]


def test_a_quiet_house_whose_load_stands_still_is_no_frozen_meter():
    house = charging(interval_s=1)
    house.pass_time(minutes=10)
    house.cars["alice"].takes_ma = 8_000  # the car shows, then all stands still again
    house.pass_time(minutes=10)
    assert house.notices() == []


def test_a_meter_that_is_some_seconds_late_is_not_frozen():
    house = charging(interval_s=1)
    house.frozen = True
    house.cars["alice"].takes_ma = 8_000
    house.pass_time(seconds=9)
    house.frozen = False
    house.pass_time(minutes=1)
    assert house.notices() == []


def test_a_meter_that_shows_nothing_of_a_car_for_ten_seconds_is_frozen_however_often_one_looks():
    house = charging(interval_s=1)
    house.frozen = True
    house.cars["alice"].takes_ma = 8_000
    house.pass_time(seconds=12)
    assert house.notices() == ["meter.frozen"]
