"""Tries a platform out without a link (C4, "test first"): address, network, TLS, websocket, greeting; then hangs up.

The platform hears what a link would tell it first, its BootNotification (OCPP 1.6 §4.2), and nothing else. What goes
wrong is told by its kind only, never by what somebody answered (ASVS 5.0, 1.3.6).
"""

import asyncio
import socket as sockets
from collections.abc import Callable

from msgspec.structs import replace

from ..actions.link_test_questions import LinkTestReport, Stage, StageReport, StageState
from ..clock import Clock
from ..ocpp.errors import ErrorCode, OcppError
from ..ocpp.messages import BootNotificationRequest, BootNotificationResponse
from ..ocpp.rpc import Answer, BadCall, Call, ErrorAnswer, Rpc, Side
from ..ocpp.types import RegistrationStatus
from ..reasons import Reason
from . import picows_socket
from .guard import Forbidden, Guard, Pinned, Purpose, Unresolved, open_socket
from .picows_socket import NOT_OPENED, OpenSockets
from .socket import Refusal, Socket, Target

STAGE_S = 10.0  # each stage; a closed door is told sooner
MESSAGE_ID = "laadboek-test"

FORBIDDEN = {
    "address": "link.forbidden_address",
    "form": "link.forbidden_form",
    "port": "link.forbidden_port",
    "scheme": "link.forbidden_scheme",
}
# What the websocket's stage says of an HTTP status; any other is told by its number.
STATUSES = {
    401: "link_test.http_401",
    403: "link_test.http_403",
    404: "link_test.http_404",
    429: "link_test.http_429",
}
TLS = {
    "unknown_ca": "link_test.tls_unknown_ca",
    "wrong_name": "link_test.tls_wrong_name",
    "expired": "link_test.tls_expired",
    "version": "link_test.tls_version",
    "none": "link_test.tls_none",
    "client_certificate": "link_test.tls_client_certificate",
}
REGISTERED = {
    RegistrationStatus.ACCEPTED: ("link_test.accepted", StageState.PASSED),
    RegistrationStatus.PENDING: ("link_test.pending", StageState.ATTENTION),
    RegistrationStatus.REJECTED: ("link_test.rejected", StageState.FAILED),
}

Tell = Callable[[LinkTestReport], None]


class Failed(Exception):
    """A stage was not passed."""

    def __init__(self, stage: Stage, code: str, **params: str | int) -> None:
        super().__init__(stage, code)
        self.stage, self.reason = stage, Reason(code, params)


class Ear:
    """The caller of one test: hears whether a socket opens, and then the answer to the greeting."""

    def __init__(self, clock: Clock) -> None:
        loop = asyncio.get_running_loop()
        self._clock = clock
        self._rpc = Rpc(Side.CHARGE_POINT)
        self.socket: Socket | None = None
        self.answered: asyncio.Future[Answer | ErrorAnswer | None] = loop.create_future()  # None: it hung up

    def greet(self, request: BootNotificationRequest) -> None:
        assert self.socket is not None
        self.socket.send(self._rpc.call(MESSAGE_ID, request, self._clock.now()))

    def on_open(self, socket: Socket, subprotocol: str | None, tls: bool = False, verified_by: str = "") -> None:
        self.socket = socket

    def on_refused(self, refusal: Refusal) -> None:
        raise AssertionError("a test looks at the refusal itself")

    def on_text(self, text: bytes) -> None:
        heard = self._rpc.receive(text, self._clock.now())
        if isinstance(heard, Answer | ErrorAnswer):
            self._told(heard)
        elif isinstance(heard, BadCall):
            self._send(heard.reply)
        elif isinstance(heard, Call):  # some platforms ask at once; a test does nothing for anybody
            self._send(self._rpc.refuse(heard.message_id, OcppError(ErrorCode.NOT_SUPPORTED, "a test of the address")))

    def on_pong(self) -> None: ...

    def on_close(self, code: int) -> None:
        self._told(None)

    def _send(self, text: bytes) -> None:
        if self.socket is not None:
            self.socket.send(text)

    def _told(self, heard: Answer | ErrorAnswer | None) -> None:
        if not self.answered.done():
            self.answered.set_result(heard)


class Progress:
    """The report as it grows."""

    def __init__(self, stages: tuple[Stage, ...], tell: Tell) -> None:
        self._tell = tell
        self.report = LinkTestReport(stages=tuple(StageReport(stage=stage) for stage in stages))

    def set(self, stage: Stage, state: StageState, why: Reason | None = None) -> None:
        stages = tuple(
            StageReport(stage=one.stage, state=state, why=why) if one.stage is stage else one
            for one in self.report.stages
        )
        self.report = replace(self.report, stages=stages)
        self._tell(self.report)

    def done(self) -> LinkTestReport:
        self.report = replace(self.report, done=True)
        self._tell(self.report)
        return self.report


