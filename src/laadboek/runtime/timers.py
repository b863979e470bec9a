"""Deadlines of everything in the process on one heap, so that ten thousand idle chargers cost one loop timer."""

import asyncio
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from ..clock import Clock

Fire = Callable[[], None]

# The loop's clock stands still while the machine sleeps; looking again this often catches up with what came due.
LOOK_AGAIN = timedelta(seconds=60)


class Deadlines:
    """The heap itself, without a clock: what is due when. A replaced entry stays in the heap until it comes up."""

    def __init__(self) -> None:
        self._armed: dict[Hashable, tuple[datetime, int, Fire]] = {}
        self._heap: list[tuple[datetime, int, Hashable]] = []
        self._count = 0  # ties fire in the order in which they were set

    def __len__(self) -> int:
        return len(self._armed)

    def put(self, key: Hashable, when: datetime, fire: Fire) -> None:
        known = self._armed.get(key)
        if known is not None and known[0] == when:
            self._armed[key] = (when, known[1], fire)
            return
        self._count += 1
        self._armed[key] = (when, self._count, fire)
        heappush(self._heap, (when, self._count, key))
        if len(self._heap) > 2 * len(self._armed) + 64:
            self._heap = [(when, number, key) for key, (when, number, _) in self._armed.items()]
            heapify(self._heap)

    def drop(self, key: Hashable) -> None:
        self._armed.pop(key, None)

    def shift(self, by: timedelta) -> None:
        """The clock was set by so much: what is awaited is as far away as before."""
        self._armed = {key: (when + by, number, fire) for key, (when, number, fire) in self._armed.items()}
        self._heap = [(when, number, key) for key, (when, number, _) in self._armed.items()]
        heapify(self._heap)

    def next(self) -> datetime | None:
        """The earliest deadline."""
        while self._heap and not self._is_armed(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: datetime) -> Fire | None:
        """Take out the earliest deadline if its time has come."""
        when = self.next()
        if when is None or when > now:
            return None
        _, _, key = heappop(self._heap)
        return self._armed.pop(key)[2]

    def _is_armed(self, entry: tuple[datetime, int, Hashable]) -> bool:
        armed = self._armed.get(entry[2])
        return armed is not None and armed[1] == entry[1]


class LoopTimers:
    """Deadlines on the running event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines()
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for: datetime | None = None

    def at(self, key: Hashable, when: datetime, fire: Fire) -> None:
        self._deadlines.put(key, when, fire)
        self._arm()

    def cancel(self, key: Hashable) -> None:
        self._deadlines.drop(key)  # the loop's timer may come for nothing once; it then looks further

    def shift(self, by: timedelta) -> None:
        """The clock was set by so much; call it right after."""
        self._deadlines.shift(by)
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._armed_for = None
        self._arm()

    def close(self) -> None:
        """Nothing fires any more."""
        if self._handle is not None:
            self._handle.cancel()
        self._deadlines = Deadlines()

    def _arm(self) -> None:
        when = self._deadlines.next()
        if when is None or (self._armed_for is not None and self._armed_for <= when):
            return
        if self._handle is not None:
            self._handle.cancel()
        self._armed_for = when
        wait = min(when - self._clock.now(), LOOK_AGAIN).total_seconds()
        self._handle = self._loop.call_later(max(0.0, wait), self._run)

    def _run(self) -> None:
        self._handle = self._armed_for = None
        try:
            now = self._clock.now()
            for _ in range(len(self._deadlines)):  # what is set on the way waits for the loop's next round
                fire = self._deadlines.pop_due(now)
                if fire is None:
                    break
                fire()
        finally:  # one that fails shall not stop the clocks of the others
            self._arm()
