"""The certification cases of a Core charge point by their ids, as far as its face decides them.

The charger is a script: what it shows and grants is what these cases presume of it.
"""

import pytest
from core_cases import Status, boot, charging, may_charge, plug_in, ready, stopped, told, unplug
from face_bench import Bench, Platform

from core_keys import REQUIRED
from laadboek.facts import (
    Authorised,
    DeviceBooted,
    DeviceWentDark,
    EndReason,
    Fault,
    Pilot,
    WishAnswered,
)
from laadboek.ocpp import messages as m
from laadboek.reasons import Reason


def test_001_cold_boot_rejected_first() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(m.RegistrationStatus.REJECTED, 20)}))
    assert told(bench) == ["BootNotification"]
    bench.platform.answers[m.BootNotificationRequest] = boot(m.RegistrationStatus.ACCEPTED, 40)
    bench.pass_time(seconds=19)
    assert told(bench) == []
    bench.pass_time(seconds=1)
    assert bench.actions() == ["BootNotification", "StatusNotification", "StatusNotification"]
    bench.pass_time(seconds=120)
    assert told(bench) == ["Heartbeat"] * 3


def test_002_cold_boot_pending() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(m.RegistrationStatus.PENDING, 20)}))
    told(bench)
    assert bench.call(m.GetConfigurationRequest()).configuration_key
    assert bench.configure("MeterValueSampleInterval", "60") is m.ConfigurationStatus.ACCEPTED
    assert told(bench) == []
    bench.platform.answers.clear()
    bench.pass_time(seconds=20)
    assert told(bench) == ["BootNotification", "Available"]


def test_003_plug_in_first() -> None:
    bench = ready()
    plug_in(bench)
    assert may_charge(bench, "ALICE")
    charging(bench)
    assert told(bench) == ["Preparing", "Authorize", "StartTransaction", "Charging"]


def test_004_1_identification_first() -> None:
    bench = ready()
    assert may_charge(bench, "ALICE")
    bench.show(identified=True)
    plug_in(bench)
    charging(bench)
    assert told(bench) == ["Authorize", "Preparing", "StartTransaction", "Charging"]


def test_004_2_and_011_2_nobody_plugs_in() -> None:
    bench = ready()
    bench.show(identified=True)
    bench.show(identified=False)
    assert told(bench) == ["Preparing", "Available"]


def test_068_stop_by_the_same_tag() -> None:
    bench = ready()
    session = charging(bench)
    told(bench)
    stopped(bench, session, EndReason.LOCAL, id_tag="ALICE")
    (stop,) = [request for request in bench.platform.heard if isinstance(request, m.StopTransactionRequest)]
    assert stop.id_tag == "ALICE" and stop.reason in (None, m.Reason.LOCAL)
    assert told(bench) == ["StopTransaction", "Finishing"]


def test_069_stop_by_the_same_parent() -> None:
    bench = ready()
    family = m.IdTagInfo(status=Status.ACCEPTED, parent_id_tag="FAMILY")
    bench.platform.answers[m.AuthorizeRequest] = m.AuthorizeResponse(id_tag_info=family)
    session = charging(bench)
    told(bench)
    may_charge(bench, "BOB")
    (answer,) = [wish for wish in bench.wishes if isinstance(wish, Authorised)]
    assert answer.parent_id_tag == "FAMILY"
    stopped(bench, session, EndReason.LOCAL, id_tag="BOB")
    (stop,) = [request for request in bench.platform.heard if isinstance(request, m.StopTransactionRequest)]
    assert stop.id_tag == "BOB"
    assert told(bench) == ["Authorize", "StopTransaction", "Finishing"]


def test_005_1_the_ev_unplugs_and_the_transaction_stops() -> None:
    bench = ready()
    session = charging(bench)
    told(bench)
    bench.end_session(session, EndReason.EV_DISCONNECTED)
    bench.show(pilot=Pilot.A, session_id=None, settled=True, cable=True)
    (stop, status) = bench.heard()
    assert stop.reason is m.Reason.EV_DISCONNECTED
    assert (status.status.value, status.info) == ("Finishing", "EV side disconnected")
    unplug(bench)
    assert told(bench) == ["Available"]


def test_005_3_the_ev_unplugs_and_the_transaction_goes_on() -> None:
    bench = ready()
    session = charging(bench)
    told(bench)
    bench.show(pilot=Pilot.A, cable=True)
    (status,) = bench.heard()
    assert status.status.value == "SuspendedEV" and status.info == "EV side disconnected"
    assert status.error_code is m.ChargePointErrorCode.NO_ERROR
    assert bench.call(m.RemoteStopTransactionRequest(transaction_id=1)).status.value == "Accepted"
    bench.end_session(session, EndReason.REMOTE)
    assert bench.heard(m.StopTransactionRequest)[0].reason is m.Reason.REMOTE


def test_007_cached_id() -> None:
    bench = ready(keys={"LocalPreAuthorize": "true"})
    stopped(bench, charging(bench), EndReason.LOCAL, id_tag="ALICE")
    unplug(bench)
    told(bench)
    plug_in(bench)
    assert may_charge(bench, "ALICE")
    charging(bench)
    assert told(bench) == ["Preparing", "StartTransaction", "Charging"]


