"""Simulated cars with ways of their own: sleep, excess, a timer, phases that are switched under load."""

from datetime import UTC, datetime, timedelta

import pytest

from laadboek.devices.car import Car
from laadboek.devices.quirks import Quirks
from laadboek.devices.simulated import SIMULATED_BOX, SimulatedCharger
from laadboek.facts import Pilot
from laadboek.simulation.world import HeapTimers, World

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Kerb:
    def __init__(self, **quirks):
        self.world = World(NINE, 1)
        timers, ids, self.car = HeapTimers(self.world), self.world.ids("box"), Car(quirks=Quirks(**quirks))
        self.box = SimulatedCharger(SIMULATED_BOX, car=self.car, clock=self.world.clock, timers=timers, ids=ids)
        self.box.plug_in()

    def offer(self, limit_ma, phases=3, seconds=60):
        self.box.set_current(1, limit_ma, phases)
        self.wait(seconds)

    def wait(self, seconds):
        self.world.run(self.world.now + timedelta(seconds=seconds))

    @property
    def drawn_ma(self):
        return self.box.readings(self.world.now)[0].current_ma[0]


@pytest.mark.parametrize(("rests_s", "draws"), [(599, True), (600, False)])
def test_a_car_sleeps_after_ten_minutes_without_an_offer(rests_s, draws):
    kerb = Kerb(sleeps_after_s=600)
    kerb.wait(rests_s)
    kerb.offer(10_000)
    assert (kerb.drawn_ma > 0) is draws
    assert kerb.box.pilot is (Pilot.C2 if draws else Pilot.B2)


@pytest.mark.parametrize(("seconds", "wakes"), [(2, False), (3, True), (5, True), (600, False)])
def test_a_short_end_of_the_offer_wakes_it(seconds, wakes):
    kerb = Kerb(sleeps_after_s=600)
    kerb.wait(900)
    kerb.offer(10_000)
    kerb.offer(0, seconds=seconds)
    kerb.offer(10_000)
    assert (kerb.drawn_ma > 0) is wakes


def test_a_car_that_is_plugged_in_again_is_awake():
    kerb = Kerb(sleeps_after_s=600)
    kerb.wait(900)
    kerb.offer(10_000)
    kerb.box.unplug()
    kerb.box.plug_in()
    kerb.wait(60)
    assert kerb.drawn_ma > 9_000


def test_a_greedy_car_draws_more_than_it_is_offered_and_never_more_than_it_can():
    kerb = Kerb(excess_percent=10)
    kerb.offer(10_000)
    assert kerb.drawn_ma == 11_000
    kerb.offer(8_000)
    assert kerb.drawn_ma == 8_800
    kerb.offer(16_000)
    assert kerb.drawn_ma == 16_000


def test_a_car_with_a_timer_of_its_own_draws_nothing_before():
    kerb = Kerb(wants_from=NINE + timedelta(hours=2))
    kerb.offer(10_000, seconds=2 * 3_600 - 1)
    assert kerb.drawn_ma == 0 and kerb.box.pilot is Pilot.B2
    kerb.wait(60)
    assert kerb.drawn_ma > 9_000


def test_a_car_hangs_for_a_while_after_a_switch_under_load():
    kerb = Kerb(hangs_s=120)
    kerb.offer(10_000)
    kerb.offer(10_000, 1, seconds=8 + 119)
    assert kerb.drawn_ma == 0
    kerb.wait(60)
    assert kerb.drawn_ma > 9_000


def test_a_car_hangs_after_a_switch_until_the_offer_was_interrupted():
    kerb = Kerb(hangs_until_toggled=True)
    kerb.offer(10_000)
    kerb.offer(10_000, 1, seconds=3_600)
    assert kerb.drawn_ma == 0
    kerb.offer(0, 1, seconds=2)
    kerb.offer(10_000, 1)
    assert kerb.drawn_ma == 0
    kerb.offer(0, 1, seconds=3)
    kerb.offer(10_000, 1)
    assert kerb.drawn_ma > 9_000


def test_phases_that_change_in_a_pause_hang_nobody():
    kerb = Kerb(hangs_until_toggled=True, hangs_s=600)
    kerb.offer(10_000)
    kerb.offer(0)
    kerb.offer(10_000, 1)
    assert kerb.drawn_ma > 9_000


@pytest.mark.parametrize(
    "quirks",
    [
        {"sleeps_after_s": 60},
        {"excess_percent": 7},
        {"wants_from": NINE + timedelta(minutes=5, seconds=1)},
        {"hangs_s": 45},
        {"hangs_until_toggled": True},
    ],
)
def test_the_register_is_exact_however_often_somebody_looks(quirks):
    def story(watched):
        kerb = Kerb(**quirks)
        for limit_ma, phases in ((10_000, 3), (9_000, 1), (0, 1), (8_000, 3), (0, 3), (12_000, 3)):
            kerb.offer(limit_ma, phases, seconds=0)
            for _ in range(90 if watched else 1):
                before = kerb.box.register_pj if watched else 0
                kerb.wait(1 if watched else 90)
                assert kerb.box.register_pj >= before
        return kerb.box.register_pj, kerb.car.stored_pj

    assert story(watched=True) == story(watched=False)
