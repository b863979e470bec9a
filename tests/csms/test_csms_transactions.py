"""Starts and stops: never refused, never twice, never somebody else's (§4.8, §4.10)."""

import pytest
from msgspec.structs import replace
from platform_bench import ALICE, BOB, CHARLIE, DAVE, ERIN, START, Bench, values

from laadboek.clock import to_us
from laadboek.ledger.entry import SessionFacts
from laadboek.ocpp import messages as m
from laadboek.ocpp.types import AuthorizationStatus as Status
from laadboek.ocpp.types import Reason
from laadboek.store import chargers, ledger, sessions
from laadboek.store.verify import verify


@pytest.fixture
def bench():
    return Bench()


def states(bench):
    return bench.rows_of("transactions", "connector_id, state, meter_start_wh, meter_stop_wh, flags")


def test_a_session_from_start_to_stop_reaches_the_ledger(bench):
    garage = bench.charge_point()
    started = garage.start(ALICE, meter=1000)
    assert started.id_tag_info.status is Status.ACCEPTED
    bench.pass_time(minutes=15)
    garage.meter(started.transaction_id, 3000)
    bench.pass_time(minutes=20)
    stopped = garage.stop(started.transaction_id, meter=6000, id_tag=ALICE, reason=Reason.EV_DISCONNECTED)

    assert stopped.id_tag_info.status is Status.ACCEPTED
    assert states(bench) == [(1, "closed", 1000, 6000, "")]
    [(session_id,)] = bench.rows_of("transactions", "session_id")
    facts = bench.run(lambda db: sessions.load(db, 1, session_id)).facts
    assert (facts.kind, facts.driver_id, facts.energy_wh, facts.reason) == (
        "business",
        "drv_alice",
        5000,
        "EVDisconnected",
    )
    assert facts.quarters == ((START.replace(minute=15), 3000),)
    assert bench.run(lambda db: ledger.head(db, "cp_garage")).seq == 1
    assert bench.run(verify) == []


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        (ALICE, Status.ACCEPTED),
        ("alice", Status.ACCEPTED),
        (CHARLIE, Status.INVALID),
        (DAVE, Status.BLOCKED),
        (ERIN, Status.EXPIRED),
    ],
)
def test_the_platform_says_what_it_knows_of_a_tag(bench, tag, status):
    garage = bench.charge_point()
    assert garage.ask(m.AuthorizeRequest(id_tag=tag)).id_tag_info.status is status
    started = garage.start(tag)
    assert started.id_tag_info.status is status
    assert started.transaction_id > 0  # recorded all the same (§4.8)
    assert len(states(bench)) == 1


def test_a_tag_expires_at_its_very_instant(bench):
    bench.clock.instant = START.replace(hour=8, minute=59, second=59)
    garage = bench.charge_point()
    assert garage.ask(m.AuthorizeRequest(id_tag=ERIN)).id_tag_info.status is Status.ACCEPTED
    bench.pass_time(seconds=1)
    assert garage.ask(m.AuthorizeRequest(id_tag=ERIN)).id_tag_info.status is Status.EXPIRED


def test_the_parent_of_a_tag_is_told(bench):
    assert bench.charge_point().ask(m.AuthorizeRequest(id_tag=BOB)).id_tag_info.parent_id_tag == "FAMILY"


def test_a_tag_that_charges_elsewhere_is_concurrent(bench):
    garage, street = bench.charge_point(), bench.charge_point("STREET")
    first = garage.start(ALICE)
    second = street.start("alice")
    assert second.id_tag_info.status is Status.CONCURRENT_TX
    assert [row[1] for row in states(bench)] == ["open", "open"]
    garage.stop(first.transaction_id)
    street.stop(second.transaction_id)
    assert street.start(ALICE, meter=7000, at=START.replace(hour=10)).id_tag_info.status is Status.ACCEPTED


def test_the_same_start_under_another_message_id_and_case_is_the_same_transaction(bench):
    garage = bench.charge_point()
    first = garage.start(ALICE, at=START)
    bench.pass_time(minutes=3)
    assert garage.start("alice", at=START).transaction_id == first.transaction_id
    assert len(states(bench)) == 1


def test_a_repeated_start_gets_its_first_answer_also_after_the_transaction_ended(bench):
    garage = bench.charge_point()
    first = garage.start(ALICE, at=START, message_id="one")
    garage.stop(first.transaction_id)
    assert garage.start(ALICE, at=START, message_id="one") == first
    assert states(bench) == [(1, "closed", 1000, 6000, "")]


