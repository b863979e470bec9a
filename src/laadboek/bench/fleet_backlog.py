"""A link whose platform was away for a thousand sessions: how fast the queue goes. For `bench links`.

Beside it, on the same platform, a socket that does nothing but send the next call when the last one is answered.

usage: python -m laadboek.bench.fleet_backlog FOLDER SECONDS
"""

import asyncio
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from ..bus import Bus
from ..clock import SystemClock
from ..devices.car import Car
from ..devices.simulated import SIMULATED_BOX, SimulatedCharger
from ..ids import Ids
from ..runtime.cast import read_cast
from ..runtime.fleet import Fleet, remember
from ..runtime.guard import Guard
from ..runtime.host import Host
from ..runtime.hosted import HostedCharger
from ..runtime.keys import load_keys
from ..runtime.link import Link
from ..runtime.outbound import Outbound
from ..runtime.services import Neighbours, Rows, Services
from ..runtime.socket import Refusal, Socket
from ..runtime.timers import LoopTimers
from ..simulation.world import HeapTimers, World
from ..store import chargers
from ..store.database import InlineDatabase, open_database
from .csms import on_core
from .fleet import platform, populate
from .links_hosts import resident_kib

SESSIONS = 1_000
ROUND_TRIP_S = 0.05
DRAINS_S = 20.0
BARE_S = 5.0
TIME_LIMIT_S = 120
LONG_AGO = timedelta(days=40)


def run(sessions: int = SESSIONS, seconds: float = DRAINS_S) -> dict[str, float]:
    """Messages per second of one link: at a round trip of 50 ms for some seconds, then without one to the end."""
    with tempfile.TemporaryDirectory(prefix="laadboek-bench-") as made:
        far, near = drains(Path(made), sessions, seconds, ROUND_TRIP_S), drains(Path(made), sessions, TIME_LIMIT_S, 0)
    return {
        "backlog_messages": far["queued"],
        "per_s_at_50_ms": round(far["per_s"], 2),
        "bare_per_s_at_50_ms": round(far["bare_per_s"], 2),
        "per_s_at_0_ms": round(near["per_s"], 1),
        "backlog_left": near["left"],
        "backlog_growth_mib": round(near["growth_kib"] / 1024, 2),
    }


def drains(made: Path, sessions: int, seconds: float, round_trip_s: float) -> dict[str, float]:
    with platform(round_trip_s) as (_, port):
        folder = made / f"{round_trip_s}"
        folder.mkdir()
        populate(folder, port, 1, 1)
        live_alone(folder, sessions)
        command = [sys.executable, "-m", "laadboek.bench.fleet_backlog", str(folder), str(seconds)]
        done = subprocess.run(on_core(0, command), capture_output=True, timeout=2 * TIME_LIMIT_S)
    shutil.rmtree(folder)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-2000:])
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def live_alone(folder: Path, sessions: int) -> None:
    """Sessions in virtual time, while nobody answers at the platform."""
    world, database = World(datetime.now(UTC) - LONG_AGO, 1), InlineDatabase(folder / "laadboek.db", synchronous="OFF")
    [row] = database.read(chargers.all)
    box = SimulatedCharger(
        SIMULATED_BOX, car=Car(), clock=world.clock, timers=HeapTimers(world), ids=world.ids("box"), name=row.public_id
    )
    ids, bugs = world.ids("host"), list[object]()
    host = Host(
        HostedCharger(account_id=row.account_id, id=row.id, charger_id=row.public_id, name=row.name),
        box,
        Rows(lambda: database.read(lambda db: read_cast(db, row.id, box.info, ids))),
        Services(
            store=database,
            timers=HeapTimers(world),
            connector=lambda link_id, socket_no, caller: None,
            clock=world.clock,
            ids=ids,
            pin_key=b"",
            on_bug=bugs.append,
        ),
        Neighbours(notify=lambda reason, driver_id: None, also_keep=lambda: remember(row, box)),
    )
    host.start(fresh=True)
    for _ in range(sessions):
        box.car.set_soc(30)
        box.plug_in()
        world.run(world.now + timedelta(minutes=12))
        box.unplug()
        world.run(world.now + timedelta(minutes=3))
    database.close()
    if bugs:
        raise RuntimeError(str(bugs[0]))


async def drain(folder: Path, seconds: float) -> None:
    loop, clock, keys = asyncio.get_running_loop(), SystemClock(), load_keys(folder)
    database = open_database(folder / "laadboek.db", deliver=loop.call_soon_threadsafe)
    fleet = Fleet(
        database=database,
        keys=keys,
        bus=Bus(),
        clock=clock,
        timers=LoopTimers(clock),
        ids=Ids(),
        outbound=Outbound(keys, guard=Guard(["127.0.0.0/8"])),
    )
    await fleet.start()
    [host] = fleet
    [link] = host.links
    queued = first = waiting(link)
    while first == queued:
        await asyncio.sleep(0.01)
        first = waiting(link)
    gc.collect()
    begun, before_kib, left, took = time.perf_counter(), resident_kib(), first, 0.0
    while left and took < seconds:
        await asyncio.sleep(0.05)
        left, took = waiting(link), time.perf_counter() - begun
    gc.collect()
    figures = {"queued": queued, "per_s": (first - left) / took, "left": left}
    figures |= {"growth_kib": resident_kib() - before_kib, "bare_per_s": await bare(fleet.outbound, link)}
    print(json.dumps(figures), flush=True)
    os._exit(0)


class Bare:
    """A link without a charge point behind it: one heartbeat after the other, nothing kept."""

    def __init__(self) -> None:
        self.answers = 0
        self._socket: Socket | None = None

    def on_open(self, socket: Socket, subprotocol: str | None, tls: bool = False, verified_by: str = "") -> None:
        self._socket = socket
        self._call()

    def on_text(self, text: bytes) -> None:
        self.answers += 1
        self._call()

    def _call(self) -> None:
        assert self._socket is not None
        self._socket.send(b'[2,"%d","Heartbeat",{}]' % self.answers)

    def on_refused(self, refusal: Refusal) -> None:
        raise RuntimeError(f"the platform refused: {refusal.code}")

    def on_pong(self) -> None: ...

    def on_close(self, code: int) -> None: ...


async def bare(outbound: Outbound, link: Link) -> float:
    """Answers per second."""
    caller = Bare()
    outbound(link.row.link_id, 0, caller)
    await asyncio.sleep(1)
    before, begun = caller.answers, time.perf_counter()
    await asyncio.sleep(BARE_S)
    return (caller.answers - before) / (time.perf_counter() - begun)


def waiting(link: Link) -> int:
    return link.face.live().queued


if __name__ == "__main__":
    uvloop.run(drain(Path(sys.argv[1]), float(sys.argv[2])))
