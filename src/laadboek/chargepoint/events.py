"""What can happen to a face: facts from its charger, the link's socket, its own deadline."""

from datetime import datetime

from msgspec import Struct

from ..facts import Fact, Reading
from ..ocpp.types import AuthorizationStatus


class MeterRead(Struct, frozen=True, gc=False):
    """The newest readings, handed in first whenever the face is given an event."""

    readings: tuple[Reading, ...]


class Told(Struct, frozen=True):
    fact: Fact


class SocketOpened(Struct, frozen=True):
    """The websocket handshake succeeded. `socket_no` counts this face's sockets; a socket is never reused."""

    socket_no: int
    subprotocol: str | None = "ocpp1.6"


class SocketRefused(Struct, frozen=True):
    """No websocket came about: HTTP status if the platform answered (401, 404 …), else what went wrong in `code`.

    Codes: `dns`, `refused`, `timeout`, `tls`, `http`, `subprotocol`, `protocol`; `forbidden_scheme`, `…_form`,
    `…_port`, `…_address` when the outbound guard let nothing out.
    """

    socket_no: int
    code: str
    status: int | None = None
    retry_after_s: int | None = None


class TextReceived(Struct, frozen=True, gc=False):
    socket_no: int
    text: bytes


class PongReceived(Struct, frozen=True):
    socket_no: int


class SocketClosed(Struct, frozen=True):
    socket_no: int
    code: int = 1006


class KeyChosen(Struct, frozen=True):
    """A person, not the platform, sets a key of this link; what `configuration.problem` finds is notified."""

    key: str
    value: str


class TagLearnt(Struct, frozen=True):
    """An id tag is put into the authorisation cache by hand, as if the platform had said so."""

    id_tag: str
    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    expires_at: datetime | None = None
    parent_id_tag: str | None = None


class DeadlineReached(Struct, frozen=True):
    """The instant that `deadline()` named has come."""


class Restarted(Struct, frozen=True):
    """First event after the face was built or restored: connect."""


class Stopped(Struct, frozen=True):
    """The process ends or the link is paused: close the socket, keep everything."""


Event = (
    MeterRead
    | Told
    | SocketOpened
    | SocketRefused
    | TextReceived
    | PongReceived
    | SocketClosed
    | KeyChosen
    | TagLearnt
    | DeadlineReached
    | Restarted
    | Stopped
)
