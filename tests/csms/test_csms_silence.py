"""A charge point that never says anything again: its transaction ends, and a Stop that comes after all still counts."""

import pytest
from platform_bench import ALICE, BOB, START, Bench

from laadboek.ocpp import messages as m
from laadboek.ocpp.types import AuthorizationStatus as Status
from laadboek.store import charge_points, chargers


@pytest.fixture
def bench():
    bench = Bench()
    bench.platform.lookout.start()
    return bench


def states(bench):
    return bench.rows_of("transactions", "state, meter_stop_wh, flags")


def sessions(bench):
    return bench.rows_of("sessions", "energy_wh, ended_at")


def test_a_transaction_of_one_that_went_silent_ends_after_a_day_at_its_last_register(bench):
    garage = bench.charge_point()
    started = garage.start(ALICE)
    bench.pass_time(hours=1)
    garage.meter(started.transaction_id, 4000)
    garage.close(1006)
    bench.pass_time(hours=23, minutes=59)
    assert states(bench) == [("open", None, "")]
    bench.pass_time(minutes=6)
    assert states(bench) == [("provisional", 4000, "no_stop")]
    assert bench.logged("transaction.lost_in_silence") == [{"charge_point_id": "cp_garage", "count": 1}]
    assert sessions(bench) == []
    bench.pass_time(minutes=20)
    [(energy_wh, ended_at)] = sessions(bench)
    assert energy_wh == 3000
    assert ended_at == bench.rows_of("transactions", "stopped_at")[0][0]
    assert bench.charge_point("STREET").start(ALICE).id_tag_info.status is Status.ACCEPTED  # not concurrent any more


def test_its_late_stop_still_closes_it_and_corrects_the_session(bench):
    started = bench.charge_point().start(ALICE)
    bench.pass_time(days=3)
    assert [row[0] for row in sessions(bench)] == [0]
    garage = bench.charge_point()
    garage.meter(started.transaction_id, 8000, at=START.replace(hour=20))
    garage.stop(started.transaction_id, meter=9000, at=START.replace(hour=21))
    assert states(bench) == [("closed", 9000, "")]
    assert [row[0] for row in sessions(bench)] == [8000]
    assert bench.rows_of("ledger_entries", "seq") == [(1,), (2,)]


def test_whoever_says_anything_once_a_day_is_left_alone(bench):
    garage = bench.charge_point()
    garage.start(ALICE)
    for _ in range(5):
        bench.pass_time(hours=23)
        garage.ask(m.HeartbeatRequest())
    assert states(bench) == [("open", None, "")]


def test_what_a_boot_interrupted_ends_without_another_message(bench):
    garage = bench.charge_point()
    started = garage.start(BOB)
    garage.meter(started.transaction_id, 2500)
    bench.pass_time(minutes=30)
    garage.boot()
    garage.close(1006)
    bench.pass_time(minutes=14)
    assert states(bench) == [("open", None, "")]
    bench.pass_time(minutes=6)
    assert states(bench) == [("provisional", 2500, "no_stop")]
    bench.pass_time(minutes=20)
    assert [row[0] for row in sessions(bench)] == [1500]


def test_a_missing_stop_enters_the_ledger_without_another_message(bench):
    garage = bench.charge_point()
    started = garage.start(ALICE)
    bench.pass_time(minutes=20)
    garage.meter(started.transaction_id, 1700)
    garage.status("Available")
    garage.close(1006)
    bench.pass_time(minutes=14)
    assert sessions(bench) == []
    bench.pass_time(minutes=6)
    assert [row[0] for row in sessions(bench)] == [700]


def test_nobody_is_blamed_for_silence_while_the_platform_was_away(bench):
    bench.charge_point().start(ALICE)
    bench.timers.deadlines = type(bench.timers.deadlines)()
    bench.clock.instant = START.replace(day=20)
    bench.restart()
    bench.platform.lookout.start()
    bench.pass_time(hours=23, minutes=59)
    assert states(bench) == [("open", None, "")]
    bench.pass_time(minutes=6)
    assert states(bench) == [("provisional", 1000, "no_stop")]


def test_a_charger_that_we_host_is_left_to_its_host(bench):
    def host(db):
        charger_id = chargers.create(db, 1, "chg_home", "Garage", "simulated", {}, START)
        db.run("UPDATE charge_points SET charger_id = ? WHERE id = 1", (charger_id,))

    bench.run(host)
    bench.platform.index(bench.run(charge_points.everything))
    bench.charge_point().start(ALICE)
    bench.pass_time(days=3)
    assert states(bench) == [("open", None, "")]
