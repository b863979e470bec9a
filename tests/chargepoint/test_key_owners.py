"""Whose keys are whose (RULES §6): what moves something at the charger belongs to it, all else to the link."""

import pytest
from face_bench import Bench

from laadboek.chargepoint.configuration import KEYS
from laadboek.facts import SettingAsked
from laadboek.ocpp import messages as m

GOOD = {  # a value that each takes
    "CommercialMode": "true",
    "ConnectionTimeOut": "90",
    "FreeCharging": "false",
    "OCPPChargeMode": "ECO",
    "PinUnlock": "false",
    "RandomSmartChargeDelay": "600",
    "StopTransactionOnEVSideDisconnect": "false",
    "UnlockConnectorOnEVSideDisconnect": "false",
}


@pytest.mark.parametrize("name", GOOD)
def test_keys_with_a_physical_effect_are_written_over_control_only(name: str) -> None:
    control, report = Bench(), Bench(role="report")
    assert control.configure(name, GOOD[name]) is m.ConfigurationStatus.ACCEPTED
    assert [(wish.key, wish.value) for wish in control.wishes if isinstance(wish, SettingAsked)] == [(name, GOOD[name])]
    assert report.configure(name, GOOD[name]) is m.ConfigurationStatus.REJECTED
    assert report.wishes == []
    assert (control.key(name).readonly, report.key(name).readonly) == (False, True)


def test_all_other_keys_that_can_be_written_are_the_links() -> None:
    """Meter, heartbeat, cache, list and retry keys: the charger is not asked, and a report link writes its own."""
    assert {name for name, key in KEYS.items() if key.owner == "charger"} == set(GOOD)
    report = Bench(role="report")
    listed = {key.key: key for key in report.call(m.GetConfigurationRequest()).configuration_key}
    writable = {name for name, key in listed.items() if not key.readonly}
    assert writable >= {
        "AllowOfflineTxForUnknownId",
        "AuthorizationCacheEnabled",
        "ClockAlignedDataInterval",
        "HeartbeatInterval",
        "MeterValueSampleInterval",
        "MeterValuesSampledData",
        "TransactionMessageAttempts",
        "TransactionMessageRetryInterval",
        "WebSocketPingInterval",
    }
    # What CpoName and SecurityProfile have now would not be taken: it is no name, and no higher profile.
    for name in writable - {
        "CpoName",
        "SecurityProfile",
    }:
        assert report.configure(name, listed[name].value or "") is m.ConfigurationStatus.ACCEPTED, name
    assert report.wishes == []
