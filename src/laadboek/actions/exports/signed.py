"""Sessions as a signed file: their ledger entries and what opens their commitments (`ledger.signed`)."""

import base64
from datetime import date, datetime
from itertools import islice
from typing import Any

from msgspec import Struct

from ...clock import to_us
from ...ledger import signed
from ...reasons import Refused
from ...store import accounts, ledger
from ...store.connection import Connection
from ...store.session_queries import Choice
from ..actor import Actor
from ..scope import visible
from ..sessions import rows_between

MOST = 20_000  # sessions: the file is made in memory


class SignExport(Struct, frozen=True):
    """Asked with `bus.request("exports", …)`: the answer is a `Signature` over the bytes of `prepared`."""

    document: dict[str, Any]


class Covered(Struct, frozen=True, kw_only=True):
    """Local days `first` up to but without `until`, and what the sessions were narrowed to."""

    first: date
    until: date
    start: datetime
    end: datetime
    choice: Choice = Choice()


def prepared(db: Connection, actor: Actor, covered: Covered, now: datetime) -> dict[str, Any]:
    """The document without `key` and `signature`. Of sessions that have ended: the ledger has no others."""
    if not visible(actor).home:  # entries tell of the house, and cannot be cut without breaking their hash
        raise Refused("export.signed_whole")
    account = accounts.by_id(db, actor.account_id)
    assert account is not None
    rows = rows_between(db, actor, covered.start, covered.end, covered.choice)
    ended = list(islice((row for row in rows if row.ended_at is not None), MOST + 1))
    if len(ended) > MOST:
        raise Refused("export.too_long", count=len(ended), most=MOST)
    sessions = [_session(db, actor, row.session_id, row.kind.value, row.odometer_km) for row in ended]
    chains = sorted({entry["chain"] for one in sessions for entry in one["entries"]})
    choice = covered.choice
    return {
        "format": signed.FORMAT,
        "account": account.public_id,
        "first": covered.first.isoformat(),
        "until": covered.until.isoformat(),
        "time_zone": actor.time_zone,
        "choice": {
            "kind": choice.kind.value if choice.kind else None,
            "driver": choice.driver_id,
            "charger": choice.charger_id,
        },
        "made_at": to_us(now),
        "heads": [_head(db, chain) for chain in chains],
        "digests": [[one["session"], signed.digest(one)] for one in sessions],
        "totals": signed.totals_of(sessions),
        "sessions": sessions,
    }


def sealed(document: dict[str, Any], key: bytes, sign: Any) -> bytes:
    """The file. `sign` makes the signature of bytes by that key."""
    named = {**document, "key": base64.b64encode(key).decode()}
    signature = base64.b64encode(sign(signed.signed_bytes(named))).decode()
    return signed.canonical({**named, "signature": signature}) + b"\n"


def _session(db: Connection, actor: Actor, session_id: str, kind: str, odometer_km: int | None) -> dict[str, Any]:
    entries = ledger.of_session(db, actor.account_id, session_id)
    personal = [(entry, one) for entry in entries for one in ledger.personal(db, entry.chain, entry.seq)]
    return {
        "session": session_id,
        "kind": kind,
        "odometer_km": odometer_km,
        "entries": [
            {
                "chain": entry.chain,
                "seq": entry.seq,
                "body": bytes(entry.body).decode(),
                "previous_hash": bytes(entry.previous_hash).hex(),
                "hash": bytes(entry.hash).hex(),
            }
            for entry in entries
        ],
        "personal": [
            {
                "chain": entry.chain,
                "seq": entry.seq,
                "field": one.field,
                "salt": bytes(one.salt).hex(),
                "value": one.value,
            }
            for entry, one in personal
        ],
    }


def _head(db: Connection, chain: str) -> dict[str, Any]:
    head = ledger.head(db, chain)
    return {"chain": head.chain, "seq": head.seq, "hash": bytes(head.hash).hex()}
