"""Every key that can be written over a link: set, read back, and what it changes (OCPP 1.6 §5.3, §9; its errata)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from core_cases import INVALID, may_charge
from face_bench import NAMEPLATE, START, Bench, refusal
from msgspec.structs import replace

from laadboek.chargepoint import configuration
from laadboek.chargepoint.config import Nameplate
from laadboek.facts import AuthorisationAsked, Authorised, Pilot, ResetAsked, StartAsked, TransactionRefused
from laadboek.ocpp import messages as m
from laadboek.ocpp.types import AuthorizationStatus


@dataclass
class Effect:
    """What can be seen with the default, and after the key was set to `value`."""

    value: str
    look: Callable[[Bench], Any]
    before: Any
    after: Any
    keys: dict[str, str] | None = None  # set for both


# --- what can be seen -------------------------------------------------------------------------------------------------


def offline_stranger(bench: Bench) -> Any:
    bench.go_offline()
    return may_charge(bench, "STRANGER")


def offline_known(bench: Bench) -> Any:
    may_charge(bench, "ALICE")
    bench.go_offline()
    return may_charge(bench, "ALICE")


def asks_about_a_known_tag(bench: Bench) -> bool:
    may_charge(bench, "ALICE")
    bench.heard()
    may_charge(bench, "ALICE")
    return "Authorize" in bench.actions()


def cached(bench: Bench) -> bool:
    may_charge(bench, "ALICE")
    return "ALICE" in bench.face.state.durable.cache


def remote_start_is_authorised(bench: Bench) -> bool:
    bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="ALICE"))
    (wish,) = [wish for wish in bench.wishes if isinstance(wish, StartAsked)]
    return wish.authorised


def values_in_an_hour(bench: Bench) -> int:
    bench.start_session()
    bench.heard()
    bench.pass_time(hours=1)
    return len(bench.heard(m.MeterValuesRequest))


def measurands_told(bench: Bench) -> list[str]:
    bench.start_session()
    bench.heard()
    bench.pass_time(minutes=15)
    told = bench.heard(m.MeterValuesRequest)[-1].meter_value[0].sampled_value
    return [sample.measurand.value for sample in told]


def stop_data(bench: Bench) -> int:
    session = bench.start_session()
    bench.pass_time(minutes=31)
    bench.end_session(session)
    return len(bench.heard(m.StopTransactionRequest)[0].transaction_data or ())


def heartbeats_in_an_hour(bench: Bench) -> int:
    bench.heard()
    bench.pass_time(hours=1)
    return len(bench.heard(m.HeartbeatRequest))


def list_version(bench: Bench) -> int:
    number: int = bench.call(m.GetLocalListVersionRequest()).list_version
    return number


def refused_start(bench: Bench) -> Any:
    answer = m.StartTransactionResponse(id_tag_info=INVALID, transaction_id=1)
    bench.platform.answers[m.StartTransactionRequest] = answer
    bench.start_session()
    (wish,) = [wish for wish in bench.wishes if isinstance(wish, TransactionRefused)]
    return wish.stop, wish.allowance_wh


def seconds_until_cut(bench: Bench) -> int:
    """A call is not answered."""
    bench.platform.answers[m.AuthorizeRequest] = None
    bench.tell(AuthorisationAsked(1, 1, "ALICE"))
    return _seconds_until(bench, lambda: bench.face.state.link.socket_no != 1 or bench.socket_no is None)


def _seconds_until(bench: Bench, condition: Callable[[], bool]) -> int:
    for second in range(1, 4_000):
        bench.pass_time(seconds=1)
        if condition():
            return second
    raise AssertionError("never")


def seconds_until_told(bench: Bench) -> int:
    bench.heard()
    bench.show(pilot=Pilot.B1)
    if bench.statuses():
        return 0
    return _seconds_until(bench, lambda: bool(bench.statuses()))


def resets_asked(bench: Bench) -> int:
    bench.call(m.ResetRequest(type=m.ResetType.HARD))
    bench.pass_time(hours=2)
    return sum(isinstance(wish, ResetAsked) for wish in bench.wishes)


def attempts(bench: Bench) -> int:
    bench.platform.answers[m.StartTransactionRequest] = refusal()
    bench.start_session()
    bench.pass_time(hours=5)
    return len(bench.heard(m.StartTransactionRequest))


def second_attempt_after_s(bench: Bench) -> int:
    bench.platform.answers[m.StartTransactionRequest] = refusal()
    bench.start_session()
    bench.heard()
    return _seconds_until(bench, lambda: bool(bench.heard(m.StartTransactionRequest)))


def pings_in_an_hour(bench: Bench) -> int:
    bench.pass_time(hours=1)
    return bench.pings


def phase_rotation(bench: Bench) -> str | None:
    """It describes the wiring: to be read is all that it is for (§9.1.7)."""
    return bench.key("ConnectorPhaseRotation").value


ENERGY = "Energy.Active.Import.Register"
SAMPLED = {"MeterValueSampleInterval": "900"}
ALIGNED = {"ClockAlignedDataInterval": "900"}

EFFECTS: dict[str, Effect] = {
    "AllowOfflineTxForUnknownId": Effect("true", offline_stranger, False, True),
    "AuthorizationCacheEnabled": Effect("false", cached, True, False),
    "AuthorizeRemoteTxRequests": Effect("true", remote_start_is_authorised, True, False),
    "ClockAlignedDataInterval": Effect("1800", values_in_an_hour, 0, 2),
    "ConnectorPhaseRotation": Effect("0.STR,1.RTS", phase_rotation, "1.RST", "0.STR,1.RTS"),
    "HeartbeatInterval": Effect("600", heartbeats_in_an_hour, 0, 6),
    "LocalAuthListEnabled": Effect("false", list_version, 0, -1),
    "LocalAuthorizeOffline": Effect("false", offline_known, True, False),
    "LocalPreAuthorize": Effect("true", asks_about_a_known_tag, True, False),
    "MaxEnergyOnInvalidId": Effect(
        "2500", refused_start, (False, 0), (False, 2500), {"StopTransactionOnInvalidId": "false"}
    ),
    "MessageTimeout": Effect("7", seconds_until_cut, 30, 7),
    "MeterValueSampleInterval": Effect("600", values_in_an_hour, 0, 6),
    "MeterValuesAlignedData": Effect("Voltage.L1", measurands_told, [ENERGY], ["Voltage"], ALIGNED),
    "MeterValuesSampledData": Effect("Voltage.L1", measurands_told, [ENERGY], ["Voltage"], SAMPLED),
    "MinimumStatusDuration": Effect("5", seconds_until_told, 0, 5),
    "ResetRetries": Effect("3", resets_asked, 2, 4),
    "StopTransactionOnInvalidId": Effect("false", refused_start, (True, 0), (False, 0)),
    "StopTxnAlignedData": Effect(ENERGY, stop_data, 0, 4, ALIGNED),
    "StopTxnSampledData": Effect(ENERGY, stop_data, 0, 4, SAMPLED),
    "TransactionMessageAttempts": Effect("5", attempts, 3, 5),
    "TransactionMessageRetryInterval": Effect("10", second_attempt_after_s, 60, 10),
    "WebSocketPingInterval": Effect("600", pings_in_an_hour, 0, 6),
}
# Elsewhere: AuthorizationKey and SecurityProfile (how the link proves itself), CpoName (certificates), and
# FreeChargingIdTag (`test_the_chargers_own_tag_may_have_another_name_on_a_link`).
ELSEWHERE = {"AuthorizationKey", "CpoName", "FreeChargingIdTag", "SecurityProfile"}


def test_every_key_that_a_link_owns_and_takes_is_in_the_table() -> None:
    written = {name for name, key in configuration.KEYS.items() if key.check is not None and key.owner != "charger"}
    assert written == set(EFFECTS) | ELSEWHERE


@pytest.mark.parametrize("name", EFFECTS)
def test_a_key_is_set_read_back_and_does_something_at_once(name: str) -> None:
    effect = EFFECTS[name]
    assert effect.look(Bench(keys=effect.keys or {})) == effect.before
    bench = Bench(keys=effect.keys or {})
    assert bench.configure(name, effect.value) is m.ConfigurationStatus.ACCEPTED
    shown = bench.key(name)
    assert (shown.value, shown.readonly) == (effect.value, False)
    assert effect.look(bench) == effect.after


@pytest.mark.parametrize("name", EFFECTS)
def test_a_key_that_was_set_survives_a_restart(name: str) -> None:
    bench = Bench()
    bench.configure(name, EFFECTS[name].value)
    bench.restart()
    assert bench.key(name).value == EFFECTS[name].value


BOOLEAN = ("maybe", "1", "0", "")
BAD: dict[str, tuple[str, ...]] = {
    "AllowOfflineTxForUnknownId": BOOLEAN,
    "AuthorizationCacheEnabled": BOOLEAN,
    "AuthorizeRemoteTxRequests": BOOLEAN,
    "ClockAlignedDataInterval": ("-1", "86401", "1.5", "", "ten", "٣"),
    "ConnectorPhaseRotation": ("1.XYZ", "2.RST", "RST", "1.RST,1.STR", "-1.RST", "1"),
    "HeartbeatInterval": ("-1", "604801", ""),
    "LocalAuthListEnabled": BOOLEAN,
    "LocalAuthorizeOffline": BOOLEAN,
    "LocalPreAuthorize": BOOLEAN,
    "MaxEnergyOnInvalidId": ("-1", "100001", "1e3"),
    "MessageTimeout": ("0", "601", "-5"),
    "MeterValueSampleInterval": ("-1", "86401"),
    "MeterValuesAlignedData": ("Frequency", "Voltage;Current.Import", "Voltage.L4", "SoC.L1"),
    "MeterValuesSampledData": ("RPM", f"{ENERGY},Nonsense"),
    "MinimumStatusDuration": ("-1", "86401"),
    "ResetRetries": ("-1", "11"),
    "StopTransactionOnInvalidId": BOOLEAN,
    "StopTxnAlignedData": ("Temperature",),
    "StopTxnSampledData": ("Temperature",),
    "TransactionMessageAttempts": ("-1", "1001"),
    "TransactionMessageRetryInterval": ("-1", "86401"),
    "WebSocketPingInterval": ("-1", "86401"),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_rejected_and_changes_nothing(name: str, value: str) -> None:
    bench = Bench()
    before = bench.key(name).value
    assert bench.configure(name, value) is m.ConfigurationStatus.REJECTED
    assert bench.key(name).value == before


def test_every_key_has_bad_values() -> None:
    assert set(BAD) == set(EFFECTS)


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("LocalPreAuthorize", " TRUE ", "true"),
        ("MeterValuesSampledData", "voltage.l1, VOLTAGE.L1 ,soc", "Voltage.L1,SoC"),
        ("MeterValuesSampledData", "", ""),
        ("ConnectorPhaseRotation", "0.rst, 1.NOTAPPLICABLE", "0.RST,1.NotApplicable"),
        ("HeartbeatInterval", "0060", "60"),
    ],
)
def test_values_compare_without_case_and_are_kept_as_we_spell_them(name: str, given: str, kept: str) -> None:
    """A value is a CiString500Type (§6.9)."""
    bench = Bench()
    assert bench.configure(name, given) is m.ConfigurationStatus.ACCEPTED
    assert bench.key(name).value == kept


def test_the_longest_list_of_measurands_is_as_long_as_its_key_says() -> None:
    bench = Bench()
    everything = ",".join(configuration.MEASURABLE.values())
    assert bench.configure("StopTxnSampledData", everything) is m.ConfigurationStatus.ACCEPTED
    length = len((bench.key("StopTxnSampledData").value or "").split(","))
    assert length == int(bench.key("StopTxnSampledDataMaxLength").value or 0)


TWO = replace(NAMEPLATE, connectors=2)
READ_ONLY: dict[str, tuple[Nameplate, str]] = {
    "ConnectorPhaseRotationMaxLength": (TWO, "3"),
    "GetConfigurationMaxKeys": (NAMEPLATE, "100"),
    "LocalAuthListMaxLength": (NAMEPLATE, "1000"),
    "MeterValuesAlignedDataMaxLength": (NAMEPLATE, str(len(configuration.MEASURABLE))),
    "MeterValuesSampledDataMaxLength": (NAMEPLATE, str(len(configuration.MEASURABLE))),
    "NumberOfConnectors": (TWO, "2"),
    "ReserveConnectorZeroSupported": (NAMEPLATE, "true"),
    "SendLocalListMaxLength": (NAMEPLATE, "500"),
    "StopTransactionMaxMeterValues": (NAMEPLATE, "60"),
    "StopTxnAlignedDataMaxLength": (NAMEPLATE, str(len(configuration.MEASURABLE))),
    "StopTxnSampledDataMaxLength": (NAMEPLATE, str(len(configuration.MEASURABLE))),
}


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_key_that_is_read_only_tells_and_takes_nothing(name: str) -> None:
    nameplate, value = READ_ONLY[name]
    bench = Bench(nameplate=nameplate)
    shown = bench.key(name)
    assert (shown.value, shown.readonly) == (value, True)
    assert bench.configure(name, "1") is m.ConfigurationStatus.REJECTED


NOT_OURS = {
    "BlinkRepeat": "§9.1.4: optional, and there is no light to blink",
    "LightIntensity": "§9.1.11: optional, and there is no light",
    "SupportedFeatureProfilesMaxLength": "errata 3.81: of no use",
}


@pytest.mark.parametrize("name", NOT_OURS)
def test_a_key_that_could_do_nothing_is_neither_listed_nor_taken(name: str) -> None:
    bench = Bench()
    assert bench.configure(name, "1") is m.ConfigurationStatus.NOT_SUPPORTED
    assert bench.call(m.GetConfigurationRequest(key=(name,))).unknown_key == (name,)


def test_a_fixed_cable_always_reports_that_it_is_not_unlocked() -> None:
    """Errata 3.84, 3.85."""
    bench = Bench(nameplate=replace(NAMEPLATE, tethered=True))
    shown = bench.key("UnlockConnectorOnEVSideDisconnect")
    assert (shown.value, shown.readonly) == ("false", True)
    assert bench.configure("UnlockConnectorOnEVSideDisconnect", "true") is m.ConfigurationStatus.REJECTED
    assert Bench().key("UnlockConnectorOnEVSideDisconnect").value == "true"


def test_a_timeout_that_was_set_before_counts_on_the_next_socket_too() -> None:
    """Errata 3.83."""
    bench = Bench(keys={"MessageTimeout": "11"})
    assert seconds_until_cut(bench) == 11


def test_expired_entries_of_the_cache_say_so() -> None:
    """§3.5.1"""
    bench = Bench()
    info = m.IdTagInfo(status=AuthorizationStatus.ACCEPTED, expiry_date=START + timedelta(hours=1))
    bench.platform.answers[m.AuthorizeRequest] = m.AuthorizeResponse(id_tag_info=info)
    may_charge(bench, "ALICE")
    bench.go_offline()
    assert may_charge(bench, "ALICE") is True
    bench.pass_time(hours=1)
    before = len(bench.wishes)
    assert may_charge(bench, "ALICE") is False
    (answer,) = [wish for wish in bench.wishes[before:] if isinstance(wish, Authorised)]
    assert answer.why is not None and answer.why.code == "authorise.expired"
