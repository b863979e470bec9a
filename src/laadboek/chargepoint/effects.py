"""What a face wants done: values. Saves of a turn commit together, then the outward ones run in order."""

from datetime import datetime

from msgspec import Struct

from ..facts import Wish
from ..reasons import Reason
from ..secret import Secret

# Saves: the outbox (docs/architecture.md). A row is never deleted by a count; it is acked, or set aside in sight.


class Enqueue(Struct, frozen=True, kw_only=True):
    """One more transaction message: a typed body (JSON of the outbox entry), in order of `seq`."""

    seq: int
    action: str
    session_id: str | None
    body: bytes
    created_at: datetime


class RecordAttempt(Struct, frozen=True, kw_only=True):
    """Sent (again): the bytes and the message id are frozen here, before anything leaves."""

    seq: int
    attempt: int
    message_id: str
    text: bytes
    socket_no: int
    sent_at: datetime


class Settle(Struct, frozen=True, kw_only=True):
    """The platform answered: `acked`, or `set_aside` with why; or a CALLERROR that will be retried (`refused`)."""

    seq: int
    outcome: str  # "acked" | "set_aside" | "refused"
    answer: bytes
    settled_at: datetime


class PutBack(Struct, frozen=True):
    """Messages that were set aside, or sent without a transaction id, are pending again."""

    seqs: tuple[int, ...]


class SetAsideQueue(Struct, frozen=True, kw_only=True):
    """The link is removed: all that is pending is set aside, with why."""

    answer: bytes
    settled_at: datetime


class SaveImage(Struct, frozen=True, kw_only=True):
    """A session as this platform was told: registers in Wh, the platform's transaction id once it is known."""

    session_id: str
    id_tag: str
    transaction_id: int | None
    start_register_wh: int
    end_register_wh: int | None
    state: str  # "open" | "ended" | "settled" | "set_aside"


class SaveSecret(Struct, frozen=True):
    """Keep a secret of this link under a name: `key.3` (hexadecimal, the bytes are the password), `pair.4` (PEM)."""

    name: str
    secret: Secret
    kept_at: datetime


class DropSecret(Struct, frozen=True):
    """Nothing refers to it any more."""

    name: str


class LogSecurityEvent(Struct, frozen=True):
    """One more row of the security log (A04.FR.04)."""

    type: str
    tech_info: str | None
    happened_at: datetime


# Outward effects.


class ReadOutbox(Struct, frozen=True):
    """Hand in the next pending messages behind `after_seq`, before any other event: `OutboxRead`."""

    after_seq: int
    limit: int


class Dial(Struct, frozen=True, kw_only=True):
    """With which security profile and credentials a socket is opened (security whitepaper, A00)."""

    profile: int = 0  # 0: URI and key as the owner gave them
    key: int = 0  # 0: the owner's; n: the secret `key.n`
    certificate: int = 0  # of the charge point, with the secret `pair.n`; 0: none
    chain: str = ""  # PEM, leaf first
    roots: tuple[str, ...] = ()  # PEM; none: what the system trusts
    tls_worked: bool = False  # so the key is never sent in clear text any more


class Connect(Struct, frozen=True):
    """Open a websocket to the link's platform: backend URI + ChargeBoxID, subprotocol `ocpp1.6`."""

    socket_no: int
    dial: Dial = Dial()


class MakeKeyPair(Struct, frozen=True):
    """Make a key pair and a request to certify it; `KeyPairMade` follows. O and CN of its subject are given."""

    number: int
    organisation: str
    common_name: str


class SendText(Struct, frozen=True, gc=False):
    socket_no: int
    text: bytes


class SendPing(Struct, frozen=True):
    socket_no: int


class StartUpload(Struct, frozen=True, kw_only=True):
    """Send a file of this link's own: diagnostics, or (`security`) the security log. Answered by TransferMoved."""

    number: int
    location: str  # without user and password
    login: str = ""  # name of the secret that has them
    roots: tuple[str, ...] = ()  # PEM: of the platform, trusted beside the system's
    file_name: str
    security: bool = False
    since: datetime | None = None
    until: datetime | None = None


class StartDownload(Struct, frozen=True, kw_only=True):
    """Fetch firmware, to know what it is; nothing of it is kept. Answered by TransferMoved."""

    number: int
    location: str
    login: str = ""
    roots: tuple[str, ...] = ()


class CancelTransfer(Struct, frozen=True):
    """Not wanted any more; nothing is heard of it."""

    number: int


class CloseSocket(Struct, frozen=True):
    """Close politely (code ≥ 1000), or cut at once (code 0: a half-open socket would not answer a close)."""

    socket_no: int
    code: int = 1000


class AskCharger(Struct, frozen=True):
    wish: Wish


class Notify(Struct, frozen=True):
    reason: Reason


class Refuse(Struct, frozen=True):
    """Tell whoever chose a key that it cannot be, and why; nothing was changed."""

    reason: Reason


Effect = (
    Enqueue
    | RecordAttempt
    | Settle
    | PutBack
    | SaveImage
    | SetAsideQueue
    | ReadOutbox
    | SaveSecret
    | DropSecret
    | LogSecurityEvent
    | Connect
    | MakeKeyPair
    | SendText
    | SendPing
    | CloseSocket
    | StartUpload
    | StartDownload
    | CancelTransfer
    | AskCharger
    | Notify
    | Refuse
)
