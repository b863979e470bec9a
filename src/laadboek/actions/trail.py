"""The audit log, as actions write it: who did what, when, from where. Secrets enter as fingerprints at most."""

from collections.abc import Mapping
from datetime import datetime

from ..store import audit
from ..store.connection import Connection
from .actor import Actor


def note(
    db: Connection, actor: Actor, what: str, now: datetime, details: Mapping[str, str | int | None] | None = None
) -> None:
    """In the same transaction as what was done."""
    audit.append(
        db,
        actor.account_id,
        actor=actor.name,
        what=what,
        details=dict(details or {}),
        now=now,
        network=actor.network,
    )
