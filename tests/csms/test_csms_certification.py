"""The Open Charge Alliance's cases for a central system, Core profile: each test is named by its id."""

import msgspec
import pytest
from platform_bench import ALICE, CHARLIE, DAVE, ERIN, START, Bench

from laadboek.csms.operations import Ask
from laadboek.ocpp import messages as m
from laadboek.ocpp.types import AuthorizationStatus as Auth
from laadboek.ocpp.types import AvailabilityType, Reason, RegistrationStatus, ResetType
from laadboek.store.database import InlineDatabase

ACCEPTED = m.RemoteStartStopStatus.ACCEPTED


@pytest.fixture
def bench():
    return Bench(InlineDatabase(":memory:"))


@pytest.fixture
def box(bench):
    return bench.charge_point()


def operate(bench, box, request, response):
    """Ask for an operation that the charge point answers so; return what the person who asked is told last."""
    told = []
    box.replies.append(response)
    ask = Ask(account_id=1, charge_point="GARAGE", request=request, actor="olga")
    bench.platform.operations.request(ask, told.append, told.append)
    assert [asked for _, asked in box.asked][-1] == request
    assert told[-1].state == "answered"
    return msgspec.json.decode(told[-1].answer)


def charging(bench, box, id_tag=ALICE):
    """The state Charging of the common rules."""
    box.status("Preparing")
    started = box.start(id_tag)
    box.status("Charging")
    bench.pass_time(minutes=10)
    return started


def state(bench):
    return bench.rows_of("transactions", "state, stop_reason")


def test_tc_001_csms_cold_boot(bench, box):
    assert box.boot().status is RegistrationStatus.ACCEPTED
    assert box.boot().interval > 0
    for connector_id in (0, 1):
        assert box.status("Available", connector_id) == m.StatusNotificationResponse()
    assert box.ask(m.HeartbeatRequest()).current_time == START


def test_tc_003_csms_plug_in_first(bench, box):
    box.status("Preparing")
    assert box.ask(m.AuthorizeRequest(id_tag=ALICE)).id_tag_info.status is Auth.ACCEPTED
    assert box.start(ALICE).id_tag_info.status is Auth.ACCEPTED
    box.status("Charging")
    assert bench.rows_of("connector_statuses", "status") == [("Charging",)]


def test_tc_004_1_csms_identification_first(bench, box):
    assert box.ask(m.AuthorizeRequest(id_tag=ALICE)).id_tag_info.status is Auth.ACCEPTED
    box.status("Preparing")
    assert box.start(ALICE).id_tag_info.status is Auth.ACCEPTED


def test_tc_004_2_csms_connection_time_out(bench, box):
    box.status("Preparing")
    bench.pass_time(seconds=60)
    box.status("Available")
    assert bench.rows_of("connector_statuses", "status") == [("Available",)] and state(bench) == []


def test_tc_005_1_csms_ev_side_disconnected(bench, box):
    started = charging(bench, box)
    box.status("SuspendedEV")
    assert box.stop(started.transaction_id, reason=Reason.EV_DISCONNECTED) == m.StopTransactionResponse()
    box.status("Finishing")
    box.status("Available")
    assert state(bench) == [("closed", "EVDisconnected")]


def test_tc_007_csms_cached_id(bench, box):
    assert box.start(ALICE).id_tag_info.status is Auth.ACCEPTED  # no Authorize before


def test_tc_061_csms_clear_cache(bench, box):
    response = m.ClearCacheResponse(status=m.ClearCacheStatus.ACCEPTED)
    assert operate(bench, box, m.ClearCacheRequest(), response) == {"status": "Accepted"}


@pytest.mark.parametrize("case", ["010", "011_1"])
def test_tc_010_and_011_1_csms_remote_start(bench, box, case):
    if case == "010":
        box.status("Preparing")
    request = m.RemoteStartTransactionRequest(connector_id=1, id_tag=ALICE)
    assert operate(bench, box, request, m.RemoteStartTransactionResponse(status=ACCEPTED)) == {"status": "Accepted"}
    assert box.ask(m.AuthorizeRequest(id_tag=ALICE)).id_tag_info.status is Auth.ACCEPTED
    assert box.start(ALICE).id_tag_info.status is Auth.ACCEPTED


def test_tc_011_2_csms_remote_start_time_out(bench, box):
    request = m.RemoteStartTransactionRequest(connector_id=1, id_tag=ALICE)
    operate(bench, box, request, m.RemoteStartTransactionResponse(status=ACCEPTED))
    box.status("Preparing")
    box.status("Available")
    assert state(bench) == []


def test_tc_012_csms_remote_stop(bench, box):
    started = charging(bench, box)
    request = m.RemoteStopTransactionRequest(transaction_id=started.transaction_id)
    operate(bench, box, request, m.RemoteStopTransactionResponse(status=ACCEPTED))
    box.stop(started.transaction_id, reason=Reason.REMOTE)
    box.status("Finishing")
    box.status("Available")
    assert state(bench) == [("closed", "Remote")]


@pytest.mark.parametrize("kind", [ResetType.HARD, ResetType.SOFT], ids=["013", "014"])
def test_tc_013_and_014_csms_reset(bench, box, kind):
    response = m.ChangeAvailabilityResponse(status=m.AvailabilityStatus.ACCEPTED)
    operate(bench, box, m.ChangeAvailabilityRequest(connector_id=1, type=AvailabilityType.INOPERATIVE), response)
    box.status("Unavailable")
    operate(bench, box, m.ResetRequest(type=kind), m.ResetResponse(status=m.ResetStatus.ACCEPTED))
    box.close(1000)
    again = bench.charge_point()
    assert again.boot().status is RegistrationStatus.ACCEPTED
    again.status("Unavailable")
    assert bench.rows_of("connector_statuses", "status") == [("Unavailable",)]


