"""How often this process calls one backend: a fleet that comes back as one would be an attack on its platform."""

CALLS_PER_S = 20.0  # per host name of a backend
PATIENCE_S = 20.0  # a call that would wait longer is put off; below the time that a face gives its socket
KNOWN_MAX = 1_024  # hosts; those of the past are forgotten


class Pace:
    """When the next call to a host may leave. Instants are seconds of any clock that only goes forward."""

    def __init__(self, calls_per_s: float = CALLS_PER_S, patience_s: float = PATIENCE_S) -> None:
        self._between_s, self._patience_s = 1 / calls_per_s, patience_s
        self._free_at: dict[str, float] = {}
        self._left_at: dict[str, float] = {}

    def wait_s(self, host: str, now: float) -> float:
        """How long to wait. Up to the patience the place is reserved; beyond it nothing is: ask again later."""
        wait_s = max(0.0, self._free_at.get(host, now) - now)
        if wait_s <= self._patience_s:
            self._forget(now)
            self._free_at[host] = now + wait_s + self._between_s
        return wait_s

    def too_long(self, wait_s: float) -> bool:
        return wait_s > self._patience_s

    def late_s(self, host: str, now: float) -> float:
        """How much longer, when the wait is over: those who were all held up together do not leave together."""
        leaves_at = max(now, self._left_at.get(host, now - self._between_s) + self._between_s)
        self._left_at[host] = leaves_at
        return leaves_at - now

    def _forget(self, now: float) -> None:
        if len(self._free_at) >= KNOWN_MAX:
            self._free_at = {host: free_at for host, free_at in self._free_at.items() if free_at > now}
            self._left_at = {host: left_at for host, left_at in self._left_at.items() if host in self._free_at}
