"""The other judge: the official JSON schemas, as the PyPI package `ocpp` ships them, and payloads made from them."""

import copy
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import jsonschema
from hypothesis import strategies as st

from laadboek.ocpp.messages import MESSAGES

SCHEMAS = files("ocpp.v16.schemas")
PAYLOADS = {m.action: m.request for m in MESSAGES.values()} | {
    f"{m.action}Response": m.response for m in MESSAGES.values()
}

SAMPLED_VALUE = ("properties", "meterValue", "items", "properties", "sampledValue")

# Where the shipped schemas are not the official ones (2019-12, errata 2025-04). The pointer leads to the difference.
DIFFERENCES = [
    (
        "MeterValues",
        ("properties", "meterValue", "minItems"),
        1,
        None,
        "the specification (§6.31: 1..*) is right, the official schema lets an empty list pass; we take it, send none",
    ),
    (
        "MeterValues",
        (*SAMPLED_VALUE, "minItems"),
        1,
        None,
        "likewise (§7.33: 1..*)",
    ),
    (
        "MeterValues",
        (*SAMPLED_VALUE, "items", "properties", "unit", "enum", 17),
        "Hertz",
        None,
        "the official schema is right: 1.6 has no unit for Frequency (errata on §7.31); we take it, send none",
    ),
]

# How we read more than the schemas allow, or less. Each is a rewriting of the official schema, in `as_we_read`.
TOLERANCES = {
    "unknown fields": "ignored: firmware adds fields, and a session must not be lost for one",
    "null payload": "OCPP-J §4.2.1 allows it where there is no payload",
    "null for an optional field": "absent: what firmware in C# or Java writes",
    "integral floats": "1.0 is the integer 1; JSON has but one kind of number",
    "64 bits": "a larger integer is refused: no database column holds it",
    "finite numbers": "a larger number is refused: it is infinite in a double",
    "any decimals": "a limit of 8.15 is read as it is; only sending asks for one decimal (§7.14)",
    "empty lists": "taken where the specification wants one item; there is nothing wrong to be read",
    "any URI": "a location is judged when it is used: chargers and platforms send paths and templates",
    "any instant": "times without a zone are UTC, other spellings of ISO 8601 are understood",
    "Hertz": "harmless, and some send it",
    "what is told of an id tag": "its date and parent may be unreadable, and any status we do not know is a refusal",
}
# The answers that tell of an id tag, and what must be readable of that.
ABOUT_A_TAG = {
    "AuthorizeResponse": {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]},
    "StartTransactionResponse": {
        "type": "object",
        "properties": {"status": {"type": "string"}},
        "required": ["status"],
    },
    "StopTransactionResponse": {},
}

# Times: (RFC 3339?, what we read)
TIMES: dict[str, tuple[bool, str | None]] = {
    "2026-03-01T12:00:05Z": (True, "2026-03-01T12:00:05+00:00"),
    "2026-03-01t12:00:05z": (True, "2026-03-01T12:00:05+00:00"),
    "2026-03-01T12:00:05.123456789Z": (True, "2026-03-01T12:00:05.123457+00:00"),
    "2026-03-01T12:00:05.5+02:00": (True, "2026-03-01T12:00:05.500000+02:00"),
    "2016-12-31T23:59:60Z": (True, "2017-01-01T00:00:00+00:00"),
    "2016-12-31T23:59:60.5Z": (True, "2017-01-01T00:00:00.500000+00:00"),
    "0001-01-01T00:00:00+05:00": (True, "0001-01-01T00:00:00+00:00"),
    "9999-12-31T23:59:59Z": (True, "9999-12-31T23:59:59+00:00"),
    "9999-12-31T23:59:59-05:00": (True, "9999-12-31T23:59:59.999999+00:00"),
    "2026-03-01 12:00:05Z": (False, "2026-03-01T12:00:05+00:00"),
    "2026-03-01T12:00:05": (False, "2026-03-01T12:00:05+00:00"),
    "2026-03-01 12:00:05": (False, "2026-03-01T12:00:05+00:00"),
    "2026-03-01T12:00:05,5Z": (False, "2026-03-01T12:00:05.500000+00:00"),
    "2026-03-01T12:60Z": (False, None),
    "2026-03-01T12:00:05+02:60": (False, "2026-03-01T12:00:05+03:00"),
    "2026-03-01T12:00Z": (False, "2026-03-01T12:00:00+00:00"),
    "2026-03-01T12:00:05+0200": (False, "2026-03-01T12:00:05+02:00"),
    "2026-03-01T12:00:05+02": (False, "2026-03-01T12:00:05+02:00"),
    "20260301T120005Z": (False, "2026-03-01T12:00:05+00:00"),
    "2026-03-01": (False, None),
    "12:00:05Z": (False, None),
    "0000-01-01T00:00:00Z": (False, None),
    "10000-01-01T00:00:00Z": (False, None),
    "2026-02-29T12:00:05Z": (False, None),
    "2026-03-01T25:00:00Z": (False, None),
    "2026-03-01T12:00:05+24:00": (False, None),
    "now": (False, None),
    "": (False, None),
}


