"""Certification cases of configuration, meter values, DataTransfer and TriggerMessage (`_CS`), in real time."""

import itertools
from datetime import datetime

import pytest
from central_system import CallError

from core_keys import REQUIRED

ACCEPTED, REJECTED, NOT_SUPPORTED = ({"status": s} for s in ("Accepted", "Rejected", "NotSupported"))
# As §3.3 orders them.
EVERY_PROFILE = "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"
MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,Current.Offered"


async def keys_of(cs, **asked):
    answer = await cs.call("GetConfiguration", **asked)
    assert not answer.get("unknownKey")
    return {entry["key"]: entry for entry in answer["configurationKey"]}


async def test_019_all_required_keys_with_the_right_flag(lab):
    cs, _ = await lab.booted()
    keys = await keys_of(cs)
    for name, readonly in REQUIRED.items():
        assert keys[name]["readonly"] is readonly, name
        assert len(keys[name]["value"]) <= 500
    assert await keys_of(cs, key=[]) == keys
    at_most = int(keys["GetConfigurationMaxKeys"]["value"])
    asked = list(keys)[:at_most]
    assert list(await keys_of(cs, key=asked)) == asked
    assert list(await keys_of(cs, key=["SupportedFeatureProfiles"])) == ["SupportedFeatureProfiles"]
    assert keys["SupportedFeatureProfiles"]["value"] == EVERY_PROFILE


async def test_019_an_unknown_key_is_named(lab):
    cs, _ = await lab.booted()
    answer = await cs.call("GetConfiguration", key=["Nonsense", "heartbeatinterval"])
    assert answer["unknownKey"] == ["Nonsense"]
    assert [entry["key"] for entry in answer["configurationKey"]] == ["HeartbeatInterval"]
    assert await cs.call("GetConfiguration", key=["Nonsense"]) == {"unknownKey": ["Nonsense"]}


async def test_021_change_and_read_back(lab):
    cs, cp = await lab.booted()
    await cp.set(MeterValueSampleInterval="60")
    assert (await keys_of(cs, key=["MeterValueSampleInterval"]))["MeterValueSampleInterval"]["value"] == "60"


async def test_040_1_an_unknown_key(lab):
    cs, _ = await lab.booted()
    assert await cs.call("ChangeConfiguration", key="Nonsense", value="1") == NOT_SUPPORTED


async def test_040_2_a_bad_value(lab):
    cs, _ = await lab.booted()
    assert await cs.call("ChangeConfiguration", key="MeterValueSampleInterval", value="-1") == REJECTED


GOOD_AND_BAD = {
    "AllowOfflineTxForUnknownId": ("true", "yes"),
    "AuthorizationCacheEnabled": ("false", "1"),
    "AuthorizeRemoteTxRequests": ("true", ""),
    "ClockAlignedDataInterval": ("900", "-1"),
    "ConnectionTimeOut": ("120", "soon"),
    "ConnectorPhaseRotation": ("1.RTS", "1.XYZ"),
    "CommercialMode": ("true", "maybe"),
    "CpoName": ("Example Charging", ""),
    "FreeCharging": ("true", "maybe"),
    "FreeChargingIdTag": ("HOUSE", "A tag that is far too long"),
    "HeartbeatInterval": ("77", "-5"),
    "LocalAuthListEnabled": ("false", "off"),
    "LocalAuthorizeOffline": ("false", "0"),
    "LocalPreAuthorize": ("true", "TRUE!"),
    "MaxEnergyOnInvalidId": ("1000", "-1"),
    "MessageTimeout": ("20", "0"),
    "MeterValuesAlignedData": (MEASURANDS, "Energy.Of.Dreams"),
    "MeterValuesSampledData": (MEASURANDS, "Voltage,Nonsense"),
    "MeterValueSampleInterval": ("10", "1.5"),
    "MinimumStatusDuration": ("1", "-1"),
    "OCPPChargeMode": ("ECO", "SPORT"),
    "PinUnlock": ("false", "no"),
    "RandomSmartChargeDelay": ("600", "1801"),
    "ResetRetries": ("2", "-1"),
    "StopTransactionOnInvalidId": ("false", "nein"),
    "StopTxnAlignedData": ("Power.Active.Import", "x"),
    "StopTxnSampledData": ("Voltage", "Voltage;Current"),
    "TransactionMessageAttempts": ("5", "many"),
    "TransactionMessageRetryInterval": ("30", "-1"),
    "UnlockConnectorOnEVSideDisconnect": ("false", "x"),
    "WebSocketPingInterval": ("30", "-1"),
}


