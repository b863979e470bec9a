"""One end of the calls on a websocket (OCPP-J §4), and every kind of bad frame."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode, OcppError
from laadboek.ocpp.faults import MAX_DESCRIPTION, Fault
from laadboek.ocpp.rpc import (
    MAX_HANDLING,
    MAX_LATE,
    Answer,
    BadCall,
    Call,
    ErrorAnswer,
    Ignored,
    Rpc,
    Side,
    TimedOut,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALICE = m.AuthorizeRequest(id_tag="ALICE")
ACCEPTED = m.IdTagInfo(status=m.AuthorizationStatus.ACCEPTED)
WELCOME = m.AuthorizeResponse(id_tag_info=ACCEPTED)


@pytest.fixture
def charge_point():
    return Rpc(Side.CHARGE_POINT)


@pytest.fixture
def central_system():
    return Rpc(Side.CENTRAL_SYSTEM)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


# Calls and answers.


def test_a_call_travels_and_its_answer_comes_back(charge_point, central_system):
    text = charge_point.call("1", ALICE, NOW)
    assert text == b'[2,"1","Authorize",{"idTag":"ALICE"}]'
    assert charge_point.open_message_id == "1"

    call = central_system.receive(text, NOW)
    assert isinstance(call, Call)
    assert (call.message_id, call.action, call.request, call.payload) == ("1", "Authorize", ALICE, b'{"idTag":"ALICE"}')

    text = central_system.answer("1", WELCOME)
    assert text == b'[3,"1",{"idTagInfo":{"status":"Accepted"}}]'
    answer = charge_point.receive(text, after(1))
    assert isinstance(answer, Answer)
    assert (answer.message_id, answer.request_action, answer.response) == ("1", "Authorize", WELCOME)
    assert answer.payload == b'{"idTagInfo":{"status":"Accepted"}}'
    assert not answer.late
    assert charge_point.open_message_id is None
    assert charge_point.deadline() is None


def test_a_refusal_comes_back_as_an_error(charge_point, central_system):
    central_system.receive(charge_point.call("1", ALICE, NOW), NOW)
    text = central_system.refuse("1", OcppError(ErrorCode.SECURITY_ERROR, "boot first", {"retry": 60}))
    assert text == b'[4,"1","SecurityError","boot first",{"retry":60}]'

    answer = charge_point.receive(text, NOW)
    assert isinstance(answer, ErrorAnswer)
    assert (answer.error.code, answer.error.description) == (ErrorCode.SECURITY_ERROR, "boot first")
    assert (answer.message_id, answer.request_action, answer.late) == ("1", "Authorize", False)
    assert answer.payload == text
    assert charge_point.open_message_id is None


def test_no_call_while_all_calls_before_have_not_been_responded_to(charge_point):
    charge_point.call("1", ALICE, NOW)
    with pytest.raises(AssertionError, match="call 2"):
        charge_point.call("2", ALICE, NOW)
    with pytest.raises(AssertionError, match="call 2"):
        charge_point.resend("2", "Authorize", b"", NOW)


@pytest.mark.parametrize("message_id", ["", "x" * 37])
def test_a_message_id_that_we_send_has_1_to_36_characters(charge_point, message_id):
    with pytest.raises(AssertionError):
        charge_point.call(message_id, ALICE, NOW)


def test_an_answer_of_another_message_is_a_bug_of_ours(central_system):
    central_system.receive(b'[2,"1","Authorize",{"idTag":"ALICE"}]', NOW)
    with pytest.raises(AssertionError, match="Authorize"):
        central_system.answer("1", m.HeartbeatResponse(current_time=NOW))


def test_a_call_sent_again_under_its_id_is_answered_once(charge_point):
    charge_point.call("1", m.HeartbeatRequest(), NOW)
    charge_point.expire(after(30))
    charge_point.resend("1", "Heartbeat", b'[2,"1","Heartbeat",{}]', after(31))
    answer = b'[3,"1",{"currentTime":"2026-03-01T12:00:05Z"}]'
    first, second = charge_point.receive(answer, after(32)), charge_point.receive(answer, after(33))
    assert isinstance(first, Answer)
    assert not first.late
    assert isinstance(second, Ignored)


def test_frozen_bytes_are_sent_again_as_they_were(charge_point):
    frozen = b'[2,"7","StopTransaction",{ "as": "it was" }]'
    assert charge_point.resend("7", "StopTransaction", frozen, NOW) is frozen
    answer = charge_point.receive(b'[3,"7",{}]', NOW)
    assert isinstance(answer, Answer)
    assert answer.response == m.StopTransactionResponse()


def test_calls_from_both_sides_may_cross_even_with_the_same_message_id(charge_point, central_system):
    up = charge_point.call("1", ALICE, NOW)
    down = central_system.call("1", m.ClearCacheRequest(), NOW)

    assert isinstance(charge_point.receive(down, NOW), Call)
    assert isinstance(central_system.receive(up, NOW), Call)
    assert charge_point.open_message_id == central_system.open_message_id == "1"
    cleared = charge_point.answer("1", m.ClearCacheResponse(status=m.ClearCacheStatus.ACCEPTED))
    welcome = central_system.answer("1", WELCOME)
    up_answer, down_answer = charge_point.receive(welcome, NOW), central_system.receive(cleared, NOW)

    assert isinstance(up_answer, Answer)
    assert isinstance(down_answer, Answer)
    assert (up_answer.request_action, down_answer.request_action) == ("Authorize", "ClearCache")


def test_a_peer_that_does_not_wait_for_its_answers_is_answered_all_the_same(central_system):
    calls = [central_system.receive(b'[2,"%d","Heartbeat",{}]' % number, NOW) for number in range(3 * MAX_HANDLING)]
    assert all(isinstance(call, Call) for call in calls)
    assert [central_system.answer(call.message_id, m.HeartbeatResponse(current_time=NOW)) for call in calls][-1]


def test_only_so_many_unanswered_calls_are_recognized_when_repeated(central_system):
    texts = [b'[2,"%d","Heartbeat",{}]' % number for number in range(MAX_HANDLING + 1)]
    for text in texts:
        central_system.receive(text, NOW)
    assert isinstance(central_system.receive(texts[-1], NOW), Ignored)
    assert isinstance(central_system.receive(texts[0], NOW), Call)


# Time-outs.


def test_a_call_has_timed_out_when_the_interval_has_elapsed(charge_point):
    charge_point.call("1", ALICE, NOW)
    assert charge_point.deadline() == after(30)
    assert charge_point.expire(after(29.999)) is None
    assert charge_point.expire(after(30)) == TimedOut("1", "Authorize")
    assert charge_point.expire(after(31)) is None
    assert charge_point.open_message_id is None


def test_a_late_answer_is_handed_over_once_while_the_next_call_stays_open(charge_point):
    charge_point.call("1", ALICE, NOW)
    charge_point.expire(after(30))
    charge_point.call("2", m.HeartbeatRequest(), after(31))

    late = charge_point.receive(b'[3,"1",{"idTagInfo":{"status":"Blocked"}}]', after(32))
    assert isinstance(late, Answer)
    assert (late.late, late.request_action) == (True, "Authorize")
    assert charge_point.open_message_id == "2"
    assert isinstance(charge_point.receive(b'[3,"1",{"idTagInfo":{"status":"Blocked"}}]', after(33)), Ignored)


def test_a_late_error_is_late_too(charge_point):
    charge_point.call("1", ALICE, NOW)
    charge_point.expire(after(30))
    late = charge_point.receive(b'[4,"1","InternalError","",{}]', after(32))
    assert isinstance(late, ErrorAnswer)
    assert late.late


def test_only_so_many_timed_out_calls_are_remembered(charge_point):
    for number in range(MAX_LATE + 1):
        charge_point.call(str(number), m.HeartbeatRequest(), NOW)
        charge_point.expire(after(30))
    answer = b'[3,"%d",{"currentTime":"2026-03-01T12:00:05Z"}]'
    assert isinstance(charge_point.receive(answer % 0, NOW), Ignored)
    assert isinstance(charge_point.receive(answer % 1, NOW), Answer)


# Answers that are none.


@pytest.mark.parametrize(
    "text", [b'[3,"2",{}]', b'[4,"2","GenericError","",{}]', b'[3,"2"]', b'[3,"",{}]', b'[4,"-1"]']
)
def test_an_answer_to_nobody_is_ignored(charge_point, text):
    charge_point.call("1", ALICE, NOW)
    assert isinstance(charge_point.receive(text, NOW), Ignored)
    assert charge_point.open_message_id == "1"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'[3,"1",{}]', ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        (b'[3,"1",{"idTagInfo":{"status":5}}]', ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (b'[3,"1",{"idTagInfo":[]}]', ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (b'[3,"1",[]]', ErrorCode.FORMATION_VIOLATION),
        (b'[3,"1"]', ErrorCode.FORMATION_VIOLATION),
        (b'[3,"1",{},{}]', ErrorCode.FORMATION_VIOLATION),
        (b'[3,"1",{"idTagInfo":', ErrorCode.FORMATION_VIOLATION),
        (b'[4,"1"]', ErrorCode.FORMATION_VIOLATION),
        (b'[4,"1",null,null,null]', ErrorCode.FORMATION_VIOLATION),
    ],
)
def test_an_answer_that_does_not_fit_ends_the_call_with_an_error_made_here(charge_point, text, code):
    charge_point.call("1", ALICE, NOW)
    answer = charge_point.receive(text, NOW)
    assert isinstance(answer, ErrorAnswer)
    assert (answer.message_id, answer.error.code) == ("1", code)
    assert charge_point.open_message_id is None


@pytest.mark.parametrize(
    ("spelled", "code"),
    [
        ("NotSupported", ErrorCode.NOT_SUPPORTED),
        ("OccurenceConstraintViolation", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        ("OccurrenceConstraintViolation", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        ("FormatViolation", ErrorCode.FORMATION_VIOLATION),
        ("Oops", ErrorCode.GENERIC_ERROR),
    ],
)
def test_error_codes_are_understood_however_they_are_spelled(charge_point, spelled, code):
    charge_point.call("1", ALICE, NOW)
    answer = charge_point.receive(json.dumps([4, "1", spelled, "why", {}]).encode(), NOW)
    assert isinstance(answer, ErrorAnswer)
    assert answer.error.code == code
    assert answer.error.description.endswith("why")


def test_an_error_without_description_and_details_is_understood(charge_point):
    charge_point.call("1", ALICE, NOW)
    answer = charge_point.receive(b'[4,"1","InternalError"]', NOW)
    assert isinstance(answer, ErrorAnswer)
    assert str(answer.error) == "InternalError"


# Repeated message ids.


def test_a_call_repeated_while_it_is_handled_gets_one_answer(central_system):
    text = b'[2,"1","Authorize",{"idTag":"ALICE"}]'
    assert isinstance(central_system.receive(text, NOW), Call)
    assert isinstance(central_system.receive(text, after(29)), Ignored)
    central_system.answer("1", WELCOME)
    assert isinstance(central_system.receive(text, after(29)), Call)  # answered: whoever handles it knows it again


def test_a_call_repeated_after_the_peer_must_have_given_up_is_handled_again(central_system):
    text = b'[2,"1","Authorize",{"idTag":"ALICE"}]'
    central_system.receive(text, NOW)
    assert isinstance(central_system.receive(text, after(30)), Call)


def test_another_call_with_an_id_that_is_being_handled_is_an_error(central_system):
    central_system.receive(b'[2,"1","Authorize",{"idTag":"ALICE"}]', NOW)
    bad = central_system.receive(b'[2,"1","Authorize",{"idTag":"BOB"}]', NOW)
    assert isinstance(bad, BadCall)
    assert bad.error.code is ErrorCode.GENERIC_ERROR
    central_system.refuse("1", bad.error)
    assert isinstance(central_system.receive(b'[2,"1","Authorize",{"idTag":"BOB"}]', NOW), Call)


# Every fault, with the frames that have it.

BAD_CALLS = {
    Fault.BROKEN_JSON: [
        b'[2,"id","Heartbeat",{',
        b'[2,"id","Heartbeat",{}]]',
        b'[2,"id","Heartbeat",{"a":}]',
        b'[2,"id","Hea',
        b'[2,"id"',
        b'[2,"id","Authorize",{"idTag":"\xff"}]',
        b'[2,"id","Authorize",{"idTag":"\\ud800"}]',
        b'[2,"id","Authorize",{"idTag":"a\nb"}]',
    ],
    Fault.NESTED_TOO_DEEP: [
        b'[2,"id","Heartbeat",' + b"[" * 400_000 + b"]" * 400_000 + b"]",
        b'[2,"id","Heartbeat",{"x":' + b'{"x":' * 90_000 + b"1" + b"}" * 90_001 + b"]",
        b'[2,"id","Heartbeat",' + b"[" * 400_000,
    ],
    Fault.TOO_SHORT: [b'[2,"id","Heartbeat"]', b'[2,"id"]'],
    Fault.TOO_LONG: [b'[2,"id","Heartbeat",{},{}]'],
    Fault.ACTION_NOT_TEXT: [b'[2,"id",null,{}]', b'[2,"id",6,{}]', b'[2,"id",{},{}]'],
    Fault.UNKNOWN_ACTION: [b'[2,"id","Fly",{}]', b'[2,"id","heartbeat",{}]', b'[2,"id","",{}]'],
    Fault.NOT_OUR_ACTION: [b'[2,"id","Reset",{"type":"Hard"}]', b'[2,"id","GetLog",{}]'],
    Fault.NOT_AN_OBJECT: [b'[2,"id","Heartbeat",[]]', b'[2,"id","Heartbeat","{}"]', b'[2,"id","Heartbeat",0]'],
    Fault.MISSING_FIELD: [
        b'[2,"id","Authorize",{}]',
        b'[2,"id","Authorize",null]',
        b'[2,"id","Authorize",{"idtag":"ALICE"}]',
        b'[2,"id","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-03-01T12:00:05Z"}]}]',
    ],
    Fault.WRONG_TYPE: [
        b'[2,"id","Authorize",{"idTag":12}]',
        b'[2,"id","Authorize",{"idTag":null}]',
        b'[2,"id","DataTransfer",{"vendorId":"a","data":{}}]',
        b'[2,"id","MeterValues",{"connectorId":"1","meterValue":[]}]',
        b'[2,"id","MeterValues",{"connectorId":1.5,"meterValue":[]}]',
        b'[2,"id","MeterValues",{"connectorId":1,"meterValue":{}}]',
        b'[2,"id","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-03-01T12:00:05Z",'
        b'"sampledValue":[{"value":1}]}]}]',
    ],
    Fault.BAD_VALUE: [
        b'[2,"id","Authorize",{"idTag":"' + b"x" * 21 + b'"}]',
        b'[2,"id","FirmwareStatusNotification",{"status":"Flying"}]',
        b'[2,"id","FirmwareStatusNotification",{"status":"' + b"x" * 1_000_000 + b'"}]',
        b'[2,"id","MeterValues",{"connectorId":9223372036854775808,"meterValue":[]}]',
        b'[2,"id","MeterValues",{"connectorId":' + b"9" * 100_000 + b',"meterValue":[]}]',
        b'[2,"id","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"yesterday","sampledValue":[]}]}]',
    ],
}
BAD_IDS = {
    Fault.MESSAGE_ID_TOO_LONG: [b'"%s"' % (b"x" * 37), b'"%s"' % (b"x" * 255), b'"%s"' % (rb"\u00e4" * 37)],
    Fault.MESSAGE_ID_NOT_TEXT: [b"17", b"-1.5", b"0"],
}


@pytest.mark.parametrize("fault", BAD_CALLS)
def test_each_kind_of_bad_call_is_answered_with_its_code(central_system, fault):
    for text in BAD_CALLS[fault]:
        bad = central_system.receive(text, NOW)
        assert isinstance(bad, BadCall), text[:80]
        kind, message_id, code, description, details = json.loads(bad.reply)
        assert (kind, message_id, details) == (4, "id", {})
        assert code == fault.code == bad.error.code, text[:80]
        assert description.startswith(fault.says), (description, text[:80])
        assert bad.message_id == "id"


@pytest.mark.parametrize("fault", BAD_IDS)
def test_a_bad_message_id_is_sent_back_exactly(central_system, fault):
    for id_json in BAD_IDS[fault]:
        for rest in (b',"Heartbeat",{}]', b',"Heartbeat",{', b',"Heartbeat"]'):
            bad = central_system.receive(b"[2," + id_json + rest, NOW)
            assert isinstance(bad, BadCall)
            assert json.loads(bad.reply)[1] == json.loads(id_json)
            assert bad.error.code is ErrorCode.FORMATION_VIOLATION


UNANSWERABLE = {
    Fault.NOT_JSON: [b"", b" ", b"hello", b"[2", b'[2,"id', b"\xff\xfe", b"[2,\xff]", b"[" * 500_000, b"\x00"],
    Fault.NOT_AN_ARRAY: [b"{}", b"{", b"2", b"null", b'"[2]"'],
    Fault.NO_MESSAGE_ID: [
        b"[2]",
        b'[2,null,"Heartbeat",{}]',
        b'[2,["id"],"Heartbeat",{}]',
        b'[2,{},"Heartbeat",{}]',
        b'[2,true,"Heartbeat",{}]',
        b'[2,-,"Heartbeat",{}]',
    ],
    Fault.ENDLESS_MESSAGE_ID: [b'[2,"' + b"x" * 256 + b'","Heartbeat",{}]'],
    Fault.UNKNOWN_MESSAGE_TYPE: [
        b"[]",
        b'[1,"id","Heartbeat",{}]',
        b'[5,"id",{}]',
        b'["2","id","Heartbeat",{}]',
        b'[2.5,"id","Heartbeat",{}]',
        b"[" + b"9" * 10_000 + b"]",
    ],
    Fault.NOBODY_ASKED: [b'[3,"id",{}]', b'[4,"id","GenericError","",{}]', b'[3,"id"]'],
}


@pytest.mark.parametrize("fault", UNANSWERABLE)
def test_what_has_no_message_id_is_ignored_and_says_why(central_system, fault):
    for text in UNANSWERABLE[fault]:
        assert central_system.receive(text, NOW) == Ignored(fault.says), text[:80]


def test_every_fault_is_tried_here():
    tried = {*BAD_CALLS, *BAD_IDS, *UNANSWERABLE, Fault.REPEATED_MESSAGE_ID}
    assert tried == set(Fault)


def test_nul_characters_reach_nobody(central_system, charge_point):
    bad = central_system.receive(b'[2,"i\\u0000d","Heartbeat",{}]', NOW)
    assert isinstance(bad, BadCall)
    assert bad.reply.startswith(b'[4,"i\\u0000d","FormationViolation"')
    unknown = central_system.receive(b'[2,"id","F\\u0000ly",{}]', NOW)
    assert isinstance(unknown, BadCall)
    assert unknown.action == "Fly"
    charge_point.call("1", ALICE, NOW)
    answer = charge_point.receive(b'[4,"1","Oops\\u0000","why\\u0000",{}]', NOW)
    assert isinstance(answer, ErrorAnswer)
    assert answer.error.description == "Oops: why"


def test_an_undecodable_start_is_handed_over_with_its_payload(central_system):
    bad = central_system.receive(b'[2,"id","StartTransaction",{"connectorId":1}]', NOW)
    assert isinstance(bad, BadCall)
    assert (bad.action, bad.payload) == ("StartTransaction", b'{"connectorId":1}')
    broken = central_system.receive(b'[2,"id","StartTransaction",{"connectorId":1', NOW)
    assert isinstance(broken, BadCall)
    assert (broken.action, broken.payload) == ("StartTransaction", b'{"connectorId":1')


def test_whitespace_and_escapes_are_json_like_any_other(central_system):
    call = central_system.receive(b' [ 2 ,\n"id" , "Author\\u0069ze" , { "idTag" : "\\u0041LICE" } ]\t', NOW)
    assert isinstance(call, Call)
    assert call.request == ALICE


def test_an_error_stays_small_whatever_it_answers(central_system):
    for text in (text for texts in BAD_CALLS.values() for text in texts):
        bad = central_system.receive(text, NOW)
        assert isinstance(bad, BadCall)
        assert len(bad.error.description) <= MAX_DESCRIPTION
        assert len(bad.reply) < 2 * MAX_DESCRIPTION
    bad = central_system.receive(b'[2,"id","' + b"Fly" * 300_000 + b'",{}]', NOW)
    assert isinstance(bad, BadCall)
    assert len(bad.reply) < 2 * MAX_DESCRIPTION
    assert bad.action is not None
    assert len(bad.action) <= 64


FRAMES = [text for texts in (*BAD_CALLS.values(), *UNANSWERABLE.values()) for text in texts if len(text) < 1000]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, database=None)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(st.sampled_from([2, 3, 4, "id", "Heartbeat", "Authorize", {}, None]) | json_values, max_size=6).map(
            lambda frame: json.dumps(frame).encode()
        ),
        st.tuples(st.sampled_from(FRAMES), st.integers(0, 60), st.binary(max_size=3)).map(
            lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] + 1 :]
        ),
    )
)
def test_no_text_makes_receive_raise(text):
    central_system = Rpc(Side.CENTRAL_SYSTEM)
    central_system.call("id", m.ClearCacheRequest(), NOW)
    received = central_system.receive(text, NOW)
    assert isinstance(received, Call | BadCall | Answer | ErrorAnswer | Ignored)
    if isinstance(received, BadCall):
        assert json.loads(received.reply)[0] == 4
