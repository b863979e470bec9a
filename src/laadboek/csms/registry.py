"""Who is connected. The newest authenticated connection of a charge point wins; the old one is asked, then closed.

Keyed by the connection itself: the late end of an old one never removes the new one.
"""

from datetime import datetime, timedelta
from functools import partial

from ..clock import Clock, Timers
from ..ocpp.rpc import Answer, ErrorAnswer
from .connection import Connection
from .operations import Operations
from .origin import Log

REPLACED = 4001  # close code of the connection that lost its place
DISMISSED = 1008  # close code of one whose key or place was taken away (policy violation)
RESTARTING = 1012  # close code of those that shall come back (service restart)
CHALLENGE = timedelta(seconds=5)  # for the old one to show that it lives, before it is closed
PING_EVERY = timedelta(seconds=60)  # of silence
PONG_WITHIN = timedelta(seconds=20)
CONTESTED = 5  # swaps within CONTEST_WINDOW: two boxes use one identity, or somebody stole its key
CONTEST_WINDOW = timedelta(minutes=10)


class Registry:
    """The `Caller` of all connections: it hears their end, and passes on what concerns operations."""

    def __init__(
        self, clock: Clock, timers: Timers, operations: Operations, log: Log, ping_every: timedelta | None = PING_EVERY
    ) -> None:
        self._clock = clock
        self._timers = timers
        self._operations = operations
        self._log = log
        self._ping_every = ping_every
        self._newest: dict[int, Connection] = {}
        self._swaps: dict[int, list[datetime]] = {}

    def __len__(self) -> int:
        return len(self._newest)

    def of(self, charge_point_id: int) -> Connection | None:
        return self._newest.get(charge_point_id)

    def heard_at(self) -> dict[int, datetime]:
        """Who is connected (by charge point), and when each was heard last."""
        return {charge_point_id: connection.heard_at for charge_point_id, connection in self._newest.items()}

    def dismiss(self, charge_point_id: int) -> None:
        """Close its connection: it must prove again who it is."""
        connection = self._newest.get(charge_point_id)
        if connection is not None:
            self._log("connection.dismissed", charge_point_id=connection.charge_point.public_id)
            connection.socket.close(DISMISSED)

    def dismiss_all(self) -> None:
        """Close every connection: what was heard from them was heard by another clock."""
        for connection in list(self._newest.values()):
            connection.socket.close(RESTARTING)

    def arrived(self, connection: Connection) -> None:
        """It is authenticated: it has the place from now on."""
        charge_point_id = connection.charge_point.id
        old = self._newest.get(charge_point_id)
        self._newest[charge_point_id] = connection
        if old is not None:
            self._challenge(old)
        self._watch(connection)
        self._operations.connected(connection)

    # `Caller`

    def answered(self, connection: Connection, answer: Answer | ErrorAnswer) -> None:
        self._operations.answered(connection, answer)

    def registered(self, connection: Connection) -> None:
        self._operations.registered(connection)

    def closed(self, connection: Connection) -> None:
        if self._newest.get(connection.charge_point.id) is connection:
            del self._newest[connection.charge_point.id]
        self._timers.cancel((connection, "challenge"))
        self._timers.cancel((connection, "silence"))
        self._operations.closed(connection)

    # Two at once.

    def _challenge(self, old: Connection) -> None:
        now = self._clock.now()
        point = old.charge_point
        swaps = [at for at in self._swaps.get(point.id, ()) if now - at < CONTEST_WINDOW] + [now]
        self._swaps[point.id] = swaps
        event = "connection.contested" if len(swaps) > CONTESTED else "connection.replaced"
        self._log(event, charge_point_id=point.public_id, swaps=len(swaps))
        old.socket.ping()
        self._timers.at((old, "challenge"), now + CHALLENGE, partial(self._end, old, now))

    def _end(self, old: Connection, challenged_at: datetime) -> None:
        if old.heard_at > challenged_at:
            self._log("connection.both_alive", charge_point_id=old.charge_point.public_id)
            old.socket.close(REPLACED)
        else:
            old.socket.abort()  # half-open: nobody is there to say goodbye to

    # Half-open ones (OCPP-J errata 3.11).

    def _watch(self, connection: Connection) -> None:
        if self._ping_every is not None:
            when = connection.heard_at + self._ping_every
            self._timers.at((connection, "silence"), when, partial(self._silent, connection))

    def _silent(self, connection: Connection) -> None:
        now = self._clock.now()
        assert self._ping_every is not None
        if connection.pinged_at is not None:
            self._log("connection.half_open", charge_point_id=connection.charge_point.public_id)
            connection.socket.abort()
        elif now - connection.heard_at < self._ping_every:
            self._watch(connection)
        else:
            connection.pinged_at = now
            connection.socket.ping()
            self._timers.at((connection, "silence"), now + PONG_WITHIN, partial(self._silent, connection))
