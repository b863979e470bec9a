"""Files to and from platforms, by real HTTP and FTP servers on loopback (OCPP 1.6 §8)."""

import asyncio
import hashlib

import pytest
import structlog

from file_servers import Files, ftp_files, http_files, tls_contexts
from laadboek.chargepoint.effects import StartUpload
from laadboek.ocpp import messages as m
from laadboek.runtime import transfers
from laadboek.runtime.guard import Guard
from laadboek.runtime.redact import redacted
from laadboek.runtime.transfers import Failed, Transfers, directory_or_file

FILE = b'{"line": 1}\n' * 20_000
FIRMWARE = b"Laadboek firmware 2.1.0\n" + bytes(range(256)) * 500


def run(story, tls=None, **options):
    """What a story with transfers returns, or the code of its failure."""

    async def told():
        moving = Transfers(Guard(["127.0.0.0/8"]), tls, **options)
        try:
            return await story(moving)
        except Failed as error:
            return error.code
        finally:
            moving.close()

    return asyncio.run(asyncio.wait_for(told(), 30))


def upload(location, content=FILE, tls=None, **options):
    return run(lambda moving: moving.upload(location, "log.jsonl", content), tls, **options)


def download(location, tls=None, **options):
    return run(lambda moving: moving.download(location), tls, **options)


def test_http_puts_the_file_into_the_directory():
    with http_files() as (store, port):
        assert upload(f"http://127.0.0.1:{port}/logs/") is None
    assert store.files == {"/logs/log.jsonl": FILE}
    assert store.asked == ["PUT /logs/log.jsonl"]


@pytest.mark.parametrize("status", [405, 501])
def test_http_posts_where_put_is_not_known(status):
    with http_files() as (store, port):
        store.statuses["PUT"] = status
        assert upload(f"http://127.0.0.1:{port}/logs") is None
    assert store.asked == ["PUT /logs/log.jsonl", "POST /logs/log.jsonl"]
    assert store.files == {"/logs/log.jsonl": FILE}


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/f"),
        ("/logs", "/logs/f"),
        ("/logs/", "/logs/f"),
        ("/logs/mine.log", "/logs/mine.log"),
        ("/v1.2/logs", "/v1.2/logs/f"),
        ("/put?signature=abc", "/put?signature=abc"),
    ],
)
def test_a_location_is_a_directory_unless_it_looks_like_a_file(target, path):
    assert directory_or_file(target, "f") == path


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "bad_request"), (401, "denied"), (403, "denied"), (404, "server"), (500, "server"), (302, "redirect")],
)
def test_an_http_refusal_has_a_coarse_code(status, code):
    with http_files() as (store, port):
        store.statuses["PUT"] = status
        store.headers["Location"] = "http://127.0.0.1:1/"
        assert upload(f"http://127.0.0.1:{port}/") == code
    assert store.asked == ["PUT /log.jsonl"]  # nothing was followed or repeated


def test_a_redirect_of_a_download_is_not_followed():
    with http_files() as (inside, inside_port), http_files() as (outside, port):
        inside.files["/secret"] = b"secret"
        outside.statuses["GET"] = 302
        outside.headers["Location"] = f"http://127.0.0.1:{inside_port}/secret"
        assert download(f"http://127.0.0.1:{port}/fw.bin") == "redirect"
    assert inside.connections == 0


def test_http_credentials_are_sent_and_never_logged():
    with http_files() as (store, port), structlog.testing.capture_logs() as logs:
        assert upload(f"http://user:canary-1@127.0.0.1:{port}/") is None
    assert store.credentials == ["Basic dXNlcjpjYW5hcnktMQ=="]
    assert "canary-1" not in repr(logs)


def test_a_download_says_what_the_file_is_and_keeps_nothing():
    with http_files(Files()) as (store, port):
        store.files["/fw.bin"] = FIRMWARE
        fetched = download(f"http://127.0.0.1:{port}/fw.bin")
    assert (fetched.sha256, fetched.size_bytes) == (hashlib.sha256(FIRMWARE).digest(), len(FIRMWARE))
    assert fetched.version == "2.1.0"


def test_firmware_that_does_not_name_itself_is_named_by_its_digest():
    with http_files() as (store, port):
        store.files["/fw.bin"] = b"nameless"
        digest = hashlib.sha256(b"nameless").hexdigest()
        assert download(f"http://127.0.0.1:{port}/fw.bin").version == f"sha256-{digest[:12]}"


def test_half_a_file_is_none():
    with http_files() as (store, port):
        store.files["/fw.bin"], store.cut_after = FIRMWARE, 100
        assert download(f"http://127.0.0.1:{port}/fw.bin") == "protocol"
        store.cut_after, store.files["/fw.bin"] = None, b""
        assert download(f"http://127.0.0.1:{port}/fw.bin") == "protocol"
        assert download(f"http://127.0.0.1:{port}/other.bin") == "server"


