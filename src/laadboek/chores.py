"""What a served process does beside its work: look at the clock, let go of old rows, and what it is given to do."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from .actions import audit_evidence
from .clock import Clock, SystemClock
from .csms.server import Platform
from .runtime.fleet import Fleet
from .runtime.timers import LoopTimers
from .store.database import Database, StoreFull
from .store.retention import AT_ONCE, RULES, let_go
from .store.verify import verify

CLOCK_LOOK_S = 30.0
FULL_AGAIN_S = 60.0
RETENTION_EVERY = timedelta(hours=24)

log = structlog.get_logger(__name__)


@contextlib.contextmanager
def doing_chores(
    database: Database,
    clock: SystemClock,
    timers: LoopTimers,
    fleet: Fleet,
    platform: Platform,
    others: Iterable[Coroutine[Any, Any, None]],
) -> Iterator[None]:
    chores = [
        asyncio.ensure_future(watch_clock(clock, timers, fleet, platform)),
        asyncio.ensure_future(keep_house(database, clock)),
        *(asyncio.ensure_future(other) for other in others),
    ]
    for chore in chores:
        chore.add_done_callback(complain)
    try:
        yield
    finally:
        for chore in chores:
            chore.cancel()


def complain(chore: "asyncio.Future[None]") -> None:
    """A chore only ends when it is cancelled; any other end is a mistake that somebody must hear of."""
    if not chore.cancelled():
        log.error("chore.ended", exc_info=chore.exception())


async def watch_clock(clock: SystemClock, timers: LoopTimers, fleet: Fleet, platform: Platform) -> None:
    """A wall clock that was set: chargers are hosted, and charge points connect, anew: a restart takes any jump."""
    while True:
        await asyncio.sleep(CLOCK_LOOK_S)
        if (offset := clock.stepped()) is None:
            continue
        log.warning("clock.stepped", seconds=offset.total_seconds())
        await fleet.stop()
        platform.registry.dismiss_all()
        clock.step()
        timers.shift(offset)
        await fleet.start()
        fleet.clock_set(offset)


async def keep_house(database: Database, clock: Clock) -> None:
    """Once a day, and at start: rows whose time is over go, some at a time; what is evidence is looked over."""
    while True:
        for rule in RULES:
            gone = AT_ONCE
            while gone == AT_ONCE:
                try:
                    gone = await database.write("retention", partial(let_go, rule=rule, now=clock.now()))
                except StoreFull:  # letting go needs a little room as well
                    await asyncio.sleep(FULL_AGAIN_S)
        if findings := await database.query(verify):
            log.error("ledger.damaged", findings=len(findings), first=str(findings[0]))
        if flaws := await database.query(audit_evidence.verify):
            log.error("audit.damaged", findings=len(flaws), account=flaws[0].account, seq=flaws[0].seq)
        await asyncio.sleep(RETENTION_EVERY.total_seconds())
