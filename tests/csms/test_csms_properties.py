"""Whatever the network repeats, reorders or cuts: the tables say the same as if nothing had happened."""

from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from platform_bench import ALICE, BOB, START, Bench

TABLES = {
    "transactions": "charge_point_id, connector_id, id_tag, meter_start_wh, meter_stop_wh, started_at, stopped_at, "
    "state, stop_reason, flags",
    "meter_values": "charge_point_id, connector_id, sampled_at, register_wh",
    "sessions": "connector_id, id_tag, kind, started_at, ended_at, energy_wh",
    "ledger_entries": "entry, seq, energy_wh",
    "connector_statuses": "connector_id, status, error_code",
    "orphans": "why",
}


def at(minutes):
    return START.replace(hour=9 + minutes // 60, minute=minutes % 60).strftime("%Y-%m-%dT%H:%M:%SZ")


def session(number, tag, begin, meter):
    """The calls of one session; `transaction` stands for the id that the platform will give."""
    end = begin + 20
    return [
        (
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Preparing", "timestamp": at(begin)},
        ),
        ("StartTransaction", {"connectorId": 1, "idTag": tag, "meterStart": meter, "timestamp": at(begin)}),
        ("MeterValues", readings(number, at(begin + 10), meter + 700)),
        ("StopTransaction", {"transactionId": number, "meterStop": meter + 1500, "timestamp": at(end), "idTag": tag}),
        ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": at(end)}),
    ]


def readings(number, when, register):
    values = [{"timestamp": when, "sampledValue": [{"value": str(register)}]}]
    return {"connectorId": 1, "transactionId": number, "meterValue": values}


CALLS = session(1, ALICE, 0, 1000) + session(2, BOB, 40, 2500) + session(3, ALICE, 80, 4000)


class Run:
    """A charge point that works through its calls over a bad network."""

    def __init__(self):
        self.bench = Bench()
        self.garage = self.bench.charge_point()
        self.transaction_ids = {}
        self.sent = []

    def send(self, number, message_id=None):
        """Call `number` of the script; a repetition under its own id, or under another one."""
        action, payload = CALLS[number]
        if (key := payload.get("transactionId")) is not None:
            payload = payload | {"transactionId": self.transaction_ids[key]}
        [[kind, _, answer]] = self.garage.say_call(message_id or f"m{number}", action, payload)
        assert kind == 3
        if action == "StartTransaction":
            known = self.transaction_ids.setdefault(1 + number // 5, answer["transactionId"])
            assert known == answer["transactionId"]

    def reconnect(self):
        self.garage.close(1006)
        self.garage = self.bench.charge_point()

    def tables(self):
        return {table: sorted(self.bench.rows_of(table, columns)) for table, columns in TABLES.items()}


@cache
def without_faults():
    run = Run()
    run.bench.pass_time(hours=3)
    for number in range(len(CALLS)):
        run.send(number)
    return run.tables()


faults = st.lists(
    st.tuples(st.integers(1, len(CALLS)), st.sampled_from(["same id", "new id", "reconnect"]), st.integers(0, 14)),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(faults)
def test_duplicates_replays_and_reconnects_change_nothing(faults):
    run = Run()
    run.bench.pass_time(hours=3)
    for done in range(1, len(CALLS) + 1):
        run.send(done - 1)
        for count, (_, kind, which) in enumerate(fault for fault in faults if fault[0] == done):
            if kind == "reconnect":
                run.reconnect()
            else:
                run.send(which % done, None if kind == "same id" else f"again-{done}-{count}")
    assert run.tables() == without_faults()


def test_the_run_without_faults_is_what_it_should_be():
    tables = without_faults()
    assert [row[5:] for row in tables["sessions"]] == [(1500,)] * 3
    assert [row[7] for row in tables["transactions"]] == ["closed"] * 3
    assert len(tables["ledger_entries"]) == 3 and tables["orphans"] == []


@pytest.mark.parametrize("action", ["StartTransaction", "MeterValues", "StopTransaction", "StatusNotification"])
def test_nothing_that_a_charge_point_says_of_another_ones_affairs_reaches_them(action):
    """Attack 8: Street names every id and tag of Garage's session."""
    bench = Bench()
    garage, street = bench.charge_point(), bench.charge_point("STREET")
    started = garage.start(ALICE, meter=1000)
    garage.meter(started.transaction_id, 1500)
    before = theirs(bench)
    payloads = {
        "StartTransaction": {"connectorId": 1, "idTag": ALICE, "meterStart": 1000, "timestamp": at(0)},
        "MeterValues": readings(started.transaction_id, at(0), 9_999_999),
        "StopTransaction": {"transactionId": started.transaction_id, "meterStop": 9_999_999, "timestamp": at(5)},
        "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    }
    bench.pass_time(minutes=10)
    [[kind, *_]] = street.say_call("m1", action, payloads[action])
    assert kind == 3
    assert theirs(bench) == before


def theirs(bench):
    tables = ("transactions", "meter_values", "connector_statuses", "sessions", "orphans", "frames")
    garage = []
    for table in tables:
        garage.append(bench.run(lambda db, table=table: db.rows(f"SELECT * FROM {table} WHERE charge_point_id = 1")))
    return msgspec.json.encode(garage)
