"""Operations: durable before sent, sent once, settled once (docs/architecture.md)."""

from datetime import UTC, datetime

import msgspec
import pytest
from platform_bench import ALICE, Bench

from laadboek.csms.operations import Ask, parse
from laadboek.ocpp import messages as m
from laadboek.ocpp.types import RegistrationStatus, ResetType
from laadboek.reasons import Refused
from laadboek.store import charge_points, operations
from laadboek.store.database import JobFailed

ACCEPTED = m.RemoteStartTransactionResponse(status=m.RemoteStartStopStatus.ACCEPTED)
REMOTE_START = m.RemoteStartTransactionRequest(connector_id=1, id_tag=ALICE)
RESERVE = m.ReserveNowRequest(
    connector_id=1, expiry_date=datetime(2099, 1, 1, tzinfo=UTC), id_tag=ALICE, reservation_id=7
)
SOFT_RESET = m.ResetRequest(type=ResetType.SOFT)


class Watch:
    """What somebody who asked was told."""

    def __init__(self):
        self.told, self.errors = [], []

    @property
    def states(self):
        return [str(operation.state) for operation in self.told]


def ask(bench, request, name="GARAGE", key=None, account_id=1):
    watch = Watch()
    wish = Ask(account_id=account_id, charge_point=name, request=request, actor="olga", idempotency_key=key)
    bench.platform.operations.request(wish, watch.told.append, watch.errors.append)
    return watch


@pytest.fixture
def bench():
    return Bench()


def states(bench):
    return [row[0] for row in bench.rows_of("operations", "state")]


def test_an_operation_is_answered(bench):
    garage = bench.charge_point()
    garage.replies.append(ACCEPTED)
    watch = ask(bench, REMOTE_START)
    assert watch.states == ["requested", "answered"]
    assert watch.told[-1].answer == b'{"status":"Accepted"}'
    [(message_id, request)] = garage.asked
    assert request == REMOTE_START and message_id == watch.told[0].public_id
    assert bench.rows_of("operations", "state, actor, message_id") == [("answered", "olga", message_id)]


def test_an_operation_that_the_charge_point_cannot_do_has_failed(bench):
    garage = bench.charge_point()
    watch = ask(bench, REMOTE_START)
    message_id = garage.asked[0][0]
    garage.say(msgspec.json.encode([4, message_id, "NotSupported", "no", {}]))
    assert watch.states == ["requested", "failed"]
    assert watch.told[-1].answer == b'["NotSupported","no"]'


def test_nobody_there_for_a_minute_and_it_expires(bench):
    watch = ask(bench, REMOTE_START)
    bench.pass_time(seconds=59)
    assert watch.states == ["requested"]
    bench.pass_time(seconds=1)
    assert watch.states == ["requested", "expired"]
    garage = bench.charge_point()
    assert garage.asked == []


def test_who_connects_in_time_gets_what_waits(bench):
    watch = ask(bench, REMOTE_START, name="cp_garage")
    bench.pass_time(seconds=59)
    garage = bench.charge_point()
    assert [request for _, request in garage.asked] == [REMOTE_START]
    bench.pass_time(seconds=29)
    assert states(bench) == ["sent"]
    bench.pass_time(seconds=1)
    assert watch.states == ["requested", "unknown"]


def test_a_late_answer_still_counts(bench):
    garage = bench.charge_point()
    ask(bench, SOFT_RESET)
    message_id = garage.asked[0][0]
    bench.pass_time(seconds=30)
    assert states(bench) == ["unknown"]
    garage.say(msgspec.json.encode([3, message_id, {"status": "Accepted"}]))
    assert states(bench) == ["answered"]


def test_one_call_is_open_at_a_time_and_the_others_wait_their_turn(bench):
    garage = bench.charge_point()
    ask(bench, SOFT_RESET)
    ask(bench, REMOTE_START)
    assert [request for _, request in garage.asked] == [SOFT_RESET]
    assert states(bench) == ["sent", "requested"]
    garage.say(msgspec.json.encode([3, garage.asked[0][0], {"status": "Accepted"}]))
    assert [request for _, request in garage.asked] == [SOFT_RESET, REMOTE_START]


def test_a_connection_that_ends_leaves_its_call_unknown_and_nothing_is_sent_twice(bench):
    garage = bench.charge_point()
    watch = ask(bench, SOFT_RESET)
    garage.close()
    assert watch.states == ["requested", "unknown"]
    again = bench.charge_point()
    assert again.asked == []


