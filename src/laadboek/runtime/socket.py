"""One websocket, whichever library carries it. Never reused: a new connection is a new Socket."""

from typing import Protocol


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
