"""What the chain says: entries as canonical bytes that anybody can hash again in any language.

**Canonical form, versions 1 and 2.** One JSON object (RFC 8259) in UTF-8 without byte-order mark, without white space
between tokens. Members are sorted by name; names are ASCII. Values are integers, strings, arrays, objects and null:
never a float, never a boolean. In strings only `"`, `\\` and U+0000-U+001F are escaped (`\\b \\f \\n \\r \\t` where
they exist, else `\\u00xx` in lower case); everything else is itself. An instant is an integer: microseconds since
1970-01-01T00:00:00Z. Energy and registers are integers in Wh. Hashes are lower-case hexadecimal.

Every entry has `chain`, `seq` (1, 2, 3 …), `version` and `type`:

- `session`: a session ended. `session`, `connector`, `kind`, `mode`, `started_at`, `ended_at`, `start_register_wh`,
  `end_register_wh`, `quarters` (array of [instant, register] at each quarter-hour boundary inside), `energy_wh`,
  `reason`, `over_link`, `flags` (sorted), and `commitments`: field name to SHA-256(salt ‖ value in UTF-8). Since
  version 2 also `sun_wh` (of the energy, what the own roof gave; null: nobody measured), `sun_quarters` (array of
  [instant, sun_wh until then]), `cost_micro` and `currency` (null: no price was known when it ended).
- `correction`: the same members, which replace those of the session's earlier entries, and `corrects` (their latest
  seq), `actor`, `at`, `why`.
- `kind`: a session's kind was changed. `session`, `from`, `to`, `actor`, `at`.
- `odometer` (since version 2): what the car's odometer showed was written down or changed, in km. The same members;
  null: nothing is written down.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from msgspec import Struct

from ..clock import to_us

VERSION = 2
FIRST_FIELDS = (
    "session",
    "connector",
    "kind",
    "mode",
    "started_at",
    "ended_at",
    "start_register_wh",
    "end_register_wh",
    "quarters",
    "energy_wh",
    "reason",
    "over_link",
    "flags",
)
# What version 2 added, and what entries of version 1 say by leaving it out.
ADDED: dict[str, Any] = {"sun_wh": None, "sun_quarters": [], "cost_micro": None, "currency": None}
PUBLIC_FIELDS = {1: FIRST_FIELDS, 2: (*FIRST_FIELDS, *ADDED)}
PERSONAL_FIELDS = ("driver_id", "driver_name", "ended_by_tag", "id_tag")


class SessionFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session as the ledger takes it from whoever hosts the charger. Registers in Wh."""

    session_id: str
    connector_id: int
    id_tag: str
    driver_id: str | None = None
    driver_name: str | None = None
    kind: str
    mode: str
    started_at: datetime
    start_register_wh: int
    quarters: tuple[tuple[datetime, int], ...] = ()  # (boundary, register), ascending
    over_link: str | None = None
    ended_at: datetime | None = None
    end_register_wh: int | None = None
    reason: str | None = None
    ended_by_tag: str | None = None
    flags: tuple[str, ...] = ()
    sun_wh: int | None = None  # of its energy, what the own roof gave
    sun_quarters: tuple[tuple[datetime, int], ...] = ()  # (boundary, sun_wh until then), ascending
    cost_micro: int | None = None  # by the contract and the prices that were known when it ended
    currency: str | None = None

    @property
    def energy_wh(self) -> int | None:
        return None if self.end_register_wh is None else self.end_register_wh - self.start_register_wh


class Personal(Struct, frozen=True, gc=False):
    """A personal value beside the chain: what a commitment in the chain can be opened with."""

    field: str
    salt: bytes
    value: str


class NotEvidence(ValueError):
    """These facts cannot become an entry: no end, negative energy, time or registers that run backwards."""


def session_body(
    chain: str, seq: int, session: SessionFacts, personal: list[Personal], correction: "Correction | None" = None
) -> bytes:
    """The canonical bytes of a `session` entry, or of a `correction`."""
    check(session)
    body: dict[str, Any] = {
        "type": "session",
        **public_facts(session),
        "commitments": {one.field: commitment(one.salt, one.value) for one in personal},
    }
    if correction is not None:
        body |= {
            "type": "correction",
            "corrects": correction.corrects,
            "actor": correction.actor,
            "at": to_us(correction.at),
            "why": correction.why,
        }
    return _canonical(chain, seq, body)


