"""The database as its users see it: jobs go in, and each is answered once, after its commit (docs/architecture.md)."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar
from zlib import crc32

from .connection import Connection
from .errors import (
    EXIT_BROKEN,
    JobFailed,
    SchemaMismatch,
    StoreBroken,
    StoreClosed,
    StoreError,
    StoreFull,
    StoreLocked,
)
from .group import Engine, Outcome, Waiting, commit_together, refusals
from .journal import keep_if_damaged
from .lock import WriterLock
from .migrate import create_in_memory, is_postgresql, prepare
from .reader import Reader

__all__ = [
    "Database",
    "Deliver",
    "InlineDatabase",
    "Job",
    "JobFailed",
    "Reader",
    "SchemaMismatch",
    "StoreBroken",
    "StoreClosed",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "open_database",
    "prepare",
]

T = TypeVar("T")
Job = Callable[[Connection], T]  # plain, re-runnable after a rollback, touches only the connection
Deliver = Callable[[Callable[[], None]], Any]  # runs a callback where the callers live, e.g. loop.call_soon_threadsafe

POSTGRESQL_WRITERS = 4
GROUP_LIMIT = 4096  # bounds what one failed transaction can cost

logger = logging.getLogger(__name__)


class Database(Protocol):
    """Where jobs become durable. Any thread may call any method."""

    def submit(self, shard: str, job: Job[T], done: Callable[[T], None], failed: Callable[[StoreError], None]) -> None:
        """Queue a job. Exactly one of done/failed is called, after the commit, in order per shard.

        A crash may leave a job committed whose `done` was never called, never the other way round.
        """

    async def write(self, shard: str, job: Job[T]) -> T:
        """`submit` for coroutines: returns after the commit, or raises the StoreError."""

    def read(self, job: Job[T]) -> T:
        """Run a reading job now, on this thread's own connection, which sees one moment and cannot write."""

    async def query(self, job: Job[T]) -> T:
        """`read` in a worker thread."""

    def close(self) -> None:
        """Run what waits, then close. Jobs that come later fail with StoreClosed."""


def open_database(
    location: str | Path,
    *,
    deliver: Deliver | None = None,
    synchronous: str = "FULL",
    on_broken: Callable[[StoreBroken], None] | None = None,
    writers: int = POSTGRESQL_WRITERS,
    vfs: str | None = None,
) -> "GroupDatabase":
    """Open a SQLite file or postgresql:// URL for writing, migrated first if need be.

    Without `deliver`, callbacks run in the writer's thread. `on_broken` by default ends the process. `vfs` names the
    file layer under SQLite, registered beforehand; None is the operating system.
    """
    if not is_postgresql(location):
        look_for_damage(Path(location))
    prepare(location, vfs)
    lock = None if is_postgresql(location) else WriterLock(Path(location))
    count = writers if is_postgresql(location) else 1
    engines = [open_engine(location, synchronous, vfs) for _ in range(count)]
    return GroupDatabase(engines, Reader(location), lock, deliver or call, on_broken or die)


def look_for_damage(path: Path) -> None:
    """Before a server works on a file: refuse one whose pages do not fit together, say what its log lost.

    Raises StoreBroken, or StoreLocked while another process writes to it.
    """
    if not path.exists() or not path.stat().st_size:
        return
    from .sqlite import check_integrity

    lock = WriterLock(path)
    try:
        lost = keep_if_damaged(path)
        if lost:
            logger.error("%s-wal is damaged: %d transactions behind that are lost; copies end in .damaged", path, lost)
        check_integrity(path)
    finally:
        lock.release()


def open_engine(location: str | Path, synchronous: str, vfs: str | None = None) -> Engine:
    """A write connection. Each driver is only imported by those who use it."""
    if is_postgresql(location):
        from .postgresql import PostgresqlEngine

        return PostgresqlEngine(str(location), synchronous=synchronous)
    from .sqlite import SqliteEngine

    return SqliteEngine(location, synchronous=synchronous, vfs=vfs)


