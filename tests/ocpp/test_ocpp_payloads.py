"""All 39 × 2 payloads: the official schemas and our types agree."""

import json
from datetime import datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw
from ocpp_judges import (
    DIFFERENCES,
    PAYLOADS,
    TIMES,
    WRONG,
    as_we_read,
    changed,
    exact,
    fullest,
    is_valid_as_sent,
    official_schema,
    payloads,
    places,
    shipped_schema,
    validator,
)

from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import OcppError
from laadboek.ocpp.payloads import decode

OFFICIAL = {name: official_schema(name) for name in PAYLOADS}
QUICK = {name: msgspec.json.Decoder(payload_type).decode for name, payload_type in PAYLOADS.items()}
every_payload = pytest.mark.parametrize("name", PAYLOADS)
few = settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def read(name: str, text: bytes) -> m.Payload:
    return decode(QUICK[name], PAYLOADS[name], Raw(text), text)


def takes(name: str, payload: object) -> bool:
    try:
        read(name, json.dumps(payload).encode())
    except OcppError:
        return False
    return True


def test_there_are_28_messages_and_11_of_the_security_whitepaper():
    assert len(m.MESSAGES) == 39
    assert len(PAYLOADS) == 78


@every_payload
@few
@given(data=st.data())
def test_what_the_schemas_allow_is_read_and_written_again_as_they_allow(name, data):
    payload = data.draw(payloads(OFFICIAL[name]))
    text = json.dumps(payload).encode()
    judge = validator(exact(OFFICIAL[name]))
    assert is_valid_as_sent(judge, text)

    struct = read(name, text)
    sent = msgspec.json.encode(struct)

    assert is_valid_as_sent(judge, sent), sent
    assert read(name, sent) == struct


@every_payload
@few
@given(data=st.data())
def test_both_judges_agree_on_payloads_with_one_thing_wrong(name, data):
    payload = data.draw(payloads(OFFICIAL[name]))
    payload = changed(payload, data.draw(st.sampled_from(places(payload))), data.draw(st.sampled_from(WRONG)))

    assert takes(name, payload) == validator(as_we_read(OFFICIAL[name])).is_valid(payload), payload


@every_payload
def test_both_judges_agree_whatever_single_value_is_wrong(name):
    payload = fullest(OFFICIAL[name])
    judge = validator(as_we_read(OFFICIAL[name]))
    assert takes(name, payload)
    for path in places(payload):
        for wrong in WRONG:
            bad = changed(payload, path, wrong)
            assert takes(name, bad) == judge.is_valid(bad), (path, wrong)


@every_payload
def test_unknown_fields_are_ignored_at_every_depth(name):
    plain = payload = fullest(OFFICIAL[name])
    for path in places(payload):
        deep = {"x": [{"y": [None, 10**400]}]}
        if isinstance(_at(payload, path), dict):
            payload = changed(payload, (*path, "vendorSpecific"), deep)
    assert read(name, json.dumps(payload).encode()) == read(name, json.dumps(plain).encode())


def _at(payload, path):
    for step in path:
        payload = payload[step]
    return payload


@pytest.mark.parametrize(("name", "pointer", "shipped", "official", "why"), DIFFERENCES)
def test_where_the_shipped_schemas_differ_from_the_official_ones(name, pointer, shipped, official, why):
    node = shipped_schema(name)
    for step in pointer:
        node = node[step]
    assert node == shipped
    assert official is None  # each difference is an addition
    assert why


def test_an_empty_list_and_hertz_are_taken():
    assert takes("MeterValues", {"connectorId": 1, "meterValue": []})
    value = {"value": "50", "measurand": "Frequency", "unit": "Hertz"}
    at = "2026-03-01T12:00:05Z"
    assert takes("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": [value]}]})


@pytest.mark.parametrize("unit", ["Celsius", "Celcius"])
@pytest.mark.parametrize(("name", "field"), [("MeterValues", "meterValue"), ("StopTransaction", "transactionData")])
def test_central_systems_accept_both_spellings_of_celsius(name, field, unit):
    payload = fullest(OFFICIAL[name])
    payload[field][0]["sampledValue"][0]["unit"] = unit
    assert validator(OFFICIAL[name]).is_valid(payload)
    assert takes(name, payload)


@pytest.mark.parametrize(("text", "expected"), [(text, ours) for text, (_, ours) in TIMES.items()])
def test_times_as_received(text, expected):
    frame = json.dumps({"currentTime": text}).encode()
    if expected is None:
        with pytest.raises(OcppError, match="PropertyConstraintViolation"):
            read("HeartbeatResponse", frame)
        return
    response = read("HeartbeatResponse", frame)
    assert isinstance(response, m.HeartbeatResponse)
    assert response.current_time.isoformat() == expected
    assert response.current_time.astimezone(datetime.fromisoformat(expected).tzinfo) == response.current_time