async def try_out(
    target: Target, greeting: BootNotificationRequest, guard: Guard, clock: Clock, tell: Tell
) -> LinkTestReport:
    """Go through the stages until one fails. Cancelling hangs up."""
    secured = (Stage.SECURITY,) if target.uri.startswith("wss:") else ()
    progress = Progress((Stage.ADDRESS, Stage.NETWORK, *secured, Stage.WEBSOCKET, Stage.GREETING), tell)
    registry, ear = OpenSockets(), Ear(clock)
    try:
        await _stages(target, greeting, guard, progress, registry, ear)
    except Failed as failed:
        progress.set(failed.stage, StageState.FAILED, failed.reason)
    finally:
        if ear.socket is not None:
            ear.socket.close()
    await registry.close()
    return progress.done()


async def _stages(
    target: Target,
    greeting: BootNotificationRequest,
    guard: Guard,
    progress: Progress,
    registry: OpenSockets,
    ear: Ear,
) -> None:
    progress.set(Stage.ADDRESS, StageState.RUNNING)
    pinned = await _address(target, guard)
    progress.set(Stage.ADDRESS, StageState.PASSED)
    progress.set(Stage.NETWORK, StageState.RUNNING)
    connected = await _network(pinned)
    progress.set(Stage.NETWORK, StageState.PASSED)
    progress.set(Stage.SECURITY if pinned.place.tls else Stage.WEBSOCKET, StageState.RUNNING)
    try:
        await _websocket(target, pinned, connected, registry, ear)
    except Failed as failed:
        if failed.stage is Stage.WEBSOCKET:
            progress.set(Stage.SECURITY, StageState.PASSED)
        raise
    progress.set(Stage.SECURITY, StageState.PASSED)
    progress.set(Stage.WEBSOCKET, StageState.PASSED)
    progress.set(Stage.GREETING, StageState.RUNNING)
    reason, state = await _greeting(greeting, ear)
    progress.set(Stage.GREETING, state, reason)


# --- the stages ---


async def _address(target: Target, guard: Guard) -> Pinned:
    try:
        async with asyncio.timeout(STAGE_S):
            return await guard.admit(picows_socket.address_of(target), Purpose.BACKEND)
    except Forbidden as forbidden:
        raise Failed(Stage.ADDRESS, FORBIDDEN[forbidden.code]) from None
    except (Unresolved, TimeoutError):
        raise Failed(Stage.ADDRESS, "link_test.dns") from None


async def _network(pinned: Pinned) -> sockets.socket:
    try:
        async with asyncio.timeout(STAGE_S):
            return await open_socket(pinned)
    except TimeoutError:
        raise Failed(Stage.NETWORK, "link_test.unreachable") from None
    except ConnectionRefusedError:
        raise Failed(Stage.NETWORK, "link_test.refused") from None
    except OSError:
        raise Failed(Stage.NETWORK, "link_test.unreachable") from None


async def _websocket(
    target: Target, pinned: Pinned, connected: sockets.socket, registry: OpenSockets, ear: Ear
) -> None:
    """TLS and the websocket's handshake are one call; which of them failed shows in how."""
    call = picows_socket.Call(ear, target.subprotocol_required, registry)
    tls_s = STAGE_S if pinned.place.tls else None
    hands = [connected]  # empty once the library has taken it, which then closes it as well
    try:
        async with asyncio.timeout(STAGE_S + (tls_s or 0)):
            listener = await picows_socket.shake_hands(target, call, pinned, lambda _: hands.pop(), tls_s)
    except NOT_OPENED as error:
        if tls_s is not None and isinstance(error, ConnectionAbortedError):  # what a TLS that takes too long ends with
            raise Failed(Stage.SECURITY, "link_test.tls_silent") from None
        raise said(picows_socket.refusal(error)) from None
    finally:
        call.given_up = ear.socket is None
        for untaken in hands:
            untaken.close()
    if listener is None:
        raise said(picows_socket.hung_up(target))


def said(refusal: Refusal) -> Failed:
    """What a refusal of the websocket means for whoever filled in the form."""
    if refusal.code == "tls":
        return Failed(Stage.SECURITY, TLS.get(refusal.detail, "link_test.tls"))
    if refusal.status is not None:
        if 300 <= refusal.status < 400:
            return Failed(Stage.WEBSOCKET, "link_test.redirect")
        return Failed(Stage.WEBSOCKET, STATUSES.get(refusal.status, "link_test.http_status"), status=refusal.status)
    codes = {
        "timeout": "link_test.silent",
        "subprotocol": "link_test.subprotocol",
        "http": "link_test.no_platform",
    }
    return Failed(Stage.WEBSOCKET, codes.get(refusal.code, "link_test.hung_up"))


async def _greeting(greeting: BootNotificationRequest, ear: Ear) -> tuple[Reason, StageState]:
    ear.greet(greeting)
    try:
        async with asyncio.timeout(STAGE_S):
            heard = await ear.answered
    except TimeoutError:
        raise Failed(Stage.GREETING, "link_test.no_answer") from None
    if heard is None:
        raise Failed(Stage.GREETING, "link_test.hung_up_then")
    if isinstance(heard, ErrorAnswer):
        raise Failed(Stage.GREETING, "link_test.call_error", error=heard.error.code.value)
    assert isinstance(heard.response, BootNotificationResponse)
    code, state = REGISTERED[heard.response.status]
    return Reason(code, {"interval_s": max(0, heard.response.interval)}), state
