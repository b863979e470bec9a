"""Group commit: all jobs that wait become one transaction, and a job that fails hurts none of its neighbours.

Pure but for the engine: threads and queues are in `database.py`.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

from .connection import Connection
from .errors import JobFailed, StoreBroken, StoreError, StoreFull

Job = Callable[[Connection], Any]
Waiting = tuple[Job, Callable[[Any], None], Callable[[StoreError], None]]  # job, done, failed
Outcome = tuple[Callable[[Any], None], Any]  # what to call, with what

RETRIES = 20  # of a transaction that lost against another one (PostgreSQL)


class Verdict(Enum):
    """What an exception means for the transaction it ended."""

    JOB = auto()  # the job's own doing
    FULL = auto()  # no space left; everything before is intact
    RETRY = auto()  # lost against another transaction; the same again
    BROKEN = auto()  # nothing can be believed any more


class Engine(Protocol):
    """One write connection to one kind of database."""

    @property
    def connection(self) -> Connection: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None:
        """Leave no transaction open; never raises."""

    def verdict(self, error: Exception) -> Verdict: ...

    def close(self) -> None: ...


class Failure(Exception):
    """A transaction that was rolled back: its cause is what happened, at job number `at` (None: at its commit)."""

    def __init__(self, at: int | None, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.at = at
        self.verdict = verdict


def commit_together(engine: Engine, waiting: list[Waiting]) -> list[Outcome]:
    """Run all jobs, in one transaction if possible; return what to call, in their order.

    After a failure the group is split around the job that failed, so that it stands alone; a failed commit does not
    say who is to blame, so then each job gets a transaction of its own. A StoreBroken is the last thing that happens.
    """
    outcomes: list[Outcome] = []
    groups = [(waiting, RETRIES)]  # the next one is the last
    while groups:
        group, retries = groups.pop()
        try:
            outcomes += _attempt(engine, group)
        except Failure as failure:
            if failure.verdict is Verdict.BROKEN:
                lost = [*group, *(late for others, _ in reversed(groups) for late in others)]
                return outcomes + refusals(lost, _as_store_error(failure))
            if failure.verdict is Verdict.RETRY and retries:
                groups.append((group, retries - 1))
            elif len(group) == 1:
                outcomes += refusals(group, _as_store_error(failure))
            else:
                groups += [(part, RETRIES) for part in reversed(_split(group, failure.at))]
    return outcomes


def _attempt(engine: Engine, group: list[Waiting]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    connection = engine.connection
    try:
        engine.begin()
        for job, done, _ in group:
            outcomes.append((done, job(connection)))
        engine.commit()
    except Exception as error:  # a job is anybody's code: whatever it raises goes back to who handed it in
        verdict = engine.verdict(error)
        engine.rollback()
        raise Failure(len(outcomes) if len(outcomes) < len(group) else None, verdict) from error
    return outcomes


def _split(group: list[Waiting], at: int | None) -> list[list[Waiting]]:
    if at is None:
        return [[one] for one in group]
    return [part for part in (group[:at], group[at : at + 1], group[at + 1 :]) if part]


ERRORS = {Verdict.FULL: StoreFull, Verdict.BROKEN: StoreBroken, Verdict.JOB: JobFailed, Verdict.RETRY: JobFailed}


def _as_store_error(failure: Failure) -> StoreError:
    cause = failure.__cause__
    error = ERRORS[failure.verdict](f"{type(cause).__name__}: {cause}")
    error.__cause__ = cause
    return error


def refusals(waiting: list[Waiting], error: StoreError) -> list[Outcome]:
    return [(failed, error) for _, _, failed in waiting]
