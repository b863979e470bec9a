"""A platform for `bench links`: answers after a while, drops everybody on SIGUSR1, tells what it saw on SIGUSR2.

usage: python -m laadboek.bench.fleet_platform ROUND_TRIP_S
"""

import asyncio
import json
import signal
import sys
from collections import Counter
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
    "Authorize": b'{"idTagInfo":{"status":"Accepted"}}',
    "StartTransaction": b'{"transactionId":4711,"idTagInfo":{"status":"Accepted"}}',
}


class Seen:
    """What the platform tells about its charge points."""

    def __init__(self, round_trip_s: float) -> None:
        self.loop = asyncio.get_running_loop()
        self.round_trip_s = round_trip_s
        self.sockets: set[Socket] = set()
        self.calls = 0
        self.dropped_at = 0.0
        self.came: Counter[int] = Counter()  # by seconds since the drop

    def drop(self) -> None:
        """As a platform that restarts: everybody at once, without a word."""
        self.dropped_at = self.loop.time()
        self.came.clear()
        for socket in list(self.sockets):
            socket.abort()

    def tell(self) -> None:
        per_second = [self.came[second] for second in range(max(self.came, default=-1) + 1)]
        print(json.dumps({"calls": self.calls, "came": per_second}), flush=True)


class Answering:
    """One charge point."""

    def __init__(self, seen: Seen, socket: Socket) -> None:
        self._seen, self._socket = seen, socket
        seen.sockets.add(socket)
        seen.came[int(seen.loop.time() - seen.dropped_at)] += bool(seen.dropped_at)

    def on_text(self, text: bytes) -> None:
        _, message_id, action, _ = read_call(text)
        self._seen.calls += 1
        answer = b'[3,"%b",%b]' % (message_id.encode(), ANSWERS.get(action, b"{}"))
        if self._seen.round_trip_s:
            self._seen.loop.call_later(self._seen.round_trip_s, self._socket.send, answer)
        else:
            self._socket.send(answer)

    def on_pong(self) -> None: ...

    def on_close(self, code: int) -> None:
        self._seen.sockets.discard(self._socket)


async def main(round_trip_s: float) -> None:
    seen = Seen(round_trip_s)
    seen.loop.add_signal_handler(signal.SIGUSR1, seen.drop)
    seen.loop.add_signal_handler(signal.SIGUSR2, seen.tell)
    server = await serve("127.0.0.1", 0, lambda request: Admit(lambda socket: Answering(seen, socket)))
    print(server.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[1])))
