"""What the platform may ask, and how it is refused (OCPP 1.6 §5; RULES on several links)."""

from typing import Any

import msgspec
import pytest
from face_bench import NAMEPLATE, START, Bench
from msgspec.structs import replace

from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint import requests
from laadboek.facts import (
    AvailabilityAsked,
    ConnectorChanged,
    DeviceBooted,
    Fault,
    Pilot,
    ResetAsked,
    StartAsked,
    StopAsked,
    UnlockAsked,
    WishAnswered,
)
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode, OcppError
from laadboek.reasons import Reason

Started, Available, Configured, Unlock = (
    m.RemoteStartStopStatus,
    m.AvailabilityStatus,
    m.ConfigurationStatus,
    m.UnlockStatus,
)
TWO = replace(NAMEPLATE, connectors=2)


def refuses(code: str) -> Any:
    return lambda wish: WishAnswered(wish.wish_id, False, Reason(code))


def profile(purpose: m.ChargingProfilePurpose) -> m.ChargingProfile:
    period = m.ChargingSchedulePeriod(start_period=0, limit=10)
    schedule = m.ChargingSchedule(charging_rate_unit=m.ChargingRateUnit.A, charging_schedule_period=(period,))
    return m.ChargingProfile(
        charging_profile_id=1,
        stack_level=0,
        charging_profile_purpose=purpose,
        charging_profile_kind=m.ChargingProfileKind.RELATIVE,
        charging_schedule=schedule,
    )


# --- remote start and stop --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("granted", [True, False])
def test_the_charger_decides_about_a_remote_start(granted: bool) -> None:
    bench = Bench()
    bench.grants = lambda wish: WishAnswered(wish.wish_id, granted)
    answer = bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="ALICE"))
    assert answer.status is (Started.ACCEPTED if granted else Started.REJECTED)
    assert bench.wishes == [StartAsked(wish_id=1, link_id="lnk_1", id_tag="ALICE", connector_id=1)]


def test_authorize_remote_tx_requests_lets_the_platform_be_asked_first() -> None:
    bench = Bench(keys={"AuthorizeRemoteTxRequests": "true"})
    bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="ALICE"))
    (wish,) = bench.wishes
    assert isinstance(wish, StartAsked) and not wish.authorised


@pytest.mark.parametrize("connector_id", [0, 3, -1])
def test_a_connector_that_is_none_is_rejected(connector_id: int) -> None:
    bench = Bench(nameplate=TWO)
    answer = bench.call(m.RemoteStartTransactionRequest(connector_id=connector_id, id_tag="ALICE"))
    assert answer.status is Started.REJECTED and bench.wishes == []


def test_without_a_connector_the_charger_chooses_while_there_is_one() -> None:
    bench = Bench(nameplate=TWO)
    bench.show(2, session_id="ses_1")
    bench.call(m.RemoteStartTransactionRequest(id_tag="BOB"))
    bench.show(1, fault=Fault.GROUND_FAILURE)
    answer = bench.call(m.RemoteStartTransactionRequest(id_tag="CHARLIE"))
    assert [wish.connector_id for wish in bench.wishes if isinstance(wish, StartAsked)] == [None]
    assert answer.status is Started.REJECTED


def test_an_empty_id_tag_starts_nothing() -> None:
    bench = Bench()
    answer = bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag=""))
    assert answer.status is Started.REJECTED and bench.wishes == []


def test_only_a_profile_of_the_transaction_may_come_with_a_start() -> None:
    bench = Bench()
    wrong = profile(m.ChargingProfilePurpose.TX_DEFAULT_PROFILE)
    answer = bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="A", charging_profile=wrong))
    assert answer.status is Started.REJECTED and bench.wishes == []
    right = profile(m.ChargingProfilePurpose.TX_PROFILE)
    bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="A", charging_profile=right))
    (wish,) = bench.wishes
    assert isinstance(wish, StartAsked) and wish.charging_profile is not None
    assert msgspec.json.decode(wish.charging_profile, type=m.ChargingProfile) == right


