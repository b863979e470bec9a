"""GetDiagnostics and GetLog (OCPP 1.6 §5.9; whitepaper N01): what is told of an upload, and when it is tried."""

from datetime import timedelta

import pytest
from face_bench import START, Bench, refusal

from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.maintenance.locations import joined, split
from laadboek.facts import DeviceBooted, DeviceWentDark
from laadboek.ocpp import messages as m

WHERE = "ftp://user:secret@files.example/logs"
Diagnostics, Log = m.DiagnosticsStatusNotificationRequest, m.LogStatusNotificationRequest


def ready(**changes):
    bench = Bench(**changes)
    bench.heard()
    return bench


def started(bench):
    """Uploads begun, oldest first."""
    return [effect for effect in bench.effects if isinstance(effect, fx.StartUpload)]


def cancelled(bench):
    return [effect.number for effect in bench.effects if isinstance(effect, fx.CancelTransfer)]


def ask(bench, **fields):
    return bench.call(m.GetDiagnosticsRequest(location=WHERE, **fields))


def ask_log(bench, request_id=7, kind=m.LogType.SECURITY_LOG, **fields):
    log = m.LogParameters(remote_location=WHERE)
    return bench.call(m.GetLogRequest(log_type=kind, request_id=request_id, log=log, **fields))


def end(bench, failed=None, number=None):
    bench.do(ev.TransferMoved(number=number or started(bench)[-1].number, failed=failed))


def told(bench):
    return [request.status.value for request in bench.heard(Diagnostics, Log)]


def test_case_045_1_diagnostics_are_uploaded():
    """Errata 3.31: the platform hears of each step, and of nothing that it did not ask for."""
    bench = ready()
    answer = ask(bench, start_time=START - timedelta(hours=1), stop_time=START)
    assert answer.file_name == "CP1-diagnostics-20260301T090000Z.jsonl"
    assert told(bench) == ["Uploading"]
    (upload,) = started(bench)
    assert (upload.location, upload.file_name, upload.security) == ("ftp://files.example/logs", answer.file_name, False)
    assert (upload.since, upload.until) == (START - timedelta(hours=1), START)
    end(bench)
    assert told(bench) == ["Uploaded"]
    bench.pass_time(days=30)
    assert told(bench) == [] and len(started(bench)) == 1


def test_case_045_2_upload_failed():
    """`retries` 0 still means one try (errata 3.50)."""
    bench = ready()
    ask(bench, retries=0, retry_interval=1)
    assert told(bench) == ["Uploading"]
    end(bench, "refused")
    assert told(bench) == ["UploadFailed"]


def test_retries_are_beyond_the_first_try_and_told_once():
    bench = ready()
    ask(bench, retries=2, retry_interval=30)
    for _ in range(2):
        end(bench, "timeout")
        before = len(started(bench))
        bench.pass_time(seconds=29)
        assert len(started(bench)) == before
        bench.pass_time(seconds=1)
        assert len(started(bench)) == before + 1
    assert told(bench) == ["Uploading"]
    end(bench, "timeout")
    assert told(bench) == ["UploadFailed"]
    assert len(started(bench)) == 3


def test_without_numbers_it_is_tried_four_times_a_minute_apart():
    bench = ready()
    ask(bench)
    for _ in range(3):
        end(bench, "refused")
        bench.pass_time(seconds=60)
    end(bench, "refused")
    assert told(bench) == ["Uploading", "UploadFailed"]
    assert len(started(bench)) == 4


@pytest.mark.parametrize(("retries", "interval"), [(10**9, 0), (10**9, -1)])
def test_absurd_numbers_are_kept_within_reason(retries, interval):
    bench = ready()
    ask(bench, retries=retries, retry_interval=interval)
    end(bench, "refused")
    bench.pass_time(milliseconds=999)
    assert len(started(bench)) == 1
    for _ in range(20):
        bench.pass_time(seconds=1)
        end(bench, "refused")
    assert told(bench) == ["Uploading", "UploadFailed"]
    assert len(started(bench)) == 21