def shipped_schema(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / f"{name}.json").read_text("utf-8-sig"))


def official_schema(name: str) -> dict[str, Any]:
    """The shipped schema with the differences undone and references resolved."""
    schema = shipped_schema(name)
    for where, pointer, *_ in DIFFERENCES:
        if where == name:
            node = schema
            for step in pointer[:-1]:
                node = node[step]
            del node[pointer[-1]]
    return _resolved(schema, schema.pop("definitions", {}))


def _resolved(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            return _resolved(definitions[node["$ref"].rpartition("/")[2]], definitions)
        return {key: _resolved(value, definitions) for key, value in node.items() if not _is_idle(key, value)}
    return node


def _is_idle(key: str, value: object) -> bool:
    """Words that say nothing where they stand: `additionalProperties` of a string, ids that would be looked up."""
    return key in ("id", "$id") and isinstance(value, str)


def as_we_read(schema: dict[str, Any]) -> dict[str, Any]:
    """The official schema with TOLERANCES."""
    tolerant = _tolerant(schema)
    if schema.get("title") in ABOUT_A_TAG:
        tolerant["properties"]["idTagInfo"] = ABOUT_A_TAG[schema["title"]]
    return {"$schema": schema["$schema"], "anyOf": [tolerant, *([] if schema.get("required") else [NULL])]}


NULL = {"type": "null"}


def _tolerant(schema: dict[str, Any]) -> dict[str, Any]:
    match schema["type"]:
        case "object":
            required = schema.get("required", [])
            properties = {
                name: _tolerant(field) if name in required else {"anyOf": [NULL, _tolerant(field)]}
                for name, field in schema.get("properties", {}).items()
            }
            return (
                {"type": "object", "properties": properties, "required": required}
                if required
                else {
                    "type": "object",
                    "properties": properties,
                }
            )
        case "array":
            return {"type": "array", "items": _tolerant(schema["items"])}
        case "integer":
            return {"type": "number", "multipleOf": 1, "minimum": -(2**63), "maximum": 2**63 - 1}
        case "number":
            return {"type": "number", "maximum": 1.7e308, "minimum": -1.7e308}
        case "string" if "Celsius" in schema.get("enum", ()):
            return {"enum": [*schema["enum"], "Hertz"]}
        case "string" if schema.get("format") == "date-time":
            return {"type": "string", "format": "our-time"}
        case _:
            return {key: value for key, value in schema.items() if key != "format"}  # any URI


FORMATS = jsonschema.FormatChecker(formats=())
_rfc3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time")
def _is_rfc3339(text: object) -> bool:
    if not isinstance(text, str):
        return True
    return TIMES[text][0] if text in TIMES else bool(_rfc3339.fullmatch(text)) and _is_time(text)


@FORMATS.checks("our-time")
def _is_our_time(text: object) -> bool:
    if not isinstance(text, str):
        return True
    return TIMES[text][1] is not None if text in TIMES else _is_time(text)


@FORMATS.checks("uri")
def _is_uri(text: object) -> bool:
    return not isinstance(text, str) or bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*", text))


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def validator(schema: dict[str, Any]) -> jsonschema.protocols.Validator:
    cls = jsonschema.validators.validator_for(schema)
    return cls(schema, format_checker=FORMATS)


def is_valid_as_sent(judge: jsonschema.protocols.Validator, text: bytes) -> bool:
    """Judge a text; decimals are exact, so that 8.1 is a multiple of 0.1."""
    return judge.is_valid(json.loads(text, parse_float=Decimal))


def exact(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with decimal numbers in it, for `is_valid_as_sent`."""
    return json.loads(json.dumps(schema), parse_float=Decimal)


# Payloads.

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
times = st.one_of(
    st.integers(0, 2**32).map(lambda s: datetime.fromtimestamp(s, UTC).isoformat().replace("+00:00", "Z")),
    st.sampled_from([text for text, (is_rfc3339, _) in TIMES.items() if is_rfc3339]),
)


def payloads(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Valid values of an official schema."""
    match schema:
        case {"enum": values}:
            return st.sampled_from(values)
        case {"format": "date-time"}:
            return times
        case {"format": "uri"}:
            return st.sampled_from(["ftp://example.org/a", "https://example.org/b?c=d#e", "file:///f"])
        case {"type": "string"}:
            longest = schema.get("maxLength", 40)
            return st.one_of(texts.map(lambda t: t[:longest]), st.just("é" * longest))
        case {"type": "integer"}:
            return st.one_of(st.integers(-3, 10), st.sampled_from([2**31, -(2**63), 2**63 - 1]))
        case {"type": "number"}:
            return st.integers(-10_000, 10_000).map(lambda tenths: tenths / 10)
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "array", "items": items}:
            return st.lists(payloads(items), min_size=schema.get("minItems", 0), max_size=2)
        case {"type": "object"}:
            required = schema.get("required", [])
            fields = {name: payloads(field) for name, field in schema.get("properties", {}).items()}
            return st.fixed_dictionaries(
                {name: fields[name] for name in required},
                optional={name: field for name, field in fields.items() if name not in required},
            )
    raise AssertionError(schema)


def fullest(schema: dict[str, Any]) -> Any:
    """One valid value with every field in it."""
    match schema:
        case {"type": "object"}:
            return {name: fullest(field) for name, field in schema.get("properties", {}).items()}
        case {"type": "array", "items": items}:
            return [fullest(items)]
        case {"enum": [first, *_]}:
            return first
        case {"format": "date-time"}:
            return "2026-03-01T12:00:05Z"
        case {"format": "uri"}:
            return "ftp://example.org/a"
    return {"string": "text", "integer": 1, "number": 8.1, "boolean": True}[schema["type"]]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a payload, the payload itself included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, item in inside for deeper in places(item, (*path, key)))]


REMOVED = object()
# What a value may turn into on its way through somebody's firmware.
WRONG = [
    REMOVED, None, True, 0, 1, -1, 1.0, -0.0, 1.5, 8.15, 1e300, 2**31, 2**63, 10**30, [], {}, [1], [{}], {"a": None},
    "", "1", "Accepted", "Celcius", "Hertz", "not a uri", *TIMES,
    *("x" * (longest + more) for longest in (20, 25, 40, 50, 128, 255, 500, 512, 800, 5500, 10_000) for more in (0, 1)),
]  # fmt: skip


def changed(payload: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    """A copy with one value replaced or removed."""
    if not path:
        return None if wrong is REMOVED else wrong
    payload = copy.deepcopy(payload)
    node = payload
    for step in path[:-1]:
        node = node[step]
    if wrong is REMOVED:
        del node[path[-1]]
    else:
        node[path[-1]] = wrong
    return payload
