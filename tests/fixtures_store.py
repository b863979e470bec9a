"""Both engines for every store test: a fresh SQLite file, and a fresh schema on a PostgreSQL server."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar, cast
from urllib.parse import quote

import psycopg
import pytest

from laadboek.store.connection import Connection
from laadboek.store.database import Database, GroupDatabase, StoreError, open_database

T = TypeVar("T")

POSTGRESQL = os.environ.get("LAADBOEK_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")


@contextmanager
def postgresql_schema() -> Iterator[str]:
    """A URL whose tables are nobody else's; skips without a server, but never in CI."""
    try:
        server = psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {POSTGRESQL}: {error}")
    name = f"laadboek_{secrets.token_hex(6)}"
    with server:
        server.execute(f"CREATE SCHEMA {name}")
        try:
            yield with_search_path(name)
        finally:
            server.execute("SET client_min_messages = warning")
            server.execute(f"DROP SCHEMA {name} CASCADE")


def with_search_path(schema: str) -> str:
    separator = "&" if "?" in POSTGRESQL else "?"
    return f"{POSTGRESQL}{separator}options={quote(f'-csearch_path={schema}')}"


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "laadboek.db"


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    with postgresql_schema() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def location(request: pytest.FixtureRequest) -> str | Path:
    """Where a database may be made: a path, then a URL."""
    return request.getfixturevalue("sqlite_path" if request.param == "sqlite" else "postgresql_url")


@pytest.fixture
def database(location: str | Path) -> Iterator[GroupDatabase]:
    """A prepared, empty database, open for writing, on each engine in turn."""
    opened = open_database(location, writers=2)
    yield opened
    opened.close()


def run(database: Database, job: Callable[[Connection], T], shard: str = "test") -> T:
    """Run a job and wait for it; raises what the store answers instead of a result."""
    answer: SimpleQueue[tuple[T | None, StoreError | None]] = SimpleQueue()
    database.submit(shard, job, lambda result: answer.put((result, None)), lambda error: answer.put((None, error)))
    result, error = answer.get(timeout=60)
    if error is not None:
        raise error
    return cast(T, result)
