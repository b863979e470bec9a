"""`simulate`: days of the household through charger, face, frames, platform and store, from one seed (DESIGN §6)."""

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from ..clock import to_us
from ..runtime.keys import KEY_BYTES, DataKeys
from ..store import ledger, verify
from ..store.connection import Connection
from ..store.database import InlineDatabase
from . import household
from .faults import PROFILES
from .habits import Life
from .home import HomeAtWork
from .network import WireEvent
from .world import World

START = datetime(2026, 3, 9, tzinfo=UTC)  # a Monday; summer time begins within the month
LAST_WORDS = timedelta(hours=2)  # after the last day: everything is delivered and settled


class Report(Struct, frozen=True, kw_only=True):
    """What a run came to. `violations` is empty unless something is wrong with our software.

    `seconds` is what living through the days and judging them took, without making the store.
    """

    days: int
    seed: int
    seconds: float
    sessions: int
    messages: int
    energy_wh: int
    crashes: int
    violations: list[str]
    digest: str

    def figures(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__struct_fields__}


class Step(Struct, frozen=True, kw_only=True):
    """How far a run is, after each day."""

    done_days: int
    day: date
    sessions: int
    energy_wh: int


class Digest:
    """SHA-256 over every frame and socket with its instant, and at the end over the chain."""

    def __init__(self, start: datetime) -> None:
        self._hash = hashlib.sha256(start.isoformat().encode())

    def hear(self, event: WireEvent) -> None:
        self._hash.update(f"{to_us(event.at)} {event.socket} {event.what} {event.side} ".encode() + event.text)

    def seal(self, db: Connection, chain: str) -> str:
        after = 0
        while entries := ledger.entries(db, chain, after):
            for entry in entries:
                self._hash.update(entry.hash + entry.body)
            after = entries[-1].seq
        return self._hash.hexdigest()


def simulate(
    days: int,
    seed: int,
    *,
    store: str | Path = "memory",
    synchronous: str = "FULL",
    faults: str = "household",
    start: datetime = START,
    until: datetime | None = None,
    keys: DataKeys | None = None,
    owner: household.Owner | None = None,
    backend_uri: str = "ws://127.0.0.1:8887/ocpp/",
    sample_interval_s: int = 300,
    stop_at_first: bool = False,
    on_progress: Callable[[Step], None] | None = None,
) -> Report:
    """Run `days` from `start`, or up to the instant `until`, into a new store.

    With `until` the run ends in the middle of life, and a program that opens the store goes on from there. Without, it
    ends when everything is delivered, and the oracle judges the whole. `on_progress` hears of each day.
    """
    start = start if until is None else until - timedelta(days=days)
    world = World(start, seed)
    database = InlineDatabase(":memory:" if store == "memory" else store, synchronous=synchronous)
    begun = time.perf_counter()
    keys = keys or DataKeys(world.ids("keys").token_bytes(KEY_BYTES))
    home = database.run(
        partial(
            household.create,
            now=start,
            ids=world.ids("rows"),
            keys=keys,
            owner=owner or household.Owner(),
            backend_uri=backend_uri,
            sample_interval_s=sample_interval_s,
        )
    )
    work = HomeAtWork(world, database, home, keys, PROFILES[faults])
    digest = Digest(start)
    work.wire.listeners.append(digest.hear)
    run = Run(work, start, until or start + timedelta(days=days), stop_at_first, on_progress)
    run.live()
    if until is None:
        run.settle()
    report = Report(
        days=days,
        seed=seed,
        seconds=round(time.perf_counter() - begun, 3),
        sessions=len(work.referee.sessions),
        messages=work.oracle.messages,
        energy_wh=sum(session.energy_wh for session in work.referee.sessions),
        crashes=work.crashes,
        violations=[*work.oracle.violations, *database.read(lambda db: [str(f) for f in verify.verify(db)])],
        digest=database.read(lambda db: digest.seal(db, home.charger_id)),
    )
    database.run(lambda db: household.remember(db, home, work.box.memory(), work.door.driver))
    database.close()
    return report


class Run:
    """One run: the days, then the evening after the last one."""

    def __init__(
        self,
        work: HomeAtWork,
        start: datetime,
        end: datetime,
        stop_at_first: bool,
        on_progress: Callable[[Step], None] | None,
    ) -> None:
        self._work, self._start, self._end = work, start, end
        self._stop_at_first, self._on_progress = stop_at_first, on_progress
        zone = ZoneInfo(household.TIME_ZONE)
        crashes = PROFILES["crashes"] is work.trouble.faults
        self._life = Life(work.world, work.door, household.RESIDENTS, zone, end, pin_first=not crashes)

    def live(self) -> None:
        """Day by day, so that somebody can watch."""
        work = self._work
        work.start()
        self._life.begin()
        if work.trouble.faults.power_cut:
            PowerCut(work, self._life, self._start, self._end)
        until = self._start
        while until < self._end and not self._found():
            until = min(until + timedelta(days=1), self._end)
            work.world.run(until, self._found)
            if self._on_progress is not None:
                self._on_progress(self._step(until))

    def _step(self, until: datetime) -> Step:
        sessions = self._work.referee.sessions
        return Step(
            done_days=-((self._start - until) // timedelta(days=1)),
            day=until.astimezone(ZoneInfo(household.TIME_ZONE)).date(),
            sessions=len(sessions),
            energy_wh=sum(session.energy_wh for session in sessions),
        )

    def settle(self) -> None:
        """Everybody unplugs, nothing goes wrong any more; then meter, wire and rows must tell one story."""
        if self._found():
            return
        work = self._work
        work.calm()
        work.world.run(work.world.now + timedelta(minutes=5))
        self._life.end()
        work.world.run(work.world.now + LAST_WORDS)
        work.database.read(work.oracle.judge)

    def _found(self) -> bool:
        return self._stop_at_first and bool(self._work.oracle.violations)


class PowerCut:
    """Once in a run the power fails while a car charges."""

    def __init__(self, work: HomeAtWork, life: Life, start: datetime, end: datetime) -> None:
        self._work, self._life = work, life
        self._chance = work.world.ids("power").random()
        self._not_before = start + (end - start) * self._chance.uniform(0.1, 0.7)
        life.on_charging = lambda resident: self._arm()

    def _arm(self) -> None:
        world = self._work.world
        if world.now >= self._not_before:
            self._life.on_charging = lambda resident: None
            world.at(world.now + timedelta(minutes=self._chance.uniform(15, 60)), self._cut)

    def _cut(self) -> None:
        """A program that is just down could not know of it; and none dies on top of that."""
        work = self._work
        if not work.door.lit():  # the car left meanwhile: the next session, then
            self._life.on_charging = lambda resident: self._arm()
        elif not work.door.hosted:
            work.world.at(work.world.now + timedelta(seconds=30), self._cut)
        else:
            work.trouble.brews = False
            work.door.cut_power()
            work.world.at(work.world.now + timedelta(minutes=self._chance.uniform(2, 40)), self._restore)

    def _restore(self) -> None:
        work, world = self._work, self._work.world
        work.door.restore_power()
        world.at(world.now + timedelta(minutes=1), self._over)
        world.at(world.now + timedelta(minutes=self._chance.uniform(5, 20)), self._life.identify_again)

    def _over(self) -> None:
        self._work.trouble.brews = True
