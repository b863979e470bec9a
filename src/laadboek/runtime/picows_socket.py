"""Websockets by picows, which leaves reassembly, close handshakes and time-outs to us (RFC 6455). Its only user.

Callback style: a frame is handled in the stack that read it. One object per connection is both ends of the
conversation with picows, so that an idle connection stays small.
"""

import asyncio
import socket as sockets
import ssl
import sys
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import picows
import structlog
from picows import WSMsgType
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # missing in its stub

from . import tls
from .guard import Forbidden, Guard, Pinned, Purpose, Unresolved, open_socket
from .socket import (
    SUBPROTOCOL,
    Admission,
    Caller,
    Listener,
    Refusal,
    Refuse,
    Socket,
    Target,
    UpgradeRequest,
)

HANDSHAKE_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 5.0
VIOLATION_TIMEOUT_S = 0.25  # a peer that broke the protocol gets its close frame, and no more patience
MESSAGE_MAX_BYTES = 1 << 20  # after reassembly
SEND_QUEUE_MAX_BYTES = 2 << 20  # a peer that leaves more than this unread is cut
READ_BUFFER_BYTES = 1024  # grows with the frames; the usual 16 KiB would be most of an idle connection

NORMAL, GOING_AWAY, PROTOCOL_ERROR, UNSUPPORTED, NO_CODE, ABNORMAL, BAD_UTF8, TOO_BIG = (
    1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009,
)  # fmt: skip
VIOLATIONS = {PROTOCOL_ERROR, UNSUPPORTED, BAD_UTF8, TOO_BIG}

log = structlog.get_logger(__name__)


class PicowsLog:
    """What picows says, in our log. It formats per connection at INFO, and a `logging.Logger` costs it 1 KiB each."""

    def isEnabledFor(self, level: int) -> bool:
        return False

    def log(self, level: int, text: str, *values: object) -> None: ...

    def debug(self, text: str, *values: object) -> None: ...

    def info(self, text: str, *values: object) -> None: ...

    def warning(self, text: str, *values: object) -> None:
        log.info("websocket", detail=text % values)

    # A peer that breaks the protocol is no error of ours.
    error = warning

    def exception(self, text: str, *values: object) -> None:
        log.error("websocket", detail=text % values, exc_info=True)


PICOWS_LOG: Any = PicowsLog()