def test_remote_stop_names_the_session_of_the_transaction() -> None:
    bench = Bench()
    session = bench.start_session()
    assert bench.call(m.RemoteStopTransactionRequest(transaction_id=99)).status is Started.REJECTED
    assert bench.call(m.RemoteStopTransactionRequest(transaction_id=1)).status is Started.ACCEPTED
    assert bench.wishes == [StopAsked(wish_id=1, link_id="lnk_1", session_id=session)]
    bench.end_session(session)
    assert bench.call(m.RemoteStopTransactionRequest(transaction_id=1)).status is Started.REJECTED


def test_the_answer_comes_before_what_follows_from_it() -> None:
    bench = Bench()
    bench.heard()
    order: list[str] = []
    bench.platform.answers[m.StatusNotificationRequest] = lambda _: (
        order.append("status") or (m.StatusNotificationResponse())
    )

    def grant(wish: StartAsked) -> WishAnswered:
        """The charger shows the connector before it answers."""
        view = replace(bench.views[1], identified=True)
        effects = bench.face.handle(ev.Told(ConnectorChanged(view)), bench.now)
        assert effects == [], "nothing overtakes the answer"
        return WishAnswered(wish.wish_id, True)

    bench.grants = grant
    answer = bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="ALICE"))
    assert answer.status is Started.ACCEPTED and order == ["status"]


def test_a_charger_that_never_answers_is_a_refusal_after_a_while() -> None:
    bench = Bench()
    bench.grants = lambda wish: None
    assert bench.call(m.UnlockConnectorRequest(connector_id=1)) is None
    bench.show(identified=True)
    bench.pass_time(seconds=9)
    assert bench.platform.said == []
    bench.pass_time(seconds=1)
    assert bench.platform.said[-1].status is Unlock.UNLOCK_FAILED
    bench.tell(WishAnswered(1, True))
    assert len(bench.platform.said) == 1, "too late is too late"


def test_an_answer_to_a_socket_that_is_gone_is_not_sent_but_holds() -> None:
    bench = Bench()
    bench.grants = lambda wish: None
    assert bench.call(m.ChangeAvailabilityRequest(connector_id=1, type=m.AvailabilityType.INOPERATIVE)) is None
    bench.lose_link()
    bench.tell(WishAnswered(1, True))
    bench.heard()
    bench.pass_time(minutes=1)
    assert bench.statuses() == ["Unavailable"] and bench.platform.said == []


# --- unlock, reset, availability --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grants", "status"),
    [
        (lambda wish: WishAnswered(wish.wish_id, True), Unlock.UNLOCKED),
        (refuses("unlock.failed"), Unlock.UNLOCK_FAILED),
        (refuses("unlock.not_supported"), Unlock.NOT_SUPPORTED),
    ],
)
def test_unlock_tells_how_it_went(grants: Any, status: m.UnlockStatus) -> None:
    bench = Bench()
    bench.grants = grants
    assert bench.call(m.UnlockConnectorRequest(connector_id=1)).status is status
    assert bench.wishes == [UnlockAsked(wish_id=1, link_id="lnk_1", connector_id=1)]


def test_an_unknown_connector_has_no_lock() -> None:
    bench = Bench()
    for connector_id in (0, 2):
        assert bench.call(m.UnlockConnectorRequest(connector_id=connector_id)).status is Unlock.NOT_SUPPORTED
    assert bench.wishes == []


@pytest.mark.parametrize("kind", m.ResetType)
def test_reset_is_the_chargers(kind: m.ResetType) -> None:
    bench = Bench()
    assert bench.call(m.ResetRequest(type=kind)).status.value == "Accepted"
    assert bench.wishes == [ResetAsked(wish_id=1, link_id="lnk_1", hard=kind is m.ResetType.HARD)]
    bench.tell(DeviceBooted())
    bench.pass_time(hours=1)
    assert len(bench.wishes) == 1


def test_a_reset_that_does_not_happen_is_tried_again() -> None:
    bench = Bench(keys={"ResetRetries": "2"})
    bench.call(m.ResetRequest(type=m.ResetType.HARD))
    bench.pass_time(hours=1)
    assert len(bench.wishes) == 3
    assert [notice.code for notice in bench.notices] == ["reset.failed"]


