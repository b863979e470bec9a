"""A scripted central system on `websockets`, none of it our code. Every frame is judged by the official schemas."""

import asyncio
import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

import jsonschema
from websockets.asyncio.server import basic_auth, serve
from websockets.exceptions import ConnectionClosed

PATIENCE_S = 60
SCHEMAS = files("ocpp.v16.schemas")
SILENCE = object()  # an answer that never comes


@cache
def judge(name):
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8-sig"), parse_float=Decimal)
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


class CallError(Exception):
    """Raised to answer, or when the charge point answered, with a CALLERROR."""

    def __init__(self, code, description=""):
        super().__init__(code, description)
        self.code, self.description = code, description


@dataclass
class Heard:
    action: str
    payload: dict
    message_id: str
    text: str
    socket_no: int


def now():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def accepted(**more):
    return {"idTagInfo": {"status": "Accepted", **more}}


class CentralSystem:
    """Accepts everything at once; `answers` says otherwise: a payload, a function of the request, or SILENCE."""

    def __init__(self, *, subprotocols=("ocpp1.6",), admit=None):
        self._subprotocols, self._admit = subprotocols, admit
        self._transaction_ids = itertools.count(4711)
        self._message_ids = itertools.count(1)
        self._server = self._connection = None
        self._pending, self._news = {}, asyncio.Event()
        self.port = 0
        self.socket_no = 0  # of the newest socket
        self.paths, self.heard, self.unread, self.answered, self.problems = [], [], [], [], []
        self.answers = {
            "Authorize": accepted(),
            "BootNotification": lambda _: {"status": "Accepted", "currentTime": now(), "interval": 300},
            "DataTransfer": {"status": "Accepted"},
            "DiagnosticsStatusNotification": {},
            "FirmwareStatusNotification": {},
            "Heartbeat": lambda _: {"currentTime": now()},
            "MeterValues": {},
            "StartTransaction": lambda _: {"transactionId": next(self._transaction_ids), **accepted()},
            "StatusNotification": {},
            "StopTransaction": {},
        }

    # --- life ---

    @property
    def uri(self):
        return f"ws://127.0.0.1:{self.port}/ocpp/"

    async def start(self):
        admit = basic_auth(check_credentials=self._admit) if self._admit else None
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            subprotocols=self._subprotocols,
            select_subprotocol=None if self._subprotocols else (lambda connection, offered: None),
            process_request=admit,
            ping_interval=None,
            close_timeout=1,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Gone from the net, with all sockets."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def cut(self):
        """The line goes dead: no close frame."""
        self._connection.transport.abort()

    async def _serve(self, connection):
        self.socket_no += 1
        self.paths.append(connection.request.path)
        self._connection = connection
        self._news.set()
        with suppress(ConnectionClosed):
            async for text in connection:
                with suppress(ConnectionClosed):  # an answer may come too late, and what was said before is heard yet
                    await self._hear(connection, text, self.socket_no)

    # --- frames ---

    async def _hear(self, connection, text, socket_no):
        frame = json.loads(text)
        exact = json.loads(text, parse_float=Decimal)  # 8.1 is no multiple of 0.1 in floats
        if frame[0] == 2:
            _, message_id, action, payload = frame
            self._check(action, exact[3])
            heard = Heard(action, payload, message_id, text, socket_no)
            self.heard.append(heard)
            self.unread.append(heard)
            self._news.set()
            await self._answer(connection, heard)
        else:
            action, answer = self._pending.pop(frame[1])
            if frame[0] == 3:
                self._check(f"{action}Response", exact[2])
            if not answer.done():
                answer.set_result(frame)

    async def _answer(self, connection, heard):
        answer = self.answers[heard.action]
        try:
            payload = answer(heard.payload) if callable(answer) else answer
        except CallError as error:
            await connection.send(json.dumps([4, heard.message_id, error.code, error.description, {}]))
            return
        if payload is not SILENCE:
            self.answered.append((heard, payload))
            await connection.send(json.dumps([3, heard.message_id, payload]))

    async def say(self, heard, payload):
        """Answer by hand, now, on whatever socket is open."""
        await self._connection.send(json.dumps([3, heard.message_id, payload]))

    async def send_raw(self, message):
        await self._connection.send(message)

    def _check(self, name, payload):
        self.problems += [f"{name}: {error.message} in {payload}" for error in judge(name).iter_errors(payload)]

    # --- what a script says and awaits ---

    async def call(self, action, _pieces=0, **payload):
        """Ask the charge point; return the payload of its answer. CallError if that is what it answers."""
        assert not list(judge(action).iter_errors(payload)) or action == "", (action, payload)
        return await self.call_anything(action, payload, _pieces)

    async def call_anything(self, action, payload, pieces=0):
        message_id = f"cs-{next(self._message_ids)}"
        answer = asyncio.get_running_loop().create_future()
        self._pending[message_id] = action, answer
        text = json.dumps([2, message_id, action, payload])
        await self._connection.send([text[i : i + pieces] for i in range(0, len(text), pieces)] if pieces else text)
        async with self._patience(f"the answer to {text}"):
            frame = await answer
        if frame[0] == 4:
            raise CallError(frame[2], frame[3])
        return frame[2]

    async def answer_to(self, message, message_id, action):
        """The frame that answers something written by hand, or None: what is asked after it is answered after it."""
        answer = asyncio.get_running_loop().create_future()
        self._pending[message_id] = action, answer
        await self.send_raw(message)
        await self.call("GetLocalListVersion")
        self._pending.pop(message_id, None)
        return answer.result() if answer.done() else None

    async def next_call(self, action, **match):
        """The next call of this kind that nobody has looked at yet."""
        async with self._patience(f"{action} {match}"):
            while True:
                for heard in self.unread:
                    fits = all(heard.payload.get(name) == value for name, value in match.items())
                    if heard.action == action and fits:
                        self.unread.remove(heard)
                        return heard
                self._news.clear()
                await self._news.wait()

    async def expect(self, action, **match):
        return (await self.next_call(action, **match)).payload

    async def statuses(self, connector_id, *expected):
        """The very next statuses of a connector, one by one: none left out, none twice."""
        last = None
        for status in expected:
            last = await self.expect("StatusNotification", connectorId=connector_id)
            assert last["status"] == status, f"{last} instead of {status}; {self.story()}"
        return last

    async def new_socket(self):
        """Wait until the charge point has come (back)."""
        before = self.socket_no
        async with self._patience("a new socket"):
            while self.socket_no == before:
                self._news.clear()
                await self._news.wait()

    async def nothing_but(self, *actions):
        """All that was on its way has come, and nobody has to look at anything else than these."""
        await self.caught_up()
        left = [heard.text for heard in self.unread if heard.action not in actions]
        assert not left, left

    async def caught_up(self):
        """What the charge point had to say is said: a heartbeat asked for now comes last."""
        assert await self.call("TriggerMessage", requestedMessage="Heartbeat") == {"status": "Accepted"}
        await self.expect("Heartbeat")

    def of(self, action, **match):
        """Everything heard of one kind so far."""
        return [
            heard
            for heard in self.heard
            if heard.action == action and all(heard.payload.get(name) == value for name, value in match.items())
        ]

    def story(self):
        return [heard.text for heard in self.heard[-30:]]

    def _patience(self, what):
        return Patience(self, what)


@dataclass
class Patience:
    """A bounded wait that says what was waited for."""

    central_system: CentralSystem
    what: str
    timeout: asyncio.Timeout = field(default_factory=lambda: asyncio.timeout(PATIENCE_S))

    async def __aenter__(self):
        await self.timeout.__aenter__()

    async def __aexit__(self, kind, error, traceback):
        try:
            await self.timeout.__aexit__(kind, error, traceback)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {self.what}; heard {self.central_system.story()}") from None
