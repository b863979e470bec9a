"""BootNotification and Heartbeat (OCPP 1.6 §4.2, §4.6)."""

from datetime import UTC, datetime, timedelta

import pytest
from face_bench import START, Bench, Platform, refusal

from laadboek.facts import DeviceBooted
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode


def boot(status: m.RegistrationStatus, interval: int, at: datetime = START) -> m.BootNotificationResponse:
    return m.BootNotificationResponse(current_time=at, interval=interval, status=status)


PENDING, REJECTED = m.RegistrationStatus.PENDING, m.RegistrationStatus.REJECTED


def test_after_acceptance_it_reports_the_charge_point_and_every_connector() -> None:
    bench = Bench()
    assert bench.actions() == ["BootNotification", "StatusNotification", "StatusNotification"]
    assert bench.face.live().state == "online"


def test_the_accepted_interval_becomes_the_heartbeat_interval() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(m.RegistrationStatus.ACCEPTED, 100)}))
    assert bench.key("HeartbeatInterval").value == "100"
    bench.heard()
    bench.pass_time(seconds=99)
    assert bench.actions() == []
    bench.pass_time(seconds=1)
    assert bench.actions() == ["Heartbeat"]


def test_an_accepted_interval_of_zero_leaves_our_own() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(m.RegistrationStatus.ACCEPTED, 0)}))
    assert bench.key("HeartbeatInterval").value == "86400"


def test_while_pending_it_sends_no_request_but_answers() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(PENDING, 60)}))
    assert bench.actions() == ["BootNotification"]
    bench.show(identified=True)
    session = bench.start_session()
    bench.end_session(session)
    assert bench.call(m.GetConfigurationRequest()).configuration_key
    assert bench.configure("HeartbeatInterval", "50") is m.ConfigurationStatus.ACCEPTED
    bench.pass_time(seconds=59)
    assert bench.actions() == []

    bench.platform.answers.clear()
    bench.pass_time(seconds=1)
    told = bench.actions()
    assert told[0] == "BootNotification" and told[-2:] == ["StartTransaction", "StopTransaction"]


@pytest.mark.parametrize(
    "request_",
    [m.RemoteStartTransactionRequest(id_tag="A", connector_id=1), m.RemoteStopTransactionRequest(transaction_id=1)],
)
def test_remote_start_and_stop_are_not_allowed_while_pending(request_: m.Payload) -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(PENDING, 60)}))
    assert bench.call(request_).status is m.RemoteStartStopStatus.REJECTED
    assert bench.wishes == []


def test_a_triggered_message_is_sent_while_pending() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(PENDING, 60)}))
    bench.heard()
    trigger = m.TriggerMessageRequest(requested_message=m.MessageTrigger.HEARTBEAT)
    assert bench.call(trigger).status is m.TriggerMessageStatus.ACCEPTED
    assert bench.actions() == ["Heartbeat"]


def test_a_triggered_boot_does_not_wait_for_the_interval() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(PENDING, 3600)}))
    bench.heard()
    bench.platform.answers.clear()
    bench.call(m.TriggerMessageRequest(requested_message=m.MessageTrigger.BOOT_NOTIFICATION))
    assert bench.actions()[0] == "BootNotification"
    assert bench.face.live().state == "online"


def test_once_accepted_a_triggered_boot_is_rejected() -> None:
    bench = Bench()
    bench.heard()
    trigger = m.TriggerMessageRequest(requested_message=m.MessageTrigger.BOOT_NOTIFICATION)
    assert bench.call(trigger).status is m.TriggerMessageStatus.REJECTED
    assert bench.actions() == []


def test_while_rejected_it_neither_sends_nor_answers_until_the_interval_is_over() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(REJECTED, 300)}))
    bench.heard()
    assert bench.call(m.GetConfigurationRequest()) is None
    bench.lose_link()
    bench.pass_time(seconds=299)
    assert bench.socket_no is not None, "it may connect again"
    assert bench.actions() == []
    bench.platform.answers.clear()
    bench.pass_time(seconds=1)
    assert bench.actions()[0] == "BootNotification"


def test_an_interval_of_zero_leaves_the_waiting_to_us() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(REJECTED, 0)}))
    bench.heard()
    bench.pass_time(seconds=59)
    assert bench.actions() == []
    bench.pass_time(seconds=1)
    assert bench.actions() == ["BootNotification"]


@pytest.mark.parametrize("status", [PENDING, REJECTED])
@pytest.mark.parametrize("interval", [2**40, 2**63 - 1])
def test_an_interval_beyond_all_dates_is_a_long_wait(status: m.RegistrationStatus, interval: int) -> None:
    """§4.2: no request before it is over, nor a stumble over it."""
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(status, interval)}))
    assert bench.actions() == ["BootNotification"]
    bench.pass_time(days=30)
    assert bench.actions() == []


