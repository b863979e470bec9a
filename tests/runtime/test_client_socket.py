"""The charge point's end of a websocket against raw bytes and against the `websockets` library (OCPP-J §3)."""

import asyncio
import base64
import socket
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.server import serve as websockets_serve
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Heard, Peer, accept, frame, until

from laadboek.runtime import picows_socket
from laadboek.runtime.guard import Guard
from laadboek.runtime.picows_socket import MESSAGE_MAX_BYTES, OpenSockets, connect, serve
from laadboek.runtime.socket import Admit, Refusal, Target
from laadboek.secret import Secret

LOOPBACK = Guard(["127.0.0.0/8", "::1/128"])


def target(port, charge_box_id="CP-1", *, scheme="ws", key="", user_name=None, **options):
    return Target(
        f"{scheme}://127.0.0.1:{port}/ocpp/", charge_box_id, user_name or charge_box_id, Secret(key), **options
    )


async def call(where, registry=None):
    heard = Heard()
    await connect(where, heard, OpenSockets() if registry is None else registry, LOOPBACK)
    assert (heard.socket is None) != (heard.refusal is None)
    return heard


@asynccontextmanager
async def scripted(answer):
    """A platform of raw bytes: `answer(peer, request)` for each connection."""
    peers = []

    async def serve_one(reader, writer):
        peer = Peer(reader, writer)
        peers.append(peer)
        request = await peer.head()
        await answer(peer, request)

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for peer in peers:
            peer.hang_up()
        await server.wait_closed()


def run(story):
    async def bounded():
        async with asyncio.timeout(30):
            await story()

    asyncio.run(bounded())


def test_the_uri_ends_in_the_percent_encoded_charge_box_id_and_basic_auth_names_it():
    requests = []

    async def answer(peer, request):
        requests.append(request)
        peer.send(accept(request))

    async def story():
        async with scripted(answer) as port:
            (await call(target(port, "CP 1/ü", key="geheim:ü"))).socket.abort()
            (await call(target(port, key="k", user_name="somebody"))).socket.abort()
            (await call(target(port))).socket.abort()

    run(story)
    assert requests[0].startswith(b"GET /ocpp/CP%201%2F%C3%BC HTTP/1.1\r\n")
    assert b"Sec-WebSocket-Protocol: ocpp1.6\r\n" in requests[0]
    expected = base64.b64encode("CP 1/ü:geheim:ü".encode())
    assert b"Authorization: Basic " + expected + b"\r\n" in requests[0]
    assert b"Authorization: Basic " + base64.b64encode(b"somebody:k") + b"\r\n" in requests[1]
    assert b"Authorization" not in requests[2]  # an empty key: nothing to prove


def test_the_key_is_not_kept_by_the_connection():
    async def story():
        server = await serve("127.0.0.1", 0, lambda request: Admit(Heard))
        heard = await call(target(server.port, key="geheim"))
        assert "Authorization" not in heard.socket._transport.request.headers
        heard.socket.close()
        await server.close()

    run(story)


def http(status_line, **headers):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status_line}\r\n{lines}Content-Length: 0\r\n\r\n".encode()


