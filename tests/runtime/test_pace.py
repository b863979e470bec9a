"""No platform is called by this process more often than it can bear, and no link is forgotten over that."""

import asyncio
import resource
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from laadboek.runtime import descriptors
from laadboek.runtime.keys import load_keys
from laadboek.runtime.outbound import Outbound
from laadboek.runtime.pace import CALLS_PER_S, PATIENCE_S, Pace
from laadboek.runtime.socket import Target
from laadboek.secret import Secret
from laadboek.simulation.world import World

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Bench:
    """Calls in virtual time; who leaves is written down."""

    def __init__(self, **chosen):
        self.world, self.left = World(NINE, 1), []
        self.pace = Pace(self.later, **chosen)

    def later(self, seconds, fire):
        self.world.at(self.world.now + timedelta(seconds=seconds), fire)

    def wait(self, seconds):
        self.world.run(self.world.now + timedelta(seconds=seconds))

    def enter(self, host="platform:443"):
        return self.pace.enter(host, lambda: self.left.append((self.world.now - NINE).total_seconds()))


def test_no_second_sees_more_than_twenty_calls_to_one_host():
    bench = Bench()
    for _ in range(2_000):
        bench.enter()
        bench.wait(0.01)  # a hundred links a second want there
    bench.wait(60)
    assert len(bench.left) > 500
    assert all(later - sooner > 1 / CALLS_PER_S - 1e-6 for sooner, later in pairwise(bench.left))


def test_the_first_call_and_one_after_a_pause_do_not_wait():
    bench = Bench()
    bench.enter()
    bench.enter()
    bench.wait(100)
    bench.enter()
    assert bench.left == [0, 0.05, 100]
    bench.wait(1)
    assert bench.pace._waiting == {}  # hosts of the past are forgotten


def test_a_busy_host_does_not_slow_down_another():
    bench = Bench()
    waits = [bench.enter("busy") for _ in range(1_000)]
    assert waits[-1] is not None
    assert bench.enter("quiet") is None
    assert bench.left == [0, 0]


def test_who_would_wait_too_long_takes_no_place():
    bench = Bench(calls_per_s=4, patience_s=2)
    assert [bench.enter() for _ in range(11)] == [None] * 9 + [2.25] * 2
    bench.wait(0.25)  # the queue moves on
    assert bench.enter() is None
    bench.wait(60)
    assert len(bench.left) == 10


def test_those_who_were_held_up_together_do_not_leave_together():
    waiting, left = [], []
    pace = Pace(lambda seconds, fire: waiting.append(fire))
    for number in range(50):
        pace.enter("platform", lambda number=number: left.append(number))
    assert left == [0]
    for served in range(1, 50):  # however late each of these comes
        waiting.pop()()
        assert left == list(range(served + 1))


class Waiting:
    def __init__(self):
        self.refusals = []

    def on_refused(self, refusal):
        self.refusals.append(refusal)


def test_a_link_that_must_wait_is_told_for_how_long(tmp_path):
    async def scenario():
        outbound = Outbound(load_keys(tmp_path))
        outbound.know("lnk_1", Target("ws://127.0.0.1:9/ocpp/", "CP-1", "CP-1", Secret("")))
        caller = Waiting()
        for number in range(500):  # 401 have a place in the next twenty seconds
            outbound("lnk_1", number, caller)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        crowded = [refusal for refusal in caller.refusals if refusal.code == "crowded"]
        await outbound.close()
        return crowded

    crowded = asyncio.run(scenario())
    assert 90 <= len(crowded) < 100
    assert all(refusal.retry_after_s >= PATIENCE_S for refusal in crowded)


@pytest.fixture
def open_files():
    """(soft, hard) can be lowered, and is put back."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda to: resource.setrlimit(resource.RLIMIT_NOFILE, (to, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_of_open_files_is_raised_to_what_the_links_need(open_files):
    open_files(400)
    assert descriptors.allow(100) is None
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 400
    assert descriptors.allow(300) is None
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300 + descriptors.SPARE


def test_too_few_open_files_are_said(open_files):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        pytest.skip("this system has no highest limit")
    assert descriptors.allow(hard) == hard
