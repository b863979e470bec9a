"""A disk that fails under SQLite: a VFS between SQLite and the real files returns the errors."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from fixtures_store import run
from laadboek.store.connection import Connection
from laadboek.store.database import GroupDatabase, InlineDatabase, StoreBroken, StoreError, StoreFull, call, prepare
from laadboek.store.reader import Reader
from laadboek.store.sqlite import SqliteEngine


class FailingVfs(apsw.VFS):
    """The real file system until `error` is set: then each write, or each sync, raises it."""

    def __init__(self) -> None:
        self.on_write: Exception | None = None
        self.on_sync: Exception | None = None
        self.synced = 0
        super().__init__("failing", "")

    def xOpen(self, name: Any, flags: Any) -> apsw.VFSFile:
        return FailingFile(self, name, flags)


class FailingFile(apsw.VFSFile):
    def __init__(self, vfs: FailingVfs, name: Any, flags: Any) -> None:
        self._failing = vfs
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        if self._failing.on_write is not None:
            raise self._failing.on_write
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self._failing.synced += 1
        if self._failing.on_sync is not None:
            raise self._failing.on_sync
        super().xSync(flags)


@pytest.fixture
def vfs() -> Iterator[FailingVfs]:
    failing = FailingVfs()
    yield failing
    failing.unregister()


class Broken:
    def __init__(self, path: Path, vfs: FailingVfs) -> None:
        prepare(path)
        self.errors: list[StoreBroken] = []
        self.database = GroupDatabase([SqliteEngine(path, vfs="failing")], Reader(path), None, call, self.errors.append)


def add_account(db: Connection) -> int:
    return db.insert(
        "INSERT INTO accounts (public_id, name, time_zone, language, created_at) VALUES (lower(hex(randomblob(10))),"
        " 'Alice', 'Europe/Amsterdam', 'nl', 0)"
    )


def count(db: Connection) -> int:
    return db.rows("SELECT COUNT(*) FROM accounts")[0][0]


def failure(kind: type[apsw.Error], extended: int) -> apsw.Error:
    error = kind("as if by the disk")
    error.extendedresult = extended
    return error


def test_a_failed_sync_breaks_the_store_for_good(sqlite_path, vfs):
    broken = Broken(sqlite_path, vfs)
    assert run(broken.database, add_account) == 1
    vfs.on_sync = failure(apsw.IOError, apsw.SQLITE_IOERR_FSYNC)
    with pytest.raises(StoreBroken):
        run(broken.database, add_account)
    assert len(broken.errors) == 1

    synced, vfs.on_sync = vfs.synced, None
    with pytest.raises(StoreBroken):  # the disk would work again, but what it says cannot be believed
        run(broken.database, add_account)
    assert vfs.synced == synced  # an fsync is never tried again
    assert len(broken.errors) == 1
    broken.database.close()


def test_everybody_in_the_group_is_told_that_the_store_broke(sqlite_path, vfs):
    broken = Broken(sqlite_path, vfs)
    told: list[str] = []

    def failed(error: StoreError) -> None:
        told.append(type(error).__name__)

    def break_it(db: Connection) -> None:
        vfs.on_write = failure(apsw.IOError, apsw.SQLITE_IOERR_WRITE)

    broken.database.submit("", break_it, lambda _: told.append("done"), failed)
    for _ in range(3):
        broken.database.submit("", add_account, lambda _: told.append("done"), failed)
    with pytest.raises(StoreBroken):
        run(broken.database, add_account)
    broken.database.close()
    assert told.count("StoreBroken") >= 3
    assert "done" not in told[1:]


def test_no_space_is_store_full_and_ends_when_there_is_space(sqlite_path, vfs):
    broken = Broken(sqlite_path, vfs)
    vfs.on_write = failure(apsw.FullError, apsw.SQLITE_FULL)
    for _ in range(2):
        with pytest.raises(StoreFull):
            run(broken.database, add_account)
    assert broken.database.read(count) == 0
    vfs.on_write = None
    run(broken.database, add_account)
    assert broken.database.read(count) == 1
    assert broken.errors == []
    broken.database.close()


def test_the_default_is_to_end_the_process(tmp_path):
    script = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); sys.path.insert(0, {str(Path(__file__).parents[1])!r})
import apsw
from pathlib import Path
from test_broken_disk import FailingVfs, add_account, failure
from laadboek.store.database import GroupDatabase, call, die, prepare
from laadboek.store.reader import Reader
from laadboek.store.sqlite import SqliteEngine
from fixtures_store import run
path = Path({str(tmp_path)!r}) / "laadboek.db"
prepare(path)
vfs = FailingVfs()
database = GroupDatabase([SqliteEngine(path, vfs="failing")], Reader(path), None, lambda callback: None, die)
vfs.on_sync = failure(apsw.IOError, apsw.SQLITE_IOERR_FSYNC)
run(database, add_account)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 74
    assert "the database failed, stopping" in ended.stderr


def test_inline_breaks_the_same_way(sqlite_path):
    prepare(sqlite_path)
    errors: list[StoreBroken] = []
    database = InlineDatabase(sqlite_path, on_broken=errors.append)

    def fail(db: Connection) -> None:
        raise failure(apsw.IOError, apsw.SQLITE_IOERR_FSYNC)

    with pytest.raises(StoreBroken):
        database.run(fail)
    assert len(errors) == 1
    database.close()
