"""Walks every chain and everything that repeats what a chain says; names each row that was tampered with.

What it cannot see, no ledger in a store can: a tail that was cut or rewritten together with head and session rows.
For that there are checkpoints that left the store.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ..ledger.chain import Head
from ..ledger.checkpoint import Checkpoint
from ..ledger.derive import Derived
from ..ledger.entry import PERSONAL_FIELDS, Personal, opens, personal_facts, public_facts
from ..ledger.verification import Finding, Walk, What
from . import ledger, sessions
from .connection import Connection, Row

BEFORE_ALL = -(2**63)


def verify(db: Connection, *, checkpoints: Sequence[Checkpoint] = (), key: bytes | None = None) -> list[Finding]:
    """Everything that is wrong, chain by chain. `key`: the public key that the checkpoints must be signed with."""
    findings: list[Finding] = []
    for chain, owner in _chains(db, checkpoints).items():
        findings += _Chain(db, chain, owner).verify([one for one in checkpoints if one.chain == chain], key)
    findings += _strays(db)
    return findings


def _chains(db: Connection, checkpoints: Sequence[Checkpoint]) -> dict[str, Row]:
    """Every chain that is or should be there, with the account, charger and charge point that it belongs to."""
    chains: dict[str, Row] = {
        row[0]: row[1:]
        for row in db.rows(
            "SELECT public_id, account_id, id, 0 FROM chargers"
            " UNION ALL SELECT public_id, account_id, 0, id FROM charge_points"
        )
    }
    named = db.rows("SELECT chain FROM ledger_heads UNION SELECT DISTINCT chain FROM ledger_entries")
    for chain in (*(row[0] for row in named), *(one.chain for one in checkpoints)):
        chains.setdefault(chain, (None, 0, 0))
    return dict(sorted(chains.items()))


def _strays(db: Connection) -> Iterator[Finding]:
    """Rows that no walk along a chain comes past."""
    for (session_id,) in db.rows(
        "SELECT public_id FROM sessions WHERE ended_at IS NOT NULL AND charger_id IS NULL AND charge_point_id IS NULL"
        " ORDER BY public_id"
    ):
        yield Finding("", None, What.SESSION_INSERTED, f"{session_id} belongs to no charger")
    for chain, seq, field in db.rows(
        "SELECT p.chain, p.seq, p.field FROM ledger_personal AS p WHERE NOT EXISTS (SELECT 1 FROM ledger_entries AS e"
        " WHERE e.chain = p.chain AND e.seq = p.seq AND e.account_id = p.account_id)"
        " ORDER BY p.chain, p.seq, p.field"
    ):
        yield Finding(chain, seq, What.PERSONAL_INSERTED, field)


class _Expected:
    """What the chain says about one session: its latest facts, the kind it has now, whom it may name."""

    def __init__(self, seq: int, derived: Derived, named: dict[str, str]) -> None:
        self.seq = seq
        self.derived = derived
        self.kind = derived.kind
        self.odometer_km: int | None = None
        self.named = named  # personal fields with a proven value; the other ones were erased or never given


class _Chain:
    """The verification of one chain and of the session rows that it speaks of."""

    def __init__(self, db: Connection, chain: str, owner: Row) -> None:
        self._db = db
        self._chain = chain
        self._account_id, self._charger_id, self._charge_point_id = owner
        self._expected: dict[str, _Expected] = {}

    def verify(self, checkpoints: list[Checkpoint], key: bytes | None) -> Iterator[Finding]:
        walk = Walk(self._chain, self._account_id)
        walk.watch(checkpoints)
        after = BEFORE_ALL
        while page := ledger.entries(self._db, self._chain, after):
            personal = self._personal(page[0].seq, page[-1].seq)
            for row in page:
                yield from walk.take(row)
                for seen in walk.read(row):
                    if isinstance(seen, Finding):
                        yield seen
                    else:
                        yield from self._note(row.seq, seen, personal.get(row.seq, []))
            after = page[-1].seq
        yield from walk.end(self._head())
        for checkpoint in checkpoints:
            yield from walk.compare(checkpoint, key)
        yield from self._sessions()

    def _head(self) -> Head | None:
        row = self._db.row("SELECT account_id, chain, seq, hash FROM ledger_heads WHERE chain = ?", (self._chain,))
        return None if row is None or self._account_id not in (None, row[0]) else Head(*row[1:])

    def _personal(self, first: int, last: int) -> dict[int, list[Personal]]:
        found: dict[int, list[Personal]] = {}
        for seq, *values in self._db.rows(
            "SELECT seq, field, salt, value FROM ledger_personal WHERE chain = ? AND seq BETWEEN ? AND ?"
            " ORDER BY field",
            (self._chain, first, last),
        ):
            found.setdefault(seq, []).append(Personal(*values))
        return found

    def _note(self, seq: int, derived: Derived, personal: list[Personal]) -> Iterator[Finding]:
        """Remember what the session's row must say; check the values beside the chain."""
        named: dict[str, str] = {}
        for one in personal:
            promised = derived.commitments.get(one.field)
            if promised is None:
                yield Finding(self._chain, seq, What.PERSONAL_INSERTED, one.field)
            elif not opens(one, promised):
                yield Finding(self._chain, seq, What.PERSONAL_EDITED, one.field)
            else:
                named[one.field] = one.value
        before = self._expected.get(derived.session_id)
        if derived.facts is not None:
            self._expected[derived.session_id] = expected = _Expected(seq, derived, named)
            expected.odometer_km = None if before is None else before.odometer_km
        elif before is not None and derived.entry == "kind":
            before.kind = derived.kind
        elif before is not None:
            before.odometer_km = derived.odometer_km

    def _sessions(self) -> Iterator[Finding]:
        rows = self._db.rows(
            f"SELECT public_id, account_id, odometer_km, {', '.join(sessions.COLUMNS)} FROM sessions"
            " WHERE charger_id = ? OR charge_point_id = ? ORDER BY id",
            (self._charger_id, self._charge_point_id),
        )
        for session_id, account_id, odometer_km, *columns in rows:
            expected = self._expected.pop(session_id, None)
            row = dict(zip(sessions.COLUMNS, columns, strict=True))
            if expected is not None and odometer_km != expected.odometer_km:
                yield Finding(self._chain, expected.seq, What.SESSION_EDITED, f"{session_id} odometer_km")
            if expected is not None:
                for column in self._differences(session_id, account_id, row, expected):
                    yield Finding(self._chain, expected.seq, What.SESSION_EDITED, f"{session_id} {column}")
            elif row["ended_at"] is not None:
                yield Finding(self._chain, None, What.SESSION_INSERTED, session_id)
        for session_id, expected in self._expected.items():
            yield Finding(self._chain, expected.seq, What.SESSION_MISSING, session_id)

    def _differences(self, session_id: str, account_id: int, row: dict[str, Any], expected: _Expected) -> list[str]:
        """The columns of a session's row that do not say what the chain says."""
        try:
            facts = sessions.decode(row["body"])
        except (ValueError, TypeError) as error:
            return [f"body: {error}"]
        truth = dict(zip(sessions.COLUMNS, sessions.columns(facts, row["body"]), strict=True))
        truth["kind"] = expected.kind  # the body keeps the kind it ended with
        different = [column for column in sessions.COLUMNS if row[column] != truth[column]]
        if account_id != self._account_id:
            different.append("account_id")
        if facts.session_id != session_id or public_facts(facts) != expected.derived.facts:
            different.append("body")
        named = {field: value or None for field, value in personal_facts(facts).items()}
        different += [field for field in PERSONAL_FIELDS if named[field] != expected.named.get(field)]
        return different
