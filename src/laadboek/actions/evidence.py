"""The ledger as evidence: is every row as it was written, and what can be kept elsewhere to prove it later."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from ..ledger.checkpoint import Checkpoint, to_text
from ..ledger.verification import Finding
from ..store import ledger, verify
from ..store.connection import Connection


class Verification(Struct, frozen=True, kw_only=True):
    findings: list[Finding]
    chains: int
    entries: int
    checkpoints: int

    def summary(self) -> str:
        verdict = f"{len(self.findings)} findings" if self.findings else "every row is as it was written"
        return f"{self.chains} chains, {self.entries} entries, {self.checkpoints} checkpoints: {verdict}"

    def as_dict(self) -> dict[str, Any]:
        rows = [{"chain": f.chain, "seq": f.seq, "what": str(f.what), "detail": f.detail} for f in self.findings]
        counts = {name: getattr(self, name) for name in ("chains", "entries", "checkpoints")}
        return {"ok": not self.findings, **counts, "findings": rows}


def verify_ledger(db: Connection, checkpoints: Sequence[Checkpoint] = (), key: bytes | None = None) -> Verification:
    """Walk everything. `key`: the public key that the checkpoints must be signed with."""
    found = verify.verify(db, checkpoints=checkpoints, key=key)
    heads = ledger.all_heads(db)
    return Verification(
        findings=found, chains=len(heads), entries=sum(head.seq for head in heads), checkpoints=len(checkpoints)
    )


def checkpoint_texts(db: Connection, key: Ed25519PrivateKey, now: datetime) -> list[str]:
    """A signed checkpoint of every chain that has entries."""
    return [to_text(ledger.checkpoint(db, head.chain, key, now)) for head in ledger.all_heads(db)]
