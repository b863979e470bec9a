"""Shares of current in a house: fuses, groups, phases, turns, chargers that cannot be asked."""

from datetime import timedelta

import pytest

from laadboek.site.config import Circuit, Member, SiteConfig
from laadboek.site.view import MeterState
from laadboek.supply import Appetite

from .house import FUSE_25, House, SimulatedCar

METERED = SiteConfig(circuits=(FUSE_25,), has_meter=True)


def test_a_house_without_fuse_and_meter_limits_nobody_and_looks_no_more_than_it_must():
    house = House(SimulatedCar("alice"), config=SiteConfig())
    house.look()
    assert house.limit_ma("alice") is None
    assert house.why("alice") is None
    house.cars["alice"].appetite = Appetite.NOTHING
    house.look()
    assert house.core.deadline() is None


def test_an_empty_site_is_nothing_to_worry_about():
    house = House(config=SiteConfig())
    assert house.look() == []
    assert house.core.deadline() is None
    assert house.core.view(house.now).shares == ()
    metered = House()
    metered.look()
    metered.pass_time(hours=1)
    assert metered.notices() == []
    assert metered.core.deadline() - metered.now == timedelta(minutes=5)  # the house is being learnt


def test_two_cars_on_one_fuse_share_what_the_house_leaves():
    house = House(SimulatedCar("alice"), SimulatedCar("bob"))
    house.base_ma = [4_000, 1_000, 1_000]
    house.look()
    house.pass_time(seconds=5)
    assert house.limit_ma("alice") == house.limit_ma("bob") == 10_000  # (25 - 1 - 4) / 2 on R
    assert house.why("alice") == "limit.grid"
    assert house.cars["alice"].share.why.params == {"phase": "R", "limit_a": 25, "load_a": 4}


def test_a_kettle_lowers_the_cars_at_once_and_they_rise_after_half_a_minute():
    house = House(SimulatedCar("alice"))
    house.base_ma = [3_000, 0, 0]
    house.look()
    house.pass_time(seconds=60)
    assert house.limit_ma("alice") == 16_000
    house.base_ma[0] += 9_000
    house.pass_time(seconds=5)
    assert house.limit_ma("alice") == 12_000
    house.base_ma[0] -= 9_000
    gone_at = house.now
    while house.limit_ma("alice") == 12_000:
        house.pass_time(seconds=1)
    assert timedelta(seconds=30) <= house.now - gone_at <= timedelta(seconds=35)
    assert house.limit_ma("alice") == 16_000


def test_when_one_leaves_the_other_has_its_part_at_the_next_look():
    house = House(SimulatedCar("alice"), SimulatedCar("bob"))
    house.look()
    assert house.limit_ma("bob") == 12_000
    house.cars["alice"].appetite = Appetite.NOTHING
    house.look()
    assert house.limit_ma("bob") == 16_000
    assert house.limit_ma("alice") == 8_000  # room to begin with, should she


def test_rotation_puts_single_phase_cars_on_different_phases():
    members = (Member(charger_id="alice", rotation="RST"), Member(charger_id="bob", rotation="STR"))
    config = SiteConfig(circuits=(FUSE_25,), has_meter=True, members=members)
    cars = [SimulatedCar(name, phases=1, most_ma=32_000) for name in ("alice", "bob")]
    house = House(*cars, config=config)
    house.look()
    assert house.limit_ma("alice") == house.limit_ma("bob") == 24_000
    house.pass_time(minutes=5)
    assert house.grid_ma() == (24_000, 24_000, 0)


@pytest.mark.parametrize("rotation", ["NotApplicable", "", "RRS"])
def test_a_charger_of_unknown_rotation_counts_on_every_phase(rotation):
    config = SiteConfig(circuits=(FUSE_25,), members=(Member(charger_id="alice", rotation=rotation),))
    house = House(SimulatedCar("alice", phases=1, most_ma=32_000), SimulatedCar("bob", most_ma=32_000), config=config)
    house.look()
    assert house.limit_ma("alice") == house.limit_ma("bob") == 12_500


def test_a_group_limit_without_a_meter_is_the_sum_of_its_chargers():
    group = Circuit(circuit_id="garage", parent="main", limit_ma=16_000, name="Garage")
    members = tuple(Member(charger_id=name, circuit_id="garage") for name in ("alice", "bob"))
    config = SiteConfig(circuits=(Circuit(circuit_id="main", limit_ma=40_000), group), has_meter=True, members=members)
    house = House(SimulatedCar("alice"), SimulatedCar("bob"), SimulatedCar("charlie"), config=config)
    house.look()
    assert [house.limit_ma(name) for name in house.cars] == [8_000, 8_000, 16_000]
    assert house.cars["alice"].share.why.code == "limit.group"
    assert house.cars["alice"].share.why.params["name"] == "Garage"


def test_a_ring_of_circuits_and_a_member_of_no_known_circuit_hold_nobody_up():
    circuits = (
        Circuit(circuit_id="a", parent="b", limit_ma=10_000),
        Circuit(circuit_id="b", parent="a", limit_ma=9_000),
    )
    members = (Member(charger_id="alice", circuit_id="a"), Member(charger_id="bob", circuit_id="nowhere"))
    house = House(SimulatedCar("alice"), SimulatedCar("bob"), config=SiteConfig(circuits=circuits, members=members))
    house.look()
    assert house.limit_ma("alice") == 9_000
    assert house.limit_ma("bob") == 16_000


