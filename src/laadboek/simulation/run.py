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
from . import household
from .circuits import ALONE, SETUPS, Circuit
from .faults import PowerTrouble
from .habits import Life
from .home import HomeAtWork
from .network import WireEvent
from .real_store import RealStore
from .trouble import PROFILES
from .world import World

START = datetime(2026, 3, 9, tzinfo=UTC)  # a Monday; summer time begins within the month
# With all faults: by seed, so that weeks hold the beginning and the end of summer time as well.
STARTS = (START, datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC))
LOOKS_EVERY = timedelta(minutes=20)
LONG_RUN_DAYS = 10  # in which a platform can be away for a third of it
LAST_WORDS = timedelta(hours=2)  # after the last day: everything is delivered and settled


class Plan(Struct, frozen=True, kw_only=True):
    """Which days to live through, and into which store.

    With `until` the run ends in the middle of life, and a program that opens the store goes on from there. Without, it
    ends when everything is delivered, and the oracle judges the whole.
    """

    days: int
    seed: int
    start: datetime | None = None  # None: `START`, or with all faults as the seed says
    until: datetime | None = None  # the last instant, instead of the first
    faults: str = "household"  # of `PROFILES`
    links: int | None = None  # of `SETUPS`; None: one, or with all faults as the seed says
    site: bool = False  # with roof, fuse, prices and drivers that use them: the demo
    stop_at_first: bool = False  # violation
    store: str | Path = ":memory:"  # a new SQLite file
    synchronous: str = "FULL"
    keys: DataKeys | None = None  # None: drawn from the seed
    owner: household.Owner = household.Owner()
    backend_uri: str = "ws://127.0.0.1:8887/ocpp/"

    @property
    def count_links(self) -> int:
        return self.links or (1 + self.seed % len(SETUPS) if self.faults == "all" else 1)

    @property
    def circuits(self) -> tuple[Circuit, ...]:
        return (ALONE,) if self.faults == "all" and self.count_links == 1 else SETUPS[self.count_links]

    @property
    def begins(self) -> datetime:
        if self.until is not None:
            return self.until - timedelta(days=self.days)
        by_seed = STARTS[self.seed // len(SETUPS) % len(STARTS)] if self.faults == "all" else START
        return self.start or by_seed

    @property
    def ends(self) -> datetime:
        return self.until or self.begins + timedelta(days=self.days)


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
    commands: int  # of platforms, that were granted
    told: dict[str, tuple[int, int]]  # by link: sessions that ended, and their Wh, as its platform knows them
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
    database = RealStore(plan.store, synchronous=plan.synchronous)
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
            circuits=plan.circuits,
            with_site=plan.site,
        )
    )
    work = HomeAtWork(world, database, home, keys, PROFILES[plan.faults], plan.ends)
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
        commands=work.commands.granted,
        told=work.oracle.told(),
        violations=[*work.oracle.violations, *database.read(lambda db: [str(f) for f in verify.verify(db)])],
        digest=database.read(lambda db: digest.seal(db, home.charger_id)),
    )
    database.run(lambda db: household.remember(db, home, work.box.memory(), work.door.driver))
    if work.site is not None:
        database.run(work.site.remember)
    database.close()
    return report


class Run:
    """One run: the days, then the evening after the last one."""

    def __init__(self, work: HomeAtWork, plan: Plan) -> None:
        self._work, self._plan = work, plan
        zone = ZoneInfo(household.TIME_ZONE)
        pin_first = not work.trouble.faults.processes_die
        self._life = Life(work.world, work.door, household.RESIDENTS, zone, plan.ends, pin_first=pin_first)

    def live(self, on_progress: Callable[[Step], None]) -> None:
        """Day by day, so that somebody can watch."""
        work, plan = self._work, self._plan
        work.start()
        self._life.begin()
        self._plan_trouble()
        until = plan.begins
        while until < plan.ends and not self._found():
            until = min(until + timedelta(days=1), plan.ends)
            work.world.run(until, self._found)
            on_progress(self._step(until))

    def _plan_trouble(self) -> None:
        work, plan, faults = self._work, self._plan, self._work.trouble.faults
        power = PowerTrouble(work.world, work.door, work.trouble, plan.ends, self._life.identify_again)
        work.door.on_reboot = power.restarts
        if faults.one_power_cut:
            OnePowerCut(work, self._life, power, plan)
        if faults.dead_for_weeks and plan.days >= LONG_RUN_DAYS:
            self._let_platforms_die()
        work.world.at(work.world.now + LOOKS_EVERY, self._look)

    def _let_platforms_die(self) -> None:
        """All but one are away for a third of the run, one after the other."""
        work, third = self._work, (self._plan.ends - self._plan.begins) / 3
        circuits = list(work.circuits.values())
        for number, circuit in enumerate(circuits[: max(1, len(circuits) - 1)]):
            begins = self._plan.begins + timedelta(days=2) + number * third
            work.weather.cut_off(circuit.charge_box_id, begins, begins + third)

    def _look(self) -> None:
        work = self._work
        work.oracle.look()
        if work.world.now < self._plan.ends:
            work.world.at(work.world.now + LOOKS_EVERY, self._look)

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
        self._pass(timedelta(minutes=45))  # a power cut or a full disk is over
        self._life.end()
        self._pass(LAST_WORDS)
        work.oracle.look()
        if work.replay_set_aside():
            self._pass(LAST_WORDS)
        work.database.read(work.oracle.judge)

    def _pass(self, delta: timedelta) -> None:
        self._work.world.run(self._work.world.now + delta)

    def _found(self) -> bool:
        return self._plan.stop_at_first and bool(self._work.oracle.violations)


class OnePowerCut:
    """Once in a run the power fails while a car charges."""

    def __init__(self, work: HomeAtWork, life: Life, power: PowerTrouble, plan: Plan) -> None:
        self._work, self._life, self._power = work, life, power
        self._chance = work.world.ids("one power cut").random()
        self._not_before = plan.begins + (plan.ends - plan.begins) * self._chance.uniform(0.1, 0.7)
        life.on_charging = lambda resident: self._arm()

    def _arm(self) -> None:
        world = self._work.world
        if world.now >= self._not_before:
            self._life.on_charging = lambda resident: None
            world.at(world.now + timedelta(minutes=self._chance.uniform(15, 60)), self._cut)

    def _cut(self) -> None:
        if self._work.door.lit():
            self._power.cut()
        else:  # the car left meanwhile: the next session, then
            self._life.on_charging = lambda resident: self._arm()
