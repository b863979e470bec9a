"""What the platform asks of a charge point, and what becomes of every kind of answer (OCPP 1.6 §5)."""

import asyncio
import json

import pytest
from wallbox import ID, wallbox


@pytest.fixture
def name(platform):
    return platform.register()


async def ask(platform, name, action, payload=None, **more):
    return await asyncio.to_thread(platform.ask, name, action, payload, **more)


ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
# Case, action, request as it must arrive, answers that are all handled.
CONFIGURATION = [{"key": "k" * 50, "readonly": True, "value": "v" * 500}, {"key": "NoValue", "readonly": False}]
PROFILES, INTERVAL = "SupportedFeatureProfiles", "MeterValueSampleInterval"
OPERATIONS = [
    ("010", "RemoteStartTransaction", {"idTag": "ALICE", "connectorId": 1}, [ACCEPTED, REJECTED]),
    ("026", "RemoteStartTransaction", {"idTag": "ALICE"}, [REJECTED, ACCEPTED]),
    ("012", "RemoteStopTransaction", {"transactionId": 5}, [ACCEPTED]),
    ("028", "RemoteStopTransaction", {"transactionId": 2**31 - 1}, [REJECTED]),
    ("013", "Reset", {"type": "Hard"}, [ACCEPTED, REJECTED]),
    ("014", "Reset", {"type": "Soft"}, [ACCEPTED, REJECTED]),
    ("017_1", "UnlockConnector", {"connectorId": 1}, [{"status": "Unlocked"}]),
    ("017_2", "UnlockConnector", {"connectorId": 1}, [{"status": "NotSupported"}]),
    ("030", "UnlockConnector", {"connectorId": 1}, [{"status": "UnlockFailed"}]),
    ("019_1", "GetConfiguration", {}, [{}, {"configurationKey": []}, {"configurationKey": CONFIGURATION * 200}]),
    ("019_2", "GetConfiguration", {"key": [PROFILES]}, [{"configurationKey": CONFIGURATION}, {"unknownKey": ["x"]}]),
    ("021", "ChangeConfiguration", {"key": INTERVAL, "value": "60"}, [ACCEPTED, {"status": "RebootRequired"}]),
    ("040_1", "ChangeConfiguration", {"key": "Nonsense", "value": ""}, [{"status": "NotSupported"}]),
    ("040_2", "ChangeConfiguration", {"key": INTERVAL, "value": "-1"}, [REJECTED]),
    ("061", "ClearCache", {}, [ACCEPTED, REJECTED]),
    ("5.2", "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}, [ACCEPTED, {"status": "Scheduled"}]),
    ("5.2", "ChangeAvailability", {"connectorId": 1, "type": "Operative"}, [REJECTED]),
    ("054", "TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}, [ACCEPTED]),
    ("055", "TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 3}, [REJECTED]),
    ("055", "TriggerMessage", {"requestedMessage": "Heartbeat"}, [{"status": "NotImplemented"}]),
    ("4.3", "DataTransfer", {"vendorId": "org.example"}, [{"status": "UnknownVendorId"}, REJECTED]),
    (
        "4.3",
        "DataTransfer",
        {"vendorId": "org.example", "messageId": "m", "data": "☃" * 100},
        [{"status": "Accepted", "data": "ok ☃"}, {"status": "UnknownMessageId"}],
    ),
]


@pytest.mark.parametrize(
    ("case", "action", "payload", "answers"), OPERATIONS, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_an_operation_arrives_as_asked_and_its_answer_is_told(platform, name, case, action, payload, answers):
    async with wallbox(platform, name) as box:
        await box.boot()
        for answer in answers:
            box.scripts[action] = lambda _, answer=answer: answer
            done = await ask(platform, name, action, payload)
            assert (done["state"], done["answer"]) == ("answered", answer)
            assert box.asked[-1][1:] == (action, payload)
        assert len({message_id for message_id, _, _ in box.asked}) == len(answers)


async def test_054_every_message_can_be_triggered_and_is_then_answered(platform, name):
    messages = {
        "BootNotification": {"chargePointVendor": "v", "chargePointModel": "m"},
        "DiagnosticsStatusNotification": {"status": "Idle"},
        "FirmwareStatusNotification": {"status": "Idle"},
        "Heartbeat": {},
        "MeterValues": {"connectorId": 1, "meterValue": []},
        "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    }
    async with wallbox(platform, name) as box:
        box.scripts["TriggerMessage"] = lambda _: ACCEPTED
        for message, payload in messages.items():
            assert (await ask(platform, name, "TriggerMessage", {"requestedMessage": message}))["state"] == "answered"
            await box.call(message, payload)


CODES = [
    "NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation",
    "PropertyConstraintViolation", "OccurenceConstraintViolation", "OccurrenceConstraintViolation",
    "TypeConstraintViolation", "GenericError", "FormatViolation", "SomethingOfTheirOwn",
]  # fmt: skip


async def test_every_callerror_is_told_and_the_next_operation_goes_out(platform, name):
    async with wallbox(platform, name) as box:
        for code in CODES:
            box.scripts["ClearCache"] = lambda _, code=code: [4, ID, code, "because ☃", {"more": [1]}]
            done = await ask(platform, name, "ClearCache")
            assert done["state"] == "failed" and "because ☃" in done["answer"][1], done
        for frame in ([4, ID, "GenericError"], [4, ID, "GenericError", ""], [4, ID, "GenericError", "", None]):
            box.scripts["ClearCache"] = lambda _, frame=frame: frame
            assert (await ask(platform, name, "ClearCache"))["state"] == "failed"


GARBAGE = [
    '[3,"ID"]',
    '[3,"ID",{}]',
    '[3,"ID",null]',
    '[3,"ID",[]]',
    '[3,"ID","Accepted"]',
    '[3,"ID",{"status":"Perhaps"}]',
    '[3,"ID",{"status":5}]',
    '[3,"ID",{"status":"Accepted"},1]',
    '[3,"ID",{"status":"Accepted"}',
    '[4,"ID"]',
    '[4,"ID",5,6,7]',
    '[4,"ID",{}]',
    '[3,"ID",{"status":' + "[" * 5000 + "]" * 5000 + "}]",
]


async def test_an_answer_that_is_none_fails_the_operation_and_not_the_connection(platform, name):
    async with wallbox(platform, name) as box:
        for text in GARBAGE:
            box.scripts["ClearCache"] = lambda _, text=text: text
            done = await ask(platform, name, "ClearCache")
            assert done["state"] == "failed", (text[:60], done)
        box.scripts["ClearCache"] = lambda _: ACCEPTED
        assert (await ask(platform, name, "ClearCache"))["state"] == "answered"


async def test_answers_to_other_ids_answer_nothing(platform, name):
    async with wallbox(platform, name) as box:
        asking = asyncio.create_task(ask(platform, name, "ClearCache"))
        [message_id, _, _] = await box.until(lambda: box.asked and box.asked[0])
        for other in ("x", message_id.upper(), message_id + " "):
            await box.silence(json.dumps([3, other, ACCEPTED]), json.dumps([4, other, "GenericError", "", {}]))
        assert not asking.done()
        await box.start("ALICE", 0)  # calls of both sides cross (OCPP-J §4.1.1)
        await box.send([3, message_id, ACCEPTED])
        assert (await asking)["state"] == "answered"
        await box.silence(json.dumps([3, message_id, REJECTED]))  # a second answer to the same call
        assert (await asyncio.to_thread(platform.get, f"/operations/{(await asking)['id']}"))["answer"] == ACCEPTED


async def test_one_call_at_a_time_in_the_order_asked(platform, name):
    """OCPP-J §4.1.1"""
    async with wallbox(platform, name) as box:
        for number in range(5):
            body = {"action": "ChangeConfiguration", "payload": {"key": "k", "value": str(number)}}
            await asyncio.to_thread(platform.post, f"/charge-points/{name}/operations", body)
        for number in range(5):
            await box.until(lambda number=number: len(box.asked) > number)
            await box.heartbeat()
            assert len(box.asked) == number + 1
            assert box.asked[number][2]["value"] == str(number)
            await box.send([3, box.asked[number][0], ACCEPTED])


async def test_another_charge_point_need_not_wait(platform, name):
    """OCPP-J errata 3.5."""
    other = platform.register()
    async with wallbox(platform, name) as silent, wallbox(platform, other) as quick:
        quick.scripts["ClearCache"] = lambda _: ACCEPTED
        waiting = asyncio.create_task(ask(platform, name, "ClearCache"))
        await silent.until(lambda: silent.asked)
        assert (await ask(platform, other, "ClearCache"))["state"] == "answered"
        await silent.send([3, silent.asked[0][0], ACCEPTED])
        assert (await waiting)["state"] == "answered"


async def test_a_call_whose_connection_ends_is_unknown_and_never_sent_again(platform, name):
    async with wallbox(platform, name) as box:
        asking = asyncio.create_task(ask(platform, name, "Reset", {"type": "Hard"}))
        await box.until(lambda: box.asked)
        box.connection.transport.abort()
        assert (await asking)["state"] == "unknown"
    async with wallbox(platform, name) as box:
        await box.boot()
        assert box.asked == []


async def test_one_asked_for_while_it_is_away_goes_out_when_it_is_back(platform, name):
    body = {"action": "ClearCache", "payload": {}}
    noted = platform.post(f"/charge-points/{name}/operations", body)
    assert noted["state"] == "requested"
    async with wallbox(platform, name) as box:
        box.scripts["ClearCache"] = lambda _: ACCEPTED
        await box.until(lambda: box.asked)
        await box.heartbeat()

        async def state():
            return (await asyncio.to_thread(platform.get, f"/operations/{noted['id']}"))["state"]

        async with asyncio.timeout(5):
            while await state() != "answered":
                await box.heartbeat()


async def test_the_same_idempotency_key_is_the_same_operation(platform, name):
    async with wallbox(platform, name) as box:
        box.scripts["ClearCache"] = lambda _: ACCEPTED
        same = [await ask(platform, name, "ClearCache", idempotency_key=f"key-{name}") for _ in range(3)]
        assert len({one["id"] for one in same}) == 1 and len(box.asked) == 1
        body = {"action": "Reset", "payload": {"type": "Soft"}, "idempotency_key": f"key-{name}"}
        reused = await asyncio.to_thread(platform.api.post, f"/charge-points/{name}/operations", json=body)
        assert reused.status_code in (409, 422)


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("Fly", {}),
        ("Heartbeat", {}),
        ("Reset", {}),
        ("Reset", {"type": "Warm"}),
        ("RemoteStartTransaction", {"idTag": "x" * 21}),
        ("RemoteStopTransaction", {"transactionId": "5"}),
        ("UnlockConnector", {"connectorId": None}),
        ("ChangeConfiguration", {"key": "k" * 51, "value": ""}),
        ("ChangeConfiguration", {"key": "k", "value": "v" * 501}),
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": "00" * 20}),
        ("TriggerMessage", {"requestedMessage": "Authorize"}),
        ("GetConfiguration", {"key": "HeartbeatInterval"}),
    ],
)
async def test_what_is_no_request_is_refused_before_it_is_noted(platform, name, action, payload):
    answer = platform.api.post(f"/charge-points/{name}/operations", json={"action": action, "payload": payload})
    assert answer.status_code in (400, 404, 409, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_pending_one_may_be_configured_and_not_used(platform):
    """§4.2"""
    name = platform.register(registration="Pending")
    async with wallbox(platform, name) as box:
        await box.boot()
        box.scripts["ChangeConfiguration"] = lambda _: ACCEPTED
        body = {"action": "RemoteStartTransaction", "payload": {"idTag": "ALICE"}}
        await asyncio.to_thread(platform.post, f"/charge-points/{name}/operations", body)
        done = await ask(platform, name, "ChangeConfiguration", {"key": "k", "value": "v"})
        assert done["state"] == "answered" and [action for _, action, _ in box.asked] == ["ChangeConfiguration"]
