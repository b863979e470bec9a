"""What a platform may get wrong, or just unusual, and the answer to it (OCPP-J §4.2.3, its errata; OCPP 1.6 §5)."""

import json
from typing import Any

import pytest
from core_cases import charging, ready
from face_bench import Bench

from laadboek.chargepoint import events as ev
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode, OcppError

OCCURRENCE = "OccurenceConstraintViolation"
PROPERTY = "PropertyConstraintViolation"
TYPE = "TypeConstraintViolation"
FORMATION = "FormationViolation"


def ask(bench: Bench, action: str, payload: Any) -> Any:
    """The payload of the answer, or the code of the error."""
    assert bench.platform.rpc is not None and bench.socket_no is not None
    message_id, before = f"odd{len(bench.effects)}", len(bench.effects)
    text = json.dumps([2, message_id, action, payload]).encode()
    bench.platform.rpc.resend(message_id, action if action in m.MESSAGES else "Heartbeat", text, bench.now)
    bench.do(ev.TextReceived(bench.socket_no, text))
    for effect in bench.effects[before:]:
        frame = json.loads(getattr(effect, "text", b"[0]"))
        if frame[0] in (3, 4) and frame[1] == message_id:
            return frame[2]
    return None


ERRORS: list[tuple[str, Any, str]] = [
    # a field is missing
    ("ChangeAvailability", {"connectorId": 1}, OCCURRENCE),
    ("ChangeAvailability", {"type": "Operative"}, OCCURRENCE),
    ("ChangeConfiguration", {"key": "HeartbeatInterval"}, OCCURRENCE),
    ("ChangeConfiguration", {}, OCCURRENCE),
    ("DataTransfer", {}, OCCURRENCE),
    ("RemoteStartTransaction", {"connectorId": 1}, OCCURRENCE),
    ("RemoteStopTransaction", {}, OCCURRENCE),
    ("Reset", {}, OCCURRENCE),
    ("TriggerMessage", {}, OCCURRENCE),
    ("UnlockConnector", {}, OCCURRENCE),
    ("CancelReservation", {}, OCCURRENCE),
    ("ReserveNow", {"connectorId": 1, "idTag": "A", "reservationId": 1}, OCCURRENCE),
    ("SendLocalList", {"updateType": "Full"}, OCCURRENCE),
    ("SendLocalList", {"listVersion": 1}, OCCURRENCE),
    # of another type
    ("ChangeAvailability", {"connectorId": "1", "type": "Operative"}, TYPE),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": 60}, TYPE),
    ("GetConfiguration", {"key": "HeartbeatInterval"}, TYPE),
    ("RemoteStartTransaction", {"idTag": 17}, TYPE),
    ("RemoteStopTransaction", {"transactionId": "17"}, TYPE),
    ("UnlockConnector", {"connectorId": 1.5}, TYPE),
    ("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": {}}, TYPE),
    ("SendLocalList", {"listVersion": "1", "updateType": "Full"}, TYPE),
    # not one of the values
    ("ChangeAvailability", {"connectorId": 1, "type": "Broken"}, PROPERTY),
    ("Reset", {"type": "Lukewarm"}, PROPERTY),
    ("Reset", {"type": ""}, PROPERTY),
    ("SendLocalList", {"listVersion": 1, "updateType": "Partial"}, PROPERTY),
    (
        "SendLocalList",
        {
            "listVersion": 1,
            "updateType": "Full",
            "localAuthorizationList": [{"idTag": "A", "idTagInfo": {"status": "Fine"}}],
        },
        PROPERTY,
    ),
    # too long, no time
    ("RemoteStartTransaction", {"idTag": "X" * 21}, PROPERTY),
    ("ChangeConfiguration", {"key": "K" * 51, "value": "1"}, PROPERTY),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "1" * 501}, PROPERTY),
    ("DataTransfer", {"vendorId": "V" * 256}, PROPERTY),
    ("ReserveNow", {"connectorId": 1, "expiryDate": "soon", "idTag": "A", "reservationId": 1}, PROPERTY),
    ("CancelReservation", {"reservationId": 2**70}, PROPERTY),
    # no payload of an action
    ("ClearCache", [], FORMATION),
    ("ClearCache", "now", FORMATION),
    ("GetConfiguration", 7, FORMATION),
    # no action, or none for a charge point
    ("MakeCoffee", {}, "NotImplemented"),
    ("", {}, "NotImplemented"),
    ("clearcache", {}, "NotImplemented"),
    ("Heartbeat", {}, "NotSupported"),
    ("StartTransaction", {"idTag": "A"}, "NotSupported"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "payload", "code"), ERRORS)
def test_what_is_wrong_with_a_call_is_named_by_its_code(action: str, payload: Any, code: str) -> None:
    bench = ready()
    assert ask(bench, action, payload) == code
    assert (bench.wishes, bench.heard()) == ([], []), "and nothing else follows"


def status(word: str) -> dict[str, str]:
    return {"status": word}


