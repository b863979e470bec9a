"""`laadboek serve` in this process on free ports, the API's client, the command line, and a charge point not ours."""

import asyncio
import io
import json
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import structlog
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import ConfigurationStatus, RemoteStartStopStatus
from typer.testing import CliRunner, Result
from websockets.asyncio.client import ClientConnection, connect

from laadboek import running
from laadboek.actions import passwords
from laadboek.actions.first_account import FirstAccount, create_first_account
from laadboek.cli import app
from laadboek.clock import SystemClock
from laadboek.ids import Ids
from laadboek.secret import Secret
from laadboek.serve import serving
from laadboek.settings import Settings
from laadboek.store import accounts
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase, prepare
from peers_ocpp import listening
from people import PASSWORD

T = TypeVar("T")
READY_WITHIN_S = 60
OWNER = "olga@example.org"
OFTEN = {"api_per_minute": 1_000_000, "api_network_per_minute": 1_000_000}  # tests look until something is so
START, MIDDLE, STOP = "2026-03-01T09:00:00Z", "2026-03-01T09:15:00Z", "2026-03-01T10:00:00Z"


class Served:
    """A server that runs in a thread of its own. `log` holds every line it logged."""

    def __init__(self, data: Path) -> None:
        self.settings = Settings(data=data, port=0, ocpp_port=0, home="real", **OFTEN)
        self.log = io.StringIO()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),))

    def start(self) -> None:
        with_owner(self.settings.location)
        structlog.configure(
            processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.PrintLoggerFactory(self.log)
        )
        self._thread.start()
        assert self._ready.wait(READY_WITHIN_S)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        structlog.reset_defaults()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with serving(self.settings, self._stop) as served:
            assert served is not None
            self.place, _ = served
            self._ready.set()
            await self._stop.wait()

    place: running.Place

    @property
    def data(self) -> Path:
        return self.settings.data

    @property
    def address(self) -> str:
        return f"http://{self.place.host}:{self.place.port}"

    @property
    def token(self) -> str:
        return running.read_token(self.data).reveal()

    def api(self, token: str | None = None) -> httpx2.Client:
        """As the operator, or with another token."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return httpx2.Client(base_url=f"{self.address}/api/v1", headers=headers, trust_env=False)

    def command(self, *words: str, stdin: str | None = None) -> Result:
        """`laadboek …` as a person types it."""
        return CliRunner().invoke(app, [*words, "--data", str(self.data)], input=stdin)

    def json(self, *words: str) -> Any:
        done = self.command(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


def with_owner(location: str) -> None:
    """Somebody has registered, as long as nobody had."""
    prepare(location)
    owner = FirstAccount(
        name="Olga",
        email=OWNER,
        password_hash=passwords.hashed(Secret(PASSWORD)),
        time_zone="Europe/Amsterdam",
        language="en",
    )

    def begin(db: Connection) -> None:
        if not accounts.all(db):
            create_first_account(db, owner, Ids(), SystemClock().now())

    with closing(InlineDatabase(location)) as database:
        database.run(begin)


@contextmanager
def server(data: Path) -> Iterator[Served]:
    served = Served(data)
    served.start()
    try:
        yield served
    finally:
        served.stop()


class Box(ChargePoint):  # type: ignore[misc]
    """A charge point that does what it is asked, and remembers it."""

    def __init__(self, name: str, connection: ClientConnection) -> None:
        super().__init__(name, connection)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    @on("RemoteStartTransaction")  # type: ignore[untyped-decorator]
    def on_remote_start(self, **request: Any) -> Any:
        self.asked.append(("start", request))
        return call_result.RemoteStartTransaction(status=RemoteStartStopStatus.accepted)

    @on("RemoteStopTransaction")  # type: ignore[untyped-decorator]
    def on_remote_stop(self, **request: Any) -> Any:
        self.asked.append(("stop", request))
        return call_result.RemoteStopTransaction(status=RemoteStartStopStatus.accepted)

    @on("ChangeConfiguration")  # type: ignore[untyped-decorator]
    def on_change_configuration(self, **request: Any) -> Any:
        self.asked.append(("change", request))
        return call_result.ChangeConfiguration(status=ConfigurationStatus.accepted)

    @on("GetConfiguration")  # type: ignore[untyped-decorator]
    def on_get_configuration(self, **request: Any) -> Any:
        return call_result.GetConfiguration(
            configuration_key=[{"key": "HeartbeatInterval", "readonly": False, "value": "900"}]
        )

    async def closed(self) -> int | None:
        """Wait until the platform closes the connection; its code."""
        await self._connection.wait_closed()
        return int(self._connection.close_code or 0)

    async def boot(self) -> Any:
        return await self.call(call.BootNotification(charge_point_model="AC-11", charge_point_vendor="Acme"))

    async def begin(self, id_tag: str) -> Any:
        await self.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Preparing"))
        return await self.call(call.StartTransaction(connector_id=1, id_tag=id_tag, meter_start=1000, timestamp=START))

    async def end(self, transaction_id: int, id_tag: str) -> None:
        sampled = [{"value": "1500", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}]
        values = [{"timestamp": MIDDLE, "sampled_value": sampled}]
        await self.call(call.MeterValues(connector_id=1, transaction_id=transaction_id, meter_value=values))
        await self.call(
            call.StopTransaction(transaction_id=transaction_id, meter_stop=4000, timestamp=STOP, id_tag=id_tag)
        )

    async def charge(self, id_tag: str) -> int:
        started = await self.begin(id_tag)
        await self.end(started.transaction_id, id_tag)
        return int(started.transaction_id)


def dial(served: Served, name: str, key: str) -> connect:
    address = f"ws://{name}:{key}@{served.place.host}:{served.place.ocpp_port}/ocpp/{name}"
    return connect(address, subprotocols=["ocpp1.6"], proxy=None)  # type: ignore[list-item]


@asynccontextmanager
async def box(served: Served, name: str, key: str) -> AsyncIterator[Box]:
    async with dial(served, name, key) as connection, listening(Box(name, connection)) as charge_point:
        yield charge_point


def play(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(story)
