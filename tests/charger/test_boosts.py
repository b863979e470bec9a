"""Boosts: kilowatt-hours now, by a time, or at set hours of the week (A3), and the plan, which acts like one."""

from datetime import UTC, datetime, timedelta

import pytest

from laadboek.charger import boosts, goals
from laadboek.charger import events as ev
from laadboek.charger.effects import Refuse
from laadboek.charger.turn import Turn
from laadboek.energy.plan import Goal, Plan, PlanSlot
from laadboek.facts import Mode, Pilot
from laadboek.ids import Ids
from laadboek.reasons import Reason

from .bench import Bench

CLOSED = {"FreeCharging": "false"}
OWN = {"FreeChargingIdTag": "HOUSE", "DefaultMode": "eco_plus"}
NO_PLAN = {"Plan": "false"}
HOUR = timedelta(hours=1)
MOST_IN_5_S_WH = 5 * 32 * 230 * 3 / 3600


def charging(start: str = "2026-03-02T18:00:00Z", zone: str = "UTC", **settings: str) -> Bench:
    """Bob's car has a session in Eco+."""
    bench = Bench(start=start, settings=CLOSED | NO_PLAN | {name.replace("_", "."): v for name, v in settings.items()})
    bench.do(ev.Placed(zone))
    bench.plug()
    bench.pin("54321")
    bench.choose(Mode.ECO_PLUS)
    bench.told()
    return bench


def pushed(bench: Bench) -> str | None:
    full = bench.core.state.seen[0].full
    assert boosts.full_power(looking(bench), 1) == (full is not None)
    return None if full is None else full.push.value


def looking(bench: Bench) -> Turn:
    return Turn(bench.nameplate, bench.core.state, Ids(0), bench.now)


