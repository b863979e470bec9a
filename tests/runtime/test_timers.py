"""One heap of deadlines on the event loop: right order, right instant, and nothing else disturbed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.clock import SystemClock
from laadboek.runtime.timers import Deadlines, LoopTimers

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def at(seconds):
    return NINE + timedelta(seconds=seconds)


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.one_of(st.none(), st.integers(0, 50))),
        max_size=300,
    )
)
def test_each_key_has_its_newest_deadline_and_they_come_in_order(story):
    deadlines, expected, fired = Deadlines(), {}, []
    for number, (key, seconds) in enumerate(story):
        if seconds is None:
            deadlines.drop(key)
            expected.pop(key, None)
        else:
            deadlines.put(key, at(seconds), lambda key=key: fired.append(key))
            same = key in expected and expected[key][0] == seconds
            expected[key] = expected[key] if same else (seconds, number)
    assert len(deadlines) == len(expected)
    for second in range(51):
        assert deadlines.next() == min((at(s) for s, _ in expected.values() if s >= second), default=None)
        while (fire := deadlines.pop_due(at(second))) is not None:
            fire()
    assert fired == sorted(expected, key=expected.get)


def test_a_deadline_that_moves_all_the_time_leaves_no_heap_behind():
    deadlines = Deadlines()
    for second in range(10_000):
        deadlines.put("heartbeat", at(second), lambda: None)
    assert len(deadlines._heap) < 100


def test_nothing_is_due_before_its_time():
    deadlines = Deadlines()
    deadlines.put("a", at(60), lambda: None)
    assert deadlines.pop_due(at(59.999999)) is None
    assert deadlines.pop_due(at(60)) is not None
    assert deadlines.pop_due(at(61)) is None


def test_on_the_loop_deadlines_fire_in_order_and_a_failing_one_stops_no_other():
    fired = []

    async def story():
        clock = SystemClock()
        timers = LoopTimers(clock)
        failures = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: failures.append(context["exception"]))
        now, done = clock.now(), asyncio.Event()
        ms = timedelta(milliseconds=1)

        def fail():
            raise RuntimeError("a deadline that fails")

        timers.at("late", now + 30 * ms, done.set)
        timers.at("second", now + 20 * ms, lambda: fired.append(("second", clock.now() - now >= 20 * ms)))
        timers.at("first", now + 10 * ms, lambda: fired.append(("first", clock.now() - now >= 10 * ms)))
        timers.at("cancelled", now + 15 * ms, lambda: fired.append("cancelled"))
        timers.at("bad", now + 5 * ms, fail)
        timers.at("past", now - ms, lambda: fired.append("past"))
        timers.cancel("cancelled")
        async with asyncio.timeout(10):
            await done.wait()
        assert [str(failure) for failure in failures] == ["a deadline that fails"]
        timers.close()

    asyncio.run(story())
    assert fired == ["past", ("first", True), ("second", True)]


def test_a_deadline_that_sets_itself_again_does_not_starve_the_loop():
    async def story():
        clock = SystemClock()
        timers = LoopTimers(clock)
        count = 0

        def again():
            nonlocal count
            count += 1
            timers.at("again", clock.now(), again)

        again()
        for _ in range(50):
            await asyncio.sleep(0)
        assert 1 < count < 1000
        timers.close()

    asyncio.run(story())


def test_a_closed_heap_fires_nothing():
    async def story():
        timers = LoopTimers(SystemClock())
        timers.at("never", SystemClock().now() - timedelta(seconds=1), lambda: pytest.fail("fired"))
        timers.close()
        for _ in range(20):
            await asyncio.sleep(0.001)

    asyncio.run(story())
