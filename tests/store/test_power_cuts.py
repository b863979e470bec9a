"""Nothing that was answered is lost when the power fails, wherever it fails."""

import random
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from power_cut_vfs import SECTOR, ForgetfulDisk, Made, Marked, Op, Removed, Synced, Truncated, Written, recording
from power_cuts import NAME, cuts, in_memory, live, look, points, run

from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase, open_database

CUTS, CONTROL_CUTS, JOBS = 2_000, 200, 400


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory if possible: what a cut leaves is ours to decide, not the disk's."""
    with tempfile.TemporaryDirectory(dir=in_memory()) as made:
        yield Path(made)


@pytest.mark.slow
def test_two_thousand_power_cuts_lose_nothing_that_was_answered(folder):
    outcome = run(folder, CUTS, sessions=30)
    assert outcome.cuts == CUTS
    assert outcome.damaged == []
    assert outcome.lost == 0


def test_the_same_cuts_find_a_store_that_answers_before_it_syncs(folder):
    outcome = run(folder, CONTROL_CUTS, synchronous="NORMAL")
    assert outcome.lost > CONTROL_CUTS / 4
    assert outcome.damaged == []  # what SQLite promises for NORMAL: consistent, but old


def test_the_history_that_is_cut_has_a_migration_checkpoints_and_an_end(folder):
    (folder / "living").mkdir()
    history = live(folder / "living", "FULL", 30, 1)
    marks = [at for at, op in enumerate(history.ops) if isinstance(op, Marked)]
    syncs = [(at, op.file) for at, op in enumerate(history.ops) if isinstance(op, Synced)]
    [database] = [op.file for op in history.ops if isinstance(op, Made) and op.name == NAME]
    assert any(at < marks[0] for at, _ in syncs)
    assert any(marks[1] < at < marks[-1] and file == database for at, file in syncs)
    assert any(at > marks[-1] and file == database for at, file in syncs)
    chosen = points(history.ops, CUTS, random.Random(1))
    assert {at for at, _ in syncs} | {at + 1 for at, _ in syncs} <= set(chosen)
    assert any(b"StopTransaction" in text for text in history.home.line.heard)


def test_a_group_commit_answers_nobody_whose_row_a_power_cut_could_take(folder):
    """Sixteen jobs wait at any time, so that most commits are of several."""
    (living := folder / "living").mkdir()
    (after := folder / "after").mkdir()
    with recording() as recorder:
        database, all_done = open_database(living / NAME, vfs="power-cut"), threading.Event()

        def submit(number: int) -> None:
            database.submit("", lambda db: add(db, number), durable, lambda error: None)

        def durable(number: int) -> None:
            recorder.mark(number)
            if number + 16 <= JOBS:
                submit(number + 16)
            elif number == JOBS:
                all_done.set()

        for number in range(1, 17):
            submit(number)
        assert all_done.wait(60)
        database.close()
    ops = list(recorder.ops)
    assert [op.promise for op in ops if isinstance(op, Marked)] == list(range(1, JOBS + 1))
    assert sum(isinstance(op, Synced) for op in ops) < JOBS  # in groups
    found = {}
    for promised, files in cuts(ops, 200, random.Random(2)):
        look(after, files, lambda db: found.update(numbers=stored(db)))
        assert found["numbers"] == list(range(1, len(found["numbers"]) + 1))
        assert len(found["numbers"]) >= promised


def stored(db: Connection) -> list[int]:
    assert db.rows("PRAGMA integrity_check") == [("ok",)]
    return [row[0] for row in db.rows("SELECT created_at FROM accounts ORDER BY id")]


def add(db: Connection, number: int) -> int:
    db.run(
        "INSERT INTO accounts (public_id, name, time_zone, language, created_at) VALUES (?, 'A', 'UTC', 'en', ?)",
        (f"acc_{number}", number),
    )
    return number


# --- the disk itself ---


def after_cuts(ops: list[Op], count: int = 400) -> set[tuple[tuple[str, bytes], ...]]:
    disk = ForgetfulDisk()
    for op in ops:
        disk.take(op)
    chance = random.Random(1)
    return {tuple(sorted(disk.cut(chance).items())) for _ in range(count)}


SYNCED: list[Op] = [Made("a", 1), Written(1, b"x" * 2 * SECTOR, 0), Synced(1)]


def test_what_was_synced_is_found_after_every_cut():
    assert after_cuts(SYNCED) == {(("a", b"x" * 2 * SECTOR),)}


def test_what_was_not_synced_is_found_whole_torn_or_not_at_all():
    found = {dict(files)["a"] for files in after_cuts([*SYNCED, Written(1, b"y" * 2 * SECTOR, 0)])}
    old, new = b"x" * SECTOR, b"y" * SECTOR
    assert found == {old + old, old + new, new + old, new + new}


def test_writes_that_were_not_synced_overtake_each_other():
    found = {dict(files)["a"][:1] for files in after_cuts([*SYNCED, Written(1, b"1", 0), Written(1, b"2", 0)])}
    assert found == {b"x", b"1", b"2"}


def test_a_truncation_may_be_undone():
    found = {len(dict(files)["a"]) for files in after_cuts([*SYNCED, Truncated(1, 3)])}
    assert found == {3, 2 * SECTOR}


def test_a_file_that_was_removed_may_be_back_unless_its_folder_was_synced():
    assert {len(files) for files in after_cuts([*SYNCED, Removed("a", synced=False)])} == {0, 1}
    assert {len(files) for files in after_cuts([*SYNCED, Removed("a", synced=True)])} == {0}
    assert {len(files) for files in after_cuts([Made("a", 1), Written(1, b"x", 0)])} == {0, 1}


def test_the_seam_is_the_name_of_a_vfs(tmp_path):
    with recording() as recorder:
        InlineDatabase(tmp_path / NAME, vfs="power-cut").close()
    assert any(isinstance(op, Synced) for op in recorder.ops)
