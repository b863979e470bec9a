"""A platform that accepts everything at once and keeps nothing: the other end of `bench links`. Prints its port."""

import asyncio
from datetime import UTC, datetime

import msgspec
import uvloop

from ..runtime.picows_socket import serve
from ..runtime.socket import Admit, Socket

read_call = msgspec.json.Decoder(tuple[int, str, str, msgspec.Raw]).decode
NOW = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z").encode()
ANSWERS = {
    "BootNotification": b'{"currentTime":"%b","interval":3600,"status":"Accepted"}' % NOW,
    "Heartbeat": b'{"currentTime":"%b"}' % NOW,
}


class Answering:
    """One charge point."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    def on_text(self, text: bytes) -> None:
        _, message_id, action, _ = read_call(text)
        self._socket.send(b'[3,"%b",%b]' % (message_id.encode(), ANSWERS.get(action, b"{}")))

    def on_pong(self) -> None: ...

    def on_close(self, code: int) -> None: ...


async def main() -> None:
    server = await serve("127.0.0.1", 0, lambda request: Admit(Answering))
    print(server.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
