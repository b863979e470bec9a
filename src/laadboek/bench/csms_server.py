"""Our platform as one process for `bench csms`, with its real store or with none.

usage: python -m laadboek.bench.csms_server populate|stored|unstored PORT COUNT FOLDER
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from .. import garbage
from ..clock import SystemClock
from ..csms.admission import key_mac
from ..csms.connection import Flood
from ..csms.server import Platform
from ..ids import Ids
from ..runtime.picows_socket import serve
from ..runtime.timers import LoopTimers
from ..secret import Secret
from ..store import accounts, charge_points
from ..store.connection import Connection, Params, Row
from ..store.database import Database, InlineDatabase, Job, StoreError, open_database
from .csms_load import charge_box_id, key_of

T = TypeVar("T")
PEPPER = b"a pepper for the benchmark"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Nothing:
    """A connection to nothing: takes every row, and has none but a registration."""

    for_update = ""

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return []

    def row(self, sql: str, params: Params = ()) -> Row | None:
        return ("Accepted",) if "registration" in sql else None

    def run(self, sql: str, params: Params = ()) -> int:
        return 1

    def run_many(self, sql: str, many: Sequence[Params]) -> None: ...

    def insert(self, sql: str, params: Params = ()) -> int:
        return 1


class NoStore:
    """Runs every job at once, on nothing: what is left is the platform's own path."""

    def submit(self, shard: str, job: Job[T], done: Callable[[T], None], failed: Callable[[StoreError], None]) -> None:
        done(job(NOTHING))

    async def write(self, shard: str, job: Job[T]) -> T:
        return job(NOTHING)

    def read(self, job: Job[T]) -> T:
        return job(NOTHING)

    async def query(self, job: Job[T]) -> T:
        return job(NOTHING)

    def close(self) -> None: ...


NOTHING = Nothing()
# A closed loop of few charge points is a flood by nature.
UNBOUNDED = Flood(per_second=1_000_000, burst=1_000_000)


def silent(event: str, **fields: object) -> None: ...


def populate(location: Path, count: int) -> None:
    """Admit the charge points of the load."""

    def job(db: Connection) -> None:
        account_id = accounts.create(db, "acc_bench", "Bench", "Europe/Amsterdam", "nl", NOW)
        for number in range(count):
            charge_points.create(
                db,
                account_id,
                public_id=f"cp_{number}",
                charge_box_id=charge_box_id(number),
                key_mac=key_mac(PEPPER, Secret(key_of(number))),
                charger_id=None,
                now=NOW,
            )

    database = InlineDatabase(location)
    database.run(job)
    database.close()


async def main(kind: str, port: int, location: Path) -> None:
    clock, loop = SystemClock(), asyncio.get_running_loop()
    database: Database = open_database(location, deliver=loop.call_soon_threadsafe)
    if kind == "unstored":
        known = database.read(charge_points.everything)
        database.close()
        platform = Platform(NoStore(), clock, Ids(), LoopTimers(clock), PEPPER, silent, flood=UNBOUNDED)
        platform.index(known)
        await serve("127.0.0.1", port, platform.admit)
    else:
        platform = Platform(database, clock, Ids(), LoopTimers(clock), PEPPER, silent, flood=UNBOUNDED)
        await platform.start(serve, "127.0.0.1", port)
    garbage.seldom()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    kind, port, count, folder = sys.argv[1:]
    location = Path(folder) / "bench.db"
    if kind == "populate":
        populate(location, int(count))
    else:
        import uvloop

        uvloop.run(main(kind, int(port), location))