# One may not be written while the charger is closed, the other changes how the link proves itself.
NOT_HERE = {"SecurityProfile", "StopTransactionOnEVSideDisconnect"}


async def test_every_writable_key_takes_a_good_value_and_refuses_a_bad_one(lab):
    cs, cp = await lab.booted(authorisation="local")
    writable = {name for name, entry in (await keys_of(cs)).items() if not entry["readonly"]}
    assert writable - NOT_HERE == set(GOOD_AND_BAD)
    for name, (good, bad) in GOOD_AND_BAD.items():
        assert await cs.call("ChangeConfiguration", key=name, value=bad) == REJECTED, name
        assert await cs.call("ChangeConfiguration", key=name, value=good) == ACCEPTED, name
        assert (await keys_of(cs, key=[name]))[name]["value"] == good, name
        assert (await cp.state())["keys"][name] == good, name
    readonly = {name for name, entry in (await keys_of(cs)).items() if entry["readonly"]}
    for name in readonly:
        assert await cs.call("ChangeConfiguration", key=name, value="1") == REJECTED, name


async def test_070_sampled_values_come_every_interval_with_every_measurand(lab):
    cs, cp = await lab.booted()
    await cp.set(MeterValueSampleInterval="1", MeterValuesSampledData=MEASURANDS)
    _start, transaction_id = await cp.charging()
    stamps = []
    for _ in range(3):
        values = await cs.expect("MeterValues", transactionId=transaction_id, connectorId=1)
        (meter_value,) = values["meterValue"]
        sampled = meter_value["sampledValue"]
        assert {value["context"] for value in sampled} == {"Sample.Periodic"}
        assert {value["measurand"] for value in sampled} == set(MEASURANDS.split(","))
        stamps.append(datetime.fromisoformat(meter_value["timestamp"]))
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(stamps)]
    assert gaps == [1, 1]


async def test_070_no_measurands_means_the_register(lab):
    cs, cp = await lab.booted()
    await cp.set(MeterValueSampleInterval="1", MeterValuesSampledData="")
    await cp.charging()
    values = await cs.expect("MeterValues")
    assert [v["measurand"] for v in values["meterValue"][0]["sampledValue"]] == ["Energy.Active.Import.Register"]


async def test_071_clock_aligned_values(lab):
    cs, cp = await lab.booted()
    await cp.set(MeterValuesAlignedData="Power.Active.Import,Energy.Active.Import.Register")
    _, transaction_id = await cp.charging()
    await cp.set(ClockAlignedDataInterval="2", MeterValueSampleInterval="0")
    for _ in range(2):
        values = await cs.expect("MeterValues")
        assert values["transactionId"] == transaction_id
        (meter_value,) = values["meterValue"]
        assert {v["context"] for v in meter_value["sampledValue"]} == {"Sample.Clock"}
        assert [v["measurand"] for v in meter_value["sampledValue"]] == [
            "Power.Active.Import",
            "Energy.Active.Import.Register",
        ]
        assert datetime.fromisoformat(meter_value["timestamp"]).second % 2 == 0
    await cp.set(ClockAlignedDataInterval="0")


