"""What a session is for: so much energy by then, said by a person or learnt from the last sessions (RULES §4)."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from laadboek.charger import events as ev
from laadboek.charger import goals
from laadboek.charger.effects import Refuse
from laadboek.charger.turn import Turn
from laadboek.energy.plan import Goal
from laadboek.facts import Mode, Pilot
from laadboek.ids import Ids

from .bench import ALICE, BOB, Bench

CLOSED = {"FreeCharging": "false"}
HOUR = timedelta(hours=1)
SEVEN = datetime(2026, 3, 3, 6, tzinfo=UTC)  # 07:00 in Amsterdam


def home(**settings: str) -> Bench:
    bench = Bench(start="2026-03-02T18:00:00Z", settings=CLOSED | settings)
    bench.do(ev.Placed("Europe/Amsterdam"))
    return bench


def arrive(bench: Bench, pin: str = "54321", mode: Mode = Mode.ECO_PLUS) -> Bench:
    """A car that takes nothing for now."""
    bench.plug(pilot=Pilot.B2)
    bench.pin(pin)
    bench.choose(mode)
    return bench


def goal(bench: Bench) -> Goal | None:
    return goals.of(Turn(bench.nameplate, bench.core.state, Ids(0), bench.now), 1)


def pushed(bench: Bench) -> str | None:
    full = bench.core.state.seen[0].full
    return None if full is None else full.push.value


def sessions_of(bench: Bench, *energies_wh: int, pin: str = "54321") -> None:
    for energy_wh in energies_wh:
        bench.plug(pilot=Pilot.B2)
        bench.pin(pin)
        bench.register_wh[1] += energy_wh
        bench.unplug()
        bench.pass_time(minutes=1)


def test_before_a_drivers_first_session_the_goal_is_20_kwh_by_seven():
    assert goal(arrive(home())) == Goal(20_000, SEVEN)


def test_both_defaults_are_settings():
    assert goal(arrive(home(ReadyBy="06:15", DefaultGoalKwh="12"))) == Goal(12_000, SEVEN - timedelta(minutes=45))


@pytest.mark.parametrize(
    ("energies", "usual_wh"),
    [
        ((8_000,), 8_000),
        ((8_000, 30_000, 9_000), 9_000),
        ((8_000, 30_000), 19_000),
        ((999, 400, 0), 20_000),  # they say nothing about a need
        ((1_000,), 1_000),
        ((50_000, *(5_000, 7_000) * 5), 6_000),  # the eleventh before counts no more
    ],
)
def test_then_it_is_the_median_of_the_drivers_last_ten(energies, usual_wh):
    bench = home()
    sessions_of(bench, *energies)
    bench.restart()
    bench.do(ev.Placed("Europe/Amsterdam"))
    assert goal(arrive(bench)) == Goal(usual_wh, SEVEN)


def test_drivers_are_told_apart():
    bench = home()
    sessions_of(bench, 40_000, pin="12345")
    assert goal(arrive(bench)) == Goal(20_000, SEVEN)


def test_plug_and_play_learns_under_the_chargers_own_tag():
    bench = Bench(settings={"FreeChargingIdTag": "HOUSE", "DefaultMode": "eco"})
    bench.plug(pilot=Pilot.B2)
    bench.register_wh[1] += 11_000
    bench.unplug()
    bench.plug(pilot=Pilot.B2)
    found = goal(bench)
    assert found is not None and found.energy_wh == 11_000


def test_drivers_who_are_gone_and_guests_are_forgotten():
    bench = home()
    sessions_of(bench, 40_000, pin="12345")
    sessions_of(bench, 9_000)
    bench.remote_start("GUEST")
    bench.plug(pilot=Pilot.B2)
    bench.register_wh[1] += 5_000
    bench.unplug()
    assert set(bench.core.state.durable.energies) == {"alice", "bob"}
    bench.do(ev.DriversChanged((BOB,)))
    assert set(bench.core.state.durable.energies) == {"bob"}


def test_no_more_tags_are_kept_than_a_few_hundred():
    drivers = tuple(ev.Driver(driver_id=f"drv_{n}", name=str(n), id_tag=f"TAG{n}", kind=ALICE.kind) for n in range(305))
    bench = Bench(settings=CLOSED, drivers=drivers)
    for driver in drivers:
        bench.tap(driver.id_tag)
        bench.plug(pilot=Pilot.B2)
        bench.register_wh[1] += 5_000
        bench.unplug()
    kept = bench.core.state.durable.energies
    assert len(kept) == goals.TAGS_KEPT
    assert "tag0" not in kept and "tag304" in kept


def test_what_was_charged_counts_from_the_sessions_start():
    bench = arrive(home())
    bench.register_wh[1] += 15_000
    bench.do(ev.DeadlineReached())
    assert goal(bench) == Goal(5_000, SEVEN)
    bench.register_wh[1] += 5_000
    bench.do(ev.DeadlineReached())
    assert goal(bench) is None


def test_a_default_that_was_missed_is_due_the_next_morning():
    bench = arrive(home())
    bench.pass_time(seconds=(SEVEN - bench.now).total_seconds() - 1)
    assert goal(bench) == Goal(20_000, SEVEN)
    bench.pass_time(seconds=1)
    assert goal(bench) == Goal(20_000, SEVEN + 24 * HOUR)
    assert pushed(bench) is None


@pytest.mark.parametrize(
    ("start", "seven"),
    [
        ("2026-03-28T20:00:00Z", "2026-03-29T05:00:00+00:00"),  # summer time begins in the night
        ("2026-10-24T20:00:00Z", "2026-10-25T06:00:00+00:00"),  # and ends
        ("2026-06-01T04:59:59Z", "2026-06-01T05:00:00+00:00"),
        ("2026-06-01T05:00:00Z", "2026-06-02T05:00:00+00:00"),
    ],
)
def test_seven_is_seven_by_the_clock_on_the_wall(start, seven):
    bench = Bench(start=start, settings=CLOSED)
    bench.do(ev.Placed("Europe/Amsterdam"))
    found = goal(arrive(bench))
    assert found is not None and found.ready_by == datetime.fromisoformat(seven)


@pytest.mark.parametrize("mode", [Mode.FAST, Mode.STOP])
def test_fast_and_stop_have_no_goal(mode):
    bench = home(FreeCharging="true")
    arrive(bench, mode=mode)
    assert goal(bench) is None


def test_with_plan_off_only_what_a_person_asks_for_is_a_goal():
    bench = arrive(home(Plan="false"))
    assert goal(bench) is None
    bench.do(ev.GoalChosen(1, 9_000, None))
    assert goal(bench) == Goal(9_000, SEVEN, asked=True)


def test_a_person_says_what_this_visit_is_for():
    bench = arrive(home())
    bench.do(ev.GoalChosen(1, 19_000, SEVEN - HOUR))
    assert goal(bench) == Goal(19_000, SEVEN - HOUR, asked=True)
    bench.do(ev.GoalChosen(1, None, SEVEN - 2 * HOUR))
    assert goal(bench) == Goal(20_000, SEVEN - 2 * HOUR, asked=True)
    bench.do(ev.GoalChosen(1, None, None))
    assert goal(bench) == Goal(20_000, SEVEN), "as by default"
    bench.do(ev.GoalChosen(1, 19_000, None))
    bench.unplug()
    bench.pass_time(seconds=3)
    assert goal(arrive(bench)) == Goal(20_000, SEVEN), "it ends with the visit"


def test_it_can_be_said_before_anybody_identified():
    bench = home()
    bench.plug(pilot=Pilot.B2)
    bench.do(ev.GoalChosen(1, 19_000, None))
    assert goal(bench) is None and bench.running() is None
    bench.pin("54321")
    bench.choose(Mode.ECO)
    assert goal(bench) == Goal(19_000, SEVEN, asked=True)


@pytest.mark.parametrize(("energy_wh", "fits"), [(999, False), (1_000, True), (200_000, True), (200_001, False)])
def test_a_goal_is_1_to_200_kilowatt_hours(energy_wh, fits):
    bench = arrive(home(Plan="false"))
    refused = [effect for effect in bench.do(ev.GoalChosen(1, energy_wh, None)) if isinstance(effect, Refuse)]
    assert [effect.reason.code for effect in refused] == ([] if fits else ["boost.bad_energy"])
    assert (bench.core.state.durable.visits[0].goal is not None) == fits


def test_what_was_asked_for_and_nobody_plans_is_charged_late_and_on_when_it_is_missed():
    bench = arrive(home())
    bench.do(ev.GoalChosen(1, 22_080, SEVEN))
    bench.pass_time(seconds=(SEVEN - timedelta(hours=10.56) - bench.now).total_seconds() - 1)
    assert pushed(bench) is None
    bench.pass_time(seconds=1)
    assert pushed(bench) == "due"
    assert goal(bench) is None, "there is nothing left to plan"
    bench.pass_time(hours=3)
    assert pushed(bench) == "due"
    bench.register_wh[1] += 22_080
    bench.do(ev.DeadlineReached())
    assert pushed(bench) is None


def test_the_rest_of_a_goal_goes_to_the_next_session_of_the_visit():
    bench = arrive(home())
    bench.do(ev.GoalChosen(1, 21_000, None))
    bench.register_wh[1] += 10_000
    bench.pass_time(seconds=3)
    bench.pin("54321")
    bench.pass_time(seconds=3)
    bench.pin("54321")
    bench.choose(Mode.ECO)
    assert goal(bench) == Goal(11_000, SEVEN, asked=True)


def test_a_plan_is_told_what_the_car_takes_also_while_it_rests():
    bench = arrive(home())
    (before,) = bench.core.demands()
    assert (before.full_ma, before.full_phases) == (10_000, 1), "cautious, before it was seen"
    known = replace(bench.core.state.seen[0].habits, takes_ma=13_000, active=1)
    bench.core.state = replace(bench.core.state, seen=(replace(bench.core.state.seen[0], habits=known),))
    (after,) = bench.core.demands()
    assert (after.full_ma, after.full_phases) == (13_000, 1)
