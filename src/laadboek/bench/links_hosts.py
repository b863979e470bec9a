"""Hosted charge points as one process for `bench links`.

usage: python -m laadboek.bench.links_hosts populate|boot PORT COUNT FOLDER
"""

import asyncio
import gc
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from ..bus import Bus
from ..clock import SystemClock
from ..devices.simulated import SIMULATED_BOX
from ..ids import Ids
from ..runtime.fleet import Fleet
from ..runtime.guard import Guard
from ..runtime.keys import DataKeys, load_keys
from ..runtime.outbound import Outbound
from ..runtime.timers import LoopTimers
from ..secret import Secret
from ..store import accounts, chargers, links
from ..store.connection import Connection
from ..store.database import InlineDatabase, open_database, prepare

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PATIENCE_S = 60.0
QUIET = {"initial_keys": {"HeartbeatInterval": "3600"}}


def main() -> None:
    what, port, count, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    if what == "populate":
        populate(port, count, folder)
    else:
        uvloop.run(boot(folder))


def populate(port: int, count: int, folder: Path) -> None:
    keys = load_keys(folder)
    prepare(folder / "laadboek.db")
    database = InlineDatabase(folder / "laadboek.db")
    failures: list[Exception] = []
    database.submit("bench", lambda db: rows(db, keys, port, count), lambda _: None, failures.append)
    database.close()
    for failure in failures:
        raise failure


def rows(db: Connection, keys: DataKeys, port: int, count: int) -> None:
    ids = Ids(1)
    account_id = accounts.create(db, ids.public("acc"), "Bench", "Europe/Amsterdam", "en", NOW)
    config = {"house": False}
    for number in range(count):
        charger = chargers.create(db, account_id, ids.public("chg"), f"Charger {number}", "simulated", config, NOW)
        link_id, charge_box_id = ids.public("lnk"), f"{SIMULATED_BOX.serial_number}-{number}"
        link = links.NewLink(
            public_id=link_id,
            position=1,
            role="control",
            backend_uri=f"ws://127.0.0.1:{port}/ocpp/",
            charge_box_id=charge_box_id,
            user_name=charge_box_id,
            authorization_key=keys.seal(Secret("0" * 40), table="links", row=link_id, account_id=account_id),
            settings=QUIET,
        )
        links.create(db, account_id, charger, link, 0, NOW)


async def boot(folder: Path) -> None:
    loop, clock = asyncio.get_running_loop(), SystemClock()
    timers, keys = LoopTimers(clock), load_keys(folder)
    database = open_database(folder / "laadboek.db", deliver=loop.call_soon_threadsafe)
    outbound = Outbound(keys, guard=Guard(["127.0.0.0/8"]), calls_at_once=None, calls_per_s=None)
    fleet = Fleet(database=database, keys=keys, bus=Bus(), clock=clock, timers=timers, ids=Ids(), outbound=outbound)
    gc.collect()
    gc.freeze()
    before_kib, cpu, wall = resident_kib(), time.process_time(), time.perf_counter()
    await fleet.start()
    async with asyncio.timeout(PATIENCE_S):
        waiting = list(fleet)
        while waiting:
            await asyncio.sleep(0.02)
            waiting = [host for host in waiting if host.links[0].face.live().state != "online"]
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    await asyncio.sleep(1)  # the last statuses leave, the live pictures are drawn
    gc.collect()
    kib = (resident_kib() - before_kib) / len(fleet)
    print(json.dumps({"cpu_s": cpu, "wall_s": wall, "kib": kib}), flush=True)
    await fleet.stop()
    timers.close()
    database.close()


def resident_kib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


if __name__ == "__main__":
    main()
