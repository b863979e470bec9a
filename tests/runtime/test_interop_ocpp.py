"""Our charge point with a central system that is not ours: PyPI `ocpp` (judging by its schemas) on `websockets`."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from home import PIN, TAG, Home
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import basic_auth, serve
from websockets.exceptions import ConnectionClosed
from wire import until

from laadboek.charger.events import ModeChosen
from laadboek.facts import Mode
from peers_ocpp import InPieces


class CentralSystem(ChargePoint):
    """One connection. It accepts everything and writes down what it was told."""

    def __init__(self, platform, charge_box_id, connection):
        super().__init__(charge_box_id, connection)
        self.platform = platform

    def note(self, action, **values):
        self.platform.told.append((action, values))

    @on("BootNotification")
    def on_boot(self, **values):
        self.note("BootNotification", **values)
        return call_result.BootNotification(
            current_time=datetime.now(UTC).isoformat(), interval=300, status=RegistrationStatus.accepted
        )

    @on("StatusNotification")
    def on_status(self, **values):
        self.note("StatusNotification", **values)
        return call_result.StatusNotification()

    @on("Authorize")
    def on_authorize(self, **values):
        self.note("Authorize", **values)
        return call_result.Authorize(id_tag_info={"status": self.platform.verdict})

    @on("StartTransaction")
    def on_start(self, **values):
        self.note("StartTransaction", **values)
        self.platform.transactions += 1
        return call_result.StartTransaction(
            transaction_id=4710 + self.platform.transactions, id_tag_info={"status": self.platform.verdict}
        )

    @on("StopTransaction")
    def on_stop(self, **values):
        self.note("StopTransaction", **values)
        return call_result.StopTransaction()

    @on("MeterValues")
    def on_meter_values(self, **values):
        self.note("MeterValues", **values)
        return call_result.MeterValues()

    @on("Heartbeat")
    def on_heartbeat(self):
        self.note("Heartbeat")
        return call_result.Heartbeat(current_time=datetime.now(UTC).isoformat())


class Platform:
    """The central system's process: it can refuse, restart, and speak in fragments."""

    def __init__(self):
        self.told = []
        self.transactions = 0
        self.verdict = AuthorizationStatus.accepted
        self.refuse = None
        self.in_pieces = False
        self.charge_point = None
        self.attempts = 0
        self.port = 0

    def look_at(self, connection, request):
        self.attempts += 1
        if self.refuse is not None:
            return connection.respond(self.refuse, "")
        return None

    @asynccontextmanager
    async def open(self):
        authenticate = basic_auth(credentials=("LB-0001", "sesame"))

        async def admit(connection, request):
            return self.look_at(connection, request) or await authenticate(connection, request)

        async def converse(connection):
            shown = InPieces(connection) if self.in_pieces else connection
            self.charge_point = CentralSystem(self, connection.request.path.rsplit("/", 1)[-1], shown)
            try:
                await self.charge_point.start()
            except ConnectionClosed:
                pass
            finally:
                self.charge_point = None

        async with serve(converse, "127.0.0.1", self.port, subprotocols=["ocpp1.6"], process_request=admit) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield

    def actions(self):
        return [action for action, _ in self.told]

    def statuses(self, connector_id=1):
        return [
            values["status"]
            for action, values in self.told
            if action == "StatusNotification" and values["connector_id"] == connector_id
        ]

    def last(self, action):
        return [values for said, values in self.told if said == action][-1]


@pytest.fixture
def platform():
    it = Platform()

    async def free_port():
        async with it.open():
            pass

    asyncio.run(free_port())
    return it


@pytest.fixture
def home(tmp_path, platform):
    return Home(tmp_path, f"ws://127.0.0.1:{platform.port}/ocpp/", decides="platform")


def run(story):
    async def bounded():
        async with asyncio.timeout(50):
            await story()

    asyncio.run(bounded())


def accepted(inside):
    return until(lambda: inside.link.state == "online", "the boot to be accepted")


async def charged(inside, platform):
    """Plug in, identify, wait for the platform's word and the car."""
    await accepted(inside)
    inside.identified_only()
    inside.box.plug_in()
    inside.box.type_pin(PIN)
    await until(lambda: "Charging" in platform.statuses(), "Charging")


