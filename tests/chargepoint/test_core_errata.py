"""What the errata sheet adds to the Core behaviour of a charge point, where no other test names the erratum."""

import json
from datetime import timedelta
from typing import Any

import pytest
from core_cases import INVALID, Status, charging, may_charge, ready, stopped, unplug
from face_bench import ACCEPTED, START, Bench

from laadboek.facts import DeviceBooted, DeviceWentDark, EndReason, Pilot, StartAsked, StopAsked, WishAnswered
from laadboek.ocpp import messages as m
from laadboek.reasons import Reason

SAMPLED = {"MeterValueSampleInterval": "60"}


def test_3_4_the_cache_survives_a_reset_of_the_device() -> None:
    """errata 3.4"""
    bench = ready()
    may_charge(bench, "ALICE")
    bench.tell(DeviceWentDark(restarting=True))
    bench.tell(DeviceBooted())
    bench.go_offline()
    assert may_charge(bench, "ALICE") is True


def test_3_15_an_interval_above_zero_makes_meter_values_a_duty() -> None:
    """errata 3.15"""
    bench = ready(keys=SAMPLED | {"ClockAlignedDataInterval": "900"})
    charging(bench)
    bench.heard()
    bench.pass_time(minutes=15)
    contexts = [value.meter_value[0].sampled_value[0].context.value for value in bench.heard(m.MeterValuesRequest)]
    assert contexts.count("Sample.Periodic") == 15 and contexts.count("Sample.Clock") == 1


def test_3_16_a_value_bears_the_transaction_that_runs_when_it_is_taken() -> None:
    """errata 3.16: also where another one ended since the last value."""
    bench = ready(keys={"ClockAlignedDataInterval": "900"})
    stopped(bench, charging(bench), EndReason.LOCAL)
    second = charging(bench, "BOB")
    bench.heard()
    bench.pass_time(minutes=15)
    (value,) = bench.heard(m.MeterValuesRequest)
    assert value.transaction_id == bench.face.state.durable.transactions[second].transaction_id == 2


def test_3_19_every_change_of_status_is_told() -> None:
    """errata 3.19: SHALL, not MAY."""
    bench = ready()
    session = charging(bench)
    bench.show(offering=False, pilot=Pilot.C1)
    bench.show(offering=True, pilot=Pilot.C2)
    stopped(bench, session, EndReason.LOCAL)
    unplug(bench)
    assert bench.statuses() == ["Preparing", "Charging", "SuspendedEVSE", "Charging", "Finishing", "Available"]


def test_3_21_3_77_3_89_a_time_out_leads_back_to_available() -> None:
    """errata 3.21, errata 3.77, errata 3.89: the charger counts ConnectionTimeOut, the platform sees B1."""
    bench = ready()
    bench.show(identified=True)
    bench.show(identified=False)
    assert bench.statuses() == ["Preparing", "Available"]


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_3_23_the_cache_is_implemented_and_so_can_be_cleared(enabled: str) -> None:
    """errata 3.23: Rejected is for those who have none. One that is switched off still holds what it held."""
    bench = ready()
    may_charge(bench, "ALICE")
    bench.configure("AuthorizationCacheEnabled", enabled)
    assert bench.call(m.ClearCacheRequest()).status is m.ClearCacheStatus.ACCEPTED
    assert bench.face.state.durable.cache == {}


def test_3_32_3_33_a_remote_request_is_answered_before_it_is_carried_out() -> None:
    """errata 3.32, errata 3.33: Accepted says that it will be tried."""
    bench = ready()
    start = bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="ALICE"))
    assert start.status.value == "Accepted" and bench.heard() == []
    charging(bench)
    stop = bench.call(m.RemoteStopTransactionRequest(transaction_id=1))
    assert stop.status.value == "Accepted"
    assert [type(wish) for wish in bench.wishes] == [StartAsked, StopAsked]


def test_3_46_triggered_values_are_all_that_are_configured() -> None:
    """errata 3.46: SHALL, not SHOULD."""
    bench = ready(keys={"MeterValuesSampledData": "Voltage.L1,Power.Active.Import"})
    bench.call(m.TriggerMessageRequest(requested_message=m.MessageTrigger.METER_VALUES, connector_id=1))
    (value,) = bench.heard(m.MeterValuesRequest)
    told = [sample.measurand.value for sample in value.meter_value[0].sampled_value]
    assert told == ["Voltage", "Power.Active.Import"]


