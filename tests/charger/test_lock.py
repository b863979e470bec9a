"""The lock, FreeCharging and the PIN pad (RULES §3)."""

from datetime import timedelta

import pytest

from laadboek.charger import events as ev
from laadboek.charger.pads import pin_budget
from laadboek.facts import Fault, Kind, Mode

from .bench import ALICE, BOB, HOUSEHOLD, Bench

CLOSED = {"FreeCharging": "false"}
OWN = {"FreeChargingIdTag": "HOUSE"}
RECOMMENDED = {
    "DefaultMode": "stop",
    "Lock.EvConnected": "true",
    "Lock.EvDisconnected": "false",
    "Lock.AutoHide": "false",
    "Lock.Charging": "true",
}
OLGAS = {
    "DefaultMode": "eco",
    "Lock.EvConnected": "false",
    "Lock.EvDisconnected": "true",
    "Lock.AutoHide": "true",
    "Lock.Charging": "false",
}


def keys(bench: Bench) -> dict[str, str]:
    return {key: bench.core.setting_values()[key] for key in RECOMMENDED}


# FreeCharging.


def test_free_charging_false_applies_the_recommended_set_and_true_gives_the_owners_back():
    bench = Bench(settings=OLGAS)
    assert bench.write("FreeCharging", "false") == "granted"
    assert keys(bench) == RECOMMENDED
    assert bench.core.mode() is Mode.STOP
    assert bench.write("FreeCharging", "true") == "granted"
    assert keys(bench) == OLGAS
    assert bench.core.mode() is Mode.ECO


def test_the_owners_choice_is_saved_on_the_edge_only():
    bench = Bench(settings=OLGAS)
    bench.write("FreeCharging", "false")
    bench.write("FreeCharging", "false")
    bench.set("Lock.AutoHide", "true")
    bench.write("FreeCharging", "false")
    assert keys(bench) == RECOMMENDED | {"Lock.AutoHide": "true"}, "repeated false changes nothing"
    bench.restart()
    bench.write("FreeCharging", "true")
    assert keys(bench) == OLGAS


def test_the_default_mode_is_pinned_at_stop_while_free_charging_is_false():
    bench = Bench(settings=CLOSED)
    assert bench.write("DefaultMode", "fast") == "refused setting.pinned"
    bench.told()
    bench.set("DefaultMode", "fast")
    assert bench.told() == ["notice setting.pinned"]
    assert keys(bench)["DefaultMode"] == "stop"


def test_free_charging_false_in_a_session_acts_after_unplug():
    bench = Bench(settings=OWN | OLGAS | {"Lock.Charging": "true"})
    bench.plug()
    bench.told()

    bench.write("FreeCharging", "false")
    assert bench.told() == ["granted", "SettingsChanged"]
    assert bench.core.setting_values()["FreeCharging"] == "false"
    assert keys(bench)["DefaultMode"] == "eco"
    assert bench.running() is not None

    bench.unplug()
    assert bench.told() == ["ended EVDisconnected", "notice settings_pin.default", "SettingsChanged", "0 A", "A"]
    assert keys(bench) == RECOMMENDED
    bench.plug()
    assert bench.told() == ["C2"]


def test_free_charging_false_and_true_within_one_session_leave_no_trace():
    bench = Bench(settings=OWN | OLGAS | {"Lock.Charging": "true"})
    bench.plug()
    bench.write("FreeCharging", "false")
    bench.write("FreeCharging", "true")
    bench.unplug()
    assert keys(bench) == OLGAS | {"Lock.Charging": "true"}


def test_a_waiting_car_starts_at_once_when_charging_becomes_free():
    bench = Bench(settings=CLOSED | OWN)
    bench.plug()
    bench.told()
    bench.write("FreeCharging", "true")
    assert bench.told() == ["granted", "started HOUSE", "SettingsChanged", "32 A", "C2 offering in session"]


def test_a_car_whose_session_ended_does_not_start_again_by_itself():
    bench = Bench(settings=CLOSED | OWN)
    bench.plug()
    bench.tap("ALICE")
    bench.tap("ALICE")
    bench.write("FreeCharging", "true")
    assert bench.running() is None


