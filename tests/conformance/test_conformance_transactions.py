"""Every start and stop is booked once and answered, in whatever order and however often (OCPP 1.6 §3.7, §4.7-§4.10)."""

import asyncio
import json

import pytest
from wallbox import CallError, at, reading, wallbox


@pytest.fixture
def name(platform):
    return platform.register()


def booked(platform, name):
    return [(one["state"], one["energy_wh"]) for one in platform.transactions(name)]


async def test_003_a_session_plugged_in_first(platform, name):
    tag = platform.tag("PLUGGED-IN", kind="business")
    async with wallbox(platform, name) as box:
        await box.boot()
        for connector in (0, 1):
            await box.status("Available", connector)
        await box.status("Preparing")
        assert (await box.call("Authorize", {"idTag": tag}))["idTagInfo"]["status"] == "Accepted"
        started = await box.start(tag, 1000)
        assert started["idTagInfo"]["status"] == "Accepted" and 0 < started["transactionId"] < 2**31
        await box.status("Charging")
        for minutes, register in ((15, 2000), (30, 3000), (45, 4000)):
            await box.meter(started["transactionId"], register, minutes)
        await box.status("SuspendedEV")
        await box.stop(started["transactionId"], 4321, idTag=tag, reason="EVDisconnected")  # 005_1
        await box.status("Finishing")
        await box.status("Available")
    assert booked(platform, name) == [("closed", 3321)]
    [session] = platform.sessions(name)
    assert (session["energy_wh"], session["kind"]) == (3321, "business")
    assert session["session_id"] in platform.laadboek("sessions", "export").stdout


async def test_every_reason_and_no_reason_closes(platform, name):
    reasons = [
        None, "EmergencyStop", "EVDisconnected", "HardReset", "Local", "Other", "PowerLoss", "Reboot", "Remote",
        "SoftReset", "UnlockCommand", "DeAuthorized",
    ]  # fmt: skip
    async with wallbox(platform, name) as box:
        for number, reason in enumerate(reasons):
            started = await box.start("ALICE", number, number)
            more = {} if reason is None else {"reason": reason}
            assert await box.stop(started["transactionId"], number + 7, number + 0.5, **more) == {}
    assert [one["stop_reason"] for one in platform.transactions(name)] == ["Local", *reasons[1:]]
    assert platform.energies(name) == [7] * len(reasons)


async def test_most_of_everything_in_a_start_and_a_stop(platform, name):
    async with wallbox(platform, name) as box:
        tag = platform.tag("T" * 20)
        started = await box.start(tag, 2**31 - 1, 0, 2**31 - 1, reservationId=2**31 - 1, vendor={"x": 1})
        data = [
            {
                "timestamp": at(minutes),
                "sampledValue": [
                    {
                        "value": "2147483650",
                        "context": "Transaction.End",
                        "format": "Raw",
                        "measurand": "Energy.Active.Import.Register",
                        "location": "Outlet",
                        "unit": "Wh",
                    }
                ]
                * 3,
            }
            for minutes in range(3)
        ]
        stopped = await box.stop(
            started["transactionId"], 2**31 + 3, idTag=tag.lower(), reason="Local", transactionData=data, vendor=[]
        )
        assert stopped["idTagInfo"]["status"] == "Accepted"
    assert booked(platform, name) == [("closed", 4)]


@pytest.mark.parametrize(
    ("tag", "status"),
    [("NOBODY", "Invalid"), ("BLOCKED-T", "Blocked"), ("EXPIRED-T", "Expired"), ("☃" * 20, "Invalid")],
)
async def test_037_a_tag_that_may_not_charge_is_told_so_and_its_energy_is_booked(platform, name, tag, status):
    known = {"BLOCKED-T": {"blocked": True}, "EXPIRED-T": {"expires_at": "2020-01-01T00:00:00Z"}}
    if tag in known:
        platform.tag(tag, **known[tag])
    async with wallbox(platform, name) as box:
        started = await box.start(tag, 0)
        assert started["idTagInfo"]["status"] == status and started["transactionId"] > 0
        await box.stop(started["transactionId"], 12, reason="DeAuthorized")
    assert booked(platform, name) == [("closed", 12)]
    assert platform.energies(name) == [12]


async def test_a_tag_that_charges_elsewhere_is_concurrent(platform, name):
    tag = platform.tag("TWICE")
    async with wallbox(platform, name) as box:
        first = await box.start(tag, 0, connector=1)
        second = await box.start(tag, 0, connector=2)
        assert (first["idTagInfo"]["status"], second["idTagInfo"]["status"]) == ("Accepted", "ConcurrentTx")
        assert (await box.call("Authorize", {"idTag": tag}))["idTagInfo"]["status"] == "Accepted"
        await box.stop(first["transactionId"], 5)
        await box.stop(second["transactionId"], 6)
        assert (await box.start(tag, 6, 90))["idTagInfo"]["status"] == "Accepted"


