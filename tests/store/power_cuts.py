"""Cut the power of a household at every sync and at random points between; look at what a restart finds.

    python tests/store/power_cuts.py 2000            # `--synchronous NORMAL` is the control: it must lose something

After each cut the files are opened by the product itself. What is found must be what the store held after one of its
commits, bit by bit, and none earlier than the last that had been answered: nothing lost, nothing half.
"""

import argparse
import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from home_on_disk import HomeOnDisk, WatchedDatabase
from msgspec import Struct
from power_cut_vfs import ForgetfulDisk, Marked, Op, Synced, recording

from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase
from laadboek.store.verify import verify

NAME = "laadboek.db"


class History(Struct):
    """One life of a database file: what was done to the disk, and what the store held after each commit."""

    ops: list[Op]
    states: list[bytes]  # digest after commit 0, 1, …; 0: a new, empty database
    home: HomeOnDisk


class Outcome(Struct):
    cuts: int = 0
    lost: int = 0  # cuts after which something answered was gone
    damaged: list[str] = []  # what was wrong besides


def digest(db: Connection) -> bytes:
    """Every value of every row."""
    told = hashlib.sha256()
    for (table,) in db.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
        told.update(repr((table, sorted(map(repr, db.rows(f'SELECT * FROM "{table}"'))))).encode())
    return told.digest()


def live(folder: Path, synchronous: str, sessions: int, seed: int) -> History:
    """From an empty folder on: migration, boot, sessions with and without a platform, operations, a clean end."""
    states: list[bytes] = []
    with recording() as recorder:

        def committed() -> None:
            recorder.mark(len(states))
            states.append(database.read(digest))

        database = WatchedDatabase(folder / NAME, committed, synchronous=synchronous, vfs="power-cut")
        committed()
        home = HomeOnDisk(database, seed)
        for number in range(sessions):
            if number % 3 == 1:
                home.line.reachable = not home.line.reachable
                home.line.abort()
            home.session()
        database.close()
        assert home.bugs == []
        return History(list(recorder.ops), states, home)


def points(ops: list[Op], count: int, chance: random.Random) -> list[int]:
    """Before which operations to cut, sorted: around every sync, the rest anywhere; no sync is left out."""
    at_sync = [at for index, op in enumerate(ops) if isinstance(op, Synced) for at in (index, index + 1)]
    extra = max(0, count - len(at_sync))
    anywhere = [chance.randint(0, len(ops)) for _ in range(extra)]
    return sorted((at_sync + anywhere) if count >= len(at_sync) else chance.sample(at_sync, count))


def cuts(ops: list[Op], count: int, chance: random.Random) -> Iterator[tuple[int, dict[str, bytes]]]:
    """The last promise before each cut (-1: none), and the files after it."""
    disk, done, promised = ForgetfulDisk(), 0, -1
    for at in points(ops, count, chance):
        for op in ops[done:at]:
            if isinstance(op, Marked):
                promised = op.promise
            disk.take(op)
        done = at
        yield promised, disk.cut(chance)


def look(folder: Path, files: dict[str, bytes], look_at: Callable[[Connection], None]) -> None:
    """Start again on what is left, as the product does."""
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    database = InlineDatabase(folder / NAME)
    try:
        database.read(look_at)
    finally:
        database.close()


def run(folder: Path, count: int, *, synchronous: str = "FULL", sessions: int = 6, seed: int = 1) -> Outcome:
    """Live once, cut `count` times. `folder` is best on a file system in memory."""
    chance, outcome = random.Random(seed), Outcome()
    (living := folder / "living").mkdir()
    (after := folder / "after").mkdir()
    history = live(living, synchronous, sessions, seed)
    for promised, files in cuts(history.ops, count, chance):
        outcome.cuts += 1
        where = f"cut {outcome.cuts}, {promised} promised"

        def judge(db: Connection, promised: int = promised, where: str = where) -> None:
            if db.rows("PRAGMA integrity_check") != [("ok",)]:
                outcome.damaged.append(f"{where}: integrity")
            outcome.damaged.extend(f"{where}: {finding}" for finding in verify(db))
            found = digest(db)
            if found not in history.states:
                outcome.damaged.append(f"{where}: a state that never was")
            elif found not in history.states[max(promised, 0) :]:
                outcome.lost += 1
            if db.row("SELECT 1 FROM links") is not None:
                history.home.cast(db)

        look(after, files, judge)
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cuts", nargs="?", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("--synchronous", default="FULL")
    options = parser.parse_args()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        outcome = run(
            Path(folder),
            options.cuts,
            synchronous=options.synchronous,
            sessions=options.sessions,
            seed=options.seed,
        )
    took = time.perf_counter() - begun
    sys.stdout.write(f"{outcome.cuts} cuts in {took:.0f} s: {outcome.lost} lost, {len(outcome.damaged)} damaged\n")
    for line in outcome.damaged[:10]:
        sys.stdout.write(f"  {line}\n")


def in_memory() -> str | None:
    """A folder whose syncs cost nothing, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


if __name__ == "__main__":
    main()