def test_one_message_id_with_two_payloads_is_two_messages(bench):
    garage = bench.charge_point()
    first = garage.start(ALICE, at=START, message_id="1000000")
    garage.stop(first.transaction_id)
    second = garage.start(ALICE, meter=6000, at=START.replace(hour=10), message_id="1000000")
    assert second.transaction_id != first.transaction_id


def test_a_stop_of_a_charge_point_of_somebody_else_does_nothing_to_it(bench):
    garage, street = bench.charge_point(), bench.charge_point("STREET")
    started = garage.start(ALICE)
    assert street.stop(started.transaction_id, meter=9_999_999) == m.StopTransactionResponse()
    assert states(bench) == [(1, "open", 1000, None, "")]
    assert bench.rows_of("orphans", "charge_point_id, why, transaction_id") == [
        (2, "foreign_transaction", started.transaction_id)
    ]
    assert bench.logged("transaction.foreign_transaction")
    street.meter(started.transaction_id, 55_555)
    garage.stop(started.transaction_id, meter=2000)
    assert states(bench) == [(1, "closed", 1000, 2000, "")]


def test_a_stop_of_an_unknown_transaction_is_answered_and_kept_once(bench):
    garage = bench.charge_point()
    for _ in range(3):
        assert garage.stop(4711, id_tag=ALICE, at=START).id_tag_info.status is Status.ACCEPTED
    assert bench.rows_of("orphans", "action, why, transaction_id") == [("StopTransaction", "unknown_transaction", 4711)]


def test_a_second_and_different_stop_of_a_closed_transaction_is_an_orphan(bench):
    garage = bench.charge_point()
    started = garage.start()
    garage.stop(started.transaction_id, meter=2000, at=START)
    garage.stop(started.transaction_id, meter=2000, at=START)  # the same: nothing
    assert bench.rows_of("orphans") == []
    garage.stop(started.transaction_id, meter=99_000, at=START)
    assert states(bench) == [(1, "closed", 1000, 2000, "")]
    assert bench.rows_of("orphans", "why") == [("already_closed",)]


def test_a_meter_that_ran_backwards_is_flagged_and_worth_nothing_until_reviewed(bench):
    garage = bench.charge_point()
    started = garage.start(meter=5000)
    garage.stop(started.transaction_id, meter=1000)
    assert states(bench) == [(1, "closed", 5000, 1000, "meter_backwards")]
    assert bench.rows_of("sessions", "energy_wh, start_register_wh, end_register_wh") == [(0, 5000, 5000)]


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("1970-01-01T00:01:00Z", "start_time_implausible"),
        ("2014-12-31T23:59:59Z", "start_time_implausible"),
        ("2015-01-01T00:00:00Z", ""),
        ("2026-03-02T09:00:00Z", ""),
        ("2026-03-02T09:00:01Z", "start_time_implausible"),
        ("2026-03-01T10:00:00.500+01:00", ""),
    ],
)
def test_a_time_that_cannot_be_is_booked_flagged_and_kept_as_written(bench, text, flag):
    garage = bench.charge_point()
    payload = {"connectorId": 1, "idTag": ALICE, "meterStart": 0, "timestamp": text}
    [[kind, _, answer]] = garage.say_call("1", "StartTransaction", payload)
    assert kind == 3 and answer["idTagInfo"]["status"] == "Accepted"
    assert bench.rows_of("transactions", "started_text, flags") == [(text, flag)]


def test_a_second_start_on_a_connector_ends_the_first_at_its_last_register(bench):
    garage = bench.charge_point()
    first = garage.start(ALICE, meter=1000)
    bench.pass_time(minutes=10)
    garage.meter(first.transaction_id, 3500)
    bench.pass_time(minutes=10)
    second = garage.start(BOB, meter=4000)
    assert second.id_tag_info.status is Status.ACCEPTED
    assert states(bench) == [(1, "provisional", 1000, 3500, "no_stop"), (1, "open", 4000, None, "")]


def test_a_start_that_comes_late_ended_before_the_one_that_runs(bench):
    garage = bench.charge_point()
    bench.pass_time(hours=2)
    garage.start(BOB, meter=4000)
    garage.start(ALICE, meter=1000, at=START)
    assert states(bench) == [(1, "open", 4000, None, ""), (1, "provisional", 1000, 1000, "no_stop")]


def test_a_start_from_the_future_makes_room_for_the_next_one(bench):
    garage = bench.charge_point()
    garage.start(ALICE, meter=1000, at=START.replace(year=2099))
    bench.pass_time(hours=1)
    second = garage.start(ALICE, meter=4000)
    assert second.id_tag_info.status is Status.ACCEPTED
    garage.stop(second.transaction_id, meter=6000)
    assert [row[:4] for row in states(bench)] == [(1, "provisional", 1000, 1000), (1, "closed", 4000, 6000)]
    assert bench.rows_of("sessions", "energy_wh, ended_at >= started_at, ended_at") == [
        (2000, 1, to_us(bench.clock.instant))
    ]


