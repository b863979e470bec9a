"""Finds what was done to a chain behind its back, and names it. Pure: rows in, findings out."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from .chain import GENESIS, Head, StoredEntry, link_hash
from .checkpoint import Checkpoint, is_genuine
from .derive import Derived, derive


class What(StrEnum):
    """Stable codes; the pages and commands have the sentences."""

    ENTRY_EDITED = "entry_edited"  # bytes or hash are not what the chain was made of
    ENTRY_MISSING = "entry_missing"
    ENTRY_INSERTED = "entry_inserted"
    ENTRY_MOVED = "entry_moved"  # stands in another place or chain than its bytes say
    PROJECTION_EDITED = "projection_edited"
    HEAD_BROKEN = "head_broken"
    PERSONAL_EDITED = "personal_edited"  # a value does not open its commitment
    PERSONAL_INSERTED = "personal_inserted"  # a value for which there is no commitment
    SESSION_EDITED = "session_edited"
    SESSION_MISSING = "session_missing"
    SESSION_INSERTED = "session_inserted"
    CHECKPOINT_FORGED = "checkpoint_forged"
    TAIL_CUT = "tail_cut"
    REWRITTEN = "rewritten"  # whole, but not the chain that the checkpoint saw


class Finding(Struct, frozen=True, gc=False):
    chain: str
    seq: int | None  # None: about a session row that no entry speaks of
    what: What
    detail: str  # which column, session or field

    def __str__(self) -> str:
        return f"{self.chain} entry {'-' if self.seq is None else self.seq}: {self.what} ({self.detail})"


# Columns that repeat what the bytes say.
PROJECTIONS = ("version", "entry", "session_id", "kind", "started_at", "ended_at", "energy_wh")


def is_linked(row: StoredEntry) -> bool:
    """Its hash is that of its bytes. SQLite keeps a text or number in a column of bytes: then somebody put it there."""
    in_bytes = isinstance(row.previous_hash, bytes) and isinstance(row.body, bytes)
    return in_bytes and row.hash == link_hash(row.previous_hash, row.body)


class Walk:
    """Takes the entries of one chain in order of seq, then its head. `derived` is what the last entry says."""

    def __init__(self, chain: str, account_id: int | None) -> None:
        self._chain = chain
        self._account_id = account_id  # the owner of the charger, when it is known
        self._before: StoredEntry | None = None
        self._hashes: dict[int, bytes] = {}  # of the seqs that checkpoints speak of

    def watch(self, checkpoints: list[Checkpoint]) -> None:
        self._hashes = {checkpoint.seq: b"" for checkpoint in checkpoints}

    def take(self, row: StoredEntry) -> Iterator[Finding]:
        """What is wrong with this entry, and with its place behind the one before."""
        expected = 1 if self._before is None else self._before.seq + 1
        if row.seq < 1:
            yield self._finding(row.seq, What.ENTRY_INSERTED, "a chain begins with entry 1")
            return
        if row.seq > expected:
            yield self._missing(expected, row.seq - 1)
        if not is_linked(row):
            yield self._finding(row.seq, What.ENTRY_EDITED, "its hash is not that of its bytes")
        elif row.seq == expected:
            yield from self._joint(row)
        if self._account_id not in (None, row.account_id):
            yield self._finding(row.seq, What.PROJECTION_EDITED, "account_id")
        self._before = row
        if row.seq in self._hashes:
            self._hashes[row.seq] = row.hash

    def _joint(self, row: StoredEntry) -> Iterator[Finding]:
        before = self._before
        if before is None:
            if row.previous_hash != GENESIS:
                yield self._finding(row.seq, What.ENTRY_EDITED, "the first entry does not begin the chain")
        elif row.previous_hash != before.hash and is_linked(before):
            yield self._finding(before.seq, What.ENTRY_EDITED, f"it is not what entry {row.seq} was chained to")

    def read(self, row: StoredEntry) -> Iterator[Finding | Derived]:
        """What its bytes say, and where the columns say something else."""
        try:
            derived = derive(row.body)
        except (ValueError, TypeError) as error:
            yield self._finding(row.seq, What.ENTRY_EDITED, str(error))
            return
        if (derived.chain, derived.seq) != (row.chain, row.seq):
            detail = f"its bytes say {derived.chain} entry {derived.seq}"
            yield self._finding(row.seq, What.ENTRY_MOVED, detail)
        for column in PROJECTIONS:
            if getattr(derived, column) != getattr(row, column):
                yield self._finding(row.seq, What.PROJECTION_EDITED, column)
        yield derived

    def end(self, head: Head | None) -> Iterator[Finding]:
        """Compare with the head, after the last entry."""
        last_seq, last_hash = (self._before.seq, self._before.hash) if self._before else (0, GENESIS)
        if head is None:
            if last_seq:
                yield self._finding(last_seq, What.HEAD_BROKEN, "there is no head")
        elif head.seq < last_seq:
            yield self._finding(last_seq, What.ENTRY_INSERTED, f"the head stands at {head.seq}")
        elif head.seq > last_seq:
            yield self._missing(last_seq + 1, head.seq)
        elif head.hash != last_hash:
            yield self._finding(head.seq, What.HEAD_BROKEN, "head and last entry differ in their hash")

    def compare(self, checkpoint: Checkpoint, key: bytes | None) -> Iterator[Finding]:
        """Compare with a checkpoint given to `watch`, after the last entry."""
        if not is_genuine(checkpoint, key):
            yield self._finding(checkpoint.seq, What.CHECKPOINT_FORGED, "its signature is wrong")
        elif checkpoint.seq and (found := self._hashes[checkpoint.seq]) != checkpoint.hash:
            if found:
                yield self._finding(checkpoint.seq, What.REWRITTEN, f"the checkpoint of {checkpoint.at} differs")
            else:
                yield self._finding(checkpoint.seq, What.TAIL_CUT, f"it was there at {checkpoint.at}")

    def _missing(self, first: int, last: int) -> Finding:
        return self._finding(first, What.ENTRY_MISSING, f"entries {first} to {last}" if last > first else "removed")

    def _finding(self, seq: int | None, what: What, detail: str) -> Finding:
        return Finding(self._chain, seq, what, detail)
