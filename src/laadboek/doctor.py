"""Looks at the machine and the data folder: what is fine, what is missing, and how to add it."""

import os
import platform
import resource
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from .running import NoServer, find
from .settings import Settings

SQLITE_SAFE = (3, 51, 3)  # earlier versions can corrupt a WAL that two connections checkpoint
ENOUGH_FREE_MIB = 200
ENOUGH_FILES = 1024


class Finding(Struct, frozen=True):
    """`required` ones make the command fail; the others only tell what will not work."""

    what: str
    ok: bool
    remedy: str = ""
    required: bool = True


def examine(settings: Settings) -> list[Finding]:
    return [finding for check in CHECKS for finding in check(settings)]


def python(_: Settings) -> Iterator[Finding]:
    yield Finding(f"Python {platform.python_version()}", sys.version_info >= (3, 11), "Install Python 3.11 or newer.")


def sqlite(_: Settings) -> Iterator[Finding]:
    import apsw

    version = tuple(map(int, apsw.sqlite_lib_version().split(".")))
    yield Finding(f"SQLite {apsw.sqlite_lib_version()}", version >= SQLITE_SAFE, "Upgrade the package `apsw`.")


def time_zones(_: Settings) -> Iterator[Finding]:
    try:
        ZoneInfo("Europe/Amsterdam")
        found = True
    except ZoneInfoNotFoundError:
        found = False
    yield Finding("time zone data", found, "Install the package `tzdata`.")


def data_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    yield Finding(
        f"data folder {folder} can be written",
        os.access(nearest, os.W_OK),
        f"Give this user the right to write {nearest}.",
    )
    free_mib = shutil.disk_usage(nearest).free >> 20
    yield Finding(
        f"{free_mib} MiB free for {folder}", free_mib >= ENOUGH_FREE_MIB, f"Free at least {ENOUGH_FREE_MIB} MiB."
    )
    for path in sorted(folder.glob("*key")):
        private = not stat.S_IMODE(path.stat().st_mode) & 0o077
        yield Finding(f"{path} is private", private, f"chmod 600 {path}")


def database(settings: Settings) -> Iterator[Finding]:
    if settings.database is None and not Path(settings.location).exists():
        return
    from .actions.evidence import verify_ledger
    from .store import users
    from .store.errors import StoreError
    from .store.reader import Reader

    reader = Reader(settings.location)
    try:
        result = reader.read(verify_ledger)
        registered = reader.read(users.confirmed_exist)
    except StoreError as error:
        yield Finding(f"database {settings.location}: {error}", False, "Restore the newest copy that opens.")
        return
    finally:
        reader.close()
    yield Finding(
        "somebody has registered" if registered else "nobody has registered yet",
        registered,
        "Open /register on the pages; `laadboek mails` has the link if no mail server is set.",
        required=False,
    )
    yield Finding(f"ledger: {result.summary()}", not result.findings, "`laadboek ledger verify` names the rows.")


def ports(settings: Settings) -> Iterator[Finding]:
    ours = own_ports(settings.data)
    for name, port in (("pages", settings.port), ("platform", settings.ocpp_port)):
        with socket.socket() as probe:
            taken = port != 0 and probe.connect_ex((settings.host, port)) == 0
        state = "free" if not taken else "where Laadboek listens" if port in ours else "in use"
        yield Finding(
            f"port {port} for {name} is {state}",
            not taken or port in ours,
            "Another program listens there: choose another with --port or --ocpp-port.",
            required=False,
        )


def own_ports(folder: Path) -> set[int]:
    """Where the server of this data folder listens; empty when none runs."""
    try:
        place = find(folder)
    except NoServer:
        return set()
    return {place.port, place.ocpp_port}


def open_files(_: Settings) -> Iterator[Finding]:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield Finding(
        f"{soft} open files allowed", soft >= ENOUGH_FILES, "Raise the limit (ulimit -n) before hosting many.", False
    )


def chromium(_: Settings) -> Iterator[Finding]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    yield Finding(
        "Chromium for the browser tests",
        found is not None,
        "Install chromium; only `make test` uses it.",
        required=False,
    )


def paper(_: Settings) -> Iterator[Finding]:
    try:
        import weasyprint

        found = bool(weasyprint.VERSION)
    except (ImportError, OSError):  # the package, or Pango of the system
        found = False
    remedy = "Install Laadboek with its extra `pdf` and Pango: `apt install libpango-1.0-0 libpangoft2-1.0-0`."
    yield Finding("PDF files", found, remedy, required=False)


CHECKS = (python, sqlite, time_zones, paper, data_folder, database, ports, open_files, chromium)
