"""Payload to typed value. The quick decoders are exact; what they refuse is looked at again, with tolerance.

What is mended, because chargers in the field send it and its meaning is plain:

| received                             | read as                        |
|--------------------------------------|--------------------------------|
| `null` for a whole payload           | `{}` (OCPP-J §4.2.1)           |
| `null` for an optional field         | absent (the types say so)      |
| an unknown field                     | ignored (the types say so)     |
| a time without a zone                | UTC                            |
| other ISO 8601 times (`12:00Z`, `,5`)| that time                      |
| a leap second `23:59:60`             | the second after 23:59:59      |
| a time outside UTC's years 1-9999    | the first or last instant      |
| an integer as `1.0`                  | 1                              |
| NUL characters in a text             | left out: no database has them |
| `accepted` for `Accepted`, and so on | that word of the list; only in |
|                                      | answers, and where nothing may |
|                                      | be refused: starts and stops   |
| in an answer about an id tag:        |                                |
| an unreadable date or parent         | absent                         |
| a status that is none of the list    | Invalid: it is not Accepted    |
| unreadable `idTagInfo` after a stop  | absent                         |
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Raw, inspect

from .errors import OcppError
from .faults import Fault
from .frames import BROKEN
from .types import AuthorizationStatus, IdTagInfo, Payload

Quick = Callable[[Raw], Payload]  # msgspec's decoder of one type

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
_leap_second = re.compile(r"(?<=:\d\d):60(?=[.,Zz+-]|$)")

# How msgspec's complaints begin, and what they are. It has one exception for all, so its words must do.
COMPLAINTS: Mapping[str, Fault] = {
    "Object missing required field": Fault.MISSING_FIELD,
    "Invalid enum value": Fault.BAD_VALUE,
    "Invalid RFC3339": Fault.BAD_VALUE,
    "Integer value out of range": Fault.BAD_VALUE,
    "Number out of range": Fault.BAD_VALUE,
    "Expected `str` of length": Fault.BAD_VALUE,
    "Expected `datetime` with": Fault.BAD_VALUE,
    "Expected `int` <=": Fault.BAD_VALUE,
    "Expected `int` >=": Fault.BAD_VALUE,
    "Expected": Fault.WRONG_TYPE,
}


def decode(quick: Quick, payload_type: type[Payload], payload: Raw, text: bytes) -> Payload:
    """The payload of the frame `text`, or OcppError."""
    if not _may_trip(text):
        try:
            return quick(payload)
        except BROKEN:
            pass  # looked at again, with tolerance
    return _decode_with_tolerance(payload_type, bytes(payload))


def _may_trip(text: bytes) -> bool:
    """Whether the text holds what quick decoders take but later code stumbles on: NUL, and times that UTC has not.

    Cheap signs first: `find` for one byte costs nothing, for several bytes more than decoding does.
    """
    return (
        (text.find(b"\\") >= 0 and text.find(b"\\u0000") >= 0)
        or (text.find(b"+") >= 0 and text.find(b'"0001-01-01') >= 0)
        or text.find(b'"9999-12-31') >= 0
    )


def _decode_with_tolerance(payload_type: type[Payload], raw: bytes) -> Payload:
    try:
        value = msgspec.json.decode(raw)
        mended = _mend(value, _info(payload_type), any_case=ANY_CASE.search(payload_type.__name__) is not None)
        if payload_type.__name__ in ABOUT_A_TAG:
            mended = _readable_of_tag(mended, payload_type)
        return msgspec.convert({} if mended is None else mended, payload_type)
    except msgspec.ValidationError as refused:
        raise _error(str(refused)) from None
    except RecursionError:
        raise Fault.NESTED_TOO_DEEP.error() from None
    except BROKEN as broken:
        raise Fault.BROKEN_JSON.error(str(broken)) from None


def _error(complaint: str) -> OcppError:
    if complaint.startswith("Expected `object`") and " - at " not in complaint:
        return Fault.NOT_AN_OBJECT.error(complaint)
    fault = next((fault for start, fault in COMPLAINTS.items() if complaint.startswith(start)), Fault.BAD_VALUE)
    return fault.error(complaint)


_infos: dict[type[Payload], inspect.Type] = {}


def _info(payload_type: type[Payload]) -> inspect.Type:
    if payload_type not in _infos:
        _infos[payload_type] = inspect.type_info(payload_type)
    return _infos[payload_type]


ANY_CASE = re.compile(r"Response$|^St(?:art|op)TransactionRequest$")


def _mend(value: object, info: inspect.Type, *, any_case: bool) -> object:
    """The value with what we tolerate brought into the form that the types want; the rest untouched."""
    match info:
        case inspect.StructType() if isinstance(value, dict):
            fields = {field.encode_name: field.type for field in info.fields}
            return {name: _mend(value[name], fields[name], any_case=any_case) for name in value if name in fields}
        case inspect.VarTupleType() if isinstance(value, list):
            return [_mend(item, info.item_type, any_case=any_case) for item in value]
        case inspect.UnionType() if value is not None:
            return _mend(value, next(t for t in info.types if not isinstance(t, inspect.NoneType)), any_case=any_case)
        case inspect.IntType() if isinstance(value, float) and value.is_integer():
            return int(value)
        case inspect.DateTimeType() if isinstance(value, str):
            return _mend_time(value)
        case inspect.StrType() if isinstance(value, str):
            return value.replace("\0", "")
        case inspect.EnumType() if any_case and isinstance(value, str):
            return next((word.value for word in info.cls if word.value.casefold() == value.casefold()), value)
    return value


# Refused for its less important half, such an answer would be asked for again: a second transaction at the platform.
ABOUT_A_TAG = {"AuthorizeResponse", "StartTransactionResponse", "StopTransactionResponse"}


def _readable_of_tag(answer: object, payload_type: type[Payload]) -> object:
    """The answer without what of its `idTagInfo` cannot be read."""
    told = answer.get("idTagInfo") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or told is None:
        return answer
    if isinstance(told, dict):
        told = {name: value for name, value in told.items() if name == "status" or _is_readable(IdTagInfo, name, value)}
        if isinstance(told.get("status"), str) and not _is_readable(IdTagInfo, "status", told["status"]):
            told["status"] = AuthorizationStatus.INVALID.value
    answer = answer | {"idTagInfo": told}
    may_be_absent = _is_readable(payload_type, "idTagInfo", None)
    return (
        answer if not may_be_absent or _is_readable(payload_type, "idTagInfo", told) else answer | {"idTagInfo": None}
    )


def _is_readable(struct: type[msgspec.Struct], name: str, value: object) -> bool:
    field = next(field for field in msgspec.structs.fields(struct) if field.encode_name == name)
    try:
        msgspec.convert(value, field.type)
    except msgspec.ValidationError:
        return False
    return True


def _mend_time(text: str) -> object:
    """The instant, or the text itself if it is none (which then gets refused as usual)."""
    spelled, leap_seconds = _leap_second.subn(":59", text.strip().upper())
    if "T" not in spelled and " " not in spelled:  # a date alone is no instant
        return text
    try:
        instant = datetime.fromisoformat(spelled)
    except ValueError:
        return text
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    try:
        instant.astimezone(UTC)
        return instant + timedelta(seconds=leap_seconds)
    except OverflowError:
        return EARLIEST if instant.year == 1 else LATEST
