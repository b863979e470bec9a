"""One end of the remote procedure calls on one websocket (OCPP-J 1.6 §4). Pure: no clock, no I/O."""

from datetime import datetime, timedelta

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from . import frames
from .errors import ErrorCode, OcppError
from .faults import MAX_DESCRIPTION, Fault
from .frames import BROKEN, BadFrame, CallFrame, ErrorFrame, ResultFrame
from .messages import ACTION_OF, MESSAGES
from .payloads import Quick, decode
from .types import Payload, Side

__all__ = ["Answer", "BadCall", "Call", "ErrorAnswer", "Ignored", "Received", "Rpc", "Side", "TimedOut"]

MAX_LATE = 64  # timed-out calls that are still remembered, for a late answer
MAX_ACTION = 64  # characters of an unknown action that are kept
MAX_HANDLING = 256  # calls of an impatient peer that are recognized when repeated


class Call(Struct, frozen=True, gc=False):
    """The peer asks. Answer or refuse it, whatever it takes."""

    message_id: str
    action: str
    request: Payload
    raw: Raw

    @property
    def payload(self) -> bytes:
        """The JSON of the request as received."""
        return bytes(self.raw)


class BadCall(Struct, frozen=True):
    """The peer asks something that cannot be understood. `reply` is the CALLERROR to send.

    Who knows better may answer instead: StartTransaction and StopTransaction always get one (OCPP 1.6 §4.8, §4.10).
    """

    message_id: str
    action: str | None
    error: OcppError
    payload: bytes
    reply: bytes


class Answer(Struct, frozen=True, gc=False):
    """The answer to a call of ours; `late` when the call had timed out before."""

    message_id: str
    response: Payload
    late: bool
    request_action: str
    raw: Raw

    @property
    def payload(self) -> bytes:
        """The JSON of the response as received."""
        return bytes(self.raw)


class ErrorAnswer(Struct, frozen=True):
    """A CALLERROR to a call of ours, or an answer that is none. `payload` is the whole frame."""

    message_id: str
    error: OcppError
    late: bool
    request_action: str
    payload: bytes


class Ignored(Struct, frozen=True, gc=False):
    """Nothing to do but to note it."""

    why: str


class TimedOut(Struct, frozen=True, gc=False):
    """No answer in time. The call is over (§4.1.1), yet a late answer will still be handed over."""

    message_id: str
    action: str


Received = Call | BadCall | Answer | ErrorAnswer | Ignored


class _Open(Struct, frozen=True, gc=False):
    message_id: str
    action: str
    due: datetime


def _other(side: Side) -> Side:
    return Side.CENTRAL_SYSTEM if side is Side.CHARGE_POINT else Side.CHARGE_POINT


def _reader(payload_type: type[Payload]) -> tuple[Quick, type[Payload]]:
    return msgspec.json.Decoder(payload_type).decode, payload_type


# What each side answers, and how every answer is read.
REQUESTS = {
    side: {action: _reader(message.request) for action, message in MESSAGES.items() if _other(side) in message.sent_by}
    for side in Side
}
RESPONSES = {action: _reader(message.response) for action, message in MESSAGES.items()}

# Codes as peers spell them, right or "right".
ERROR_CODES = {str(code): code for code in ErrorCode} | {
    "OccurrenceConstraintViolation": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "FormatViolation": ErrorCode.FORMATION_VIOLATION,
}


