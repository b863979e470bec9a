"""Events and states as they may be logged: no id tag in full, no key, no PIN, no bytes."""

from typing import Any

from msgspec import Struct

from ..secret import Secret

SHOWN = 4  # characters of an id tag, enough to recognise one's own
PERSONAL = {"id_tag", "parent_id_tag", "own_tag", "ended_by_tag", "driver_name", "name", "FreeChargingIdTag"}
HIDDEN = {"location", "remote_location"}  # may hold a password
ITEMS_MAX = 20


def redacted(value: object, field: str = "") -> Any:
    """Plain values, shortened."""
    match value:
        case Secret() | bytes():
            return "…"
        case str() if field in HIDDEN:
            return "…"
        case str() if field in PERSONAL:
            return value[:SHOWN] + "…"
        case Struct():
            kept = {name: redacted(getattr(value, name), name) for name in value.__struct_fields__}
            return {"type": type(value).__name__, **kept}
        case dict():
            return {str(key): redacted(item, str(key)) for key, item in list(value.items())[:ITEMS_MAX]}
        case tuple() | list() | frozenset():
            return [redacted(item, field) for item in list(value)[:ITEMS_MAX]]
    return value if isinstance(value, int | float | str | None) else str(value)
