"""Platforms to choose from when OCPP is activated (C4, manual 4.3): a data file, `presets.toml`, read once."""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from ..reasons import Refused

FILE = Path(__file__).with_suffix(".toml")
OWN = "laadboek"  # our own platform: nothing has to be typed
OTHER = "other"  # what a form says for "none of these"; stored as None
PURPOSES = ("own", "employer", "registrar", "operator", "home")
ASKS = ("charge_box_id", "user_name", "key")
SURE = ("public", "reported", "ask")


class Preset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`uri` empty: its operator tells it. `example`: how an address looks that everybody has for themselves."""

    name: str
    countries: tuple[str, ...]
    purpose: str
    uri: str
    asks: tuple[str, ...]
    notes: tuple[str, ...]
    source: str
    checked: date
    sure: str
    example: str = ""


@lru_cache
def presets() -> dict[str, Preset]:
    """By id, in the order in which they are offered."""
    return msgspec.convert(tomllib.loads(FILE.read_text()), dict[str, Preset])


def checked_preset(name: str | None) -> str | None:
    """An id of the list, or None for a platform that is none of them."""
    if name in (None, "", OTHER):
        return None
    if name not in presets():
        raise Refused("preset.unknown", preset=name)
    return name


def name_of(preset: str | None) -> str | None:
    """What people call it; None: nobody said which platform it is."""
    found = presets().get(preset or "")
    return None if found is None else found.name
