"""Jobs go in, each is answered once, after its commit, and a bad one hurts nobody else."""

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from fixtures_store import run
from laadboek.store.connection import Connection
from laadboek.store.database import (
    Database,
    GroupDatabase,
    InlineDatabase,
    JobFailed,
    StoreError,
    StoreFull,
    StoreLocked,
    open_database,
    prepare,
)
from laadboek.store.reader import Reader


def note(text: str, fail: bool = False) -> Callable[[Connection], str]:
    def job(db: Connection) -> str:
        db.run("INSERT INTO notes (text) VALUES (?)", (text,))
        if fail:
            raise LookupError(text)
        return text

    return job


def notes(db: Connection) -> list[str]:
    return [row[0] for row in db.rows("SELECT text FROM notes ORDER BY id")]


@pytest.fixture
def noted(database: GroupDatabase) -> GroupDatabase:
    run(database, make_notes)
    return database


def make_notes(db: Connection) -> None:
    number = "SERIAL" if db.for_update else "INTEGER"
    db.run(f"CREATE TABLE notes (id {number} PRIMARY KEY, text TEXT NOT NULL UNIQUE)")


class Held:
    """While held, the writer of a shard is busy with one job, so that all others become one group."""

    def __init__(self, database: Database, shard: str = "test") -> None:
        self._begun, self._go_on = threading.Event(), threading.Event()
        database.submit(shard, self._job, lambda _: None, lambda _: None)
        assert self._begun.wait(60)

    def _job(self, db: Connection) -> None:
        self._begun.set()
        assert self._go_on.wait(60)

    def release(self) -> None:
        self._go_on.set()


