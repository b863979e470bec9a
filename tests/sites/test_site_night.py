"""At night a car that waits for the sun needs no look every five seconds; whoever wants something else does."""

from datetime import timedelta

import pytest

from laadboek.site.config import Battery, SiteConfig
from laadboek.supply import Appetite

from .house import FUSE_25, House, SimulatedCar

OFTEN, RARELY = timedelta(seconds=5), timedelta(minutes=5)


def night(*cars, solar_w=0, soc=None, **config):
    house = House(*cars, config=SiteConfig(circuits=(FUSE_25,), has_meter=True, **config), start="2026-03-01T23:00:00Z")
    house.base_ma, house.solar_w, house.soc = [1_000, 1_000, 1_000], solar_w, soc
    house.look()
    house.now += OFTEN
    house.look()
    return house


def between_looks(house):
    return house.core.deadline() - house.now


def waiting(name="alice"):
    return SimulatedCar(name, Appetite.SURPLUS)


def test_in_the_dark_a_car_that_waits_for_the_sun_is_looked_at_rarely():
    assert between_looks(night(waiting())) == RARELY


@pytest.mark.parametrize(("solar_w", "expected"), [(-3, RARELY), (0, RARELY), (1, OFTEN), (None, OFTEN)])
def test_the_first_watt_of_the_morning_or_a_roof_that_nobody_measures_wants_all_looks(solar_w, expected):
    assert between_looks(night(waiting(), solar_w=solar_w)) == expected


@pytest.mark.parametrize("appetite", [Appetite.FULL, Appetite.FLOOR])
def test_a_car_that_charges_beside_it_is_watched(appetite):
    house = night(waiting(), SimulatedCar("bob", appetite))
    assert house.cars["bob"].offered_ma > 0
    assert between_looks(house) == OFTEN


def test_a_car_that_still_draws_is_watched():
    house = night(waiting())
    house.cars["alice"].offered_ma = 6_000
    house.look()
    house.cars["alice"].offered_ma = 6_000
    house.look()
    assert between_looks(house) == OFTEN


@pytest.mark.parametrize(("soc", "expected"), [(89, RARELY), (100, OFTEN)])
def test_a_full_home_battery_may_start_a_car_at_night(soc, expected):
    house = night(waiting(), soc=soc, battery=Battery(capacity_wh=20_000))
    house.now += timedelta(seconds=5)
    house.cars["alice"].offered_ma = 0  # its charger waits for a while before it starts
    house.look()
    assert between_looks(house) == expected


def test_a_meter_that_falls_silent_at_night_is_still_missed():
    house = night(waiting())
    house.silent = True
    house.pass_time(minutes=6)
    assert house.notices() == ["meter.lost"]


def test_a_car_that_wants_more_at_night_has_its_share_at_once():
    house = night(waiting())
    house.pass_time(minutes=3)
    house.cars["alice"].appetite = Appetite.FULL
    house.look()
    assert house.limit_ma("alice") == 16_000
    assert house.why("alice") is None
    assert between_looks(house) == OFTEN