def test_available_ends_a_start_from_the_future(bench):
    garage = bench.charge_point()
    garage.start(ALICE, at=START.replace(year=2099))
    bench.pass_time(minutes=1)
    garage.status("Available")
    assert [row[1] for row in states(bench)] == ["provisional"]
    bench.pass_time(minutes=1)
    assert garage.start(ALICE).id_tag_info.status is Status.ACCEPTED


def test_two_connectors_do_not_disturb_each_other(bench):
    garage = bench.charge_point()
    garage.start(ALICE, connector_id=1)
    garage.start(BOB, connector_id=2)
    bench.pass_time(minutes=1)
    garage.status("Available", connector_id=3)
    assert [row[1] for row in states(bench)] == ["open", "open"]


def test_available_ends_what_had_no_stop_and_the_real_stop_replaces_that_once(bench):
    garage = bench.charge_point()
    started = garage.start()
    bench.pass_time(minutes=30)
    garage.status("Available")
    assert states(bench) == [(1, "provisional", 1000, 1000, "no_stop")]
    assert bench.rows_of("sessions") == []  # its Stop may be queued behind
    bench.pass_time(days=30)
    garage.stop(started.transaction_id, meter=6000, at=START.replace(hour=10))
    assert states(bench) == [(1, "closed", 1000, 6000, "")]
    assert bench.rows_of("ledger_entries", "entry, energy_wh") == [("session", 5000)]


def test_an_available_from_before_the_start_ends_nothing(bench):
    garage = bench.charge_point()
    bench.pass_time(minutes=1)
    garage.start()
    garage.status("Available", at=START)
    assert [row[1] for row in states(bench)] == ["open"]


def test_a_stop_that_stays_away_leaves_a_session_and_the_late_one_a_correction(bench):
    garage = bench.charge_point()
    started = garage.start()
    bench.pass_time(minutes=1)
    garage.status("Available")
    bench.pass_time(minutes=14, seconds=59)
    garage.ask(m.HeartbeatRequest())
    assert bench.rows_of("sessions") == []
    bench.pass_time(minutes=1, seconds=1)
    garage.ask(m.HeartbeatRequest())
    assert bench.rows_of("ledger_entries", "entry, energy_wh") == [("session", 0)]
    garage.stop(started.transaction_id, meter=6000, at=START.replace(hour=10))
    assert bench.rows_of("ledger_entries", "entry, energy_wh") == [("session", 0), ("correction", 5000)]
    assert bench.rows_of("sessions", "energy_wh") == [(5000,)]
    assert bench.run(verify) == []


def test_a_transaction_that_nobody_resumes_after_a_boot_ends_at_the_boot(bench):
    garage = bench.charge_point()
    started = garage.start()
    bench.pass_time(minutes=5)
    garage.meter(started.transaction_id, 2000)
    bench.pass_time(minutes=5)
    garage.boot()
    bench.pass_time(minutes=14, seconds=59)
    garage.ask(m.HeartbeatRequest())
    assert [row[1] for row in states(bench)] == ["open"]
    bench.pass_time(minutes=2)
    garage.ask(m.HeartbeatRequest())
    assert states(bench) == [(1, "provisional", 1000, 2000, "no_stop")]


def test_a_transaction_that_goes_on_after_a_boot_stays_open(bench):
    garage = bench.charge_point()
    first = garage.start(ALICE, connector_id=1)
    garage.start(BOB, connector_id=2)
    bench.pass_time(minutes=10)
    garage.boot()
    garage.status("Charging", connector_id=2)
    bench.pass_time(minutes=1)
    garage.meter(first.transaction_id, 2000)
    bench.pass_time(minutes=30)
    garage.ask(m.HeartbeatRequest())
    assert [row[1] for row in states(bench)] == ["open", "open"]


def test_a_stop_without_id_closes_the_only_transaction_it_fits(bench):
    garage = bench.charge_point()
    garage.start(ALICE, meter=1000, connector_id=1)
    garage.start(BOB, meter=1000, connector_id=2)
    bench.pass_time(minutes=5)
    at = bench.clock.now()
    for _ in range(2):
        garage.stop(-1, meter=3000, id_tag=BOB, at=at)
    assert states(bench) == [(1, "open", 1000, None, ""), (2, "closed", 1000, 3000, "stop_matched")]
    assert bench.rows_of("orphans") == []
    garage.stop(-1, meter=500, id_tag=ALICE)  # below Alice's start: not hers
    assert states(bench)[0][1] == "open"


