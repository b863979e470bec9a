"""The platform's end of a websocket against raw bytes and against the `websockets` library (RFC 6455, OCPP-J §3)."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import websockets
from websockets.asyncio.client import connect as websockets_connect
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Heard, Peer, frame, until, upgrade

from laadboek.runtime import picows_socket
from laadboek.runtime.picows_socket import MESSAGE_MAX_BYTES, serve
from laadboek.runtime.socket import Admit, Refuse


class Platform:
    """Admits everybody to `heard`, unless told otherwise."""

    def __init__(self) -> None:
        self.requests = []
        self.heard: list[Heard] = []
        self.answer = None

    def admit(self, request):
        self.requests.append(request)
        return self.answer or Admit(self.listen)

    def listen(self, socket):
        self.heard.append(Heard(socket))
        return self.heard[-1]


@asynccontextmanager
async def platform(**options):
    it = Platform()
    it.server = await serve("127.0.0.1", 0, it.admit, **options)
    try:
        yield it, it.server.port
    finally:
        await it.server.close()


def story(test):
    """Run a coroutine test; nothing may be left behind."""

    def run():
        async def bounded():
            async with asyncio.timeout(30):
                await test()

        asyncio.run(bounded())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@story
async def test_the_charge_points_identity_is_the_last_part_of_the_path_and_its_address_is_known():
    async with platform() as (it, port):
        peer = await Peer.open(port, "/ocpp/CP%2F1", Authorization="Basic QQ==")
        (request,) = it.requests
        assert (request.path, request.peer) == ("/ocpp/CP%2F1", "127.0.0.1")
        assert request.headers["authorization"] == "Basic QQ=="
        peer.hang_up()
        await until(lambda: it.heard[0].closes)
        assert it.heard[0].code == 1006


@story
async def test_messages_go_both_ways():
    async with (
        platform() as (it, port),
        websockets_connect(f"ws://127.0.0.1:{port}/ocpp/CP-1", subprotocols=["ocpp1.6"]) as client,
    ):
        assert client.subprotocol == "ocpp1.6"
        await client.send('[2,"1","Heartbeat",{}]')
        await until(lambda: it.heard and it.heard[0].texts)
        it.heard[0].socket.send(b'[3,"1",{}]')
        assert await client.recv() == '[3,"1",{}]'
        it.heard[0].socket.ping()
        await until(lambda: it.heard[0].pongs == 1)
        await (await client.ping())
        await client.close(4001)
        await until(lambda: it.heard[0].closes)
        assert it.heard[0].code == 4001


@story
async def test_a_fragmented_message_arrives_whole_with_control_frames_in_between():
    async with platform() as (it, port):
        peer = await Peer.open(port)
        peer.send(frame(TEXT, b'[2,"1",', fin=False) + frame(PING, b"still there?") + frame(CONTINUATION, fin=False))
        assert await peer.frame() == (PONG, b"still there?")
        assert it.heard[0].texts == []
        peer.send(frame(CONTINUATION, '"é"'.encode()[:2], fin=False) + frame(CONTINUATION, '"é"'.encode()[2:] + b"]"))
        peer.send(frame(TEXT, b"next"))
        await until(lambda: len(it.heard[0].texts) == 2)
        assert it.heard[0].texts == ['[2,"1","é"]'.encode(), b"next"]
        peer.hang_up()


@story
async def test_fragments_of_the_websockets_library_arrive_whole():
    async with (
        platform() as (it, port),
        websockets_connect(f"ws://127.0.0.1:{port}/CP-1", subprotocols=["ocpp1.6"]) as client,
    ):
        await client.send(["[2,", '"1",', '"Heartbeat"', ",{}]"])
        await until(lambda: it.heard and it.heard[0].texts)
        assert it.heard[0].texts == [b'[2,"1","Heartbeat",{}]']


@story
async def test_a_message_of_one_mebibyte_is_heard_and_one_byte_more_is_1009():
    async with platform() as (it, port):
        peer = await Peer.open(port)
        peer.send(frame(TEXT, b"x" * MESSAGE_MAX_BYTES))
        await until(lambda: it.heard[0].texts)
        assert len(it.heard[0].texts[0]) == MESSAGE_MAX_BYTES
        peer.send(frame(TEXT, b"x" * (MESSAGE_MAX_BYTES + 1)))
        assert await peer.close_code() == 1009
        await peer.end()
        await until(lambda: it.heard[0].closes)
        assert it.heard[0].code == 1009


@story
async def test_many_fragments_cannot_add_up_to_more_than_one_mebibyte():
    async with platform() as (it, port):
        half = b"x" * (MESSAGE_MAX_BYTES // 2)
        peer = await Peer.open(port)
        peer.send(frame(TEXT, half, fin=False) + frame(CONTINUATION, half, fin=False) + frame(CONTINUATION, b"x"))
        assert await peer.close_code() == 1009
        assert it.heard[0].texts == []
        peer.hang_up()


@story
async def test_endless_empty_fragments_are_1009_as_well():
    async with platform() as (_, port):
        peer = await Peer.open(port)
        peer.send(frame(TEXT, b"x", fin=False))
        peer.send(frame(CONTINUATION, fin=False) * (MESSAGE_MAX_BYTES // 64 + 1))
        assert await peer.close_code() == 1009
        peer.hang_up()


VIOLATIONS = {
    "binary": (frame(BINARY, b"[]"), 1003),
    "continuation of nothing": (frame(CONTINUATION, b"x"), 1002),
    "message inside a message": (frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), 1002),
    "bad UTF-8": (frame(TEXT, b"\xff\xfe"), 1007),
    "a character cut in two": (frame(TEXT, "é".encode()[:1]), 1007),
    "bad UTF-8 in fragments": (frame(TEXT, b"\xc3", fin=False) + frame(CONTINUATION, b"("), 1007),
    "a reserved bit": (frame(TEXT, b"x", rsv=4), 1002),
    "an unknown opcode": (frame(3, b"x"), 1002),
    "a fragmented ping": (frame(PING, b"x", fin=False), 1002),
    "no mask": (frame(TEXT, b"x", masked=False), 1002),
    "a close code nobody may send": (frame(CLOSE, b"\x03\xec"), 1002),
}


@pytest.mark.parametrize("what", VIOLATIONS)
def test_a_frame_that_breaks_the_protocol_is_answered_by_its_close_code(what):
    broken, code = VIOLATIONS[what]

    async def run():
        async with asyncio.timeout(30), platform() as (it, port):
            peer = await Peer.open(port)
            peer.send(frame(TEXT, b"good") + broken + frame(TEXT, b"too late"))
            received = await peer.close_code()
            assert received == code
            await until(lambda: it.heard[0].closes)
            assert b"too late" not in it.heard[0].texts
            peer.hang_up()

    asyncio.run(run())


@story
async def test_the_peers_close_is_answered_and_the_line_ended():
    async with platform() as (it, port):
        peer = await Peer.open(port)
        peer.send(frame(CLOSE, b"\x03\xe9"))
        assert await peer.close_code() == 1001
        await peer.end()
        await until(lambda: it.heard[0].closes)
        assert it.heard[0].code == 1001
        it.heard[0].socket.send(b"into the void")
        it.heard[0].socket.ping()
        it.heard[0].socket.close()
        it.heard[0].socket.abort()
        assert it.heard[0].closes == 1


@story
async def test_a_close_without_code_is_1005():
    async with platform() as (it, port):
        peer = await Peer.open(port)
        peer.send(frame(CLOSE))
        assert await peer.close_code() == 1000
        await peer.end()
        await until(lambda: it.heard[0].closes)
        assert it.heard[0].code == 1005


@story
async def test_after_our_close_nothing_is_sent_and_nothing_is_heard():
    async with platform() as (it, port):
        peer = await Peer.open(port)
        it.heard[0].socket.close(1000)
        it.heard[0].socket.send(b"dropped")
        it.heard[0].socket.close(1001)
        assert await peer.close_code() == 1000
        peer.send(frame(TEXT, b"not heard") + frame(CLOSE, b"\x03\xe8"))
        await peer.end()
        await until(lambda: it.heard[0].closes)
        assert (it.heard[0].texts, it.heard[0].code) == ([], 1000)


def test_a_peer_that_never_answers_our_close_is_cut(monkeypatch):
    monkeypatch.setattr(picows_socket, "CLOSE_TIMEOUT_S", 0.05)

    async def run():
        async with asyncio.timeout(30), platform() as (it, port):
            peer = await Peer.open(port)
            it.heard[0].socket.close()
            await until(lambda: it.heard[0].closes)
            assert it.heard[0].code == 1006
            peer.hang_up()

    asyncio.run(run())


def test_a_peer_that_does_not_read_is_cut_before_its_queue_grows_without_bound():
    async def run():
        async with asyncio.timeout(30), platform() as (it, port):
            peer = await Peer.open(port)
            peer.writer.transport.pause_reading()
            sent = 0
            while not it.heard[0].closes:
                it.heard[0].socket.send(b"x" * 65536)
                sent += 1
                assert sent < 1000
                await asyncio.sleep(0)
            assert it.heard[0].code == 1006
            peer.hang_up()

    asyncio.run(run())


@story
async def test_abort_says_no_goodbye():
    async with platform() as (it, port):
        peer = await Peer.open(port)
        it.heard[0].socket.abort()
        await until(lambda: it.heard[0].closes)
        assert it.heard[0].code == 1006
        await peer.end()


@story
async def test_closing_the_server_says_going_away_to_everybody():
    async with platform() as (it, port):
        peers = [await Peer.open(port, f"/ocpp/CP-{n}") for n in range(5)]
        closing = asyncio.ensure_future(it.server.close())
        for peer in peers:
            assert await peer.close_code() == 1001
            peer.send(frame(CLOSE, b"\x03\xe9"))
            await peer.end()
        await closing
        assert [heard.code for heard in it.heard] == [1001] * 5
        with pytest.raises(OSError):
            await Peer.dial(port)
        it.server = await serve("127.0.0.1", 0, it.admit)


# --- handshakes ---


@story
async def test_an_unknown_identity_is_404_and_a_wrong_password_401():
    async with platform() as (it, port):
        for refuse, line in [
            (Refuse(404), b"HTTP/1.1 404 Not Found"),
            (Refuse(401, {"WWW-Authenticate": "Basic"}), b"HTTP/1.1 401 Unauthorized"),
            (Refuse(503, {"Retry-After": "60"}), b"HTTP/1.1 503 Service Unavailable"),
        ]:
            it.answer = refuse
            peer = await Peer.dial(port)
            peer.send(upgrade("/ocpp/CP-1"))
            head = await peer.head()
            assert head.startswith(line)
            assert all(f"{name}: {value}".encode() in head for name, value in refuse.headers.items())
            await peer.end()
        assert it.heard == []


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [("ocpp1.6", "ocpp1.6"), ("ocpp0.1, ocpp1.6", "ocpp1.6"), ("ocpp2.0.1,ocpp1.6", "ocpp1.6")],
)
def test_case_088_ocpp1_6_is_chosen_among_the_offered_subprotocols(offered, chosen):
    async def run():
        async with asyncio.timeout(30), platform() as (_, port):
            peer = await Peer.dial(port)
            peer.send(upgrade("/CP-1", Sec_WebSocket_Protocol=offered))
            assert f"Sec-WebSocket-Protocol: {chosen}\r\n".encode() in await peer.head()
            peer.hang_up()

    asyncio.run(run())


@pytest.mark.parametrize("offered", ["ocpp0.1", ""])
def test_without_a_common_subprotocol_the_handshake_names_none_and_the_socket_is_closed_at_once(offered):
    async def run():
        async with asyncio.timeout(30), platform() as (it, port):
            peer = await Peer.open(port, Sec_WebSocket_Protocol=offered)
            assert await peer.close_code() == 1002
            peer.hang_up()
            assert it.heard == []

    asyncio.run(run())


@story
async def test_a_missing_subprotocol_can_be_tolerated_but_a_wrong_one_never():
    async with platform(subprotocol_required=False) as (it, port):
        peer = await Peer.open(port, Sec_WebSocket_Protocol="")
        peer.send(frame(TEXT, b"hello"))
        await until(lambda: it.heard and it.heard[0].texts)
        peer.hang_up()
        other = await Peer.open(port, Sec_WebSocket_Protocol="ocpp0.1")
        assert await other.close_code() == 1002
        other.hang_up()


@story
async def test_a_proxys_connection_header_is_understood():
    async with platform() as (it, port):
        peer = await Peer.open(port, Connection="keep-alive, Upgrade")
        await until(lambda: it.heard)
        peer.hang_up()


GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello \r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"POST /ocpp/CP-1 HTTP/1.1\r\n\r\n",
    b"GET /ocpp/CP-1\r\n\r\n",
    upgrade("/ocpp/CP-1", Sec_WebSocket_Key="short"),
    upgrade("/ocpp/CP-1", Sec_WebSocket_Version="3"),
    upgrade("/ocpp/CP-1", Upgrade="h2c"),
    upgrade("/ocpp/CP-1", Connection="close"),
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_garbled_handshake_is_400_and_disturbs_nobody(garbage):
    async def run():
        async with asyncio.timeout(30), platform() as (it, port):
            good = await Peer.open(port, "/ocpp/GOOD")
            bad = await Peer.dial(port)
            bad.send(garbage)
            assert (await bad.head()).startswith(b"HTTP/1.1 400 ")
            await bad.end()
            good.send(frame(TEXT, b"undisturbed"))
            await until(lambda: it.heard[0].texts)
            assert len(it.heard) == 1
            good.hang_up()

    asyncio.run(run())


@story
async def test_an_endless_handshake_is_cut_at_16_kib():
    async with platform() as (it, port):
        peer = await Peer.dial(port)
        peer.send(b"GET /" + b"a" * 20_000)
        await peer.end()
        assert it.requests == []


def test_a_client_that_never_finishes_its_handshake_is_cut(monkeypatch):
    monkeypatch.setattr(picows_socket, "HANDSHAKE_TIMEOUT_S", 0.05)

    async def run():
        async with asyncio.timeout(30), platform() as (it, port):
            peer = await Peer.dial(port)
            peer.send(b"GET /ocpp/CP-1 HTTP/1.1\r\nHost: ")
            await peer.end()
            assert it.requests == []

    asyncio.run(run())


@story
async def test_an_admission_that_fails_is_500_and_does_not_stop_the_server():
    async with platform() as (it, port):
        it.answer = "nonsense"
        peer = await Peer.dial(port)
        peer.send(upgrade("/ocpp/CP-1"))
        assert (await peer.head()).startswith(b"HTTP/1.1 500 ")
        await peer.end()
        it.answer = None
        good = await Peer.open(port)
        good.hang_up()
        await until(lambda: it.heard and it.heard[0].closes)


@story
async def test_the_websockets_library_sees_its_refusal():
    async with platform() as (it, port):
        it.answer = Refuse(403)
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets_connect(f"ws://127.0.0.1:{port}/CP-1", subprotocols=["ocpp1.6"])
        assert refused.value.response.status_code == 403
