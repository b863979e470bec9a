"""Looks at a write-ahead log before SQLite does, because SQLite stops at the first damaged frame without a word.

That is right after a power cut: the last transaction was not synced. It is wrong when later transactions follow, for
each was synced before the next was begun. Format: sqlite.org/fileformat2.html, section 4.
"""

import os
from pathlib import Path
from struct import Struct, iter_unpack

HEADER = Struct(">8I")  # magic, format, page size, checkpoint, salt 1, salt 2, checksum 1, checksum 2
FRAME = Struct(">6I")  # page, database size after a commit (else 0), salt 1, salt 2, checksum 1, checksum 2
MAGIC = 0x377F0682  # plus one: the words are summed as big-endian numbers
MASK = 0xFFFFFFFF


def lost_transactions(wal: bytes) -> int:
    """How many transactions lie behind a damaged frame, and so had been answered; 0: nothing is lost.

    Damage in the last two transactions looks like a power cut and is not found; neither is a file that was cut.
    """
    if len(wal) < HEADER.size:
        return 0
    magic, _, page_size, _, salt_1, salt_2, *_ = HEADER.unpack_from(wal)
    size = FRAME.size + page_size
    if magic & ~1 != MAGIC or not 512 <= page_size <= 65_536:
        return 0
    starts = range(HEADER.size, len(wal) - size + 1, size)
    good = _good_frames(wal, starts, size, "><"[magic == MAGIC])
    commits = 0
    for start in starts[good:]:
        _, pages, one, two, _, _ = FRAME.unpack_from(wal, start)
        commits += bool(pages) and (one, two) == (salt_1, salt_2)
    return max(0, commits - 1)  # the first of them may be the one that was not synced


def _good_frames(wal: bytes, starts: range, size: int, order: str) -> int:
    """How many frames SQLite will believe: right salts, right sums from the beginning of the file on."""
    sums = _add(wal[:24], order, (0, 0))
    if sums != HEADER.unpack_from(wal)[6:]:
        return 0
    salts = wal[16:24]
    for number, start in enumerate(starts):
        sums = _add(wal[start + FRAME.size : start + size], order, _add(wal[start : start + 8], order, sums))
        if wal[start + 8 : start + 16] != salts or sums != FRAME.unpack_from(wal, start)[4:]:
            return number
    return len(starts)


def _add(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    for first, second in iter_unpack(order + "II", data):
        one = one + first + two & MASK
        two = two + second + one & MASK
    return one, two


def keep_if_damaged(database: Path) -> int:
    """Look at the log of a database that nobody has open; keep a copy of both if transactions are lost in it."""
    wal = database.with_name(database.name + "-wal")
    if not wal.exists():
        return 0
    lost = lost_transactions(wal.read_bytes())
    if lost:
        for damaged in (database, wal):
            copy = damaged.with_name(f"{damaged.name}.damaged")
            copy.write_bytes(damaged.read_bytes())
            os.chmod(copy, 0o600)
    return lost
