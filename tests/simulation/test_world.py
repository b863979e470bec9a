"""Virtual time: order, seeds, and processes that end."""

from datetime import UTC, datetime, timedelta

from laadboek.simulation.world import Crash, HeapTimers, Process, ProcessTimers, World

START = datetime(2026, 3, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_deadlines_fire_at_their_very_instant_and_at_one_instant_in_the_order_of_setting():
    world, seen = World(START, 1), []
    world.at(START + 2 * SECOND, lambda: seen.append(("c", world.now)))
    world.at(START + SECOND, lambda: seen.append(("a", world.now)))
    world.at(START + SECOND, lambda: seen.append(("b", world.now)))

    world.run(START + timedelta(days=30))

    assert seen == [("a", START + SECOND), ("b", START + SECOND), ("c", START + 2 * SECOND)]
    assert world.now == START + timedelta(days=30)


def test_a_deadline_that_lies_beyond_the_end_waits_for_the_next_run():
    world, seen = World(START, 1), []
    world.at(START + 2 * SECOND, lambda: seen.append(world.now))
    world.run(START + SECOND)
    assert seen == []
    world.run(START + 2 * SECOND)
    assert seen == [START + 2 * SECOND]


def test_a_deadline_in_the_past_fires_now_and_time_stands():
    world, seen = World(START, 1), []
    world.at(START - SECOND, lambda: seen.append(world.now))
    world.run(START)
    assert seen == [START]


def test_a_run_that_is_told_to_stop_stands_at_the_instant_it_reached():
    world, seen = World(START, 1), []
    world.at(START + SECOND, lambda: seen.append(1))
    world.at(START + 2 * SECOND, lambda: seen.append(2))
    world.run(START + 9 * SECOND, stop=lambda: bool(seen))
    assert (seen, world.now) == ([1], START + SECOND)


def test_a_key_has_one_deadline_and_the_last_one_set_counts():
    world, seen = World(START, 1), []
    timers = HeapTimers(world)
    timers.at("key", START + SECOND, lambda: seen.append("first"))
    timers.at("key", START + 2 * SECOND, lambda: seen.append("later"))
    timers.at("same", START + SECOND, lambda: seen.append("replaced"))
    timers.at("same", START + SECOND, lambda: seen.append("in place"))
    timers.at("gone", START + SECOND, lambda: seen.append("cancelled"))
    timers.cancel("gone")
    timers.cancel("never set")
    world.run(START + 3 * SECOND)
    assert seen == ["in place", "later"]


def test_a_deadline_may_set_itself_anew():
    world, seen = World(START, 1), []
    timers = HeapTimers(world)

    def again():
        seen.append(world.now)
        if len(seen) < 3:
            timers.at("key", world.now + SECOND, again)

    timers.at("key", START + SECOND, again)
    world.run(START + 9 * SECOND)
    assert seen == [START + n * SECOND for n in (1, 2, 3)]


def test_streams_of_components_do_not_disturb_each_other():
    first, second = World(START, 7), World(START, 7)
    first.ids("network").public("x")
    assert first.ids("host").public("ses") == second.ids("host").public("ses")
    assert World(START, 8).ids("host").public("ses") != second.ids("host").public("ses")


def test_a_crash_ends_the_process_and_its_deadlines_but_not_the_world():
    world, seen = World(START, 1), []
    process = Process(world, "host", lambda: seen.append("crashed"))
    timers = ProcessTimers(process)

    def crash():
        raise Crash("before the commit")

    timers.at("a", START + SECOND, crash)
    timers.at("b", START + 2 * SECOND, lambda: seen.append("after death"))
    world.at(START + 3 * SECOND, lambda: seen.append("world goes on"))
    world.run(START + 9 * SECOND)
    process.call(seen.append, "nothing enters")

    assert seen == ["crashed", "world goes on"]
    assert not process.alive
