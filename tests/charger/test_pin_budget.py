"""How often a stranger finds a PIN before the pad locks: exactly, by a million guesses, at the core (RULES §3)."""

import random
from math import prod, sqrt

import pytest

from laadboek.charger import events as ev
from laadboek.charger.pads import FOUR_BUTTONS, FULL, pin_budget
from laadboek.facts import Kind

from .bench import Bench

VALUES = FULL.values
CHANCE = 0.002


def chance(values: int, drivers: int) -> float:
    """That one of the tries is right, of somebody who never types the same twice."""
    tries = pin_budget(values, drivers)
    return 1 - prod(1 - drivers / (values - tried) for tried in range(tries))


@pytest.mark.parametrize("drivers", range(1, 67))
def test_a_stranger_has_at_most_two_chances_in_a_thousand(drivers: int) -> None:
    assert chance(VALUES, drivers) <= CHANCE
    assert 3 <= pin_budget(VALUES, drivers) <= 30
    if pin_budget(VALUES, drivers) < 30:  # and no driver is kept from erring more than that asks for
        assert drivers * (pin_budget(VALUES, drivers) + 1) > CHANCE * VALUES


def test_beyond_that_a_driver_may_still_err_three_times() -> None:
    assert [pin_budget(VALUES, drivers) for drivers in (66, 67, 120, 5_000)] == [3, 3, 3, 3]
    assert chance(VALUES, 67) > CHANCE, "so the portal advises longer PINs"
    assert chance(FOUR_BUTTONS.values, 1) > CHANCE, "four buttons are few"


def test_a_million_guesses_find_what_was_computed() -> None:
    dice = random.Random(20261123)
    for drivers in (1, 2, 6, 7, 20, 50, 66):
        tries = pin_budget(VALUES, drivers)
        rounds = 1_000_000 // (7 * tries)
        pins = set(dice.sample(range(VALUES), drivers))
        found = sum(not pins.isdisjoint(dice.sample(range(VALUES), tries)) for _ in range(rounds))
        expected = rounds * chance(VALUES, drivers)
        assert abs(found - expected) <= 5 * sqrt(expected) + 1, drivers


@pytest.mark.parametrize("drivers", [1, 6, 7, 20, 66, 67, 120])
def test_the_core_locks_after_just_so_many(drivers: int) -> None:
    known = tuple(
        ev.Driver(driver_id=f"drv_{n}", name=f"{n}", id_tag=f"TAG{n}", kind=Kind.PRIVATE, pin_mac=b"%05d" % n)
        for n in range(drivers)
    )
    bench = Bench(drivers=known, settings={"FreeCharging": "false"})
    for _ in range(pin_budget(VALUES, drivers) - 1):
        bench.pin("99999")
        assert bench.shown == "pin.wrong"
        bench.pass_time(seconds=2)
    bench.pin("99999")
    assert bench.shown == "pad.locked"
    bench.pass_time(seconds=2)
    bench.pin("00000")  # a driver's
    bench.plug()
    assert bench.running() is None, "a locked pad takes nothing, also what is right"
    bench.tap("TAG0")
    assert bench.running() is not None, "tags go on"