class PicowsSocket(picows.WSListener):
    """One connection: `Socket` towards us, `WSListener` towards picows."""

    __slots__ = ("_cutoff", "_listener", "_make_listener", "_parts", "_parts_bytes", "_registry", "_transport")

    _transport: picows.WSTransport
    _listener: Listener

    def __init__(self, make_listener: Callable[["PicowsSocket"], Listener], registry: "OpenSockets") -> None:
        self._make_listener: Callable[[PicowsSocket], Listener] | None = make_listener
        self._registry = registry
        self._parts: list[bytes] | None = None  # of a fragmented message
        self._parts_bytes = 0
        self._cutoff: asyncio.TimerHandle | None = None

    # --- Socket ---

    def send(self, text: bytes) -> None:
        self._transport.send(WSMsgType.TEXT, text)

    def ping(self) -> None:
        self._transport.send_ping()

    def close(self, code: int = NORMAL) -> None:
        transport = self._transport
        if transport.is_disconnected or transport.is_close_frame_sent:
            return
        transport.send_close(code)  # type: ignore[arg-type]  # any code; the enum lists only some
        self._cut_later(VIOLATION_TIMEOUT_S if code in VIOLATIONS else CLOSE_TIMEOUT_S)

    def abort(self) -> None:
        self._transport.disconnect(graceful=False)

    @property
    def tls(self) -> ssl.SSLObject | None:
        secured: ssl.SSLObject | None = self._transport.underlying_transport.get_extra_info("ssl_object")
        return secured

    # --- WSListener ---

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport
        transport.underlying_transport.set_write_buffer_limits(high=SEND_QUEUE_MAX_BYTES)
        # Never looked at again, and it holds the authorization key.
        transport.request.headers.clear()
        make, self._make_listener = self._make_listener, None
        assert make is not None
        self._registry.add(self)
        self._listener = make(self)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        kind = frame.msg_type
        if kind is WSMsgType.CLOSE:
            self._answer_close(int(frame.get_close_code()))  # type: ignore[call-overload]  # an int, whatever its stub says
        elif transport.is_close_frame_sent:
            pass  # we said goodbye: nothing more is heard
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.close(PROTOCOL_ERROR)  # no extension was agreed upon (RFC 6455 §5.2)
        elif kind is WSMsgType.TEXT:
            self._text(frame)
        elif kind is WSMsgType.CONTINUATION:
            self._continuation(frame)
        elif kind is WSMsgType.PONG:
            self._listener.on_pong()
        else:
            self.close(UNSUPPORTED)  # binary; pings are answered by picows

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        if self._cutoff is not None:
            self._cutoff.cancel()
        self._registry.remove(self)
        self._listener.on_close(close_code(transport.close_handshake))

    def pause_writing(self) -> None:
        """The send queue is over its bound: the peer does not read. Cut it, so that memory stays ours."""
        log.info("websocket.slow_reader", queued_bytes=self._transport.underlying_transport.get_write_buffer_size())
        self.abort()

    def resume_writing(self) -> None: ...

    # --- messages out of frames (RFC 6455 §5.4) ---

    def _text(self, frame: picows.WSFrame) -> None:
        if self._parts is not None:
            self.close(PROTOCOL_ERROR)  # a new message inside an unfinished one
        elif frame.fin:
            self._deliver(frame.get_payload_as_bytes())
        else:
            self._parts = [frame.get_payload_as_bytes()]
            self._parts_bytes = frame.payload_size

    def _continuation(self, frame: picows.WSFrame) -> None:
        if self._parts is None:
            return self.close(PROTOCOL_ERROR)
        self._parts_bytes += frame.payload_size
        if self._parts_bytes > MESSAGE_MAX_BYTES or len(self._parts) > MESSAGE_MAX_BYTES // 64:
            self._parts = None
            return self.close(TOO_BIG)  # empty fragments without end count as well
        self._parts.append(frame.get_payload_as_bytes())
        if frame.fin:
            whole, self._parts = b"".join(self._parts), None
            self._deliver(whole)
        return None

    def _deliver(self, text: bytes) -> None:
        if text.isascii() or is_utf8(text):
            self._listener.on_text(text)
        else:
            self.close(BAD_UTF8)

    # --- goodbye (RFC 6455 §7) ---

    def _answer_close(self, code: int) -> None:
        transport = self._transport
        if not transport.is_close_frame_sent:
            transport.send_close(NORMAL if code == 0 else code)  # type: ignore[arg-type]  # any code
        transport.disconnect()
        self._cut_later(CLOSE_TIMEOUT_S)  # a graceful end would wait for a peer that no longer reads

    def _cut_later(self, timeout_s: float) -> None:
        if self._cutoff is None:
            self._cutoff = asyncio.get_running_loop().call_later(timeout_s, self.abort)


class OpenSockets:
    """The sockets of one server, or of one process that calls."""

    def __init__(self) -> None:
        self._sockets: set[PicowsSocket] = set()
        self._last_gone: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._sockets)

    def add(self, socket: PicowsSocket) -> None:
        self._sockets.add(socket)

    def remove(self, socket: PicowsSocket) -> None:
        self._sockets.discard(socket)
        if not self._sockets and self._last_gone is not None:
            self._last_gone.set_result(None)
            self._last_gone = None

    async def close(self) -> None:
        """Say 1001 to everybody and return when all are gone; a silent peer is cut after CLOSE_TIMEOUT_S."""
        if not self._sockets:
            return
        assert self._last_gone is None, "closed twice at once"
        self._last_gone = asyncio.get_running_loop().create_future()
        for socket in list(self._sockets):
            socket.close(GOING_AWAY)
        await self._last_gone


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def close_code(handshake: Any) -> int:
    """The peer's code, or ours when it broke the protocol, or 1006: the line was cut."""
    if handshake is None:
        return ABNORMAL
    if handshake.recv is not None:
        return int(handshake.recv.code) or NO_CODE
    return int(handshake.sent.code) if handshake.sent.code in VIOLATIONS else ABNORMAL


# --- client ---


class SubprotocolRefused(Exception):
    """The platform completed the handshake without agreeing to speak OCPP 1.6."""


class CallGivenUp(Exception):
    """The handshake ended after nobody waited for it any more."""


class Call:
    """One attempt to connect. picows calls it when the handshake is done, also after we gave up."""

    __slots__ = ("caller", "given_up", "registry", "subprotocol_required")

    def __init__(self, caller: Caller, subprotocol_required: bool, registry: OpenSockets) -> None:
        self.caller, self.subprotocol_required, self.registry = caller, subprotocol_required, registry
        self.given_up = False

    def __call__(self, request: picows.WSUpgradeRequest, response: picows.WSUpgradeResponse) -> PicowsSocket:
        if self.given_up:
            raise CallGivenUp
        chosen = response.headers.get("Sec-WebSocket-Protocol")
        if chosen != SUBPROTOCOL and (chosen is not None or self.subprotocol_required):
            raise SubprotocolRefused(chosen)

        def opened(socket: PicowsSocket) -> Listener:
            secured = socket.tls
            self.caller.on_open(socket, chosen, secured is not None, tls.verified_root(secured) if secured else "")
            return self.caller

        return PicowsSocket(opened, self.registry)


