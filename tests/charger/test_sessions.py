"""Visits and sessions (RULES §1): who charges, from when to when, and for how much."""

from datetime import UTC, datetime

from laadboek.charger.effects import SaveSession, Tell
from laadboek.facts import Kind, Mode, Pilot, SessionEnded, SessionStarted

from .bench import Bench

CLOSED = {"FreeCharging": "false"}
QUARTER_WH = 5_520  # 32 A on three phases of 230 V for a quarter of an hour


def test_alice_plugs_in_types_her_pin_charges_and_unplugs():
    bench = Bench(settings=CLOSED)

    bench.plug()
    assert bench.told() == ["C2"]
    assert bench.why == "waiting_for_identification"
    bench.pin("12345")
    assert bench.told() == ["started ALICE", "32 A", "C2 offering in session"]
    bench.pass_time(minutes=30)
    bench.unplug()
    assert bench.told() == ["ended EVDisconnected", "0 A", "A"]

    (session,) = bench.ended
    assert (session.driver_id, session.driver_name, session.id_tag) == ("drv_alice", "Alice", "ALICE")
    assert (session.kind, session.mode) == (Kind.BUSINESS, Mode.FAST)
    assert (session.start_register_wh, session.energy_wh) == (1_000_000, 2 * QUARTER_WH)
    assert session.flags == ()


def test_alice_identifies_first_and_her_session_begins_when_the_car_is_there():
    bench = Bench(settings=CLOSED)

    bench.pin("12345")
    assert bench.told() == ["A identified"]
    assert bench.why == "waiting_for_car"
    bench.pass_time(seconds=59)
    bench.plug()

    assert bench.told() == ["started ALICE", "32 A", "C2 offering in session"]
    running = bench.running()
    assert running is not None
    assert running.started_at == datetime(2026, 3, 1, 9, 0, 59, tzinfo=UTC)


def test_a_driver_who_identifies_but_never_plugs_in_does_not_keep_the_connector():
    bench = Bench(settings=CLOSED | {"ConnectionTimeOut": "60"})

    bench.pin("12345")
    bench.told()
    bench.pass_time(seconds=59)
    assert bench.told() == []
    bench.pass_time(seconds=1)
    assert bench.told() == ["A"]
    assert bench.shown == "claim.lapsed"

    bench.pass_time(days=30)
    assert bench.wakes == 1, "nothing is left ticking"
    bench.plug()
    assert bench.told() == ["C2"], "whoever comes a month later is a stranger"


def test_a_connection_time_out_of_zero_waits_for_ever():
    bench = Bench(settings=CLOSED | {"ConnectionTimeOut": "0"})
    bench.pin("12345")
    bench.pass_time(days=2)
    assert bench.core.view(1).identified
    assert bench.core.deadline() is None


def test_alice_identifies_again_before_the_car_comes_and_gets_the_full_time_once_more():
    bench = Bench(settings=CLOSED | {"ConnectionTimeOut": "60"})
    bench.tap("ALICE")
    bench.pass_time(seconds=50)
    bench.tap("alice")
    bench.pass_time(seconds=50)
    assert bench.core.view(1).identified


def test_plug_and_play_starts_at_plug_in_under_the_chargers_own_tag_with_its_kind():
    bench = Bench(settings={"FreeChargingIdTag": "HOUSE", "OwnTagKind": "business"})

    bench.plug()

    assert bench.told() == ["started HOUSE", "32 A", "C2 offering in session"]
    running = bench.running()
    assert running is not None
    assert (running.driver_id, running.kind) == (None, Kind.BUSINESS)


def test_without_an_own_tag_there_is_no_plug_and_play():
    bench = Bench(settings={"FreeChargingIdTag": ""})
    bench.plug()
    assert bench.told() == ["C2"]


def test_a_new_charger_has_an_own_tag_that_nobody_guesses():
    assert len(Bench().core.setting_values()["FreeChargingIdTag"]) == 20


def test_the_same_pin_again_ends_the_session():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(minutes=15)
    bench.told()

    bench.pin("12345")

    assert bench.told() == ["ended Local by ALICE", "0 A", "C2 settled"]
    assert bench.shown == "session.stopped"
    assert bench.why == "session_over"
    bench.pass_time(hours=1)
    assert bench.told() == []
    assert bench.register_wh[1] == 1_000_000 + QUARTER_WH, "no energy flows outside a session"


def test_a_visit_holds_one_session_after_the_other():
    bench = Bench(settings=CLOSED)
    bench.plug()
    for pin in ("12345", "12345", "54321", "54321", "12345"):
        bench.pin(pin)
        bench.pass_time(minutes=15)
    bench.unplug()

    assert [session.id_tag for session in bench.ended] == ["ALICE", "BOB", "ALICE"]
    registers = [(s.start_register_wh, s.end_register_wh) for s in bench.ended]
    assert registers == [
        (1_000_000, 1_000_000 + QUARTER_WH),
        (1_000_000 + QUARTER_WH, 1_000_000 + 2 * QUARTER_WH),
        (1_000_000 + 2 * QUARTER_WH, 1_000_000 + 3 * QUARTER_WH),
    ]


