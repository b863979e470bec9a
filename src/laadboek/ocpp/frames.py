"""The three frames of OCPP-J (§4.2): text to value and back, and a diagnosis of what is neither."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from .errors import OcppError
from .faults import Fault

CALL, RESULT, ERROR = 2, 3, 4  # message types (table 2)
MAX_MESSAGE_ID = 36  # table 3: room for a UUID
MAX_ECHOED_ID = 255  # a longer id is refused without an answer


class CallFrame(Struct, frozen=True, array_like=True, tag=CALL, gc=False, forbid_unknown_fields=True):
    """[2, message id, action, payload] (§4.2.1)"""

    message_id: Annotated[str, Meta(max_length=MAX_MESSAGE_ID)]
    action: str
    payload: Raw


class ResultFrame(Struct, frozen=True, array_like=True, tag=RESULT, gc=False, forbid_unknown_fields=True):
    """[3, message id, payload] (§4.2.2)"""

    message_id: str
    payload: Raw


class ErrorFrame(Struct, frozen=True, array_like=True, tag=ERROR, gc=False):
    """[4, message id, code, description, details] (§4.2.3); description and details are often forgotten."""

    message_id: str
    code: str
    description: str = ""
    details: Raw = Raw(b"{}")


class BadFrame(Struct, frozen=True, gc=False):
    """What could be saved of a frame that is none. `id_json` is the message id as it must be sent back."""

    fault: Fault
    message_type: int | None = None
    id_json: bytes = b""
    message_id: str = ""
    action: str | None = None
    payload: bytes = b""


# What msgspec raises on bad input; RecursionError when it is nested deeper than Python's stack.
BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

decode = msgspec.json.Decoder(CallFrame | ResultFrame | ErrorFrame).decode
encode = msgspec.json.Encoder().encode
_elements = msgspec.json.Decoder(list[Raw]).decode
_opening = re.compile(rb'\s*\[\s*([234])\s*,\s*("(?:[^"\\]|\\.){0,255}"|[^\s,"]{1,36}(?=\s*,))(?:\s*,\s*("\w{1,64}"))?')
_number = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def encode_error(message_id: str, error: OcppError) -> bytes:
    """A CALLERROR frame."""
    return encode((ERROR, message_id, error.code, error.description, error.details))


def encode_error_for(id_json: bytes, error: OcppError) -> bytes:
    """A CALLERROR for a frame whose message id may not even be a string."""
    return encode((ERROR, Raw(id_json), error.code, error.description, error.details))


def diagnose(text: bytes) -> BadFrame:
    """Say what is wrong with a text that `decode` refused. Never raises."""
    try:
        parts = [bytes(part) for part in _elements(text)]
    except BROKEN as broken:
        return _salvage(text, broken)
    kind = _integer(parts[0]) if parts else None
    if kind not in (CALL, RESULT, ERROR):
        return BadFrame(Fault.UNKNOWN_MESSAGE_TYPE)
    if len(parts) < 2:
        return BadFrame(Fault.NO_MESSAGE_ID, kind)
    message_id, id_fault = _message_id(parts[1])
    if message_id is None:
        return BadFrame(id_fault or Fault.NO_MESSAGE_ID, kind)
    action = _text(parts[2]) if len(parts) > 2 else None
    fault = id_fault or _call_fault(len(parts), action)
    return BadFrame(fault, kind, parts[1], message_id, action, parts[3] if len(parts) > 3 else b"")


def _call_fault(length: int, action: str | None) -> Fault:
    if length < 4:
        return Fault.TOO_SHORT
    if length > 4:
        return Fault.TOO_LONG
    return Fault.ACTION_NOT_TEXT if action is None else Fault.BROKEN_JSON


def _salvage(text: bytes, broken: Exception) -> BadFrame:
    """Read type, id and action from the beginning of a text that is no JSON array as a whole."""
    opening = _opening.match(text)
    if opening is None:
        return BadFrame(Fault.NOT_AN_ARRAY if isinstance(broken, msgspec.ValidationError) else Fault.NOT_JSON)
    kind, id_json, action_json = opening.groups()
    message_id, id_fault = _message_id(id_json)
    if message_id is None:
        return BadFrame(id_fault or Fault.NO_MESSAGE_ID, int(kind))
    fault = Fault.NESTED_TOO_DEEP if isinstance(broken, RecursionError) else Fault.BROKEN_JSON
    payload = text[opening.end() :].lstrip(b" \t\r\n,")
    return BadFrame(fault, int(kind), id_json, message_id, _text(action_json or b""), payload)


def _message_id(raw: bytes) -> tuple[str | None, Fault | None]:
    """The id as text, if it can be sent back at all, and what is wrong with it."""
    message_id = _text(raw)
    if message_id is None:
        if len(raw) <= MAX_MESSAGE_ID and _number.fullmatch(raw):
            return raw.decode("ascii"), Fault.MESSAGE_ID_NOT_TEXT
        return None, Fault.NO_MESSAGE_ID
    if len(message_id) > MAX_ECHOED_ID:
        return None, Fault.ENDLESS_MESSAGE_ID
    return message_id, Fault.MESSAGE_ID_TOO_LONG if len(message_id) > MAX_MESSAGE_ID else None


def _text(raw: bytes) -> str | None:
    try:
        return msgspec.json.decode(raw, type=str)
    except BROKEN:
        return None


def _integer(raw: bytes) -> int | None:
    try:
        return msgspec.json.decode(raw, type=int)
    except BROKEN:
        return None