def test_where_one_fits_three_take_turns_and_nobody_starves():
    config = SiteConfig(circuits=(Circuit(circuit_id="main", limit_ma=8_000),))
    cars = [SimulatedCar(name) for name in ("alice", "bob", "charlie")]
    house = House(*cars, config=config)
    house.look()
    energy = dict.fromkeys(house.cars, 0)
    starts = dict.fromkeys(house.cars, 0)
    before = dict.fromkeys(house.cars, False)
    for _ in range(6 * 60):
        house.pass_time(minutes=1)
        for name, car in house.cars.items():
            energy[name] += car.drawn_w
            starts[name] += bool(car.offered_ma) and not before[name]
            before[name] = bool(car.offered_ma)
        assert sum(before.values()) == 1
    assert min(energy.values()) > 0.9 * max(energy.values())
    assert all(count <= 9 for count in starts.values())  # one in three quarters of an hour
    waiting = next(car for car in cars if not car.offered_ma)
    assert waiting.share.why.code == "limit.turn"
    assert waiting.share.why.params["until"] > house.now.isoformat()


def test_a_higher_priority_is_served_first_and_never_displaced():
    config = SiteConfig(
        circuits=(Circuit(circuit_id="main", limit_ma=11_000),), members=(Member(charger_id="bob", priority=1),)
    )
    house = House(SimulatedCar("alice"), SimulatedCar("bob"), config=config)
    house.look()
    house.pass_time(hours=2)
    assert (house.limit_ma("alice"), house.limit_ma("bob")) == (0, 11_000)


def test_a_car_that_takes_more_than_it_was_offered_costs_the_others_not_the_fuse():
    house = House(SimulatedCar("alice"), SimulatedCar("bob", most_ma=8_000))
    house.look()
    house.pass_time(seconds=30)
    assert (house.limit_ma("alice"), house.limit_ma("bob")) == (16_000, 8_000)
    house.cars["bob"].greed_ma = 4_000
    house.pass_time(seconds=5)
    assert (house.limit_ma("alice"), house.limit_ma("bob")) == (12_000, 8_000)
    assert max(house.grid_ma()) == 24_000


def test_a_charger_that_cannot_be_asked_keeps_its_room_where_nothing_measures_it():
    config = SiteConfig(circuits=(Circuit(circuit_id="main", limit_ma=24_000),))
    house = House(SimulatedCar("alice"), SimulatedCar("bob"), config=config)
    house.look()
    house.pass_time(seconds=10)
    house.cars["bob"].offline = True
    house.pass_time(minutes=59)
    assert house.limit_ma("alice") == 12_000
    house.pass_time(minutes=2)
    assert house.limit_ma("alice") == 16_000


def test_a_charger_that_cannot_be_asked_is_house_load_to_the_meter():
    house = House(SimulatedCar("alice"), SimulatedCar("bob"))
    house.look()
    house.pass_time(seconds=30)
    house.cars["bob"].offline = True
    house.pass_time(minutes=5)
    assert house.limit_ma("alice") == 12_000
    assert house.worst_ma <= 25_000


def test_a_new_fuse_holds_at_once():
    house = House(SimulatedCar("alice"))
    house.look()
    house.pass_time(minutes=1)
    assert house.limit_ma("alice") == 16_000
    house.configure(circuits=(Circuit(circuit_id="main", limit_ma=10_000),))
    assert house.limit_ma("alice") == 10_000  # nobody has looked since; the next look knows the house as well
    house.pass_time(seconds=5)
    assert house.limit_ma("alice") == 9_000


def test_a_share_is_told_only_when_it_changed():
    house = House(SimulatedCar("alice"), SimulatedCar("bob"))
    house.look()
    house.pass_time(minutes=2)
    house.effects.clear()
    house.pass_time(minutes=10)
    assert house.effects == []


def test_the_view_shows_who_gets_what_and_why():
    house = House(SimulatedCar("alice"), SimulatedCar("bob"))
    assert house.core.view(house.now).meter is MeterState.LOST
    house.base_ma = [2_000, 0, 0]
    house.look()
    house.pass_time(seconds=5)
    view = house.core.view(house.now)
    assert view.meter is MeterState.GOOD
    assert view.circuits[0].load_ma == (24_000, 22_000, 22_000)
    assert [(share.charger_id, share.limit_ma) for share in view.shares] == [("alice", 11_000), ("bob", 11_000)]
    assert view.shares[0].why.code == "limit.grid"


def test_a_car_on_three_phases_does_not_starve_behind_two_on_one_each():
    members = (Member(charger_id="bob", rotation="RST"), Member(charger_id="charlie", rotation="STR"))
    config = SiteConfig(circuits=(Circuit(circuit_id="main", limit_ma=10_000),), members=members)
    cars = SimulatedCar("alice"), SimulatedCar("bob", phases=1), SimulatedCar("charlie", phases=1)
    house = House(*cars, config=config)
    house.look()
    assert [bool(car.offered_ma) for car in cars] == [False, True, True]  # two rather than one
    minutes = [0, 0, 0]
    for _ in range(180):
        house.pass_time(minutes=1)
        minutes = [count + bool(car.offered_ma) for count, car in zip(minutes, cars, strict=True)]
    assert min(minutes) >= 60


def test_a_higher_priority_that_comes_later_need_not_wait_for_its_turn():
    config = SiteConfig(
        circuits=(Circuit(circuit_id="main", limit_ma=8_000),), members=(Member(charger_id="bob", priority=1),)
    )
    house = House(SimulatedCar("alice"), SimulatedCar("bob", Appetite.NOTHING), config=config)
    house.look()
    house.pass_time(minutes=1)
    assert house.limit_ma("alice") == 8_000
    house.cars["bob"].appetite = Appetite.FULL
    house.look()
    assert (house.limit_ma("alice"), house.limit_ma("bob")) == (0, 8_000)