def test_another_pin_or_tag_in_a_running_session_is_refused():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(minutes=1)
    bench.told()

    for identify in (lambda: bench.pin("54321"), lambda: bench.tap("BOB"), lambda: bench.tap("CHARLIE")):
        identify()
        assert bench.told() == []
        assert bench.shown == "session.other_tag"
        bench.pass_time(seconds=5)


def test_another_pin_in_an_own_tag_session_stops_it_and_starts_the_drivers_at_the_same_register():
    bench = Bench(settings={"FreeChargingIdTag": "HOUSE"})
    bench.plug()
    bench.pass_time(minutes=20)
    bench.told()

    bench.pin("12345")

    assert bench.told() == ["ended Local by ALICE", "started ALICE", "C2 offering in session"]
    (house,) = bench.ended
    alice = bench.running()
    assert alice is not None
    assert house.end_register_wh == alice.start_register_wh == 1_000_000 + QUARTER_WH * 4 // 3


def test_a_pause_of_the_car_a_charged_car_or_a_phase_switch_never_end_a_session():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.told()
    for pilot in (Pilot.B2, Pilot.C2, Pilot.B1, Pilot.C1, Pilot.B2):
        bench.show(pilot)
        bench.pass_time(hours=3)
    assert bench.why == "car_full_or_paused_by_car"
    assert bench.told() == [f"{p} offering in session" for p in ("B2", "C2", "B1", "C1", "B2")]


def test_an_unidentified_visit_makes_no_session_but_a_notice_after_some_minutes():
    bench = Bench(settings=CLOSED | {"NoticeAfterMinutes": "10"})
    bench.plug()
    bench.told()
    bench.pass_time(minutes=9, seconds=59)
    assert bench.told() == []
    bench.pass_time(seconds=1)
    assert bench.told() == ["notice visit.unidentified"]
    bench.pass_time(days=3)
    assert bench.told() == []
    assert bench.wakes == 1
    bench.unplug()
    assert bench.sessions == {}


def test_the_notice_can_be_switched_off():
    bench = Bench(settings=CLOSED | {"NoticeAfterMinutes": "0"})
    bench.plug()
    assert bench.core.deadline() is None


def test_stop_chosen_by_a_person_ends_the_session_only_where_everybody_must_identify():
    closed, free = Bench(settings=CLOSED), Bench(settings={"FreeChargingIdTag": "HOUSE"})
    for bench in (closed, free):
        bench.plug()
        bench.pin("12345")
        bench.told()
        bench.choose(Mode.STOP)

    assert closed.told() == ["ended Local", "0 A", "C2 settled"]
    assert free.told() == ["0 A", "C2 in session"]  # SuspendedEVSE
    assert free.why == "stopped_by_person"
    free.choose(Mode.FAST)
    assert free.told() == ["32 A", "C2 offering in session"]


def test_choosing_a_mode_does_not_let_a_stranger_charge():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.told()
    bench.choose(Mode.FAST)
    assert bench.told() == []
    assert bench.shown == "mode.needs_identification"
    assert bench.core.mode() is Mode.STOP


def test_after_her_stop_a_person_may_go_on_with_plug_and_play_by_choosing_a_mode():
    bench = Bench(settings={"FreeChargingIdTag": "HOUSE"})
    bench.plug()
    bench.remote_stop()
    bench.pass_time(hours=1)
    bench.told()
    bench.choose(Mode.FAST)
    assert bench.told() == ["started HOUSE", "32 A", "C2 offering in session"]


def test_a_driver_charges_in_the_drivers_own_mode_and_unplugging_returns_to_the_default_mode():
    bench = Bench(settings=CLOSED)
    bench.plug()
    assert bench.core.mode() is Mode.STOP
    bench.pin("54321")
    assert bench.core.mode() is Mode.ECO
    bench.unplug()
    assert bench.core.mode() is Mode.STOP


def test_a_mode_that_the_charger_cannot_follow_yet_is_not_passed_off_as_followed():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("54321")
    why = bench.core.explain(1, bench.now)
    assert why.code == "charging"
    assert why.params == {"mode": "eco", "as_mode": "fast", "limit_a": 32, "driver": "Bob"}