def test_a_stop_without_id_waits_for_a_start_that_comes_later(bench):
    garage = bench.charge_point()
    bench.pass_time(hours=1)
    at = bench.clock.now()
    garage.stop(-1, meter=3000, id_tag=ALICE, at=at)
    assert bench.rows_of("orphans", "why, matched_at") == [("no_id", None)]
    garage.start(ALICE, meter=1000, at=START)
    assert states(bench) == [(1, "closed", 1000, 3000, "stop_matched")]
    assert bench.rows_of("orphans", "matched_at") == [(to_us(at),)]


def test_meter_values_under_a_new_message_id_are_stored_once(bench):
    garage = bench.charge_point()
    started = garage.start()
    for _ in range(3):
        garage.meter(started.transaction_id, 1500, at=START)
    garage.meter(started.transaction_id, 1600, at=START)
    assert bench.rows_of("meter_values", "register_wh") == [(1500,), (1600,)]


@pytest.mark.parametrize(
    ("sample", "register", "power"),
    [
        ({"value": "1234.6"}, 1235, None),
        ({"value": "1.5", "unit": "kWh"}, 1500, None),
        ({"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"}, None, 7400),
        ({"value": "10", "phase": "L1"}, None, None),
        ({"value": "10", "location": "Inlet"}, None, None),
        ({"value": "ff00", "format": "SignedData"}, None, None),
        ({"value": "nan"}, None, None),
        ({"value": "1e300"}, None, None),
        ({"value": ""}, None, None),
        ({"value": "10", "unit": "varh"}, None, None),
    ],
)
def test_register_and_power_are_picked_out_of_what_can_be_read(bench, sample, register, power):
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-03-01T09:00:00Z", "sampledValue": [sample]}]}
    assert bench.charge_point().say_call("1", "MeterValues", payload) == [[3, "1", {}]]
    assert bench.rows_of("meter_values", "register_wh, power_w") == [(register, power)]


def test_the_values_of_a_stop_are_kept_with_its_transaction(bench):
    garage = bench.charge_point()
    started = garage.start()
    request = m.StopTransactionRequest(
        transaction_id=started.transaction_id,
        meter_stop=2000,
        timestamp=START,
        transaction_data=(values(START, 1000), values(START, 2000)),
    )
    garage.ask(request)
    garage.ask(request)
    assert bench.rows_of("meter_values", "transaction_id, register_wh") == [
        (started.transaction_id, 1000),
        (started.transaction_id, 2000),
    ]


HOSTED = SessionFacts(
    session_id="ses_host",
    connector_id=1,
    id_tag=ALICE,
    kind="business",
    mode="fast",
    started_at=START.replace(microsecond=900_000),
    start_register_wh=1000,
)


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"ended_at": START.replace(hour=10), "end_register_wh": 6000, "reason": "Local"}, ""),
        ({"ended_at": START.replace(hour=10), "end_register_wh": 6001, "reason": "Local"}, "session_differs"),
        ({"ended_at": START.replace(hour=11), "end_register_wh": 6000, "reason": "Local"}, "session_differs"),
        ({}, "session_differs"),  # it goes on
        (None, "session_missing"),
    ],
)
def test_the_transaction_of_a_hosted_charger_is_compared_with_its_session(bench, changes, flags):
    def host(db):
        charger_id = chargers.create(db, 1, "chg_home", "Garage", "simulated", {}, START)
        db.run("UPDATE charge_points SET charger_id = ? WHERE id = 1", (charger_id,))
        if changes is not None:
            session = replace(HOSTED, **changes)
            sessions.save(db, account_id=1, chain="chg_home", session=session, salt=bytes(16), charger_id=charger_id)

    bench.run(host)
    garage = bench.charge_point()
    started = garage.start(ALICE, meter=1000, at=START)
    garage.stop(started.transaction_id, meter=6000, at=START.replace(hour=10))
    assert bench.rows_of("transactions", "session_id, flags") == [(None if changes is None else "ses_host", flags)]
    assert len(bench.rows_of("sessions")) == (0 if changes is None else 1)  # the host alone writes


@pytest.mark.parametrize(("begin", "end"), [(-5, 5), (-20, -10)])
def test_the_energy_of_a_register_below_zero_is_in_the_ledger_to_the_wh(bench, begin, end):
    garage = bench.charge_point()
    started = garage.start(meter=begin, at=START)
    garage.meter(started.transaction_id, begin + 4, at=START.replace(minute=15))
    garage.stop(started.transaction_id, meter=end, at=START.replace(hour=10))
    assert bench.rows_of("sessions", "start_register_wh, end_register_wh, energy_wh") == [(0, 10, 10)]
