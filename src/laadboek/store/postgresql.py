"""PostgreSQL by psycopg: several write connections, each with the same group commit."""

from collections.abc import Sequence
from functools import cache
from typing import Any, LiteralString

import psycopg
from psycopg import errors

from .connection import Params, Row
from .group import Verdict


@cache
def translate(sql: str) -> LiteralString:
    """`?` placeholders to psycopg's; store functions write neither in a literal."""
    return sql.replace("%", "%%").replace("?", "%s")


@cache
def returning_id(sql: str) -> LiteralString:
    return translate(sql) + " RETURNING id"


class PostgresqlConnection:
    """The Connection protocol over psycopg."""

    for_update = " FOR UPDATE"

    def __init__(self, raw: psycopg.Connection[Row]) -> None:
        self.raw = raw
        self._cursor = raw.cursor()

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return self._cursor.execute(translate(sql), params).fetchall()

    def row(self, sql: str, params: Params = ()) -> Row | None:
        return self._cursor.execute(translate(sql), params).fetchone()

    def run(self, sql: str, params: Params = ()) -> int:
        return self._cursor.execute(translate(sql), params).rowcount

    def run_many(self, sql: str, many: Sequence[Params]) -> None:
        self._cursor.executemany(translate(sql), many)

    def insert(self, sql: str, params: Params = ()) -> int:
        row = self._cursor.execute(returning_id(sql), params).fetchone()
        assert row is not None
        return int(row[0])


class PostgresqlEngine:
    """One of the write connections. psycopg begins a transaction with its first statement."""

    def __init__(self, url: str, *, synchronous: str = "FULL") -> None:
        self.raw: psycopg.Connection[Row] = psycopg.connect(url)
        self.raw.execute(f"SET synchronous_commit = {'on' if synchronous == 'FULL' else 'off'}")
        self.raw.commit()
        self.connection = PostgresqlConnection(self.raw)

    def begin(self) -> None:
        pass

    def commit(self) -> None:
        self.raw.commit()

    def rollback(self) -> None:
        if not self.raw.closed:
            try:
                self.raw.rollback()
            except psycopg.Error:
                self.raw.close()

    def verdict(self, error: Exception) -> Verdict:
        if isinstance(error, errors.DiskFull):
            return Verdict.FULL
        if isinstance(error, errors.SerializationFailure | errors.DeadlockDetected):
            return Verdict.RETRY
        # A server that went away in a commit may or may not have done it: only a restart finds out.
        broken = self.raw.closed or isinstance(error, errors.IoError | errors.SystemError | errors.DataCorrupted)
        return Verdict.BROKEN if broken else Verdict.JOB

    def close(self) -> None:
        self.raw.close()


def open_reader(url: str) -> psycopg.Connection[Any]:
    """A connection that cannot write."""
    raw = psycopg.connect(url)
    raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # a job sees one moment, as on SQLite
    raw.read_only = True
    return raw
