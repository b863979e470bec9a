"""The central system of the README of PyPI's `ocpp`, with a route for every message of the mix. It stores nothing.

usage: python -m laadboek.bench.csms_ocpp threads|inline PORT      (where `ocpp` validates: its ASYNC_VALIDATION)
"""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import ocpp.messages  # type: ignore[import-untyped]
from ocpp.routing import on  # type: ignore[import-untyped]
from ocpp.v16 import ChargePoint, call_result  # type: ignore[import-untyped]
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class CentralSystem(ChargePoint):  # type: ignore[misc]
    """One charge point's other end."""

    @on("BootNotification")  # type: ignore[untyped-decorator]
    def on_boot(self, **request: Any) -> Any:
        return call_result.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("Heartbeat")  # type: ignore[untyped-decorator]
    def on_heartbeat(self) -> Any:
        return call_result.Heartbeat(current_time=now())

    @on("StatusNotification")  # type: ignore[untyped-decorator]
    def on_status(self, **request: Any) -> Any:
        return call_result.StatusNotification()

    @on("MeterValues")  # type: ignore[untyped-decorator]
    def on_meter_values(self, **request: Any) -> Any:
        return call_result.MeterValues()


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def on_connect(websocket: ServerConnection) -> None:
    assert websocket.request is not None
    charge_box_id = websocket.request.path.rsplit("/", 1)[-1]
    try:
        await CentralSystem(charge_box_id, websocket).start()
    except ConnectionClosed:
        return


async def main(port: int) -> None:
    async with serve(on_connect, "127.0.0.1", port, subprotocols=["ocpp1.6"], backlog=4096):  # type: ignore[list-item]
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    ocpp.messages.ASYNC_VALIDATION = sys.argv[1] == "threads"
    asyncio.run(main(int(sys.argv[2])))
