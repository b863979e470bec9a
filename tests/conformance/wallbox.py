"""A charge point by somebody who read only the specification: frames over a real websocket, judged by the schemas."""

import asyncio
import base64
import csv
import io
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from ocpp.messages import get_validator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

KEY = "conformance-suite-key"
READY_WITHIN_S = 90
ANSWER_WITHIN_S = 60
SUBPROTOCOLS: Any = ["ocpp1.6"]
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)


def at(minutes: float) -> str:
    """An instant of this suite: minutes after its beginning, three hours ago."""
    return (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


class PlatformUnderTest:
    """`laadboek serve` with an empty home, in a process of its own; everything through documented doors."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data.with_suffix(".log")
        self._names = itertools.count(1)

    def start(self) -> None:
        environment = {**os.environ, "LAADBOEK_HOME": "real"}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*LAADBOEK, "serve", "--data", str(self.data), "--port", "0", "--ocpp-port", "0"],
                stdout=subprocess.DEVNULL, stderr=log, env=environment, cwd=self.data.parent,
            )  # fmt: skip
        self.place = self._announced()
        token = (self.data / "operator.token").read_text().strip()
        self.api = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.place['port']}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=130,
        )

    def _announced(self) -> dict[str, Any]:
        until = time.monotonic() + READY_WITHIN_S
        place = self.data / "serve.json"
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            with suppress(FileNotFoundError, ValueError):
                found = json.loads(place.read_text())
                if found["pid"] == self.process.pid:
                    return dict(found)
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        self.api.close()
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0, self.log.read_text()
        assert "Traceback" not in self.log.read_text(), self.log.read_text()

    def laadboek(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*LAADBOEK, *words, "--data", str(self.data)], capture_output=True, text=True, timeout=120
        )

    # What the tests ask over the API.

    def get(self, path: str) -> Any:
        answer = self.api.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.api.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def register(self, name: str | None = None, **more: Any) -> str:
        name = name or f"CP{next(self._names):03}"
        self.post("/charge-points", {"charge_box_id": name, "authorization_key": KEY} | more)
        return name

    def tag(self, id_tag: str, **more: Any) -> str:
        self.post("/id-tags", {"id_tag": id_tag} | more)
        return id_tag

    def transactions(self, name: str) -> list[dict[str, Any]]:
        found = self.get(f"/charge-points/{quote(name, safe='')}/transactions?limit=1000")["transactions"]
        return list(reversed(found))

    def frames(self, name: str) -> list[dict[str, Any]]:
        return list(reversed(self.get(f"/charge-points/{quote(name, safe='')}/frames?limit=1000")["frames"]))

    def sessions(self, name: str) -> list[dict[str, Any]]:
        """Of the ledger, this year's and last year's."""
        years = (f"/sessions?period=year&date={day.date()}" for day in (NOW - timedelta(days=365), NOW))
        return [one for year in years for one in self.every(year, "sessions") if one["charger_name"] == name]

    def energies(self, name: str) -> list[int]:
        return [one["energy_wh"] for one in self.sessions(name)]

    def ask(self, name: str, action: str, payload: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        body = {"action": action, "payload": payload or {}, "wait": True} | more
        return dict(self.post(f"/charge-points/{quote(name, safe='')}/operations", body))

    def check_ledger(self) -> None:
        """It verifies, and every transaction that was closed is in the CSV with its energy."""
        checked = self.laadboek("ledger", "verify")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        rows = csv.DictReader(io.StringIO(self.laadboek("sessions", "export").stdout))
        exported = {row["session_id"]: Decimal(row["energy_kwh"]) * 1000 for row in rows}
        closed = [one for one in self.every_transaction() if one["state"] == "closed" and one["energy_wh"] < 2**63]
        assert closed
        astray = [one for one in closed if exported.get(one["session_id"]) != one["energy_wh"]]
        assert astray == []

    def every_transaction(self) -> Iterator[dict[str, Any]]:
        yield from self.every("/transactions?limit=1000", "transactions")

    def every(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        """Of all pages of a list."""
        page = self.get(path)
        yield from page[name]
        while page["next"] is not None:
            page = self.get(f"{path}&after={quote(page['next'])}")
            yield from page[name]

    def dial(self, name: str, key: str = KEY, path: str | None = None, **options: Any) -> connect:
        path = path or quote(name, safe="")
        pair = base64.b64encode(f"{name}:{key}".encode()).decode()
        options = {"subprotocols": SUBPROTOCOLS, "additional_headers": {"Authorization": f"Basic {pair}"}} | options
        address = f"ws://127.0.0.1:{self.place['ocpp_port']}/ocpp/{path}"
        return connect(address, **{"proxy": None, "max_size": None, "compression": None} | options)


LAADBOEK = [sys.executable, "-m", "laadboek.cli"]


@contextmanager
def platform_in(folder: Path) -> Iterator[PlatformUnderTest]:
    platform = PlatformUnderTest(folder / "data")
    platform.start()
    yield platform
    platform.stop()


class CallError(Exception):
    """A CALLERROR: code and description."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code, description)
        self.code, self.description = code, description


def judge(message_type: int, action: str, payload: Any) -> None:
    """By the official schema."""
    get_validator(message_type, action, "1.6").validate(payload)


Script = Callable[[dict[str, Any]], Any]


class Wallbox:
    """One connection of a charge point. `scripts` answers the platform by action: a payload, a frame, or silence."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.arrived: list[Any] = []  # every frame, in order
        self.asked: list[tuple[str, str, dict[str, Any]]] = []  # message id, action, payload
        self.scripts: dict[str, Script] = {}
        self._numbers = itertools.count(1)
        self._news = asyncio.Event()

    async def listen(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.connection:
                assert isinstance(text, str), "OCPP-J travels in text frames"
                frame = json.loads(text)
                self.arrived.append(frame)
                self._news.set()
                if frame[0] == 2:
                    await self._asked(*frame[1:])
        self._news.set()

    async def _asked(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        judge(2, action, payload)
        assert 0 < len(message_id) <= 36
        self.asked.append((message_id, action, payload))
        script = self.scripts.get(action)
        answer = None if script is None else script(payload)
        if isinstance(answer, dict):
            judge(3, action, answer)
            await self.send([3, message_id, answer])
        elif isinstance(answer, list):
            await self.send([message_id if part is ID else part for part in answer])
        elif isinstance(answer, str):
            await self.connection.send(answer.replace("ID", message_id))

    async def send(self, frame: Any) -> None:
        await self.connection.send(json.dumps(frame, ensure_ascii=False))

    async def until(self, is_so: Callable[[], Any]) -> Any:
        """Wait for what arrives."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while not (found := is_so()):
                self._news.clear()
                await self._news.wait()
        return found

    def reply(self, message_id: Any) -> Any:
        return next((one for one in self.arrived if one[0] in (3, 4) and one[1] == message_id), None)

    def next_id(self) -> str:
        return f"w{id(self):x}-{next(self._numbers)}"[-36:]

    async def call(self, action: str, payload: Any, message_id: str | None = None) -> dict[str, Any]:
        """The answer, judged by its schema; CallError when it was refused."""
        message_id = message_id or self.next_id()
        seen = len(self.arrived)
        await self.send([2, message_id, action, payload])
        frame = await self.until(
            lambda: next((one for one in self.arrived[seen:] if one[0] in (3, 4) and one[1] == message_id), None)
        )
        if frame[0] == 4:
            assert len(frame) == 5 and frame[2] in CODES and isinstance(frame[3], str) and isinstance(frame[4], dict)
            assert len(frame[3]) <= 255
            raise CallError(frame[2], frame[3])
        assert len(frame) == 3
        judge(3, action, frame[2])
        return dict(frame[2])

    async def refusal(self, action: str, payload: Any, message_id: str | None = None) -> str:
        """The code it is refused with."""
        try:
            answer = await self.call(action, payload, message_id)
        except CallError as error:
            return error.code
        raise AssertionError(f"{action} was answered {answer}")

    async def heartbeat(self) -> None:
        """Whatever came before, this connection still works, and all earlier answers are here."""
        assert (await self.call("Heartbeat", {}))["currentTime"]

    async def silence(self, *texts: Any) -> None:
        """These are answered by nothing at all."""
        before = len(self.arrived)
        for text in texts:
            await self.connection.send(text)
        await self.heartbeat()
        assert len(self.arrived) == before + 1, self.arrived[before:]

    async def say(self, text: Any) -> Any:
        """The one frame that answers a raw text."""
        before = len(self.arrived)
        await self.connection.send(text)
        await self.heartbeat()
        answers = self.arrived[before:-1]
        assert len(answers) == 1, answers
        return answers[0]

    async def boot(self, **more: Any) -> dict[str, Any]:
        return await self.call("BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "AC-22"} | more)

    async def status(self, status: str, connector: int = 1, **more: Any) -> None:
        body = {"connectorId": connector, "errorCode": "NoError", "status": status}
        assert await self.call("StatusNotification", body | more) == {}

    async def start(self, id_tag: str, register: int, minutes: float = 0, connector: int = 1, **more: Any) -> Any:
        body = {"connectorId": connector, "idTag": id_tag, "meterStart": register, "timestamp": at(minutes)}
        return await self.call("StartTransaction", body | more)

    async def stop(self, transaction_id: int, register: int, minutes: float = 60, **more: Any) -> Any:
        body = {"transactionId": transaction_id, "meterStop": register, "timestamp": at(minutes)}
        return await self.call("StopTransaction", body | more)

    async def meter(self, transaction_id: int | None, register: int, minutes: float, connector: int = 1) -> None:
        body: dict[str, Any] = {"connectorId": connector, "meterValue": [reading(register, minutes)]}
        assert (
            await self.call("MeterValues", body | ({"transactionId": transaction_id} if transaction_id else {})) == {}
        )


ID = object()  # in a scripted frame: the message id of the call
CODES = {
    "NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation",
    "PropertyConstraintViolation", "OccurenceConstraintViolation", "TypeConstraintViolation", "GenericError",
}  # fmt: skip


def reading(register: int, minutes: float) -> dict[str, Any]:
    return {"timestamp": at(minutes), "sampledValue": [{"value": str(register)}]}


@asynccontextmanager
async def wallbox(platform: PlatformUnderTest, name: str, **options: Any) -> AsyncIterator[Wallbox]:
    async with platform.dial(name, **options) as connection:
        box = Wallbox(connection)
        listening = asyncio.create_task(box.listen())
        try:
            yield box
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
