"""`laadboek` on a disk whose syncs fail from SIGUSR1 on. Usage: as `python -m laadboek.cli`."""

import signal

import apsw

from laadboek.cli import main

FAILS: list[bool] = []


class FailingFile(apsw.VFSFile):
    def __init__(self, name: object, flags: list[int]) -> None:
        super().__init__("unix", name, flags)  # type: ignore[arg-type]

    def xSync(self, flags: int) -> None:
        if FAILS:
            error = apsw.IOError("as if by the disk")
            error.extendedresult = apsw.SQLITE_IOERR_FSYNC
            raise error
        super().xSync(flags)


class FailingDisk(apsw.VFS):
    def __init__(self) -> None:
        super().__init__("failing", "unix", makedefault=True)

    def xOpen(self, name: object, flags: list[int]) -> apsw.VFSFile:
        return FailingFile(name, flags)


if __name__ == "__main__":
    disk = FailingDisk()
    signal.signal(signal.SIGUSR1, lambda number, frame: FAILS.append(True))
    main()
