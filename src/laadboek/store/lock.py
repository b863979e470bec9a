"""One writing process per SQLite file: a lock file beside it that the kernel frees when its holder dies."""

import fcntl
import os
from pathlib import Path

from .errors import StoreLocked


class WriterLock:
    """Held from construction to `release`."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._fd, 32, 0).decode().strip() or "unknown"
            os.close(self._fd)
            raise StoreLocked(f"{database} is being written by process {holder}; stop it first") from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self._fd)  # the file stays: removing it would race with the next holder
