"""Bring a database to the newest schema, forward only, before anybody opens it.

A migration runs through SQLAlchemy on another SQLite library than ours; two libraries must never share an open file,
so everything here is closed when it returns. Nothing of it is imported when there is nothing to do.
"""

import hashlib
import os
from contextlib import closing
from pathlib import Path

from .connection import Connection
from .errors import SchemaMismatch
from .lock import WriterLock

HEAD = "0004"  # Alembic's head; a test compares
FOLDER = Path(__file__).parent
END_OF_STATEMENT = ";\n\n"
VERSION_TABLE = (  # in Alembic's words
    "CREATE TABLE alembic_version ("
    "version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


def is_postgresql(location: str | Path) -> bool:
    return str(location).startswith(("postgresql://", "postgres://"))


def prepare(location: str | Path, vfs: str | None = None) -> None:
    """Create or migrate the database at `location`; cheap when there is nothing to do."""
    if is_postgresql(location):
        _prepare_postgresql(str(location))
    else:
        _prepare_sqlite(Path(location), vfs)


def _prepare_sqlite(path: Path, vfs: str | None) -> None:
    if path.exists() and _sqlite_revision(path, vfs) == HEAD:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(path)
    try:
        revision = _sqlite_revision(path, vfs)  # once more: another process may just have done it
        if revision is None:
            _create_sqlite(path, vfs)
        elif revision != HEAD:
            _refuse_newer(revision, path)
            _keep_copy(path, revision)
            _upgrade(str(path))
    finally:
        lock.release()


def _create_sqlite(path: Path, vfs: str | None) -> None:
    """A fresh file gets the newest schema at once; a test sees to it that this is what all migrations add up to."""
    from .sqlite import SqliteEngine, opening

    with opening(path), closing(SqliteEngine(path, vfs=vfs)) as engine, opening(path, engine.raw):
        engine.begin()
        create_in_memory(engine.connection)
        engine.connection.run(VERSION_TABLE)
        engine.connection.run("INSERT INTO alembic_version (version_num) VALUES (?)", (HEAD,))
        engine.commit()


def _sqlite_revision(path: Path, vfs: str | None) -> str | None:
    """None: the file is not there, or empty."""
    from .sqlite import SqliteEngine, opening

    if not path.exists() or path.stat().st_size == 0:
        return None
    known = "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
    with opening(path), closing(SqliteEngine(path, vfs=vfs)) as engine, opening(path, engine.raw):
        return _revision(engine.connection, known, str(path))


def _prepare_postgresql(url: str) -> None:
    from .postgresql import PostgresqlEngine

    engine = PostgresqlEngine(url)
    try:
        revision = _revision(engine.connection, "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL", url)
    finally:
        engine.close()
    if revision == HEAD:
        return
    if revision is not None:
        _refuse_newer(revision, url)
    _upgrade(url)


def _revision(db: Connection, exists: str, location: str) -> str | None:
    if db.row(exists) is None:
        return None
    row = db.row("SELECT version_num FROM alembic_version")
    return None if row is None else str(row[0])


def _refuse_newer(revision: str, location: object) -> None:
    if revision > HEAD:
        raise SchemaMismatch(f"{location} was written by a newer Laadboek (schema {revision}, this one knows {HEAD})")


def _keep_copy(path: Path, revision: str) -> None:
    """Keep the file as it was, complete and synced, before a migration touches it."""
    from .sqlite import SqliteEngine

    copy = path.with_name(f"{path.name}.before-{HEAD}")
    unfinished = path.with_name(f"{copy.name}.part")
    unfinished.unlink(missing_ok=True)
    engine = SqliteEngine(path)
    try:
        engine.connection.run("VACUUM INTO ?", (str(unfinished),))
    finally:
        engine.close()
    _sync(unfinished)
    unfinished.replace(copy)
    _sync(copy.parent)


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _upgrade(url: str) -> None:
    from .migrations.run import upgrade

    head_statements()  # in step with the schema, and so are the migrations
    upgrade(url, HEAD)


def create_in_memory(db: Connection) -> None:
    """The newest schema as plain statements, on a database that is empty."""
    for statement in head_statements():
        db.run(statement)


def head_statements() -> list[str]:
    """The schema in SQLite's words, as `migrations/freeze.py` wrote it down: SQLAlchemy takes half a second."""
    frozen = (FOLDER / "migrations" / "head.sql").read_text()
    mark, _, statements = frozen.partition("\n")
    if mark != fingerprint():
        raise SchemaMismatch("the schema was edited; run: python -m laadboek.store.migrations.freeze")
    return statements.split(END_OF_STATEMENT)[:-1]


def fingerprint() -> str:
    """The first line of `head.sql`: which schema it was made of."""
    texts = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("schema*.py")))
    return f"-- schema {hashlib.sha256(texts).hexdigest()}"
