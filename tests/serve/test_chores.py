"""A clock that was set while a car charges; old rows."""

import asyncio
from datetime import timedelta

from laadboek import chores
from laadboek.clock import SystemClock


class Fleet:
    """Counts how often it was hosted anew, at which time."""

    def __init__(self, clock):
        self.clock, self.story = clock, []

    async def stop(self):
        self.story.append(("stop", self.clock.now()))

    async def start(self):
        self.story.append(("start", self.clock.now()))


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
    (first, before), (second, after) = fleet.story
    assert (first, second) == ("stop", "start")
    assert before - after > timedelta(hours=1, minutes=59)