def test_061_clear_cache() -> None:
    bench = ready(keys={"LocalPreAuthorize": "true"})
    stopped(bench, charging(bench), EndReason.LOCAL)
    told(bench)
    assert bench.call(m.ClearCacheRequest()).status.value == "Accepted"
    may_charge(bench, "ALICE")
    assert told(bench) == ["Authorize"]


@pytest.mark.parametrize("ask_first", ["true", "false"])
def test_010_remote_start_cable_first(ask_first: str) -> None:
    bench = ready(keys={"AuthorizeRemoteTxRequests": ask_first})
    plug_in(bench)
    assert bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="ALICE")).status.value == "Accepted"
    if ask_first == "true":
        assert may_charge(bench, "ALICE")
    charging(bench)
    asked = ["Authorize"] if ask_first == "true" else []
    assert told(bench) == ["Preparing", *asked, "StartTransaction", "Charging"]


def test_011_1_remote_start_first() -> None:
    bench = ready()
    assert bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="ALICE")).status.value == "Accepted"
    bench.show(identified=True)
    charging(bench)
    assert told(bench) == ["Preparing", "StartTransaction", "Charging"]


def test_012_remote_stop() -> None:
    bench = ready()
    session = charging(bench)
    told(bench)
    assert bench.call(m.RemoteStopTransactionRequest(transaction_id=1)).status.value == "Accepted"
    stopped(bench, session, EndReason.REMOTE)
    assert told(bench) == ["StopTransaction", "Finishing"]


@pytest.mark.parametrize("kind", m.ResetType)
def test_013_014_reset_while_idle_keeps_unavailable(kind: m.ResetType) -> None:
    bench = ready()
    bench.call(m.ChangeAvailabilityRequest(connector_id=1, type=m.AvailabilityType.INOPERATIVE))
    assert told(bench) == ["Unavailable"]
    assert bench.call(m.ResetRequest(type=kind)).status.value == "Accepted"
    bench.tell(DeviceWentDark())
    bench.tell(DeviceBooted())
    assert told(bench) == ["BootNotification", "Unavailable"]


@pytest.mark.parametrize(("kind", "reason"), [("Hard", EndReason.HARD_RESET), ("Soft", EndReason.SOFT_RESET)])
def test_015_016_reset_in_a_transaction(kind: str, reason: EndReason) -> None:
    bench = ready()
    session = charging(bench)
    told(bench)
    assert bench.call(m.ResetRequest(type=m.ResetType(kind))).status.value == "Accepted"
    stopped(bench, session, reason)
    (stop,) = [request for request in bench.platform.heard if isinstance(request, m.StopTransactionRequest)]
    assert stop.reason == reason.value and stop.id_tag is None
    assert told(bench) == ["StopTransaction", "Finishing"]
    bench.tell(DeviceWentDark())
    bench.tell(DeviceBooted())
    assert told(bench) == ["BootNotification", "Finishing"]


@pytest.mark.parametrize(
    ("case", "granted", "why", "status"),
    [
        ("017_1", True, None, "Unlocked"),
        ("017_2", False, "unlock.not_supported", "NotSupported"),
        ("030", False, "unlock.failed", "UnlockFailed"),
    ],
)
def test_017_030_unlock(case: str, granted: bool, why: str | None, status: str) -> None:
    bench = ready()
    bench.grants = lambda wish: WishAnswered(wish.wish_id, granted, None if why is None else Reason(why))
    assert bench.call(m.UnlockConnectorRequest(connector_id=1)).status.value == status


def test_018_1_unlock_in_a_session() -> None:
    bench = ready()
    session = charging(bench)
    told(bench)
    assert bench.call(m.UnlockConnectorRequest(connector_id=1)).status.value == "Unlocked"
    stopped(bench, session, EndReason.UNLOCK_COMMAND)
    unplug(bench)
    assert told(bench) == ["StopTransaction", "Finishing", "Available"]


def test_019_retrieve_configuration() -> None:
    bench = ready()
    everything = bench.call(m.GetConfigurationRequest())
    listed = {key.key: key.readonly for key in everything.configuration_key}
    assert {key: listed.get(key) for key in REQUIRED} == REQUIRED
    maximum = int(bench.key("GetConfigurationMaxKeys").value or 0)
    some = bench.call(m.GetConfigurationRequest(key=tuple(listed)[:maximum]))
    assert len(some.configuration_key) == min(maximum, len(listed)) and some.unknown_key is None


def test_021_change_configuration() -> None:
    bench = ready()
    assert bench.configure("MeterValueSampleInterval", "60") is m.ConfigurationStatus.ACCEPTED
    assert bench.key("MeterValueSampleInterval") == m.KeyValue(
        key="MeterValueSampleInterval", readonly=False, value="60"
    )


