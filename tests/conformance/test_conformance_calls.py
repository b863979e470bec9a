"""What a charge point may send: least, most and odd but legal (OCPP 1.6 §4, §6, §7; security whitepaper §5)."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from ocpp.messages import get_validator
from wallbox import CallError, at, reading, wallbox


def values_of(action, *path):
    """Every value of an enumeration, from the official schema."""
    schema = get_validator(2, action, "1.6").schema
    for name in path:
        schema = schema[name]
    return schema["enum"]


@pytest.fixture
def name(platform):
    return platform.register()


# Boot and heartbeat.


@pytest.mark.parametrize(
    "more",
    [
        {},
        {
            "chargePointSerialNumber": "S" * 25,
            "chargeBoxSerialNumber": "B" * 25,
            "firmwareVersion": "F" * 50,
            "iccid": "1" * 20,
            "imsi": "2" * 20,
            "meterType": "M" * 25,
            "meterSerialNumber": "N" * 25,
            "chargePointVendor": "V" * 20,
            "chargePointModel": "M" * 20,
        },
        {"chargePointVendor": "Škoda ⚡ 充电 😀", "chargePointModel": '"\\/\b\f\n\r\t'},
        {"iccid": "", "imsi": "", "firmwareVersion": "", "meterType": ""},
        {"iccid": None, "imsi": None},
        {"vendorExtension": {"deep": [1, {"x": None}]}, "anotherOne": 1.5e300},
    ],
    ids=["least", "most", "unicode", "empty texts", "nulls", "unknown fields"],
)
async def test_001_a_boot_is_accepted_with_the_time_and_an_interval(platform, name, more):
    async with wallbox(platform, name) as box:
        answer = await box.boot(**more)
        assert answer["status"] == "Accepted" and answer["interval"] > 0
        assert abs(datetime.fromisoformat(answer["currentTime"]) - datetime.now(UTC)) < timedelta(minutes=1)
    vendor = platform.get(f"/charge-points/{name}")["vendor"]
    assert vendor == more.get("chargePointVendor", "Acme")


@pytest.mark.parametrize("payload", [{}, None, {"extra": 1}], ids=str)
async def test_a_heartbeat_tells_the_time_of_the_platform(platform, name, payload):
    async with wallbox(platform, name) as box:
        answer = await box.call("Heartbeat", payload)
        assert answer["currentTime"].endswith("Z") and set(answer) == {"currentTime"}


# Authorize.


async def test_023_authorize_says_accepted_invalid_expired_or_blocked(platform, name):
    soon = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    platform.tag("TAG-OK", parent_id_tag="FAMILY", expires_at=soon.isoformat())
    platform.tag("TAG-BLOCKED", blocked=True)
    platform.tag("TAG-EXPIRED", expires_at="2020-01-01T00:00:00Z")
    async with wallbox(platform, name) as box:
        accepted = (await box.call("Authorize", {"idTag": "TAG-OK"}))["idTagInfo"]
        assert accepted["status"] == "Accepted" and accepted["parentIdTag"] == "FAMILY"
        assert datetime.fromisoformat(accepted["expiryDate"]) == soon
        for tag, status in [
            ("tag-ok", "Accepted"),  # CiString20
            ("TAG-BLOCKED", "Blocked"),
            ("TAG-EXPIRED", "Expired"),
            ("NOBODY-S", "Invalid"),
            ("", "Invalid"),
            ("x" * 20, "Invalid"),
            ("☃" * 20, "Invalid"),
            (" TAG-OK", "Invalid"),
            ("' OR 1=1 --", "Invalid"),
        ]:
            assert (await box.call("Authorize", {"idTag": tag}))["idTagInfo"]["status"] == status, tag


# StatusNotification.


async def test_every_status_and_error_code_is_taken_for_every_connector(platform, name):
    async with wallbox(platform, name) as box:
        for status in values_of("StatusNotification", "properties", "status"):
            for connector in (0, 1, 2, 17):
                await box.status(status, connector)
        for code in values_of("StatusNotification", "properties", "errorCode"):
            await box.status("Faulted", errorCode=code)
        most = {"info": "i" * 50, "vendorId": "v" * 255, "vendorErrorCode": "e" * 50, "timestamp": at(0)}
        await box.status("SuspendedEV", 3, **most)
        await box.status("Available", 4, info="EV side disconnected ☃ 😀", unknownField=[])
        await box.status("Available", 5, info=None, timestamp=None, vendorId="")
    connectors = platform.get(f"/charge-points/{name}")["connectors"]
    assert [one["connector_id"] for one in connectors] == [0, 1, 2, 3, 4, 5, 17]
    assert (connectors[1]["status"], connectors[1]["error_code"]) == ("Faulted", "WeakSignal")


# Times.

TIMES = [
    ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"),
    ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00Z"),
    ("2026-03-01T04:30:00-04:30", "2026-03-01T09:00:00Z"),
    ("2026-03-01T09:00:00.5Z", "2026-03-01T09:00:00.500000Z"),
    ("2026-03-01T09:00:00.123456789Z", "2026-03-01T09:00:00.123457Z"),
    ("2026-03-01T09:00:00.000+00:00", "2026-03-01T09:00:00Z"),
    ("2026-03-01T09:00:00", "2026-03-01T09:00:00Z"),
    ("2026-03-01T09:00:00.250", "2026-03-01T09:00:00.250000Z"),
    ("2026-03-01t09:00:00z", "2026-03-01T09:00:00Z"),
    ("2026-03-01 09:00:00Z", "2026-03-01T09:00:00Z"),
    ("2026-03-01T09:00Z", "2026-03-01T09:00:00Z"),
    ("20260301T090000Z", "2026-03-01T09:00:00Z"),
    ("2026-03-01T10:00:00+0100", "2026-03-01T09:00:00Z"),
    ("2026-03-01T10:00:00+01", "2026-03-01T09:00:00Z"),
    ("2024-02-29T23:59:60Z", "2024-03-01T00:00:00Z"),
]


async def test_every_way_to_write_an_instant_is_understood(platform, name):
    async with wallbox(platform, name) as box:
        for connector, (written, _) in enumerate(TIMES, 1):
            await box.start("ALICE", 0, connector=connector, timestamp=written)
    booked = {one["connector_id"]: datetime.fromisoformat(one["started_at"]) for one in platform.transactions(name)}
    for connector, (written, meant) in enumerate(TIMES, 1):
        assert booked[connector] == datetime.fromisoformat(meant), written


@pytest.mark.parametrize(
    "wrong", ["", "yesterday", "2026-03-01", "2026-13-01T00:00:00Z", "09:00:00Z", 1772355600, True]
)
async def test_what_is_no_instant_is_refused(platform, name, wrong):
    async with wallbox(platform, name) as box:
        body = {"connectorId": 1, "meterValue": [{"timestamp": wrong, "sampledValue": [{"value": "1"}]}]}
        expected = "PropertyConstraintViolation" if isinstance(wrong, str) else "TypeConstraintViolation"
        assert await box.refusal("MeterValues", body) == expected


# MeterValues.

SAMPLED = ("properties", "meterValue", "items", "properties", "sampledValue", "items", "properties")


async def test_every_value_of_every_enumeration_of_a_sampled_value_is_taken(platform, name):
    async with wallbox(platform, name) as box:
        for field in ("context", "format", "measurand", "phase", "location", "unit"):
            for value in values_of("MeterValues", *SAMPLED, field):
                sampled = {"value": "1", field: value}
                body = {"connectorId": 1, "meterValue": [{"timestamp": at(0), "sampledValue": [sampled]}]}
                assert await box.call("MeterValues", body) == {}, sampled


async def test_meter_values_without_a_transaction_and_of_the_main_meter_are_taken(platform, name):
    async with wallbox(platform, name) as box:
        await box.meter(None, 100, 0, connector=0)
        await box.meter(None, 100, 0, connector=9)
        for transaction_id in (-1, 0, 1, 2**31 - 1, None):
            body = {"connectorId": 1, "transactionId": transaction_id, "meterValue": [reading(5, 1)]}
            assert await box.call("MeterValues", body) == {}


@pytest.mark.parametrize(
    "value", ["0", "-5", "1e3", "1.5", "0x10", "", "NaN", "Infinity", "9" * 400, "signed:☃", "1,5"]
)
async def test_no_sanity_check_of_a_value_keeps_the_answer_back(platform, name, value):
    async with wallbox(platform, name) as box:
        transaction_id = (await box.start("ALICE", 1000))["transactionId"]
        values = [{"timestamp": at(1), "sampledValue": [{"value": value}, {"value": value, "unit": "kWh"}]}]
        body = {"connectorId": 1, "transactionId": transaction_id, "meterValue": values}
        assert await box.call("MeterValues", body) == {}
        await box.stop(transaction_id, 2000, transactionData=values)
    assert platform.energies(name) == [1000]


async def test_empty_lists_of_values_are_answered(platform, name):
    async with wallbox(platform, name) as box:
        assert await box.call("MeterValues", {"connectorId": 1, "meterValue": []}) == {}
        body = {"connectorId": 1, "meterValue": [{"timestamp": at(0), "sampledValue": []}]}
        assert await box.call("MeterValues", body) == {}


async def test_many_values_in_one_message_are_all_kept(platform, name):
    async with wallbox(platform, name) as box:
        transaction_id = (await box.start("ALICE", 0))["transactionId"]
        values = [reading(wh, wh / 100) for wh in range(500)]
        body = {"connectorId": 1, "transactionId": transaction_id, "meterValue": values}
        assert await box.call("MeterValues", body) == {}
        await box.stop(transaction_id, 500)
    kept = platform.get(f"/transactions/{transaction_id}?limit=1000")["meter_values"]
    assert [one["register_wh"] for one in kept] == list(range(500))


async def test_the_register_is_found_among_other_measurands_phases_and_units(platform, name):
    async with wallbox(platform, name) as box:
        transaction_id = (await box.start("ALICE", 0))["transactionId"]
        sampled = [
            {"value": "230.1", "measurand": "Voltage", "unit": "V", "phase": "L1-N"},
            {"value": "9", "measurand": "Energy.Active.Import.Register", "unit": "Wh", "phase": "L1"},
            {"value": "77777", "measurand": "Energy.Active.Import.Register", "unit": "Wh", "location": "Inlet"},
            {"value": "1.234", "measurand": "Energy.Active.Import.Register", "unit": "kWh", "location": "Outlet"},
            {"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"},
            {"value": "42", "measurand": "SoC", "unit": "Percent", "location": "EV"},
            {"value": "21", "measurand": "Temperature", "unit": "Celcius"},
            {"value": "AbC/+=", "format": "SignedData"},
        ]
        values = [{"timestamp": at(1), "sampledValue": sampled}]
        await box.call("MeterValues", {"connectorId": 1, "transactionId": transaction_id, "meterValue": values})
        await box.stop(transaction_id, 2000)
    [kept] = platform.get(f"/transactions/{transaction_id}")["meter_values"]
    assert (kept["register_wh"], kept["power_w"]) == (1234, 7400)
    assert kept["sampled_values"] == sampled


# DataTransfer.


@pytest.mark.parametrize(
    "payload",
    [
        {"vendorId": "org.example"},
        {"vendorId": "v" * 255, "messageId": "m" * 50, "data": "d" * 10_000},
        {"vendorId": "", "data": ""},
        {"vendorId": "org.example", "data": '{"json": ["in", "text"]}'},
        {"vendorId": "☃", "messageId": None, "data": None},
    ],
    ids=["least", "most", "empty", "json in text", "nulls"],
)
async def test_064_an_unknown_vendors_data_is_not_accepted(platform, name, payload):
    async with wallbox(platform, name) as box:
        assert (await box.call("DataTransfer", payload))["status"] in (
            "UnknownVendorId",
            "UnknownMessageId",
            "Rejected",
        )


# Notifications of profiles beyond Core: there is nothing to decide about them, so they are noted.


@pytest.mark.parametrize("action", ["DiagnosticsStatusNotification", "FirmwareStatusNotification"])
async def test_044_045_every_status_of_firmware_and_diagnostics_is_noted(platform, name, action):
    async with wallbox(platform, name) as box:
        for status in values_of(action, "properties", "status"):
            assert await box.call(action, {"status": status}) == {}
        assert await box.refusal(action, {"status": "Exploded"}) == "PropertyConstraintViolation"


async def test_security_events_and_the_progress_of_logs_and_signed_firmware_are_noted(platform, name):
    async with wallbox(platform, name) as box:
        event = {"type": "TamperDetectionActivated", "timestamp": at(0)}
        assert await box.call("SecurityEventNotification", event) == {}
        most = {"type": "t" * 50, "timestamp": at(0), "techInfo": "☃" * 255}
        assert await box.call("SecurityEventNotification", most) == {}
        for action in ("LogStatusNotification", "SignedFirmwareStatusNotification"):
            for status in values_of(action, "definitions", ENUM[action]):
                assert await box.call(action, {"status": status, "requestId": 7}) == {}
                assert await box.call(action, {"status": status}) == {}
        assert await box.refusal("SecurityEventNotification", {"type": "x"}) == "OccurenceConstraintViolation"
    kept = [one["action"] for one in platform.frames(name)]
    assert kept.count("SecurityEventNotification") == 3 and "LogStatusNotification" in kept


ENUM = {
    "LogStatusNotification": "UploadLogStatusEnumType",
    "SignedFirmwareStatusNotification": "FirmwareStatusEnumType",
}


# Registration.

BEFORE_ACCEPTANCE = {
    "Heartbeat": {},
    "Authorize": {"idTag": "ALICE"},
    "StatusNotification": {"connectorId": 0, "errorCode": "NoError", "status": "Available"},
    "StartTransaction": {"connectorId": 1, "idTag": "ALICE", "meterStart": 0, "timestamp": at(0)},
    "StopTransaction": {"transactionId": 1, "meterStop": 0, "timestamp": at(0)},
    "MeterValues": {"connectorId": 1, "meterValue": [reading(1, 1)]},
    "DataTransfer": {"vendorId": "v"},
    "FirmwareStatusNotification": {"status": "Idle"},
}


@pytest.mark.parametrize("registration", ["Pending", "Rejected"])
async def test_before_it_is_accepted_everything_but_a_boot_is_a_security_error(platform, registration):
    """OCPP-J errata 3.10."""
    name = platform.register(registration=registration)
    async with wallbox(platform, name) as box:
        booted = await box.boot()
        assert booted["status"] == registration and booted["interval"] > 0
        for action, payload in BEFORE_ACCEPTANCE.items():
            with pytest.raises(CallError) as refused:
                await box.call(action, payload)
            assert refused.value.code == "SecurityError", action
        assert platform.transactions(name) == []
        platform.api.patch(f"/charge-points/{name}", json={"registration": "Accepted"})
        assert (await box.boot())["status"] == "Accepted"
        for action, payload in BEFORE_ACCEPTANCE.items():
            await box.call(action, payload)
    assert len(platform.transactions(name)) == 1


async def test_a_pending_one_may_send_what_it_was_triggered_to_send(platform):
    """§4.2: SHALL NOT send requests unless it has been instructed to do so with a TriggerMessage."""
    name = platform.register(registration="Pending")
    async with wallbox(platform, name) as box:
        box.scripts["TriggerMessage"] = lambda payload: {"status": "Accepted"}
        box.scripts["GetConfiguration"] = lambda payload: {"configurationKey": []}
        assert (await box.boot())["status"] == "Pending"
        asked = await in_thread(platform.ask, name, "TriggerMessage", {"requestedMessage": "StatusNotification"})
        assert asked["state"] == "answered"
        await box.status("Available", 0)
        await box.status("Available", 1)
        assert await box.refusal("Heartbeat", {}) == "SecurityError"
        assert (await in_thread(platform.ask, name, "GetConfiguration"))["state"] == "answered"
    assert json.loads(platform.frames(name)[1]["answer"]) == {}


async def in_thread(function, *values, **more):
    return await asyncio.to_thread(function, *values, **more)