@pytest.mark.parametrize("word", ["Accepted", "accepted", "ACCEPTED"])
def test_the_words_of_a_list_are_read_in_any_case(word):
    answer = read("RemoteStartTransactionResponse", json.dumps({"status": word}).encode())
    assert answer == m.RemoteStartTransactionResponse(status=m.RemoteStartStopStatus.ACCEPTED)
    with pytest.raises(OcppError, match="PropertyConstraintViolation"):
        read("RemoteStartTransactionResponse", b'{"status":"accept"}')


@pytest.mark.parametrize(
    ("told", "read_as"),
    [
        ({"status": "Accepted", "expiryDate": ""}, m.IdTagInfo(status=m.AuthorizationStatus.ACCEPTED)),
        ({"status": "accepted", "parentIdTag": "x" * 21}, m.IdTagInfo(status=m.AuthorizationStatus.ACCEPTED)),
        ({"status": "Rejected"}, m.IdTagInfo(status=m.AuthorizationStatus.INVALID)),
        (
            {"status": "Blocked", "expiryDate": "soon", "parentIdTag": "P"},
            m.IdTagInfo(status=m.AuthorizationStatus.BLOCKED, parent_id_tag="P"),
        ),
    ],
)
def test_an_answer_is_not_lost_for_what_it_tells_of_the_tag(told, read_as):
    """§7.27: all but the status is optional, and only Accepted is accepted."""
    text = json.dumps({"transactionId": 7, "idTagInfo": told}).encode()
    assert read("StartTransactionResponse", text) == m.StartTransactionResponse(transaction_id=7, id_tag_info=read_as)


@pytest.mark.parametrize("told", ["{}", "5", '{"status": 5}', '"Accepted"'])
def test_what_a_stop_is_answered_about_its_tag_may_be_unreadable(told):
    text = f'{{"idTagInfo": {told}}}'.encode()
    assert read("StopTransactionResponse", text) == m.StopTransactionResponse()
    assert not takes("AuthorizeResponse", json.loads(text))


def test_nul_characters_are_left_out():
    request = read("Authorize", b'{"idTag":"ALICE\\u0000\\u0000"}')
    assert request == m.AuthorizeRequest(id_tag="ALICE")
    literal = read("Authorize", b'{"idTag":"C:\\\\u0000"}')  # a backslash and five characters
    assert literal == m.AuthorizeRequest(id_tag="C:\\u0000")


def test_a_time_is_sent_in_utc_with_z():
    text = msgspec.json.encode(m.HeartbeatResponse(current_time=datetime.fromisoformat("2026-03-01T12:00:05+00:00")))
    assert text == b'{"currentTime":"2026-03-01T12:00:05Z"}'


def test_absent_fields_are_not_sent():
    assert msgspec.json.encode(m.GetConfigurationRequest()) == b"{}"
    assert msgspec.json.encode(m.GetConfigurationRequest(key=())) == b'{"key":[]}'


CHARGE_POINT, CENTRAL_SYSTEM = m.Side.CHARGE_POINT, m.Side.CENTRAL_SYSTEM
SENT_BY = {
    CHARGE_POINT: """Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification
        Heartbeat LogStatusNotification MeterValues SecurityEventNotification SignCertificate
        SignedFirmwareStatusNotification StartTransaction StatusNotification StopTransaction""",
    CENTRAL_SYSTEM: """CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache
        ClearChargingProfile DataTransfer DeleteCertificate ExtendedTriggerMessage GetCompositeSchedule GetConfiguration
        GetDiagnostics GetInstalledCertificateIds GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction
        RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage
        UnlockConnector UpdateFirmware""",
}


@pytest.mark.parametrize("side", SENT_BY)
def test_operations_are_initiated_by_the_side_that_the_specification_says(side):
    assert {action for action, message in m.MESSAGES.items() if side in message.sent_by} == set(SENT_BY[side].split())


