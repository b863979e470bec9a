"""PyPI `ocpp` ChargePoints on `websockets` as one process for `bench links`. usage: links_ocpp PORT COUNT"""

import asyncio
import gc
import json
import logging
import sys
import time

import uvloop
from ocpp.v16 import ChargePoint, call  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect

from .links_hosts import resident_kib

CALLS_AT_ONCE = 64  # without a bound their handshakes run into time-outs


async def main(port: int, count: int) -> None:
    logging.disable(logging.CRITICAL)
    turnstile, kept = asyncio.Semaphore(CALLS_AT_ONCE), []

    async def one(number: int) -> None:
        async with turnstile:
            uri = f"ws://127.0.0.1:{port}/ocpp/CP{number:05d}"
            connection = await connect(uri, subprotocols=["ocpp1.6"], open_timeout=60, ping_interval=None)  # type: ignore[list-item]
            kept.append(await booted(f"CP{number:05d}", connection))

    gc.collect()
    gc.freeze()
    before_kib, cpu, wall = resident_kib(), time.process_time(), time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(count)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    gc.collect()
    kib = (resident_kib() - before_kib) / count
    print(json.dumps({"cpu_s": cpu, "wall_s": wall, "kib": kib}), flush=True)
    for _, reading in kept:
        reading.cancel()


async def booted(charge_box_id: str, connection: ClientConnection) -> tuple[ChargePoint, "asyncio.Future[None]"]:
    charge_point = ChargePoint(charge_box_id, connection)
    reading = asyncio.ensure_future(charge_point.start())
    boot = call.BootNotification(charge_point_model="Simulated 22", charge_point_vendor="Laadboek")
    answer = await charge_point.call(boot)
    if answer.status != "Accepted":
        raise RuntimeError(f"{charge_box_id} was not accepted")
    for connector_id in (0, 1):  # as ours do
        await charge_point.call(
            call.StatusNotification(connector_id=connector_id, error_code="NoError", status="Available")
        )
    return charge_point, reading


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
