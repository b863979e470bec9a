"""Every key that belongs to the charger: written over control, told, and what it changes (RULES §6, §7)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from laadboek import facts
from laadboek.chargepoint import configuration
from laadboek.charger import events as ev
from laadboek.charger.effects import Tell
from laadboek.charger.settings import KEYS

from .bench import Bench

CLOSED = {"FreeCharging": "false"}


@dataclass
class Effect:
    value: str
    look: Callable[[Bench], Any]
    before: Any
    after: Any
    nameplate: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)


def seconds_awaited(bench) -> int:
    bench.pin("12345")
    for second in range(1, 400):
        bench.pass_time(seconds=1)
        if not bench.core.view(1).identified:
            return second
    raise AssertionError("for ever")


def charges_unidentified(bench) -> bool:
    bench.plug()
    return bench.running() is not None


def mode_after_a_remote_start(bench) -> str:
    bench.remote_start("ALICE")
    bench.plug()
    return bench.running().mode.value


def settings_pin_works(bench) -> bool:
    bench.pin("44444")
    return bench.shown == "charger.unlocked"


def goes_on_unplugged(bench) -> bool:
    bench.plug()
    bench.unplug()
    return bench.running() is not None


def cable_is_held_after_unplugging(bench) -> bool:
    bench.plug()
    bench.pass_time(seconds=2)
    assert bench.held[1]
    bench.unplug()
    return bench.held[1]


EFFECTS = {
    "ConnectionTimeOut": Effect("90", seconds_awaited, 60, 90, settings=CLOSED),
    "FreeCharging": Effect("false", charges_unidentified, True, False),
    "OCPPChargeMode": Effect("ECO+", mode_after_a_remote_start, "fast", "eco_plus", settings=CLOSED),
    "PinUnlock": Effect("false", settings_pin_works, True, False),
    "StopTransactionOnEVSideDisconnect": Effect("false", goes_on_unplugged, False, True),
    "UnlockConnectorOnEVSideDisconnect": Effect(
        "false", cable_is_held_after_unplugging, False, True, nameplate={"tethered": False}
    ),
}
# Where charging profiles are tried: there is no effect without them.
ELSEWHERE = {"CommercialMode", "RandomSmartChargeDelay"}


def test_every_key_of_the_charger_that_a_platform_writes_is_in_the_table():
    of_charger = {name for name, key in configuration.KEYS.items() if key.owner == "charger"}
    assert of_charger == set(EFFECTS) | ELSEWHERE
    assert of_charger <= set(KEYS)


@pytest.mark.parametrize("name", EFFECTS)
def test_a_key_of_the_charger_is_written_told_and_does_something(name):
    effect = EFFECTS[name]
    assert effect.look(Bench(settings=effect.settings, **effect.nameplate)) == effect.before
    bench = Bench(settings=effect.settings, **effect.nameplate)
    assert bench.write(name, effect.value) == "granted"
    told = [e.fact.values for e in bench.effects if isinstance(e, Tell) and isinstance(e.fact, facts.SettingsChanged)]
    assert told[-1][name] == effect.value
    assert effect.look(bench) == effect.after


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ConnectionTimeOut", "-1"),
        ("ConnectionTimeOut", "86401"),
        ("FreeCharging", "perhaps"),
        ("OCPPChargeMode", "SPORT"),
        ("RandomSmartChargeDelay", "1801"),
        ("Reservations", "1"),
    ],
)
def test_a_bad_value_is_refused_and_changes_nothing(name, value):
    bench = Bench()
    before = bench.core.setting_values()
    assert bench.write(name, value) == "refused setting.bad_value"
    assert bench.core.setting_values() == before


def test_the_session_of_a_closed_charger_cannot_be_told_to_outlive_its_plug():
    """RULES §6; errata 3.80: the key is optional, and may be read-only."""
    assert Bench(settings=CLOSED).write("StopTransactionOnEVSideDisconnect", "false") == (
        "refused setting.needs_free_charging"
    )


def test_keys_that_are_chosen_together_are_taken_together_or_not():
    bench = Bench()
    bench.do(ev.SettingsChosen({"LimitA": "10", "Reservations": "true"}))
    assert bench.core.setting_values().items() >= {"LimitA": "10", "Reservations": "true"}.items()
    before = bench.core.state
    for wrong in ({"Nonsense": "1"}, {"PinUnlock": "perhaps"}, {"FreeCharging": "false", "DefaultMode": "fast"}):
        bench.told()
        bench.do(ev.SettingsChosen({"LimitA": "20", "Reservations": "false", **wrong}))
        [told] = bench.told()
        assert told.startswith("notice setting.")
        assert bench.core.state == before


@pytest.mark.parametrize("names", [("FreeCharging", "DefaultMode"), ("DefaultMode", "FreeCharging")])
def test_free_charging_goes_first_in_whatever_order_they_are_named(names):
    """RULES §3: while it is false, the default mode is pinned."""
    bench = Bench()
    bench.set("FreeCharging", "false")
    wanted = {"FreeCharging": "true", "DefaultMode": "eco"}
    bench.do(ev.SettingsChosen({name: wanted[name] for name in names}))
    assert bench.core.setting_values().items() >= wanted.items()
    assert bench.core.held_by("DefaultMode") is None


def test_what_free_charging_holds_says_so():
    bench = Bench()
    bench.set("FreeCharging", "false")
    assert {name for name in KEYS if bench.core.held_by(name) == "FreeCharging"} == {"DefaultMode"}