def test_a_reboot_puts_free_charging_false_in_force():
    bench = Bench(settings=OWN)
    bench.plug()
    bench.write("FreeCharging", "false")
    bench.cut_power()
    bench.restore_power()
    assert keys(bench) == RECOMMENDED
    assert bench.running() is None


def test_the_owners_choice_outlives_the_visits_in_between():
    bench = Bench(settings=OLGAS)
    bench.write("FreeCharging", "false")
    bench.plug()
    bench.pin("12345")
    bench.unplug()
    bench.write("FreeCharging", "true")
    assert keys(bench) == OLGAS


def test_free_charging_false_ends_a_session_at_the_unplug_also_where_it_might_have_gone_on():
    bench = Bench(settings=OWN | {"StopTransactionOnEVSideDisconnect": "false"})
    bench.plug()
    bench.write("FreeCharging", "false")
    bench.unplug()
    assert bench.running() is None


# The lock's gate.


def test_with_charging_off_energy_needs_an_unlocked_charger():
    bench = Bench(settings=OWN | {"Lock.EvConnected": "true", "Lock.Charging": "false"})
    bench.plug()
    assert bench.limit_ma[1] == 0
    assert bench.why == "locked"
    bench.do(ev.OwnerUnlocked())
    assert bench.limit_ma[1] == 32_000

    bench.unplug()
    bench.plug()
    assert bench.limit_ma[1] == 0, "the next car finds it locked again"
    bench.pin("44444")
    assert bench.shown == "charger.unlocked"
    assert bench.limit_ma[1] == 32_000


def test_an_unlock_without_a_car_does_not_open_the_charger_for_whoever_comes():
    bench = Bench(settings=OWN | {"Lock.EvConnected": "true", "Lock.Charging": "false"})
    bench.pin("44444")
    bench.plug()
    assert bench.limit_ma[1] == 0


def test_a_drivers_pin_opens_the_gate_for_the_drivers_session():
    bench = Bench(settings=OWN | {"Lock.EvConnected": "true", "Lock.Charging": "false"})
    bench.plug()
    bench.pin("12345")
    assert bench.limit_ma[1] == 32_000


def test_the_settings_pin_stops_working_when_only_remote_unlock_is_left():
    bench = Bench(settings={"PinUnlock": "false"})
    bench.pin("44444")
    assert bench.shown == "pin.wrong"
    bench.pass_time(seconds=2)
    bench.pin("12345")
    assert bench.core.view(1).identified, "drivers' PINs go on"


def test_offline_for_ten_minutes_the_settings_pin_works_again():
    bench = Bench(settings={"PinUnlock": "false"})
    bench.do(ev.NetworkChanged(online=False))
    bench.pass_time(minutes=9, seconds=59)
    bench.do(ev.NetworkChanged(online=False))
    bench.pin("44444")
    assert bench.shown == "pin.wrong"
    bench.pass_time(seconds=2)
    bench.told()
    bench.pin("44444")
    assert bench.shown == "charger.unlocked"
    assert bench.told() == ["notice settings_pin.used_offline", "notice settings_pin.default"]

    bench.do(ev.NetworkChanged(online=True))
    bench.pass_time(minutes=20)
    bench.pin("44444")
    assert bench.shown == "pin.wrong"


# The settings PIN.


def test_everybodys_pin_opens_the_settings_until_the_owner_chose_another():
    bench = Bench(settings={"Lock.EvDisconnected": "true"})
    assert bench.core.has_factory_pin()
    bench.pin("44444")
    assert bench.shown == "charger.unlocked"
    assert bench.told()[0] == "notice settings_pin.default", "with a reminder each time"

    bench.do(ev.SettingsPinChosen(b"90210"))
    assert not bench.core.has_factory_pin()
    bench.restart()
    bench.told()
    for pin, shown in (("44444", "pin.wrong"), ("90210", "charger.unlocked")):
        bench.pass_time(seconds=2)
        bench.pin(pin)
        assert bench.shown == shown
    assert bench.told() == []