class Rpc:
    """One endpoint of one websocket; never reused. At most one call of ours is open (§4.1.1).

    The peer's calls are all handed over, also when it does not wait for its answers. Message ids of the two directions
    have nothing to do with each other: crossing calls may bear the same one.
    """

    __slots__ = ("_handling", "_late", "_open", "_requests", "_timeout")

    def __init__(self, side: Side, timeout_s: float = 30.0) -> None:
        self._requests = REQUESTS[side]
        self._timeout = timedelta(seconds=timeout_s)
        self._open: _Open | None = None
        self._late: dict[str, str] = {}  # message id -> action, oldest first
        self._handling: dict[str, tuple[datetime, str, bytes]] = {}  # message id -> when and what the peer asked

    # Our calls.

    @property
    def open_message_id(self) -> str | None:
        return self._open.message_id if self._open else None

    def wait(self, timeout_s: float) -> None:
        """From the next call on, wait so long for an answer."""
        self._timeout = timedelta(seconds=timeout_s)

    def call(self, message_id: str, request: Payload, now: datetime) -> bytes:
        """Open a call; returns the frame to send."""
        action = ACTION_OF[type(request)]
        self._begin(message_id, action, now)
        return frames.encode((frames.CALL, message_id, action, request))

    def resend(self, message_id: str, action: str, text: bytes, now: datetime) -> bytes:
        """Open a call whose bytes were frozen at an earlier attempt, maybe on another websocket."""
        self._begin(message_id, action, now)
        return text

    def _begin(self, message_id: str, action: str, now: datetime) -> None:
        assert self._open is None, f"call {message_id} ({action}) while {self._open} is open"
        assert 0 < len(message_id) <= frames.MAX_MESSAGE_ID, f"message id {message_id!r}"
        self._late.pop(message_id, None)
        self._open = _Open(message_id, action, now + self._timeout)

    def deadline(self) -> datetime | None:
        """When the open call times out."""
        return self._open.due if self._open else None

    def expire(self, now: datetime) -> TimedOut | None:
        """Give up the open call if its time has come."""
        call = self._open
        if call is None or now < call.due:
            return None
        self._open = None
        self._late[call.message_id] = call.action
        if len(self._late) > MAX_LATE:
            del self._late[next(iter(self._late))]
        return TimedOut(call.message_id, call.action)

    # Answers to the peer.

    def answer(self, message_id: str, response: Payload) -> bytes:
        """The CALLRESULT frame."""
        handled = self._handling.pop(message_id, None)
        assert handled is None or type(response) is RESPONSES[handled[1]][1], f"{response} to {handled}"
        return frames.encode((frames.RESULT, message_id, response))

    def refuse(self, message_id: str, error: OcppError) -> bytes:
        """The CALLERROR frame."""
        self._handling.pop(message_id, None)
        return frames.encode_error(message_id, error)

    # What arrives.

    def receive(self, text: bytes, now: datetime) -> Received:
        """Say what a text frame is. Never raises, whatever the text."""
        try:
            frame = frames.decode(text)
        except BROKEN:
            return self._receive_bad(frames.diagnose(text), text)
        if type(frame) is CallFrame:
            return self._receive_call(frame, text, now)
        if type(frame) is ResultFrame:
            return self._receive_result(frame, text)
        assert type(frame) is ErrorFrame
        return self._receive_error(frame, text)

    def _receive_call(self, frame: CallFrame, text: bytes, now: datetime) -> Received:
        message_id, action, payload = frame.message_id, frame.action, frame.payload
        reader = self._requests.get(action)
        if reader is None:
            return self._unknown_call(frame)
        handled = self._handling.get(message_id)
        if handled is not None and now - handled[0] < self._timeout:
            if handled[2] == text:  # a peer that asks again gets one answer, which serves both (OCPP-J errata 3.1)
                return Ignored(f"{action} {message_id} repeated while it is being handled")
            return self._bad_call(frame, Fault.REPEATED_MESSAGE_ID.error())
        if "\0" in message_id:
            return self._bad_call(frame, Fault.MESSAGE_ID_NOT_TEXT.error())
        try:
            request = decode(reader[0], reader[1], payload, text)
        except OcppError as error:
            return self._bad_call(frame, error)
        self._handling[message_id] = now, action, text
        if len(self._handling) > MAX_HANDLING:
            del self._handling[next(iter(self._handling))]
        return Call(message_id, action, request, payload)

    def _unknown_call(self, frame: CallFrame) -> BadCall:
        if frame.action in MESSAGES:
            return self._bad_call(frame, Fault.NOT_OUR_ACTION.error(frame.action))
        action = frame.action[:MAX_ACTION].replace("\0", "")
        return self._bad_call(replace(frame, action=action), Fault.UNKNOWN_ACTION.error(action))

    def _bad_call(self, frame: CallFrame, error: OcppError) -> BadCall:
        reply = frames.encode_error(frame.message_id, error)
        return BadCall(frame.message_id, frame.action, error, bytes(frame.payload), reply)

    def _receive_result(self, frame: ResultFrame, text: bytes) -> Received:
        claimed = self._claim(frame.message_id)
        if claimed is None:
            return Ignored(Fault.NOBODY_ASKED.says)
        action, late = claimed
        try:
            response = decode(*RESPONSES[action], frame.payload, text)
        except OcppError as error:
            return ErrorAnswer(frame.message_id, error, late, action, text)
        return Answer(frame.message_id, response, late, action, frame.payload)

    def _receive_error(self, frame: ErrorFrame, text: bytes) -> Received:
        claimed = self._claim(frame.message_id)
        if claimed is None:
            return Ignored(Fault.NOBODY_ASKED.says)
        code = ERROR_CODES.get(frame.code)
        description = frame.description if code else f"{frame.code}: {frame.description}"
        error = OcppError(code or ErrorCode.GENERIC_ERROR, description[:MAX_DESCRIPTION].replace("\0", ""))
        return ErrorAnswer(frame.message_id, error, claimed[1], claimed[0], text)

    def _claim(self, message_id: str) -> tuple[str, bool] | None:
        """The action that this answers, and whether it comes too late; None if it answers nothing (any more)."""
        call = self._open
        if call is not None and call.message_id == message_id:
            self._open = None
            return call.action, False
        action = self._late.pop(message_id, None)
        return None if action is None else (action, True)

    def _receive_bad(self, bad: BadFrame, text: bytes) -> Received:
        if bad.fault.code is None:
            return Ignored(bad.fault.says)
        if bad.message_type == frames.CALL:
            error = bad.fault.error()
            reply = frames.encode_error_for(bad.id_json, error)
            return BadCall(bad.message_id, bad.action, error, bad.payload, reply)
        claimed = self._claim(bad.message_id)
        if claimed is None:
            return Ignored(Fault.NOBODY_ASKED.says)
        error = OcppError(ErrorCode.FORMATION_VIOLATION, "an answer of no valid structure")
        return ErrorAnswer(bad.message_id, error, claimed[1], claimed[0], text)
