"""SQLite by APSW: its own current library, one write connection, any number of readers."""

from collections.abc import Sequence
from pathlib import Path

import apsw

from .connection import Params, Row
from .errors import StoreError
from .group import Verdict

# Earlier libraries can corrupt a WAL that is written and checkpointed by two connections at once.
OLDEST_LIBRARY = (3, 51, 3)
STATEMENT_CACHE = 512
BUSY_MS = 5_000  # a person's sqlite3 shell may hold the lock for a moment
JOURNAL_LIMIT_BYTES = 64 << 20  # a WAL that grew during a long read is cut to this afterwards


class SqliteConnection:
    """The Connection protocol over APSW."""

    for_update = ""

    def __init__(self, raw: apsw.Connection) -> None:
        self.raw = raw
        self._execute = raw.execute

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return self._execute(sql, params).fetchall()

    def row(self, sql: str, params: Params = ()) -> Row | None:
        return self._execute(sql, params).fetchone()

    def run(self, sql: str, params: Params = ()) -> int:
        self._execute(sql, params)
        return self.raw.changes()

    def run_many(self, sql: str, many: Sequence[Params]) -> None:
        self.raw.executemany(sql, many)

    def insert(self, sql: str, params: Params = ()) -> int:
        self._execute(sql, params)
        return self.raw.last_insert_rowid()


class SqliteEngine:
    """The write connection."""

    def __init__(self, path: str | Path, *, synchronous: str = "FULL", vfs: str | None = None) -> None:
        check_library()
        self.raw = raw = apsw.Connection(str(path), statementcachesize=STATEMENT_CACHE, vfs=vfs)
        raw.set_busy_timeout(BUSY_MS)
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute(f"PRAGMA synchronous={synchronous}")
        raw.execute(f"PRAGMA journal_size_limit={JOURNAL_LIMIT_BYTES}")
        raw.execute("PRAGMA foreign_keys=ON")
        self.connection = SqliteConnection(raw)

    def begin(self) -> None:
        self.raw.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.raw.execute("COMMIT")

    def rollback(self) -> None:
        # On some errors SQLite has rolled back by itself. A ROLLBACK that fails leaves BROKEN as the verdict's word.
        if self.raw.in_transaction:
            try:
                self.raw.execute("ROLLBACK")
            except apsw.Error:
                return

    def verdict(self, error: Exception) -> Verdict:
        if isinstance(error, apsw.FullError) or getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE:
            return Verdict.FULL
        return Verdict.BROKEN if isinstance(error, BROKEN) else Verdict.JOB

    def close(self) -> None:
        self.raw.close()


# The shared-memory index that cannot grow is a full disk too (above); it is no data and nothing was synced.
BROKEN = (apsw.IOError, apsw.CorruptError, apsw.NotADBError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.NoLFSError)


def open_reader(path: str | Path) -> apsw.Connection:
    """A connection that cannot write."""
    check_library()
    try:
        raw = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, statementcachesize=STATEMENT_CACHE)
        raw.set_busy_timeout(BUSY_MS)
        raw.execute("PRAGMA schema_version").fetchall()  # looks at the file for the first time
    except (apsw.NotADBError, apsw.CantOpenError, apsw.CorruptError) as error:
        raise StoreError(f"{path} is no database that can be opened: {error}") from error
    return raw


def check_library() -> None:
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < OLDEST_LIBRARY:
        raise StoreError(f"SQLite {apsw.sqlite_lib_version()} can lose data in WAL mode; needs 3.51.3 or later")
