"""The sun's part: never given twice, floors first, the home battery's three thresholds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laadboek.site import sunshine
from laadboek.site.config import Battery, Member, SiteConfig
from laadboek.site.topology import Branch, place
from laadboek.supply import Appetite, Demand

from .house import FUSE_25, House, SimulatedCar

FLOOR_3P_W = 4_140
SUNNY = SiteConfig(circuits=(FUSE_25,), has_meter=True)


def roof(house, power_w):
    house.base_ma = [-(power_w * 1_000 // 690)] * 3


def test_a_car_in_eco_plus_has_the_whole_surplus_less_the_margin_and_starts_in_the_look_that_finds_it():
    house = House(SimulatedCar("alice", Appetite.SURPLUS))
    roof(house, 6_900)
    house.look()
    assert house.cars["alice"].share.surplus_w == 6_850
    assert house.limit_ma("alice") == 16_000
    house.pass_time(seconds=5)
    assert 6_800 <= house.cars["alice"].share.surplus_w <= 6_850
    assert -150 <= sum(house.grid_ma()) * 230 // 1_000 <= 0


def test_what_one_gets_nobody_else_is_promised():
    house = House(SimulatedCar("alice", Appetite.SURPLUS), SimulatedCar("bob", Appetite.SURPLUS))
    roof(house, 6_900)
    house.look()
    shares = [car.share.surplus_w for car in house.cars.values()]
    assert shares == [6_850, 0]
    roof(house, 10_000)
    house.pass_time(seconds=5)
    alice, bob = (car.share.surplus_w for car in house.cars.values())
    assert alice + bob == pytest.approx(9_950, abs=20)
    assert min(alice, bob) >= FLOOR_3P_W


def test_a_car_in_eco_takes_its_floor_before_any_car_in_eco_plus():
    members = (Member(charger_id="plus", priority=5),)
    house = House(
        SimulatedCar("eco", Appetite.FLOOR),
        SimulatedCar("plus", Appetite.SURPLUS),
        config=replace(SUNNY, members=members),
    )
    roof(house, 6_000)
    house.look()
    house.pass_time(seconds=10)
    assert house.cars["plus"].share.surplus_w < FLOOR_3P_W
    assert house.cars["plus"].offered_ma == 0
    roof(house, 9_000)
    house.pass_time(seconds=10)
    assert house.cars["plus"].share.surplus_w >= FLOOR_3P_W
    assert house.cars["eco"].offered_ma == 6_000  # a higher priority has what is above the floors


def test_a_smaller_floor_may_start_where_the_first_in_line_cannot():
    house = House(SimulatedCar("alice", Appetite.SURPLUS), SimulatedCar("bob", Appetite.SURPLUS, phases=1))
    roof(house, 2_000)
    house.look()
    house.pass_time(seconds=10)
    assert house.cars["alice"].offered_ma == 0
    assert house.cars["bob"].offered_ma >= 6_000


def test_who_waited_a_quarter_of_an_hour_for_the_sun_comes_first():
    house = House(SimulatedCar("alice", Appetite.SURPLUS), SimulatedCar("bob", Appetite.SURPLUS))
    roof(house, 6_000)
    house.look()
    house.pass_time(minutes=14)
    assert [bool(car.offered_ma) for car in house.cars.values()] == [True, False]
    house.pass_time(minutes=2)
    assert [bool(car.offered_ma) for car in house.cars.values()] == [False, True]
    house.pass_time(minutes=16)
    assert [bool(car.offered_ma) for car in house.cars.values()] == [True, False]


def test_a_car_at_full_power_is_load_to_those_that_follow_the_sun():
    house = House(SimulatedCar("fast", most_ma=10_000), SimulatedCar("plus", Appetite.SURPLUS))
    roof(house, 12_000)
    house.look()
    house.pass_time(seconds=30)
    assert house.cars["fast"].drawn_w == 6_900
    assert house.cars["plus"].share.surplus_w == pytest.approx(5_050, abs=30)
    assert house.worst_ma <= 25_000


def test_a_car_that_waits_for_the_sun_keeps_no_room_from_one_that_charges():
    house = House(SimulatedCar("fast"), SimulatedCar("plus", Appetite.SURPLUS), config=replace(SUNNY, reserve_ma=9_000))
    house.look()
    house.pass_time(seconds=10)
    assert house.limit_ma("fast") == 16_000


def test_export_that_stops_stops_the_surplus_at_once():
    house = House(SimulatedCar("alice", Appetite.SURPLUS))
    roof(house, 9_000)
    house.look()
    house.pass_time(minutes=5)
    roof(house, 0)
    house.pass_time(seconds=5)
    assert house.cars["alice"].share.surplus_w == 0
    assert house.cars["alice"].offered_ma == 0


def test_without_a_fuse_who_does_not_follow_is_promised_none_of_the_sun_and_knows_that_it_is_measured():
    house = House(SimulatedCar("alice"), config=SiteConfig(has_meter=True))
    roof(house, 6_900)
    house.look()
    share = house.cars["alice"].share
    assert (share.limit_ma, share.surplus_w, share.why) == (None, 0, None)


def test_without_a_fuse_a_lost_meter_is_the_reason_why_no_sun_is_given():
    house = House(SimulatedCar("alice", Appetite.SURPLUS), config=SiteConfig(has_meter=True))
    roof(house, 6_900)
    house.look()
    house.silent = True
    house.pass_time(seconds=30)
    share = house.cars["alice"].share
    assert (share.limit_ma, share.surplus_w, share.why.code) == (None, None, "meter.lost")
    house.pass_time(minutes=30)
    assert house.cars["alice"].share.limit_ma is None, "no fuse could blow"


def test_where_nobody_measures_chargers_stand_by_themselves():
    house = House(SimulatedCar("alice", Appetite.SURPLUS), config=SiteConfig())
    house.look()
    share = house.cars["alice"].share
    assert share is None or (share.limit_ma, share.surplus_w, share.why) == (None, None, None)


# --- phases ---


def following(number, most_phases=3, **wishes):
    demand = Demand(connector_id=1, appetite=Appetite.SURPLUS, offered_ma=6_000, most_phases=most_phases, **wishes)
    return place((f"chg_{number}", 1), demand, Branch(), number)


@pytest.mark.parametrize(("left_w", "given_w"), [(4_139, 3_680), (4_140, 4_140), (9_000, 9_000), (20_000, 11_040)])
def test_a_car_on_one_phase_at_16_a_is_shown_what_three_would_get(left_w, given_w):
    alice = following(1, most_ma=16_000, phases=1)
    assert sunshine.shared(left_w, [alice])[alice.key].go_on_w == given_w


def test_a_car_that_does_not_switch_is_shown_what_its_phases_take():
    for most_phases in (1, 3):
        alice = following(1, most_phases, most_ma=16_000, phases=most_phases)
        assert sunshine.shared(20_000, [alice])[alice.key].go_on_w == 3_680 * most_phases


def test_a_car_that_takes_no_more_than_its_floor_is_shown_what_that_is_at_the_highest_voltage():
    alice = following(1, 1, most_ma=6_000, phases=1)
    assert sunshine.shared(9_000, [alice])[alice.key].go_on_w == 253 * 6


def test_only_the_sun_that_nobody_else_can_take_asks_a_car_to_switch():
    alice = following(1, most_ma=16_000, phases=1)
    bob = following(2, 1, most_ma=16_000, phases=3)
    rays = sunshine.shared(10_000, [alice, bob])
    assert [rays[key].go_on_w for key in (alice.key, bob.key)] == [3_680, 6_320]
    rays = sunshine.shared(16_000, [alice, bob])
    assert [rays[key].go_on_w for key in (alice.key, bob.key)] == [4_960, 11_040]


# --- a home battery ---


def battery_house(soc, battery_w, roof_w, *, capacity_wh=10_000, charging=False):
    config = replace(SUNNY, battery=Battery(capacity_wh=capacity_wh))
    house = House(SimulatedCar("alice", Appetite.SURPLUS), config=config)
    car = house.cars["alice"]
    house.soc, house.battery_w = soc, battery_w
    if charging:
        car.offered_ma = 6_000
        house.battery_w += car.drawn_w  # it covers the car, so the grid shows the same
    roof(house, roof_w)
    house.look()
    share = car.share
    return share.surplus_w, share.surplus_w if share.surplus_to_start_w is None else share.surplus_to_start_w


def test_below_its_priority_the_battery_is_filled_before_any_car():
    assert battery_house(49, -5_000, 5_300) == (250, 250)
    assert battery_house(50, -5_000, 5_300) == (5_250, 5_250)


def test_what_the_battery_discharges_is_no_sun():
    assert battery_house(60, 2_000, 0) == (0, 0)
    assert battery_house(40, 2_000, 5_000)[0] == 4_950  # neither is it below the priority


def test_above_the_buffer_a_car_may_go_on_and_above_the_next_threshold_start():
    assert battery_house(89, 0, 1_000, charging=True)[0] < FLOOR_3P_W
    assert battery_house(90, 0, 1_000, charging=True)[0] == FLOOR_3P_W
    assert battery_house(99, 0, 1_000) == (FLOOR_3P_W, 950)
    assert battery_house(100, 0, 1_000) == (FLOOR_3P_W, FLOOR_3P_W)


def test_a_battery_lends_no_more_than_half_of_itself_in_an_hour():
    assert battery_house(100, 0, 50, capacity_wh=8_000) == (0, 0)
    assert battery_house(100, 0, 50, capacity_wh=8_280) == (FLOOR_3P_W, FLOOR_3P_W)
    assert battery_house(100, 0, 50, capacity_wh=0) == (FLOOR_3P_W, FLOOR_3P_W)  # nobody said how large it is


def test_a_battery_whose_charge_is_unknown_comes_first():
    assert battery_house(None, -5_000, 5_300) == (250, 250)


# --- properties ---


@st.composite
def followers(draw):
    found = []
    for number in range(draw(st.integers(0, 6))):
        appetite = draw(st.sampled_from([Appetite.FLOOR, Appetite.SURPLUS]))
        offered_ma = draw(st.sampled_from([0, 6_000, 10_000]))
        phases = draw(st.integers(1, 3))
        demand = Demand(connector_id=1, appetite=appetite, most_ma=16_000, phases=phases, offered_ma=offered_ma)
        found.append(place((f"c{number}", 1), demand, Branch(priority=draw(st.integers(0, 1))), number))
    return found


@given(st.integers(-5_000, 40_000), followers())
def test_the_parts_are_never_more_than_the_whole(surplus_w, places):
    rays = sunshine.shared(surplus_w, places)
    assert sum(ray.go_on_w for ray in rays.values()) <= max(0, surplus_w)
    assert all(ray.go_on_w >= 0 for ray in rays.values())
    below = [p for p in places if 0 < rays[p.key].go_on_w < p.floor_w and not p.demand.offered_ma]
    assert len([p for p in below if p.demand.appetite is Appetite.SURPLUS]) <= 1  # who is next in line sees the rest
