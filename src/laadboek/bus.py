"""In-process bus: live values to whoever looks, requests to whoever answers. No state that cannot be lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class NobodyAnswers(Exception):
    """No one serves this topic: the charger or charge point is not here now."""


class Subscription:
    """Latest values of one topic. A slow reader misses intermediate values, never the newest."""

    def __init__(self, bus: "Bus", topic: str) -> None:
        self._bus, self._topic = bus, topic
        self._queue: asyncio.Queue[Any] = asyncio.Queue(maxsize=1)

    def offer(self, value: object) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(value)

    async def next(self) -> Any:
        return await self._queue.get()

    def close(self) -> None:
        self._bus.drop(self._topic, self)


class Bus:
    """Used from the event loop's thread only."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._servers: dict[str, Callable[[Any], Awaitable[Any]]] = {}
        self._latest: dict[str, object] = {}

    def publish(self, topic: str, value: object) -> None:
        self._latest[topic] = value
        for subscription in self._subscriptions.get(topic, ()):
            subscription.offer(value)

    def latest(self, topic: str) -> Any | None:
        return self._latest.get(topic)

    def subscribe(self, topic: str) -> Subscription:
        """Starts with the latest value when there is one. `close()` it when done."""
        subscription = Subscription(self, topic)
        self._subscriptions.setdefault(topic, []).append(subscription)
        if topic in self._latest:
            subscription.offer(self._latest[topic])
        return subscription

    def drop(self, topic: str, subscription: Subscription) -> None:
        watching = self._subscriptions.get(topic, [])
        if subscription in watching:
            watching.remove(subscription)
        if not watching:
            self._subscriptions.pop(topic, None)

    def watchers(self, topic: str) -> int:
        """How many look at this topic now."""
        return len(self._subscriptions.get(topic, ()))

    def serve(self, topic: str, answer: Callable[[Any], Awaitable[Any]]) -> None:
        self._servers[topic] = answer

    def withdraw(self, topic: str) -> None:
        self._servers.pop(topic, None)
        self._latest.pop(topic, None)

    async def request(self, topic: str, question: object) -> Any:
        """Raise NobodyAnswers when the topic has no server."""
        server = self._servers.get(topic)
        if server is None:
            raise NobodyAnswers(topic)
        return await server(question)
