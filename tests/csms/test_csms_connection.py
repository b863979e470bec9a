"""What a connection answers, when, and what it never does (OCPP-J §4, errata 3.10)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from platform_bench import ALICE, START, Bench

from laadboek.csms.connection import Flood
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode, OcppError
from laadboek.ocpp.types import RegistrationStatus
from laadboek.store import charge_points
from laadboek.store.database import InlineDatabase, JobFailed, StoreFull


class SlowDisk:
    """A store whose commits come when the test says so; `full` refuses them."""

    def __init__(self):
        self.inner, self.waiting, self.slow = InlineDatabase(":memory:"), [], False

    def submit(self, shard, job, done, failed):
        if self.slow:
            self.waiting.append((shard, job, done, failed))
        else:
            self.inner.submit(shard, job, done, failed)

    def commit(self):
        for one in self.waiting:
            self.inner.submit(*one)
        self.waiting.clear()

    def fail(self, error):
        waiting, self.waiting = self.waiting, []
        for _, _, _, failed in waiting:
            failed(error)


def call(message_id, action, payload):
    return msgspec.json.encode([2, message_id, action, payload])


def ids(frames):
    return [msgspec.json.decode(frame)[1] for frame in frames]


STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"}
START_TX = {"connectorId": 1, "idTag": ALICE, "meterStart": 0, "timestamp": "2026-03-01T09:00:00Z"}


@pytest.fixture
def disk():
    return SlowDisk()


def test_nothing_that_changes_something_is_answered_before_its_commit(disk):
    bench = Bench(disk)
    garage = bench.charge_point()
    garage.ask(m.HeartbeatRequest())
    disk.slow = True
    for number, action, payload in [(1, "StatusNotification", STATUS), (2, "StartTransaction", START_TX)]:
        assert garage.say(call(str(number), action, payload)) == []
    garage.frames.clear()
    disk.commit()
    assert ids(garage.frames) == ["1", "2"]


def test_a_heartbeat_is_answered_at_once_but_never_out_of_turn(disk):
    bench = Bench(disk)
    garage = bench.charge_point()
    disk.slow = True
    assert ids(garage.say(call("1", "Heartbeat", {}))) == ["1"]
    assert garage.say(call("2", "StatusNotification", STATUS)) == []
    assert garage.say(call("3", "Heartbeat", {})) == []
    garage.frames.clear()
    disk.commit()
    assert ids(garage.frames) == ["2", "3"]


def test_what_was_received_is_stored_although_the_connection_has_ended(disk):
    bench = Bench(disk)
    garage = bench.charge_point()
    disk.slow = True
    garage.say(call("1", "StartTransaction", START_TX))
    garage.close()
    garage.say(call("2", "StatusNotification", STATUS))
    disk.commit()
    disk.slow = False
    assert garage.frames == []
    assert len(bench.rows_of("transactions")) == 1
    assert bench.rows_of("frames", "message_id") == [("1",), ("2",)]
    again = bench.charge_point()
    assert ids(again.say(call("1", "StartTransaction", START_TX))) == ["1"]
    assert len(bench.rows_of("transactions")) == 1


def test_a_full_disk_answers_nothing_and_lets_the_charge_point_come_back(disk):
    bench = Bench(disk)
    garage = bench.charge_point()
    disk.slow = True
    garage.say(call("1", "StartTransaction", START_TX))
    disk.fail(StoreFull("no space"))
    assert garage.frames == [] and garage.closed == 1013
    assert bench.logged("store.failed")
    disk.slow = False
    assert ids(bench.charge_point().say(call("1", "StartTransaction", START_TX))) == ["1"]


def test_a_start_that_cannot_be_booked_by_our_fault_is_kept_and_answered(disk):
    bench = Bench(disk)
    garage = bench.charge_point()
    garage.ask(m.HeartbeatRequest())
    disk.slow = True
    garage.say(call("1", "StartTransaction", START_TX))
    disk.fail(JobFailed("a bug"))
    disk.commit()
    [kind, _, payload] = msgspec.json.decode(garage.frames[-1])
    assert kind == 3 and payload["idTagInfo"]["status"] == "Accepted" and payload["transactionId"] > 0
    disk.slow = False
    assert bench.rows_of("orphans", "action, why") == [("StartTransaction", "failed")]
    disk.slow = True
    garage.say(call("2", "StatusNotification", STATUS))
    disk.fail(JobFailed("a bug"))
    assert msgspec.json.decode(garage.frames[-1])[:3] == [4, "2", "InternalError"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (b'[2,"1","Fly",{}]', [4, "1", "NotImplemented"]),
        (b'[2,"1","Reset",{"type":"Hard"}]', [4, "1", "NotSupported"]),
        (
            b'[2,"1","SignCertificate",{"csr":"x"}]',
            [4, "1", "NotSupported"],
        ),
        (b'[2,17,"Heartbeat",{}]', [4, 17, "FormationViolation"]),
        (b'[2,"1","StatusNotification",{"connectorId":"one"}]', [4, "1", "TypeConstraintViolation"]),
        (b'[2,"1","StatusNotification",{}]', [4, "1", "OccurenceConstraintViolation"]),
        (b'[2,"1","StatusNotification",[]]', [4, "1", "FormationViolation"]),
        (b'[2,"1","Heartbeat"]', [4, "1", "ProtocolError"]),
        (b'[2,"1","Heartbeat",{', [4, "1", "FormationViolation"]),
        (b'[2,"1","StatusNotification",' + b"[" * 20_000 + b"]" * 20_000 + b"]", [4, "1", "FormationViolation"]),
    ],
)
def test_what_cannot_be_understood_gets_its_error_a_log_line_and_a_place_in_the_journal(text, answer):
    bench = Bench()
    garage, street = bench.charge_point(), bench.charge_point("STREET")
    [frame] = garage.say(text)
    assert msgspec.json.decode(frame)[:3] == answer
    assert bench.rows_of("frames", "text") == [(text,)]
    if answer[2] != "NotSupported" or b"Reset" in text:
        assert [fields["error"] for fields in bench.logged("call.bad")] == [answer[2]]
    assert garage.closed is None and garage.boot().status is RegistrationStatus.ACCEPTED
    assert street.boot().status is RegistrationStatus.ACCEPTED  # nobody else is disturbed


@pytest.mark.parametrize("text", [b"", b"hello", b"{}", b"[]", b'[3,"x",{}]', b'[4,"x","GenericError","",{}]', b"[9]"])
def test_what_asks_nothing_is_noted_and_not_answered(text):
    bench = Bench()
    garage = bench.charge_point()
    assert garage.say(text) == []
    assert bench.logged("frame.ignored") and garage.closed is None


@pytest.mark.parametrize(
    "payload",
    [
        {"connectorId": 1, "idTag": ALICE, "meterStart": 0, "timestamp": "1000000"},
        {"connectorId": 1, "idTag": ALICE, "meterStart": 2**70, "timestamp": "2026-03-01T09:00:00Z"},
        {"idTag": ALICE},
    ],
)
def test_a_start_that_cannot_be_read_is_kept_raw_and_answered(payload):
    bench = Bench()
    garage = bench.charge_point()
    [first], [again] = (garage.say_call("1", "StartTransaction", payload) for _ in range(2))
    assert first == again and first[0] == 3
    assert first[2]["idTagInfo"]["status"] == "Accepted" and first[2]["transactionId"] > 0
    [(why, text)] = bench.rows_of("orphans", "why, text")
    assert why == "undecodable" and msgspec.json.decode(text)[3] == payload
    garage.stop(first[2]["transactionId"])
    assert [row[0] for row in bench.rows_of("orphans", "why")] == ["undecodable", "unknown_transaction"]


@pytest.mark.parametrize("payload", [{}, {"transactionId": "seven", "meterStop": 1, "timestamp": "x"}, [1], "text"])
def test_a_stop_that_cannot_be_read_is_kept_raw_and_answered(payload):
    bench = Bench()
    assert bench.charge_point().say_call("1", "StopTransaction", payload) == [[3, "1", {}]]
    assert bench.rows_of("orphans", "action, why") == [("StopTransaction", "undecodable")]


@pytest.mark.parametrize("registration", [RegistrationStatus.PENDING, RegistrationStatus.REJECTED])
def test_who_is_not_accepted_may_only_boot(registration):
    bench = Bench(registration=registration)
    garage = bench.charge_point()
    refused = garage.ask(m.HeartbeatRequest())
    assert isinstance(refused, OcppError) and refused.code is ErrorCode.SECURITY_ERROR
    booted = garage.boot()
    assert booted.status is registration
    started = garage.start(message_id="s1", at=START)
    assert isinstance(started, OcppError) and started.code is ErrorCode.SECURITY_ERROR
    assert bench.rows_of("transactions") == []
    assert len(bench.rows_of("frames")) == 3  # nothing is lost

    bench.run(lambda db: charge_points.set_registration(db, 1, 1, RegistrationStatus.ACCEPTED))
    assert garage.boot().status is RegistrationStatus.ACCEPTED
    assert garage.start(message_id="s1", at=START).transaction_id > 0
    assert garage.ask(m.HeartbeatRequest()) == m.HeartbeatResponse(current_time=START)


def test_a_pending_one_may_send_what_we_triggered():
    bench = Bench(registration=RegistrationStatus.PENDING)
    garage = bench.charge_point()
    garage.boot()
    garage.replies = [m.TriggerMessageResponse(status=m.TriggerMessageStatus.ACCEPTED)]
    garage.connection.call("t", m.TriggerMessageRequest(requested_message=m.MessageTrigger.STATUS_NOTIFICATION))
    assert garage.status("Available") == m.StatusNotificationResponse()
    assert garage.ask(m.HeartbeatRequest()).code is ErrorCode.SECURITY_ERROR
    assert bench.charge_point("STREET").status("Available").code is ErrorCode.SECURITY_ERROR


def test_who_is_not_accepted_may_not_send_much():
    bench = Bench(registration=RegistrationStatus.PENDING)
    garage = bench.charge_point()
    padding = "x" * (8 << 10)
    garage.say_call("1", "BootNotification", {"padding": padding})
    assert garage.closed == 1009
    accepted = Bench().charge_point()
    payload = {"chargePointVendor": "a", "chargePointModel": "b", "padding": padding}
    assert accepted.say_call("1", "BootNotification", payload)[0][2]["status"] == "Accepted"


def test_a_flood_is_shed_but_never_a_transaction():
    bench = Bench(flood=Flood(per_second=1, burst=3))
    garage = bench.charge_point()
    answers = [garage.ask(m.HeartbeatRequest()) for _ in range(5)]
    assert [isinstance(one, OcppError) for one in answers] == [False, False, False, True, True]
    started = garage.start()
    garage.meter(started.transaction_id, 2000)
    assert garage.stop(started.transaction_id) == m.StopTransactionResponse()
    assert bench.rows_of("transactions", "state") == [("closed",)]
    bench.pass_time(seconds=2)
    answers = [garage.ask(m.HeartbeatRequest()) for _ in range(3)]
    assert [isinstance(one, OcppError) for one in answers] == [False, False, True]


def test_who_runs_far_ahead_of_his_answers_is_closed(disk):
    bench = Bench(disk)
    garage = bench.charge_point()
    garage.boot()
    disk.slow = True
    for number in range(257):
        assert garage.closed is None
        garage.say(call(str(number), "StatusNotification", STATUS))
    assert garage.closed == 1008
    disk.commit()
    disk.slow = False
    assert len(bench.rows_of("frames")) == 1 + 256


def test_who_runs_ahead_with_much_is_closed_sooner(disk):
    garage = Bench(disk).charge_point()
    disk.slow = True
    for number in range(10):
        assert garage.closed is None
        garage.say(call(str(number), "DataTransfer", {"vendorId": "v", "data": "x" * (1000 << 10)}))
    assert garage.closed == 1008


def test_last_seen_is_written_now_and_then():
    bench = Bench()
    garage = bench.charge_point()
    seen = []
    for _ in range(4):
        garage.ask(m.HeartbeatRequest())
        seen.append(bench.rows_of("charge_points", "last_seen_at")[0][0])
        bench.pass_time(seconds=30)
    assert seen[0] == seen[1] < seen[2] == seen[3]


READINGS = {"connectorId": 1, "meterValue": [{"timestamp": "2026-03-01T09:00:00Z", "sampledValue": [{"value": "1"}]}]}
frames = st.sampled_from(
    [
        call("1", "BootNotification", {"chargePointVendor": "a", "chargePointModel": "b"}),
        call("2", "StartTransaction", START_TX),
        call("3", "StopTransaction", {"transactionId": 1, "meterStop": 5, "timestamp": "2026-03-01T09:00:00Z"}),
        call("4", "MeterValues", READINGS),
        call("5", "StatusNotification", STATUS),
        call("6", "DataTransfer", {"vendorId": "v", "data": "\u20ac"}),
    ]
)


@st.composite
def mutated(draw):
    """A frame with some bytes cut out, doubled or replaced."""
    text = draw(frames)
    for _ in range(draw(st.integers(0, 3))):
        at, until = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        filling = draw(
            st.sampled_from([b"", text[at:until] * 2, b"\x00", b'"', b"[[", b"1e999", b"\\u0000", b"\xff", b"null"])
        )
        text = text[:at] + filling + text[until:]
    return text


@pytest.fixture(scope="module")
def shared_bench():
    return Bench()


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.one_of(mutated(), st.binary(max_size=60)), max_size=8))
def test_no_text_whatever_breaks_a_connection(shared_bench, texts):
    bench = shared_bench
    garage = bench.charge_point()
    for text in texts:
        for frame in garage.say(text):
            assert msgspec.json.decode(frame)[0] in (3, 4)
    assert garage.closed is None and not bench.logged("store.failed")
    assert garage.ask(m.HeartbeatRequest()) == m.HeartbeatResponse(current_time=START)