def change(bench: Bench, connector_id: int, kind: str) -> m.AvailabilityStatus:
    request = m.ChangeAvailabilityRequest(connector_id=connector_id, type=m.AvailabilityType(kind))
    status: m.AvailabilityStatus = bench.call(request).status
    return status


def test_a_change_of_availability_is_told_by_a_status() -> None:
    bench = Bench(nameplate=TWO)
    bench.heard()
    assert change(bench, 1, "Inoperative") is Available.ACCEPTED
    assert bench.statuses() == ["Unavailable"]
    assert change(bench, 1, "Inoperative") is Available.ACCEPTED, "already so"
    assert bench.told() == []
    assert change(bench, 1, "Operative") is Available.ACCEPTED
    assert bench.statuses() == ["Available"]
    assert isinstance(bench.wishes[0], AvailabilityAsked) and not bench.wishes[0].operative


def test_connector_0_is_the_charge_point_and_all_connectors() -> None:
    bench = Bench(nameplate=TWO)
    bench.heard()
    change(bench, 0, "Inoperative")
    told = bench.heard(m.StatusNotificationRequest)
    assert [(status.connector_id, status.status.value) for status in told] == [
        (0, "Unavailable"),
        (1, "Unavailable"),
        (2, "Unavailable"),
    ]
    change(bench, 0, "Operative")
    assert {status.status.value for status in bench.heard(m.StatusNotificationRequest)} == {"Available"}


def test_a_running_transaction_is_let_finish() -> None:
    bench = Bench()
    session = bench.start_session()
    bench.show(session_id=session, pilot=Pilot.C2)
    bench.heard()
    assert change(bench, 1, "Inoperative") is Available.SCHEDULED
    assert bench.told() == []
    bench.end_session(session)
    bench.show(session_id=None, pilot=Pilot.A)
    assert bench.statuses() == ["Unavailable"]


def test_a_charge_point_out_of_service_says_so_when_its_transaction_is_over() -> None:
    """§5.2: Scheduled means that the change has not happened yet, at connector 0 as well."""
    bench = Bench()
    session = bench.start_session()
    bench.show(session_id=session, pilot=Pilot.C2)
    bench.heard()
    assert change(bench, 0, "Inoperative") is Available.SCHEDULED
    assert bench.told() == []
    bench.end_session(session)
    bench.show(session_id=None, pilot=Pilot.A)
    told = bench.heard(m.StatusNotificationRequest)
    assert [(status.connector_id, status.status.value) for status in told] == [(1, "Unavailable"), (0, "Unavailable")]


def test_what_was_scheduled_for_the_charge_point_can_be_taken_back() -> None:
    bench = Bench()
    session = bench.start_session()
    bench.show(session_id=session, pilot=Pilot.C2)
    bench.heard()
    change(bench, 0, "Inoperative")
    assert change(bench, 0, "Operative") is Available.ACCEPTED
    bench.end_session(session)
    bench.show(session_id=None, pilot=Pilot.A)
    assert {status.status.value for status in bench.heard(m.StatusNotificationRequest)} == {"Available"}


def test_with_a_connector_that_may_charge_the_charge_point_is_available() -> None:
    """§5.2: it is unavailable when it allows no charging at all."""
    bench = Bench(nameplate=TWO)
    change(bench, 0, "Inoperative")
    bench.heard()
    assert change(bench, 1, "Operative") is Available.ACCEPTED
    told = bench.heard(m.StatusNotificationRequest)
    assert [(status.connector_id, status.status.value) for status in told] == [(0, "Available"), (1, "Available")]
    change(bench, 2, "Operative")
    assert [status.connector_id for status in bench.heard(m.StatusNotificationRequest)] == [2]


def test_unavailable_persists() -> None:
    bench = Bench()
    change(bench, 1, "Inoperative")
    bench.restart()
    bench.heard()
    bench.tell(DeviceBooted())
    assert bench.statuses() == ["Unavailable"]
    assert bench.call(m.RemoteStartTransactionRequest(connector_id=1, id_tag="A")).status is Started.REJECTED


def test_an_unknown_connector_has_no_availability() -> None:
    bench = Bench()
    assert change(bench, 2, "Inoperative") is Available.REJECTED