class Correction(Struct, frozen=True, kw_only=True):
    """Who replaced what an earlier entry says, and why."""

    corrects: int  # the seq of the session's latest entry that is a `session` or `correction`
    actor: str
    at: datetime
    why: str


def odometer_body(
    chain: str, seq: int, session_id: str, before_km: int | None, after_km: int | None, actor: str, at: datetime
) -> bytes:
    """The canonical bytes of an `odometer` entry."""
    body = {
        "type": "odometer",
        "session": session_id,
        "from": before_km,
        "to": after_km,
        "actor": actor,
        "at": to_us(at),
    }
    return _canonical(chain, seq, body)


def kind_body(chain: str, seq: int, session_id: str, before: str, after: str, actor: str, at: datetime) -> bytes:
    """The canonical bytes of a `kind` entry."""
    body = {
        "type": "kind",
        "session": session_id,
        "from": str(before),
        "to": str(after),
        "actor": actor,
        "at": to_us(at),
    }
    return _canonical(chain, seq, body)


def public_facts(session: SessionFacts) -> dict[str, Any]:
    """The members of a `session` entry that name nobody."""
    return {
        "session": session.session_id,
        "connector": session.connector_id,
        "kind": str(session.kind),
        "mode": str(session.mode),
        "started_at": to_us(session.started_at),
        "ended_at": None if session.ended_at is None else to_us(session.ended_at),
        "start_register_wh": session.start_register_wh,
        "end_register_wh": session.end_register_wh,
        "quarters": [[to_us(boundary), register_wh] for boundary, register_wh in session.quarters],
        "energy_wh": session.energy_wh,
        "reason": None if session.reason is None else str(session.reason),
        "over_link": session.over_link,
        "flags": sorted(session.flags),
        "sun_wh": session.sun_wh,
        "sun_quarters": [[to_us(boundary), sun_wh] for boundary, sun_wh in session.sun_quarters],
        "cost_micro": session.cost_micro,
        "currency": session.currency,
    }


def personal_facts(session: SessionFacts) -> dict[str, str | None]:
    """The members that name somebody; in the chain they are commitments."""
    return {field: getattr(session, field) for field in PERSONAL_FIELDS}


def personal_values(session: SessionFacts, salt: bytes) -> list[Personal]:
    """The personal fields that are given, each with its own salt, made from `salt`: 16 random bytes or more."""
    assert len(salt) >= 16, "a guessable salt makes the commitment a lookup table"
    return [
        Personal(field, hashlib.sha256(salt + field.encode()).digest()[:16], value)
        for field, value in personal_facts(session).items()
        if value
    ]


def commitment(salt: bytes, value: str) -> str:
    return hashlib.sha256(salt + value.encode()).hexdigest()


def opens(personal: Personal, promised: str) -> bool:
    """Whether this is the value that was committed to; one of another type, as SQLite lets in, never is."""
    readable = isinstance(personal.salt, bytes) and isinstance(personal.value, str)
    return readable and commitment(personal.salt, personal.value) == promised


def check(session: SessionFacts) -> None:
    """Energy is never negative, neither time nor register runs backwards, the sun gives no more than was taken."""
    if session.ended_at is None or session.end_register_wh is None:
        raise NotEvidence(f"{session.session_id} has not ended")
    instants = [session.started_at, *(at for at, _ in session.quarters), session.ended_at]
    registers = [session.start_register_wh, *(wh for _, wh in session.quarters), session.end_register_wh]
    if instants != sorted(instants):
        raise NotEvidence(f"{session.session_id}: its instants run backwards")
    if registers != sorted(registers) or registers[0] < 0:
        raise NotEvidence(f"{session.session_id}: its registers run backwards: {registers}")
    _check_sun(session, registers[-1] - registers[0])


def _check_sun(session: SessionFacts, energy_wh: int) -> None:
    given = [0, *(wh for _, wh in session.sun_quarters), *(() if session.sun_wh is None else (session.sun_wh,))]
    if given != sorted(given) or given[-1] > energy_wh or (session.sun_quarters and session.sun_wh is None):
        raise NotEvidence(f"{session.session_id}: the sun gave {given} of {energy_wh} Wh")


def _canonical(chain: str, seq: int, body: dict[str, Any]) -> bytes:
    whole = {"chain": chain, "seq": seq, "version": VERSION, **body}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
