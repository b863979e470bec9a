"""A store closes after whoever is still reading, never under them."""

import threading

import pytest

from laadboek.store.connection import Connection
from laadboek.store.database import GroupDatabase, StoreClosed

PATIENCE_S = 30


def test_closing_waits_for_a_job_that_reads(database: GroupDatabase):
    reading, go_on, told = threading.Event(), threading.Event(), list[str]()

    def job(db: Connection) -> None:
        reading.set()
        assert go_on.wait(PATIENCE_S)
        told.append(str(db.rows("SELECT 'read to its end'")[0][0]))

    def close() -> None:
        database.close()
        told.append("closed")

    reader = threading.Thread(target=database.read, args=(job,))
    reader.start()
    assert reading.wait(PATIENCE_S)
    closer = threading.Thread(target=close)
    closer.start()
    turned_away(database)
    go_on.set()
    reader.join(PATIENCE_S)
    closer.join(PATIENCE_S)
    assert told == ["read to its end", "closed"]


def turned_away(database: GroupDatabase) -> None:
    """Read again and again until the store says that it closes."""
    deadline = threading.Event()
    timer = threading.Timer(PATIENCE_S, deadline.set)
    timer.start()
    try:
        while not deadline.is_set():
            try:
                database.read(lambda db: db.rows("SELECT 1"))
            except StoreClosed:
                return
    finally:
        timer.cancel()
    pytest.fail("the store still reads")


def test_a_closed_store_reads_no_more(database: GroupDatabase):
    database.close()
    with pytest.raises(StoreClosed):
        database.read(lambda db: db.rows("SELECT 1"))
