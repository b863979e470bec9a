"""The platform as a whole: the door, the connections, the operations; on an event loop, or in a simulation."""

import asyncio
from datetime import timedelta
from functools import partial

from ..clock import Clock, Timers
from ..ids import Ids
from ..reasons import Refused
from ..runtime.socket import Admission, Admit, Refuse, Serve, Server, Socket, UpgradeRequest
from ..store import charge_points
from ..store.charge_points import ChargePointIdentity, ChargePointRow
from ..store.database import Database, StoreError
from ..store.operations import OperationRow, OperationState
from .admission import Denied, Gate
from .connection import NO_FLOOD, Connection, Flood
from .lookout import Lookout
from .operations import Ask, Operations
from .origin import Log
from .registry import PING_EVERY, Registry

UNDER_WAY = (OperationState.REQUESTED, OperationState.SENT)
REFUSALS = {
    401: {"WWW-Authenticate": 'Basic realm="ocpp"'},
    429: {"Retry-After": "600"},
}


class Platform:
    """Our central system. `database` must call back on the thread that calls this object."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        timers: Timers,
        pepper: bytes,
        log: Log,
        *,
        tells_unknown: bool = False,
        ping_every: timedelta | None = PING_EVERY,
        flood: Flood = NO_FLOOD,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._log = log
        self._flood = flood
        self.gate = Gate(pepper, clock, log, tells_unknown=tells_unknown)
        self.operations = Operations(database, clock, ids, timers, log)
        self.registry = Registry(clock, timers, self.operations, log, ping_every)
        self.lookout = Lookout(database, clock, ids, timers, log)
        self._server: Server | None = None

    # On an event loop.

    async def start(self, serve: Serve, host: str, port: int) -> int:
        """Read who may connect, recover operations, look after the silent, listen; return the port."""
        await self.refresh()
        self.operations.recover()
        self.lookout.start()
        self._server = await serve(host, port, self.admit)
        return self._server.port

    async def close(self) -> None:
        if self._server is not None:
            await self._server.close()

    async def refresh(self) -> None:
        """Read the index of charge points again: call it after any change to them."""
        self.gate.replace_all(await self._database.query(charge_points.everything))

    async def perform(self, ask: Ask, wait_s: float | None = None) -> OperationRow:
        """Note and carry out an operation; return it settled, or after `wait_s` as it was noted.

        Raises Refused or StoreError.
        """
        loop = asyncio.get_running_loop()
        noted: asyncio.Future[OperationRow] = loop.create_future()
        settled: asyncio.Future[OperationRow] = loop.create_future()

        def told(operation: OperationRow) -> None:
            if not noted.done():
                noted.set_result(operation)
            if operation.state not in UNDER_WAY and not settled.done():
                settled.set_result(operation)

        def failed(error: StoreError) -> None:
            refused = error.__cause__
            noted.set_exception(refused if isinstance(refused, Refused) else error)

        self.operations.request(ask, told, failed)
        await noted
        await asyncio.wait([settled], timeout=wait_s)
        return settled.result() if settled.done() else noted.result()

    # Everywhere.

    def index(self, rows: list[ChargePointRow]) -> None:
        """Who may connect, from somebody who has read it."""
        self.gate.replace_all(rows)

    def admit(self, request: UpgradeRequest) -> Admission:
        """Decide about a handshake, at once."""
        verdict = self.gate.judge(request.path, request.headers.get("Authorization"), request.peer)
        if isinstance(verdict, Denied):
            return Refuse(verdict.status, REFUSALS.get(verdict.status, {}))
        return Admit(partial(self.connect, verdict))

    def connect(self, charge_point: ChargePointIdentity, socket: Socket) -> Connection:
        """The connection of an admitted charge point: the listener of its socket."""
        connection = Connection(
            charge_point,
            socket,
            self._database,
            self._clock,
            self._ids,
            caller=self.registry,
            log=self._log,
            flood=self._flood,
        )
        self._log("connection.opened", charge_point_id=charge_point.public_id)
        self.registry.arrived(connection)
        return connection