def boost(bench: Bench, energy_wh: int, ready_by: datetime | None = None) -> Reason | None:
    effects = bench.do(ev.BoostChosen(1, energy_wh, ready_by))
    return next((effect.reason for effect in effects if isinstance(effect, Refuse)), None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Now.


def test_a_boost_is_full_power_until_the_register_shows_its_energy():
    bench = charging()
    bench.pass_time(minutes=3)
    before_wh = bench.register_wh[1]
    boost(bench, 5_000)
    assert pushed(bench) == "boost"
    while pushed(bench):
        bench.pass_time(seconds=5)
    charged_wh = bench.register_wh[1] - before_wh
    assert 5_000 <= charged_wh <= 5_000 + 2 * MOST_IN_5_S_WH
    assert bench.core.mode() is Mode.ECO_PLUS, "the mode goes on"


def test_a_boost_says_how_much_is_left():
    bench = charging()
    boost(bench, 22_000)
    why = bench.core.explain(1, bench.now)
    assert (why.code, why.params["left_wh"]) == ("charging_boost", 22_000)
    bench.pass_time(minutes=30)
    bench.do(ev.DeadlineReached())
    left_wh = bench.core.explain(1, bench.now).params["left_wh"]
    assert isinstance(left_wh, int) and 10_900 < left_wh < 11_000


@pytest.mark.parametrize("mode", [Mode.FAST, Mode.STOP])
def test_in_fast_and_stop_a_boost_changes_nothing(mode):
    bench = charging(FreeCharging="true")
    bench.choose(mode)
    offered_ma = bench.limit_ma[1]
    boost(bench, 5_000)
    assert pushed(bench) is None
    assert bench.limit_ma[1] == offered_ma
    bench.choose(Mode.ECO)
    assert pushed(bench) == "boost", "it was kept for the modes that know it"


def test_a_boost_starts_no_session():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.told()
    boost(bench, 5_000)
    assert pushed(bench) is None
    assert bench.told() == []
    bench.pass_time(minutes=5)
    assert bench.running() is None
    bench.pin("54321")
    bench.choose(Mode.ECO)
    assert pushed(bench) == "boost", "the session meets it"


def test_where_nobody_is_there_is_nothing_to_boost():
    bench = Bench(settings=CLOSED)
    assert boost(bench, 5_000) == Reason("boost.nobody_there")


@pytest.mark.parametrize(
    ("energy_wh", "fits"), [(999, False), (1_000, True), (99_000, True), (99_001, False), (-1, False)]
)
def test_a_boost_is_1_to_99_kilowatt_hours(energy_wh, fits):
    bench = charging()
    why = boost(bench, energy_wh)
    assert (why is None) == fits
    assert (pushed(bench) == "boost") == fits
    if why is not None:
        assert why == Reason("boost.bad_energy", {"least_wh": 1_000, "most_wh": 99_000})


def test_a_boost_can_be_cancelled_and_replaced():
    bench = charging()
    boost(bench, 5_000)
    boost(bench, 9_000)
    assert boosts.left_wh(looking(bench), 1) == 9_000, "the newest counts"
    boost(bench, 0)
    assert pushed(bench) is None
    assert boosts.left_wh(looking(bench), 1) == 0


def test_a_boost_ends_with_the_visit():
    bench = charging()
    boost(bench, 90_000)
    bench.unplug()
    bench.plug()
    bench.pin("54321")
    bench.choose(Mode.ECO_PLUS)
    assert pushed(bench) is None


def test_a_boost_ends_with_a_reboot_that_closes_the_session():
    bench = charging()
    boost(bench, 90_000)
    bench.cut_power()
    bench.restore_power()
    assert bench.core.state.durable.visits[0].boost is None


def test_what_is_left_of_a_boost_goes_to_the_next_session_of_the_visit():
    bench = charging()
    boost(bench, 22_000)
    bench.pass_time(minutes=30)
    bench.pin("54321")
    left_wh = boosts.left_wh(looking(bench), 1)
    assert 10_900 < left_wh < 11_000
    bench.pass_time(seconds=5)
    bench.pin("54321")
    bench.choose(Mode.ECO)
    assert pushed(bench) == "boost"
    assert boosts.left_wh(looking(bench), 1) == left_wh


def test_a_boost_survives_a_restart_and_counts_what_flowed_meanwhile():
    bench = charging()
    boost(bench, 22_000)
    bench.pass_time(minutes=30)
    bench.restart()
    assert pushed(bench) == "boost"
    assert 10_900 < boosts.left_wh(looking(bench), 1) < 11_000


def test_a_car_that_takes_nothing_keeps_its_boost_and_wakes_nobody():
    bench = charging()
    bench.show(Pilot.B2)
    boost(bench, 5_000)
    wakes = bench.wakes
    bench.pass_time(hours=5)
    assert bench.wakes - wakes == 20, "the quarter-hours"
    assert pushed(bench) == "boost"


def test_while_the_platforms_profiles_set_the_current_boosts_rest():
    bench = charging(CommercialMode="true")
    boost(bench, 5_000)
    assert pushed(bench) is None
    bench.do(ev.LinksChanged(None))
    assert pushed(bench) == "boost", "the link lost control"


# By a time.


def idle_car(bench: Bench) -> Bench:
    """The car draws nothing until it is at full power, so that only the boost brings energy."""
    bench.show(Pilot.B2)
    return bench


def test_without_a_plan_a_boost_by_a_time_begins_as_late_as_possible():
    bench = idle_car(charging())
    boost(bench, 13_800, bench.now + 8 * HOUR)  # six hours at 2.3 kW, as nobody knows it, and a tenth in reserve
    bench.pass_time(hours=1, minutes=23, seconds=59)
    assert pushed(bench) is None
    bench.pass_time(seconds=1)
    assert pushed(bench) == "due"


def test_a_weak_fuse_makes_a_late_start_earlier():
    bench = idle_car(charging(LimitA="8"))
    boost(bench, 11_040, bench.now + 8 * HOUR)
    bench.pass_time(hours=1, minutes=23, seconds=59)
    assert pushed(bench) is None
    bench.pass_time(seconds=1)
    assert pushed(bench) == "due"


def test_a_late_start_is_ready_in_time_and_does_not_flutter():
    bench = idle_car(charging())
    ready_by = bench.now + 8 * HOUR
    boost(bench, 13_800, ready_by)
    changes = []
    while bench.now < ready_by:
        before = pushed(bench)
        bench.pass_time(minutes=1)
        if pushed(bench) != before:
            changes.append(pushed(bench))
            bench.show(Pilot.C2 if pushed(bench) else Pilot.B2)
    assert changes == ["due", None]
    assert boosts.left_wh(looking(bench), 1) == 0


def test_a_boost_that_is_too_late_charges_at_once_and_says_so_when_it_is_missed():
    bench = charging()
    boost(bench, 44_000, bench.now + HOUR)
    assert pushed(bench) == "due"
    assert bench.why == "charging_due"
    bench.pass_time(hours=1)
    assert bench.why == "charging_late"
    bench.pass_time(hours=1)
    assert pushed(bench) is None


def test_a_boost_by_a_time_is_a_goal_that_a_person_asked_for():
    bench = idle_car(charging())
    ready_by = bench.now + 8 * HOUR
    boost(bench, 10_000, ready_by)
    assert goals.of(looking(bench), 1) == Goal(10_000, ready_by, asked=True)
    bench.choose(Mode.ECO)
    bench.show(Pilot.C2)
    bench.pass_time(minutes=5)
    bench.do(ev.DeadlineReached())
    goal = goals.of(looking(bench), 1)
    assert goal is not None and goal.energy_wh < 10_000, "what the sun brings counts"


# Timed.


def test_a_timed_boost_runs_between_its_instants():
    bench = charging(start="2026-03-02T21:00:00Z", zone="Europe/Amsterdam", Boost_1="23:00 02:30 mo")
    bench.pass_time(minutes=59, seconds=59)
    assert pushed(bench) is None
    bench.pass_time(seconds=1)
    assert pushed(bench) == "timed"
    why = bench.core.explain(1, bench.now)
    assert (why.code, why.params["until"]) == ("charging_timed", "2026-03-03T00:30:00+00:00")
    bench.pass_time(hours=2, minutes=29, seconds=59)
    assert pushed(bench) == "timed", "a slot across midnight belongs to the day it starts on"
    bench.pass_time(seconds=1)
    assert pushed(bench) is None


def test_on_other_days_nothing_happens():
    bench = charging(Boost_1="23:00 02:30 tu,we")
    bench.pass_time(hours=6)
    assert pushed(bench) is None


def test_a_timed_boost_at_an_unidentified_car_does_nothing():
    bench = Bench(start="2026-03-02T22:30:00Z", settings=CLOSED | {"Boost.2": "23:00 01:00 mo"})
    bench.plug()
    bench.pass_time(minutes=10)  # the notice
    bench.told()
    wakes = bench.wakes
    bench.pass_time(hours=1)
    assert bench.wakes == wakes
    assert bench.told() == []
    assert pushed(bench) is None and bench.running() is None


def test_a_running_timed_boost_is_cancelled_for_this_once():
    bench = charging(start="2026-03-02T22:30:00Z", Boost_1="23:00 02:00 mo,tu", Boost_2="00:30 01:00 tu")
    bench.pass_time(minutes=35)
    assert pushed(bench) == "timed"
    boost(bench, 0)
    assert pushed(bench) is None
    bench.restart()
    bench.do(ev.Placed("UTC"))
    assert pushed(bench) is None, "also after a restart"
    bench.pass_time(minutes=85)
    assert pushed(bench) == "timed", "the other slot is another"
    bench.pass_time(hours=22, minutes=35)
    assert pushed(bench) == "timed", "and so is the next evening"


@pytest.mark.parametrize(
    ("start", "slot", "begins", "ends"),
    [
        ("2026-03-28T22:00:00Z", "01:30 01:00 su", "2026-03-29T00:30", "2026-03-29T01:30"),  # 01:30 to 03:30 summer
        ("2026-03-28T22:00:00Z", "02:30 01:00 su", "2026-03-29T01:30", "2026-03-29T02:30"),  # 02:30 is never shown
        ("2026-10-24T20:00:00Z", "02:30 01:00 su", "2026-10-25T00:30", "2026-10-25T01:30"),  # shown twice: the first
        ("2026-10-24T20:00:00Z", "23:00 06:00 sa", "2026-10-24T21:00", "2026-10-25T03:00"),  # until 04:00 winter time
    ],
)
def test_on_the_days_when_the_clocks_change_a_slot_lasts_as_long(start, slot, begins, ends):
    bench = charging(start=start, zone="Europe/Amsterdam", Boost_4=slot)
    for edge, before, after in ((begins, None, "timed"), (ends, "timed", None)):
        bench.pass_time(seconds=(at(edge) - bench.now).total_seconds() - 1)
        assert pushed(bench) == before
        bench.pass_time(seconds=1)
        assert pushed(bench) == after


def test_a_slot_that_is_set_while_it_would_run_runs_at_once():
    bench = charging(start="2026-03-02T23:30:00Z")
    bench.set("Boost.3", "23:00 01:00 mo")
    assert pushed(bench) == "timed"
    bench.set("Boost.3", "")
    assert pushed(bench) is None


# The plan.


def a_plan(bench: Bench, *slots: tuple[int, int], **changes) -> Plan:
    """Slots in minutes from now."""
    goal = goals.of(looking(bench), 1)
    assert goal is not None
    made = Plan(
        made_at=bench.now,
        goal=goal,
        slots=tuple(
            PlanSlot(
                starts_at=bench.now + timedelta(minutes=begins),
                ends_at=bench.now + timedelta(minutes=ends),
                energy_wh=10_000,
                cost_micro=900_000,
            )
            for begins, ends in slots
        ),
        why=Reason("plan.cheapest"),
        cost_micro=900_000,
        cost_at_once_micro=6_200_000,
        currency="EUR",
        ready_at=goal.ready_by,
    )
    bench.do(ev.Planned(1, made))
    return made


@pytest.mark.parametrize(("mode", "obeyed"), [(Mode.ECO, True), (Mode.ECO_PLUS, True), (Mode.FAST, False)])
def test_a_plan_is_obeyed_in_eco_and_eco_plus(mode, obeyed):
    bench = idle_car(charging(Plan="true"))
    a_plan(bench, (30, 60), (90, 120))
    bench.choose(mode)
    seen = []
    for _ in range(5):
        seen.append(pushed(bench))
        bench.pass_time(minutes=30)
    assert seen == ([None, "plan", None, "plan", None] if obeyed else [None] * 5)


def test_a_slot_says_until_when_and_at_what_price():
    bench = charging(Plan="true")
    a_plan(bench, (0, 60))
    why = bench.core.explain(1, bench.now)
    assert why.code == "charging_planned"
    assert why.params["until"] == (bench.now + HOUR).isoformat()
    assert (why.params["price_micro"], why.params["at_once_price_micro"]) == (90_000, 310_000)


def test_a_plan_for_another_goal_is_not_obeyed():
    bench = idle_car(charging(Plan="true"))
    a_plan(bench, (0, 60))
    assert pushed(bench) == "plan"
    bench.do(ev.GoalChosen(1, 30_000, bench.now + 20 * HOUR))
    assert pushed(bench) is None
    a_plan(bench, (0, 60))
    assert pushed(bench) == "plan"


def test_with_plan_off_a_default_plan_is_not_obeyed():
    bench = idle_car(charging(Plan="true"))
    a_plan(bench, (0, 60))
    bench.set("Plan", "false")
    assert pushed(bench) is None


def test_a_plan_ends_when_its_goal_is_reached():
    bench = charging(Plan="true")
    a_plan(bench, (0, 600))
    while pushed(bench):
        bench.pass_time(minutes=1)
    assert 20_000 <= bench.register_wh[1] - 1_000_000 < 21_000


def test_a_plan_that_reaches_a_boost_by_a_time_takes_the_place_of_the_late_start():
    bench = idle_car(charging())
    boost(bench, 13_800, bench.now + 8 * HOUR)
    a_plan(bench, (60, 120))
    bench.pass_time(hours=7, minutes=30)
    assert pushed(bench) is None


# The random while.


def test_a_planned_start_waits_a_random_while_once_per_slot():
    bench = idle_car(charging(Plan="true", RandomSmartChargeDelay="600"))
    plan = a_plan(bench, (0, 60), (90, 120))
    delays = []
    for slot in plan.slots:
        bench.pass_time(seconds=max(0, (slot.starts_at - bench.now).total_seconds()))
        assert pushed(bench) is None
        until = bench.core.state.durable.visits[0].delay.until
        delays.append(until - slot.starts_at)
        bench.do(ev.Planned(1, plan))
        bench.restart()
        bench.do(ev.Planned(1, plan))
        assert bench.core.state.durable.visits[0].delay.until == until, "kept, also over a restart"
        bench.pass_time(seconds=(until - bench.now).total_seconds())
        assert pushed(bench) == "plan"
    assert all(timedelta(0) < delay < timedelta(seconds=600) for delay in delays)
    assert len(set(delays)) == 2, "each slot its own"


def test_a_timed_start_waits_a_random_while_too():
    bench = idle_car(charging(start="2026-03-02T22:59:00Z", Boost_1="23:00 02:00 mo", RandomSmartChargeDelay="600"))
    bench.pass_time(minutes=1)
    assert pushed(bench) is None
    bench.pass_time(minutes=10)
    assert pushed(bench) == "timed"


def test_a_boost_for_now_does_not_wait():
    bench = charging(RandomSmartChargeDelay="600")
    boost(bench, 5_000)
    assert pushed(bench) == "boost"


def test_nothing_ticks_for_a_car_that_nobody_wishes_anything_for():
    bench = idle_car(charging())
    assert bench.core.state.seen[0].boost_look_at is None
    bench.choose(Mode.FAST)
    bench.set("Boost.1", "23:00 02:00 mo")
    assert bench.core.state.seen[0].boost_look_at is None
