"""What goes wrong, and how often: network outages, cuts in mid-message, one power cut, processes that crash."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from msgspec import Struct

from ..ids import Ids
from ..store.database import InlineDatabase, Job, StoreError
from ..store.group import Waiting
from .network import Network, WireEvent
from .world import Crash, World

T = TypeVar("T")
DAY = timedelta(days=1)
HOST, PLATFORM = "host", "platform"
SOON_S = 0.06  # about there and back again
SORE_POINTS, SORE = (b'"StartTransaction"', b'"StopTransaction"'), 25.0


class Faults(Struct, frozen=True, kw_only=True):
    """Chances per night, day, wire event or commit."""

    night_outage: float = 0.15
    day_outage: float = 0.05
    day_outage_h: float = 0.5  # at most
    power_cut: bool = True
    cut_per_event: float = 0.0  # all sockets break a moment after a wire event
    kill_per_event: float = 0.0  # a process is killed a moment after a wire event
    crash_per_commit: float = 0.0  # a process dies right before or right after a commit


PROFILES = {
    "none": Faults(night_outage=0, day_outage=0, power_cut=False),
    "household": Faults(),
    "crashes": Faults(
        night_outage=0.5,
        day_outage=0.8,
        day_outage_h=5.0,
        cut_per_event=0.01,
        kill_per_event=0.005,
        crash_per_commit=0.01,
    ),
}


class Trouble:
    """Whether things go wrong at the moment, and how often."""

    def __init__(self, faults: Faults) -> None:
        self.faults, self.brews = faults, True


class Disk:
    """The database as one process sees it: what it submits in one go is one commit, as in a server.

    What was committed stays; a crash may come right before or right after.
    """

    def __init__(self, inner: InlineDatabase, ids: Ids, trouble: Trouble) -> None:
        self._inner, self._ids, self._trouble = inner, ids, trouble
        self._waiting: list[Waiting] = []
        self.commits = 0  # that happened, whether or not anybody lived to hear of it

    def submit(self, shard: str, job: Job[T], done: Callable[[T], None], failed: Callable[[StoreError], None]) -> None:
        """Wait for what else the process does at this instant."""
        self._waiting.append((job, done, failed))

    def flush(self) -> None:
        """Commit what waits as one group, then what comes of that, until nothing waits."""
        while self._waiting:
            group, self._waiting = self._waiting, []
            chance = self._trouble.faults.crash_per_commit if self._trouble.brews else 0.0
            draw = self._ids.below(1) if chance else 1.0
            if draw < chance / 2:
                raise Crash("before the commit")
            outcomes = self._inner.commit(group)
            self.commits += 1
            if draw < chance:
                raise Crash("after the commit")
            for callback, value in outcomes:
                callback(value)

    async def write(self, shard: str, job: Job[T]) -> T:
        return self._inner.run(job)

    def read(self, job: Job[T]) -> T:
        return self._inner.read(job)

    async def query(self, job: Job[T]) -> T:
        return self._inner.read(job)

    def close(self) -> None:
        """The world closes the database itself; a process only lets go of it."""


class Weather:
    """Outages of the network: in the night mostly, by a cut or by silence."""

    def __init__(self, world: World, network: Network, trouble: Trouble) -> None:
        self._world, self._network, self._trouble = world, network, trouble
        self._chance = world.ids("weather").random()

    def begin(self) -> None:
        """Plan one day, and tomorrow the next."""
        night = self._chance.random() < self._trouble.faults.night_outage
        day = self._chance.random() < self._trouble.faults.day_outage
        if night:
            self._outage(self._chance.uniform(21.5, 26), self._chance.uniform(0.1, 6))
        if day:
            self._outage(self._chance.uniform(8, 19), self._chance.uniform(0.01, self._trouble.faults.day_outage_h))
        self._world.at(self._world.now + DAY, self.begin)

    def _outage(self, begins_h: float, hours: float) -> None:
        begins = self._world.now + timedelta(hours=begins_h)
        break_off = self._network.cut if self._chance.random() < 0.5 else self._network.silence
        self._world.at(begins, lambda: self._go_down(break_off))
        self._world.at(begins + timedelta(hours=hours), self.clear_up)

    def _go_down(self, break_off: Callable[[], None]) -> None:
        if self._trouble.brews:
            self._network.up = False
            break_off()

    def clear_up(self) -> None:
        self._network.up = True


class Sabotage:
    """Cuts and kills a moment after something was said: where it hurts."""

    def __init__(self, world: World, network: Network, trouble: Trouble, kill: Callable[[str], None]) -> None:
        self._world, self._network, self._trouble, self._kill = world, network, trouble, kill
        self._ids = world.ids("sabotage")

    def hear(self, event: WireEvent) -> None:
        faults, draw = self._trouble.faults, self._ids.below(1)
        if any(action in event.text for action in SORE_POINTS):
            draw /= SORE
        if draw < faults.cut_per_event:
            self._soon(self._network.cut)
        elif draw < faults.cut_per_event + faults.kill_per_event:
            victim = HOST if self._ids.below(1) < 0.5 else PLATFORM
            self._soon(lambda: self._kill(victim))

    def _soon(self, do: Callable[[], None]) -> None:
        self._world.at(self._world.now + timedelta(seconds=self._ids.below(SOON_S)), lambda: self._now(do))

    def _now(self, do: Callable[[], None]) -> None:
        if self._trouble.brews:
            do()
