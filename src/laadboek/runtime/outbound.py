"""Calls of the hosted charge points to their platforms: where to, with which key, how many at once."""

import asyncio

from msgspec.structs import replace

from ..secret import Secret
from .guard import Guard
from .hosted import HostedCharger
from .keys import DataKeys
from .picows_socket import OpenSockets, connect
from .socket import Caller, Target

CALLS_AT_ONCE = 64  # a thousand handshakes in one instant would starve those that are under way


class Outbound:
    """The `Connector` and the `LinkKeys` of all hosts of this process."""

    def __init__(
        self, keys: DataKeys, *, guard: Guard | None = None, calls_at_once: int | None = CALLS_AT_ONCE
    ) -> None:
        self.sockets, self.guard = OpenSockets(), guard or Guard()
        self._keys = keys
        self._targets: dict[str, Target] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._turnstile = None if calls_at_once is None else asyncio.Semaphore(calls_at_once)

    def know(self, link_id: str, target: Target) -> None:
        """Where this link's platform is."""
        self._targets[link_id] = target

    def forget(self, link_id: str) -> None:
        self._targets.pop(link_id, None)

    # --- Connector ---

    def __call__(self, link_id: str, socket_no: int, caller: Caller) -> None:
        task = asyncio.get_running_loop().create_task(self._call(link_id, caller))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _call(self, link_id: str, caller: Caller) -> None:
        target = self._targets[link_id]
        if self._turnstile is None:
            await connect(target, caller, self.sockets, self.guard)
        else:
            async with self._turnstile:
                await connect(target, caller, self.sockets, self.guard)

    # --- LinkKeys ---

    def seal(self, charger: HostedCharger, link_id: str, key: Secret) -> bytes:
        return self._keys.seal(key, table="links", row=link_id, account_id=charger.account_id)

    def use(self, link_id: str, key: Secret) -> None:
        self._targets[link_id] = replace(self._targets[link_id], key=key)

    # --- the end ---

    async def close(self) -> None:
        """Give up calls under way and close what is open."""
        for task in list(self._calls):
            task.cancel()
        if self._calls:
            await asyncio.wait(self._calls)
        await self.sockets.close()
