"""One websocket of one charge point, seen from the platform (OCPP-J §4). No event loop: whoever carries it calls it.

A call that changes something is answered after its commit; answers leave in the order in which the calls came.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from ..clock import Clock
from ..ids import Ids
from ..ocpp import messages as m
from ..ocpp.errors import ErrorCode, OcppError
from ..ocpp.rpc import Answer, BadCall, Call, ErrorAnswer, Ignored, Rpc
from ..ocpp.types import Payload, RegistrationStatus, Side
from ..runtime.socket import Socket
from ..store.charge_points import ChargePointIdentity
from ..store.connection import Connection as StoreConnection
from ..store.database import Database, JobFailed, StoreError
from .exchange import NEVER_REFUSED, Outcome, handle_call, keep_orphan, keep_refused, touch
from .handlers import heartbeat
from .origin import Log, Note

TOUCH_EVERY = timedelta(seconds=60)  # how stale `last_seen_at` may be
WAITING_MAX = 256  # calls that a charge point may send ahead of its answers
WAITING_MAX_BYTES = 8 << 20
EARLY_MAX_BYTES = 8 << 10  # of a frame, while the charge point is not accepted
TRY_AGAIN_LATER, POLICY_VIOLATION, TOO_BIG, INTERNAL_ERROR = 1013, 1008, 1009, 1011

ACCEPTED = RegistrationStatus.ACCEPTED

Job = Callable[[StoreConnection], Outcome]


class Flood(Struct, frozen=True):
    """How many calls a charge point may make. Those of transactions always pass."""

    per_second: int = 100
    burst: int = 400


NO_FLOOD = Flood()
ALWAYS_PASS = frozenset(
    {m.StartTransactionRequest, m.StopTransactionRequest, m.MeterValuesRequest, m.BootNotificationRequest}
)


class Waiting(Struct, eq=False):
    """A call whose answer is not ready, or not yet its turn."""

    connection: "Connection"
    call: Call | BadCall
    text: bytes
    received_at: datetime
    reply: bytes | None = None

    def stored(self, outcome: Outcome) -> None:
        self.connection.stored(self, outcome)

    def failed(self, error: StoreError) -> None:
        self.connection.failed(self, error)


class Caller(Protocol):
    """Who makes the platform's calls over connections (`Operations`), or nobody (`Mute`)."""

    def answered(self, connection: "Connection", answer: Answer | ErrorAnswer) -> None: ...

    def registered(self, connection: "Connection") -> None: ...

    def closed(self, connection: "Connection") -> None: ...


class Mute:
    """A platform that never calls."""

    def answered(self, connection: "Connection", answer: Answer | ErrorAnswer) -> None: ...

    def registered(self, connection: "Connection") -> None: ...

    def closed(self, connection: "Connection") -> None: ...


MUTE = Mute()


def no_log(event: str, **fields: object) -> None: ...


