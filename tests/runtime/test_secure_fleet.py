"""Security profiles end to end: the hosted charger, a real file, real TLS, and a platform of PyPI's `websockets`."""

import asyncio
import json
import ssl
from base64 import b64encode
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count

import pytest
import uvloop
from home import Home
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
from wire import until

from authority import Authority
from laadboek.ocpp.security import SecurityEvent
from laadboek.store import link_secrets, security_log
from laadboek.store.database import Reader

KEY = "sixteen bytes and more"
NEW = "0badc0de" * 5


def run(story):
    async def bounded():
        async with asyncio.timeout(40):
            await story()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as the product runs
        runner.run(bounded())


@pytest.fixture(scope="module")
def volt():
    return Authority()


class Platform:
    """Looks at the password (`admits`) and at the certificate, writes down who came, asks what a story wants."""

    def __init__(self, context, port=0):
        self.context, self.port = context, port
        self.admits = {KEY.encode()}
        self.wants_certificate = False
        self.came, self.told, self.answers = [], [], {}
        self.connection = None
        self.numbers = count(1)

    @asynccontextmanager
    async def open(self):
        async with serve(
            self.talk, "127.0.0.1", self.port, ssl=self.context, process_request=self.look, subprotocols=["ocpp1.6"]
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    def look(self, connection, request):
        certificate = connection.transport.get_extra_info("peercert") if self.context is not None else None
        header = request.headers.get("Authorization")
        self.came.append((header, certificate))
        if self.wants_certificate:
            good = bool(certificate) and (("commonName", "LB-0001"),) in certificate["subject"] and header is None
        else:
            good = header in {"Basic " + b64encode(b"LB-0001:" + key).decode() for key in self.admits}
        return None if good else connection.respond(HTTPStatus.UNAUTHORIZED, "")

    async def talk(self, connection):
        self.connection = connection
        with suppress(ConnectionClosed):
            async for text in connection:
                await self.hear(connection, *json.loads(text))

    async def hear(self, connection, kind, number, *rest):
        if kind == 2:
            self.told.append(rest)
            await connection.send(json.dumps([3, number, self.reply(rest[0])]))
        else:
            self.answers[number].set_result(rest[0])

    def events(self):
        return [payload["type"] for payload in self.requests("SecurityEventNotification")]

    @staticmethod
    def reply(action):
        now = datetime.now(UTC).isoformat()
        boot = {"status": "Accepted", "currentTime": now, "interval": 300}
        known = {"BootNotification": boot, "Heartbeat": {"currentTime": now}, "SignCertificate": {"status": "Accepted"}}
        return known.get(action, {})

    async def ask(self, action, **payload):
        """The answer's status."""
        number = f"ask{next(self.numbers)}"
        self.answers[number] = asyncio.get_running_loop().create_future()
        await self.connection.send(json.dumps([2, number, action, payload]))
        return (await self.answers[number])["status"]

    def requests(self, action):
        return [payload for name, payload in self.told if name == action]


def platform_tls(authority, folder, **changes):
    context = authority.server(folder, "localhost", **changes)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=authority.pem)
    return context


def at_home(folder, port, authority, *, scheme="wss", **settings):
    given = {"security_profile": 2, "roots": [authority.pem], "initial_keys": {"CpoName": "Volt BV"}} | settings
    return Home(folder, f"{scheme}://localhost:{port}/", key=KEY, **given)


def logged(home):
    database = Reader(home.folder / "laadboek.db")
    try:
        (link,) = database.read(lambda db: db.row("SELECT id FROM links"))
        rows = database.read(lambda db: security_log.of_link(db, home.charger_row, link))
        return [row.type for row in rows], database.read(lambda db: link_secrets.of_link(db, link))
    finally:
        database.close()


