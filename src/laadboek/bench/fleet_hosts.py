"""Hosted charge points with one link or two, as one process for `bench links`: up, charging, and after a restart.

usage: python -m laadboek.bench.fleet_hosts FOLDER PLATFORM_PID STEADY_S RESTARTS
"""

import asyncio
import gc
import json
import os
import signal
import sys
import time
from pathlib import Path

import uvloop

from .. import garbage
from ..bus import Bus
from ..clock import SystemClock
from ..devices.simulated import SimulatedCharger
from ..ids import Ids
from ..runtime.fleet import Fleet
from ..runtime.guard import Guard
from ..runtime.host import Host
from ..runtime.keys import load_keys
from ..runtime.outbound import Outbound
from ..runtime.timers import LoopTimers
from ..store.database import open_database
from .links_hosts import resident_kib

PATIENCE_S = 150.0
CALLS_PER_S = 500.0  # of ten thousand links; the twenty of real life would take eight minutes
CHARGING = 0.1  # of them
SETTLES_S = 8.0  # the first samples and statuses of those that begin to charge


async def main(folder: Path, platform: int, steady_s: float, restarts: bool) -> None:
    loop, clock = asyncio.get_running_loop(), SystemClock()
    timers, keys = LoopTimers(clock), load_keys(folder)
    database = open_database(folder / "laadboek.db", deliver=loop.call_soon_threadsafe)
    outbound = Outbound(keys, guard=Guard(["127.0.0.0/8"]), calls_at_once=None, calls_per_s=CALLS_PER_S)
    fleet = Fleet(database=database, keys=keys, bus=Bus(), clock=clock, timers=timers, ids=Ids(), outbound=outbound)
    garbage.seldom()
    gc.collect()
    gc.freeze()
    before_kib, cpu, wall = resident_kib(), time.process_time(), time.perf_counter()
    await fleet.start()
    hosts = list(fleet)
    await until_online(hosts)
    figures = {"boot_cpu_s": time.process_time() - cpu, "boot_wall_s": time.perf_counter() - wall}
    await asyncio.sleep(2)  # the last statuses leave, the live pictures are drawn
    gc.collect()
    figures["kib"] = (resident_kib() - before_kib) / len(hosts)
    if steady_s:
        figures |= await charge(hosts, steady_s)
    if restarts:
        figures |= await restart(hosts, platform)
    print(json.dumps(figures), flush=True)
    os._exit(0)  # ten thousand polite goodbyes are measured nowhere


async def charge(hosts: list[Host], steady_s: float) -> dict[str, float]:
    """Cars come to one in ten; CPU seconds per second once they charge."""
    for host in hosts[:: round(1 / CHARGING)]:
        assert isinstance(host.device, SimulatedCharger)
        host.device.plug_in()
    await asyncio.sleep(SETTLES_S)
    charging = sum(host.live(host.clock.now()).session is not None for host in hosts)
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.sleep(steady_s)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"charging": charging, "steady_cores": cpu / wall, "steady_kib": resident_kib() / len(hosts)}


async def restart(hosts: list[Host], platform: int) -> dict[str, float]:
    """The platform drops everybody; until the last one is back."""
    cpu, wall = time.process_time(), time.perf_counter()
    os.kill(platform, signal.SIGUSR1)
    await asyncio.sleep(1)
    await until_online(hosts)
    figures = {"restart_cpu_s": time.process_time() - cpu, "restart_wall_s": time.perf_counter() - wall}
    os.kill(platform, signal.SIGUSR2)
    return figures


async def until_online(hosts: list[Host]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        waiting = hosts
        while waiting:
            await asyncio.sleep(0.25)
            waiting = [host for host in waiting if any(link.face.live().state != "online" for link in host.links)]


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "restarts"))
