"""What can happen to a face: facts from its charger, the link's socket, its own deadline."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from ..facts import Fact, Reading
from ..ocpp.types import AuthorizationStatus
from ..secret import Secret
from .state import OutboxEntry


class MeterRead(Struct, frozen=True, gc=False):
    """The newest readings, handed in first whenever the face is given an event."""

    readings: tuple[Reading, ...]


class Told(Struct, frozen=True):
    fact: Fact


class SocketOpened(Struct, frozen=True):
    """The websocket handshake succeeded. `socket_no` counts this face's sockets; a socket is never reused."""

    socket_no: int
    subprotocol: str | None = "ocpp1.6"
    tls: bool = False
    root: str = ""  # SHA-256 of the given root that the platform was verified by, in hexadecimal


class SocketRefused(Struct, frozen=True):
    """No websocket came about: HTTP status if the platform answered (401, 404 …), else what went wrong in `code`.

    Codes: `dns`, `refused`, `timeout`, `tls`, `http`, `subprotocol`, `protocol`; `forbidden_scheme`, `…_form`,
    `…_port`, `…_address` when the outbound guard let nothing out.
    """

    socket_no: int
    code: str
    status: int | None = None
    retry_after_s: int | None = None
    detail: str = ""  # of `tls`: see `credentials.TLS_EVENTS`


class TextReceived(Struct, frozen=True, gc=False):
    socket_no: int
    text: bytes


class PongReceived(Struct, frozen=True):
    socket_no: int


class SocketClosed(Struct, frozen=True):
    socket_no: int
    code: int = 1006


class KeyPairMade(Struct, frozen=True):
    """As `MakeKeyPair` asked. The private key is kept with this turn, before the request leaves."""

    number: int
    csr: str  # PEM
    private_key: Secret  # PEM


class ClockJudged(Struct, frozen=True):
    """Whether our own clock follows a time server: handed in at start."""

    synchronised: bool


class ClockSet(Struct, frozen=True):
    """The wall clock was corrected by somebody, by so much."""

    seconds: float


class StoreWasFull(Struct, frozen=True):
    """There is room again."""

    since: datetime


class TransferMoved(Struct, frozen=True, kw_only=True):
    """An upload or download has come to its end. `failed` None: well, and of a download these are its properties.

    Failures: `forbidden_scheme`, `…_form`, `…_port`, `…_address` (the outbound guard), `dns`, `refused`, `timeout`,
    `tls`, `too_big`, `bad_request`, `denied`, `unsupported`, `redirect`, `server`, `protocol`.
    """

    number: int
    failed: str | None = None
    sha256: bytes = b""
    size_bytes: int = 0
    version: str = ""


class KeysChosen(Struct, frozen=True):
    """A person, not the platform, sets keys of this link: all, or none if `configuration.refusal` has a reason."""

    values: Mapping[str, str]


class TagLearnt(Struct, frozen=True):
    """An id tag is put into the authorisation cache by hand, as if the platform had said so."""

    id_tag: str
    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    expires_at: datetime | None = None
    parent_id_tag: str | None = None


class OutboxRead(Struct, frozen=True):
    """What `ReadOutbox` asked for, in order."""

    entries: tuple[OutboxEntry, ...]


class Replayed(Struct, frozen=True):
    """A person wants messages that were set aside to be tried again.

    `seqs` are those, and what followed a StartTransaction that is among them; `set_aside` how many were set aside.
    """

    seqs: tuple[int, ...]
    set_aside: int


class ConfigChanged(Struct, frozen=True):
    """The face was given another `config`: its owner chose differently, paused it, or gave it up (RULES §6)."""


class Removed(Struct, frozen=True):
    """The link is removed: what runs ends for its platform, and its queue is set aside (RULES §6). Its last event."""


class TargetChanged(Struct, frozen=True):
    """The platform is reached with another key, name or way: connect anew."""


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
    | KeyPairMade
    | StoreWasFull
    | ClockJudged
    | ClockSet
    | TransferMoved
    | KeysChosen
    | TagLearnt
    | OutboxRead
    | Replayed
    | ConfigChanged
    | Removed
    | TargetChanged
    | DeadlineReached
    | Restarted
    | Stopped
)
