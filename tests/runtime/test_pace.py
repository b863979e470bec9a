"""No platform is called by this process more often than it can bear, and no link is forgotten over that."""

import asyncio
import resource
from itertools import pairwise

import pytest

from laadboek.runtime import descriptors
from laadboek.runtime.keys import load_keys
from laadboek.runtime.outbound import Outbound
from laadboek.runtime.pace import CALLS_PER_S, KNOWN_MAX, PATIENCE_S, Pace
from laadboek.runtime.socket import Target
from laadboek.secret import Secret


def test_no_second_sees_more_than_twenty_calls_to_one_host():
    pace, leaves = Pace(), []
    for number in range(2_000):
        now = number / 100  # a hundred links a second want there
        wait_s = pace.wait_s("platform:443", now)
        if not pace.too_long(wait_s):
            leaves.append(now + wait_s)
    assert len(leaves) > 500
    assert all(later - sooner >= 1 / CALLS_PER_S - 1e-9 for sooner, later in pairwise(leaves))


def test_the_first_call_and_one_after_a_pause_do_not_wait():
    pace = Pace()
    assert pace.wait_s("a", 0.0) == 0.0
    assert pace.wait_s("a", 0.01) == pytest.approx(0.04)
    assert pace.wait_s("a", 100.0) == 0.0


def test_a_busy_host_does_not_slow_down_another():
    pace = Pace()
    for _ in range(1_000):
        pace.wait_s("busy", 0.0)
    assert pace.too_long(pace.wait_s("busy", 0.0))
    assert pace.wait_s("quiet", 0.0) == 0.0


def test_who_would_wait_too_long_takes_no_place():
    pace = Pace(calls_per_s=4, patience_s=2)  # without a rest in binary
    waits = [pace.wait_s("a", 0.0) for _ in range(1_000)]
    assert waits[:10] == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25]
    assert set(waits[9:]) == {2.25}
    assert not pace.too_long(pace.wait_s("a", 1.0))  # the queue moves on


def test_those_who_were_held_up_together_do_not_leave_together():
    pace = Pace(calls_per_s=4)
    waits = [pace.wait_s("a", 0.0) for _ in range(8)]
    assert waits[-1] == 1.75
    assert [pace.late_s("a", 3.0) for _ in range(8)] == waits  # the machine stood still for three seconds
    assert pace.late_s("b", 3.0) == 0


def test_hosts_of_the_past_are_forgotten():
    pace = Pace()
    for number in range(3 * KNOWN_MAX):
        pace.wait_s(f"host-{number}", float(number))
    assert len(pace._free_at) <= KNOWN_MAX


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