REFUSALS = {
    "unauthorised": (http("401 Unauthorized", WWW_Authenticate="Basic"), Refusal("http", 401)),
    "forbidden": (http("403 Forbidden"), Refusal("http", 403)),
    "unknown": (http("404 Not Found"), Refusal("http", 404)),
    "busy": (http("503 Service Unavailable", Retry_After="120"), Refusal("http", 503, 120)),
    "busy until a date": (
        http("503 Service Unavailable", Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
        Refusal("http", 503),
    ),
    "elsewhere": (http("302 Found", Location="ws://127.0.0.1:1/"), Refusal("http", 302)),
    "no websocket": (http("200 OK"), Refusal("http", 200)),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", Refusal("http")),
    "wrong proof": (accept(b"sec-websocket-key: wrong"), Refusal("http")),
    "nothing": (b"", Refusal("closed")),
    "endless": (b"HTTP/1.1 101 Switching Protocols\r\n" + b"X: " + b"x" * 20_000, Refusal("http")),
}


@pytest.mark.parametrize("how", REFUSALS)
def test_a_refused_handshake_says_why(how):
    sent, expected = REFUSALS[how]

    async def answer(peer, request):
        peer.send(sent)
        peer.writer.close()

    async def story():
        async with scripted(answer) as port:
            heard = await call(target(port))
            assert heard.refusal == expected
            assert heard.closes == 0

    run(story)


@pytest.mark.parametrize("chosen", [None, "ocpp2.0.1"])
def test_a_platform_that_does_not_confirm_ocpp1_6_is_refused(chosen):
    async def answer(peer, request):
        peer.send(accept(request, chosen))
        await peer.end()

    async def story():
        async with scripted(answer) as port:
            assert (await call(target(port))).refusal == Refusal("subprotocol")

    run(story)


def test_a_platform_that_confirms_no_subprotocol_may_be_tolerated_but_not_a_wrong_one():
    async def answer(peer, request):
        peer.send(accept(request, None if b"/TOLERATED " in request else "ocpp2.0.1"))
        await peer.end()

    async def story():
        async with scripted(answer) as port:
            heard = await call(target(port, "TOLERATED", subprotocol_required=False))
            assert heard.subprotocol is None
            heard.socket.abort()
            await until(lambda: heard.closes)
            heard = await call(target(port, "WRONG", subprotocol_required=False))
            assert heard.refusal == Refusal("subprotocol")

    run(story)


def test_nobody_listens_there():
    async def story():
        with socket.socket() as placeholder:
            placeholder.bind(("127.0.0.1", 0))
            port = placeholder.getsockname()[1]
            assert (await call(target(port))).refusal == Refusal("refused")

    run(story)


def test_a_name_that_does_not_exist_is_dns():
    async def story():
        where = Target("ws://no-such-host.invalid/", "CP-1", "CP-1", Secret(""))
        assert (await call(where)).refusal == Refusal("dns")

    run(story)


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("http://127.0.0.1/", "forbidden_scheme"),
        ("ws://127.0.0.1:port/", "forbidden_form"),
        ("ws:///", "forbidden_form"),
        ("ws://127.0.0.1:25/", "forbidden_port"),
        ("ws://10.0.0.1/", "forbidden_address"),
    ],
)
def test_a_uri_that_must_not_be_dialled_is_a_refusal_and_no_crash(uri, code):
    async def story():
        assert (await call(Target(uri, "CP-1", "CP-1", Secret("")))).refusal == Refusal(code)

    run(story)


def test_a_platform_that_never_answers_the_handshake_is_given_up(monkeypatch):
    monkeypatch.setattr(picows_socket, "HANDSHAKE_TIMEOUT_S", 0.05)
    seen = []

    async def answer(peer, request):
        seen.append(peer)
        await peer.end()

    async def story():
        async with scripted(answer) as port:
            heard = await call(target(port))
            assert heard.refusal == Refusal("timeout")
            await until(lambda: seen and seen[0].writer.transport.is_closing())

    run(story)


def test_a_call_that_was_cancelled_opens_nothing_later():
    arrived, answer_now = asyncio.Event(), asyncio.Event()

    async def answer(peer, request):
        arrived.set()
        await answer_now.wait()
        peer.send(accept(request))
        await peer.end()

    async def story():
        async with scripted(answer) as port:
            heard, registry = Heard(), OpenSockets()
            calling = asyncio.ensure_future(connect(target(port), heard, registry, LOOPBACK))
            await arrived.wait()
            calling.cancel()
            await asyncio.wait([calling])
            answer_now.set()
            good = await call(target(port), registry)  # by then the other answer has come as well
            assert (heard.socket, heard.refusal) == (None, None)
            assert len(registry) == 1
            good.socket.abort()
            await until(lambda: good.closes)

    run(story)