def test_what_the_charger_does_not_grant_does_not_change() -> None:
    bench = Bench()
    bench.heard()
    bench.grants = refuses("control.not_held")
    assert change(bench, 1, "Inoperative") is Available.REJECTED
    assert bench.told() == []


# --- trigger, data transfer, the rest ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "connector_id", "sent"),
    [
        (m.MessageTrigger.HEARTBEAT, None, ["Heartbeat"]),
        (m.MessageTrigger.HEARTBEAT, 99, ["Heartbeat"]),
        (m.MessageTrigger.STATUS_NOTIFICATION, 0, ["StatusNotification"]),
        (m.MessageTrigger.STATUS_NOTIFICATION, None, ["StatusNotification"] * 3),
        (m.MessageTrigger.METER_VALUES, None, ["MeterValues"] * 2),
        (m.MessageTrigger.METER_VALUES, 2, ["MeterValues"]),
        (m.MessageTrigger.DIAGNOSTICS_STATUS_NOTIFICATION, None, ["DiagnosticsStatusNotification"]),
        (m.MessageTrigger.FIRMWARE_STATUS_NOTIFICATION, None, ["FirmwareStatusNotification"]),
        (m.MessageTrigger.STATUS_NOTIFICATION, 3, None),
        (m.MessageTrigger.METER_VALUES, 3, None),
        (m.MessageTrigger.METER_VALUES, 0, None),
    ],
)
def test_what_is_triggered_is_sent_after_the_answer(
    message: m.MessageTrigger, connector_id: int | None, sent: list[str] | None
) -> None:
    bench = Bench(nameplate=TWO)
    bench.heard()
    answer = bench.call(m.TriggerMessageRequest(requested_message=message, connector_id=connector_id))
    assert answer.status.value == ("Rejected" if sent is None else "Accepted")
    assert bench.actions() == (sent or [])
    texts = [effect.text for effect in bench.effects if isinstance(effect, fx.SendText)]
    assert texts[-1 - len(sent or [])].startswith(b"[3,"), "first the answer"


def test_an_unknown_vendor() -> None:
    bench = Bench()
    answer = bench.call(m.DataTransferRequest(vendor_id="com.example", data="x"))
    assert answer.status is m.DataTransferStatus.UNKNOWN_VENDOR_ID


OTHER_PROFILES = [
    m.GetLocalListVersionRequest(),
    m.SendLocalListRequest(list_version=1, update_type=m.UpdateType.FULL),
    m.ClearChargingProfileRequest(),
    m.GetCompositeScheduleRequest(connector_id=1, duration=60),
    m.SetChargingProfileRequest(
        connector_id=1, cs_charging_profiles=profile(m.ChargingProfilePurpose.TX_DEFAULT_PROFILE)
    ),
    m.CancelReservationRequest(reservation_id=1),
    m.ReserveNowRequest(connector_id=1, expiry_date=START, id_tag="A", reservation_id=1),
    m.GetDiagnosticsRequest(location="ftp://example.com"),
    m.UpdateFirmwareRequest(location="ftp://example.com", retrieve_date=START),
]


@pytest.mark.parametrize("request_", OTHER_PROFILES, ids=lambda request: type(request).__name__)
def test_a_profile_that_is_not_there_is_not_supported(request_: Any) -> None:
    """Cases 042_1, 043_1, 048_4 and 050_4 as well."""
    others = {"FirmwareManagement", "LocalAuthListManagement", "Reservation", "SmartCharging"}
    bench = Bench(profiles_off=frozenset(others))
    refused = bench.call(request_)
    assert isinstance(refused, OcppError) and refused.code is ErrorCode.NOT_SUPPORTED


def test_an_unknown_action_is_not_implemented() -> None:
    bench = Bench()
    assert bench.platform.rpc is not None
    bench.platform.rpc.resend("x1", "Heartbeat", b"", bench.now)
    bench.do(ev.TextReceived(1, b'[2,"x1","MakeCoffee",{}]'))
    assert bench.platform.said[-1].code is ErrorCode.NOT_IMPLEMENTED