def test_profile_2_then_a_new_key_then_a_certificate_then_profile_3(volt, tmp_path):
    """A00, A01, A02, A05 in one life: cases 073, 074, 075_2, 083, 085, 086, 087."""
    places = []

    async def story():
        async with Platform(platform_tls(volt, tmp_path)).open() as platform:
            home = await asyncio.to_thread(at_home, tmp_path, platform.port, volt)
            places.append(home)
            async with home.lived_in() as inside:
                await until(lambda: inside.link.state == "online")
                assert len(platform.came) == 1

                platform.admits = {bytes.fromhex(NEW)}
                assert await platform.ask("ChangeConfiguration", key="AuthorizationKey", value=NEW) == "Accepted"
                await until(lambda: len(platform.came) == 2 and inside.link.state == "online")

                trigger = "SignChargePointCertificate"
                assert await platform.ask("ExtendedTriggerMessage", requestedMessage=trigger) == "Accepted"
                await until(lambda: platform.requests("SignCertificate"))
                chain = volt.certify(platform.requests("SignCertificate")[0]["csr"])
                assert await platform.ask("CertificateSigned", certificateChain=chain) == "Accepted"

                platform.wants_certificate = True
                serial = inside.box.info.serial_number
                assert await platform.ask("ChangeConfiguration", key="SecurityProfile", value="3") == "Accepted"
                await until(lambda: len(platform.came) == 3 and inside.link.state == "online")
                header, certificate = platform.came[-1]
                assert header is None and (("commonName", serial),) in certificate["subject"]
            async with home.lived_in() as inside:  # Laadboek restarts: the private key is in its place
                await until(lambda: inside.link.state == "online")
                assert platform.came[-1][1] == certificate

    run(story)
    types, sealed = logged(places[0])
    assert types.count("ReconfigurationOfSecurityParameters") == 3
    assert sealed.keys() == {"key.1", "pair.2"}
    database = (tmp_path / "laadboek.db").read_bytes() + (tmp_path / "laadboek.db-wal").read_bytes()
    assert NEW.encode() not in database and bytes.fromhex(NEW) not in database and b"PRIVATE KEY" not in database


BAD = {
    "wrong name": ({"common_name": "elsewhere.example"}, "link.tls_wrong_name"),
    "expired": ({"days": (-30, -1)}, "link.tls_expired"),
    "unknown authority": ({}, "link.tls_unknown_ca"),
}


@pytest.mark.parametrize("what", BAD)
def test_a00_fr_309_a_platform_that_is_not_the_one_is_refused_with_an_event(volt, tmp_path, what):
    changes, why = BAD[what]
    places = []
    signer = Authority("Somebody else") if what == "unknown authority" else volt
    context = signer.server(tmp_path, changes.pop("common_name", "localhost"), **changes)

    async def story():
        platform = Platform(context)
        async with platform.open():
            home = await asyncio.to_thread(at_home, tmp_path, platform.port, volt)
            places.append(home)
            async with home.lived_in() as inside:
                await until(lambda: inside.link.why is not None and inside.link.why.code == why)
                assert platform.came == []
            platform.context = platform_tls(volt, tmp_path)
        async with platform.open(), home.lived_in():  # the right one again: it hears what happened
            await until(lambda: SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE in platform.events())

    run(story)
    assert SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE in logged(places[0])[0]


def test_case_083_from_a_clear_line_to_tls_and_back_when_nobody_speaks_it(volt, tmp_path):
    """A05.FR.08: what speaks no TLS is found in the old way again, and says why."""

    async def story():
        platform = Platform(None)
        async with platform.open():
            home = await asyncio.to_thread(at_home, tmp_path, platform.port, volt, scheme="ws", security_profile=1)
            async with home.lived_in() as inside:
                await until(lambda: inside.link.state == "online")
                assert await platform.ask("ChangeConfiguration", key="SecurityProfile", value="2") == "Accepted"
                await until(lambda: len(platform.came) == 2 and inside.link.state == "online")
                assert await platform.ask("ChangeConfiguration", key="SecurityProfile", value="2") == "Accepted"
            platform.context = platform_tls(volt, tmp_path)
        async with platform.open(), home.lived_in() as inside:
            await until(lambda: inside.link.state == "online")
            assert await platform.ask("ChangeConfiguration", key="SecurityProfile", value="1") == "Rejected"

    run(story)
