"""What the charge points and platforms of the `ocpp` library have in common in our tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from ocpp.v16 import ChargePoint
from websockets.exceptions import ConnectionClosed

Peer = TypeVar("Peer", bound=ChargePoint)


class InPieces:
    """A connection that sends every message in fragments of seven characters."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def recv(self) -> Any:
        return await self._connection.recv()

    async def send(self, text: str) -> None:
        await self._connection.send([text[i : i + 7] for i in range(0, len(text), 7)])


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[Peer]:
    """The peer answers for as long as the block lasts."""
    hears = asyncio.create_task(peer.start())
    try:
        yield peer
    finally:
        hears.cancel()
        with suppress(asyncio.CancelledError, ConnectionClosed):
            await hears
