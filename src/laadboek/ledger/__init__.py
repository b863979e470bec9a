"""Sessions as evidence: canonical entries, a hash chain, signed checkpoints. Pure."""
