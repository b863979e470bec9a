"""A clock that was set while a car charges; old rows."""

import asyncio
from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from laadboek import chores
from laadboek.clock import SystemClock
from laadboek.runtime.timers import LoopTimers
from laadboek.store import accounts, chargers
from laadboek.store.database import open_database

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Fleet:
    """Counts how often it was hosted anew, at which time."""

    def __init__(self, clock):
        self.clock, self.story = clock, []

    async def stop(self):
        self.story.append(("stop", self.clock.now()))

    async def start(self):
        self.story.append(("start", self.clock.now()))

    def clock_set(self, by):
        self.story.append(("set", by))


class Platform:
    """Notes in the same story when its charge points were sent away."""

    def __init__(self, fleet):
        self.registry, self._fleet = self, fleet

    def dismiss_all(self):
        self._fleet.story.append(("dismiss", self._fleet.clock.now()))


class SetClock(SystemClock):
    """Somebody sets the wall clock."""

    def __init__(self):
        super().__init__()
        self.was_set_by = timedelta(0)

    def stepped(self):
        return self.was_set_by or None

    def step(self):
        self._wall_at_base += self.was_set_by
        self.was_set_by = timedelta(0)


def test_chargers_and_charge_points_start_anew_once_when_the_clock_was_set(monkeypatch):
    monkeypatch.setattr(chores, "CLOCK_LOOK_S", 0)
    clock = SetClock()
    fleet = Fleet(clock)

    fired = asyncio.Event()

    async def story():
        timers = LoopTimers(clock)
        timers.at("soon", clock.now() + timedelta(milliseconds=50), fired.set)
        watch = asyncio.ensure_future(chores.watch_clock(clock, timers, fleet, Platform(fleet)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert fleet.story == []
        clock.was_set_by = timedelta(hours=-2)
        for _ in range(20):
            await asyncio.sleep(0)
        watch.cancel()
        await asyncio.wait_for(fired.wait(), 60)  # what was awaited is not two hours further away
        timers.close()

    asyncio.run(story())
    (first, before), (second, _), (third, after), told = fleet.story
    assert (first, second, third, told) == ("stop", "dismiss", "start", ("set", timedelta(hours=-2)))
    assert before - after > timedelta(hours=1, minutes=59)


def test_a_ledger_that_was_tampered_with_is_said_every_day(tmp_path):
    database = open_database(tmp_path / "laadboek.db")

    async def story():
        await database.write("", tamper)
        with capture_logs() as said:
            house = asyncio.ensure_future(chores.keep_house(database, SystemClock()))
            while not said:
                await asyncio.sleep(0)
                assert not house.done()
            house.cancel()
        return said

    try:
        [line] = asyncio.run(asyncio.wait_for(story(), 60))
    finally:
        database.close()
    assert (line["event"], line["log_level"]) == ("ledger.damaged", "error")
    assert "chg_home" in line["first"]


def tamper(db):
    """A head without the entry that it names."""
    account_id = accounts.create(db, "acc_home", "Home", "Europe/Amsterdam", "en", NINE)
    chargers.create(db, account_id, "chg_home", "Drive", "simulated", {}, NINE)
    db.run(
        "INSERT INTO ledger_heads (account_id, chain, seq, hash) VALUES (?, 'chg_home', 3, ?)",
        (account_id, b"h" * 32),
    )
