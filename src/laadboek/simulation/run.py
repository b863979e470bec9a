"""`simulate`: days of the household through charger, face, frames, platform and store, from one seed."""

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


class Plan(Struct, frozen=True, kw_only=True):
    """Which days to live through, and into which store.

    With `until` the run ends in the middle of life, and a program that opens the store goes on from there. Without, it
    ends when everything is delivered, and the oracle judges the whole.
    """

    days: int
    seed: int
    start: datetime = START
    until: datetime | None = None  # the last instant, instead of the first
    faults: str = "household"  # of `PROFILES`
    stop_at_first: bool = False  # violation
    store: str | Path = ":memory:"  # a new SQLite file
    synchronous: str = "FULL"
    keys: DataKeys | None = None  # None: drawn from the seed
    owner: household.Owner = household.Owner()
    backend_uri: str = "ws://127.0.0.1:8887/ocpp/"

    @property
    def begins(self) -> datetime:
        return self.start if self.until is None else self.until - timedelta(days=self.days)

    @property
    def ends(self) -> datetime:
        return self.until or self.start + timedelta(days=self.days)


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
        """As JSON: `violations` counts, `findings` tells."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return fields | {"violations": len(self.violations), "findings": self.violations}


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


def simulate(plan: Plan, on_progress: Callable[[Step], None] = lambda step: None) -> Report:
    """Live through the plan in a new store. `on_progress` hears of each day."""
    world = World(plan.begins, plan.seed)
    database = InlineDatabase(plan.store, synchronous=plan.synchronous)
    begun = time.perf_counter()
    keys = plan.keys or DataKeys(world.ids("keys").token_bytes(KEY_BYTES))
    home = database.run(
        partial(
            household.create,
            now=plan.begins,
            ids=world.ids("rows"),
            keys=keys,
            owner=plan.owner,
            backend_uri=plan.backend_uri,
        )
    )
    work = HomeAtWork(world, database, home, keys, PROFILES[plan.faults])
    digest = Digest(plan.begins)
    work.wire.listeners.append(digest.hear)
    run = Run(work, plan)
    run.live(on_progress)
    if plan.until is None:
        run.settle()
    report = Report(
        days=plan.days,
        seed=plan.seed,
        seconds=round(time.perf_counter() - begun, 3),
        sessions=len(work.referee.sessions),
        messages=work.oracle.messages,
        energy_wh=work.referee.energy_wh,
        crashes=work.crashes,
        violations=[*work.oracle.violations, *database.read(lambda db: [str(f) for f in verify.verify(db)])],
        digest=database.read(lambda db: digest.seal(db, home.charger_id)),
    )
    database.run(lambda db: household.remember(db, home, work.box.memory(), work.door.driver))
    database.close()
    return report


class Run:
    """One run: the days, then the evening after the last one."""

    def __init__(self, work: HomeAtWork, plan: Plan) -> None:
        self._work, self._plan = work, plan
        zone = ZoneInfo(household.TIME_ZONE)
        pin_first = plan.faults != "crashes"
        self._life = Life(work.world, work.door, household.RESIDENTS, zone, plan.ends, pin_first=pin_first)

    def live(self, on_progress: Callable[[Step], None]) -> None:
        """Day by day, so that somebody can watch."""
        work, plan = self._work, self._plan
        work.start()
        self._life.begin()
        if work.trouble.faults.power_cut:
            PowerCut(work, self._life, plan.begins, plan.ends)
        until = plan.begins
        while until < plan.ends and not self._found():
            until = min(until + timedelta(days=1), plan.ends)
            work.world.run(until, self._found)
            on_progress(self._step(until))

    def _step(self, until: datetime) -> Step:
        referee = self._work.referee
        return Step(
            done_days=-((self._plan.begins - until) // timedelta(days=1)),
            day=until.astimezone(ZoneInfo(household.TIME_ZONE)).date(),
            sessions=len(referee.sessions),
            energy_wh=referee.energy_wh,
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
        return self._plan.stop_at_first and bool(self._work.oracle.violations)


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
