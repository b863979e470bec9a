"""A simulated box that changes between one phase and three while a car charges, and a car that needs more than 6 A."""

from datetime import UTC, datetime, timedelta

from laadboek.devices.car import Car
from laadboek.devices.simulated import SIMULATED_BOX, SimulatedCharger
from laadboek.facts import Pilot
from laadboek.simulation.world import HeapTimers, World

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Driveway:
    def __init__(self, car):
        self.world = World(NINE, 1)
        timers, ids = HeapTimers(self.world), self.world.ids("box")
        self.box = SimulatedCharger(SIMULATED_BOX, car=car, clock=self.world.clock, timers=timers, ids=ids)
        self.box.plug_in()

    def offer(self, limit_ma, phases, seconds=60):
        self.box.set_current(1, limit_ma, phases)
        self.wait(seconds)

    def wait(self, seconds):
        self.world.run(self.world.now + timedelta(seconds=seconds))

    @property
    def drawn(self):
        return [current_ma > 0 for current_ma in self.box.readings(self.world.now)[0].current_ma]


def test_a_car_on_three_phases_goes_on_with_one_when_it_is_offered_one():
    driveway = Driveway(Car())
    driveway.offer(10_000, 3)
    assert driveway.drawn == [True, True, True]
    driveway.offer(10_000, 1)
    assert driveway.drawn == [True, False, False]
    driveway.offer(10_000, 3)
    assert driveway.drawn == [True, True, True]


def test_contactors_move_without_load():
    driveway = Driveway(Car())
    driveway.offer(10_000, 3)
    driveway.offer(10_000, 1, seconds=7)
    assert driveway.drawn == [False, False, False]
    assert driveway.box.pilot is Pilot.B1
    driveway.wait(60)
    assert driveway.drawn == [True, False, False]


def test_what_is_offered_while_contactors_move_counts_when_they_have():
    driveway = Driveway(Car())
    driveway.offer(10_000, 3)
    driveway.offer(10_000, 1, seconds=2)
    driveway.offer(8_000, 1)
    assert driveway.box.readings(driveway.world.now)[0].offered_ma == 8_000
    assert driveway.drawn == [True, False, False]


def test_a_pause_while_contactors_move_ends_the_switch():
    driveway = Driveway(Car())
    driveway.offer(10_000, 3)
    driveway.offer(10_000, 1, seconds=2)
    driveway.offer(0, 1)
    assert driveway.drawn == [False, False, False]
    assert driveway.box.readings(driveway.world.now)[0].offered_ma == 0


def test_a_car_of_one_phase_takes_one_of_three():
    driveway = Driveway(Car(phases=1))
    driveway.offer(10_000, 3)
    assert driveway.drawn == [True, False, False]


def test_a_car_that_needs_8_a_draws_nothing_below():
    driveway = Driveway(Car(least_ma=8_000))
    driveway.offer(7_999, 3)
    assert driveway.drawn == [False, False, False]
    driveway.offer(8_000, 3)
    assert driveway.drawn == [True, True, True]
    driveway.offer(7_999, 3)
    assert driveway.drawn == [False, False, False]
