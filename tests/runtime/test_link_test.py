"""Test first (C4): every way in which a platform can be the wrong one, against real servers on loopback."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from authority import Authority
from laadboek.actions.link_test_questions import LinkTestReport, Stage, StageState
from laadboek.clock import VirtualClock
from laadboek.ocpp.messages import BootNotificationRequest
from laadboek.runtime import link_test, tls
from laadboek.runtime.guard import Guard
from laadboek.runtime.link_test import try_out
from laadboek.runtime.socket import Target
from laadboek.secret import Secret
from peers_ocpp import listening

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOOPBACK = Guard(["127.0.0.0/8", "::1/128"])
GREETING = BootNotificationRequest(charge_point_model="Box 3", charge_point_vendor="Laadboek")
KEY = "a-key-of-20-letters."
QUIET = logging.getLogger("platforms of tests")
QUIET.setLevel(logging.CRITICAL)
Serve = Callable[[ServerConnection], Awaitable[None]]


class Desk(ChargePoint):  # type: ignore[misc]
    """A platform that answers the greeting as it is told to."""

    status, interval = RegistrationStatus.accepted, 300
    greeted: dict[str, Any] | None = None

    @on("BootNotification")  # type: ignore[untyped-decorator]
    def on_boot(self, **request: Any) -> Any:
        self.greeted = request
        return call_result.BootNotification(NOW.isoformat(), self.interval, self.status)


class Platform:
    """Listens on loopback, and remembers what it heard."""

    def __init__(self, status: RegistrationStatus = RegistrationStatus.accepted) -> None:
        self.status = status
        self.desks: list[Desk] = []
        self.paths: list[str] = []
        self.authorizations: list[str | None] = []
        self.closed: list[int] = []

    async def __call__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.paths.append(connection.request.path)
        self.authorizations.append(connection.request.headers.get("Authorization"))
        desk = Desk("", connection)
        desk.status = self.status
        self.desks.append(desk)
        async with listening(desk):
            await connection.wait_closed()
        assert connection.close_code is not None
        self.closed.append(connection.close_code)


@asynccontextmanager
async def platform(answer: Serve, **options: Any) -> AsyncIterator[int]:
    given: dict[str, Any] = {"subprotocols": ["ocpp1.6"], "logger": QUIET} | options
    async with serve(answer, "127.0.0.1", 0, **given) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@asynccontextmanager
async def bytes_server(answer: bytes | None) -> AsyncIterator[int]:
    """A server that answers anything with the same bytes; None: never."""
    over = asyncio.Event()
    served: list[asyncio.Task[None]] = []

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())  # type: ignore[arg-type]
        with suppress(ConnectionError):
            if answer is None:
                await over.wait()
            elif answer:
                await reader.read(1)
                writer.write(answer)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
        await asyncio.gather(*served)


def http(status: str, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "Content-Length: 0", "", ""]).encode()


def target(port: int, *, scheme: str = "ws", host: str = "127.0.0.1", **changes: Any) -> Target:
    made = Target(f"{scheme}://{host}:{port}/ocpp/", "SN 1", "SN 1", Secret(KEY))
    return replace(made, **changes)


async def tried(where: Target, guard: Guard = LOOPBACK) -> tuple[LinkTestReport, list[LinkTestReport]]:
    told: list[LinkTestReport] = []
    report = await try_out(where, GREETING, guard, VirtualClock(NOW), told.append)
    assert told[-1] == report and report.done
    assert KEY not in repr(told)
    return report, told


def run(story: Awaitable[Any]) -> Any:
    async def bounded() -> Any:
        async with asyncio.timeout(30):
            return await story

    return asyncio.run(bounded())


def outcome(report: LinkTestReport) -> tuple[str, str]:
    """Where it stopped, and why."""
    [failed] = [one for one in report.stages if one.state is StageState.FAILED]
    assert failed.why is not None
    return failed.stage.value, failed.why.code


def test_an_accepted_charger_passes_every_stage_and_hangs_up_politely() -> None:
    accepting = Platform()

    async def story() -> None:
        async with platform(accepting) as port:
            report, told = await tried(target(port))
        assert [one.stage for one in report.stages] == [Stage.ADDRESS, Stage.NETWORK, Stage.WEBSOCKET, Stage.GREETING]
        assert report.passed and report.outcome is not None
        assert (report.outcome.code, report.outcome.params) == ("link_test.accepted", {"interval_s": 300})
        shown = [[one.state.value for one in report.stages] for report in told]
        assert shown[0] == ["running", "waiting", "waiting", "waiting"]  # each stage is seen before the next
        assert ["passed", "running", "waiting", "waiting"] in shown
        assert ["passed", "passed", "passed", "running"] in shown

    run(story())
    assert accepting.paths == ["/ocpp/SN%201"]
    assert accepting.authorizations[0] is not None and accepting.authorizations[0].startswith("Basic ")
    assert accepting.desks[0].greeted == {"charge_point_model": "Box 3", "charge_point_vendor": "Laadboek"}
    assert accepting.closed == [1000]


def test_a_charger_without_key_shows_no_authorization() -> None:
    accepting = Platform()

    async def story() -> None:
        async with platform(accepting) as port:
            report, _ = await tried(target(port, key=Secret("")))
            assert report.passed

    run(story())
    assert accepting.authorizations == [None]


@pytest.mark.parametrize(
    ("status", "state", "code"),
    [
        (RegistrationStatus.pending, StageState.ATTENTION, "link_test.pending"),
        (RegistrationStatus.rejected, StageState.FAILED, "link_test.rejected"),
    ],
)
def test_what_the_platform_thinks_of_the_charger_is_said(
    status: RegistrationStatus, state: StageState, code: str
) -> None:
    async def story() -> LinkTestReport:
        async with platform(Platform(status)) as port:
            return (await tried(target(port)))[0]

    report = run(story())
    last = report.stages[-1]
    assert (last.state, last.why.code) == (state, code)
    assert report.passed is (state is StageState.ATTENTION)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'), "link_test.http_401"),
        (http("403 Forbidden"), "link_test.http_403"),
        (http("404 Not Found"), "link_test.http_404"),
        (http("429 Too Many Requests", "Retry-After: 600"), "link_test.http_429"),
        (http("301 Moved Permanently", "Location: ws://127.0.0.1:1/"), "link_test.redirect"),
        (http("503 Service Unavailable"), "link_test.http_status"),
        (http("200 OK"), "link_test.http_status"),
        (b"220 mail.example.org ESMTP\r\n\r\n", "link_test.no_platform"),
        (b"", "link_test.hung_up"),
    ],
)
def test_a_door_that_stays_closed_says_why(answer: bytes, code: str) -> None:
    async def story() -> LinkTestReport:
        async with bytes_server(answer) as port:
            return (await tried(target(port)))[0]

    assert outcome(run(story())) == ("websocket", code)


def test_a_platform_that_confirms_no_ocpp_is_none_unless_that_is_allowed() -> None:
    async def story() -> None:
        async with platform(Platform(), subprotocols=None) as port:
            report, _ = await tried(target(port))
            assert outcome(report) == ("websocket", "link_test.subprotocol")
            report, _ = await tried(target(port, subprotocol_required=False))
            assert report.passed

    run(story())


def test_nobody_listens_on_the_port() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        report, _ = run(tried(target(port)))
    assert outcome(report) == ("network", "link_test.refused")
    assert [one.state.value for one in report.stages] == ["passed", "failed", "waiting", "waiting"]


def test_a_name_without_an_address() -> None:
    report, _ = run(tried(target(80, host="nowhere.invalid")))
    assert outcome(report) == ("address", "link_test.dns")


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (target(8080, host="10.1.2.3"), "link.forbidden_address"),
        (target(8080, host="169.254.169.254"), "link.forbidden_address"),
        (target(6379), "link.forbidden_port"),
        (target(8080, scheme="http"), "link.forbidden_scheme"),
    ],
)
def test_what_the_guard_forbids_is_never_called(where: Target, code: str) -> None:
    report, _ = run(tried(where))
    assert outcome(report) == ("address", code)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"common_name": "elsewhere.example"}, "link_test.tls_wrong_name"),
        ({"days": (-30, -1)}, "link_test.tls_expired"),
    ],
)
def test_a_certificate_that_is_not_right(changes: dict[str, Any], detail: str, tmp_path: Path) -> None:
    ours = Authority()
    assert outcome(over_tls(ours.server(tmp_path, **changes), (ours.pem,))) == ("security", detail)


def test_a_self_signed_certificate_is_trusted_only_where_its_root_was_given(tmp_path: Path) -> None:
    theirs = Authority()
    context = theirs.server(tmp_path, names=("localhost",))
    assert outcome(over_tls(context, (Authority("ours").pem,))) == ("security", "link_test.tls_unknown_ca")
    report = over_tls(context, (theirs.pem,))
    assert report.passed
    assert [one.stage for one in report.stages][2] is Stage.SECURITY


def over_tls(context: ssl.SSLContext, roots: tuple[str, ...]) -> LinkTestReport:
    async def story() -> LinkTestReport:
        async with platform(Platform(), ssl=context) as port:
            where = target(port, scheme="wss", host="localhost", tls=tls.make(roots))
            return (await tried(where))[0]

    report: LinkTestReport = run(story())
    return report


def test_encryption_where_none_is_spoken() -> None:
    async def story() -> LinkTestReport:
        async with bytes_server(http("400 Bad Request")) as port:
            return (await tried(target(port, scheme="wss", host="localhost")))[0]

    assert outcome(run(story())) == ("security", "link_test.tls_none")


def test_a_door_behind_the_encryption_is_told_apart_from_it(tmp_path: Path) -> None:
    ours = Authority()

    def turned_away(connection: ServerConnection, request: Any) -> Any:
        return connection.respond(401, "")

    async def story() -> LinkTestReport:
        context = ours.server(tmp_path, names=("localhost",))
        async with platform(Platform(), ssl=context, process_request=turned_away) as port:
            where = target(port, scheme="wss", host="localhost", tls=tls.make((ours.pem,)))
            return (await tried(where))[0]

    report = run(story())
    assert outcome(report) == ("websocket", "link_test.http_401")
    assert report.stages[2].state is StageState.PASSED


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [("ws", ("websocket", "link_test.silent")), ("wss", ("security", "link_test.tls_silent"))],
)
def test_a_silent_server_is_given_up(scheme: str, expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_test, "STAGE_S", 0.3)

    async def story() -> LinkTestReport:
        async with bytes_server(None) as port:
            return (await tried(target(port, scheme=scheme, host="localhost")))[0]

    assert outcome(run(story())) == expected


async def mute(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def hangs_up(connection: ServerConnection) -> None:
    await connection.recv()


async def errs(connection: ServerConnection) -> None:
    message = await connection.recv()
    message_id = str(message).split('"')[1]
    await connection.send(f'[4,"{message_id}","InternalError","secret details of ours",{{}}]')
    await connection.wait_closed()


async def talks_nonsense(connection: ServerConnection) -> None:
    message = await connection.recv()
    message_id = str(message).split('"')[1]
    await connection.send(f'[3,"{message_id}",{{"status":"Perhaps"}}]')
    await connection.wait_closed()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (mute, "link_test.no_answer"),
        (hangs_up, "link_test.hung_up_then"),
        (errs, "link_test.call_error"),
        (talks_nonsense, "link_test.call_error"),
    ],
)
def test_a_greeting_without_a_proper_answer(answer: Serve, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if answer is mute:
        monkeypatch.setattr(link_test, "STAGE_S", 0.5)

    async def story() -> LinkTestReport:
        async with platform(answer) as port:
            return (await tried(target(port)))[0]

    report = run(story())
    assert outcome(report) == ("greeting", code)
    assert "secret details" not in repr(report)  # only the kind of an error is told


def test_a_platform_that_asks_at_once_gets_nothing_done() -> None:
    answers: list[str] = []

    async def curious(connection: ServerConnection) -> None:
        await connection.send('[2,"q1","Reset",{"type":"Hard"}]')
        for _ in range(2):
            message = str(await connection.recv())
            if message.startswith("[2"):
                message_id = message.split('"')[1]
                boot = '{"status":"Accepted","currentTime":"2026-03-01T12:00:00Z","interval":60}'
                await connection.send(f'[3,"{message_id}",{boot}]')
            else:
                answers.append(message)
        await connection.wait_closed()

    async def story() -> LinkTestReport:
        async with platform(curious) as port:
            return (await tried(target(port)))[0]

    assert run(story()).passed
    assert answers[0].startswith('[4,"q1","NotSupported"')


def test_who_walks_away_leaves_no_connection_behind() -> None:
    met = asyncio.Event()
    gone: list[int] = []

    async def patient(connection: ServerConnection) -> None:
        met.set()
        try:
            while True:
                await connection.recv()
        except ConnectionClosed:
            gone.append(1)

    async def story() -> None:
        async with AsyncExitStack() as stack:
            port = await stack.enter_async_context(platform(patient))
            task = asyncio.ensure_future(tried(target(port)))
            await met.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(story())
    assert gone == [1]
