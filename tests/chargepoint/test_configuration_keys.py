"""Configuration keys (OCPP 1.6 §5.3, §5.8, §9; RULES on keys)."""

from typing import Any

import pytest
from face_bench import NAMEPLATE, Bench
from msgspec.structs import replace

from laadboek.chargepoint import configuration
from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.facts import SettingAsked, SettingsChanged, WishAnswered
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode, OcppError
from laadboek.reasons import Reason

Configured = m.ConfigurationStatus


def refuses(code: str) -> Any:
    return lambda wish: WishAnswered(wish.wish_id, False, Reason(code))


def test_all_keys_when_none_is_named() -> None:
    bench = Bench()
    for request in (m.GetConfigurationRequest(), m.GetConfigurationRequest(key=())):
        answer = bench.call(request)
        listed = {key.key for key in answer.configuration_key}
        assert listed == set(configuration.KEYS) - {"AuthorizationKey"} and answer.unknown_key is None


def test_keys_come_in_the_order_asked_for_and_unknown_ones_apart() -> None:
    bench = Bench()
    wanted = ("heartbeatinterval", "Nonsense", "NumberOfConnectors", "AuthorizationKey", "Nonsense")
    answer = bench.call(m.GetConfigurationRequest(key=wanted))
    assert [key.key for key in answer.configuration_key] == ["HeartbeatInterval", "NumberOfConnectors"]
    assert answer.unknown_key == ("Nonsense", "AuthorizationKey")


def test_more_keys_than_the_maximum_are_refused() -> None:
    bench = Bench()
    maximum = int(bench.key("GetConfigurationMaxKeys").value or 0)
    many = tuple(f"Key{number}" for number in range(maximum))
    assert len(bench.call(m.GetConfigurationRequest(key=many)).unknown_key) == maximum
    refused = bench.call(m.GetConfigurationRequest(key=(*many, "OneMore")))
    assert isinstance(refused, OcppError) and refused.code is ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("MeterValueSampleInterval", "60", Configured.ACCEPTED),
        ("metervaluesampleinterval", "60", Configured.ACCEPTED),
        ("MeterValueSampleInterval", "-1", Configured.REJECTED),
        ("MeterValueSampleInterval", "ten", Configured.REJECTED),
        ("MeterValueSampleInterval", "86401", Configured.REJECTED),
        ("MeterValueSampleInterval", "9" * 400, Configured.REJECTED),
        ("LocalPreAuthorize", "TRUE", Configured.ACCEPTED),
        ("LocalPreAuthorize", "yes", Configured.REJECTED),
        ("NumberOfConnectors", "2", Configured.REJECTED),
        ("SupportedFeatureProfiles", "Core", Configured.REJECTED),
        ("ConnectorPhaseRotation", "0.RST, 1.STR", Configured.ACCEPTED),
        ("ConnectorPhaseRotation", "2.RST", Configured.REJECTED),
        ("ConnectorPhaseRotation", "1.ABC", Configured.REJECTED),
        ("FreeChargingIdTag", "X" * 21, Configured.REJECTED),
        ("AuthorizationKey", "00" * 16, Configured.ACCEPTED),
        ("AuthorizationKey", "00" * 15, Configured.REJECTED),
        ("Nonsense", "1", Configured.NOT_SUPPORTED),
    ],
)
def test_a_change_is_accepted_rejected_or_not_supported(key: str, value: str, status: m.ConfigurationStatus) -> None:
    bench = Bench()
    assert bench.configure(key, value) is status


def test_a_changed_key_is_read_back_and_survives_a_restart() -> None:
    bench = Bench()
    bench.configure("MeterValueSampleInterval", "0060")
    assert bench.key("MeterValueSampleInterval").value == "60"
    bench.restart()
    assert bench.key("MeterValueSampleInterval").value == "60"


def test_an_empty_list_is_a_value() -> None:
    bench = Bench()
    assert bench.configure("MeterValuesSampledData", "") is Configured.ACCEPTED
    assert bench.key("MeterValuesSampledData").value == ""