class GroupDatabase:
    """Group commit by one writer thread per engine; a job's shard decides which (SQLite has one)."""

    def __init__(
        self,
        engines: list[Engine],
        reader: Reader,
        lock: WriterLock | None,
        deliver: Deliver,
        on_broken: Callable[[StoreBroken], None],
    ) -> None:
        self._reader = reader
        self._lock = lock
        self._writers = [Writer(engine, deliver, on_broken) for engine in engines]
        self._only = self._writers[0] if len(engines) == 1 else None

    def submit(self, shard: str, job: Job[T], done: Callable[[T], None], failed: Callable[[StoreError], None]) -> None:
        writer = self._only or self._writers[crc32(shard.encode()) % len(self._writers)]
        writer.put((job, done, failed))

    async def write(self, shard: str, job: Job[T]) -> T:
        return await _as_coroutine(self.submit, shard, job)

    def read(self, job: Job[T]) -> T:
        return self._reader.read(job)

    async def query(self, job: Job[T]) -> T:
        return await asyncio.to_thread(self._reader.read, job)

    def close(self) -> None:
        for writer in self._writers:
            writer.close()
        self._reader.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class Writer:
    """One thread, one queue, one write connection. While it commits, the next group gathers by itself."""

    def __init__(self, engine: Engine, deliver: Deliver, on_broken: Callable[[StoreBroken], None]) -> None:
        self._engine = engine
        self._deliver = deliver
        self._on_broken = on_broken
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self.put: Callable[[Waiting], None] = self._queue.put
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Run what waits; whoever comes later, or slipped in behind the end mark, is refused."""
        self.put = self._refuse
        self._queue.put(None)
        self._thread.join()
        while not self._queue.empty():
            if (late := self._queue.get()) is not None:
                self._refuse(late)
        self._engine.close()

    def _refuse(self, late: Waiting) -> None:
        self._hand_over(refusals([late], StoreClosed("the database is closed")))

    def _run(self) -> None:
        ended = False
        while not ended:
            group, ended = self._gather()
            if group:
                outcomes = commit_together(self._engine, group)
                self._hand_over(outcomes)
                if isinstance(outcomes[-1][1], StoreBroken):
                    self._stay_broken(outcomes[-1][1])
                    return

    def _gather(self) -> tuple[list[Waiting], bool]:
        """Wait for one job, then take all that are there; True at the end mark."""
        get = self._queue.get
        group: list[Waiting] = []
        waiting = get()
        left = min(self._queue.qsize(), GROUP_LIMIT)  # nobody else takes from this queue
        while waiting is not None:
            group.append(waiting)
            if not left:
                return group, False
            left -= 1
            waiting = get()
        return group, True

    def _hand_over(self, outcomes: list[Outcome]) -> None:
        try:
            self._deliver(lambda: call_all(outcomes))
        except Exception:  # a caller's callback, or its loop is gone; the store goes on for the others
            logger.exception("a callback of the store failed")

    def _stay_broken(self, error: StoreBroken) -> None:
        """Refuse everything from now on, and say so to whoever decides what becomes of the process."""
        self._on_broken(error)
        while (waiting := self._queue.get()) is not None:
            self._hand_over(refusals([waiting], error))


class InlineDatabase:
    """The same interface without threads: a job is committed and answered before `submit` returns.

    For the simulation, side files and commands. ":memory:" is a fresh database of its own.
    """

    def __init__(
        self,
        location: str | Path,
        *,
        synchronous: str = "FULL",
        on_broken: Callable[[StoreBroken], None] | None = None,
        vfs: str | None = None,
    ) -> None:
        in_memory = str(location) == ":memory:"
        if not in_memory:
            prepare(location, vfs)
        self._lock = None if in_memory or is_postgresql(location) else WriterLock(Path(location))
        self._engine = open_engine(location, synchronous, vfs)
        self._on_broken = on_broken or die
        self._closed = False
        if in_memory:
            create_in_memory(self._engine.connection)

    def submit(self, shard: str, job: Job[T], done: Callable[[T], None], failed: Callable[[StoreError], None]) -> None:
        if self._closed:
            return failed(StoreClosed("the database is closed"))
        [(callback, value)] = self.commit([(job, done, failed)])
        callback(value)
        if isinstance(value, StoreBroken):
            self._on_broken(value)

    def commit(self, waiting: list[Waiting]) -> list[Outcome]:
        """Commit several jobs as one group; return whom to call with what. For the simulation of a server."""
        return commit_together(self._engine, waiting)

    def run(self, job: Job[T]) -> T:
        """Commit one job and return its result, or raise the StoreError."""
        results: list[T] = []
        errors: list[StoreError] = []
        self.submit("", job, results.append, errors.append)
        if errors:
            raise errors[0]
        return results[0]

    async def write(self, shard: str, job: Job[T]) -> T:
        return self.run(job)

    def read(self, job: Job[T]) -> T:
        """Run a reading job; what it writes all the same is rolled back."""
        self._engine.begin()
        try:
            return job(self._engine.connection)
        finally:
            self._engine.rollback()

    async def query(self, job: Job[T]) -> T:
        return self.read(job)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._engine.close()
            if self._lock is not None:
                self._lock.release()


def call(callback: Callable[[], None]) -> None:
    callback()


def call_all(outcomes: list[Outcome]) -> None:
    """Call everybody; one who raises does not keep the others from their answer, and is not hushed up."""
    errors: list[Exception] = []
    for callback, value in outcomes:
        try:
            callback(value)
        except Exception as error:  # anybody's code; raised below
            errors.append(error)
    if errors:
        raise ExceptionGroup("callbacks of the store", errors)


def die(error: StoreBroken) -> None:
    """End the process at once: after a failed fsync the page cache may hold what the disk will never have."""
    sys.stderr.write(f"laadboek: the database failed, stopping: {error}\n")
    sys.stderr.flush()
    os._exit(EXIT_BROKEN)


async def _as_coroutine(submit: Callable[..., None], shard: str, job: Job[T]) -> T:
    loop, thread = asyncio.get_running_loop(), threading.get_ident()
    future: asyncio.Future[T] = loop.create_future()

    def done(result: T) -> None:
        if threading.get_ident() != thread:  # `deliver` brought us to the writer's thread, or to another loop
            loop.call_soon_threadsafe(done, result)
        elif not future.done():
            future.set_result(result)

    def failed(error: StoreError) -> None:
        if threading.get_ident() != thread:
            loop.call_soon_threadsafe(failed, error)
        elif not future.done():
            future.set_exception(error)

    submit(shard, job, done, failed)
    return await future
