"""The disk under the programs: what is kept survives them, and now and then it is full, slow or broken.

The faults sit where the store's file layer would raise them, and come back as the store's own errors: a full disk
leaves everything as it was (`StoreFull`), any other error ends the process (`StoreBroken`), as in a server.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from ..ids import Ids
from ..store.database import InlineDatabase, Job, StoreBroken, StoreError, StoreFull
from ..store.group import Outcome, Waiting, refusals
from .trouble import Trouble
from .world import Crash, Process, World

T = TypeVar("T")
FULL = StoreFull("FullError: database or disk is full")
BROKEN = StoreBroken("IOError: disk I/O error")
STALLS_S = 45.0  # at most: a worn card that tidies up


class Disk:
    """The database as one process sees it: what it submits in one go is one commit, as in a server.

    What was committed stays; a crash may come right before or right after. Of a broken disk nobody knows whether the
    last commit is on it, and whether the program still heard of it.
    """

    def __init__(
        self,
        inner: InlineDatabase,
        world: World,
        process: Process,
        ids: Ids,
        trouble: Trouble,
        *,
        stalls: bool,
        on_full: Callable[[], None] = lambda: None,
    ) -> None:
        self._inner, self._world, self._process, self._ids = inner, world, process, ids
        self._trouble, self._stalls, self._on_full = trouble, stalls, on_full
        self._waiting: list[Waiting] = []
        self._stalled = self._patient = False
        self.refused_at: datetime | None = None
        self.commits = 0  # that happened, whether or not anybody lived to hear of it

    def submit(self, shard: str, job: Job[T], done: Callable[[T], None], failed: Callable[[StoreError], None]) -> None:
        """Wait for what else the process does at this instant."""
        self._waiting.append((job, done, failed))

    def flush(self) -> None:
        """Commit what waits as one group, then what comes of that, until nothing waits or the disk takes its time."""
        while self._waiting and not self._stalled:
            if self._stall():
                return
            group, self._waiting = self._waiting, []
            outcomes = self._refuse(group) if self._trouble.full else self._commit(group)
            for callback, value in outcomes:
                callback(value)

    def _refuse(self, group: list[Waiting]) -> list[Outcome]:
        """No room: everything is as it was before."""
        self.refused_at = self._world.now
        self._on_full()
        return refusals(group, FULL)

    def _commit(self, group: list[Waiting]) -> list[Outcome]:
        faults, draw = self._trouble.now, 1.0
        if faults.any_commit:
            draw = self._ids.below(1)
        if draw < faults.crash_per_commit / 2:
            raise Crash("before the commit")
        draw -= faults.crash_per_commit / 2
        if 0 <= draw < faults.broken_per_commit:
            self._break(group)
        draw -= faults.broken_per_commit
        if 0 <= draw < faults.full_per_commit:
            return self._refuse(group)
        draw -= faults.full_per_commit
        outcomes = self._inner.commit(group)
        self.commits += 1
        if 0 <= draw < faults.crash_per_commit / 2:
            raise Crash("after the commit")
        return outcomes

    def _break(self, group: list[Waiting]) -> None:
        """An fsync failed: the data may be there or not, the program may have heard of it or not, and it ends."""
        if self._ids.below(1) < 0.5:
            self._inner.commit(group)
            self.commits += 1
        if self._ids.below(1) < 0.5:
            for failed, error in refusals(group, BROKEN):
                failed(error)
        raise Crash("the disk failed")

    # --- a slow one ---

    def _stall(self) -> bool:
        """The commit takes a while, and what happens meanwhile waits in the program's mailbox."""
        if self._patient or not self._stalls or not self._trouble.now.stall_per_commit:
            self._patient = False
            return False
        if self._ids.below(1) >= self._trouble.now.stall_per_commit:
            return False
        self._stalled = True
        self._world.at(self._world.now + timedelta(seconds=self._ids.below(STALLS_S)), self.hurry)
        return True

    def hurry(self) -> None:
        """What the disk is slow with is done now."""
        if self._stalled and self._process.alive:
            self._stalled, self._patient = False, True
            self._process.call(lambda: None)  # its disk writes follow

    # --- the rest of the interface ---

    async def write(self, shard: str, job: Job[T]) -> T:
        return self._inner.run(job)

    def read(self, job: Job[T]) -> T:
        return self._inner.read(job)

    async def query(self, job: Job[T]) -> T:
        return self._inner.read(job)

    def close(self) -> None:
        """The world closes the database itself; a process only lets go of it."""