def test_070_sampled_values() -> None:
    bench = ready(keys={"MeterValueSampleInterval": "2", "MeterValuesSampledData": "Power.Active.Import,Voltage"})
    charging(bench)
    told(bench)
    bench.pass_time(seconds=6)
    values = bench.heard(m.MeterValuesRequest)
    assert len(values) == 3
    for value in values:
        samples = value.meter_value[0].sampled_value
        assert {sample.context.value for sample in samples} == {"Sample.Periodic"}
        assert {sample.measurand.value for sample in samples} == {"Power.Active.Import", "Voltage"}
    bench.configure("MeterValuesSampledData", "")
    bench.pass_time(seconds=2)
    (sample,) = bench.heard(m.MeterValuesRequest)[0].meter_value[0].sampled_value
    assert sample.measurand.value == "Energy.Active.Import.Register"


def test_071_clock_aligned_values() -> None:
    bench = ready(keys={"ClockAlignedDataInterval": "30"})
    bench.pass_time(seconds=10)
    charging(bench)
    told(bench)
    bench.pass_time(seconds=60)
    stamps = [value.meter_value[0].timestamp.second for value in bench.heard(m.MeterValuesRequest)]
    assert stamps == [30, 0]


@pytest.mark.parametrize("status", [Status.INVALID, Status.EXPIRED, Status.BLOCKED])
def test_023_a_tag_that_is_not_accepted(status: m.AuthorizationStatus) -> None:
    bench = ready()
    answer = m.AuthorizeResponse(id_tag_info=m.IdTagInfo(status=status))
    bench.platform.answers[m.AuthorizeRequest] = answer
    plug_in(bench)
    assert may_charge(bench, "CHARLIE") is False
    assert told(bench) == ["Preparing", "Authorize"]


def test_024_lock_failure_at_the_start() -> None:
    bench = ready()
    plug_in(bench)
    may_charge(bench, "ALICE")
    bench.show(fault=Fault.CONNECTOR_LOCK_FAILURE)
    assert bench.platform.heard[-1].error_code is m.ChargePointErrorCode.CONNECTOR_LOCK_FAILURE
    assert told(bench) == ["Preparing", "Authorize", "Faulted"]


def test_026_and_041_remote_start_where_it_cannot_be() -> None:
    bench = ready()
    charging(bench)
    start = m.RemoteStartTransactionRequest(connector_id=1, id_tag="BOB")
    assert bench.call(start).status.value == "Rejected", "busy"
    faulted = ready()
    faulted.show(fault=Fault.OTHER_ERROR)
    assert faulted.call(start).status.value == "Rejected", "faulted"


def test_027_remote_start_connector_0() -> None:
    bench = ready()
    assert bench.call(m.RemoteStartTransactionRequest(connector_id=0, id_tag="A")).status.value == "Rejected"
    assert told(bench) == []


def test_028_remote_stop_unknown() -> None:
    bench = ready()
    charging(bench)
    assert bench.call(m.RemoteStopTransactionRequest(transaction_id=4711)).status.value == "Rejected"


def test_031_unlock_unknown_connector() -> None:
    assert ready().call(m.UnlockConnectorRequest(connector_id=2)).status.value == "NotSupported"


def test_040_configuration_key_and_value() -> None:
    bench = ready()
    assert bench.configure("IncorrectKey", "true") is m.ConfigurationStatus.NOT_SUPPORTED
    assert bench.configure("MeterValueSampleInterval", "-1") is m.ConfigurationStatus.REJECTED


def test_054_trigger() -> None:
    bench = ready()
    trigger = m.MessageTrigger
    for message in (
        trigger.METER_VALUES,
        trigger.HEARTBEAT,
        trigger.STATUS_NOTIFICATION,
        trigger.DIAGNOSTICS_STATUS_NOTIFICATION,
        trigger.FIRMWARE_STATUS_NOTIFICATION,
    ):
        answer = bench.call(m.TriggerMessageRequest(requested_message=message, connector_id=1))
        assert answer.status.value == "Accepted"
        assert bench.actions() == [message.value]


def test_055_trigger_rejected() -> None:
    bench = ready()
    trigger = m.TriggerMessageRequest(requested_message=m.MessageTrigger.METER_VALUES, connector_id=2)
    assert bench.call(trigger).status.value == "Rejected"
    assert bench.actions() == []


def test_060_remote_start_with_a_profile_of_another_purpose() -> None:
    period = m.ChargingSchedulePeriod(start_period=0, limit=6)
    profile = m.ChargingProfile(
        charging_profile_id=1,
        stack_level=0,
        charging_profile_purpose=m.ChargingProfilePurpose.TX_DEFAULT_PROFILE,
        charging_profile_kind=m.ChargingProfileKind.ABSOLUTE,
        charging_schedule=m.ChargingSchedule(
            charging_rate_unit=m.ChargingRateUnit.A, charging_schedule_period=(period,)
        ),
    )
    start = m.RemoteStartTransactionRequest(connector_id=1, id_tag="A", charging_profile=profile)
    assert ready().call(start).status.value == "Rejected"


def test_062_data_transfer() -> None:
    answer = ready().call(m.DataTransferRequest(vendor_id="VENDOR1", message_id="x", data="y"))
    assert answer.status is not m.DataTransferStatus.ACCEPTED