def test_a_profile_may_be_switched_off() -> None:
    bench = Bench(profiles_off=frozenset({"RemoteTrigger"}))
    assert "RemoteTrigger" not in str(bench.key("SupportedFeatureProfiles").value).split(",")
    refused = bench.call(m.TriggerMessageRequest(requested_message=m.MessageTrigger.HEARTBEAT))
    assert isinstance(refused, OcppError) and refused.code is ErrorCode.NOT_SUPPORTED


@pytest.mark.parametrize(
    ("request_", "refusal_"),
    [
        (m.RemoteStartTransactionRequest(connector_id=1, id_tag="A"), "Rejected"),
        (m.RemoteStopTransactionRequest(transaction_id=1), "Rejected"),
        (m.UnlockConnectorRequest(connector_id=1), "UnlockFailed"),
        (m.ChangeAvailabilityRequest(connector_id=1, type=m.AvailabilityType.INOPERATIVE), "Rejected"),
        (OTHER_PROFILES[1], "Failed"),
        (OTHER_PROFILES[2], "Unknown"),
        (OTHER_PROFILES[6], "Rejected"),
    ],
)
def test_a_report_link_refuses_each_request_in_its_own_words(request_: Any, refusal_: str) -> None:
    bench = Bench(role="report")
    bench.start_session()
    assert bench.call(request_).status.value == refusal_
    assert bench.wishes == []


REPORT_LINK_ANSWERS = {
    m.ChangeConfigurationRequest,
    m.ClearCacheRequest,
    m.DataTransferRequest,
    m.GetConfigurationRequest,
    m.ResetRequest,
    m.TriggerMessageRequest,
    m.UpdateFirmwareRequest,  # its .conf has no way to refuse: not supported, as the listed profiles say
}


def test_a_report_link_refuses_every_request_but_those_about_itself() -> None:
    """RULES §6: none of them may reach the charger; the security whitepaper's are about the link's own secrets."""
    asked = {request for name, handlers in requests.PROFILES.items() if name != "Security" for request in handlers}
    assert asked - set(requests.REPORT_LINK_REFUSES) == REPORT_LINK_ANSWERS
    security = set(requests.PROFILES["Security"]) - set(requests.REPORT_LINK_REFUSES)
    assert security == {
        m.CertificateSignedRequest,
        m.DeleteCertificateRequest,
        m.ExtendedTriggerMessageRequest,
        m.GetInstalledCertificateIdsRequest,
        m.InstallCertificateRequest,
    }
    bench = Bench(role="report")
    refused = bench.call(m.UpdateFirmwareRequest(location="ftp://example.com", retrieve_date=START))
    assert isinstance(refused, OcppError) and refused.code is ErrorCode.NOT_SUPPORTED
    assert bench.key("SupportedFeatureProfiles").value == "Core,RemoteTrigger"


def test_a_report_link_writes_its_own_keys_only() -> None:
    bench = Bench(role="report")
    assert bench.key("FreeCharging").readonly and not bench.key("MeterValueSampleInterval").readonly
    assert bench.configure("FreeCharging", "false") is Configured.REJECTED
    assert bench.configure("MeterValueSampleInterval", "60") is Configured.ACCEPTED
    assert bench.wishes == []


def test_a_report_links_reset_restarts_its_own_face() -> None:
    bench = Bench(role="report")
    bench.heard()
    assert bench.call(m.ResetRequest(type=m.ResetType.HARD)).status.value == "Accepted"
    assert bench.wishes == [] and bench.socket_no == 2
    assert bench.actions() == ["BootNotification", "StatusNotification", "StatusNotification"]


def test_a_request_that_cannot_be_read_is_refused() -> None:
    bench = Bench()
    assert bench.platform.rpc is not None
    bench.platform.rpc.resend("x1", "Reset", b"", bench.now)
    bench.do(ev.TextReceived(1, b'[2,"x1","Reset",{"type":"Gently"}]'))
    assert bench.platform.said[-1].code is ErrorCode.PROPERTY_CONSTRAINT_VIOLATION
    bench.do(ev.TextReceived(1, b"not even JSON"))
    assert bench.face.live().state == "online"
