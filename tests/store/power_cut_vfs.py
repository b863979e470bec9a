"""What a disk holds after a power cut: a VFS that writes down what SQLite does, and a disk that forgets.

Only what was synced surely survives. Of the rest a random part does: whole writes, torn ones (some of their 512-byte
sectors), in any order between two truncations. A sector that is written in part keeps its other bytes, as SQLite
assumes by default (powersafe overwrite). Making and removing files is metadata of a journalling file system: a random
number of the latest of these is undone, in order; syncing a file keeps its own making and all before it.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
from msgspec import Struct

SECTOR = 512
TORN = 0.2  # chance that a write which survives does so in part
CHANCES = (0.0, 0.1, 0.5, 0.9, 1.0)  # of a write to survive: one of these per cut


class Made(Struct, frozen=True):
    name: str
    file: int


class Removed(Struct, frozen=True):
    name: str
    synced: bool  # the folder was, too


class Written(Struct, frozen=True):
    file: int
    data: bytes
    offset: int


class Truncated(Struct, frozen=True):
    file: int
    size: int


class Synced(Struct, frozen=True):
    file: int


class Marked(Struct, frozen=True):
    """Something that was promised to somebody, at this point of the disk's history."""

    promise: int


Op = Made | Removed | Written | Truncated | Synced | Marked


class Recorder(apsw.VFS):
    """The real file system, and everything that was done to it."""

    def __init__(self, name: str) -> None:
        self.ops: list[Op] = []
        self._files: dict[str, int] = {}
        self._count = 0
        super().__init__(name, "")

    def mark(self, promise: int) -> None:
        self.ops.append(Marked(promise))

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        existed = path.exists()
        opened = self.opened(name, flags)
        if not existed:
            self._count += 1
            self._files[path.name] = self._count
            self.ops.append(Made(path.name, self._count))
        opened.file = self._files[path.name]
        return opened

    def opened(self, name: Any, flags: list[int]) -> "RecordedFile":
        return RecordedFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        name = Path(filename).name
        del self._files[name]
        self.ops.append(Removed(name, bool(syncdir)))


class RecordedFile(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: Any, flags: list[int]) -> None:
        self._ops = recorder.ops
        self.file = 0
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._ops.append(Written(self.file, bytes(data), offset))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self._ops.append(Truncated(self.file, size))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._ops.append(Synced(self.file))


@contextmanager
def recording(name: str = "power-cut") -> Iterator[Recorder]:
    recorder = Recorder(name)
    try:
        yield recorder
    finally:
        recorder.unregister()


class ForgetfulDisk:
    """Takes the recorded operations one by one; `cut` says what would be found if the power failed now."""

    def __init__(self) -> None:
        self._images: dict[int, bytearray] = {}  # synced
        self._names: dict[str, int] = {}  # synced
        self._pending: dict[int, list[Written | Truncated]] = {}
        self._pending_names: list[Made | Removed] = []

    def take(self, op: Op) -> None:
        if isinstance(op, (Written, Truncated)):
            self._pending.setdefault(op.file, []).append(op)
        elif isinstance(op, Synced):
            self._sync(op.file)
        elif isinstance(op, Made):
            self._images[op.file] = bytearray()
            self._pending_names.append(op)
        elif isinstance(op, Removed):
            self._pending_names.append(op)
            if op.synced:
                self._keep_names(len(self._pending_names))

    def _sync(self, file: int) -> None:
        for op in self._pending.pop(file, []):
            apply(self._images[file], op)
        made = [at for at, op in enumerate(self._pending_names) if isinstance(op, Made) and op.file == file]
        self._keep_names(made[-1] + 1 if made else 0)

    def _keep_names(self, count: int) -> None:
        for op in self._pending_names[:count]:
            rename(self._names, op)
        del self._pending_names[:count]

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """The files that are found afterwards. The disk itself goes on as if nothing happened."""
        names, survives = dict(self._names), chance.choice(CHANCES)
        for op in self._pending_names[: chance.randint(0, len(self._pending_names))]:
            rename(names, op)
        return {name: self._after(file, survives, chance) for name, file in names.items()}

    def _after(self, file: int, survives: float, chance: random.Random) -> bytes:
        image = bytearray(self._images[file])
        writes: list[Written] = []
        for op in self._pending.get(file, []):
            if chance.random() >= survives:
                continue
            if isinstance(op, Written):
                writes += torn(op, chance) if chance.random() < TORN else [op]
                continue
            spill(image, writes, chance)
            apply(image, op)
        spill(image, writes, chance)
        return bytes(image)


def spill(image: bytearray, writes: list[Written], chance: random.Random) -> None:
    """What lies between two truncations reaches the disk in any order."""
    chance.shuffle(writes)
    for write in writes:
        apply(image, write)
    writes.clear()


def torn(write: Written, chance: random.Random) -> list[Written]:
    """Some of the sectors of one write."""
    pieces, end, at = [], write.offset + len(write.data), write.offset
    while at < end:
        until = min(end, (at // SECTOR + 1) * SECTOR)
        if chance.random() < 0.5:
            pieces.append(Written(write.file, write.data[at - write.offset : until - write.offset], at))
        at = until
    return pieces


def apply(image: bytearray, op: Written | Truncated) -> None:
    if isinstance(op, Truncated):
        del image[op.size :]
        image.extend(bytes(op.size - len(image)))
        return
    if op.offset > len(image):
        image.extend(bytes(op.offset - len(image)))
    image[op.offset : op.offset + len(op.data)] = op.data


def rename(names: dict[str, int], op: Made | Removed) -> None:
    if isinstance(op, Made):
        names[op.name] = op.file
    else:
        names.pop(op.name, None)
