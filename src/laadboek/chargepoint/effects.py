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


class SaveAuthorizationKey(Struct, frozen=True):
    """The platform set a new key for Basic auth, in hexadecimal. The former one is kept until this one has worked."""

    key: Secret


class LogSecurityEvent(Struct, frozen=True):
    """One more row of the security log (A04.FR.04)."""

    type: str
    tech_info: str | None
    happened_at: datetime


# Outward effects.


class Connect(Struct, frozen=True):
    """Open a websocket to the link's platform: backend URI + ChargeBoxID, subprotocol `ocpp1.6`, Basic auth."""

    socket_no: int


class SendText(Struct, frozen=True, gc=False):
    socket_no: int
    text: bytes


class SendPing(Struct, frozen=True):
    socket_no: int


class CloseSocket(Struct, frozen=True):
    """Close politely (code ≥ 1000), or cut at once (code 0: a half-open socket would not answer a close)."""

    socket_no: int
    code: int = 1000


class AskCharger(Struct, frozen=True):
    wish: Wish


class Notify(Struct, frozen=True):
    reason: Reason


Effect = (
    Enqueue
    | RecordAttempt
    | Settle
    | SaveAuthorizationKey
    | LogSecurityEvent
    | Connect
    | SendText
    | SendPing
    | CloseSocket
    | AskCharger
    | Notify
)
