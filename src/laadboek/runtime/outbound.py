"""Calls of the hosted charge points to their platforms: where to, with which key, how many at once."""

import asyncio
import ssl
from math import ceil
from urllib.parse import urlsplit

import structlog

from .guard import Guard
from .keys import DataKeys
from .logins import Logins, NoSecret
from .pace import CALLS_PER_S, Pace
from .picows_socket import OpenSockets, connect
from .socket import Caller, Refusal, Target

log = structlog.get_logger(__name__)

CALLS_AT_ONCE = 64  # a thousand handshakes in one instant would starve those that are under way


async def take_turns(pace: Pace, host: str) -> float | None:
    """Wait for one's place among all calls to a host; at once how long that would be, if it is too long."""
    turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    wait_s = pace.enter(host, lambda: None if turn.done() else turn.set_result(None))
    if wait_s is None:
        await turn
    return wait_s


class Outbound:
    """The `Connector` of all hosts of this process; `logins` are their `LinkKeys`."""

    def __init__(
        self,
        keys: DataKeys,
        *,
        guard: Guard | None = None,
        calls_at_once: int | None = CALLS_AT_ONCE,
        calls_per_s: float | None = CALLS_PER_S,
    ) -> None:
        """`calls_per_s` is for each backend by itself; None, for a bench, calls as fast as the links want."""
        self.sockets, self.guard = OpenSockets(), guard or Guard()
        self.logins = Logins(keys)
        self._calls: set[asyncio.Task[None]] = set()
        self._turnstile = None if calls_at_once is None else asyncio.Semaphore(calls_at_once)
        later = asyncio.get_running_loop().call_later
        self._pace = None if calls_per_s is None else Pace(later, calls_per_s)

    def know(self, link_id: str, target: Target) -> None:
        """Where this link's platform is."""
        self.logins.know(link_id, target)

    def forget(self, link_id: str) -> None:
        self.logins.forget(link_id)

    # --- Connector ---

    def __call__(self, link_id: str, socket_no: int, caller: Caller) -> None:
        try:
            target = self.logins.target(link_id)
        except (NoSecret, ssl.SSLError) as error:  # a root or key that cannot be used: said, and tried otherwise
            log.error("link.unusable_login", link_id=link_id, detail=type(error).__name__)
            asyncio.get_running_loop().call_soon(caller.on_refused, Refusal("tls", detail="unusable"))
            return
        task = asyncio.get_running_loop().create_task(self._call(target, caller))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _call(self, target: Target, caller: Caller) -> None:
        if self._pace is not None:
            wait_s = await take_turns(self._pace, urlsplit(target.uri).netloc.lower())
            if wait_s is not None:
                caller.on_refused(Refusal("crowded", retry_after_s=ceil(wait_s)))
                return
        if self._turnstile is None:
            await connect(target, caller, self.sockets, self.guard)
        else:
            async with self._turnstile:
                await connect(target, caller, self.sockets, self.guard)

    # --- the end ---

    async def close(self) -> None:
        """Give up calls under way and close what is open."""
        for task in list(self._calls):
            task.cancel()
        if self._calls:
            await asyncio.wait(self._calls)
        await self.sockets.close()