def test_a_file_beyond_the_size_is_given_up(monkeypatch):
    monkeypatch.setattr(transfers, "DOWNLOAD_MAX_BYTES", 99_999)
    monkeypatch.setattr(transfers, "UPLOAD_MAX_BYTES", len(FILE) - 1)
    with http_files() as (store, port):
        store.files["/fw.bin"] = b"x" * 100_000
        assert download(f"http://127.0.0.1:{port}/fw.bin") == "too_big"
        store.files["/fw.bin"] = b"x" * 99_999
        assert download(f"http://127.0.0.1:{port}/fw.bin").size_bytes == 99_999
        assert upload(f"http://127.0.0.1:{port}/") == "too_big"


@pytest.mark.parametrize("serve", [http_files, ftp_files])
def test_a_server_that_says_nothing_more_is_left_at_the_time_limit(serve):
    with serve() as (store, port):
        store.stall.set()
        scheme = "http" if serve is http_files else "ftp"
        assert upload(f"{scheme}://127.0.0.1:{port}/", time_max_s=0.2) == "timeout"
    assert store.files == {}


@pytest.mark.parametrize("serve", [http_files, ftp_files])
def test_a_transfer_that_is_cancelled_ends_at_once(serve):
    async def story(moving):
        scheme = "http" if serve is http_files else "ftp"
        task = asyncio.ensure_future(moving.upload(f"{scheme}://127.0.0.1:{port}/", "f", FILE))
        assert await asyncio.to_thread(store.arrived.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return "cancelled"

    with serve() as (store, port):
        store.stall.set()
        assert run(story) == "cancelled"
    assert store.files == {}


@pytest.mark.parametrize(
    "location", ["http://10.0.0.1/", "ftp://192.168.1.1/", "https://[::1]/", "ftp://169.254.169.254/"]
)
def test_every_location_passes_the_guard(location):
    assert upload(location) == "forbidden_address"
    assert download(location) == "forbidden_address"


@pytest.mark.parametrize("location", ["sftp://files.example/", "file:///etc/passwd", "C:"])
def test_what_is_no_transfer_is_refused_by_its_scheme(location):
    assert upload(location) == "forbidden_scheme"


def test_nobody_there_is_refused():
    with http_files() as (_, port):
        pass
    assert upload(f"http://127.0.0.1:{port}/") == "refused"
    assert upload("http://no-such-host.invalid/") == "dns"


def test_a_location_is_not_logged_with_a_state_or_an_event():
    upload_asked = StartUpload(number=1, location="ftp://user:canary-1@files.example/", file_name="f")
    assert "canary-1" not in str(redacted(upload_asked))
    request = m.GetDiagnosticsRequest(location="ftp://user:canary-1@files.example/")
    assert "canary-1" not in str(redacted(request))


# --- TLS ---


def test_https_and_its_certificate(tmp_path):
    server, client = tls_contexts(tmp_path)
    with http_files(tls=server) as (store, port):
        assert upload(f"https://127.0.0.1:{port}/", tls=client) is None
        assert store.files == {"/log.jsonl": FILE}
        assert upload(f"https://127.0.0.1:{port}/") == "tls"  # unknown to the system
        assert store.asked == ["PUT /log.jsonl"]


def test_https_under_a_root_that_the_platform_installed(tmp_path):
    server, _ = tls_contexts(tmp_path)
    root = (tmp_path / "127.0.0.1.crt").read_text()
    with http_files(tls=server) as (store, port):
        location = f"https://127.0.0.1:{port}/"
        assert run(lambda moving: moving.upload(location, "f", FILE, [root])) is None
        assert run(lambda moving: moving.upload(location, "f", FILE, ["no certificate"])) == "tls"
        tls_contexts(tmp_path, "elsewhere.example")
        assert (
            run(lambda moving: moving.upload(location, "f", FILE, [(tmp_path / "elsewhere.example.crt").read_text()]))
            == "tls"
        )
    assert store.asked == ["PUT /f"]


def test_https_under_another_name_is_refused(tmp_path):
    server, client = tls_contexts(tmp_path, "elsewhere.example")
    with http_files(tls=server) as (store, port):
        assert upload(f"https://127.0.0.1:{port}/", tls=client) == "tls"
    assert store.asked == []


# --- ftp ---


def test_ftp_with_user_and_password():
    with ftp_files() as (store, port):
        store.login = ("user", "p@ss")
        assert upload(f"ftp://user:p%40ss@127.0.0.1:{port}/logs") is None
        assert store.files == {"logs/log.jsonl": FILE}
        assert upload(f"ftp://user:wrong@127.0.0.1:{port}/logs") == "denied"


def test_ftp_anonymous_and_absolute():
    with ftp_files() as (store, port):
        assert upload(f"ftp://127.0.0.1:{port}") is None
        assert upload(f"ftp://127.0.0.1:{port}/%2Fabsolute/a.log") is None
        assert set(store.files) == {"log.jsonl", "/absolute/a.log"}


def test_ftp_data_go_to_the_judged_address_whatever_the_server_names():
    """The servers of these tests name 10.0.0.1 in their answer to PASV."""
    with ftp_files() as (store, port):
        store.files["fw.bin"] = FIRMWARE
        assert download(f"ftp://127.0.0.1:{port}/fw.bin").version == "2.1.0"


@pytest.mark.parametrize("data_port", [22, 25, 6379])
def test_ftp_data_ports_pass_the_guard_too(data_port):
    with ftp_files() as (store, port):
        store.data_port_said = data_port
        code = upload(f"ftp://127.0.0.1:{port}/")
    assert code == ("refused" if data_port == 22 else "forbidden_port")


def test_ftp_failures():
    with ftp_files() as (store, port):
        assert download(f"ftp://127.0.0.1:{port}/missing") == "denied"
        store.files["fw.bin"], store.cut_after = FIRMWARE, 50
        assert download(f"ftp://127.0.0.1:{port}/fw.bin") == "server"
        store.statuses["STOR"] = "452 full"
        assert upload(f"ftp://127.0.0.1:{port}/") == "server"
        store.statuses["STOR"] = "502 read only"
        assert upload(f"ftp://127.0.0.1:{port}/") == "unsupported"


def test_ftp_lines_cannot_be_smuggled_in():
    with ftp_files() as (store, port):
        assert upload(f"ftp://127.0.0.1:{port}/a%0d%0aDELE%20b/") == "forbidden_form"
        assert upload(f"ftp://u%0d%0aDELE:p@127.0.0.1:{port}/") == "forbidden_form"
    assert not any("DELE" in line for line in store.asked)


@pytest.mark.parametrize("implicit", [False, True])
def test_ftps_protects_commands_and_data(tmp_path, monkeypatch, implicit):
    server, client = tls_contexts(tmp_path)
    with ftp_files(tls=server, implicit=implicit) as (store, port):
        if implicit:
            monkeypatch.setattr(transfers, "FTP_IMPLICIT_TLS_PORT", port)
        store.login = ("user", "pass")
        assert upload(f"ftps://user:pass@127.0.0.1:{port}/logs/", tls=client) is None
        assert store.files == {"logs/log.jsonl": FILE}
        assert "PROT P" in store.asked
        before = len(store.asked)
        assert upload(f"ftps://user:pass@127.0.0.1:{port}/logs/") == "tls"
        assert not any(line.startswith(("USER", "PASS")) for line in store.asked[before:])


def test_ftps_is_never_lowered_to_ftp():
    with ftp_files() as (store, port):
        assert upload(f"ftps://user:pass@127.0.0.1:{port}/") == "unsupported"
    assert not any(line.startswith(("USER", "PASS")) for line in store.asked)


# --- questions and messages -------------------------------------------------------------------------------------------


def ask(location, method="GET", headers=None, body=b"", **options):
    return run(lambda moving: moving.ask(location, method, headers or {}, body), **options)


def test_whatever_is_answered_is_an_answer():
    with http_files(Files(**{"/prices?day=1": b"{}"})) as (store, port):
        found = ask(f"http://127.0.0.1:{port}/prices?day=1", headers={"X-Token": "t"})
        assert (found.status, found.body, found.retry_after_s) == (200, b"{}", 0)
        assert store.given[0]["X-Token"] == "t"
        store.statuses["GET"], store.headers = 429, {"Retry-After": "120"}
        assert (ask(f"http://127.0.0.1:{port}/prices").status, store.asked[-1]) == (429, "GET /prices")
        assert ask(f"http://127.0.0.1:{port}/prices").retry_after_s == 120
        store.headers = {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
        assert ask(f"http://127.0.0.1:{port}/prices").retry_after_s == 0


def test_a_question_may_have_a_body_and_a_redirect_is_an_answer_too():
    with http_files() as (store, port):
        assert ask(f"http://127.0.0.1:{port}/gql", "POST", {"Content-Type": "application/json"}, b"{1}").status == 201
        assert store.files == {"/gql": b"{1}"}
        store.statuses["GET"], store.headers = 302, {"Location": "http://169.254.169.254/"}
        assert ask(f"http://127.0.0.1:{port}/prices").status == 302
        assert len(store.asked) == 2


@pytest.mark.parametrize(
    ("size", "code"), [(transfers.ANSWER_MAX_BYTES, None), (transfers.ANSWER_MAX_BYTES + 1, "too_big")]
)
def test_an_answer_has_an_end(size, code):
    with http_files(Files(**{"/x": b"x" * size})) as (_, port):
        found = ask(f"http://127.0.0.1:{port}/x")
    assert found == code or len(found.body) == size


def test_files_are_no_answers():
    assert ask("ftp://127.0.0.1:2121/x") == "unsupported"
    assert ask("http://127.0.0.1:1/x") == "forbidden_port"