# The fields of the tables of OCPP 1.6 §6 and §7 and of the whitepaper's §5 and §6, in their order.
FIELDS = {
    "AuthorizationData": "idTag idTagInfo",
    "AuthorizeRequest": "idTag",
    "AuthorizeResponse": "idTagInfo",
    "BootNotificationRequest": """chargeBoxSerialNumber chargePointModel chargePointSerialNumber chargePointVendor
        firmwareVersion iccid imsi meterSerialNumber meterType""",
    "BootNotificationResponse": "currentTime interval status",
    "CancelReservationRequest": "reservationId",
    "CancelReservationResponse": "status",
    "CertificateHashData": "hashAlgorithm issuerNameHash issuerKeyHash serialNumber",
    "CertificateSignedRequest": "certificateChain",
    "CertificateSignedResponse": "status",
    "ChangeAvailabilityRequest": "connectorId type",
    "ChangeAvailabilityResponse": "status",
    "ChangeConfigurationRequest": "key value",
    "ChangeConfigurationResponse": "status",
    "ChargingProfile": """chargingProfileId transactionId stackLevel chargingProfilePurpose
        chargingProfileKind recurrencyKind validFrom validTo chargingSchedule""",
    "ChargingSchedule": "duration startSchedule chargingRateUnit chargingSchedulePeriod minChargingRate",
    "ChargingSchedulePeriod": "startPeriod limit numberPhases",
    "ClearCacheRequest": "",
    "ClearCacheResponse": "status",
    "ClearChargingProfileRequest": "id connectorId chargingProfilePurpose stackLevel",
    "ClearChargingProfileResponse": "status",
    "DataTransferRequest": "vendorId messageId data",
    "DataTransferResponse": "status data",
    "DeleteCertificateRequest": "certificateHashData",
    "DeleteCertificateResponse": "status",
    "DiagnosticsStatusNotificationRequest": "status",
    "DiagnosticsStatusNotificationResponse": "",
    "ExtendedTriggerMessageRequest": "requestedMessage connectorId",
    "ExtendedTriggerMessageResponse": "status",
    "Firmware": "location retrieveDateTime installDateTime signingCertificate signature",
    "FirmwareStatusNotificationRequest": "status",
    "FirmwareStatusNotificationResponse": "",
    "GetCompositeScheduleRequest": "connectorId duration chargingRateUnit",
    "GetCompositeScheduleResponse": "status connectorId scheduleStart chargingSchedule",
    "GetConfigurationRequest": "key",
    "GetConfigurationResponse": "configurationKey unknownKey",
    "GetDiagnosticsRequest": "location retries retryInterval startTime stopTime",
    "GetDiagnosticsResponse": "fileName",
    "GetInstalledCertificateIdsRequest": "certificateType",
    "GetInstalledCertificateIdsResponse": "status certificateHashData",
    "GetLocalListVersionRequest": "",
    "GetLocalListVersionResponse": "listVersion",
    "GetLogRequest": "logType requestId retries retryInterval log",
    "GetLogResponse": "status filename",
    "HeartbeatRequest": "",
    "HeartbeatResponse": "currentTime",
    "IdTagInfo": "expiryDate parentIdTag status",
    "InstallCertificateRequest": "certificateType certificate",
    "InstallCertificateResponse": "status",
    "KeyValue": "key readonly value",
    "LogParameters": "remoteLocation oldestTimestamp latestTimestamp",
    "LogStatusNotificationRequest": "status requestId",
    "LogStatusNotificationResponse": "",
    "MeterValue": "timestamp sampledValue",
    "MeterValuesRequest": "connectorId transactionId meterValue",
    "MeterValuesResponse": "",
    "RemoteStartTransactionRequest": "connectorId idTag chargingProfile",
    "RemoteStartTransactionResponse": "status",
    "RemoteStopTransactionRequest": "transactionId",
    "RemoteStopTransactionResponse": "status",
    "ReserveNowRequest": "connectorId expiryDate idTag parentIdTag reservationId",
    "ReserveNowResponse": "status",
    "ResetRequest": "type",
    "ResetResponse": "status",
    "SampledValue": "value context format measurand phase location unit",
    "SecurityEventNotificationRequest": "type timestamp techInfo",
    "SecurityEventNotificationResponse": "",
    "SendLocalListRequest": "listVersion localAuthorizationList updateType",
    "SendLocalListResponse": "status",
    "SetChargingProfileRequest": "connectorId csChargingProfiles",
    "SetChargingProfileResponse": "status",
    "SignCertificateRequest": "csr",
    "SignCertificateResponse": "status",
    "SignedFirmwareStatusNotificationRequest": "status requestId",
    "SignedFirmwareStatusNotificationResponse": "",
    "SignedUpdateFirmwareRequest": "retries retryInterval requestId firmware",
    "SignedUpdateFirmwareResponse": "status",
    "StartTransactionRequest": "connectorId idTag meterStart reservationId timestamp",
    "StartTransactionResponse": "idTagInfo transactionId",
    "StatusNotificationRequest": "connectorId errorCode info status timestamp vendorId vendorErrorCode",
    "StatusNotificationResponse": "",
    "StopTransactionRequest": "idTag meterStop timestamp transactionId reason transactionData",
    "StopTransactionResponse": "idTagInfo",
    "TriggerMessageRequest": "requestedMessage connectorId",
    "TriggerMessageResponse": "status",
    "UnlockConnectorRequest": "connectorId",
    "UnlockConnectorResponse": "status",
    "UpdateFirmwareRequest": "location retries retrieveDate retryInterval",
    "UpdateFirmwareResponse": "",
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_are_sent_in_the_order_of_the_specification(name):
    assert [field.encode_name for field in msgspec.structs.fields(getattr(m, name))] == FIELDS[name].split()


def test_every_payload_has_its_order_in_the_table():
    assert {payload_type.__name__ for payload_type in PAYLOADS.values()} <= set(FIELDS)
