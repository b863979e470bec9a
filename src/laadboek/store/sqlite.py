"""SQLite by APSW: its own current library, one write connection, any number of readers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from .connection import Params, Row
from .errors import NO_ROOM, StoreBroken, StoreError, StoreFull
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
        """Raises StoreFull, StoreBroken or another StoreError, all of which say what became of `path`."""
        check_library()
        with opening(path):
            self.raw = raw = apsw.Connection(str(path), statementcachesize=STATEMENT_CACHE, vfs=vfs)
        with opening(path, raw):
            raw.set_busy_timeout(BUSY_MS)
            self._write_ahead(path)
            raw.execute(f"PRAGMA synchronous={synchronous}")
            raw.execute(f"PRAGMA journal_size_limit={JOURNAL_LIMIT_BYTES}")
            raw.execute("PRAGMA foreign_keys=ON")
        self.connection = SqliteConnection(raw)

    def _write_ahead(self, path: str | Path) -> None:
        """The pragma hides its I/O errors: it then answers with the mode that it left."""
        [(mode,)] = self.raw.execute("PRAGMA journal_mode=WAL")
        if mode not in ("wal", "memory"):
            if self.raw.system_errno in NO_ROOM:
                raise apsw.FullError
            raise StoreBroken(f"{path} cannot be used: its disk refuses a write-ahead log")

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
        if isinstance(error, apsw.FullError) or self._no_room(getattr(error, "extendedresult", 0)):
            return Verdict.FULL
        return Verdict.BROKEN if isinstance(error, BROKEN) else Verdict.JOB

    def _no_room(self, extended: int) -> bool:
        """SQLite knows only ENOSPC by name; a quota or a file size limit is a failed write to it.

        The shared-memory index that cannot grow is a full disk too; it is no data and nothing was synced.
        """
        refused = extended == apsw.SQLITE_IOERR_WRITE and self.raw.system_errno in NO_ROOM
        return refused or extended == apsw.SQLITE_IOERR_SHMSIZE

    def close(self) -> None:
        self.raw.close()


BROKEN = (apsw.IOError, apsw.CorruptError, apsw.NotADBError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.NoLFSError)


@contextmanager
def opening(path: str | Path, raw: apsw.Connection | None = None) -> Iterator[None]:
    """Before there is anybody to answer: what SQLite says becomes a sentence for whoever starts the program."""
    try:
        yield
    except (apsw.FullError, apsw.IOError) as error:
        if isinstance(error, apsw.FullError) or (raw is not None and raw.system_errno in NO_ROOM):
            raise StoreFull(f"there is no room for {path} on its disk; make some and start again") from error
        raise StoreBroken(f"{path} cannot be used: {error}") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StoreBroken(f"{path} is damaged or no database ({error}); put a copy back, or move it away") from error
    except BROKEN as error:
        raise StoreBroken(f"{path} cannot be used: {error}") from error
    except apsw.BusyError as error:
        raise StoreError(f"{path} is used by another program: {error}") from error


def check_integrity(path: str | Path) -> None:
    """Raise StoreBroken when the pages of a database do not fit together."""
    with opening(path):
        raw = apsw.Connection(str(path))
        try:
            [(found, *_), *_] = raw.execute("PRAGMA integrity_check(1)")
        except (apsw.SQLError, UnicodeDecodeError) as error:  # the schema itself, or names in it
            found = str(error)
        finally:
            raw.close()
    if found != "ok":
        raise StoreBroken(f"{path} is damaged ({found}); put a copy back, or move it away")


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