class Answers:
    """What callers were told, in order."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def submit(self, database: Database, *jobs: Callable[[Connection], Any]) -> None:
        for job in jobs:
            database.submit("test", job, self.told.append, self._failed)

    def _failed(self, error: StoreError) -> None:
        self.told.append((type(error).__name__, type(error.__cause__).__name__))


def test_a_failing_job_in_a_group_does_not_hurt_its_neighbours(noted):
    answers = Answers()
    held = Held(noted)
    answers.submit(noted, note("a"), note("b", fail=True), note("c"), note("c"), note("d"))
    held.release()
    run(noted, notes)

    double = "UniqueViolation" if noted.read(lambda db: db.for_update) else "ConstraintError"
    assert answers.told == ["a", ("JobFailed", "LookupError"), "c", ("JobFailed", double), "d"]
    assert noted.read(notes) == ["a", "c", "d"]


def test_all_that_wait_share_one_commit_and_are_answered_by_one_delivery(location):
    deliveries: list[Callable[[], None]] = []
    database = open_database(location, deliver=deliveries.append)
    answers = Answers()
    held = Held(database)
    answers.submit(database, *(lambda db, n=n: n for n in range(50)))
    held.release()
    database.close()

    assert len(deliveries) == 2  # the holder's, and the fifty's
    assert answers.told == []  # nobody is told anything but by `deliver`
    for deliver in deliveries:
        deliver()
    assert answers.told == list(range(50))


def test_a_failed_commit_is_found_job_by_job(sqlite_path):
    """A deferred constraint fails at the commit, which does not say whose fault it was."""
    database = open_database(sqlite_path)
    run(database, lambda db: db.run("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
    run(
        database,
        lambda db: db.run(
            "CREATE TABLE children (id INTEGER PRIMARY KEY,"
            " parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)"
        ),
    )
    answers = Answers()
    held = Held(database)
    answers.submit(
        database,
        lambda db: db.insert("INSERT INTO parents (id) VALUES (7)"),
        lambda db: db.insert("INSERT INTO children (id, parent) VALUES (1, 8)"),
        lambda db: db.insert("INSERT INTO children (id, parent) VALUES (2, 7)"),
    )
    held.release()
    database.close()
    assert answers.told == [7, ("JobFailed", "ConstraintError"), 2]


def test_what_is_acknowledged_can_be_read_at_once_by_another_connection(noted):
    for number in range(20):
        run(noted, note(str(number)))
        assert noted.read(notes)[-1] == str(number)


def test_a_reader_cannot_write(noted):
    with pytest.raises((apsw.ReadOnlyError, psycopg.errors.ReadOnlySqlTransaction)):
        noted.read(note("never"))
    assert noted.read(notes) == []


def test_a_job_reads_one_moment(noted):
    run(noted, note("before"))

    def job(db: Connection) -> tuple[list[str], list[str]]:
        first = notes(db)
        run(noted, note("between"))
        return first, notes(db)

    assert noted.read(job) == (["before"], ["before"])
    assert noted.read(notes) == ["before", "between"]


def test_coroutines_write_and_query(noted):
    async def both() -> list[str]:
        await asyncio.gather(*(noted.write("test", note(text)) for text in "abc"))
        with pytest.raises(JobFailed) as caught:
            await noted.write("test", note("d", fail=True))
        assert isinstance(caught.value.__cause__, LookupError)
        return await noted.query(notes)

    assert asyncio.run(both()) == ["a", "b", "c"]


def test_coroutines_are_answered_in_their_own_loop(location):
    async def both() -> list[str]:
        database = open_database(location, deliver=asyncio.get_running_loop().call_soon_threadsafe)
        await database.write("test", make_notes)
        await asyncio.gather(*(database.write("test", note(text)) for text in "abc"))
        with pytest.raises(JobFailed):
            await database.write("test", note("d", fail=True))
        found = await database.query(notes)
        database.close()
        return found

    assert asyncio.run(both()) == ["a", "b", "c"]


def test_a_coroutine_that_gave_up_does_not_stop_the_answers_of_others(noted):
    async def give_up() -> list[str]:
        held = Held(noted)
        impatient = asyncio.create_task(noted.write("test", note("impatient")))
        patient = asyncio.create_task(noted.write("test", note("patient")))
        await asyncio.sleep(0)
        impatient.cancel()
        held.release()
        await patient
        assert impatient.cancelled()
        return await noted.query(notes)

    assert asyncio.run(give_up()) == ["impatient", "patient"]


def test_a_callback_that_raises_does_not_keep_the_others_from_their_answer(noted, caplog):
    answers = Answers()
    held = Held(noted)
    answers.submit(noted, note("a"))
    noted.submit("test", note("b"), lambda _: 1 / 0, lambda _: None)
    answers.submit(noted, note("c"))
    held.release()
    assert run(noted, notes) == ["a", "b", "c"]
    noted.close()
    assert answers.told == ["a", "c"]
    assert "ZeroDivisionError" in caplog.text


def test_close_runs_what_waits_and_refuses_what_comes_later(location):
    database = open_database(location)
    run(database, make_notes)
    answers = Answers()
    held = Held(database)
    answers.submit(database, note("a"), note("b"))
    held.release()
    database.close()
    answers.submit(database, note("c"))
    assert answers.told == ["a", "b", ("StoreClosed", "NoneType")]

    again = open_database(location)
    assert again.read(notes) == ["a", "b"]
    again.close()


def test_a_second_writer_is_told_who_holds_the_file(sqlite_path):
    database = open_database(sqlite_path)
    with pytest.raises(StoreLocked, match=f"process {os.getpid()}"):
        open_database(sqlite_path)
    with pytest.raises(StoreLocked):
        InlineDatabase(sqlite_path)
    database.close()
    open_database(sqlite_path).close()


def test_a_full_disk_refuses_what_does_not_fit_and_recovers(sqlite_path):
    database = open_database(sqlite_path)
    run(database, make_notes)

    def limit(pages: int) -> Callable[[Connection], object]:
        return lambda db: db.rows(f"PRAGMA max_page_count = {pages}")

    run(database, limit(run(database, lambda db: db.rows("PRAGMA page_count"))[0][0] + 4))
    answers = Answers()
    held = Held(database)
    answers.submit(database, note("small"), note("x" * 100_000), note("smaller"))
    held.release()
    run(database, lambda db: None)
    assert answers.told == ["small", ("StoreFull", "FullError"), "smaller"]

    run(database, limit(1_000_000))
    assert len(run(database, note("x" * 100_000))) == 100_000
    assert [len(text) for text in database.read(notes)] == [5, 7, 100_000]
    database.close()


def test_a_full_postgresql_is_store_full(postgresql_url):
    database = open_database(postgresql_url)

    def full(db: Connection) -> None:
        db.run("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$")

    with pytest.raises(StoreFull):
        run(database, full)
    run(database, make_notes)
    assert run(database, note("room again")) == "room again"
    database.close()


def test_jobs_that_block_each_other_for_ever_are_tried_again(postgresql_url):
    database = open_database(postgresql_url)
    run(database, make_notes)
    run(database, note("1"))
    run(database, note("2"))
    meet = threading.Barrier(2)
    runs: list[str] = []

    def cross(first: str, second: str) -> Callable[[Connection], str]:
        def job(db: Connection) -> str:
            runs.append(first)
            db.run("SET LOCAL deadlock_timeout = '5ms'")
            db.row(f"SELECT id FROM notes WHERE text = ?{db.for_update}", (first,))
            if len(runs) <= 2:  # only the first try of each meets the other in the middle
                meet.wait(60)
            db.row(f"SELECT id FROM notes WHERE text = ?{db.for_update}", (second,))
            return first

        return job

    told: list[str] = []
    finished = threading.Semaphore(0)

    def done(text: str) -> None:
        told.append(text)
        finished.release()

    database.submit("shard 1", cross("1", "2"), done, lambda error: pytest.fail(str(error)))
    database.submit("shard 2", cross("2", "1"), done, lambda error: pytest.fail(str(error)))
    assert finished.acquire(timeout=60) and finished.acquire(timeout=60)
    assert sorted(told) == ["1", "2"]
    assert len(runs) > 2  # the one that was sacrificed ran again
    database.close()


def test_a_shard_keeps_its_order_on_every_engine(noted):
    told: list[tuple[str, int]] = []
    for number in range(200):
        shard = f"charger {number % 7}"
        noted.submit(shard, lambda db, n=number: n, lambda n, s=shard: told.append((s, n)), lambda error: None)
    noted.close()
    for shard in {shard for shard, _ in told}:
        numbers = [number for other, number in told if other == shard]
        assert numbers == sorted(numbers)
    assert len(told) == 200


def test_inline_answers_before_submit_returns():
    database = InlineDatabase(":memory:")
    run(database, make_notes)
    answers = Answers()
    answers.submit(database, note("a"), note("b", fail=True), note("c"))
    assert answers.told == ["a", ("JobFailed", "LookupError"), "c"]
    assert database.read(notes) == ["a", "c"]
    database.close()
    answers.submit(database, note("d"))
    assert answers.told[-1] == ("StoreClosed", "NoneType")


def test_inline_reading_leaves_nothing_behind(location):
    prepare(location)
    database = InlineDatabase(location)
    database.run(make_notes)
    database.read(note("scratch"))
    assert database.read(notes) == []
    with pytest.raises(JobFailed):
        database.run(note("a", fail=True))
    assert asyncio.run(database.write("test", note("b"))) == "b"
    assert asyncio.run(database.query(notes)) == ["b"]
    database.close()


def test_a_fresh_file_needs_no_writer_to_be_read(sqlite_path: Path):
    database = open_database(sqlite_path)
    run(database, make_notes)
    run(database, note("a"))
    beside = Reader(sqlite_path)
    assert beside.read(notes) == ["a"]
    database.close()
    assert beside.read(notes) == ["a"]
    beside.close()