# Again and again.


async def test_the_same_start_under_the_same_or_a_new_message_id_is_the_same_transaction(platform, name):
    async with wallbox(platform, name) as box:
        body = {"connectorId": 1, "idTag": "ALICE", "meterStart": 5, "timestamp": at(0)}
        ids = {(await box.call("StartTransaction", body, message_id))["transactionId"] for message_id in "aabc"}
        spelled = dict(reversed(body.items()))
        ids.add((await box.call("StartTransaction", spelled, "a"))["transactionId"])
        assert len(ids) == 1
        stop = {"transactionId": ids.pop(), "meterStop": 105, "timestamp": at(30), "idTag": "ALICE"}
        for message_id in "ddef":
            assert (await box.call("StopTransaction", stop, message_id))["idTagInfo"]["status"] == "Accepted"
        again = await box.call("StartTransaction", body, "late")
        assert again["transactionId"] == stop["transactionId"]
    assert booked(platform, name) == [("closed", 100)] and platform.energies(name) == [100]


async def test_message_ids_that_begin_again_after_a_boot_are_new_messages(platform, name):
    async with wallbox(platform, name) as box:
        ids = set()
        for number in range(3):
            body = {"connectorId": 1, "idTag": "ALICE", "meterStart": number * 10, "timestamp": at(number * 10)}
            ids.add(transaction_id := (await box.call("StartTransaction", body, "1"))["transactionId"])
            stop = {"transactionId": transaction_id, "meterStop": number * 10 + 9, "timestamp": at(number * 10 + 5)}
            assert await box.call("StopTransaction", stop, "2") == {}
        assert len(ids) == 3
    assert platform.energies(name) == [9, 9, 9]


async def test_meter_values_repeated_are_kept_once(platform, name):
    async with wallbox(platform, name) as box:
        transaction_id = (await box.start("ALICE", 0))["transactionId"]
        for _ in range(3):
            await box.meter(transaction_id, 50, 10)
        await box.stop(transaction_id, 100)
    kept = platform.get(f"/transactions/{transaction_id}")["meter_values"]
    assert [one["register_wh"] for one in kept] == [50]


# Late and out of order.


async def test_039_a_transaction_of_last_year_is_booked_at_its_own_time(platform, name):
    async with wallbox(platform, name) as box:
        started = await box.start("ALICE", 100, timestamp="2025-12-31T22:00:00Z")
        values = {"timestamp": "2025-12-31T22:30:00Z", "sampledValue": [{"value": "150"}]}
        body = {"connectorId": 1, "transactionId": started["transactionId"], "meterValue": [values]}
        await box.call("MeterValues", body)
        await box.stop(started["transactionId"], 300, timestamp="2025-12-31T23:30:00Z")
    [one] = platform.transactions(name)
    assert (one["started_at"], one["stopped_at"], one["energy_wh"]) == (
        "2025-12-31T22:00:00Z",
        "2025-12-31T23:30:00Z",
        200,
    )
    assert one["flags"] == []


async def test_meter_values_after_their_stop_change_nothing(platform, name):
    async with wallbox(platform, name) as box:
        transaction_id = (await box.start("ALICE", 0))["transactionId"]
        await box.stop(transaction_id, 100)
        await box.meter(transaction_id, 99, 30)
        await box.meter(transaction_id, 5000, 90)
    assert booked(platform, name) == [("closed", 100)] and platform.energies(name) == [100]


async def test_an_old_transaction_that_comes_during_a_new_one_is_booked_beside_it(platform, name):
    async with wallbox(platform, name) as box:
        new = await box.start("ALICE", 1000, 100)
        old = await box.start("BOB", 500, 10)
        await box.meter(old["transactionId"], 700, 20)
        await box.stop(old["transactionId"], 800, 30)
        await box.meter(new["transactionId"], 1100, 110)
        await box.stop(new["transactionId"], 1300, 120)
    assert sorted(one["energy_wh"] for one in platform.transactions(name)) == [300, 300]
    assert {one["state"] for one in platform.transactions(name)} == {"closed"}
    assert platform.energies(name) == [300, 300]


