"""What a store can answer instead of a result."""

import errno

# A quota and a file size limit end like a full disk: by room.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

EXIT_FULL = 73  # EX_CANTCREAT: a process that cannot begin for want of room
EXIT_BROKEN = 74  # EX_IOERR: a process that must not go on


class StoreError(Exception):
    """The job is not in the database: its transaction was rolled back, or never began."""


class StoreFull(StoreError):
    """The disk is full. Rolled back, nothing is half written; the same job may succeed later."""


class StoreBroken(StoreError):
    """The disk or the server failed in a way after which nothing it says can be believed. The process must end."""


class JobFailed(StoreError):
    """The job itself raised; its exception is the `__cause__`."""


class StoreLocked(StoreError):
    """Another process writes to this database."""


class StoreClosed(StoreError):
    """The job came after `close`."""


class SchemaMismatch(StoreError):
    """The database was made by a newer Laadboek, or was never prepared."""
