"""The certification cases of a Core charge point without power or network, by their ids."""

import itertools

import pytest
from core_cases import INVALID, charging, may_charge, ready, stopped, told, unplug
from face_bench import NAMEPLATE
from msgspec.structs import replace

from laadboek.facts import (
    DeviceBooted,
    DeviceWentDark,
    EndReason,
    Pilot,
    TransactionRefused,
)
from laadboek.ocpp import messages as m


def test_032_1_power_loss_with_backup_power() -> None:
    bench = ready()
    session = charging(bench)
    told(bench)
    stopped(bench, session, EndReason.POWER_LOSS)
    bench.tell(DeviceWentDark())
    assert told(bench) == ["StopTransaction", "Finishing"]
    bench.pass_time(hours=1)
    bench.tell(DeviceBooted())
    assert told(bench) == ["BootNotification", "Finishing"]


def test_032_2_power_loss_without() -> None:
    bench = ready()
    session = charging(bench)
    told(bench)
    bench.tell(DeviceWentDark())
    bench.pass_time(hours=1)
    assert told(bench) == []
    bench.tell(DeviceBooted())
    stopped(bench, session, EndReason.POWER_LOSS)
    assert told(bench)[0] == "BootNotification"
    assert bench.settled[2] == "acked"


def test_034_power_loss_while_unavailable() -> None:
    bench = ready(nameplate=replace(NAMEPLATE, connectors=2))
    bench.call(m.ChangeAvailabilityRequest(connector_id=0, type=m.AvailabilityType.INOPERATIVE))
    told(bench)
    bench.tell(DeviceWentDark())
    bench.restart()
    bench.tell(DeviceBooted())
    statuses = {(s.connector_id, s.status.value) for s in bench.heard(m.StatusNotificationRequest)}
    assert statuses == {(0, "Unavailable"), (1, "Unavailable"), (2, "Unavailable")}


def test_036_link_lost_in_a_transaction() -> None:
    bench = ready(keys={"MeterValueSampleInterval": "60"})
    charging(bench)
    bench.go_offline()
    told(bench)
    bench.pass_time(minutes=5)
    bench.come_back()
    stamps = [v.meter_value[0].timestamp for v in bench.heard(m.MeterValuesRequest)]
    assert stamps == sorted(stamps) and len(stamps) >= 5
    assert {(b - a).total_seconds() for a, b in itertools.pairwise(stamps)} == {60.0}


def test_037_1_offline_start_of_a_valid_tag() -> None:
    bench = ready()
    may_charge(bench, "ALICE")
    bench.go_offline()
    assert may_charge(bench, "ALICE")
    charging(bench)
    told(bench)
    bench.come_back()
    assert sorted(told(bench)) == ["Charging", "StartTransaction"]


@pytest.mark.parametrize("stop", [False, True])
def test_037_2_037_3_offline_start_of_an_invalid_tag(stop: bool) -> None:
    keys = {"AllowOfflineTxForUnknownId": "true", "StopTransactionOnInvalidId": str(stop).lower()}
    bench = ready(keys=keys)
    bench.go_offline()
    assert may_charge(bench, "CHARLIE")
    session = charging(bench, "CHARLIE")
    refused = m.StartTransactionResponse(id_tag_info=INVALID, transaction_id=3)
    bench.platform.answers[m.StartTransactionRequest] = refused
    bench.come_back()
    assert bench.wishes[-1] == TransactionRefused(link_id="lnk_1", session_id=session, stop=stop)
    told(bench)
    if stop:
        stopped(bench, session, EndReason.DE_AUTHORIZED)
        assert told(bench) == ["StopTransaction", "Finishing"]
    else:
        bench.show(pilot=Pilot.C1, offering=False)
        assert told(bench) == ["SuspendedEVSE"]


def test_038_offline_stop() -> None:
    bench = ready()
    session = charging(bench)
    bench.go_offline()
    stopped(bench, session, EndReason.LOCAL, id_tag="ALICE")
    told(bench)
    bench.come_back()
    assert sorted(told(bench)) == ["Finishing", "StopTransaction"]


def test_039_offline_transaction() -> None:
    bench = ready()
    bench.go_offline()
    stopped(bench, charging(bench), EndReason.LOCAL)
    unplug(bench)
    told(bench)
    bench.come_back()
    assert told(bench) == ["StartTransaction", "StopTransaction"], "and no status: nothing is different now"
