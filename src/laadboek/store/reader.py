"""Reading connections: one per thread, opened when first needed, unable to write, in nobody's way."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from .connection import Connection
from .errors import StoreClosed
from .migrate import is_postgresql

T = TypeVar("T")


class Reader:
    """Needs no lock: it may read beside the process that writes."""

    def __init__(self, location: str | Path) -> None:
        self._location = location
        self._local = threading.local()
        self._all: list[Any] = []  # append is atomic; closed together
        self._gate = threading.Condition()
        self._reading = 0  # jobs now inside; guarded by the gate, as is what follows
        self._closing = False

    def read(self, job: Callable[[Connection], T]) -> T:
        """Run the job in a transaction that sees one moment and is rolled back afterwards. Raises StoreClosed."""
        with self._inside():
            connection = self._connection()
            raw = connection.raw
            if is_postgresql(self._location):
                try:
                    return job(connection)
                finally:
                    raw.rollback()
            raw.execute("BEGIN")
            try:
                return job(connection)
            finally:
                raw.execute("ROLLBACK")

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        """Counted, so that nobody closes a connection under a job."""
        with self._gate:
            if self._closing:
                raise StoreClosed("the store is closed")
            self._reading += 1
        try:
            yield
        finally:
            with self._gate:
                self._reading -= 1
                self._gate.notify_all()

    def _connection(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
            self._all.append(connection.raw)
        return connection

    def _open(self) -> Any:
        if is_postgresql(self._location):
            from . import postgresql

            return postgresql.PostgresqlConnection(postgresql.open_reader(str(self._location)))
        from . import sqlite

        return sqlite.SqliteConnection(sqlite.open_reader(self._location))

    def close(self) -> None:
        """Turn away who comes now, wait for who is reading (a job ends by itself), close every thread's connection."""
        with self._gate:
            self._closing = True
            self._gate.wait_for(lambda: not self._reading)
        while self._all:
            self._all.pop().close()
