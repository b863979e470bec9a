"""What the platform in control lets flow (RULES §5, §7; OCPP 1.6 §3.13)."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek import facts
from laadboek.charger import events as ev
from laadboek.facts import Mode, Pilot

from .bench import LINK, Bench


def asks(bench: Bench, limit_ma: int | None, connector_id: int = 1, link_id: str = LINK, whole: bool = False) -> None:
    """The face of the link in control asks for a level: for the session there, or for the whole charger."""
    running = bench.running(connector_id)
    session_id = None if whole or running is None else running.session_id
    wish = facts.LimitAsked(
        link_id=link_id, connector_id=0 if session_id is None else connector_id, session_id=session_id,
        limit_ma=limit_ma,
    )  # fmt: skip
    bench.do(wish)


def charging(**changes: object) -> Bench:
    bench = Bench(**changes)  # type: ignore[arg-type]
    bench.plug()
    assert bench.limit_ma[1] == 32_000
    bench.told()
    return bench


def test_the_session_gets_at_most_what_the_platform_lets_it_have() -> None:
    bench = charging()
    asks(bench, 10_500)
    assert bench.limit_ma[1] == 10_500
    asks(bench, 40_000)
    assert bench.limit_ma[1] == 32_000, "local limits stay"
    asks(bench, 16_000)
    bench.set("LimitA", "13")
    assert bench.limit_ma[1] == 13_000
    asks(bench, None)
    assert bench.limit_ma[1] == 13_000
    bench.set("LimitA", "32")
    assert bench.limit_ma[1] == 32_000


@pytest.mark.parametrize(("limit_ma", "offered_ma"), [(0, 0), (5_999, 0), (6_000, 6_000)])
def test_below_6_a_the_car_waits_in_its_session(limit_ma: int, offered_ma: int) -> None:
    """RULES §5; the connector becomes SuspendedEVSE by it (errata 3.64)."""
    bench = charging()
    asks(bench, limit_ma)
    assert bench.limit_ma[1] == offered_ma
    assert bench.core.view(1).offering is (offered_ma > 0) and bench.running() is not None
    assert bench.why == ("paused_by_platform" if not offered_ma else "charging")


def test_no_level_ever_starts_a_session() -> None:
    bench = Bench(settings={"FreeCharging": "false"})
    bench.plug()
    asks(bench, 32_000, whole=True)
    assert bench.running() is None and bench.limit_ma[1] == 0


def test_a_level_ends_with_its_session() -> None:
    bench = charging()
    asks(bench, 6_000)
    bench.unplug()
    assert bench.core.state.durable.limits == ()
    bench.plug()
    assert bench.limit_ma[1] == 32_000


def test_a_level_for_a_session_that_is_over_binds_nobody() -> None:
    bench = charging()
    bench.do(facts.LimitAsked(link_id=LINK, connector_id=1, session_id="ses_gone", limit_ma=0))
    assert bench.limit_ma[1] == 32_000 and bench.core.state.durable.limits == ()


def test_the_charge_point_maximum_binds_every_session_and_all_together() -> None:
    """§3.13.3, RULES §5: also the private ones, which the platform does not see."""
    bench = Bench(connectors=2, settings={"LimitA": "64"})
    bench.plug(1)
    bench.pass_time(seconds=1)
    bench.plug(2)
    assert bench.limit_ma == {1: 32_000, 2: 32_000}
    asks(bench, 20_000, whole=True)
    assert bench.limit_ma == {1: 10_000, 2: 10_000}
    asks(bench, 11_999, whole=True)
    assert bench.limit_ma == {1: 11_999, 2: 0}, "who came first keeps the floor"
    asks(bench, 12_000, whole=True)
    assert bench.limit_ma == {1: 6_000, 2: 6_000}


def test_what_one_session_may_not_use_goes_to_the_other() -> None:
    bench = Bench(connectors=2, settings={"LimitA": "32"})
    bench.plug(1)
    bench.plug(2)
    asks(bench, 8_000, connector_id=1)
    assert bench.limit_ma == {1: 8_000, 2: 24_000}
    asks(bench, 0, connector_id=1)
    assert bench.limit_ma == {1: 0, 2: 32_000}


@st.composite
def any_sharing(draw: st.DrawFn) -> tuple[list[int | None], int, int]:
    """Levels of three sessions, and two maxima of the charge point, the lower one first."""
    levels = draw(st.lists(st.none() | st.integers(0, 34).map(lambda a: a * 1_000), min_size=3, max_size=3))
    low, high = sorted(draw(st.tuples(st.integers(0, 100), st.integers(0, 100))))
    return levels, low * 1_000, high * 1_000


@settings(max_examples=60, deadline=None)
@given(any_sharing())
def test_more_headroom_never_lowers_the_total_nor_the_number_of_cars(
    sharing: tuple[list[int | None], int, int],
) -> None:
    """RULES §5; one car may get less, so that another can start."""
    levels, low_ma, high_ma = sharing
    bench = Bench(connectors=3, settings={"LimitA": "80"})
    for connector_id, level in enumerate(levels, 1):
        bench.plug(connector_id)
        asks(bench, level, connector_id)
    before: list[int] = []
    for limit_ma in (low_ma, high_ma):
        asks(bench, limit_ma, whole=True)
        offered = list(bench.limit_ma.values())
        assert sum(offered) <= min(limit_ma, 80_000)
        assert all(
            each == 0 or 6_000 <= each <= (32_000 if level is None else level)
            for each, level in zip(offered, levels, strict=True)
        )
        assert sum(offered) >= sum(before) and sum(map(bool, offered)) >= sum(map(bool, before))
        before = offered


def test_only_the_link_in_control_limits_and_only_while_it_holds_control() -> None:
    """RULES §5: profiles count only while their link holds control."""
    bench = charging()
    asks(bench, 6_000, link_id="lnk_report")
    assert bench.limit_ma[1] == 32_000
    asks(bench, 6_000)
    asks(bench, 8_000, whole=True)
    assert bench.limit_ma[1] == 6_000
    bench.do(ev.LinksChanged("lnk_other"))
    assert bench.limit_ma[1] == 32_000
    bench.do(ev.LinksChanged(None))
    asks(bench, 6_000)
    assert bench.limit_ma[1] == 32_000


def test_a_restart_never_lets_more_flow_than_before_it() -> None:
    """Until the face has said what holds now, what held before holds."""
    bench = charging()
    asks(bench, 8_000)
    asks(bench, 7_000, whole=True)
    bench.forget()
    bench.restart()
    assert bench.told().count("7 A") == 1 and bench.limit_ma[1] == 7_000
    asks(bench, None, whole=True)
    assert bench.limit_ma[1] == 8_000


def test_the_view_shows_what_local_limits_allow_whatever_the_platform_asked() -> None:
    bench = Bench(tethered=False, settings={"LimitA": "25"})
    bench.insert_cable(limit_ma=20_000)
    bench.plug()
    asks(bench, 6_000)
    view = bench.core.view(1)
    assert (view.limit_ma, view.cable_ma, view.phases) == (25_000, 20_000, 3)
    bench.set("LimitA", "13")
    assert bench.core.view(1).limit_ma == 13_000


def test_a_thin_cable_is_known_again_after_a_restart_of_ours_and_of_the_device() -> None:
    bench = Bench(tethered=False, settings={"ResumeAfterPowerLoss": "true"})
    bench.insert_cable(limit_ma=20_000)
    bench.plug()
    bench.do(ev.LockMoved(1))
    bench.restart()
    assert bench.running() is not None and bench.limit_ma[1] == 20_000
    bench.do(ev.DeviceResynced(bench.pilot, bench.cable))
    assert bench.limit_ma[1] == 20_000, "a device that does not tell again takes nothing back"
    bench.cut_power()
    bench.restore_power()
    assert bench.running() is not None and bench.limit_ma[1] == 20_000


# --- CommercialMode (RULES §7) ----------------------------------------------------------------------------------------


def test_in_commercial_mode_the_profiles_alone_set_the_current() -> None:
    bench = charging()
    assert bench.write("CommercialMode", "true") == "granted"
    asks(bench, 9_000)
    for mode in Mode:
        bench.choose(mode)
        assert bench.limit_ma[1] == 9_000, mode
    bench.set("LimitA", "7")
    assert bench.limit_ma[1] == 7_000, "local limits stay"
    assert bench.why == "charging"


def test_commercial_mode_falls_back_when_the_link_loses_control() -> None:
    bench = charging(settings={"CommercialMode": "true"})
    bench.choose(Mode.STOP)
    assert bench.limit_ma[1] == 32_000
    bench.do(ev.LinksChanged(None))
    assert bench.limit_ma[1] == 0 and bench.why == "stopped_by_person"


@pytest.mark.parametrize("value", ["yes", "", "1"])
def test_commercial_mode_is_true_or_false(value: str) -> None:
    assert Bench().write("CommercialMode", value) == "refused setting.bad_value"


# --- RandomSmartChargeDelay (RULES §7) --------------------------------------------------------------------------------


def delayed(seconds: str = "600") -> Bench:
    bench = charging(settings={"RandomSmartChargeDelay": seconds})
    asks(bench, 0)
    return bench


@pytest.mark.parametrize("limit_ma", [16_000, None])
def test_a_planned_start_waits_a_random_while(limit_ma: int | None) -> None:
    bench = delayed()
    began = bench.now
    asks(bench, limit_ma)
    assert bench.limit_ma[1] == 0 and bench.why == "planned_start_delayed"
    due = bench.core.deadline()
    assert due is not None and began < due < began + timedelta(seconds=600)
    bench.pass_time(seconds=(due - began).total_seconds() - 0.001)
    assert bench.limit_ma[1] == 0
    bench.pass_time(seconds=0.001)
    assert bench.limit_ma[1] == (limit_ma or 32_000) and bench.why == "charging"


def test_every_start_waits_another_while() -> None:
    bench = delayed()
    waits = set()
    for _ in range(5):
        asks(bench, 16_000)
        due = bench.core.deadline()
        assert due is not None
        waits.add(due - bench.now)
        asks(bench, 0)
    assert len(waits) == 5


def test_a_new_level_while_waiting_does_not_draw_again() -> None:
    bench = delayed()
    asks(bench, 16_000)
    due = bench.core.deadline()
    bench.pass_time(seconds=1)
    asks(bench, 10_000)
    assert bench.core.deadline() == due and bench.limit_ma[1] == 0
    asks(bench, 5_000)
    assert bench.core.state.durable.limits[0].waits_until is None, "a pause again: nothing to wait for"


def test_nothing_that_lowers_waits_and_nothing_that_was_no_pause() -> None:
    bench = charging(settings={"RandomSmartChargeDelay": "600"})
    for limit_ma in (16_000, 6_000, 32_000, 10_000, 0):
        asks(bench, limit_ma)
        assert bench.limit_ma[1] == limit_ma


def test_without_a_delay_current_rises_at_once() -> None:
    bench = delayed("0")
    asks(bench, 16_000)
    assert bench.limit_ma[1] == 16_000


def test_switched_off_while_waiting_it_waits_no_longer() -> None:
    bench = delayed()
    asks(bench, 16_000)
    bench.set("RandomSmartChargeDelay", "0")
    assert bench.limit_ma[1] == 16_000


def test_the_wait_survives_a_restart() -> None:
    bench = delayed()
    asks(bench, 16_000)
    due = bench.core.deadline()
    bench.restart()
    asks(bench, 16_000)
    assert bench.limit_ma[1] == 0 and bench.core.deadline() == due
    bench.pass_time(seconds=600)
    assert bench.limit_ma[1] == 16_000


def test_nobody_waits_for_a_car_that_is_not_there() -> None:
    bench = Bench(settings={"RandomSmartChargeDelay": "600"})
    asks(bench, 0, whole=True)
    asks(bench, 16_000, whole=True)
    assert bench.core.deadline() is None
    bench.plug()
    assert bench.limit_ma[1] == 16_000
    asks(bench, 0, whole=True)
    asks(bench, 16_000, whole=True)
    bench.show(Pilot.A)
    bench.plug()
    assert bench.limit_ma[1] == 16_000, "it was not there when the pause ended"


@pytest.mark.parametrize(("value", "good"), [("0", True), ("1800", True), ("1801", False), ("-1", False)])
def test_the_delay_is_at_most_half_an_hour(value: str, good: bool) -> None:
    answer = "granted" if good else "refused setting.bad_value"
    assert Bench().write("RandomSmartChargeDelay", value) == answer
