"""Meter values: sampled, aligned, and those of StopTransaction (OCPP 1.6 §3.16, §4.7; errata 3.14, 3.16, 3.91)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from face_bench import START, Bench
from msgspec.structs import replace

from laadboek.chargepoint.configuration import MAX_STOP_VALUES
from laadboek.facts import Reading
from laadboek.ocpp import messages as m

ALL = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,Current.Offered,SoC"
READING = Reading(
    connector_id=1,
    taken_at=START,
    register_wh=1_234_567,
    power_w=11_040,
    current_ma=(16_000, 15_960, 16_040),
    voltage_mv=(230_000, 229_400, 231_250),
    offered_ma=16_000,
    soc_percent=42,
)


def shown(value: m.MeterValue) -> list[str]:
    return [
        " ".join(str(part) for part in (v.measurand, v.phase, v.value, v.unit, v.location) if part is not None)
        for v in value.sampled_value
    ]


def times(values: list[m.MeterValuesRequest]) -> list[str]:
    return [f"{value.meter_value[0].timestamp:%H:%M:%S}" for value in values]


def test_every_measurand_is_told_with_phase_unit_and_location() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60", "MeterValuesSampledData": ALL})
    bench.start_session()
    bench.heard()
    bench.readings[1] = READING
    bench.pass_time(seconds=60)
    (sent,) = bench.heard(m.MeterValuesRequest)
    assert (sent.connector_id, sent.transaction_id) == (1, 1)
    assert shown(sent.meter_value[0]) == [
        "Energy.Active.Import.Register 1234567 Wh Outlet",
        "Power.Active.Import 11040 W Outlet",
        "Current.Import L1 16.0 A Outlet",
        "Current.Import L2 16.0 A Outlet",
        "Current.Import L3 16.0 A Outlet",
        "Voltage L1-N 230.0 V Outlet",
        "Voltage L2-N 229.4 V Outlet",
        "Voltage L3-N 231.2 V Outlet",
        "Current.Offered 16.0 A Outlet",
        "SoC 42 Percent EV",
    ]
    assert {value.context for value in sent.meter_value[0].sampled_value} == {m.ReadingContext.SAMPLE_PERIODIC}


def test_a_measurand_may_be_asked_for_one_phase() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60", "MeterValuesSampledData": "Voltage.L2,Current.Import.L1"})
    bench.readings[1] = READING
    bench.start_session()
    bench.heard()
    bench.pass_time(seconds=60)
    values = shown(bench.heard(m.MeterValuesRequest)[0].meter_value[0])
    assert values == ["Voltage L2-N 229.4 V Outlet", "Current.Import L1 16.0 A Outlet"]


def test_a_car_that_does_not_tell_its_state_of_charge_leaves_the_energy() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60", "MeterValuesSampledData": "SoC"})
    bench.start_session()
    bench.heard()
    bench.pass_time(seconds=60)
    values = shown(bench.heard(m.MeterValuesRequest)[0].meter_value[0])
    assert values == ["Energy.Active.Import.Register 1000000 Wh Outlet"]


def test_samples_are_taken_at_the_interval_from_the_start_of_the_transaction() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60"})
    bench.pass_time(seconds=7)
    session = bench.start_session()
    bench.pass_time(seconds=59)
    assert bench.heard(m.MeterValuesRequest) == []
    bench.pass_time(seconds=121)
    assert times(bench.heard(m.MeterValuesRequest)) == ["09:01:07", "09:02:07", "09:03:07"]
    bench.end_session(session)
    bench.pass_time(days=1)
    assert bench.heard(m.MeterValuesRequest) == []


def test_a_clock_set_back_in_a_transaction_stops_no_samples() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60"})
    bench.start_session()
    bench.now -= timedelta(days=400)
    bench.restart()
    bench.heard()
    bench.pass_time(minutes=3)
    assert len(bench.heard(m.MeterValuesRequest)) == 3


def test_an_interval_of_zero_means_none() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60"})
    bench.start_session()
    bench.configure("MeterValueSampleInterval", "0")
    bench.pass_time(hours=1)
    assert bench.heard(m.MeterValuesRequest) == []
    bench.configure("MeterValueSampleInterval", "1800")
    bench.pass_time(hours=1)
    assert times(bench.heard(m.MeterValuesRequest)) == ["10:30:00", "11:00:00"]


def test_after_a_restart_samples_keep_their_rhythm() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "600"})
    bench.start_session()
    bench.pass_time(minutes=15)
    bench.restart()
    bench.heard()
    bench.pass_time(minutes=15)
    assert times(bench.heard(m.MeterValuesRequest)) == ["09:20:00", "09:30:00"]


def test_aligned_values_come_at_even_times_of_the_day() -> None:
    bench = Bench(keys={"ClockAlignedDataInterval": "900", "MeterValuesAlignedData": "Power.Active.Import"})
    bench.pass_time(minutes=5)
    bench.heard()
    session = bench.start_session()
    bench.pass_time(minutes=30)
    bench.end_session(session)
    bench.pass_time(minutes=15)
    values = bench.heard(m.MeterValuesRequest)
    assert times(values) == ["09:15:00", "09:30:00", "09:45:00"]
    assert [value.transaction_id for value in values] == [1, 1, None]
    assert {v.context for value in values for v in value.meter_value[0].sampled_value} == {
        m.ReadingContext.SAMPLE_CLOCK
    }


def test_an_interval_that_does_not_fit_the_day_begins_anew_at_midnight() -> None:
    bench = Bench(start=False, keys={"ClockAlignedDataInterval": str(7 * 3600)})
    bench.now = datetime(2026, 3, 1, 20, tzinfo=UTC)
    bench.restart()
    bench.heard()
    bench.pass_time(hours=12)
    assert times(bench.heard(m.MeterValuesRequest)) == ["21:00:00", "00:00:00", "07:00:00"]


def test_idle_aligned_values_are_of_the_moment_those_of_a_transaction_are_kept() -> None:
    bench = Bench(keys={"ClockAlignedDataInterval": "900"})
    bench.heard()
    bench.go_offline()
    bench.pass_time(minutes=20)
    session = bench.start_session()
    bench.pass_time(minutes=20)
    bench.end_session(session)
    bench.come_back()
    assert times([v for v in bench.heard(m.MeterValuesRequest) if v.transaction_id is not None]) == ["09:30:00"]


def test_stop_data_has_begin_samples_and_end_of_every_measurand() -> None:
    keys = {
        "MeterValueSampleInterval": "600",
        "StopTxnSampledData": "Energy.Active.Import.Register,Power.Active.Import",
    }
    bench = Bench(keys=keys)
    bench.readings[1] = READING
    session = bench.start_session()
    bench.pass_time(minutes=15)
    bench.charge(2_000)
    bench.end_session(session)
    data = bench.heard(m.StopTransactionRequest)[0].transaction_data
    contexts = [value.sampled_value[0].context.value for value in data]
    assert contexts == ["Transaction.Begin", "Sample.Periodic", "Transaction.End"]
    assert [value.sampled_value[0].value for value in data] == ["1234567", "1234567", "1236567"]
    assert all(len(value.sampled_value) == 2 for value in data)


def test_aligned_stop_data_has_a_begin_and_an_end_too() -> None:
    bench = Bench(keys={"ClockAlignedDataInterval": "900", "StopTxnAlignedData": "Energy.Active.Import.Register"})
    session = bench.start_session()
    bench.pass_time(minutes=20)
    bench.end_session(session)
    data = bench.heard(m.StopTransactionRequest)[0].transaction_data
    contexts = [value.sampled_value[0].context.value for value in data]
    assert contexts == ["Transaction.Begin", "Sample.Clock", "Transaction.End"]


def test_without_a_stop_key_there_is_no_transaction_data() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "600"})
    session = bench.start_session()
    bench.pass_time(minutes=15)
    bench.end_session(session)
    assert bench.heard(m.StopTransactionRequest)[0].transaction_data is None


def test_of_too_many_stop_values_those_in_between_go_first_and_last_never() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60", "StopTxnSampledData": "Energy.Active.Import.Register"})
    session = bench.start_session()
    bench.pass_time(hours=24, seconds=-1)
    bench.end_session(session)
    data = bench.heard(m.StopTransactionRequest)[0].transaction_data
    assert MAX_STOP_VALUES / 2 <= len(data) <= MAX_STOP_VALUES
    assert data[0].timestamp == START and data[-1].timestamp == START + timedelta(hours=24, seconds=-1)
    stamps = [value.timestamp for value in data]
    assert stamps == sorted(set(stamps))
    assert {b - a for a, b in pairwise(stamps[:-1])} == {timedelta(minutes=32)}, "evenly"


def test_a_late_fact_tells_the_register_only() -> None:
    """After a crash a fact is replayed: what the meter shows now is not what flowed then."""
    bench = Bench(keys={"StopTxnSampledData": "Energy.Active.Import.Register,Power.Active.Import"})
    bench.readings[1] = READING
    session = bench.start_session(started_at=START - timedelta(hours=1), register_wh=1_000)
    bench.end_session(session)
    begin = bench.heard(m.StopTransactionRequest)[0].transaction_data[0]
    assert shown(begin) == ["Energy.Active.Import.Register 1000 Wh Outlet"]


@pytest.mark.parametrize("key", ["MeterValuesSampledData", "MeterValuesAlignedData", "StopTxnSampledData"])
def test_one_measurand_that_is_not_supported_spoils_the_list(key: str) -> None:
    bench = Bench()
    before = bench.key(key)
    assert bench.configure(key, "Energy.Active.Import.Register,Temperature") is m.ConfigurationStatus.REJECTED
    assert bench.key(key) == before


def test_triggered_values_are_those_of_now() -> None:
    bench = Bench()
    bench.start_session()
    bench.charge(321)
    bench.heard()
    trigger = m.TriggerMessageRequest(requested_message=m.MessageTrigger.METER_VALUES, connector_id=1)
    assert bench.call(trigger).status is m.TriggerMessageStatus.ACCEPTED
    (sent,) = bench.heard()
    assert sent.transaction_id == 1
    assert [(v.value, v.context.value) for v in sent.meter_value[0].sampled_value] == [("1000321", "Trigger")]


def test_registers_are_told_as_read_not_rebased() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60"})
    bench.readings[1] = replace(READING, register_wh=99)
    session = bench.start_session()
    bench.charge(1)
    bench.pass_time(seconds=60)
    bench.end_session(session)
    start, values, stop = bench.heard(m.StartTransactionRequest, m.MeterValuesRequest, m.StopTransactionRequest)
    assert (start.meter_start, values.meter_value[0].sampled_value[0].value, stop.meter_stop) == (99, "100", 100)