async def test_values_of_the_stop_are_sent_with_it(lab):
    cs, cp = await lab.booted()
    await cp.set(StopTxnSampledData="Energy.Active.Import.Register", MeterValueSampleInterval="1")
    await cp.charging()
    await cs.expect("MeterValues")
    await cp.tag("TAG1")
    stop = await cs.expect("StopTransaction")
    contexts = [value["sampledValue"][0]["context"] for value in stop["transactionData"]]
    assert (contexts[0], contexts[-1]) == ("Transaction.Begin", "Transaction.End")
    assert "Sample.Periodic" in contexts[1:-1]


@pytest.mark.parametrize("asked", [{}, {"messageId": "m", "data": "x" * 500}])
async def test_062_an_unknown_vendor(lab, asked):
    cs, _ = await lab.booted()
    answer = await cs.call("DataTransfer", vendorId="com.example.unknown", **asked)
    assert answer["status"] in ("Rejected", "UnknownVendorId", "UnknownMessageId")


TRIGGERED = {
    "MeterValues": ("MeterValues", {"connectorId": 1}),
    "Heartbeat": ("Heartbeat", {}),
    "StatusNotification": ("StatusNotification", {"connectorId": 1}),
    "DiagnosticsStatusNotification": ("DiagnosticsStatusNotification", {"status": "Idle"}),
    "FirmwareStatusNotification": ("FirmwareStatusNotification", {"status": "Idle"}),
}


async def test_054_triggered_messages(lab):
    cs, _ = await lab.booted()
    for wanted, (action, payload) in TRIGGERED.items():
        connector = {"connectorId": 1} if "connectorId" in payload else {}
        assert await cs.call("TriggerMessage", requestedMessage=wanted, **connector) == ACCEPTED
        heard = await cs.expect(action, **payload)
        if action == "MeterValues":
            assert {v["context"] for v in heard["meterValue"][0]["sampledValue"]} == {"Trigger"}
        await cs.nothing_but()


async def test_054_without_a_connector_every_one_is_told(lab):
    cs, _ = await lab.booted()
    assert await cs.call("TriggerMessage", requestedMessage="StatusNotification") == ACCEPTED
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Available")
    assert await cs.call("TriggerMessage", requestedMessage="MeterValues") == ACCEPTED
    await cs.expect("MeterValues", connectorId=1)
    await cs.nothing_but()


@pytest.mark.parametrize("wanted", ["MeterValues", "StatusNotification"])
async def test_055_a_trigger_for_a_connector_that_is_not_there(lab, wanted):
    cs, _ = await lab.booted()
    assert await cs.call("TriggerMessage", requestedMessage=wanted, connectorId=2) == REJECTED
    await cs.nothing_but()


async def test_a_profile_that_is_off_is_not_supported(lab):
    cs, _ = await lab.booted(profiles_off=["RemoteTrigger"])
    with pytest.raises(CallError) as refused:
        await cs.call("TriggerMessage", requestedMessage="Heartbeat")
    assert refused.value.code == "NotSupported"
    told = await keys_of(cs, key=["SupportedFeatureProfiles"])
    assert told["SupportedFeatureProfiles"]["value"] == EVERY_PROFILE.removesuffix(",RemoteTrigger")


@pytest.mark.parametrize(
    ("action", "payload", "codes"),
    [
        ("Nonsense", {}, {"NotImplemented"}),
        ("Heartbeat", {}, {"NotSupported", "NotImplemented"}),
        ("ChangeConfiguration", {"key": "HeartbeatInterval"}, {"OccurenceConstraintViolation", "ProtocolError",
                                                               "FormationViolation"}),
        ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": 5}, {"TypeConstraintViolation"}),
        ("Reset", {"type": "Lukewarm"}, {"PropertyConstraintViolation"}),
    ],
)  # fmt: skip
async def test_what_it_does_not_understand_is_a_call_error(lab, action, payload, codes):
    cs, _ = await lab.booted()
    with pytest.raises(CallError) as refused:
        await cs.call_anything(action, payload)
    assert refused.value.code in codes
    await cs.nothing_but()
