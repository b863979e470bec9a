"""Runs Alembic without its command line and its ini file: one connection, one transaction, then closed."""

import sqlite3
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

SCRIPTS = ScriptDirectory(str(Path(__file__).parent))
ONE_AT_A_TIME = 7_226_353  # key of the advisory lock: processes that start together migrate in turn


def upgrade(location: str, revision: str = "head") -> None:
    """Run every migration up to `revision` in one transaction."""
    engine = open_engine(location)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            migrate(connection, revision)
    finally:
        engine.dispose()


def migrate(connection: Connection, revision: str) -> None:
    def steps(current: Any, _context: Any) -> Any:
        return SCRIPTS._upgrade_revs(revision, current)

    with EnvironmentContext(Config(), SCRIPTS, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()


def open_engine(location: str) -> Engine:
    """For migrations only: no pool, so that nothing stays open."""
    if location.startswith("postgres"):
        import psycopg

        return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(location), poolclass=NullPool)
    # Python's driver would commit before some DDL; without its help a migration is one transaction.
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(location, isolation_level=None),
        poolclass=NullPool,
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
