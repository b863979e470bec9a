"""The platform's clock: used only if ours is unsynchronised and what it says is plausible (RULES §6; §4.2, §4.6)."""

from datetime import UTC, datetime, timedelta

from face_bench import START, Bench, Platform

from laadboek.chargepoint import events as ev
from laadboek.facts import Pilot
from laadboek.ocpp import messages as m

AHEAD = timedelta(hours=3)


def bench_with(platform_time: datetime, *, synchronised: bool) -> Bench:
    boot = m.BootNotificationResponse(current_time=platform_time, interval=86_400, status=m.RegistrationStatus.ACCEPTED)
    bench = Bench(start=False, platform=Platform(answers={m.BootNotificationRequest: boot}))
    bench.show()
    bench.do(ev.ClockJudged(synchronised))
    bench.do(ev.Restarted())
    return bench


def a_life(bench: Bench) -> list[datetime | None]:
    """Every instant that the platform reads in a session."""
    bench.configure("StopTxnSampledData", "Energy.Active.Import.Register")
    bench.configure("MeterValueSampleInterval", "600")
    bench.heard()
    bench.show(pilot=Pilot.B1)
    session = bench.start_session()
    bench.pass_time(minutes=10)
    bench.end_session(session)
    told: list[datetime | None] = []
    for request in bench.heard():
        match request:
            case m.StatusNotificationRequest() | m.StartTransactionRequest():
                told.append(request.timestamp)
            case m.MeterValuesRequest():
                told += [value.timestamp for value in request.meter_value]
            case m.StopTransactionRequest():
                told += [request.timestamp, *(value.timestamp for value in request.transaction_data or ())]
    return told


OURS = [START, START, *[START + timedelta(minutes=10)] * 2, START, *[START + timedelta(minutes=10)] * 2]


def test_platforms_clock_a_synchronised_clock_of_ours_is_used_and_the_difference_flagged() -> None:
    bench = bench_with(START + AHEAD, synchronised=True)
    assert a_life(bench) == OURS
    assert [notice.code for notice in bench.notices] == ["link.clock_differs"]


def test_platforms_clock_dates_what_it_is_told_while_ours_is_unsynchronised() -> None:
    bench = bench_with(START + AHEAD, synchronised=False)
    assert a_life(bench) == [instant + AHEAD for instant in OURS]
    assert [notice.code for notice in bench.notices] == ["link.clock_used"]


def test_platforms_clock_corrects_what_waited_for_it() -> None:
    """What happened before the platform was heard is corrected before it is sent."""
    bench = bench_with(START + AHEAD, synchronised=False)
    bench.go_offline()
    bench.start_session()
    bench.heard()
    bench.come_back()
    assert bench.heard(m.StartTransactionRequest)[0].timestamp == START + AHEAD


def test_platforms_clock_in_1970_dates_no_paid_session() -> None:
    bench = bench_with(datetime(1970, 1, 1, tzinfo=UTC), synchronised=False)
    assert a_life(bench) == OURS
    assert [notice.code for notice in bench.notices] == ["link.clock_differs"]


def test_platforms_clock_moves_no_deadline() -> None:
    bench = bench_with(START + AHEAD, synchronised=False)
    bench.configure("ClockAlignedDataInterval", "900")
    bench.heard()
    bench.pass_time(minutes=15)
    (value,) = bench.heard(m.MeterValuesRequest)
    assert bench.now == START + timedelta(minutes=15)
    assert value.meter_value[0].timestamp == START + timedelta(minutes=15) + AHEAD


def test_platforms_clock_within_a_minute_is_no_difference() -> None:
    bench = bench_with(START + timedelta(seconds=60), synchronised=False)
    assert a_life(bench) == OURS and bench.notices == []
