"""The n-th write or sync of a household's store fails; everything that was not synced is then gone.

    python tests/store/disk_errors.py 200            # n = 1…200 for writes and for syncs

The process must end there: not one more sync. What a restart finds must be what the store held after one of its
commits, none earlier than the last that had been answered.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
from home_on_disk import HomeOnDisk, WatchedDatabase
from power_cut_vfs import ForgetfulDisk, RecordedFile, Recorder, Synced
from power_cuts import NAME, digest, in_memory, look

from laadboek.store.connection import Connection
from laadboek.store.errors import StoreBroken, StoreError
from laadboek.store.verify import verify

CODES = {"write": apsw.SQLITE_IOERR_WRITE, "sync": apsw.SQLITE_IOERR_FSYNC}


class Ended(BaseException):
    """The process is gone; nothing may handle that."""


class FailingRecorder(Recorder):
    """Counts writes or syncs, and lets one of them fail."""

    def __init__(self, name: str, kind: str, at: int) -> None:
        self.kind, self.at, self.count = kind, at, 0
        self.failed_at = 0  # in `ops`
        super().__init__(name)

    def opened(self, name: Any, flags: list[int]) -> RecordedFile:
        return FailingFile(self, name, flags)

    def maybe_fail(self, kind: str) -> None:
        if kind != self.kind:
            return
        self.count += 1
        if self.count == self.at:
            self.failed_at = len(self.ops)
            raise failure(kind)


class FailingFile(RecordedFile):
    def __init__(self, recorder: FailingRecorder, name: Any, flags: list[int]) -> None:
        self._recorder = recorder
        super().__init__(recorder, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._recorder.maybe_fail("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self._recorder.maybe_fail("sync")
        super().xSync(flags)


def failure(kind: str) -> apsw.IOError:
    error = apsw.IOError("as if by the disk")
    error.extendedresult = CODES[kind]
    return error


def end(error: StoreBroken) -> None:
    raise Ended(str(error))


def live(database: WatchedDatabase, sessions: int) -> HomeOnDisk:
    home = HomeOnDisk(database)
    for _ in range(sessions):
        home.session()
    return home


def states(folder: Path, sessions: int) -> list[bytes]:
    """What an undisturbed life leaves after each commit: the same in each run."""
    folder.mkdir()
    seen: list[bytes] = []
    database = WatchedDatabase(folder / NAME, lambda: seen.append(database.read(digest)))
    seen.append(database.read(digest))
    live(database, sessions)
    database.close()
    return seen


def break_once(
    folder: Path, kind: str, at: int, sessions: int, known: list[bytes], on_broken: Callable[[StoreBroken], None] = end
) -> list[str]:
    """Let the n-th of a kind fail; what was wrong then, and after a restart on what had been synced."""
    (living := folder / f"living {kind} {at}").mkdir()
    (after := folder / f"after {kind} {at}").mkdir()
    recorder, answered = FailingRecorder("failing-disk", kind, at), [0]
    wrong = [f"{kind} {at} never came, or ended nothing"]
    try:
        database = WatchedDatabase(
            living / NAME, lambda: answered.append(len(answered)), vfs="failing-disk", on_broken=on_broken
        )
        live(database, sessions)
    except Ended:
        wrong = ["synced once more"] if any(isinstance(op, Synced) for op in recorder.ops[recorder.failed_at :]) else []
    except StoreError:  # while the store was being made
        wrong = []
    done = list(recorder.ops)
    recorder.unregister()

    def judge(db: Connection) -> None:
        wrong.extend(map(str, verify(db)))
        if digest(db) not in known[answered[-1] :]:
            wrong.append(f"lost one of {answered[-1]}")

    disk = ForgetfulDisk()
    for op in done:
        disk.take(op)
    look(after, disk.cut(random.Random(at)), judge)
    return [f"{kind} {at}: {what}" for what in wrong]


def sweep(folder: Path, counts: range, sessions: int = 12) -> list[str]:
    known = states(folder / "undisturbed", sessions)
    return [line for kind in CODES for at in counts for line in break_once(folder, kind, at, sessions, known)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("upto", nargs="?", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        wrong = sweep(Path(folder), range(1, options.upto + 1))
    sys.stdout.write(f"{2 * options.upto} errors, {len(wrong)} ended badly\n")
    for line in wrong[:20]:
        sys.stdout.write(f"  {line}\n")


if __name__ == "__main__":
    main()
