"""Reboot, restart, power loss (RULES §2), and meters that do not simply run forward."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from laadboek.charger import events as ev
from laadboek.facts import EndReason, Mode, Pilot

from .bench import Bench

CLOSED = {"FreeCharging": "false"}
QUARTER_WH = 5_520


def charging(keeps_register: bool = True, **settings: str) -> Bench:
    """Alice has been charging since nine o'clock."""
    bench = Bench(settings=CLOSED | settings, keeps_register=keeps_register)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(seconds=1)
    bench.told()
    return bench


def test_a_reboot_closes_the_session_and_brings_the_default_mode():
    bench = charging()
    bench.pass_time(minutes=20)
    bench.cut_power()
    assert bench.told() == ["DeviceWentDark"]
    assert bench.why == "dark"
    assert bench.core.deadline() is None
    went_dark_at = bench.now

    bench.pass_time(hours=2)
    bench.restore_power()

    assert bench.told() == ["DeviceBooted", "ended PowerLoss", "SettingsChanged", "0 A", "C2"]
    (session,) = bench.ended
    assert session.ended_at == went_dark_at
    assert session.energy_wh == 7_366  # 20 min 1 s
    assert session.flags == ("power_loss",)
    assert bench.core.mode() is Mode.STOP


def test_energy_between_the_last_look_and_the_dark_counts_if_the_meter_keeps_it():
    bench = charging()
    bench.pass_time(minutes=20)
    bench.cut_power()
    bench.register_wh[1] += 3  # flowed before the lights went out
    bench.restore_power()
    (session,) = bench.ended
    assert session.energy_wh == 7_366 + 3


def test_a_meter_that_forgets_is_marked_every_minute_and_loses_no_more_than_that():
    bench = charging(keeps_register=False)
    bench.pass_time(minutes=20, seconds=30)
    bench.restart(resync=False)  # Laadboek dies with the power: nothing said that it went dark
    bench.register_wh[1] = 0
    bench.do(ev.DeviceBooted(pilots={1: Pilot.A}))
    (session,) = bench.ended
    assert session.reason is EndReason.POWER_LOSS
    assert session.energy_wh == 20 * QUARTER_WH // 15
    assert session.ended_at == datetime(2026, 3, 1, 9, 20, tzinfo=UTC)
    assert "meter_reset" in session.flags


def test_a_meter_that_keeps_its_register_needs_no_more_than_the_quarter_hours():
    bench = charging()
    bench.wakes = 0
    bench.pass_time(hours=1)
    assert bench.wakes == 4


def test_a_session_may_go_on_after_a_power_cut_if_the_owner_wants_it_and_the_car_is_there():
    bench = charging(ResumeAfterPowerLoss="true")
    bench.cut_power()
    bench.pass_time(minutes=20)
    bench.told()
    bench.restore_power()
    assert bench.told() == ["DeviceBooted", "SettingsChanged", "32 A", "C2 offering in session"]
    running = bench.running()
    assert running is not None
    assert set(running.flags) == {"power_loss", "quarter_gap"}

    bench.cut_power()
    bench.restore_power(still_there=False)
    (session,) = bench.ended
    assert session.reason is EndReason.POWER_LOSS


def test_after_a_power_cut_plug_and_play_begins_anew():
    bench = Bench(settings={"FreeChargingIdTag": "HOUSE"})
    bench.plug()
    bench.cut_power()
    bench.told()
    bench.restore_power()
    assert bench.told()[:4] == ["DeviceBooted", "ended PowerLoss", "SettingsChanged", "started HOUSE"]


def test_with_backup_power_the_books_are_closed_before_the_dark():
    bench = charging()
    bench.do(ev.PowerFailing())
    assert bench.told() == ["ended PowerLoss", "0 A", "C2 settled"]
    bench.pin("12345")
    assert bench.told() == [], "nothing starts any more"
    bench.cut_power()
    bench.restore_power()
    assert bench.told() == ["DeviceWentDark", "DeviceBooted", "SettingsChanged", "0 A", "C2"]


def test_laadboeks_own_restart_changes_neither_mode_nor_session():
    bench = charging()
    bench.choose(Mode.ECO)
    bench.pass_time(minutes=20)
    before = bench.core.state.durable
    bench.told()

    bench.restart()

    assert bench.core.state.durable == before
    assert bench.told() == ["SettingsChanged", "32 A", "C2 offering in session"], "levels are put out anew"
    bench.pass_time(minutes=10)
    bench.unplug()
    (session,) = bench.ended
    assert session.energy_wh == 2 * QUARTER_WH + 6
    assert session.flags == ()


def test_a_car_that_left_while_laadboek_was_away_ends_its_session():
    bench = charging()
    bench.pilot[1] = Pilot.A
    bench.restart()
    assert bench.told() == ["SettingsChanged", "ended EVDisconnected", "0 A", "A"]


def test_before_the_device_is_heard_nothing_starts_and_no_level_is_put_out():
    bench = charging()
    bench.restart(resync=False)
    assert bench.why == "starting"
    assert bench.core.deadline() is None
    bench.tap("ALICE")
    assert bench.told() == []


