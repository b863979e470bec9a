"""A charge point and a platform that says odd things, over a real socket: frames, answers, extreme values.

Whatever comes, it goes on: the next question is answered, on the same socket unless the websocket itself was misused.
"""

import asyncio

import pytest
from central_system import SILENCE, CallError, accepted, now
from laboratory import Laboratory

TOO_LONG = "x" * 37

# What is sent, its message id, and how its answer begins: the error code, the payload, or None for none at all.
FRAMES = [
    ("", "", None),
    ("null", "", None),
    ("[]", "", None),
    ("[2]", "", None),
    ('[2,"a"]', "a", "ProtocolError"),
    ('[2,"a","ClearCache"]', "a", "ProtocolError"),
    ('[2,"a","ClearCache",{},1]', "a", "FormationViolation"),
    ('[2,"a","ClearCache",{}', "a", "FormationViolation"),
    ('[2,"a","ClearCache",{}]]', "a", "FormationViolation"),
    ('[2,"a","ClearCache",[]]', "a", "FormationViolation"),
    ('[2,"a",5,{}]', "a", "FormationViolation"),
    ('[2,"a","clearcache",{}]', "a", "NotImplemented"),
    ('[2,"a","Heartbeat",{}]', "a", "NotSupported"),
    (f'[2,"{TOO_LONG}","ClearCache",{{}}]', TOO_LONG, "FormationViolation"),
    ('[2,"a","UnlockConnector",{"connectorId":1e400}]', "a", "PropertyConstraintViolation"),
    ('[2,"a","UnlockConnector",{"connectorId":NaN}]', "a", "FormationViolation"),
    ('[2,"a","DataTransfer",{"vendorId":"\\ud800"}]', "a", "FormationViolation"),
    ("[" * 5000, "a", None),
    ('[5,"a","ClearCache",{}]', "a", None),  # OCPP-J §4.1.3: other types are ignored
    ('["2","a","ClearCache",{}]', "a", None),
    ('[3,"nobody",{}]', "a", None),
    ('[4,"nobody","InternalError","",{}]', "a", None),
    ('\n [2 , "a","ClearCache", null ] \n', "a", {"status": "Accepted"}),
    ('[2,"a","ChangeAvailability",{"connectorId":1e0,"type":"Operative","x":[{}]}]', "a", {"status": "Accepted"}),
    (
        '[2,"a","DataTransfer",{"vendorId":"é\\ud83d\\ude97","data":"' + "y" * 500_000 + '"}]',
        "a",
        {"status": "UnknownVendorId"},
    ),
    (["[2,", '"a","Clear', 'Cache",', "{}]"], "a", {"status": "Accepted"}),  # in fragments
]


async def test_odd_frames_are_refused_by_name_or_ignored():
    """OCPP-J §4.2."""
    async with Laboratory() as lab:
        cs, _ = await lab.booted()
        for message, message_id, expected in FRAMES:
            frame = await cs.answer_to(
                message, message_id, "ClearCache" if expected != FRAMES[-2][2] else "DataTransfer"
            )
            told = frame and frame[2]
            assert told == expected, (str(message)[:80], frame)
        assert cs.socket_no == 1


@pytest.mark.parametrize("message", [b'[2,"a","ClearCache",{}]', b"\xff\xfe"])
async def test_binary_frames_cost_the_socket_and_no_more(message):
    async with Laboratory() as lab:
        cs, _ = await lab.booted()
        back = asyncio.ensure_future(cs.new_socket())
        await asyncio.sleep(0)
        await cs.send_raw(message)
        await back
        assert await cs.call("ClearCache") == {"status": "Accepted"}
        assert len(cs.of("BootNotification")) == 1


# --- answers ---


def boot_answer(**changed):
    return {"status": "Accepted", "currentTime": now(), "interval": 300} | changed


