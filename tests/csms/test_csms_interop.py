"""Our platform with a charge point that is not ours: PyPI `ocpp` (judging by its schemas) on `websockets`."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import AuthorizationStatus, RegistrationStatus, RemoteStartStopStatus
from platform_bench import ALICE, KEY, PEPPER, settle_in
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from laadboek.clock import SystemClock
from laadboek.csms.operations import Ask
from laadboek.csms.server import Platform
from laadboek.ids import Ids
from laadboek.ocpp import messages as m
from laadboek.runtime.picows_socket import serve
from laadboek.runtime.timers import LoopTimers
from laadboek.store.database import open_database
from peers_ocpp import InPieces, listening

TIME = "2026-03-01T09:00:00Z"


class Box(ChargePoint):
    """A charge point that accepts a remote start."""

    @on("RemoteStartTransaction")
    def on_remote_start(self, **request):
        self.remote = request
        return call_result.RemoteStartTransaction(status=RemoteStartStopStatus.accepted)


class House:
    """The platform on a port, with its log."""

    def __init__(self, path):
        loop = asyncio.get_running_loop()
        self.clock, self.log = SystemClock(), []
        self.database = open_database(path / "laadboek.db", deliver=loop.call_soon_threadsafe)
        self.timers = LoopTimers(self.clock)
        self.platform = Platform(self.database, self.clock, Ids(), self.timers, PEPPER, self.note)

    def note(self, event, **fields):
        self.log.append(event)

    async def open(self):
        await self.database.write("test", lambda db: settle_in(db))
        self.port = await self.platform.start(serve, "127.0.0.1", 0)

    async def close(self):
        await self.platform.close()
        self.timers.close()
        self.database.close()

    def dial(self, name="GARAGE", key=KEY, **options):
        uri = f"ws://{name}:{key}@127.0.0.1:{self.port}/ocpp/{name}"
        return connect(uri, subprotocols=["ocpp1.6"], max_size=4 << 20, **options)

    def rows(self, sql):
        return self.database.read(lambda db: db.rows(sql))


@asynccontextmanager
async def house(path):
    built = House(path)
    await built.open()
    try:
        yield built
    finally:
        await built.close()


@asynccontextmanager
async def box(home, wrap=lambda connection: connection, **options):
    async with home.dial(**options) as connection, listening(Box("GARAGE", wrap(connection))) as charge_point:
        yield charge_point


async def charge(home, charge_point):
    """Boot, authorise, charge, stop."""
    booted = await charge_point.call(call.BootNotification(charge_point_model="AC", charge_point_vendor="Acme"))
    assert booted.status == RegistrationStatus.accepted
    authorised = await charge_point.call(call.Authorize(id_tag=ALICE))
    assert authorised.id_tag_info["status"] == AuthorizationStatus.accepted
    await charge_point.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Preparing"))
    started = await charge_point.call(
        call.StartTransaction(connector_id=1, id_tag=ALICE, meter_start=1000, timestamp=TIME)
    )
    sampled = [{"value": "1500", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}]
    values = [{"timestamp": TIME, "sampled_value": sampled}]
    await charge_point.call(call.MeterValues(connector_id=1, transaction_id=started.transaction_id, meter_value=values))
    await charge_point.call(call.Heartbeat())
    await charge_point.call(
        call.StopTransaction(transaction_id=started.transaction_id, meter_stop=4000, timestamp=TIME, id_tag=ALICE)
    )


@pytest.mark.parametrize("wrap", [lambda connection: connection, InPieces], ids=["whole", "in fragments"])
def test_a_foreign_charge_point_boots_authorises_charges_and_stops(tmp_path, wrap):
    async def story():
        async with house(tmp_path) as home, box(home, wrap) as charge_point:
            await charge(home, charge_point)
            assert home.rows("SELECT id_tag, energy_wh, kind FROM sessions") == [(ALICE, 3000, "business")]
            assert home.rows("SELECT register_wh FROM meter_values") == [(1500,)]

    asyncio.run(story())


def test_an_operation_travels_to_a_foreign_charge_point_and_back(tmp_path):
    async def story():
        async with house(tmp_path) as home, box(home) as charge_point:
            await charge_point.call(call.Heartbeat())
            request = m.RemoteStartTransactionRequest(id_tag=ALICE, connector_id=1)
            ask = Ask(account_id=1, charge_point="GARAGE", request=request, actor="olga")
            operation = await home.platform.perform(ask)
            assert (operation.state, operation.answer) == ("answered", b'{"status":"Accepted"}')
            assert charge_point.remote == {"id_tag": ALICE, "connector_id": 1}

    asyncio.run(story())


@pytest.mark.parametrize("who", [{"key": "wrong"}, {"name": "NOBODY"}], ids=["wrong password", "unknown id"])
def test_a_stranger_is_refused_before_the_websocket_exists(tmp_path, who):
    async def story():
        async with house(tmp_path) as home, box(home) as charge_point:
            with pytest.raises(InvalidStatus) as refused:
                async with home.dial(**who):
                    pass
            assert refused.value.response.status_code == 401
            assert refused.value.response.headers["WWW-Authenticate"].startswith("Basic")
            assert "admission.refused" in home.log
            await charge(home, charge_point)  # the one who is in is not disturbed

    asyncio.run(story())


def test_the_newer_of_two_connections_is_served(tmp_path):
    async def story():
        async with house(tmp_path) as home, box(home) as old, box(home) as new:
            await charge(home, new)
            assert "connection.replaced" in home.log
            await old.call(call.Heartbeat())  # heard until the challenge is over
            charge_point_id = home.rows("SELECT id FROM charge_points WHERE charge_box_id = 'GARAGE'")[0][0]
            assert len(home.platform.registry) == 1 and home.platform.registry.of(charge_point_id) is not None

    asyncio.run(story())


@pytest.mark.parametrize("fragment", [None, 1 << 16], ids=["one frame", "fragments"])
def test_more_than_a_mebibyte_closes_this_connection_and_no_other(tmp_path, fragment):
    async def story():
        async with house(tmp_path) as home, box(home) as neighbour, home.dial(name="STREET") as giant:
            text = json.dumps([2, "1", "DataTransfer", {"vendorId": "v", "data": "x" * (1 << 20)}])
            pieces = text if fragment is None else [text[i : i + fragment] for i in range(0, len(text), fragment)]
            with pytest.raises(ConnectionClosed):
                await giant.send(pieces)
                await giant.recv()
            await charge(home, neighbour)
            assert home.rows("SELECT COUNT(*) FROM frames WHERE action = 'DataTransfer'") == [(0,)]

    asyncio.run(story())


def test_almost_a_mebibyte_is_answered(tmp_path):
    async def story():
        async with house(tmp_path) as home, home.dial() as connection:
            text = json.dumps([2, "1", "DataTransfer", {"vendorId": "v", "data": "x" * ((1 << 20) - 200)}])
            await connection.send(text)
            assert json.loads(await connection.recv()) == [3, "1", {"status": "UnknownVendorId"}]

    asyncio.run(story())


def test_garbage_on_a_real_socket_is_survived(tmp_path):
    async def story():
        async with house(tmp_path) as home, home.dial() as connection:
            for text in ("garbage", "[]", '[2,"1","Fly",{}]'):
                await connection.send(text)
            assert json.loads(await connection.recv())[:3] == [4, "1", "NotImplemented"]
            await connection.send('[2,"2","Heartbeat",{}]')
            assert json.loads(await connection.recv())[:2] == [3, "2"]

    asyncio.run(story())