def test_a_platform_that_cannot_take_the_boot_is_asked_again_later() -> None:
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: refusal()}))
    bench.heard()
    bench.pass_time(seconds=60)
    assert bench.actions() == ["BootNotification"]


def test_a_mere_reconnect_sends_no_boot_and_only_the_statuses_that_changed() -> None:
    bench = Bench()
    bench.heard()
    bench.go_offline()
    bench.come_back()
    assert bench.actions() == []

    bench.go_offline()
    bench.show(identified=True)
    bench.show(identified=False)
    bench.come_back()
    assert bench.actions() == [], "back to what the platform knows: history is not told"

    bench.go_offline()
    bench.show(identified=True)
    bench.come_back()
    assert bench.told() == ["09:20:00 Preparing"]


def test_a_link_may_be_told_to_boot_on_every_socket() -> None:
    bench = Bench(boot_on_reconnect=True)
    bench.heard()
    bench.go_offline()
    bench.come_back()
    assert bench.actions() == ["BootNotification", "StatusNotification", "StatusNotification"]


def test_a_restart_of_laadboek_sends_no_boot() -> None:
    bench = Bench()
    bench.heard()
    bench.restart()
    assert bench.face.live().state == "online"
    assert bench.actions() == []


def test_a_restart_with_new_content_sends_one() -> None:
    bench = Bench()
    bench.heard()
    bench.config = type(bench.config)(
        link_id="lnk_1",
        charge_box_id="CP1",
        nameplate=type(bench.config.nameplate)(vendor="Laadboek", model="Bench", firmware_version="2.0"),
    )
    bench.restart()
    assert bench.actions()[0] == "BootNotification"


def test_the_device_booted_so_the_platform_is_told_always() -> None:
    bench = Bench()
    bench.heard()
    bench.tell(DeviceBooted())
    assert bench.actions() == ["BootNotification", "StatusNotification", "StatusNotification"]


def test_a_platform_that_forgot_us_gets_a_boot_once() -> None:
    bench = Bench()
    bench.lose_link()
    bench.pass_time(minutes=1)
    bench.heard()
    bench.platform.answers[m.StatusNotificationRequest] = refusal(ErrorCode.SECURITY_ERROR)
    bench.show(identified=True)
    told = bench.actions()
    assert told.count("BootNotification") == 1 and told[:2] == ["StatusNotification", "BootNotification"]


def test_another_message_may_replace_a_heartbeat() -> None:
    bench = Bench(keys={"HeartbeatInterval": "100"})
    bench.configure("HeartbeatInterval", "100")
    bench.heard()
    bench.pass_time(seconds=99)
    bench.show(identified=True)
    bench.heard()
    bench.pass_time(seconds=99)
    assert bench.actions() == []
    bench.pass_time(seconds=1)
    assert bench.actions() == ["Heartbeat"]


def test_at_least_one_heartbeat_a_day_whatever_else_is_sent() -> None:
    bench = Bench(keys={"HeartbeatInterval": "0"})
    bench.configure("HeartbeatInterval", "0")
    bench.heard()
    for hour in range(24):
        bench.show(identified=bool(hour % 2 == 0))
        bench.pass_time(hours=1)
    assert bench.actions().count("Heartbeat") == 1


def test_a_platform_in_1970_dates_nothing() -> None:
    past = datetime(1970, 1, 1, tzinfo=UTC)
    bench = Bench(platform=Platform(answers={m.BootNotificationRequest: boot(m.RegistrationStatus.ACCEPTED, 60, past)}))
    bench.heard()
    bench.start_session()
    start = bench.heard(m.StartTransactionRequest)[0]
    assert start.timestamp == START
    assert [notice.code for notice in bench.notices] == ["link.clock_differs"]
    assert bench.face.state.link.clock_offset == past - START


def test_a_clock_difference_is_told_once() -> None:
    bench = Bench(keys={"HeartbeatInterval": "60"})
    bench.configure("HeartbeatInterval", "60")
    bench.platform.answers[m.HeartbeatRequest] = lambda _: m.HeartbeatResponse(
        current_time=bench.now + timedelta(seconds=61)
    )
    bench.pass_time(minutes=10)
    assert [notice.code for notice in bench.notices] == ["link.clock_differs"]


def test_times_on_the_wire_are_whole_seconds_utc() -> None:
    bench = Bench()
    bench.pass_time(seconds=0.75)
    bench.show(identified=True)
    assert bench.platform.wire[-1][2].count(b'"2026-03-01T09:00:00Z"') == 1