def test_a_forbidden_location_is_not_tried_again():
    bench = ready()
    ask(bench, retries=5)
    end(bench, "forbidden_address")
    assert told(bench) == ["Uploading", "UploadFailed"]


def test_a_newer_request_takes_the_place_of_one_under_way():
    bench = ready()
    ask(bench)
    first = started(bench)[0].number
    ask(bench)
    assert cancelled(bench) == [first]
    assert told(bench) == ["Uploading", "Uploading"]
    end(bench, number=first)  # a late word of the cancelled one
    assert told(bench) == []
    end(bench)
    assert told(bench) == ["Uploaded"]


def test_case_079_the_security_log_is_uploaded():
    """N01.FR.01, N01.FR.03, N01.FR.07, N01.FR.08, N01.FR.09"""
    bench = ready()
    answer = ask_log(bench)
    assert (answer.status, answer.filename) == (m.LogStatus.ACCEPTED, "CP1-security-20260301T090000Z.jsonl")
    assert started(bench)[0].security
    end(bench)
    news = bench.heard(Log)
    assert [(one.status.value, one.request_id) for one in news] == [("Uploading", 7), ("Uploaded", 7)]


def test_a_diagnostics_log_is_no_security_log():
    """N01.FR.04"""
    bench = ready()
    assert ask_log(bench, kind=m.LogType.DIAGNOSTICS_LOG).filename == "CP1-diagnostics-20260301T090000Z.jsonl"
    assert not started(bench)[0].security


def test_a_new_get_log_cancels_the_old_one():
    """N01.FR.11"""
    bench = ready()
    ask_log(bench, 1)
    assert ask_log(bench, 2).status is m.LogStatus.ACCEPTED_CANCELED
    assert cancelled(bench) == [1]
    end(bench)
    assert [one.request_id for one in bench.heard(Log)] == [1, 2, 2]
    assert ask_log(bench, 3).status is m.LogStatus.ACCEPTED


def test_diagnostics_and_log_do_not_disturb_each_other():
    bench = ready()
    ask(bench)
    ask_log(bench)
    assert cancelled(bench) == []
    end(bench, number=1)
    end(bench, number=2)
    assert told(bench) == ["Uploading", "Uploading", "Uploaded", "Uploaded"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("denied", "PermissionDenied"),
        ("forbidden_address", "PermissionDenied"),
        ("forbidden_scheme", "NotSupportedOperation"),
        ("unsupported", "NotSupportedOperation"),
        ("bad_request", "BadMessage"),
        ("forbidden_form", "BadMessage"),
        ("timeout", "UploadFailure"),
        ("redirect", "UploadFailure"),
        ("tls", "UploadFailure"),
    ],
)
def test_a_failed_log_upload_says_why_as_precisely_as_it_can(code, status):
    """N01.FR.10"""
    bench = ready()
    ask_log(bench, retries=0)
    end(bench, code)
    assert told(bench) == ["Uploading", status]


def test_a_trigger_tells_what_is_going_on():
    """§5.17, §4.4, N01.FR.12"""
    bench = ready()

    def trigger():
        bench.heard()
        bench.call(m.TriggerMessageRequest(requested_message=m.MessageTrigger.DIAGNOSTICS_STATUS_NOTIFICATION))
        bench.call(m.ExtendedTriggerMessageRequest(requested_message=m.ExtendedMessageTrigger.LOG_STATUS_NOTIFICATION))
        return [(one.status.value, getattr(one, "request_id", None)) for one in bench.heard(Diagnostics, Log)]

    assert trigger() == [("Idle", None), ("Idle", None)]
    ask(bench)
    ask_log(bench, 9)
    assert trigger() == [("Uploading", None), ("Uploading", 9)]
    end(bench, number=1)
    end(bench, number=2)
    assert trigger() == [("Idle", None), ("Idle", None)]