@pytest.mark.parametrize(("pin", "why"), [(b"44444", "pin.factory"), (b"12345", "pin.taken")])
def test_neither_the_factorys_nor_a_drivers_pin_can_be_the_owners(pin, why):
    bench = Bench()
    bench.do(ev.SettingsPinChosen(pin))
    assert bench.told() == [f"notice {why}"]
    assert bench.core.has_factory_pin()


def test_free_charging_false_reminds_of_the_factorys_pin_once():
    bench = Bench()
    bench.told()
    for _ in range(2):
        bench.write("FreeCharging", "false")
    assert bench.told().count("notice settings_pin.default") == 1


def test_a_driver_who_has_the_factorys_pin_is_a_driver():
    dave = ev.Driver(driver_id="drv_dave", name="Dave", id_tag="DAVE", kind=Kind.PRIVATE, pin_mac=b"44444")
    bench = Bench(drivers=(dave,))
    bench.pin("44444")
    assert bench.core.view(1).identified
    assert not bench.core.state.durable.unlocked


# The display.


@pytest.mark.parametrize(
    ("settings", "empty", "with_car"),
    [
        ({"Lock.EvDisconnected": "true"}, True, False),
        ({"Lock.EvConnected": "true"}, False, True),
        ({"Lock.EvConnected": "true", "Lock.EvDisconnected": "true", "Lock.AutoHide": "false"}, False, False),
        ({}, False, False),
    ],
)
def test_auto_hide_hides_the_readings_while_the_charger_is_locked(settings, empty, with_car):
    bench = Bench(settings=OWN | settings)
    assert bench.core.hides_readings() == empty
    bench.plug()
    assert bench.core.hides_readings() == with_car
    bench.do(ev.OwnerUnlocked())
    assert not bench.core.hides_readings()


# The pad.


@pytest.mark.parametrize(
    ("pad_values", "drivers", "tries"),
    [(100_000, 1, 30), (100_000, 6, 30), (100_000, 7, 28), (100_000, 66, 3), (100_000, 67, 3), (1_024, 1, 3)],
)
def test_the_budget_of_wrong_pins(pad_values, drivers, tries):
    assert pin_budget(pad_values, drivers) == tries


def exhausted(tries: int) -> Bench:
    bench = Bench(pad_values=1_024)
    for _ in range(tries):
        bench.pin("00000")
        bench.pass_time(seconds=2)
    return bench


def test_the_pad_locks_when_the_budget_is_spent():
    bench = exhausted(2)
    assert bench.shown == "pin.wrong"
    bench.told()
    bench.pin("00000")
    assert bench.told() == ["notice pad.locked"]
    bench.pass_time(seconds=2)
    bench.pin("12345")
    assert bench.shown == "pad.locked"
    assert not bench.core.view(1).identified


def test_a_right_pin_in_between_gives_the_budget_back():
    bench = exhausted(2)
    for pin in ("12345", "00000", "00000"):
        bench.pin(pin)
        bench.pass_time(seconds=2)
    assert bench.shown == "pin.wrong"


def test_the_pad_unlocks_after_a_day_and_no_second_earlier():
    bench = exhausted(3)
    bench.pass_time(hours=24, seconds=-3)
    bench.pin("12345")
    assert bench.shown == "pad.locked"
    bench.pass_time(seconds=1)
    bench.pin("12345")
    assert bench.core.view(1).identified


def test_a_clock_that_is_set_back_leaves_the_pad_neither_deaf_nor_locked_for_longer_than_a_day():
    bench = Bench()
    bench.pin("00000")
    bench.now -= timedelta(days=400)
    bench.meter_at = bench.now
    bench.pin("12345")
    assert bench.core.view(1).identified

    bench = exhausted(3)
    bench.now -= timedelta(days=400)
    bench.meter_at = bench.now
    bench.pin("12345")
    assert bench.shown == "pad.locked"
    bench.pass_time(hours=24, seconds=-1)
    bench.pin("12345")
    assert bench.shown == "pad.locked"
    bench.pass_time(seconds=1)
    bench.pin("12345")
    assert bench.core.view(1).identified