async def test_two_connectors_charge_at_once(platform, name):
    async with wallbox(platform, name) as box:
        left, right = await box.start("ALICE", 10, 0, 1), await box.start("BOB", 20, 1, 2)
        for minutes in (5, 10):
            await box.meter(left["transactionId"], 10 + minutes, minutes, 1)
            await box.meter(right["transactionId"], 20 + 2 * minutes, minutes, 2)
        await box.stop(right["transactionId"], 62, 30)
        await box.status("Available", 2)
        await box.stop(left["transactionId"], 31, 40)
    assert booked(platform, name) == [("closed", 21), ("closed", 42)]


@pytest.mark.parametrize("transaction_id", [-1, 0, 1, 7, 2**31 - 1, -(2**31), 2**53])
async def test_a_stop_of_an_unknown_transaction_is_answered(platform, name, transaction_id):
    async with wallbox(platform, name) as box:
        assert await box.stop(transaction_id, 10) == {}
        stopped = await box.stop(transaction_id, 10, idTag="ALICE")
        assert stopped["idTagInfo"]["status"] == "Accepted"
    assert platform.transactions(name) == []


async def test_a_stop_with_id_minus_one_is_that_of_the_only_transaction_it_fits(platform, name):
    """Errata 3.18."""
    async with wallbox(platform, name) as box:
        await box.start("ALICE", 100, 0)
        body = {"connectorId": 1, "transactionId": -1, "meterValue": [reading(150, 10)]}
        assert await box.call("MeterValues", body) == {}
        assert await box.stop(-1, 200, 30) == {}
        assert await box.stop(-1, 200, 30) == {}
    assert booked(platform, name) == [("closed", 100)] and platform.energies(name) == [100]


async def test_a_stop_with_id_minus_one_that_comes_before_its_start_waits_for_it(platform, name):
    async with wallbox(platform, name) as box:
        assert await box.stop(-1, 200, 30, idTag="ALICE", reason="Local") != {}
        await box.start("ALICE", 100, 0)
    assert booked(platform, name) == [("closed", 100)]


async def test_nobody_stops_the_transaction_of_somebody_else(platform, name):
    other = platform.register()
    async with wallbox(platform, name) as mine, wallbox(platform, other) as theirs:
        transaction_id = (await mine.start("ALICE", 0))["transactionId"]
        assert await theirs.stop(transaction_id, 99999) == {}
        await theirs.meter(transaction_id, 77777, 5)
        assert booked(platform, name) == [("open", None)]
        assert platform.get(f"/transactions/{transaction_id}")["meter_values"] == []
        await mine.stop(transaction_id, 10)
    assert platform.energies(name) == [10] and platform.energies(other) == []


# Odd numbers.


@pytest.mark.parametrize(
    ("begin", "end", "energy"),
    [
        (0, 0, 0),
        (5, 5, 0),
        (100, 50, 0),
        (-5, 5, 10),
        (-10, -5, 5),
        (2**63 - 1, 2**63 - 1, 0),
        (0, 2**63 - 1, None),
        (-(2**63), 2**63 - 1, None),
        (2**63 - 1, -(2**63), 0),
    ],
)
async def test_whatever_the_registers_say_start_and_stop_are_answered(platform, name, begin, end, energy):
    async with wallbox(platform, name) as box:
        started = await box.start("ALICE", begin)
        assert await box.stop(started["transactionId"], end) == {}
    [one] = platform.transactions(name)
    assert one["state"] == "closed" and (energy is None or one["energy_wh"] == energy)
    assert platform.get(f"/transactions/{one['transaction_id']}")["meter_stop_wh"] == end
    assert energy is None or platform.energies(name) == [energy]


@pytest.mark.parametrize(
    "text", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2099-01-01T00:00:00Z"]
)
async def test_whatever_the_clock_says_start_and_stop_are_answered(platform, name, text):
    async with wallbox(platform, name) as box:
        started = await box.start("ALICE", 0, timestamp=text)
        body = {"connectorId": 1, "meterValue": [{"timestamp": text, "sampledValue": [{"value": "1"}]}]}
        await box.call("MeterValues", body | {"transactionId": started["transactionId"]})
        await box.status("Charging", timestamp=text)
        assert await box.stop(started["transactionId"], 10, timestamp=text) == {}
    [one] = platform.transactions(name)
    assert one["energy_wh"] == 10 and one["flags"]


async def test_a_stop_before_its_start_is_booked_with_its_energy(platform, name):
    async with wallbox(platform, name) as box:
        started = await box.start("ALICE", 0, 60)
        await box.stop(started["transactionId"], 10, 0)
    assert booked(platform, name) == [("closed", 10)] and platform.energies(name) == [10]


