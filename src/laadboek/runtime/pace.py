"""How often this process calls one backend: a fleet that comes back as one would be an attack on its platform."""

from collections import deque
from collections.abc import Callable

CALLS_PER_S = 20.0  # per host and port of a backend
PATIENCE_S = 20.0  # a call that would wait longer is put off; below the time that a face gives its socket

Go = Callable[[], None]
Later = Callable[[float, Go], object]  # as a loop's `call_later`


class Pace:
    """One call to a host leaves at a time, and the next no sooner than its distance, however late this one was."""

    def __init__(self, later: Later, calls_per_s: float = CALLS_PER_S, patience_s: float = PATIENCE_S) -> None:
        self._later, self._between_s, self._patience_s = later, 1 / calls_per_s, patience_s
        self._waiting: dict[str, deque[Go]] = {}  # hosts that were called a moment ago, and who comes next

    def enter(self, host: str, go: Go) -> float | None:
        """Call `go` now, or when it is its turn. Seconds: the queue is that long, `go` is not in it; ask again."""
        queue = self._waiting.get(host)
        if queue is None:
            self._waiting[host] = deque()
            self._later(self._between_s, lambda: self._next(host))
            go()
            return None
        wait_s = (len(queue) + 1) * self._between_s
        if wait_s > self._patience_s:
            return wait_s
        queue.append(go)
        return None

    def _next(self, host: str) -> None:
        queue = self._waiting[host]
        if not queue:
            del self._waiting[host]
            return
        self._later(self._between_s, lambda: self._next(host))
        queue.popleft()()