BOOTS = [
    boot_answer(interval=0),
    boot_answer(interval=-3),
    boot_answer(interval=2**62),
    boot_answer(interval=300.0),
    boot_answer(status="accepted", extra={"a": [1]}),
    boot_answer(currentTime="1970-01-01T00:00:00Z"),
    boot_answer(currentTime="9999-12-31T23:59:59-14:00"),
    boot_answer(currentTime="0001-01-01T00:00:00+14:00"),
    boot_answer(currentTime=now()[:-1] + ".123456789+00:00"),
    boot_answer(currentTime=now()[:-1]),
]


@pytest.mark.parametrize("answer", BOOTS)
async def test_an_odd_acceptance_is_one(answer):
    async with Laboratory() as lab:
        cs, cp = await lab.booted(answers={"BootNotification": answer})
        await cp.charging()
        assert len(cs.of("BootNotification")) == 1


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
@pytest.mark.parametrize("interval", [0, -5, 2**40, 2**63 - 1])
async def test_an_odd_interval_is_no_reason_to_hurry(status, interval):
    """§4.2: until it is over nothing is sent, nor is the connection lost and made again."""
    async with Laboratory() as lab:
        cs = await lab.central_system()
        cs.answers["BootNotification"] = boot_answer(status=status, interval=interval)
        cp = await lab.charge_point(cs)
        await cs.expect("BootNotification")
        state = await cp.until(lambda s: s["registration"] == status, "it has heard")
        assert (state["link"], cs.socket_no) == (status.lower(), 1)
        await cp.plug_in()
        await cp.tag("TAG1")
        assert (await cp.state())["connected"] and [heard.action for heard in cs.heard] == ["BootNotification"]


STARTS = [
    (0, accepted()),
    (-5, accepted()),
    (2**63 - 1, accepted()),
    (12.0, accepted()),
    (7, accepted(expiryDate="", parentIdTag=None)),
    (7, accepted(expiryDate="soon", parentIdTag="x" * 40)),
    (7, accepted(expiryDate="2020-01-01T00:00:00Z", parentIdTag="P", other=1)),
]


@pytest.mark.parametrize(("transaction_id", "told"), STARTS)
async def test_the_id_of_a_transaction_is_used_as_it_came(transaction_id, told):
    """Errata 3.54; what is told of the tag beside its status loses no answer (§7.27)."""
    async with Laboratory() as lab:
        cs, cp = await lab.booted(answers={"StartTransaction": {"transactionId": transaction_id, **told}})
        await cp.charging()
        assert await cs.call("RemoteStopTransaction", transactionId=int(transaction_id)) == {"status": "Accepted"}
        assert (await cs.expect("StopTransaction", transactionId=transaction_id))["reason"] == "Remote"
        assert len(cs.of("StartTransaction")) == 1


@pytest.mark.parametrize("status", ["Blocked", "ConcurrentTx", "Rejected", "Unknown"])
async def test_whatever_is_not_accepted_ends_the_transaction(status):
    """Errata 3.17; a status that is none of §7.2 is not Accepted either."""
    answer = {"transactionId": 9, "idTagInfo": {"status": status}}
    async with Laboratory() as lab:
        cs, cp = await lab.booted(answers={"StartTransaction": answer})
        await cp.plug_in()
        await cp.tag("TAG1")
        stop = await cs.expect("StopTransaction", transactionId=9)
        assert stop["reason"] == "DeAuthorized"


def refuse(_):
    raise CallError("InternalError", "x" * 255)


@pytest.mark.parametrize("answer", [refuse, None, [], {"status": 5}])
async def test_no_answer_to_a_message_of_the_moment_holds_up_the_rest(answer):
    """All but transactions is said once; a session goes on whatever becomes of it."""
    moment = ("StatusNotification", "Heartbeat", "DiagnosticsStatusNotification", "FirmwareStatusNotification")
    async with Laboratory() as lab:
        cs, cp = await lab.booted(keys={"MessageTimeout": "1"})
        cs.answers |= dict.fromkeys(moment, answer)
        for action in ("Heartbeat", "DiagnosticsStatusNotification", "FirmwareStatusNotification"):
            assert await cs.call("TriggerMessage", requestedMessage=action) == {"status": "Accepted"}
        await cp.plug_in()
        await cp.tag("TAG1")
        await cs.expect("StartTransaction")
        await cp.tag("TAG1")
        await cs.expect("StopTransaction")
        assert len(cs.of("StartTransaction")) == len(cs.of("StopTransaction")) == 1


