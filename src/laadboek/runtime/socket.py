"""One websocket, whichever library carries it. Never reused: a new connection is a new Socket."""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from msgspec import Struct

from ..secret import Secret

SUBPROTOCOL = "ocpp1.6"  # OCPP-J §3.1.2


class Socket(Protocol):
    """The sending half. Every call returns at once."""

    def send(self, text: bytes) -> None:
        """Send one text frame (UTF-8). Silently dropped when the socket is already closed."""

    def ping(self) -> None: ...

    def close(self, code: int = 1000) -> None:
        """Close politely; the listener still gets `on_close`."""

    def abort(self) -> None:
        """Cut at once, without a close frame."""


class Listener(Protocol):
    """The receiving half. Messages arrive whole, whatever fragments they came in."""

    def on_text(self, text: bytes) -> None: ...

    def on_pong(self) -> None: ...

    def on_close(self, code: int) -> None:
        """Called once, whoever closed; 1006 when no close frame was seen."""


# --- the end that calls: a charge point ---


class Target(Struct, frozen=True):
    """Where a charge point connects to, and as whom."""

    uri: str  # ws:// or wss://, ends in `/`; the ChargeBoxID is appended (OCPP-J §3.1.1)
    charge_box_id: str
    user_name: str
    key: Secret  # empty: no Authorization header at all
    subprotocol_required: bool = True  # False tolerates a platform that confirms none
    key_is_hex: bool = False  # its bytes are the password
    key_as_text: bool = False  # a key that the platform sets is sent as it was written
    secrets: Mapping[str, Secret] = {}  # what is stored beside the owner's key, by name
    tls: ssl.SSLContext | None = None  # for wss://; None: as a link without roots of its own
    certified: bool = False  # `tls` shows a charge point certificate


class Refusal(Struct, frozen=True):
    """Why no websocket came about: the platform's HTTP status, or what went wrong before one (`code`).

    Codes: `dns`, `refused`, `timeout`, `tls`, `http` (without a status: what answered is no platform), `closed` (it
    hung up without a word), `subprotocol`; `forbidden_scheme`, `…_form`, `…_port`, `…_address` when the outbound
    guard let nothing out; `crowded` when too many of ours want there.
    """

    code: str
    status: int | None = None
    retry_after_s: int | None = None
    detail: str = ""  # of `tls`: `unknown_ca`, `wrong_name`, `version` …


class Caller(Listener, Protocol):
    """A listener that also learns what became of its call: exactly one of `on_open` and `on_refused`, first."""

    def on_open(self, socket: Socket, subprotocol: str | None, tls: bool = False, verified_by: str = "") -> None:
        """`verified_by`: SHA-256 of the root that vouched for the platform, where that can be told."""

    def on_refused(self, refusal: Refusal) -> None: ...


class Connector(Protocol):
    """Opens websockets for links. `Host` is given one; asyncio is behind it, or the simulation's network."""

    def __call__(self, link_id: str, socket_no: int, caller: Caller) -> None: ...


# --- the end that is called: a platform ---


class UpgradeRequest(Struct, frozen=True):
    """What a charge point asks for: `path` as on the wire (percent-encoded); `headers` compare without case."""

    path: str
    headers: Mapping[str, str]
    peer: str  # IP address


class Admit(Struct, frozen=True):
    """Let it in; `listener` is made once the handshake is complete."""

    listener: Callable[[Socket], Listener]


class Refuse(Struct, frozen=True):
    """Answer with this HTTP status (401 wants a `WWW-Authenticate` header) and close."""

    status: int
    headers: dict[str, str] = {}


Admission = Admit | Refuse


class Server(Protocol):
    port: int

    async def close(self) -> None:
        """Stop listening, say 1001 to everybody, and return when all sockets are gone."""


class Serve(Protocol):
    """`picows_socket.serve`: handed to the platform by whoever assembles the process.

    A client that offers subprotocols without `ocpp1.6`, or none at all unless `subprotocol_required` is False, gets
    its handshake completed without one and is closed at once (OCPP-J §3.2).
    """

    def __call__(
        self,
        host: str,
        port: int,
        admit: Callable[[UpgradeRequest], Admission],
        *,
        subprotocol_required: bool = True,
    ) -> Awaitable[Server]: ...