def test_a_status_that_nobody_heard_is_told_again_and_in_order():
    bench = ready()
    bench.platform.answers[Diagnostics] = None
    ask(bench)
    assert told(bench) == ["Uploading"]
    end(bench)
    bench.lose_link()
    del bench.platform.answers[Diagnostics]
    bench.come_back()
    assert told(bench) == ["Uploading", "Uploaded"]
    bench.lose_link()
    bench.come_back()
    assert told(bench) == []


def test_a_status_that_the_platform_refuses_is_not_repeated():
    bench = ready()
    bench.platform.answers[Diagnostics] = refusal()
    ask(bench)
    end(bench)
    assert told(bench) == ["Uploading", "Uploaded"]
    bench.lose_link()
    bench.come_back()
    assert told(bench) == []


def test_a_restart_of_laadboek_begins_the_upload_again():
    bench = ready()
    ask(bench, start_time=START)
    first = started(bench)[0]
    bench.restart()
    assert started(bench) == [first, first]
    end(bench)
    assert told(bench) == ["Uploading", "Uploaded"]
    bench.restart()
    assert len(started(bench)) == 2


def test_a_restart_between_two_tries_keeps_the_time_of_the_next():
    bench = ready()
    ask(bench, retries=1, retry_interval=300)
    end(bench, "refused")
    bench.restart()
    bench.pass_time(seconds=299)
    assert len(started(bench)) == 1
    bench.pass_time(seconds=1)
    assert len(started(bench)) == 2


def test_a_box_without_power_uploads_nothing_until_it_boots():
    bench = ready()
    ask(bench)
    bench.tell(DeviceWentDark())
    assert cancelled(bench) == [1]
    bench.tell(DeviceBooted())
    assert [upload.number for upload in started(bench)] == [1, 1]


def test_a_password_is_kept_apart_and_only_as_long_as_it_is_needed():
    bench = ready()
    ask(bench, retries=1)
    (saved,) = [effect for effect in bench.effects if isinstance(effect, fx.SaveSecret)]
    assert saved.secret.reveal() == "user:secret"
    assert started(bench)[0].login == saved.name
    assert b"secret" not in bench.blob.replace(b"secrets", b"") and "user:secret" not in repr(bench.effects)
    end(bench, "refused")
    assert not any(isinstance(effect, fx.DropSecret) for effect in bench.effects)
    bench.restart()
    bench.pass_time(seconds=60)
    assert started(bench)[-1].login == saved.name
    end(bench)
    assert [effect.name for effect in bench.effects if isinstance(effect, fx.DropSecret)] == [saved.name]


@pytest.mark.parametrize(
    ("location", "where", "login"),
    [
        ("ftp://u:p@h/d", "ftp://h/d", "u:p"),
        ("ftp://u:p@x@h", "ftp://h", "u:p@x"),
        ("http://h/a@b", "http://h/a@b", ""),
        ("http://h?a@b", "http://h?a@b", ""),
        ("C:", "C:", ""),
        ("", "", ""),
    ],
)
def test_a_location_is_split_and_joined(location, where, login):
    assert split(location) == (where, login)
    assert joined(where, login) == location


def test_a_link_that_is_paused_uploads_nothing():
    bench = ready()
    ask(bench)
    bench.do(ev.Stopped())
    assert cancelled(bench) == [1]
    bench.do(ev.Restarted())
    assert [upload.number for upload in started(bench)] == [1, 1]


def test_a_report_link_gets_no_files():
    """RULES §6: each refusal in its own enum; without a file name there are none (§5.9)."""
    bench = ready(role="report")
    assert ask(bench).file_name is None
    assert ask_log(bench).status is m.LogStatus.REJECTED
    assert started(bench) == []


def test_the_protocols_are_listed():
    """errata 3.90"""
    bench = ready()
    key = bench.key("SupportedFileTransferProtocols")
    assert (key.value, key.readonly) == ("FTP,FTPS,HTTP,HTTPS", True)
    assert "FirmwareManagement" in bench.key("SupportedFeatureProfiles").value.split(",")
