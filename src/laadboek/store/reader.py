"""Reading connections: one per thread, opened when first needed, unable to write, in nobody's way."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from .connection import Connection
from .migrate import is_postgresql

T = TypeVar("T")


class Reader:
    """Needs no lock: it may read beside the process that writes."""

    def __init__(self, location: str | Path) -> None:
        self._location = location
        self._local = threading.local()
        self._all: list[Any] = []  # append is atomic; closed together

    def read(self, job: Callable[[Connection], T]) -> T:
        """Run the job in a transaction that sees one moment and is rolled back afterwards."""
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
        """Close every thread's connection; none may be reading."""
        while self._all:
            self._all.pop().close()