async def test_a_platform_that_never_answers_a_status_gets_its_transactions():
    """Each time-out costs a socket, and the next one does not begin with the same again (OCPP-J §4.1.1)."""
    async with Laboratory() as lab:
        cs, cp = await lab.booted(keys={"MessageTimeout": "1"})
        cs.answers["StatusNotification"] = SILENCE
        assert await cs.call("RemoteStartTransaction", idTag="TAG1", connectorId=1) == {"status": "Accepted"}
        await cp.plug_in()
        await cs.expect("StartTransaction")
        await cp.tag("TAG1")
        await cs.expect("StopTransaction")
        assert len(cs.of("StartTransaction")) == len(cs.of("StopTransaction")) == 1


# --- extreme values ---

HUGE = 2**62
INSTANTS = ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z"]
AWAY = "http://127.0.0.1:1/x.bin"  # port 1: nobody is there


def profile(**changed):
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.0}]}
    kind = {"chargingProfileKind": "Absolute", "chargingProfilePurpose": "TxDefaultProfile"}
    schedule |= {name: changed.pop(name) for name in ("duration", "startSchedule") if name in changed}
    return {"chargingProfileId": -HUGE, "stackLevel": 0, **kind, "chargingSchedule": schedule} | changed


EXTREMES = [
    ("RemoteStopTransaction", {"transactionId": -HUGE}),
    ("CancelReservation", {"reservationId": HUGE}),
    ("GetCompositeSchedule", {"connectorId": 1, "duration": HUGE}),
    ("ClearChargingProfile", {"id": HUGE, "stackLevel": -HUGE, "connectorId": HUGE}),
    ("SendLocalList", {"listVersion": HUGE, "updateType": "Full"}),
    *(
        ("GetDiagnostics", {"location": AWAY, "retries": r, "retryInterval": i})
        for r in (0, HUGE)
        for i in (-HUGE, HUGE)
    ),
    *(
        ("UpdateFirmware", {"location": AWAY, "retrieveDate": now(), "retries": 3, "retryInterval": i})
        for i in (-HUGE, HUGE)
    ),
]
for at in INSTANTS:
    tag = {"idTag": "A", "idTagInfo": {"status": "Accepted", "expiryDate": at}}
    EXTREMES += [
        ("ReserveNow", {"connectorId": 1, "expiryDate": at, "idTag": "A", "reservationId": -HUGE}),
        ("CancelReservation", {"reservationId": -HUGE}),
        ("UpdateFirmware", {"location": AWAY, "retrieveDate": at}),
        ("GetDiagnostics", {"location": AWAY, "startTime": at, "stopTime": at}),
        ("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [tag]}),
        *(
            ("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": profile(**changed)})
            for changed in (
                {"startSchedule": at, "validFrom": at, "duration": HUGE},
                {"startSchedule": at, "validTo": at},
                {"startSchedule": at, "chargingProfileKind": "Recurring", "recurrencyKind": "Weekly"},
            )
        ),
        ("GetCompositeSchedule", {"connectorId": 1, "duration": 60}),
    ]


async def test_extreme_values_are_taken_or_refused():
    async with Laboratory() as lab:
        cs, cp = await lab.booted()
        for action, payload in EXTREMES:
            assert isinstance(await cs.call_anything(action, payload), dict), (action, payload)
        state = await cp.until(lambda s: s["connectors"][0]["status"] == "Available", "nothing is reserved")
        assert (state["connected"], cs.socket_no) == (True, 1)
        assert await cs.call("ClearChargingProfile") == {"status": "Accepted"}