def test_keys_of_the_charger_are_forwarded_and_shown_as_it_tells_them() -> None:
    bench = Bench()
    assert bench.configure("FreeCharging", "FALSE") is Configured.ACCEPTED
    assert bench.wishes == [SettingAsked(wish_id=1, link_id="lnk_1", key="FreeCharging", value="false")]
    assert bench.key("FreeCharging").value == "true", "until the charger says otherwise"
    bench.tell(SettingsChanged({"FreeCharging": "false", "OCPPChargeMode": "ECO+"}))
    assert (bench.key("FreeCharging").value, bench.key("OCPPChargeMode").value) == ("false", "ECO+")
    bench.grants = refuses("setting.needs_free_charging")
    assert bench.configure("StopTransactionOnEVSideDisconnect", "false") is Configured.REJECTED
    assert bench.configure("OCPPChargeMode", "FASTER") is Configured.REJECTED


def test_a_fixed_cable_has_nothing_to_unlock() -> None:
    bench = Bench(nameplate=replace(NAMEPLATE, tethered=True))
    assert bench.key("UnlockConnectorOnEVSideDisconnect").readonly
    assert bench.configure("UnlockConnectorOnEVSideDisconnect", "true") is Configured.REJECTED
    assert not Bench().key("UnlockConnectorOnEVSideDisconnect").readonly


def test_the_chargers_own_tag_may_have_another_name_on_a_link() -> None:
    bench = Bench()
    bench.tell(SettingsChanged({"FreeChargingIdTag": "LBOWN"}))
    assert bench.key("FreeChargingIdTag").value == "LBOWN"
    bench.heard()
    bench.end_session(bench.start_session(id_tag="LBOWN"))
    bench.configure("FreeChargingIdTag", "FLEET42")
    bench.end_session(bench.start_session(id_tag="LBOWN"))
    bench.end_session(bench.start_session(id_tag="ALICE"))
    assert [start.id_tag for start in bench.heard(m.StartTransactionRequest)] == ["LBOWN", "FLEET42", "ALICE"]


def test_a_new_authorization_key_is_kept_never_shown_and_used_at_once() -> None:
    bench = Bench()
    key = "0123456789abcdef" * 2
    assert bench.configure("AuthorizationKey", "short") is Configured.REJECTED
    assert bench.configure("AuthorizationKey", key) is Configured.ACCEPTED
    (saved,) = [effect for effect in bench.effects if isinstance(effect, fx.SaveSecret)]
    assert saved.secret.reveal() == key and key not in repr(saved)
    assert bench.blob is not None and key.encode() not in bench.blob
    assert bench.socket_no == 2 and bench.face.live().state == "online"
    assert bench.call(m.GetConfigurationRequest(key=("AuthorizationKey",))).unknown_key == ("AuthorizationKey",)


def test_a_person_sets_keys_of_the_link_as_well() -> None:
    bench = Bench()
    bench.do(ev.KeysChosen({"metervaluesampleinterval": "120"}))
    assert bench.key("MeterValueSampleInterval").value == "120"
    for key, value in (("MeterValueSampleInterval", "x"), ("FreeCharging", "true"), ("Nonsense", "1")):
        bench.do(ev.KeysChosen({key: value}))
    assert [notice.code for notice in bench.notices] == ["key.bad_value", "key.not_of_link", "key.not_of_link"]


@pytest.mark.parametrize("keys", [{"Nonsense": "1"}, {"HeartbeatInterval": "soon"}, {"NumberOfConnectors": "2"}])
def test_bad_first_values_are_the_owners_mistake(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(keys))):
        Bench(start=False, keys=keys)


def test_first_values_of_the_chargers_keys_are_left_to_it() -> None:
    bench = Bench(keys={"ConnectionTimeOut": "10"})
    assert bench.key("ConnectionTimeOut").value == "60"