@pytest.mark.parametrize("connector", [0, -1, 99, -(2**31)])
async def test_whatever_the_connector_the_start_is_answered(platform, name, connector):
    async with wallbox(platform, name) as box:
        started = await box.start("ALICE", 0, connector=connector)
        await box.stop(started["transactionId"], 10)
    assert platform.energies(name) == [10]


BAD = [
    {},
    None,
    [],
    {"connectorId": 1, "idTag": "ALICE", "meterStart": "5", "timestamp": at(0)},
    {"connectorId": 1, "idTag": "x" * 21, "meterStart": 5, "timestamp": at(0)},
    {"connectorId": 1, "idTag": "ALICE", "meterStart": 5, "timestamp": "soon"},
    {"connectorId": 1, "idTag": "ALICE", "meterStart": 5.5, "timestamp": at(0)},
    {"connectorId": 1, "idTag": "ALICE", "meterStart": 10**30, "timestamp": at(0)},
]


@pytest.mark.parametrize("payload", BAD, ids=range(len(BAD)))
async def test_a_start_or_stop_that_cannot_be_read_is_answered_all_the_same(platform, name, payload):
    """Without an answer it would come again for ever and keep the charge point's queue (§3.7.1)."""
    async with wallbox(platform, name) as box:
        for action in ("StartTransaction", "StopTransaction"):
            try:
                answer = await box.call(action, payload)
            except CallError:
                continue
            assert action == "StopTransaction" or answer["transactionId"] > 0
        await box.heartbeat()
    assert platform.transactions(name) == []


# Connections that break.


async def test_a_transaction_goes_on_over_reconnects_without_a_boot(platform, name):
    async with wallbox(platform, name) as box:
        transaction_id = (await box.start("ALICE", 0))["transactionId"]
        box.connection.transport.abort()
    async with wallbox(platform, name) as box:
        await box.meter(transaction_id, 50, 10)
    async with wallbox(platform, name) as box:
        await box.boot()
        await box.status("Charging")
        await box.meter(transaction_id, 70, 20)
        await box.stop(transaction_id, 100)
    assert booked(platform, name) == [("closed", 100)]


async def test_what_was_sent_just_before_the_line_was_cut_is_booked_once(platform, name):
    body = {"connectorId": 1, "idTag": "ALICE", "meterStart": 5, "timestamp": at(0)}
    for _ in range(3):
        async with wallbox(platform, name) as box:
            await box.send([2, "cut", "StartTransaction", body])
            box.connection.transport.close()
    async with wallbox(platform, name) as box:
        transaction_id = (await box.call("StartTransaction", body, "cut"))["transactionId"]
        await box.stop(transaction_id, 25)
    assert booked(platform, name) == [("closed", 20)]


async def test_032_after_a_power_loss_boot_and_a_late_stop(platform, name):
    async with wallbox(platform, name) as box:
        await box.boot()
        transaction_id = (await box.start("ALICE", 0))["transactionId"]
        box.connection.transport.abort()
    async with wallbox(platform, name) as box:
        await box.boot()
        await box.status("Available", 0)
        await box.status("Available", 1)
        await box.stop(transaction_id, 44, 30, reason="PowerLoss")
    [one] = platform.transactions(name)
    assert (one["state"], one["energy_wh"], one["stop_reason"], one["flags"]) == ("closed", 44, "PowerLoss", [])
    assert platform.energies(name) == [44]


async def test_of_two_sockets_of_one_identity_the_newer_is_asked_and_both_are_answered(platform, name):
    async with wallbox(platform, name) as old, wallbox(platform, name) as new:
        await old.heartbeat()
        await new.heartbeat()
        started = await old.start("ALICE", 0)
        assert await new.stop(started["transactionId"], 9) == {}
        new.scripts["ClearCache"] = lambda payload: {"status": "Accepted"}
        done = await asyncio.to_thread(platform.ask, name, "ClearCache")
        assert (done["state"], old.asked) == ("answered", [])
        async with asyncio.timeout(15):
            await old.connection.wait_closed()
        await new.heartbeat()
        assert (await asyncio.to_thread(platform.get, f"/charge-points/{name}"))["connected"]


async def test_the_journal_holds_what_was_sent_byte_for_byte(platform, name):
    async with wallbox(platform, name) as box:
        text = '[2 , "odd" ,"Authorize", { "idTag" :"ALICE","\\u00fcber":1.50} ]'
        await box.say(text)
        await box.say('[2,"odd2","Fly",{"x": 1.0}]')
    first, second = platform.frames(name)
    assert first["call"] == text and json.loads(first["answer"])["idTagInfo"]["status"] == "Accepted"
    assert second["call"] == '[2,"odd2","Fly",{"x": 1.0}]' and json.loads(second["answer"])[0] == "NotImplemented"
