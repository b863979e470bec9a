"""A clock that was set while a car charges; old rows."""

import asyncio
from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from laadboek import chores
from laadboek.clock import SystemClock
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


def test_chargers_are_hosted_anew_once_when_the_clock_was_set(monkeypatch):
    monkeypatch.setattr(chores, "CLOCK_LOOK_S", 0)
    clock = SetClock()
    fleet = Fleet(clock)

    async def story():
        watch = asyncio.ensure_future(chores.watch_clock(clock, fleet))
        for _ in range(5):
            await asyncio.sleep(0)
        assert fleet.story == []
        clock.was_set_by = timedelta(hours=-2)
        for _ in range(20):
            await asyncio.sleep(0)
        watch.cancel()

    asyncio.run(story())
    (first, before), (second, after), told = fleet.story
    assert (first, second, told) == ("stop", "start", ("set", timedelta(hours=-2)))
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
