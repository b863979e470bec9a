"""A link in its host: the face, and the sockets that it opened. What a socket hears becomes an event of the face."""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from ..chargepoint import events
from ..clock import Clock
from .hosted import HostedLink
from .socket import Refusal, Socket


class Frame(Struct, frozen=True, gc=False):
    """One text frame of a link, for the lab."""

    number: int  # counts both directions of the link
    at: datetime
    sent: bool  # False: received
    text: bytes


class Link:
    """A face in its host, with the sockets that it opened."""

    __slots__ = ("applied", "config", "face", "frames", "leaving", "row", "seen", "sockets")

    def __init__(self, row: HostedLink, keep_frames: int) -> None:
        self.row, self.face, self.applied = row, row.face, row.applied_fact
        self.config = row.face.config  # as the owner chose it; the face may know its wall box better
        self.sockets: dict[int, LinkSocket] = {}
        self.frames: deque[Frame] = deque(maxlen=keep_frames)
        self.seen = 0  # frames
        self.leaving = False  # it has drained, and is being removed

    def note(self, at: datetime, sent: bool, text: bytes) -> None:
        """One more frame went by."""
        self.seen += 1
        self.frames.append(Frame(self.seen, at, sent, text))

    def abort_sockets(self) -> None:
        """Off the air; the face hears of it."""
        for socket in list(self.sockets.values()):
            if socket.socket is not None:
                socket.socket.abort()

    def leave_sockets(self) -> None:
        """The link is no more: say so to its platform."""
        for socket in list(self.sockets.values()):
            socket.leave()

    def end_sockets(self) -> None:
        """Off the air; the face is not told."""
        for socket in list(self.sockets.values()):
            socket.end()


class LinkSocket:
    """The listener of one socket of one link: everything it hears becomes an event of the face."""

    __slots__ = ("clock", "cut", "link", "number", "post", "socket")

    def __init__(self, link: Link, number: int, post: Callable[[Link, events.Event], None], clock: Clock) -> None:
        self.link, self.number, self.post, self.clock = link, number, post, clock
        self.socket: Socket | None = None
        self.cut = False  # nothing more is heard or said

    def on_open(self, socket: Socket, subprotocol: str | None, tls: bool = False, verified_by: str = "") -> None:
        self.socket = socket
        if self.cut:
            socket.abort()
        else:
            self._post(events.SocketOpened(self.number, subprotocol, tls, verified_by))

    def on_refused(self, refusal: Refusal) -> None:
        self.link.sockets.pop(self.number, None)
        self._post(
            events.SocketRefused(self.number, refusal.code, refusal.status, refusal.retry_after_s, refusal.detail),
        )

    def on_text(self, text: bytes) -> None:
        if not self.cut:
            self.link.note(self.clock.now(), False, text)
            self._post(events.TextReceived(self.number, text))

    def on_pong(self) -> None:
        self._post(events.PongReceived(self.number))

    def on_close(self, code: int) -> None:
        self.link.sockets.pop(self.number, None)
        self._post(events.SocketClosed(self.number, code))

    def send(self, text: bytes) -> None:
        if self.socket is not None:
            self.link.note(self.clock.now(), True, text)
            self.socket.send(text)

    def ping(self) -> None:
        if self.socket is not None:
            self.socket.ping()

    def close(self, code: int) -> None:
        """Code 0: without a word."""
        if self.socket is None:
            self.cut = True  # still being dialled: hung up as soon as somebody answers
            self.link.sockets.pop(self.number)
        elif code == 0:
            self.socket.abort()
        else:
            self.socket.close(code)

    def end(self) -> None:
        """Cut the socket; the face is not told."""
        self.cut = True
        if self.socket is not None:
            self.socket.abort()

    def leave(self) -> None:
        """Close the socket politely; the face is not told."""
        self.cut = True
        if self.socket is not None:
            self.socket.close(1001)

    def _post(self, event: events.Event) -> None:
        if not self.cut:
            self.post(self.link, event)
