"""The only source of randomness: public ids, transaction ids, jitter. Seeded in a simulation, else the system's."""

import hashlib
import random

# Crockford's alphabet: no letter that is mistaken for another when somebody reads an id aloud.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Ids:
    """One stream of random values. A component gets a stream of its own, so that streams do not disturb each other."""

    def __init__(self, seed: int | str | None = None) -> None:
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(stable_seed(seed))

    def public(self, prefix: str) -> str:
        """`prefix_` + 80 random bits, e.g. `ses_9f3k2m7qz0c4v8xw`."""
        bits = self._random.getrandbits(80)
        return prefix + "_" + "".join(ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5))

    def id_tag(self) -> str:
        """A fresh OCPP id tag: 20 characters (CiString20), not guessable."""
        return "LB" + self.token_bytes(9).hex().upper()

    def positive_int31(self) -> int:
        """A transaction id of our platform: positive, fits a signed 32-bit integer."""
        return self._random.randrange(1, 2**31)

    def token_bytes(self, count: int) -> bytes:
        return self._random.getrandbits(8 * count).to_bytes(count, "big")

    def below(self, bound: float) -> float:
        """A float in [0, bound): jitter."""
        return self._random.random() * bound

    def random(self) -> random.Random:
        """The stream itself, for the physics of a simulated house."""
        return self._random


def stable_seed(seed: int | str) -> int:
    """A seed that is the same in every process, whatever PYTHONHASHSEED says."""
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8], "big")