@pytest.mark.parametrize("status", list(m.UnlockStatus), ids=["017_1", "030", "017_2 and 031"])
def test_tc_017_030_and_031_csms_unlock_idle(bench, box, status):
    response = m.UnlockConnectorResponse(status=status)
    assert operate(bench, box, m.UnlockConnectorRequest(connector_id=1), response) == {"status": status.value}


def test_tc_018_1_csms_unlock_in_a_session(bench, box):
    started = charging(bench, box)
    response = m.UnlockConnectorResponse(status=m.UnlockStatus.UNLOCKED)
    operate(bench, box, m.UnlockConnectorRequest(connector_id=1), response)
    box.stop(started.transaction_id, reason=Reason.UNLOCK_COMMAND)
    assert state(bench) == [("closed", "UnlockCommand")]


@pytest.mark.parametrize("keys", [None, ("SupportedFeatureProfiles",)], ids=["019_1", "019_2"])
def test_tc_019_csms_retrieve_configuration(bench, box, keys):
    known = m.KeyValue(key="SupportedFeatureProfiles", readonly=True, value="Core")
    answer = operate(
        bench, box, m.GetConfigurationRequest(key=keys), m.GetConfigurationResponse(configuration_key=(known,))
    )
    assert answer["configurationKey"][0]["value"] == "Core"


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("MeterValueSampleInterval", "60", m.ConfigurationStatus.ACCEPTED),
        ("NoSuchKey", "1", m.ConfigurationStatus.NOT_SUPPORTED),
        ("MeterValueSampleInterval", "-1", m.ConfigurationStatus.REJECTED),
    ],
    ids=["021", "040_1", "040_2"],
)
def test_tc_021_and_040_csms_change_configuration(bench, box, key, value, status):
    request = m.ChangeConfigurationRequest(key=key, value=value)
    assert operate(bench, box, request, m.ChangeConfigurationResponse(status=status)) == {"status": status.value}


@pytest.mark.parametrize(
    ("id_tag", "status"), [(CHARLIE, Auth.INVALID), (ERIN, Auth.EXPIRED), (DAVE, Auth.BLOCKED)], ids=["1", "2", "3"]
)
def test_tc_023_csms_authorize_refused(bench, box, id_tag, status):
    assert box.ask(m.AuthorizeRequest(id_tag=id_tag)).id_tag_info.status is status


def test_tc_024_csms_lock_failure(bench, box):
    payload = {"connectorId": 1, "errorCode": "ConnectorLockFailure", "status": "Faulted"}
    assert box.say_call("1", "StatusNotification", payload) == [[3, "1", {}]]
    assert bench.rows_of("connector_statuses", "status, error_code") == [("Faulted", "ConnectorLockFailure")]


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (m.RemoteStartTransactionRequest(id_tag=ALICE), m.RemoteStartTransactionResponse),
        (m.RemoteStopTransactionRequest(transaction_id=7), m.RemoteStopTransactionResponse),
    ],
    ids=["026", "028"],
)
def test_tc_026_and_028_csms_remote_start_or_stop_rejected(bench, box, request_, response):
    rejected = response(status=m.RemoteStartStopStatus.REJECTED)
    assert operate(bench, box, request_, rejected) == {"status": "Rejected"}


def test_tc_032_1_csms_power_loss(bench, box):
    started = charging(bench, box)
    box.close(1006)
    bench.pass_time(minutes=5)
    again = bench.charge_point()
    assert again.boot().status is RegistrationStatus.ACCEPTED
    again.stop(started.transaction_id, reason=Reason.POWER_LOSS, at=START.replace(minute=10))
    assert state(bench) == [("closed", "PowerLoss")]


@pytest.mark.parametrize("case", ["037_1", "039"])
def test_tc_037_1_and_039_csms_offline(bench, box, case):
    bench.pass_time(hours=5)
    started = box.start(ALICE, at=START)
    assert started.id_tag_info.status is Auth.ACCEPTED
    if case == "039":
        box.stop(started.transaction_id, at=START.replace(hour=11), reason=Reason.LOCAL)
        assert state(bench) == [("closed", "Local")]


def test_tc_037_3_csms_offline_and_invalid(bench, box):
    bench.pass_time(hours=5)
    started = box.start(CHARLIE, at=START)
    assert started.id_tag_info.status is Auth.INVALID
    box.stop(started.transaction_id, reason=Reason.DE_AUTHORIZED)
    assert state(bench) == [("closed", "DeAuthorized")]


def test_tc_064_csms_data_transfer_of_an_unknown_vendor(bench, box):
    answer = box.ask(m.DataTransferRequest(vendor_id="nobody", data="x"))
    assert answer.status is m.DataTransferStatus.UNKNOWN_VENDOR_ID


@pytest.mark.parametrize("status", list(m.FirmwareStatus), ids=str)
def test_tc_044_csms_firmware_statuses(bench, box, status):
    request = m.FirmwareStatusNotificationRequest(status=status)
    assert box.ask(request) == m.FirmwareStatusNotificationResponse()


@pytest.mark.parametrize("status", list(m.DiagnosticsStatus), ids=str)
def test_tc_045_csms_diagnostics_statuses(bench, box, status):
    request = m.DiagnosticsStatusNotificationRequest(status=status)
    assert box.ask(request) == m.DiagnosticsStatusNotificationResponse()
