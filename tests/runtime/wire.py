"""Raw RFC 6455 bytes, and a bounded way to await what sockets do. None of our own code."""

import asyncio
import base64
import hashlib
import struct
from collections.abc import Callable

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PATIENCE_S = 60.0


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Return when the condition holds; fail after PATIENCE_S."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_S
    while not condition():
        assert loop.time() < deadline, f"waited in vain for {what or condition}"
        await asyncio.sleep(0.002)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True, rsv: int = 0) -> bytes:
    head = bytes([fin << 7 | rsv << 4 | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 1 << 16:
        head += bytes([bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(payload))
    if not masked:
        return head + payload
    mask = b"\x12\x34\x56\x78"
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def upgrade(path: str, **headers: str) -> bytes:
    lines = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "ocpp1.6",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"GET {path} HTTP/1.1\r\n{text}\r\n".encode()


def accept(request: bytes, subprotocol: str | None = "ocpp1.6") -> bytes:
    key = next(line.split(b":", 1)[1].strip() for line in request.split(b"\r\n") if b"websocket-key" in line.lower())
    proof = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
    chosen = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {proof}\r\n{chosen}\r\n"
    ).encode()


class Peer:
    """One end of a raw TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def dial(cls, port: int) -> "Peer":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    @classmethod
    async def open(cls, port: int, path: str = "/ocpp/CP-1", **headers: str) -> "Peer":
        """Connect and complete the handshake."""
        peer = await cls.dial(port)
        peer.send(upgrade(path, **headers))
        head = await peer.head()
        assert head.startswith(b"HTTP/1.1 101 "), head
        return peer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and unmasked payload."""
        return await asyncio.wait_for(self._frame(), PATIENCE_S)

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self.reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        mask = await self.reader.readexactly(4) if second & 0x80 else None
        payload = await self.reader.readexactly(length)
        if mask is not None:
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        return first & 0x0F, payload

    async def close_code(self) -> int:
        """The code of the close frame that comes next."""
        opcode, payload = await self.frame()
        assert opcode == CLOSE, (opcode, payload[:80])
        return int.from_bytes(payload[:2], "big") if payload else 1005

    async def end(self) -> None:
        """Wait until the other side hangs up."""
        try:
            while await asyncio.wait_for(self.reader.read(65536), PATIENCE_S):
                pass
        except ConnectionError:
            pass
        self.hang_up()

    def hang_up(self) -> None:
        self.writer.transport.abort()


class Heard:
    """A listener (and caller) that remembers what it heard."""

    def __init__(self, socket=None) -> None:
        self.socket = socket
        self.texts: list[bytes] = []
        self.pongs = 0
        self.code: int | None = None
        self.closes = 0
        self.subprotocol: str | None = None
        self.refusal = None

    def on_open(self, socket, subprotocol, tls=False, verified_by="") -> None:
        self.socket, self.subprotocol, self.tls, self.verified_by = socket, subprotocol, tls, verified_by

    def on_refused(self, refusal) -> None:
        self.refusal = refusal

    def on_text(self, text: bytes) -> None:
        self.texts.append(text)

    def on_pong(self) -> None:
        self.pongs += 1

    def on_close(self, code: int) -> None:
        self.code = code
        self.closes += 1