def test_a_session_that_is_stopped_in_the_dark_ends_at_the_register_that_was_known():
    bench = charging()
    bench.pass_time(minutes=15)
    bench.cut_power()
    bench.register_wh[1] = 0  # whatever a dark device may show
    bench.told()
    assert bench.remote_stop() == "granted"
    assert bench.told() == ["granted", "ended Remote"]
    (session,) = bench.ended
    assert session.energy_wh == QUARTER_WH + 6


def test_a_settled_visit_stays_settled_over_a_restart():
    bench = Bench(settings={"FreeChargingIdTag": "HOUSE"})
    bench.plug()
    bench.remote_stop()
    bench.told()
    bench.restart()
    assert bench.told() == ["SettingsChanged", "0 A", "C2 settled"]


def test_a_claim_that_lapsed_while_laadboek_was_away_is_no_claim_for_the_next_car():
    bench = Bench(settings=CLOSED)
    bench.pin("12345")
    bench.now = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    bench.pilot[1] = Pilot.C2
    bench.restart()
    assert bench.running() is None
    assert bench.why == "waiting_for_identification"


@pytest.mark.parametrize(("hard", "reason"), [(False, EndReason.SOFT_RESET), (True, EndReason.HARD_RESET)])
def test_a_reset_closes_the_session_first_and_restarts_the_device_last(hard, reason):
    bench = charging()
    assert bench.reset(hard) == "granted"
    word = "hard" if hard else "soft"
    left = ["DeviceWentDark", f"reboot {word}"]
    assert bench.told() == ["granted", f"ended {reason.value}", "0 A", "C2 settled", *left]
    assert bench.remote_start("ALICE") == "refused charger.rebooting"
    assert (bench.reset(hard), bench.told()[-1]) == ("granted", f"reboot {word}"), "§9.1.22: if it did not happen"
    bench.do(ev.DeviceBooted(pilots={1: Pilot.C2}))
    assert bench.remote_start("ALICE") == "granted"


def test_a_meter_reset_in_a_session_never_makes_energy_negative():
    bench = charging()
    bench.pass_time(minutes=15)
    bench.register_wh[1] = 7
    bench.show(Pilot.C2)
    bench.pass_time(minutes=15)
    bench.unplug()
    (session,) = bench.ended
    assert session.flags == ("meter_reset",)
    assert session.energy_wh == 2 * QUARTER_WH, "but for the second before the reset that nobody saw"
    registers = [register for _, register in session.quarters]
    assert all(later >= earlier for earlier, later in pairwise(registers))


def test_a_meter_that_merely_stumbled_does_not_count_its_energy_twice():
    bench = charging()
    bench.pass_time(minutes=15)
    good = bench.register_wh[1]
    bench.register_wh[1] = 0
    bench.show(Pilot.C2)
    bench.register_wh[1] = good
    bench.pass_time(minutes=15)
    bench.unplug()
    (session,) = bench.ended
    assert session.energy_wh == 2 * QUARTER_WH + 6
    assert session.flags == ("meter_reset",)


def test_a_meter_reset_is_counted_once_also_if_laadboek_restarts_right_after():
    bench = charging()
    bench.pass_time(minutes=15)
    bench.register_wh[1] = 7
    bench.show(Pilot.C2)
    bench.restart()
    bench.unplug()
    (session,) = bench.ended
    assert session.energy_wh == QUARTER_WH


def test_a_meter_that_was_reset_while_laadboek_was_away_is_noticed():
    bench = charging()
    bench.pass_time(minutes=15)
    bench.register_wh[1] = 0
    bench.restart()
    bench.pass_time(minutes=15)
    bench.unplug()
    (session,) = bench.ended
    assert session.energy_wh == 2 * QUARTER_WH
    assert session.flags == ("meter_reset",)


def test_what_flowed_unseen_around_a_meter_reset_is_not_claimed():
    bench = charging()
    bench.pass_time(minutes=15)
    bench.register_wh[1] = 7  # and nobody looks before the next quarter-hour
    bench.pass_time(minutes=15)
    bench.unplug()
    (session,) = bench.ended
    assert session.energy_wh == QUARTER_WH + 7


def test_a_session_that_begins_before_the_meter_was_read_counts_from_the_first_reading():
    bench = Bench(settings={"FreeChargingIdTag": "HOUSE"})
    bench.meter_works = False
    bench.restart()
    bench.plug()
    bench.meter_works = True
    bench.show(Pilot.C2)
    bench.pass_time(minutes=15)
    bench.unplug()
    (session,) = bench.ended
    assert session.flags == ("meter_unknown",)
    assert session.energy_wh == QUARTER_WH


def test_a_clock_that_was_set_back_while_charging_does_not_turn_the_books_around():
    bench = charging()
    bench.pass_time(minutes=40)
    bench.now = bench.meter_at = bench.now - timedelta(hours=2)  # an ordinary restart comes with it
    bench.restart()
    bench.unplug()
    (session,) = bench.ended
    instants = [session.started_at, *(at for at, _ in session.quarters), session.ended_at]
    assert instants == sorted(instants)
    assert session.energy_wh is not None and session.energy_wh >= 14_000