class Connection:
    """Implements `runtime.socket.Listener`. `database` calls back on the thread that calls this object."""

    __slots__ = (
        "_clock",
        "_database",
        "_filled_at",
        "_flood",
        "_ids",
        "_log",
        "_tokens",
        "_touch_due",
        "_triggered",
        "_waiting",
        "caller",
        "charge_point",
        "heard_at",
        "is_closed",
        "pinged_at",
        "rpc",
        "socket",
    )

    def __init__(
        self,
        charge_point: ChargePointIdentity,
        socket: Socket,
        database: Database,
        clock: Clock,
        ids: Ids,
        *,
        caller: Caller = MUTE,
        log: Log = no_log,
        flood: Flood = NO_FLOOD,
    ) -> None:
        self.charge_point = charge_point
        self.socket = socket
        self.caller = caller
        self.rpc = Rpc(Side.CENTRAL_SYSTEM)
        self.is_closed = False
        self.heard_at = clock.now()
        self.pinged_at: datetime | None = None  # and no sign of life since
        self._database = database
        self._clock = clock
        self._ids = ids
        self._log = log
        self._flood = flood
        self._tokens = flood.burst
        self._filled_at = self.heard_at
        self._touch_due = self.heard_at
        self._triggered: frozenset[type] = frozenset()  # requests that we asked for
        self._waiting: list[Waiting] = []

    # What arrives.

    def on_text(self, text: bytes) -> None:
        now = self._clock.now()
        self.heard_at, self.pinged_at = now, None
        if len(text) > EARLY_MAX_BYTES and self.charge_point.registration is not ACCEPTED:
            self._say("frame.too_early_for_its_size", bytes=len(text))
            return self.socket.close(TOO_BIG)
        received = self.rpc.receive(text, now)
        if type(received) is Call:
            self._on_call(received, text, now)
        elif type(received) is BadCall:
            self._on_bad_call(received, text, now)
        elif isinstance(received, Ignored):
            self._say("frame.ignored", why=received.why)
        else:
            assert isinstance(received, Answer | ErrorAnswer)
            self.caller.answered(self, received)
        if now >= self._touch_due:
            self._touch(now)
        return None

    def on_pong(self) -> None:
        self.heard_at, self.pinged_at = self._clock.now(), None

    def on_close(self, code: int) -> None:
        """What still waits for the store is stored, only its answer goes nowhere."""
        self.is_closed = True
        self._say("connection.closed", code=code)
        self.caller.closed(self)

    def _on_call(self, call: Call, text: bytes, now: datetime) -> None:
        request_type = type(call.request)
        if not self._may_speak(request_type):
            self._say("call.before_acceptance", action=call.action)
            self._refuse(call, OcppError(ErrorCode.SECURITY_ERROR, "not accepted yet"), text, now)
        elif not self._has_token(now) and request_type not in ALWAYS_PASS:
            self._say("call.shed", action=call.action)
            self._reply_in_turn(call, text, now, self.rpc.refuse(call.message_id, TOO_MANY))
        elif request_type is m.HeartbeatRequest:
            self._reply_in_turn(call, text, now, self.rpc.answer(call.message_id, heartbeat(now)))
        else:
            self._submit(call, text, now, partial(handle_call, self.charge_point, call, text, now, self._ids))

    def _on_bad_call(self, bad: BadCall, text: bytes, now: datetime) -> None:
        self._say("call.bad", action=bad.action, error=bad.error.code.value, why=bad.error.description)
        if self._is_orphan(bad):
            self._orphan(bad, text, now, "undecodable")
        elif self._has_token(now):
            self._refuse(bad, bad.error, text, now)
        else:
            self._reply_in_turn(bad, text, now, bad.reply)

    def _is_orphan(self, bad: BadCall) -> bool:
        """A start or stop that cannot be read; a busy message id (GenericError) may simply come again."""
        action = bad.action
        if action not in NEVER_REFUSED or action is None or bad.error.code is ErrorCode.GENERIC_ERROR:
            return False
        return self._may_speak(m.MESSAGES[action].request)

    def _may_speak(self, request_type: type) -> bool:
        """Before it is accepted, a charge point may only boot (OCPP-J errata 3.10), or what we triggered (§4.2)."""
        if self.charge_point.registration is ACCEPTED or request_type is m.BootNotificationRequest:
            return True
        return request_type in self._triggered

    def _has_token(self, now: datetime) -> bool:
        """Take one; the bucket is only looked after when it is empty."""
        if self._tokens <= 0:
            filled = (now - self._filled_at).total_seconds() * self._flood.per_second
            self._tokens, self._filled_at = int(min(filled, self._flood.burst)), now
        self._tokens -= 1
        return self._tokens >= 0

    # Into the store, and the answer after its commit.

    def _submit(self, call: Call | BadCall, text: bytes, now: datetime, job: Job) -> None:
        waiting = self._queue(call, text, now)
        if waiting is not None:
            shard = self.charge_point.public_id
            self._database.submit(shard, job, waiting.stored, waiting.failed)

    def _queue(self, call: Call | BadCall, text: bytes, now: datetime) -> Waiting | None:
        if self._is_too_far_ahead():
            self._say("connection.too_far_ahead", waiting=len(self._waiting))
            self.socket.close(POLICY_VIOLATION)
            return None
        waiting = Waiting(self, call, text, now)
        self._waiting.append(waiting)
        return waiting

    def _is_too_far_ahead(self) -> bool:
        ahead = self._waiting
        return len(ahead) >= WAITING_MAX or sum(len(one.text) for one in ahead) > WAITING_MAX_BYTES

    def _refuse(self, call: Call | BadCall, error: OcppError, text: bytes, now: datetime) -> None:
        action = call.action
        bad = BadCall(call.message_id, action, error, call.payload, b"")
        self._submit(call, text, now, partial(keep_refused, self.charge_point, bad, text, now, self._ids))

    def _orphan(self, call: Call | BadCall, text: bytes, now: datetime, why: str) -> None:
        self._submit(call, text, now, partial(keep_orphan, self.charge_point, call, why, text, now, self._ids))

    def stored(self, waiting: Waiting, outcome: Outcome) -> None:
        call, answer = waiting.call, outcome.answer
        self._tell_notes(outcome.notes)
        if not isinstance(answer, OcppError):
            waiting.reply = self.rpc.answer(call.message_id, answer)
        elif isinstance(call, BadCall):
            waiting.reply = call.reply  # its message id may be no text, and goes back as it came
        else:
            waiting.reply = self.rpc.refuse(call.message_id, answer)
        self._flush()
        if type(answer) is m.BootNotificationResponse:
            self.charge_point = replace(self.charge_point, registration=answer.status)
            self.caller.registered(self)

    def failed(self, waiting: Waiting, error: StoreError) -> None:
        """Nothing was stored. A full disk: no answer, so that the charge point keeps what it has and comes back."""
        call = waiting.call
        self._say("store.failed", action=call.action, error=str(error))
        if not isinstance(error, JobFailed):
            self._waiting.clear()
            self.socket.close(TRY_AGAIN_LATER)
        elif call.action not in NEVER_REFUSED:
            waiting.reply = self.rpc.refuse(call.message_id, OcppError(ErrorCode.INTERNAL_ERROR, "not stored"))
            self._flush()
        else:
            job = partial(keep_orphan, self.charge_point, call, "failed", waiting.text, waiting.received_at, self._ids)
            self._database.submit(self.charge_point.public_id, job, waiting.stored, self._failed_again)

    def _failed_again(self, error: StoreError) -> None:
        self._say("store.failed_again", error=str(error))
        self._waiting.clear()
        self.socket.close(INTERNAL_ERROR)

    def _reply_in_turn(self, call: Call | BadCall, text: bytes, now: datetime, reply: bytes) -> None:
        """At once, unless earlier answers are still on their way."""
        if not self._waiting:
            return self.socket.send(reply)
        waiting = self._queue(call, text, now)
        if waiting is not None:
            waiting.reply = reply
        return None

    def _flush(self) -> None:
        ready = self._waiting
        while ready and (reply := ready[0].reply) is not None:
            del ready[0]
            self.socket.send(reply)

    # Sign of life.

    def _touch(self, now: datetime) -> None:
        self._touch_due = now + TOUCH_EVERY
        job = partial(touch, self.charge_point, self._ids, now)
        self._database.submit(self.charge_point.public_id, job, self._tell_notes, self._touch_failed)

    def _touch_failed(self, error: StoreError) -> None:
        self._say("store.failed", action="touch", error=str(error))

    # Our calls.

    @property
    def is_calling(self) -> bool:
        return self.rpc.open_message_id is not None

    def call(self, message_id: str, request: Payload) -> None:
        """Send a call of ours; at most one is open."""
        if isinstance(request, m.TriggerMessageRequest):
            self._triggered |= {m.MESSAGES[request.requested_message].request}
        self.socket.send(self.rpc.call(message_id, request, self._clock.now()))

    # The log.

    def _tell_notes(self, notes: list[Note]) -> None:
        for note in notes:
            self._say(note.event, **note.fields)

    def _say(self, event: str, **fields: object) -> None:
        self._log(event, charge_point_id=self.charge_point.public_id, **fields)


TOO_MANY = OcppError(ErrorCode.GENERIC_ERROR, "too many calls")