def test_fragments_arrive_whole_and_pings_between_them_are_answered():
    pongs = []

    async def answer(peer, request):
        part = [
            frame(TEXT, b'[3,"1",', fin=False, masked=False),
            frame(PING, b"p", masked=False),
            frame(CONTINUATION, b"{}]", masked=False),
        ]
        peer.send(accept(request) + part[0])  # the first fragment comes with the handshake
        peer.send(part[1])
        pongs.append(await peer.frame())
        peer.send(part[2])
        assert await peer.frame() == (TEXT, b"thanks")
        peer.send(frame(CLOSE, b"\x03\xe8", masked=False))
        assert await peer.close_code() == 1000
        await peer.end()

    async def story():
        async with scripted(answer) as port:
            heard = await call(target(port))
            await until(lambda: heard.texts)
            heard.socket.send(b"thanks")
            await until(lambda: heard.closes)
            assert (heard.texts, heard.code) == ([b'[3,"1",{}]'], 1000)

    run(story)
    assert pongs == [(PONG, b"p")]


VIOLATIONS = {
    "binary": (frame(BINARY, b"[]", masked=False), 1003),
    "bad UTF-8": (frame(TEXT, b"\xff", masked=False), 1007),
    "continuation of nothing": (frame(CONTINUATION, b"x", masked=False), 1002),
    "masked": (frame(TEXT, b"x"), 1002),
    "too big": (frame(TEXT, b"x" * (MESSAGE_MAX_BYTES + 1), masked=False), 1009),
}


@pytest.mark.parametrize("what", VIOLATIONS)
def test_a_platform_that_breaks_the_protocol_is_told_so(what):
    broken, code = VIOLATIONS[what]
    codes = []

    async def answer(peer, request):
        peer.send(accept(request) + broken)
        codes.append(await peer.close_code())
        await peer.end()

    async def story():
        async with scripted(answer) as port:
            heard = await call(target(port))
            await until(lambda: heard.closes)
            assert (heard.texts, heard.code) == ([], code)

    run(story)
    assert codes == [code]


def test_a_half_open_line_can_be_cut_and_a_reset_is_heard():
    async def answer(peer, request):
        peer.send(accept(request))
        opcode, _ = await peer.frame()
        assert opcode == PING
        if b"/RESET " in request:
            peer.hang_up()

    async def story():
        async with scripted(answer) as port:
            silent = await call(target(port, "SILENT"))
            silent.socket.ping()
            silent.socket.abort()
            await until(lambda: silent.closes)
            assert (silent.code, silent.pongs) == (1006, 0)
            reset = await call(target(port, "RESET"))
            reset.socket.ping()
            await until(lambda: reset.closes)
            assert reset.code == 1006

    run(story)


def test_with_the_websockets_library():
    async def echo(connection):
        assert connection.subprotocol == "ocpp1.6"
        assert connection.request.path == "/ocpp/CP-1"
        async for text in connection:
            await connection.send([text[:3], text[3:]])  # fragmented

    async def story():
        async with websockets_serve(echo, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:
            registry = OpenSockets()
            heard = await call(target(server.sockets[0].getsockname()[1]), registry)
            heard.socket.send('[2,"é"]'.encode())
            heard.socket.ping()
            await until(lambda: heard.texts and heard.pongs)
            assert heard.texts == ['[2,"é"]'.encode()]
            await registry.close()
            assert heard.code == 1001

    run(story)


def test_a_subprotocol_that_the_websockets_library_does_not_know_is_refused():
    async def ignore(connection):
        await connection.wait_closed()

    async def story():
        async with websockets_serve(ignore, "127.0.0.1", 0, subprotocols=["ocpp2.0.1"]) as server:
            heard = await call(target(server.sockets[0].getsockname()[1]))
            assert heard.refusal in (Refusal("subprotocol"), Refusal("http", 400))

    run(story)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
    ).sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def test_a_certificate_that_nobody_trusts_is_refused_and_so_is_no_tls_at_all(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def story():
        admitted = []
        server = await serve("127.0.0.1", 0, lambda request: admitted.append(request), tls=context)
        assert (await call(target(server.port, scheme="wss"))).refusal == Refusal("tls", detail="unknown_ca")
        await server.close()
        plain = await asyncio.start_server(plainly, "127.0.0.1", 0)
        port = plain.sockets[0].getsockname()[1]
        assert (await call(target(port, scheme="wss"))).refusal == Refusal("tls", detail="none")
        plain.close()
        await plain.wait_closed()
        assert admitted == []

    async def plainly(reader, writer):
        await reader.read(1)
        writer.write(http("400 Bad Request"))
        writer.close()

    run(story)
