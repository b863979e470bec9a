"""Charge points for `bench csms`: boot each, then one call at a time in a circle. As lean as the server under load.

usage: python -m laadboek.bench.csms_load PORT COUNT SECONDS SERVER_PID      prints one JSON line
"""

import asyncio
import gc
import json
import os
import sys
import time
from base64 import b64encode

import picows
from picows import WSMsgType

from .measurands import MEASURANDS

WARM_UP_S = 0.5
CONNECTING_AT_ONCE = 64


def charge_box_id(number: int) -> str:
    return f"CP{number:05d}"


def key_of(number: int) -> str:
    return f"a key of twenty {number:05d}"


def sampled(number: int) -> dict[str, str]:
    measurand, unit, phase = MEASURANDS[number]
    value = {
        "value": f"{1234.5 + 17.3 * number:.1f}",
        "context": "Sample.Periodic",
        "format": "Raw",
        "measurand": measurand,
        "location": "Outlet",
        "unit": unit,
    }
    return value | ({"phase": phase} if phase else {})


def meter_values(count: int) -> dict[str, object]:
    values = [sampled(number) for number in range(count)]
    return {
        "connectorId": 1,
        "transactionId": 424242,
        "meterValue": [{"timestamp": "<time>", "sampledValue": values}],
    }


STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": "<time>", "info": "ok"}
BOOT = ("BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "AC-22", "firmwareVersion": "1.14"})
CIRCLE: list[tuple[str, dict[str, object]]] = [
    ("Heartbeat", {}),
    ("StatusNotification", dict(STATUS)),
    ("MeterValues", meter_values(1)),
    ("Heartbeat", {}),
    ("StatusNotification", dict(STATUS)),
    ("MeterValues", meter_values(12)),
]


def template(action: str, payload: object) -> bytes:
    return ('","' + action + '",' + json.dumps(payload, separators=(",", ":")) + "]").encode()


class Load:
    """What all charge points share."""

    def __init__(self, count: int) -> None:
        self.circle = [template(action, payload) for action, payload in CIRCLE]
        self.boot = template(*BOOT)
        self.count = count
        self.booted = 0
        self.all_booted = asyncio.get_running_loop().create_future()
        self.waits: list[float] = []
        self.bad = 0
        self.is_running = False


class ChargePoint(picows.WSListener):
    """One call open at a time; a new one as soon as the answer is there. Every message is one of a kind."""

    def __init__(self, load: Load) -> None:
        self.load, self.sent = load, 0

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.transport = transport
        self.send(self.load.boot)

    def send(self, body: bytes) -> None:
        self.sent += 1
        self.id = b"%d" % self.sent
        # A time of its own, so that no message is a repetition of an earlier one.
        clock = b"2026-%02d-%02dT%02d:%02d:%02d.000Z" % self.instant()
        self.asked_at = time.perf_counter()
        self.transport.send(WSMsgType.TEXT, b'[2,"' + self.id + body.replace(b"<time>", clock, 1))

    def instant(self) -> tuple[int, int, int, int, int]:
        n = self.sent
        return 1 + n // 2419200 % 12, 1 + n // 86400 % 28, n // 3600 % 24, n // 60 % 60, n % 60

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        load = self.load
        if frame.msg_type is not WSMsgType.TEXT:
            load.bad += 1
            return transport.disconnect()
        text = frame.get_payload_as_bytes()
        if text[:2] != b"[3" or self.id not in text[:16]:
            load.bad += 1
        if load.is_running:
            load.waits.append(time.perf_counter() - self.asked_at)
            self.next()
        elif b"Accepted" in text:
            load.booted += 1
            if load.booted == load.count:
                load.all_booted.set_result(None)
        return None

    def next(self) -> None:
        self.send(self.load.circle[self.sent % len(self.load.circle)])


def cpu_s(pid: int) -> float:
    """User and system time of all threads of a process."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


async def connect_all(load: Load, port: int) -> list[ChargePoint]:
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def connect(number: int) -> ChargePoint:
        name = charge_box_id(number)
        pair = b64encode(f"{name}:{key_of(number)}".encode()).decode()
        async with gate:
            _, charge_point = await picows.ws_connect(
                lambda *_: ChargePoint(load),
                f"ws://127.0.0.1:{port}/ocpp/{name}",
                extra_headers={"Sec-WebSocket-Protocol": "ocpp1.6", "Authorization": f"Basic {pair}"},
                websocket_handshake_timeout=30,
                use_aiofastnet=False,
            )
        assert isinstance(charge_point, ChargePoint)
        return charge_point

    charge_points = await asyncio.gather(*[connect(number) for number in range(load.count)])
    await asyncio.wait_for(load.all_booted, 60)
    return charge_points


async def main(port: int, count: int, seconds: float, server: int) -> dict[str, float]:
    load = Load(count)
    kib_before, cpu_before = resident_kib(server), cpu_s(server)
    charge_points = await connect_all(load, port)
    boot_cpu_s = cpu_s(server) - cpu_before
    await asyncio.sleep(0.3)
    kib = resident_kib(server) - kib_before
    gc.collect()
    gc.freeze()
    load.is_running = True
    for charge_point in charge_points:
        charge_point.next()
    await asyncio.sleep(WARM_UP_S)
    load.waits.clear()
    started, cpu_before = time.perf_counter(), cpu_s(server)
    await asyncio.sleep(seconds)
    calls, elapsed, used = len(load.waits), time.perf_counter() - started, cpu_s(server) - cpu_before
    waits = sorted(load.waits[:calls])
    return {
        "calls_per_s": calls / elapsed,
        "cpu_s_per_100k_calls": used / calls * 1e5,
        "p50_ms": waits[calls // 2] * 1e3,
        "p99_ms": waits[calls * 99 // 100] * 1e3,
        "kib_per_connection": kib / count,
        "boot_cpu_ms": boot_cpu_s / count * 1e3,
        "bad": load.bad,
    }


if __name__ == "__main__":
    import uvloop

    port, count, seconds, server = sys.argv[1:]
    print(json.dumps(uvloop.run(main(int(port), int(count), float(seconds), int(server)))), flush=True)
    os._exit(0)  # a thousand polite goodbyes are not measured
