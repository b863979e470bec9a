"""Kills `laadboek serve` at random instants while a charge point records what was acknowledged.

    python tests/serve/killing.py 10

A charge point on a socket of its own sends transactions; every answer is noted before the next call. After each kill
and restart the store must hold what was answered: each transaction once, with its registers, in order.
"""

import base64
import itertools
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from serving import Serving, laadboek, start
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from laadboek.clock import SystemClock
from laadboek.csms.admission import key_mac
from laadboek.ids import Ids
from laadboek.runtime.keys import load_keys
from laadboek.secret import Secret
from laadboek.store import accounts, charge_points
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase
from laadboek.store.reader import Reader

BOX, KEY = "KILL-1", "0123456789abcdef0123456789abcdef"


class Acknowledged:
    """What the charge point was told: the truth that the store must hold."""

    def __init__(self) -> None:
        self.started: dict[int, int] = {}  # transaction id: meterStart
        self.stopped: dict[int, int] = {}  # transaction id: meterStop


class ForeignChargePoint(threading.Thread):
    """Starts and stops transactions without pause, until its socket breaks."""

    def __init__(self, uri: str, acknowledged: Acknowledged, register: "itertools.count[int]") -> None:
        super().__init__()
        self._uri, self._acknowledged, self._register = uri, acknowledged, register
        self._ids = itertools.count(random.randrange(10**9) * 1000)
        self.quiet = threading.Event()

    def run(self) -> None:
        token = base64.b64encode(f"{BOX}:{KEY}".encode()).decode()
        headers = {"Authorization": f"Basic {token}"}
        try:
            with connect(self._uri + BOX, subprotocols=["ocpp1.6"], additional_headers=headers) as socket:  # type: ignore[list-item]
                self._call(socket, "BootNotification", {"chargePointVendor": "Foreign", "chargePointModel": "One"})
                self._transaction(socket)
                while not self.quiet.is_set():
                    self._transaction(socket)
        except (ConnectionClosed, InvalidHandshake, OSError, EOFError):
            return

    def _transaction(self, socket: ClientConnection) -> None:
        start_wh = next(self._register)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        started = self._call(
            socket,
            "StartTransaction",
            {"connectorId": 1, "idTag": "FOREIGN", "meterStart": start_wh, "timestamp": when},
        )
        number = started["transactionId"]
        self._acknowledged.started[number] = start_wh
        stop_wh = next(self._register)
        self._call(socket, "StopTransaction", {"transactionId": number, "meterStop": stop_wh, "timestamp": when})
        self._acknowledged.stopped[number] = stop_wh

    def _call(self, socket: ClientConnection, action: str, payload: dict[str, object]) -> dict[str, int]:
        message_id = str(next(self._ids))
        socket.send(json.dumps([2, message_id, action, payload]))
        answer = json.loads(socket.recv(timeout=30))
        assert answer[:2] == [3, message_id], answer
        result: dict[str, int] = answer[2]
        return result


def register(data: Path) -> None:
    """The charge point is known to our platform."""
    keys, now = load_keys(data), SystemClock().now()

    def job(db: Connection) -> None:
        account = accounts.all(db)[0]
        mac = key_mac(keys.pepper, Secret(KEY))
        charge_points.create(
            db, account.id, public_id=Ids().public("cp"), charge_box_id=BOX, key_mac=mac, charger_id=None, now=now
        )

    database = InlineDatabase(data / "laadboek.db")
    try:
        database.run(job)
    finally:
        database.close()


def check(data: Path, acknowledged: Acknowledged) -> None:
    """Everything acknowledged is there, once, in order; the ledger is whole."""
    reader = Reader(data / "laadboek.db")
    try:
        rows = reader.read(
            lambda db: db.rows(
                "SELECT t.transaction_id, t.meter_start_wh, t.meter_stop_wh FROM transactions AS t"
                " JOIN charge_points AS c ON c.id = t.charge_point_id WHERE c.charge_box_id = ? ORDER BY t.id",
                (BOX,),
            )
        )
    finally:
        reader.close()
    starts, stops = {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}
    lost = [number for number, wh in acknowledged.started.items() if starts.get(number) != wh]
    unstopped = [number for number, wh in acknowledged.stopped.items() if stops.get(number) != wh]
    assert not lost and not unstopped, (lost, unstopped)
    registers = [row[1] for row in rows]
    assert registers == sorted(set(registers)), "out of order, or one twice"
    verified = laadboek("ledger", "verify", "--data", str(data))
    assert verified.returncode == 0, verified.stdout


def rounds(count: int, folder: Path, chance: random.Random) -> Acknowledged:
    """Kill `count` times; return what was acknowledged over all of them."""
    acknowledged, register_wh = Acknowledged(), itertools.count(1_000)
    data = folder / "data"
    first = start(data, past_days=1).await_ready()
    assert first.stop() == 0
    register(data)
    for _ in range(count):
        kill_once(start(data).await_ready(), acknowledged, register_wh, chance.uniform(0.1, 2.0))
        check(data, acknowledged)
    last = start(data).await_ready()
    assert last.stop() == 0, last.log()
    check(data, acknowledged)
    return acknowledged


def kill_once(
    serving: Serving, acknowledged: Acknowledged, register_wh: "itertools.count[int]", after_s: float
) -> None:
    charge_point = ForeignChargePoint(serving.ocpp, acknowledged, register_wh)
    charge_point.start()
    charge_point.quiet.wait(after_s)  # it works meanwhile
    serving.kill()
    charge_point.quiet.set()
    charge_point.join()


if __name__ == "__main__":
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as name:
        told = rounds(cycles, Path(name), random.Random())
    print(f"{cycles} kills: {len(told.started)} starts and {len(told.stopped)} stops acknowledged, none lost")