NOBODY = {"idTag": "", "idTagInfo": {"status": "Accepted"}}
ANSWERS: list[tuple[str, Any, Any]] = [
    # connectors that there are not
    ("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}, status("Rejected")),
    ("ChangeAvailability", {"connectorId": -1, "type": "Inoperative"}, status("Rejected")),
    ("RemoteStartTransaction", {"connectorId": 0, "idTag": "A"}, status("Rejected")),
    ("RemoteStartTransaction", {"connectorId": 2, "idTag": "A"}, status("Rejected")),
    ("RemoteStartTransaction", {"connectorId": -1, "idTag": "A"}, status("Rejected")),
    ("UnlockConnector", {"connectorId": 0}, status("NotSupported")),
    ("UnlockConnector", {"connectorId": 2}, status("NotSupported")),
    ("UnlockConnector", {"connectorId": -1}, status("NotSupported")),
    ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 0}, status("Rejected")),
    ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 2}, status("Rejected")),
    ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": -1}, status("Rejected")),
    # empty texts
    ("RemoteStartTransaction", {"connectorId": 1, "idTag": ""}, status("Rejected")),
    ("ChangeConfiguration", {"key": "", "value": "1"}, status("NotSupported")),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": ""}, status("Rejected")),
    ("DataTransfer", {"vendorId": ""}, status("UnknownVendorId")),
    ("DataTransfer", {"vendorId": "V", "messageId": "", "data": ""}, status("UnknownVendorId")),
    ("GetConfiguration", {"key": [""]}, {"unknownKey": [""]}),
    ("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [NOBODY]}, status("Failed")),
    # numbers that mean nothing to us
    ("RemoteStopTransaction", {"transactionId": 0}, status("Rejected")),
    ("RemoteStopTransaction", {"transactionId": -1}, status("Rejected")),
    ("RemoteStopTransaction", {"transactionId": 2**63 - 1}, status("Rejected")),
    ("SendLocalList", {"listVersion": 0, "updateType": "Full"}, status("Failed")),
    ("SendLocalList", {"listVersion": -7, "updateType": "Differential"}, status("VersionMismatch")),
    # what is tolerated: null for what is optional, an integer as 1.0, fields that nobody knows
    ("ClearCache", None, status("Accepted")),
    ("ClearCache", {"please": True}, status("Accepted")),
    ("GetConfiguration", {"key": None, "x": 1}, ...),
    ("UnlockConnector", {"connectorId": 2.0}, status("NotSupported")),
    # a message that nobody knows is no error (§5.17)
    ("TriggerMessage", {"requestedMessage": "CoffeeNotification"}, status("NotImplemented")),
    ("TriggerMessage", {"requestedMessage": ""}, status("NotImplemented")),
    ("ExtendedTriggerMessage", {"requestedMessage": "CoffeeNotification"}, status("NotImplemented")),
]  # fmt: skip


@pytest.mark.parametrize(("action", "payload", "answer"), ANSWERS)
def test_an_odd_call_that_can_be_understood_gets_an_answer(action: str, payload: Any, answer: Any) -> None:
    bench = ready()
    got = ask(bench, action, payload)
    assert isinstance(got, dict) if answer is ... else got == answer
    assert bench.wishes == []


@pytest.mark.parametrize(
    "payload",
    [
        {"requestedMessage": "CoffeeNotification", "connectorId": "one"},
        {"requestedMessage": 7},
        {"requestedMessage": None},
    ],
)
def test_a_trigger_that_is_wrong_otherwise_is_an_error(payload: Any) -> None:
    assert ask(ready(), "TriggerMessage", payload) in (TYPE, PROPERTY, OCCURRENCE)


def test_an_unknown_trigger_of_a_profile_that_is_off_is_an_error() -> None:
    bench = ready(profiles_off=frozenset({"RemoteTrigger"}))
    assert ask(bench, "TriggerMessage", {"requestedMessage": "CoffeeNotification"}) == PROPERTY


def test_calls_in_odd_order_get_their_answers() -> None:
    """Stopped twice, unlocked while nothing is locked, cancelled before it was made."""
    bench = ready()
    session = charging(bench)
    number = bench.face.state.durable.transactions[session].transaction_id
    assert ask(bench, "RemoteStopTransaction", {"transactionId": number}) == status("Accepted")
    bench.end_session(session)
    assert ask(bench, "RemoteStopTransaction", {"transactionId": number}) == status("Rejected")
    assert ask(bench, "ClearCache", {}) == status("Accepted")
    assert ask(bench, "ClearCache", {}) == status("Accepted"), "of an empty cache"
    assert ask(bench, "SendLocalList", {"listVersion": 3, "updateType": "Differential"}) == status("Accepted")


def test_the_same_call_again_while_it_is_handled_is_answered_once() -> None:
    """OCPP-J errata 3.1"""
    bench = ready()
    bench.grants = lambda wish: None
    text = b'[2,"same","UnlockConnector",{"connectorId":1}]'
    assert bench.socket_no is not None
    bench.do(ev.TextReceived(bench.socket_no, text))
    bench.do(ev.TextReceived(bench.socket_no, text))
    assert len(bench.wishes) == 1


def test_the_platforms_own_errors_break_nothing() -> None:
    """A CALLERROR to each message of ours (§3.7.1, OCPP-J §4.2.3): what is no transaction message is not repeated."""
    refused = OcppError(ErrorCode.NOT_SUPPORTED, "no")
    bench = ready()
    for kind in (m.StatusNotificationRequest, m.HeartbeatRequest, m.MeterValuesRequest, m.AuthorizeRequest):
        bench.platform.answers[kind] = refused
    charging(bench)
    for wanted in ("StatusNotification", "MeterValues", "Heartbeat"):
        assert ask(bench, "TriggerMessage", {"requestedMessage": wanted}) == status("Accepted")
    bench.pass_time(hours=1)
    assert bench.face.live().state == "online" and bench.face.state.waiting == ()