def test_after_a_restart_what_was_sent_is_unknown_and_what_waited_goes_on(bench):
    garage = bench.charge_point()
    ask(bench, SOFT_RESET)
    ask(bench, REMOTE_START)
    ask(bench, REMOTE_START, name="STREET")
    garage.closed = 1006  # the process is gone; nobody hears of it
    bench.restart()
    assert states(bench) == ["unknown", "requested", "requested"]
    again = bench.charge_point()
    assert [request for _, request in again.asked] == [REMOTE_START]
    bench.pass_time(seconds=60)
    assert states(bench) == ["unknown", "unknown", "expired"]


def test_what_expired_while_the_process_was_down_is_expired(bench):
    ask(bench, REMOTE_START)
    bench.clock.instant = bench.clock.instant.replace(minute=1)
    bench.restart()
    assert states(bench) == ["expired"]


def test_an_idempotency_key_makes_one_operation(bench):
    first = ask(bench, REMOTE_START, key="tap-1")
    second = ask(bench, REMOTE_START, key="tap-1")
    assert [operation.public_id for operation in second.told] == [first.told[0].public_id]
    garage = bench.charge_point()
    garage.say(msgspec.json.encode([3, garage.asked[0][0], {"status": "Accepted"}]))
    assert len(garage.asked) == 1
    assert first.states == second.states == ["requested", "answered"]
    assert ask(bench, REMOTE_START, key="tap-1").states == ["answered"]


def test_the_key_of_another_request_is_refused(bench):
    ask(bench, REMOTE_START, key="tap-1")
    for request, name in ((SOFT_RESET, "GARAGE"), (REMOTE_START, "STREET")):
        [error] = ask(bench, request, name, key="tap-1").errors
        assert error.__cause__.reason.code == "operation.key_reused"
    assert states(bench) == ["requested"]


def test_a_request_is_audited_once(bench):
    for _ in range(2):
        ask(bench, REMOTE_START, key="tap-1")
    assert bench.rows_of("audit", "actor, what") == [("olga", "operation.requested")]


def test_a_charge_point_of_another_account_is_unknown(bench):
    watch = ask(bench, REMOTE_START, account_id=2)
    [error] = watch.errors
    assert isinstance(error, JobFailed) and isinstance(error.__cause__, Refused)
    assert bench.rows_of("operations") == []


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("Fly", b"{}", "operation.unknown_action"),
        ("StartTransaction", b"{}", "operation.unknown_action"),
        ("Reset", b'{"type":"Warm"}', "operation.bad_payload"),
        ("Reset", b"[", "operation.bad_payload"),
        ("ChangeConfiguration", b'{"key":"authorizationkey","value":"00"}', "operation.secret"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(bench, action, payload, code):
    with pytest.raises(Refused) as refused:
        parse(action, payload)
    assert refused.value.reason.code == code


def test_a_secret_never_reaches_the_store(bench):
    with pytest.raises(Refused):
        ask(bench, m.ChangeConfigurationRequest(key="AuthorizationKey", value="secret"))
    assert bench.rows_of("operations") == []


@pytest.mark.parametrize("using", [REMOTE_START, RESERVE])
def test_a_pending_charge_point_is_configured_but_not_used(using):
    bench = Bench(registration=RegistrationStatus.PENDING)
    garage = bench.charge_point()
    ask(bench, using)
    ask(bench, m.GetConfigurationRequest())
    assert [type(request) for _, request in garage.asked] == [m.GetConfigurationRequest]
    garage.say(msgspec.json.encode([3, garage.asked[0][0], {}]))
    bench.run(lambda db: charge_points.set_registration(db, 1, 1, RegistrationStatus.ACCEPTED))
    garage.boot()
    assert [type(request) for _, request in garage.asked][1:] == [type(using)]


def test_a_rejected_charge_point_is_asked_nothing():
    bench = Bench(registration=RegistrationStatus.REJECTED)
    garage = bench.charge_point()
    ask(bench, m.GetConfigurationRequest())
    assert garage.asked == []


def test_an_operation_that_somebody_else_noted_is_carried_out(bench):
    garage = bench.charge_point()
    ask(bench, SOFT_RESET, name="STREET")
    noted = bench.run(operations.all_requested)
    assert len(noted) == 1 and garage.asked == []
    bench.restart()
    street = bench.charge_point("STREET")
    assert [request for _, request in street.asked] == [SOFT_RESET]