# First match wins: SSLError, gaierror and ConnectionResetError are OSErrors as well.
REFUSALS: list[tuple[type[BaseException] | tuple[type[BaseException], ...], str]] = [
    (SubprotocolRefused, "subprotocol"),
    (ssl.SSLError, "tls"),
    ((Unresolved, sockets.gaierror, UnicodeError), "dns"),
    (TimeoutError, "timeout"),
    (ConnectionResetError, "closed"),
    (OSError, "refused"),
    ((picows.WSError, ValueError), "http"),  # ValueError: a port that is no number
]
NOT_OPENED = (SubprotocolRefused, Forbidden, Unresolved, OSError, picows.WSError, ValueError)


async def connect(target: Target, caller: Caller, registry: OpenSockets, guard: Guard) -> None:
    """Call the platform; return once `caller` has heard `on_open` or `on_refused`. Cancelling gives the call up.

    The guard judges the address at each call, and the socket goes to what it judged.
    """
    call = Call(caller, target.subprotocol_required, registry)
    try:
        async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
            pinned = await guard.admit(address_of(target), Purpose.BACKEND)
            listener = await shake_hands(target, call, pinned, lambda _: open_socket(pinned))
    except NOT_OPENED as error:
        caller.on_refused(refusal(error))
    except asyncio.CancelledError:
        call.given_up = True
        raise
    else:
        if listener is None:
            caller.on_refused(hung_up(target))


def address_of(target: Target) -> str:
    """With the ChargeBoxID at its end (OCPP-J §3.1.1)."""
    return target.uri + quote(target.charge_box_id, safe="")


async def shake_hands(
    target: Target, call: Call, pinned: Pinned, opened: Callable[[Any], Any], tls_timeout_s: float | None = None
) -> object | None:
    """TLS and websocket over the socket that `opened` gives; None: the platform hung up. Raise one of NOT_OPENED."""
    _, listener = await picows.ws_connect(
        call,
        pinned.place.uri,
        ssl_context=target.tls or (tls.make(()) if pinned.place.tls else None),
        socket_factory=opened,
        extra_headers=handshake_headers(target),
        max_redirects=0,
        websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S,
        max_frame_size=MESSAGE_MAX_BYTES,
        read_buffer_init_size=READ_BUFFER_BYTES,
        use_aiofastnet=False,
        logger_name=PICOWS_LOG,
        ssl_handshake_timeout=tls_timeout_s,
    )
    return listener


def hung_up(target: Target) -> Refusal:
    """TLS 1.3 is complete before the platform has judged our certificate: this is its no (RFC 8446 §4.4.2)."""
    return Refusal("tls", detail="client_certificate") if target.certified else Refusal("closed")


def handshake_headers(target: Target) -> dict[str, str]:
    headers = {"Sec-WebSocket-Protocol": SUBPROTOCOL}
    text = target.key.reveal()
    secret = bytes.fromhex(text) if target.key_is_hex else text.encode()
    if secret:  # without a key there is nothing to prove: a lone user name makes some platforms refuse
        pair = target.user_name.encode() + b":" + secret
        headers["Authorization"] = "Basic " + b64encode(pair).decode()
    return headers


def refusal(error: BaseException) -> Refusal:
    if isinstance(error, picows.WSHandshakeError) and error.response is not None and error.response.status != 101:
        retry_after = error.response.headers.get("Retry-After", "")
        seconds = int(retry_after) if retry_after.isdecimal() and len(retry_after) < 8 else None  # not its date form
        return Refusal("http", int(error.response.status), seconds)
    if isinstance(error, Forbidden):
        return Refusal(f"forbidden_{error.code}")
    if isinstance(error, ssl.SSLError):
        return Refusal("tls", detail=tls.detail(error))
    return Refusal(next(code for kind, code in REFUSALS if isinstance(error, kind)))


# --- server ---