def test_an_owner_unlocks_the_pad():
    bench = exhausted(3)
    bench.do(ev.OwnerUnlocked())
    bench.pin("12345")
    assert bench.core.view(1).identified


def test_a_locked_pad_stays_locked_over_a_restart():
    bench = exhausted(3)
    bench.restart()
    bench.pin("12345")
    assert bench.shown == "pad.locked"


def test_tags_work_while_the_pad_is_locked():
    bench = exhausted(3)
    bench.tap("ALICE")
    assert bench.core.view(1).identified


def test_two_seconds_between_tries():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("00000")
    bench.pass_time(seconds=1.9)
    bench.pin("12345")
    assert bench.shown == "pad.too_soon"
    assert bench.running() is None
    bench.pass_time(seconds=0.1)
    bench.pin("12345")
    assert bench.running() is not None


def test_a_blocked_driver_stops_at_once_and_cannot_start():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    blocked = ev.Driver(
        driver_id="drv_alice", name="Alice", id_tag="ALICE", kind=Kind.BUSINESS, pin_mac=b"12345", blocked=True
    )
    bench.do(ev.DriversChanged((blocked, BOB)))
    assert bench.running() is None, "a block acts at once"
    bench.pass_time(seconds=2)
    bench.pin("12345")
    assert bench.running() is None
    assert bench.shown == "driver.blocked"
    assert ALICE in HOUSEHOLD


# Loose cables.


def socket(**settings: str) -> Bench:
    bench = Bench(tethered=False, settings=CLOSED | settings)
    bench.held.clear()
    return bench


def test_a_loose_cable_is_held_before_current_flows_and_freed_after():
    bench = socket()
    bench.plug()
    bench.told()
    bench.pin("12345")
    assert bench.told() == ["cable held", "C2 identified"]
    assert bench.why == "waiting_for_lock"
    bench.do(ev.LockMoved(1))
    assert bench.told() == ["started ALICE", "32 A", "C2 offering in session"]
    bench.pass_time(seconds=2)
    bench.pin("12345")
    assert bench.told() == ["ended Local by ALICE", "0 A", "cable free", "C2 settled"]


def test_a_lock_that_stays_silent_for_a_second_has_moved():
    bench = socket()
    bench.plug()
    bench.pin("12345")
    bench.told()
    bench.pass_time(seconds=1)
    assert bench.told() == ["started ALICE", "32 A", "C2 offering in session"]


def test_a_lock_that_fails_at_the_start_is_a_fault_and_no_session():
    bench = socket()
    bench.plug()
    bench.pin("12345")
    bench.told()
    bench.do(ev.LockFailed(1))
    assert bench.told() == ["cable free", "C2 ConnectorLockFailure"]
    bench.do(ev.LockFailed(1))
    assert bench.told() == [], "failing to free a cable that was never held is no news"
    bench.pass_time(hours=1)
    assert bench.sessions == {}
    bench.pull_cable()
    assert bench.core.view(1).fault is None
    bench.plug()
    bench.pin("12345")
    bench.do(ev.LockMoved(1))
    assert bench.running() is not None


def test_lock_ev_disconnected_holds_the_owners_cable_without_a_car():
    bench = socket()
    bench.set("Lock.EvDisconnected", "true")
    bench.insert_cable()
    assert bench.held == {1: True}
    bench.plug()
    bench.pin("12345")
    assert bench.running() is not None, "a cable that is held already needs no waiting"
    bench.pass_time(seconds=2)
    bench.pin("12345")
    assert bench.held == {1: True}


def test_a_lock_failure_without_session_is_a_fault_that_a_new_cable_forgives():
    bench = socket()
    bench.set("Lock.EvDisconnected", "true")
    bench.insert_cable()
    bench.do(ev.LockFailed(1))
    assert bench.core.view(1).fault is Fault.CONNECTOR_LOCK_FAILURE
    bench.pull_cable()
    assert bench.core.view(1).fault is None
