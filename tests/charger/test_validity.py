"""Whether a driver may charge: block, dates, weekly hours, budget; both sides of each limit (C5, decision 0056)."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from laadboek.charger import events as ev
from laadboek.charger.effects import Notify, Spent
from laadboek.energy import week_hours
from laadboek.energy.zones import Span
from laadboek.facts import EndReason, Pilot
from laadboek.reasons import Reason

from .bench import ALICE, BOB, LINK, Bench

CLOSED = {"FreeCharging": "false"}
SUNDAY_9 = "2026-03-01T09:00:00Z"  # ten o'clock in Amsterdam


def bench(driver: ev.Driver, *, zone: str = "UTC", start: str = SUNDAY_9, **more: object) -> Bench:
    made = Bench(start=start, drivers=(driver, BOB), settings=CLOSED, **more)  # type: ignore[arg-type]
    made.do(ev.Placed(zone))
    made.forget()
    return made


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def shown(made: Bench) -> tuple[str, dict[str, str | int]]:
    display = made.core.display()
    assert display is not None
    return display.code, display.params


# Dates.


@pytest.mark.parametrize(("begins", "may"), [("2026-03-01T09:00:00Z", True), ("2026-03-01T09:00:01Z", False)])
def test_nobody_begins_before_their_first_instant(begins: str, may: bool) -> None:
    made = bench(replace(ALICE, valid_from=at(begins)))
    made.plug()
    made.pin("12345")
    assert (made.running() is not None) is may
    if not may:
        assert shown(made) == ("driver.not_yet", {"begins_at": "2026-03-01T09:00:01+00:00"})


@pytest.mark.parametrize(("ends", "may"), [("2026-03-01T09:00:01Z", True), ("2026-03-01T09:00:00Z", False)])
def test_nobody_begins_after_their_last_instant(ends: str, may: bool) -> None:
    made = bench(replace(ALICE, valid_until=at(ends)))
    made.plug()
    made.tap("alice")  # by tag as by PIN
    assert (made.running() is not None) is may
    if not may:
        assert shown(made)[0] == "driver.expired"


def test_a_session_outlives_its_drivers_last_day_and_hours() -> None:
    hours = week_hours.parse("su 08:00-11:00")
    made = bench(replace(ALICE, valid_until=at("2026-03-01T10:00:00Z"), hours=hours))
    made.plug()
    made.pin("12345")
    made.pass_time(hours=4)
    assert made.running() is not None
    made.pin("12345")  # and can be stopped by whoever began it
    assert made.running() is None


# Hours.


@pytest.mark.parametrize(
    ("clock", "may"),
    [("06:59:59", False), ("07:00:00", True), ("18:59:59", True), ("19:00:00", False)],
)
def test_sessions_begin_within_weekly_hours_by_the_clock_on_the_wall(clock: str, may: bool) -> None:
    start = datetime.fromisoformat(f"2026-03-02T{clock}+01:00").isoformat()  # Monday in Amsterdam
    made = bench(replace(ALICE, hours=week_hours.parse("mo-fr 07:00-19:00")), zone="Europe/Amsterdam", start=start)
    made.plug()
    made.pin("12345")
    assert (made.running() is not None) is may


def test_who_comes_too_early_is_told_when() -> None:
    friday = "2026-03-06T19:30:00+01:00"
    made = bench(replace(ALICE, hours=week_hours.parse("mo-fr 07:00-19:00")), zone="Europe/Amsterdam", start=friday)
    made.plug()
    made.pin("12345")
    assert shown(made) == ("driver.not_now", {"opens_at": "2026-03-09T06:00:00+00:00"})


def test_a_night_shift_passes_midnight_and_the_end_of_the_week() -> None:
    hours = week_hours.parse("su 22:00-06:00")
    for text, may in (("2026-03-02T05:59:59Z", True), ("2026-03-02T06:00:00Z", False), ("2026-03-02T22:00Z", False)):
        assert week_hours.is_open(hours, at(text), "UTC") is may


@pytest.mark.parametrize(
    ("instant", "may"),
    [
        ("2026-03-29T00:59:59Z", False),  # 01:59:59; the hour from two to three is skipped
        ("2026-03-29T01:00:00Z", False),  # 03:00
        ("2026-10-25T00:30:00Z", True),  # 02:30, the first time
        ("2026-10-25T01:30:00Z", True),  # and again
        ("2026-10-25T02:00:00Z", False),
    ],
)
def test_days_on_which_clocks_change(instant: str, may: bool) -> None:
    hours = week_hours.parse("su 02:15-02:45")
    assert week_hours.is_open(hours, at(instant), "Europe/Amsterdam") is may


def test_the_next_opening_is_one_at_which_it_is_open() -> None:
    hours = week_hours.parse("su 02:15-02:45")
    in_spring = week_hours.next_opening(hours, at("2026-03-28T12:00Z"), "Europe/Amsterdam")
    assert in_spring == at("2026-04-05T00:15Z"), "on the day itself that clock time is not shown"
    between = week_hours.next_opening(hours, at("2026-10-25T00:50Z"), "Europe/Amsterdam")
    assert between == at("2026-10-25T01:15Z"), "the second time that the clock shows it"
    for day in range(400):  # whatever the day: what is promised holds
        instant = at("2026-01-01T00:00Z") + timedelta(days=day, minutes=37 * day)
        opening = week_hours.next_opening(hours, instant, "Europe/Amsterdam")
        assert opening is not None and opening > instant
        assert week_hours.is_open(hours, opening, "Europe/Amsterdam")


@pytest.mark.parametrize(
    "text", ["mo-fr 07:00-19:00; sa 08:00-12:00, 13:00-15:30", "mo-su 00:00-24:00", "we 22:00-02:00"]
)
def test_what_is_written_can_be_read(text: str) -> None:
    assert week_hours.written(week_hours.parse(text)) == text


@pytest.mark.parametrize("text", ["", "mo", "mo 7-9", "xx 07:00-09:00", "mo 24:00-25:00", "mo 07:60-09:00", "mo;tu"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(week_hours.BadHours):
        week_hours.parse(text)


# Budget.


def budget(limit_wh: int, used_wh: int = 0, span: Span = Span.DAY, since: str = "2026-03-01T00:00Z") -> ev.Budget:
    return ev.Budget(limit_wh=limit_wh, span=span, used_wh=used_wh, since=at(since))


@pytest.mark.parametrize(("used_wh", "may"), [(9_999, True), (10_000, False), (12_000, False)])
def test_nobody_begins_without_budget(used_wh: int, may: bool) -> None:
    made = bench(replace(ALICE, budget=budget(10_000, used_wh)))
    made.plug()
    made.pin("12345")
    assert (made.running() is not None) is may
    if not may:
        assert shown(made) == (
            "driver.budget_used",
            {"limit_wh": 10_000, "resets_at": "2026-03-02T00:00:00+00:00"},
        )


def test_a_budget_that_is_used_up_ends_the_session() -> None:
    made = bench(replace(ALICE, budget=budget(10_000, 4_000)))
    made.plug()
    made.pin("12345")
    made.pass_time(minutes=16)  # 22 kW: 5.9 kWh
    assert made.running() is not None
    made.pass_time(minutes=1)
    [session] = made.ended
    assert (session.reason, session.flags) == (EndReason.OTHER, ("budget_used",))
    assert session.energy_wh is not None and 6_000 <= session.energy_wh < 6_100
    assert made.shown == "driver.budget_used"
    [notice] = [effect for effect in made.effects if isinstance(effect, Notify)]
    assert (notice.reason.code, notice.reason.params["driver"], notice.driver_id) == (
        "driver.budget_reached",
        "Alice",
        "drv_alice",
    )
    made.pass_time(seconds=2)
    made.pin("12345")
    assert made.running() is None, "what was charged here counts before the list is read anew"
    assert made.core.deadline() is None or made.wakes < 400


def test_a_budget_begins_anew_with_its_day() -> None:
    spent = budget(10_000, 10_000, since="2026-02-28T23:00Z")
    made = bench(replace(ALICE, budget=spent), start="2026-03-01T22:59:59Z", zone="Europe/Amsterdam")
    made.plug()
    made.pin("12345")
    assert made.running() is None
    made.pass_time(seconds=2)  # midnight in Amsterdam has passed
    made.pin("12345")
    assert made.running() is not None


def test_a_session_counts_in_the_period_in_which_it_began() -> None:
    made = bench(replace(ALICE, budget=budget(30_000)), start="2026-03-01T23:30:00Z")
    made.plug()
    made.pin("12345")
    made.pass_time(hours=1)  # 22 kWh, half of it after midnight
    made.pin("12345")
    [session] = made.ended
    assert session.energy_wh is not None and session.energy_wh > 20_000
    made.pass_time(seconds=2)
    made.pin("12345")  # Monday's budget is whole
    made.pass_time(hours=1.3)
    assert made.running() is not None
    made.pass_time(hours=0.2)
    assert made.running() is None


def test_yesterdays_budget_still_ends_yesterdays_session() -> None:
    made = bench(replace(ALICE, budget=budget(20_000)), start="2026-03-01T23:30:00Z")
    made.plug()
    made.pin("12345")
    made.pass_time(hours=1)
    [session] = made.ended
    assert session.energy_wh is not None and 20_000 <= session.energy_wh < 20_100


def test_what_a_driver_charges_elsewhere_ends_it_here() -> None:
    made = bench(replace(ALICE, budget=budget(10_000)))
    made.plug()
    made.pin("12345")
    made.pass_time(minutes=10)  # 3.7 kWh
    made.do(ev.DriversChanged((replace(ALICE, budget=budget(10_000, 6_400)), BOB)))
    assert made.running() is None


def test_both_connectors_take_from_one_budget() -> None:
    made = bench(replace(ALICE, budget=budget(10_000)), connectors=2)
    for connector_id in (1, 2):
        made.plug(connector_id)
        made.do(ev.PinEntered(connector_id, b"12345"))
        made.pass_time(seconds=2)
    made.pass_time(hours=1)
    assert 10_000 <= sum(session.energy_wh or 0 for session in made.ended) < 10_200


def test_quarters_and_ends_are_told_to_other_chargers() -> None:
    made = bench(replace(ALICE, budget=budget(100_000)))
    made.plug()
    made.pin("12345")
    made.pass_time(minutes=16)
    assert [effect for effect in made.effects if isinstance(effect, Spent)] == [Spent("drv_alice")]
    made.pin("12345")
    assert len([effect for effect in made.effects if isinstance(effect, Spent)]) == 2
    made.forget()
    made.pass_time(seconds=2)
    made.pin("54321")  # Bob has no budget
    made.pin("54321")
    assert not [effect for effect in made.effects if isinstance(effect, Spent)]


def test_a_budget_survives_a_restart_in_the_next_period() -> None:
    made = bench(replace(ALICE, budget=budget(20_000)), start="2026-03-01T23:30:00Z")
    made.plug()
    made.pin("12345")
    made.pass_time(minutes=31)
    made.core.state = replace(
        made.core.state,
        drivers=ev.DriversChanged((replace(ALICE, budget=budget(20_000, 0, since="2026-03-02T00:00Z")),)),
    )
    made.restart()
    made.pass_time(hours=1)
    [session] = made.ended
    assert session.energy_wh is not None and 20_000 <= session.energy_wh < 20_200


def test_a_car_that_rests_wakes_nobody_for_its_budget() -> None:
    made = bench(replace(ALICE, budget=budget(10_000)))
    made.plug(pilot=Pilot.B2)
    made.pin("12345")
    made.wakes = 0
    made.pass_time(minutes=14)
    assert made.wakes <= 1


# Blocked, removed.


def blocked(driver: ev.Driver = ALICE) -> ev.DriversChanged:
    return ev.DriversChanged((replace(driver, blocked=True), BOB))


def test_a_block_ends_the_session_at_once_and_plug_and_play_does_not_follow() -> None:
    made = Bench(drivers=(ALICE, BOB))  # FreeCharging: whoever plugs in charges
    made.pin("12345")
    made.plug()
    assert made.running() is not None and made.running().driver_id == "drv_alice"
    made.do(blocked())
    [session] = made.ended
    assert (session.reason, session.flags) == (EndReason.DE_AUTHORIZED, ("driver_blocked",))
    made.pass_time(hours=1)
    assert made.running() is None
    assert made.shown == "driver.blocked"


def test_a_removal_is_a_block() -> None:
    made = bench(ALICE)
    made.plug()
    made.pin("12345")
    made.do(ev.DriversChanged((BOB,)))
    assert [session.reason for session in made.ended] == [EndReason.DE_AUTHORIZED]


def test_a_block_voids_what_was_promised() -> None:
    made = bench(ALICE)
    made.pin("12345")  # the car is awaited
    made.do(blocked())
    made.plug()
    assert made.running() is None
    asked = Bench(drivers=(ALICE, BOB), settings=CLOSED, platform_decides=True)
    asked.plug()
    asked.pin("12345")
    asked.do(blocked())
    asked.platform_says(True)
    assert asked.running() is None


def test_a_block_while_we_were_away_acts_when_the_device_is_heard() -> None:
    made = bench(ALICE)
    made.plug()
    made.pin("12345")
    made.core.state = replace(made.core.state, drivers=blocked())
    made.restart()
    assert made.running() is None


def test_a_restart_does_not_end_what_runs_before_drivers_are_told() -> None:
    made = bench(ALICE)
    made.plug()
    made.pin("12345")
    made.restart(resync=False)
    made.do(ev.DeviceResynced(made.pilot, made.cable))
    assert made.running() is not None


def test_another_name_mode_or_pin_does_not_disturb_the_session() -> None:
    made = bench(ALICE)
    made.plug()
    made.pin("12345")
    before = made.running()
    made.forget()
    made.do(ev.DriversChanged((replace(ALICE, name="Alice A.", pin_mac=b"99999"), BOB)))
    assert made.running() == before
    assert made.told() == []


def test_a_driver_added_beside_a_strangers_car_can_take_it_over() -> None:
    made = Bench(drivers=(BOB,), settings=CLOSED)
    made.plug()  # a stranger's
    made.forget()
    made.do(ev.DriversChanged((BOB, ALICE)))
    assert made.told() == [], "nothing starts because somebody was added"
    made.pin("12345")
    assert made.running() is not None and made.running().driver_id == "drv_alice"


# Who decides (RULES §6).


def test_a_remote_start_of_a_driver_who_may_not_is_refused_where_local_decides() -> None:
    made = bench(replace(ALICE, hours=week_hours.parse("mo 07:00-08:00")))
    made.plug()
    assert made.remote_start("ALICE") == "refused driver.not_now"
    assert made.running() is None


def test_a_deciding_platform_starts_whom_it_likes_and_a_block_does_not_end_that() -> None:
    made = Bench(drivers=(replace(ALICE, blocked=True), BOB), settings=CLOSED, platform_decides=True)
    made.plug()
    assert made.remote_start("ALICE") == "granted"
    assert made.running() is not None
    made.do(blocked())
    assert made.running() is not None
    made.do(ev.LinksChanged(LINK, False))  # now the owner decides
    assert made.running() is None


def test_at_the_pad_the_owners_no_binds_also_where_a_platform_decides() -> None:
    made = Bench(drivers=(replace(ALICE, blocked=True), BOB), settings=CLOSED, platform_decides=True)
    made.plug()
    made.forget()
    made.pin("12345")
    assert made.told() == [], "a PIN is the owner's to give and to take: nobody else is asked"
    assert made.core.display() == Reason("driver.blocked")