class Door:
    """Decides about one handshake; made per connection because picows does not say who is asking."""

    __slots__ = ("protocol", "server")

    protocol: Any

    def __init__(self, server: "PicowsServer") -> None:
        self.server = server

    def __call__(self, request: picows.WSUpgradeRequest) -> picows.WSUpgradeResponseWithListener:
        transport, self.protocol = self.protocol.transport.underlying_transport, None
        admission: Admission | None = None
        try:
            admission = self.server.admit(upgrade_request(request, transport.get_extra_info("peername")))
        finally:
            if admission is None:  # picows answers 500 and would say nothing
                log.error("websocket.admission_failed", exc_info=sys.exc_info()[0] is not None)
        if isinstance(admission, Refuse):
            answer = picows.WSUpgradeResponse.create_error_response(admission.status, extra_headers=admission.headers)
            answer.headers.setdefault("Content-Length", "0")
            return picows.WSUpgradeResponseWithListener(answer, None)
        tolerate_connection_header(request)
        return self.admitted(admission.listener, offered_subprotocols(request))

    def admitted(self, make: Callable[[Socket], Listener], offered: list[str]) -> picows.WSUpgradeResponseWithListener:
        registry = self.server.sockets
        if SUBPROTOCOL in offered:
            answer = picows.WSUpgradeResponse.create_101_response({"Sec-WebSocket-Protocol": SUBPROTOCOL})
            return picows.WSUpgradeResponseWithListener(answer, PicowsSocket(make, registry))
        answer = picows.WSUpgradeResponse.create_101_response()
        if offered or self.server.subprotocol_required:
            make = NoCommonLanguage
        return picows.WSUpgradeResponseWithListener(answer, PicowsSocket(make, registry))


class NoCommonLanguage:
    """The listener of a client whose subprotocols we do not speak: closed as soon as it is open (OCPP-J §3.2)."""

    def __init__(self, socket: Socket) -> None:
        socket.close(PROTOCOL_ERROR)

    def on_text(self, text: bytes) -> None: ...

    def on_pong(self) -> None: ...

    def on_close(self, code: int) -> None: ...


def upgrade_request(request: picows.WSUpgradeRequest, peername: Any) -> UpgradeRequest:
    peer = peername[0] if isinstance(peername, tuple) else ""
    return UpgradeRequest(request.path.decode("latin-1"), request.headers.copy(), peer)


def offered_subprotocols(request: picows.WSUpgradeRequest) -> list[str]:
    lines = request.headers.getall("Sec-WebSocket-Protocol", [])
    return [name.strip() for line in lines for name in line.split(",") if name.strip()]


def tolerate_connection_header(request: picows.WSUpgradeRequest) -> None:
    """`Connection: keep-alive, Upgrade` is legal, proxies write it, and picows would refuse it."""
    tokens = ",".join(request.headers.getall("Connection", [])).lower()
    if "upgrade" in (token.strip() for token in tokens.split(",")):
        request.headers["Connection"] = "upgrade"


class PicowsServer:
    """A listening port and its open sockets."""

    def __init__(self, admit: Callable[[UpgradeRequest], Admission], subprotocol_required: bool) -> None:
        self.admit, self.subprotocol_required = admit, subprotocol_required
        self.sockets = OpenSockets()
        self.port = 0
        self._listening: asyncio.Server | None = None

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._protocol, host, port, ssl=tls, backlog=1024)
        self.port = self._listening.sockets[0].getsockname()[1]

    def _protocol(self) -> Any:
        # As `ws_create_server` does, but the door gets to know its connection and with it the peer's address.
        door = Door(self)
        door.protocol = WSProtocol(
            host_port=None,
            ws_path=None,
            is_client_side=False,
            ws_listener_factory=door,
            logger=PICOWS_LOG,
            disconnect_on_exception=True,
            websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S,
            enable_auto_ping=False,
            auto_ping_idle_timeout=20.0,
            auto_ping_reply_timeout=20.0,
            auto_ping_strategy=picows.WSAutoPingStrategy.PING_WHEN_IDLE,
            enable_auto_pong=True,
            max_frame_size=MESSAGE_MAX_BYTES,
            extra_headers=None,
            read_buffer_init_size=READ_BUFFER_BYTES,
        )
        return door.protocol

    async def close(self) -> None:
        """Stop listening, say 1001 to everybody, and return when all sockets are gone."""
        assert self._listening is not None
        self._listening.close()
        await self.sockets.close()
        await self._listening.wait_closed()


async def serve(
    host: str,
    port: int,
    admit: Callable[[UpgradeRequest], Admission],
    *,
    subprotocol_required: bool = True,
    tls: ssl.SSLContext | None = None,
) -> PicowsServer:
    """Listen; `admit` decides about each handshake at once, in memory. Port 0 takes a free one."""
    server = PicowsServer(admit, subprotocol_required)
    await server.listen(host, port, tls)
    return server
