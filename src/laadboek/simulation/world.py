"""Virtual time: one heap of deadlines, one seeded stream per component, and processes that can crash.

Nothing happens between deadlines, so an idle night costs nothing. Deadlines at one instant fire in the order in which
they were set, so that a run is the same in every process.
"""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from heapq import heappop, heappush

from ..clock import VirtualClock
from ..ids import Ids

Fire = Callable[[], None]


class Crash(BaseException):
    """The process dies here: not an error that anybody may handle, so not an Exception."""


class Deadline:
    """One entry of the heap; forgotten by emptying it, because a heap cannot let go of its middle."""

    __slots__ = ("fire", "when")

    def __init__(self, when: datetime, fire: Fire | None) -> None:
        self.when, self.fire = when, fire


class World:
    """The heap, the clock that follows it, and the seed."""

    def __init__(self, start: datetime, seed: int | str) -> None:
        self.clock = VirtualClock(start)
        self._seed = seed
        self._heap: list[tuple[datetime, int, Deadline]] = []
        self._order = 0

    @property
    def now(self) -> datetime:
        return self.clock.instant

    def ids(self, component: str) -> Ids:
        """A stream of its own for each component: a draw of one never shifts those of another."""
        return Ids(f"{self._seed}/{component}")

    def at(self, when: datetime, fire: Fire) -> Deadline:
        self._order += 1
        deadline = Deadline(when, fire)
        heappush(self._heap, (when, self._order, deadline))
        return deadline

    def run(self, until: datetime, stop: Callable[[], bool] = lambda: False) -> None:
        """Fire everything that is due up to and including `until`, then let the clock stand there.

        A deadline in the past fires at once. Ends early, at the instant reached, when `stop()` says so.
        """
        heap, clock = self._heap, self.clock
        while heap and heap[0][0] <= until:
            when, _, deadline = heappop(heap)
            if deadline.fire is None:
                continue
            if when > clock.instant:
                clock.instant = when
            deadline.fire()
            if stop():
                return
        clock.instant = max(clock.instant, until)


class HeapTimers:
    """The deadlines of one component, by key; they share the world's heap."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._live: dict[Hashable, Deadline] = {}

    def at(self, key: Hashable, when: datetime, fire: Fire) -> None:
        """Fire at `when`, in place of what was set under this key before."""
        known = self._live.get(key)
        if known is not None and known.when == when:
            known.fire = lambda: self._fire(key, fire)
            return
        self.cancel(key)
        self._live[key] = self._world.at(when, lambda: self._fire(key, fire))

    def _fire(self, key: Hashable, fire: Fire) -> None:
        del self._live[key]
        fire()

    def cancel(self, key: Hashable) -> None:
        deadline = self._live.pop(key, None)
        if deadline is not None:
            deadline.fire = None

    def clear(self) -> None:
        for key in list(self._live):
            self.cancel(key)


def nothing() -> None: ...


class Process:
    """One run of a program, from its start to its end. Whatever enters it comes through `call`.

    After its end nothing enters: its deadlines are gone, and what the network or the hardware had for it is lost.
    """

    def __init__(self, world: World, name: str, on_crash: Callable[[], None]) -> None:
        self.name, self.alive = name, True
        self.timers = HeapTimers(world)
        self.finish: Fire = nothing  # what the program does before it waits again: its disk writes
        self.on_crash = on_crash
        self._inside = False

    def call(self, function: Callable[..., None], *arguments: object) -> None:
        """Run a function of the program. A crash ends here, unless the program is on the stack further up."""
        if not self.alive:
            return
        if self._inside:
            function(*arguments)
            return
        self._inside = True
        try:
            function(*arguments)
            self.finish()
        except Crash:
            self.end()
            self.on_crash()
        finally:
            self._inside = False

    def end(self) -> None:
        self.alive = False
        self.timers.clear()


class MachineClock:
    """The clock of one computer: the world's, wrong by `wrong_by`. Who sets it starts its programs anew."""

    synchronised = True

    def __init__(self, world: VirtualClock, wrong_by: timedelta = timedelta()) -> None:
        self._world, self.wrong_by = world, wrong_by

    def now(self) -> datetime:
        return self._world.instant + self.wrong_by


class ProcessTimers:
    """The timers that a process is given: each deadline enters it through its door, by the clock of its computer."""

    def __init__(self, process: Process, clock: MachineClock | None = None) -> None:
        self._process, self._clock = process, clock

    def at(self, key: Hashable, when: datetime, fire: Fire) -> None:
        if self._clock is not None:
            when -= self._clock.wrong_by
        self._process.timers.at(key, when, lambda: self._process.call(fire))

    def cancel(self, key: Hashable) -> None:
        self._process.timers.cancel(key)
