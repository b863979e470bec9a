"""Transfers that the faces ask for: what is sent is written here, and what came of it becomes an event of the face."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog

from ..chargepoint.effects import StartDownload, StartUpload
from ..chargepoint.events import TransferMoved
from ..clock import Clock
from ..store import security_log
from ..store.connection import Connection
from .diagnostics import diagnostics
from .diagnostics import security_log as security_log_file
from .hosted import HostedCharger
from .link import Link
from .transfers import Failed, Transfers

log = structlog.get_logger(__name__)

T = TypeVar("T")
Moved = Callable[[TransferMoved], None]


class Mover(Protocol):
    """Who runs errands. Each call returns at once; `moved` is called once, unless the errand is cancelled before."""

    def upload(self, charger: HostedCharger, link: Link, effect: StartUpload, moved: Moved) -> None: ...

    def download(self, link: Link, effect: StartDownload, moved: Moved) -> None: ...

    def cancel(self, link: Link, number: int) -> None: ...


class NoMover:
    """Where nothing can be reached, in a simulation: every errand fails."""

    def upload(self, charger: HostedCharger, link: Link, effect: StartUpload, moved: Moved) -> None:
        moved(TransferMoved(number=effect.number, failed="refused"))

    def download(self, link: Link, effect: StartDownload, moved: Moved) -> None:
        moved(TransferMoved(number=effect.number, failed="refused"))

    def cancel(self, link: Link, number: int) -> None: ...


class Store(Protocol):
    async def query(self, job: Callable[[Connection], T]) -> T: ...


class Errands:
    """Of one process, on its event loop."""

    def __init__(self, transfers: Transfers, store: Store, clock: Clock) -> None:
        self._transfers, self._store, self._clock = transfers, store, clock
        self._under_way: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    # --- Mover ---

    def upload(self, charger: HostedCharger, link: Link, effect: StartUpload, moved: Moved) -> None:
        self._start(link, effect.number, self._upload(charger, link, effect), moved)

    def download(self, link: Link, effect: StartDownload, moved: Moved) -> None:
        self._start(link, effect.number, self._download(effect), moved)

    def cancel(self, link: Link, number: int) -> None:
        task = self._under_way.pop((link.row.link_id, number), None)
        if task is not None:
            task.cancel()

    # --- running ---

    def _start(self, link: Link, number: int, work: Coroutine[Any, Any, TransferMoved], moved: Moved) -> None:
        """In place of the same errand from before a restart of the charger's host."""
        self.cancel(link, number)
        key = (link.row.link_id, number)
        task = asyncio.get_running_loop().create_task(self._run(key, work, moved))
        self._under_way[key] = task
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _run(self, key: tuple[str, int], work: Coroutine[Any, Any, TransferMoved], moved: Moved) -> None:
        link_id, number = key
        try:
            event = await work
        except Failed as error:
            log.info("transfer.failed", link_id=link_id, code=error.code)
            event = TransferMoved(number=number, failed=error.code)
        else:
            log.info("transfer.done", link_id=link_id)
        if self._under_way.pop(key, None) is not None:
            moved(event)

    async def _upload(self, charger: HostedCharger, link: Link, effect: StartUpload) -> TransferMoved:
        content = await self._content(charger, link, effect)
        await self._transfers.upload(effect.location, effect.file_name, content, effect.roots)
        return TransferMoved(number=effect.number)

    async def _content(self, charger: HostedCharger, link: Link, effect: StartUpload) -> bytes:
        since: datetime | None = effect.since
        if not effect.security:
            return diagnostics(link, self._clock.now(), since, effect.until)
        find = partial(
            security_log.of_link, charger_id=charger.id, link_id=link.row.id, since=since, until=effect.until
        )
        return security_log_file(await self._store.query(find))

    async def _download(self, effect: StartDownload) -> TransferMoved:
        fetched = await self._transfers.download(effect.location, effect.roots)
        return TransferMoved(
            number=effect.number, sha256=fetched.sha256, size_bytes=fetched.size_bytes, version=fetched.version
        )

    async def close(self) -> None:
        """Cancel what is under way; each begins again with the next start."""
        self._under_way.clear()
        for task in self._ending:
            task.cancel()
        if self._ending:
            await asyncio.wait(self._ending)
        self._transfers.close()
