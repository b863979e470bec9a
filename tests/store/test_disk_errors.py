"""A write or a sync that fails ends the process, once and for all; nothing that was answered is lost by that."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from disk_errors import break_once, failure, states, sweep
from home_on_disk import PIN, HomeOnDisk
from power_cuts import NAME, in_memory
from test_broken_disk import FailingVfs

from laadboek.reasons import Reason
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase, StoreBroken, StoreError, StoreFull, prepare
from laadboek.store.verify import verify

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # APSW shows them twice


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=in_memory()) as made:
        yield Path(made)


@pytest.mark.slow
def test_every_failing_write_and_sync_ends_the_process_and_loses_nothing(folder):
    assert sweep(folder, range(1, 201)) == []


def test_a_store_that_goes_on_after_an_error_is_found(folder):
    known = states(folder / "undisturbed", 2)
    found = break_once(folder, "sync", 20, 2, known, on_broken=lambda error: None)
    assert "sync 20: sync 20 never came, or ended nothing" in found


@pytest.fixture
def vfs() -> Iterator[FailingVfs]:
    failing = FailingVfs()
    yield failing
    failing.unregister()


def test_a_disk_that_is_full_from_the_start_is_named(tmp_path, vfs):
    full = apsw.FullError("as if by the disk")
    full.extendedresult = apsw.SQLITE_FULL
    vfs.on_write = full
    with pytest.raises(StoreError, match=r"laadboek\.db"):
        prepare(tmp_path / NAME, "failing")
    vfs.on_write = None
    InlineDatabase(tmp_path / NAME, vfs="failing").close()


def test_a_full_disk_at_a_later_start_is_named(tmp_path, vfs):
    prepare(tmp_path / NAME)
    full = apsw.FullError("as if by the disk")
    full.extendedresult = apsw.SQLITE_FULL
    database = InlineDatabase(tmp_path / NAME, vfs="failing")
    vfs.on_write = full
    with pytest.raises(StoreFull):
        database.run(lambda db: db.run("INSERT INTO alembic_version VALUES ('x')"))
    database.close()


def test_a_session_ends_well_on_a_disk_that_was_full_and_none_begins_meanwhile(tmp_path, vfs):
    database = InlineDatabase(tmp_path / NAME, vfs="failing")
    home = HomeOnDisk(database)
    home.box.plug_in()
    home.box.type_pin(PIN)
    home.wait(minutes=20)
    full = apsw.FullError("as if by the disk")
    full.extendedresult = apsw.SQLITE_FULL
    vfs.on_write = full
    home.box.unplug()
    assert home.host.store_full
    assert home.host.live(home.world.now).why == Reason("store.full")
    home.box.plug_in()
    home.box.type_pin(PIN)
    home.wait(minutes=5)
    assert home.notices[-1] == Reason("store.full")
    assert [row[1] for row in database.read(sessions_of)] == [None]

    vfs.on_write = None
    home.wait(seconds=30)
    assert not home.host.store_full
    [(register_wh, ended_wh)] = database.read(sessions_of)  # the PIN of five minutes ago is not obeyed
    assert ended_wh is not None and ended_wh > register_wh
    assert database.read(verify) == []
    home.wait(minutes=5)
    assert home.bugs == []
    home.box.type_pin(PIN)
    home.wait(minutes=1)
    assert len(database.read(sessions_of)) == 2
    database.close()


def sessions_of(db: Connection) -> list[tuple[int, int | None]]:
    return db.rows("SELECT start_register_wh, end_register_wh FROM sessions ORDER BY id")


def test_a_sync_that_fails_while_the_store_is_made_is_no_store(tmp_path, vfs):
    vfs.on_sync = failure("sync")
    with pytest.raises(StoreBroken, match=r"laadboek\.db"):
        prepare(tmp_path / NAME, "failing")


@pytest.mark.parametrize(
    "content", [b"a letter to my mother, long enough " * 100, b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(StoreBroken, match=r"laadboek\.db is damaged or no database"):
        InlineDatabase(tmp_path / NAME)
    assert (tmp_path / NAME).read_bytes() == content
