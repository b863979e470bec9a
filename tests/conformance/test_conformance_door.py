"""Who gets in and what is agreed (OCPP-J §3, §6.2; certification cases 085 and 088)."""

import asyncio
import base64
from contextlib import suppress

import pytest
from wallbox import KEY, wallbox
from websockets.exceptions import ConnectionClosed, InvalidStatus


def basic(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize(
    "offered",
    [["ocpp1.6"], ["ocpp0.1", "ocpp1.6"], ["ocpp1.6", "ocpp1.5"], ["ocpp2.0.1", "ocpp2.0", "ocpp1.6", "ocpp1.5"]],
    ids=",".join,
)
async def test_088_ocpp_1_6_is_agreed_upon_wherever_it_stands_among_those_offered(platform, offered):
    async with platform.dial(platform.register(), subprotocols=offered) as connection:
        assert connection.subprotocol == "ocpp1.6"


@pytest.mark.parametrize("offered", [["ocpp0.1"], ["ocpp2.0.1"], ["ocpp1.5", "ocpp1.2"], None], ids=str)
async def test_088_without_a_common_subprotocol_the_handshake_is_completed_without_one_and_closed(platform, offered):
    async with platform.dial(platform.register(), subprotocols=offered) as connection:
        assert connection.subprotocol is None
        with pytest.raises(ConnectionClosed):
            await connection.recv()


@pytest.mark.parametrize("key", ["0123456789abcdef", "x" * 40, "pass:word_with:colons", "0011AAff" * 5])
async def test_085_the_key_it_was_registered_with_lets_it_in(platform, key):
    name = platform.register(authorization_key=key)
    async with wallbox(platform, name, key=key) as box:
        await box.heartbeat()


async def test_085_a_key_of_hexadecimal_digits_may_be_used_as_bytes(platform):
    """AuthorizationKey is the hexadecimal representation of the password (OCPP-J §6.2.2; OCPP-J errata 3.12)."""
    name = platform.register(authorization_key="3031323334353637383941424344454631323334")
    async with wallbox(platform, name, key="0123456789ABCDEF1234") as box:
        await box.heartbeat()


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        f"Bearer {KEY}",
        "Digest username=NAME",
        ("NAME", "wrong-key-of-enough-length"),
        ("NAME", ""),
        ("NAME", KEY + "x"),
        ("NAME", KEY.upper()),
        ("", KEY),
        ("SOMEBODY", KEY),
    ],
    ids=str,
)
async def test_085_anything_but_its_own_key_is_refused_with_401(platform, authorization):
    name = platform.register()
    if isinstance(authorization, tuple):
        authorization = basic(":".join(authorization).replace("NAME", name))
    headers = {} if authorization is None else {"Authorization": authorization}
    with pytest.raises(InvalidStatus) as refused:
        async with platform.dial(name, additional_headers=headers):
            pass
    assert refused.value.response.status_code == 401
    assert refused.value.response.headers["WWW-Authenticate"].startswith("Basic")


async def test_an_unknown_identity_is_refused_before_the_websocket_exists(platform):
    with pytest.raises(InvalidStatus) as refused:
        async with platform.dial("NOBODY"):
            pass
    assert refused.value.response.status_code in (401, 404)


@pytest.mark.parametrize("name", ["RDAM 123", "RDAM|123", "A:B", "NL*ABC*E1", "x" * 48, "50%"])
async def test_the_identity_in_the_address_is_percent_encoded(platform, name):
    answer = platform.api.post("/charge-points", json={"charge_box_id": name, "authorization_key": KEY})
    assert answer.status_code == 201, answer.text
    async with wallbox(platform, name) as box:
        assert (await box.boot())["status"] == "Accepted"
    assert platform.frames(name)[0]["action"] == "BootNotification"


@pytest.mark.parametrize("form", ["/{}", "{}/", "{}?version=1.6"])
async def test_the_address_may_end_in_a_slash_before_the_charge_point_adds_its_own(platform, form):
    """OCPP-J §3.1.1: '/' and the identity are appended to the endpoint, which people often end in a slash already."""
    name = platform.register()
    async with wallbox(platform, name, path=form.format(name)) as box:
        await box.heartbeat()


async def test_identities_compare_with_case(platform):
    name = platform.register("Mixed-Case")
    with pytest.raises(InvalidStatus):
        async with platform.dial(name.upper()):
            pass


async def test_pings_are_answered_with_their_own_payload(platform):
    async with wallbox(platform, platform.register()) as box:
        for payload in (b"", b"x", b"y" * 125):
            async with asyncio.timeout(5):
                await (await box.connection.ping(payload))
        await box.heartbeat()


async def test_a_close_is_answered_with_a_close(platform):
    for code in (1000, 1001, 3000, 4999):
        async with wallbox(platform, platform.register()) as box:
            await box.heartbeat()
            async with asyncio.timeout(5):
                await box.connection.close(code, "žůž")
            assert box.connection.protocol.close_rcvd.code == code


async def test_088_compression_may_be_offered(platform):
    async with wallbox(platform, platform.register(), compression="deflate") as box:
        await box.heartbeat()


@pytest.mark.parametrize(
    ("request_line", "headers"),
    [
        ("GET /ocpp/X HTTP/1.1", []),
        ("GET / HTTP/1.1", []),
        ("POST /ocpp/X HTTP/1.1", ["Content-Length: 0"]),
        ("GET /ocpp/X HTTP/1.1", ["Upgrade: websocket", "Connection: Upgrade"]),
        ("GET /ocpp/X HTTP/1.1", ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 8"]),
        ("nonsense", []),
        ("GET /ocpp/" + "x" * 100_000 + " HTTP/1.1", []),
    ],
    ids=range(7),
)
async def test_what_is_no_handshake_is_refused_and_others_go_on(platform, request_line, headers):
    name = platform.register()
    async with wallbox(platform, name) as box:
        reader, writer = await asyncio.open_connection("127.0.0.1", platform.place["ocpp_port"])
        writer.write("\r\n".join([request_line, "Host: x", *headers, "", ""]).encode())
        answer = b""
        with suppress(ConnectionResetError):
            async with asyncio.timeout(15):
                answer = await reader.read(100)
        assert answer == b"" or int(answer.split()[1]) in range(400, 500), answer
        writer.close()
        await box.heartbeat()


async def test_headers_and_tokens_of_a_handshake_have_no_case(platform):
    name = platform.register()
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.place["ocpp_port"])
    lines = [
        f"GET /ocpp/{name} HTTP/1.1",
        "HOST: x",
        "upgrade: WebSocket",
        "connection: keep-alive, UPGRADE",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version: 13",
        "sec-websocket-protocol: ocpp1.5,ocpp1.6",
        "authorization: " + basic(f"{name}:{KEY}").replace("Basic", "bAsIc"),
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert head.startswith("http/1.1 101") and "sec-websocket-protocol: ocpp1.6" in head
    assert "s3pplmbitxaq9kygzzhzrbk+xoo=" in head  # of this very key (RFC 6455 §1.3)
    writer.close()
