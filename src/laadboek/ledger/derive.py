"""From canonical bytes back to what they say: `verify` compares this with every column that repeats it."""

import json
from typing import Any

from msgspec import Struct

from .entry import ADDED, PUBLIC_FIELDS

NOTES = ("kind", "odometer")  # what people write beside a session; its facts stay


class Derived(Struct, frozen=True, kw_only=True):
    """What an entry's bytes say."""

    chain: str
    seq: int
    version: int
    entry: str
    session_id: str
    kind: str
    started_at: int
    ended_at: int
    energy_wh: int
    facts: dict[str, Any] | None  # of a `session` or `correction`: the members that `public_facts` has
    commitments: dict[str, str]
    odometer_km: int | None = None  # of an `odometer`


def derive(body: bytes) -> Derived:
    """Raises ValueError when the bytes are no entry of a known version."""
    try:
        members = json.loads(body)
        return _derive(members)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an entry: {error}") from error


def _derive(members: dict[str, Any]) -> Derived:
    if members["type"] in NOTES:
        return _note(members)
    fields = PUBLIC_FIELDS[members["version"]]
    return Derived(
        **{name: members[name] for name in ("chain", "seq", "version", "kind", "started_at", "ended_at", "energy_wh")},
        entry=members["type"],
        session_id=members["session"],
        facts={**ADDED, **{name: members[name] for name in fields}},
        commitments=dict(members["commitments"]),
    )


def _note(members: dict[str, Any]) -> Derived:
    """Of a session, after its end: at one instant, without energy."""
    is_kind = members["type"] == "kind"
    return Derived(
        chain=members["chain"],
        seq=members["seq"],
        version=members["version"],
        entry=members["type"],
        session_id=members["session"],
        kind=members["to"] if is_kind else "",
        started_at=members["at"],
        ended_at=members["at"],
        energy_wh=0,
        facts=None,
        commitments={},
        odometer_km=None if is_kind else members["to"],
    )
