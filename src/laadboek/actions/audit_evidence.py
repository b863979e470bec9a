"""The audit log as evidence: is every row as it was written; a signed statement of where each chain ends."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..ledger.checkpoint import Checkpoint, is_genuine, sign, to_text
from ..store import audit
from ..store.audit import Flaw
from ..store.connection import Connection

PREFIX = "audit/"  # before an account's public id: the name of its chain in a checkpoint


def checkpoint_texts(db: Connection, key: Ed25519PrivateKey, now: datetime) -> list[str]:
    """To keep elsewhere: it reveals a tail that was cut off or written anew."""
    return [to_text(sign(key, PREFIX + account, seq, hash, now)) for account, seq, hash in audit.heads(db)]


def verify(db: Connection, checkpoints: Sequence[Checkpoint] = (), key: bytes | None = None) -> list[Flaw]:
    """`key`: the public key that the checkpoints must be signed with."""
    return [*audit.flaws(db), *(flaw for one in checkpoints for flaw in _against(db, one, key))]


def _against(db: Connection, checkpoint: Checkpoint, key: bytes | None) -> Iterator[Flaw]:
    account = checkpoint.chain.removeprefix(PREFIX)
    if not is_genuine(checkpoint, key):
        yield Flaw(account, checkpoint.seq, "checkpoint not genuine")
    elif checkpoint.seq and audit.hash_at(db, account, checkpoint.seq) != checkpoint.hash:
        yield Flaw(account, checkpoint.seq, "not what the checkpoint says")
