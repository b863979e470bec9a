"""From canonical bytes back to what they say: `verify` compares this with every column that repeats it."""

import json
from typing import Any

from msgspec import Struct

from .entry import PUBLIC_FIELDS


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


def derive(body: bytes) -> Derived:
    """Raises ValueError when the bytes are no entry of a known version."""
    try:
        members = json.loads(body)
        return _derive(members)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an entry: {error}") from error


def _derive(members: dict[str, Any]) -> Derived:
    is_kind = members["type"] == "kind"
    return Derived(
        chain=members["chain"],
        seq=members["seq"],
        version=members["version"],
        entry=members["type"],
        session_id=members["session"],
        kind=members["to" if is_kind else "kind"],
        started_at=members["at" if is_kind else "started_at"],
        ended_at=members["at" if is_kind else "ended_at"],
        energy_wh=0 if is_kind else members["energy_wh"],
        facts=None if is_kind else {name: members[name] for name in PUBLIC_FIELDS},
        commitments={} if is_kind else dict(members["commitments"]),
    )
