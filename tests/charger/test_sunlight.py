"""Whose energy it was: what the own roof gave a session, in whole watt-hours, also over a restart (A11, E3)."""

from hypothesis import given
from hypothesis import strategies as st

from laadboek.charger import events as ev
from laadboek.charger.effects import SessionRecord
from laadboek.facts import Mode
from laadboek.supply import SunShare

from .bench import Bench

SUN_W = 3_000


def shine(bench: Bench, sun_w: int | None) -> None:
    bench.do(ev.SunShared((SunShare(connector_id=1, sun_w=sun_w),)))


def charging(sun_w: int | None = SUN_W) -> Bench:
    """Alice charges at full power under a roof that gives this."""
    bench = Bench()
    bench.set("DefaultMode", Mode.FAST.value)
    if sun_w is not None:
        shine(bench, sun_w)
    bench.plug()
    assert bench.running() is not None
    return bench


def over(bench: Bench) -> SessionRecord:
    bench.unplug()
    return bench.ended[-1]


def test_the_sun_gives_what_the_site_says_and_the_grid_the_rest() -> None:
    bench = charging()
    bench.pass_time(hours=1)
    record = over(bench)
    assert record.energy_wh is not None and record.energy_wh > 2 * SUN_W
    assert record.sun_wh is not None and abs(record.sun_wh - SUN_W) <= 5
    assert record.flags == ()


def test_it_gives_no_more_than_the_car_takes() -> None:
    bench = charging(sun_w=50_000)
    bench.pass_time(minutes=40)
    record = over(bench)
    assert record.energy_wh is not None and record.sun_wh is not None
    assert 0 <= record.energy_wh - record.sun_wh <= 1


def test_nobody_measures_so_nobody_knows() -> None:
    bench = charging(sun_w=None)
    bench.pass_time(minutes=40)
    record = over(bench)
    assert (record.sun_wh, record.sun_quarters, record.flags) == (None, (), ())


def test_at_night_it_is_known_to_be_nothing() -> None:
    bench = charging(sun_w=0)
    bench.pass_time(minutes=40)
    assert over(bench).sun_wh == 0


def test_what_flowed_while_the_meter_was_silent_counts_as_from_the_grid_and_is_said() -> None:
    bench = charging(sun_w=50_000)
    bench.pass_time(minutes=30)
    shine(bench, None)
    bench.pass_time(minutes=30)
    shine(bench, 50_000)
    record = over(bench)
    assert record.energy_wh is not None and record.sun_wh is not None
    assert abs(record.sun_wh - record.energy_wh // 2) <= 5
    assert "sun_gap" in record.flags


def test_a_restart_forgets_a_minute_at_most() -> None:
    bench = charging(sun_w=50_000)
    bench.pass_time(minutes=20)
    shine(bench, 40_000)  # whatever happens counts, and is saved if a minute has passed
    bench.pass_time(seconds=59)
    bench.restart()
    shine(bench, 50_000)
    bench.pass_time(minutes=20)
    record = over(bench)
    assert record.energy_wh is not None and record.sun_wh is not None
    a_minute_wh = record.energy_wh // 40
    assert record.energy_wh - a_minute_wh - 2 <= record.sun_wh < record.energy_wh


def test_each_quarter_hour_has_its_part() -> None:
    bench = charging(sun_w=0)
    bench.pass_time(minutes=30)
    shine(bench, 50_000)
    bench.pass_time(minutes=30)
    record = over(bench)
    given_wh = [wh for _, wh in record.sun_quarters]
    assert [at for at, _ in record.sun_quarters] == [at for at, _ in record.quarters]
    assert given_wh == sorted(given_wh) and given_wh[0] == 0
    assert record.sun_wh is not None and record.sun_wh >= given_wh[-1] > 0


def test_the_next_session_begins_at_nothing() -> None:
    bench = charging()
    bench.pass_time(minutes=30)
    over(bench)
    bench.plug()
    record = over(bench)
    assert (record.energy_wh, record.sun_wh) == (0, 0)


SHARES = st.one_of(st.none(), st.integers(0, 12_000))


@given(st.lists(st.tuples(SHARES, st.integers(1, 600)), max_size=8), st.integers(0, 7))
def test_the_sun_never_gives_more_than_was_taken(steps: list[tuple[int | None, int]], restart_after: int) -> None:
    bench = charging(sun_w=None)
    for number, (sun_w, seconds) in enumerate(steps):
        shine(bench, sun_w)
        bench.pass_time(seconds=seconds)
        if number == restart_after:
            bench.restart()
    record = over(bench)
    assert record.energy_wh is not None
    assert record.sun_wh is None or 0 <= record.sun_wh <= record.energy_wh
    measured = any(sun_w is not None for sun_w, _ in steps)
    assert (record.sun_wh is not None) == measured