@pytest.mark.parametrize("number", [0, -1, -17, 2**31 - 1])
def test_3_54_any_number_is_a_transaction_id(number: int) -> None:
    """errata 3.54: zero and negative numbers mean nothing special."""
    bench = ready()
    answer = m.StartTransactionResponse(id_tag_info=ACCEPTED, transaction_id=number)
    bench.platform.answers[m.StartTransactionRequest] = answer
    session = charging(bench)
    assert bench.call(m.RemoteStopTransactionRequest(transaction_id=number)).status.value == "Accepted"
    stopped(bench, session, EndReason.REMOTE)
    assert bench.heard(m.StopTransactionRequest)[0].transaction_id == number


def test_3_74_3_75_id_tags_compare_without_case() -> None:
    """errata 3.74, errata 3.75, errata 3.58: a CiString20Type, of at most 20 characters."""
    bench = ready(keys={"LocalPreAuthorize": "true"})
    may_charge(bench, "Alice")
    bench.heard()
    assert may_charge(bench, "ALICE") is True
    assert bench.heard() == []
    tag = "X" * 20
    assert bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag=tag)).status.value == "Accepted"


def test_3_73_an_expiry_date_is_optional_and_a_status_is_not() -> None:
    """errata 3.73"""
    bench = ready()
    info = m.IdTagInfo(status=Status.ACCEPTED, expiry_date=START + timedelta(minutes=1))
    for answered, known in ((info, False), (ACCEPTED, True)):
        bench.platform.answers[m.AuthorizeRequest] = m.AuthorizeResponse(id_tag_info=answered)
        may_charge(bench, "ALICE")
        bench.pass_time(minutes=2)
        bench.go_offline()
        assert may_charge(bench, "ALICE") is known
        bench.come_back()


def test_3_76_an_aligned_value_has_an_instant_and_no_duration() -> None:
    """errata 3.76"""
    bench = ready(keys={"ClockAlignedDataInterval": "900"})
    bench.pass_time(minutes=15)
    assert bench.platform.wire
    (text,) = [json.loads(text) for _, _, text in bench.platform.wire if b'"MeterValues"' in text]
    assert [value["timestamp"] for value in text[3]["meterValue"]] == ["2026-03-01T09:15:00Z"]


def test_3_78_registers_only_go_up_and_go_on_where_they_were() -> None:
    """errata 3.9, errata 3.78: the register of the meter, the next start where the last stop was."""
    bench = ready()
    registers = []
    for wh in (1_500, 0, 700):
        session = charging(bench)
        bench.charge(wh)
        stopped(bench, session, EndReason.LOCAL)
        registers += [request.meter_start for request in bench.platform.heard if hasattr(request, "meter_start")]
        registers += [request.meter_stop for request in bench.heard(m.StopTransactionRequest)]
    assert registers == [1_000_000, 1_001_500, 1_001_500, 1_001_500, 1_001_500, 1_002_200]


def test_3_82_a_hard_reset_is_granted_with_a_transaction_running() -> None:
    """errata 3.82"""
    bench = ready()
    charging(bench)
    for kind in m.ResetType:
        assert bench.call(m.ResetRequest(type=kind)).status.value == "Accepted"


def test_3_86_there_is_no_unit_of_frequency_so_none_is_measured() -> None:
    """errata 3.86"""
    assert ready().configure("MeterValuesSampledData", "Frequency") is m.ConfigurationStatus.REJECTED


def test_3_17_a_refusal_that_comes_online_binds_as_one_that_comes_late() -> None:
    """errata 3.17: both tell the charger, with what StopTransactionOnInvalidId says."""

    def wish_after(bench: Bench) -> Any:
        return [wish for wish in bench.wishes if type(wish).__name__ == "TransactionRefused"]

    refused = m.StartTransactionResponse(id_tag_info=INVALID, transaction_id=1)
    online, offline = ready(), ready(keys={"AllowOfflineTxForUnknownId": "true"})
    offline.go_offline()
    for bench in (online, offline):
        bench.platform.answers[m.StartTransactionRequest] = refused
        charging(bench)
    assert wish_after(offline) == []
    offline.come_back()
    assert wish_after(offline) == wish_after(online) != []


def test_3_87_an_unknown_connector_has_no_lock_and_a_stuck_one_failed() -> None:
    """errata 3.87"""
    bench = ready()
    assert bench.call(m.UnlockConnectorRequest(connector_id=9)).status is m.UnlockStatus.NOT_SUPPORTED
    bench.grants = lambda wish: WishAnswered(wish.wish_id, False, Reason("unlock.failed"))
    assert bench.call(m.UnlockConnectorRequest(connector_id=1)).status is m.UnlockStatus.UNLOCK_FAILED
