"""A write-ahead log that lost something in its middle is noticed; one that a power cut ended is not blamed."""

import logging
import random
import tempfile
from pathlib import Path

import pytest
from home_on_disk import HomeOnDisk, WatchedDatabase
from power_cuts import NAME, cuts, digest, in_memory, live

from laadboek.store.database import InlineDatabase, StoreBroken, open_database
from laadboek.store.journal import FRAME, HEADER, lost_transactions

WAL = NAME + "-wal"
FRAME_SIZE = FRAME.size + 4096


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a home that was killed, and what it had answered."""
    folder = tmp_path_factory.mktemp("home")
    states: list[bytes] = []
    database = WatchedDatabase(folder / NAME, lambda: states.append(database.read(digest)))
    home = HomeOnDisk(database)
    for _ in range(3):
        home.session()
    files = {name: (folder / name).read_bytes() for name in (NAME, WAL)}
    database.close()
    return files


def commits_of(wal: bytes) -> list[int]:
    """Where each transaction ends."""
    starts = range(HEADER.size, len(wal) - FRAME_SIZE + 1, FRAME_SIZE)
    return [start + FRAME_SIZE for start in starts if FRAME.unpack_from(wal, start)[1]]


def test_a_sound_log_has_lost_nothing(lived):
    assert lost_transactions(lived[WAL]) == 0
    assert lost_transactions(b"") == 0
    assert lost_transactions(b"\0" * 100) == 0


def test_one_flipped_bit_before_the_last_two_transactions_is_found(lived):
    chance, wal = random.Random(1), lived[WAL]
    ends = commits_of(wal)
    for _ in range(200):
        at = chance.randrange(HEADER.size, ends[-3])
        damaged = bytearray(wal)
        damaged[at] ^= 1 << chance.randrange(8)
        assert lost_transactions(bytes(damaged)) >= 1, at


def test_a_log_that_a_power_cut_ended_is_not_blamed():
    with tempfile.TemporaryDirectory(dir=in_memory()) as made:
        (folder := Path(made) / "living").mkdir()
        history = live(folder, "FULL", 2, 1)
        looked = 0
        for _, files in cuts(history.ops, 300, random.Random(3)):
            if WAL in files:
                looked += 1
                assert lost_transactions(files[WAL]) == 0
        assert looked > 100


def test_a_start_says_what_is_lost_and_keeps_a_copy(tmp_path, lived, caplog):
    wal = bytearray(lived[WAL])
    wal[commits_of(lived[WAL])[3]] ^= 1
    (tmp_path / NAME).write_bytes(lived[NAME])
    (tmp_path / WAL).write_bytes(wal)
    with caplog.at_level(logging.ERROR):
        open_database(tmp_path / NAME).close()
    assert "laadboek.db-wal is damaged" in caplog.text
    assert (tmp_path / f"{WAL}.damaged").read_bytes() == wal
    assert (tmp_path / f"{NAME}.damaged").read_bytes() == lived[NAME]


def test_a_start_refuses_a_database_whose_pages_do_not_fit_together(tmp_path):
    InlineDatabase(tmp_path / NAME).close()
    data = bytearray((tmp_path / NAME).read_bytes())
    for page in range(40, 60):
        data[page * 4096 : page * 4096 + 12] = b"\xff" * 12
    (tmp_path / NAME).write_bytes(data)
    with pytest.raises(StoreBroken, match=r"laadboek\.db is damaged"):
        open_database(tmp_path / NAME)