@pytest.mark.parametrize("in_pieces", [False, True], ids=["whole messages", "fragmented messages"])
def test_boot_authorise_charge_stop(home, platform, in_pieces):
    platform.in_pieces = in_pieces

    async def story():
        async with platform.open(), home.lived_in() as inside:
            await charged(inside, platform)
            inside.add_energy(5_000)
            inside.box.present_tag(TAG)  # not the PIN: the pad wants two seconds between tries
            await until(lambda: "StopTransaction" in platform.actions())
            inside.box.unplug()
            await until(lambda: platform.statuses()[-1] == "Available")

    run(story)
    boot = platform.last("BootNotification")
    assert boot["charge_point_vendor"] == "Laadboek"
    assert platform.last("Authorize") == {"id_tag": TAG}
    started, stopped = platform.last("StartTransaction"), platform.last("StopTransaction")
    assert (started["connector_id"], started["id_tag"], started["meter_start"]) == (1, TAG, 1_000_000)
    assert stopped["transaction_id"] == 4711
    assert 5_000 <= stopped["meter_stop"] - started["meter_start"] <= 5_050
    assert stopped["reason"] == "Local"
    actions = platform.actions()
    assert actions.index("BootNotification") < actions.index("Authorize") < actions.index("StartTransaction")
    assert actions.count("StartTransaction") == actions.count("StopTransaction") == 1
    assert platform.statuses()[-3:] == ["Charging", "Finishing", "Available"]
    (session,) = home.sessions()
    assert session.energy_wh == stopped["meter_stop"] - started["meter_start"]


def test_remote_start_and_remote_stop(home, platform):
    async def story():
        async with platform.open(), home.lived_in() as inside:
            await accepted(inside)
            inside.identified_only()
            inside.box.plug_in()
            await until(lambda: "Preparing" in platform.statuses())
            answer = await platform.charge_point.call(call.RemoteStartTransaction(id_tag="GUEST", connector_id=1))
            assert answer.status == "Accepted"
            await until(lambda: inside.live.session is not None and "StartTransaction" in platform.actions())
            answer = await platform.charge_point.call(call.RemoteStopTransaction(transaction_id=4711))
            assert answer.status == "Accepted"
            await until(lambda: "StopTransaction" in platform.actions())
            configuration = await platform.charge_point.call(call.GetConfiguration(key=["HeartbeatInterval"]))
            assert configuration.configuration_key[0]["value"] == "300"

    run(story)
    assert platform.last("StartTransaction")["id_tag"] == "GUEST"
    assert platform.last("StopTransaction")["reason"] == "Remote"


def test_a_platform_that_restarts_in_a_session_gets_every_transaction_message_once(home, platform):
    async def story():
        async with home.lived_in() as inside:
            async with platform.open():
                await charged(inside, platform)
            await until(lambda: inside.link.state != "online")
            inside.add_energy(3_000)
            inside.box.unplug()  # while nobody listens
            await until(lambda: inside.link.queued == 1)
            async with platform.open():
                await until(lambda: "StopTransaction" in platform.actions())
                await until(lambda: inside.link.queued == 0)

    run(story)
    assert platform.actions().count("StartTransaction") == platform.actions().count("StopTransaction") == 1
    assert platform.last("StopTransaction")["reason"] == "EVDisconnected"
    assert platform.actions().count("BootNotification") == 1  # the network was away, the device was not


def test_a_restart_of_laadboek_in_a_session_is_not_a_reboot(home, platform):
    async def story():
        async with platform.open():
            async with home.lived_in() as inside:
                await charged(inside, platform)
                inside.add_energy(1_000)
                inside.host.post(ModeChosen(Mode.FAST))  # some turn that keeps something
                await until(lambda: inside.host.idle)
            async with home.lived_in() as inside:
                await accepted(inside)
                assert inside.live.session is not None
                inside.add_energy(500)
                inside.box.unplug()
                await until(lambda: "StopTransaction" in platform.actions())

    run(story)
    assert platform.actions().count("StartTransaction") == platform.actions().count("StopTransaction") == 1
    assert platform.last("StopTransaction")["transaction_id"] == 4711
    (session,) = home.sessions()
    assert session.reason == "EVDisconnected"


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND])
def test_a_refused_handshake_reaches_the_person_and_is_tried_again(home, platform, status):
    platform.refuse = status

    async def story():
        async with platform.open(), home.lived_in() as inside:
            await until(lambda: inside.link.state == "refused")
            assert str(int(status)) in str(inside.link.why)
            await until(lambda: platform.attempts >= 2, "another try")
            platform.refuse = None
            await accepted(inside)

    run(story)
    assert platform.actions()[0] == "BootNotification"


def test_a_wrong_password_is_refused_and_never_logged(tmp_path, platform, capfd):
    home = Home(tmp_path, f"ws://127.0.0.1:{platform.port}/ocpp/", key="wrong-password")

    async def story():
        async with platform.open(), home.lived_in() as inside:
            await until(lambda: inside.link.state == "refused")
            assert "401" in str(inside.link.why)

    run(story)
    assert "wrong-password" not in "".join(capfd.readouterr())
    assert platform.told == []


def test_a_tag_that_the_platform_refuses_starts_nothing(home, platform):
    platform.verdict = AuthorizationStatus.blocked

    async def story():
        async with platform.open(), home.lived_in() as inside:
            await accepted(inside)
            inside.identified_only()
            inside.box.plug_in()
            inside.box.type_pin(PIN)
            await until(lambda: "Authorize" in platform.actions())
            await until(lambda: inside.host.idle)
            assert inside.live.session is None

    run(story)
    assert "StartTransaction" not in platform.actions()
    assert home.sessions() == []
