"""What somebody sees who starts Laadboek for the first time, and the second time."""

import contextlib
import csv
import io
import re
import subprocess

import httpx2
from serving import Serving, laadboek, start


def sessions_of(serving: Serving, *arguments: str) -> list[dict[str, str]]:
    result = laadboek("sessions", "export", "--data", str(serving.data), "--format", "csv", *arguments)
    assert result.returncode == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_the_page_answers_while_the_past_is_being_produced(tmp_path):
    serving = start(tmp_path / "data", past_days=20, LAADBOEK_PORT="0")
    try:
        pages = f"http://127.0.0.1:{first_port(serving)}"
        early = httpx2.get(pages, headers={"Accept-Language": "en"})
        assert early.status_code in (200, 503)
        assert httpx2.get(pages + "/healthz").json() == {"status": "starting"}
        assert "20" in early.text  # of how many days
        serving.await_ready()
        assert httpx2.get(pages + "/healthz").json() == {"status": "ok"}
    finally:
        serving.stop()


def first_port(serving: Serving) -> int:
    """The log names the port as soon as the pages listen, long before everything is ready."""
    for _ in range(2_000):
        found = re.search(r'"port": (\d+)', serving.log())
        if found:
            return int(found[1])
        with contextlib.suppress(subprocess.TimeoutExpired):
            serving.process.wait(0.02)
    raise AssertionError(serving.log())


def test_produced_sessions_are_on_the_page_in_the_file_and_on_the_platform(serving):
    rows = sessions_of(serving)
    assert rows and {row["kind"] for row in rows} <= {"business", "private"}
    with serving.browser() as browser:
        page = browser.get("/sessions", params={"period": "year"}).text
        listed = browser.get("/api/v1/sessions", params={"period": "year"}).json()["sessions"]
    ended = [row for row in rows if row["end"]]
    for row in ended:
        assert row["session_id"] in {one["session_id"] for one in listed}
    assert "Alice" in page or "Bob" in page
    verified = laadboek("ledger", "verify", "--data", str(serving.data))
    assert verified.returncode == 0, verified.stdout


def test_a_kind_can_be_asked_for_and_days_are_local(serving):
    business = sessions_of(serving, "--kind", "business")
    assert all(row["kind"] == "business" for row in business)
    assert len(business) + len(sessions_of(serving, "--kind", "private")) == len(sessions_of(serving))
    assert sessions_of(serving, "--to", "2020-01-01") == []


def test_sign_in_details_are_shown_once_and_the_sessions_stay(tmp_path):
    first = start(tmp_path / "data", past_days=1).await_ready()
    assert first.password
    before = sessions_of(first)
    assert first.stop() == 0
    second = start(tmp_path / "data", past_days=1).await_ready()
    try:
        assert not any("password" in line for line in second.printed)
        assert [row["session_id"] for row in sessions_of(second)][: len(before)] == [r["session_id"] for r in before]
        assert first.password not in first.log() + second.log()
    finally:
        assert second.stop() == 0


def test_an_interrupted_first_run_begins_again(tmp_path):
    interrupted = start(tmp_path / "data", past_days=25)
    first_port(interrupted)
    interrupted.kill()
    assert not (tmp_path / "data" / "laadboek.db").exists()
    again = start(tmp_path / "data", past_days=1).await_ready()
    try:
        assert again.password
        assert laadboek("ledger", "verify", "--data", str(again.data)).returncode == 0
    finally:
        assert again.stop() == 0


def test_a_second_process_on_the_same_data_is_refused_and_changes_nothing(serving):
    second = start(serving.data)
    assert second.ended() != 0
    assert "is being written by process" in second.log()
    with serving.browser() as browser:
        assert browser.get("/healthz").json() == {"status": "ok"}


def test_a_port_in_use_is_refused_with_what_to_do(serving, tmp_path):
    port = serving.pages.rpartition(":")[2]
    second = start(tmp_path / "data", LAADBOEK_PORT=port)
    assert second.ended() != 0
    assert f"Port {port}" in second.log() and "--port" in second.log()


def test_a_platform_port_in_use_is_refused_before_there_is_an_account(serving, tmp_path):
    port = serving.ocpp.removesuffix("/ocpp/").rpartition(":")[2]
    second = start(tmp_path / "data", LAADBOEK_OCPP_PORT=port, LAADBOEK_HOME="real")
    assert second.ended() != 0
    assert f"Port {port}" in second.log() and "--ocpp-port" in second.log() and "Traceback" not in second.log()
    again = start(tmp_path / "data", LAADBOEK_HOME="real").await_ready()
    try:
        assert any("/register" in line for line in again.printed)  # nobody is locked out of a home that never opened
    finally:
        assert again.stop() == 0


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file")
    result = laadboek("serve", "--data", str(tmp_path / "data"), "--port", "0", "--ocpp-port", "0")
    assert result.returncode == 1
    assert f"The data folder {tmp_path / 'data'}" in result.stderr and "Traceback" not in result.stderr


def test_a_setting_that_cannot_be_used_is_named(tmp_path):
    result = laadboek("serve", "--data", str(tmp_path / "data"), "--port", "70000")
    assert result.returncode == 2
    assert "port = 70000" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_lost_password_is_renewed_while_nothing_runs(tmp_path):
    first = start(tmp_path / "data", past_days=1).await_ready()
    refused = laadboek("new-password", "--data", str(first.data))
    assert refused.returncode == 2
    assert "The password stays as it was" in refused.stderr
    assert first.stop() == 0
    renewed = laadboek("new-password", "--data", str(first.data))
    assert renewed.returncode == 0, renewed.stderr
    second = start(first.data).await_ready()
    try:
        with httpx2.Client(base_url=second.pages, headers={"Origin": second.pages}) as client:
            known = {"email": "alice@example.org"}
            assert client.post("/sign-in", data=known | {"password": first.password}).status_code not in (200, 303)
            password = re.search(r"password (\S+)", renewed.stdout)[1]
            assert client.post("/sign-in", data=known | {"password": password}).status_code in (200, 303)
    finally:
        assert second.stop() == 0


def test_what_is_no_database_is_said_in_one_line(tmp_path):
    (tmp_path / "laadboek.db").write_bytes(b"this is a shopping list, and a long one at that" * 100)
    for command in (("ledger", "verify"), ("sessions", "export")):
        result = laadboek(*command, "--data", str(tmp_path))
        assert result.returncode == 2
        assert "no database that can be opened" in result.stderr
        assert "Traceback" not in result.stderr