def test_the_register_is_noted_at_every_quarter_hour_while_a_session_runs():
    bench = Bench(start="2026-03-01T09:10:00Z", settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(minutes=26)
    running = bench.running()
    assert running is not None
    assert running.quarters == (
        (datetime(2026, 3, 1, 9, 15, tzinfo=UTC), 1_000_000 + QUARTER_WH // 3),
        (datetime(2026, 3, 1, 9, 30, tzinfo=UTC), 1_000_000 + QUARTER_WH // 3 + QUARTER_WH),
    )
    assert bench.sessions[running.session_id] == running, "what is known at a boundary is saved"
    assert bench.wakes == 2, "and at no other time"


def test_at_a_boundary_at_which_the_device_tells_nothing_no_older_register_is_noted():
    bench = Bench(start="2026-03-01T09:10:00Z", settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.meter_works = False  # it restarts
    bench.pass_time(minutes=6)
    running = bench.running()
    assert running is not None
    assert (running.quarters, running.flags) == ((), ("quarter_gap",))


def test_nor_is_one_of_some_seconds_before_while_the_car_was_drawing():
    bench = Bench(start="2026-03-01T09:14:20Z", settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.meter_works = False
    bench.pass_time(minutes=1)
    running = bench.running()
    assert running is not None
    assert (running.quarters, running.flags) == ((), ("quarter_gap",)), "the last reading was 40 s old"


def test_a_clock_set_back_in_a_session_costs_quarter_hours_and_says_so():
    bench = Bench(start="2027-04-01T09:10:00Z", settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(minutes=10)
    bench.now = bench.meter_at = datetime(2026, 3, 1, 9, 20, tzinfo=UTC)
    bench.restart()
    bench.pass_time(minutes=30)
    running = bench.running()
    assert running is not None
    assert [at for at, _ in running.quarters] == [datetime(2027, 4, 1, 9, 15, tzinfo=UTC)], "never backwards"
    assert running.flags == ("quarter_gap",)
    bench.unplug()
    [ended] = bench.ended
    assert ended.ended_at == datetime(2027, 4, 1, 9, 15, tzinfo=UTC)


def test_an_idle_charger_has_no_deadline_at_all():
    bench = Bench(settings=CLOSED)
    assert bench.core.deadline() is None
    bench.plug()
    bench.pin("12345")
    bench.unplug()
    assert bench.core.deadline() is None


def test_a_settled_visit_has_no_deadline_either():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(seconds=2)
    bench.pin("12345")
    assert bench.core.deadline() is None


def test_quarter_hours_missed_while_laadboek_was_away_are_flagged_not_invented():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(minutes=14)
    bench.now = datetime(2026, 3, 1, 9, 40, tzinfo=UTC)  # nobody woke the core
    bench.restart()
    running = bench.running()
    assert running is not None
    assert running.quarters == ()
    assert running.flags == ("quarter_gap",)
    bench.pass_time(minutes=5)
    running = bench.running()
    assert running is not None
    assert running.quarters == ((datetime(2026, 3, 1, 9, 45, tzinfo=UTC), 1_000_000 + 3 * QUARTER_WH),)


def test_facts_about_sessions_are_numbered_and_numbers_survive_a_restart():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(minutes=1)
    bench.restart()
    bench.unplug()
    numbers = [
        effect.fact.number
        for effect in bench.effects
        if isinstance(effect, Tell) and isinstance(effect.fact, SessionStarted | SessionEnded)
    ]
    assert numbers == [1, 2]


def test_the_session_is_saved_before_anything_about_it_is_told():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.forget()
    bench.pin("12345")
    bench.unplug()
    kinds = [
        type(effect.fact if isinstance(effect, Tell) else effect).__name__
        for effect in bench.effects
        if isinstance(effect, SaveSession)
        or (isinstance(effect, Tell) and isinstance(effect.fact, SessionStarted | SessionEnded))
    ]
    assert kinds == ["SaveSession", "SessionStarted", "SaveSession", "SessionEnded"]


def test_two_connectors_have_visits_of_their_own():
    bench = Bench(connectors=2, settings=CLOSED | {"LimitA": "40"})
    bench.plug(1)
    bench.plug(2)
    bench.pin("12345", 1)
    assert bench.limit_ma == {1: 32_000, 2: 0}
    bench.pass_time(seconds=2)
    bench.pin("54321", 2)
    assert bench.limit_ma == {1: 20_000, 2: 20_000}, "the charger's limit is shared"
    bench.unplug(1)
    assert bench.running(1) is None
    assert bench.running(2) is not None
    assert bench.limit_ma == {1: 0, 2: 32_000}


def test_with_less_than_two_floors_the_car_that_came_first_charges():
    bench = Bench(connectors=2, settings=CLOSED | {"LimitA": "11"})
    for connector_id, pin in ((2, "12345"), (1, "54321")):
        bench.plug(connector_id)
        bench.pin(pin, connector_id)
        bench.pass_time(seconds=2)
    assert bench.limit_ma == {1: 0, 2: 11_000}
    assert bench.why == "limit_too_low"


def test_fast_offers_the_least_of_charger_cable_and_limit_and_nothing_below_six_ampere():
    bench = Bench(settings=CLOSED, tethered=False, max_current_ma=25_000)
    bench.insert_cable(limit_ma=20_000)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(seconds=1)
    assert bench.limit_ma[1] == 20_000
    bench.set("LimitA", "6")
    assert bench.limit_ma[1] == 6_000
    bench.set("LimitA", "5")
    assert bench.limit_ma[1] == 0
    assert bench.why == "limit_too_low"
