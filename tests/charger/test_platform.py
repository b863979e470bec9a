"""Authorise, identify, control: what a platform may say (RULES §6) and the certification cases that bind a charger."""

import pytest

from laadboek.charger import events as ev
from laadboek.charger.effects import Tell
from laadboek.facts import (
    AuthorisationAsked,
    Fault,
    Kind,
    Mode,
    Pilot,
    SessionEnded,
    SessionStarted,
    TransactionRefused,
)

from .bench import BOB, LINK, Bench

CLOSED = {"FreeCharging": "false"}
OWN = {"FreeChargingIdTag": "HOUSE"}


def lab(tethered: bool = True, **settings: str) -> Bench:
    """A charger whose platform decides, as the certification cases want it."""
    return Bench(drivers=(), platform_decides=True, tethered=tethered, settings=CLOSED | settings)


def in_session(bench: Bench, id_tag: str = "TAG1", parent: str | None = None) -> Bench:
    bench.plug()
    bench.tap(id_tag)
    bench.platform_says(True, parent)
    bench.pass_time(seconds=1)
    assert bench.running() is not None
    bench.told()
    return bench


# Local decides.


def test_a_known_driver_starts_at_once_without_asking_anybody():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.tap("alice")
    assert not any(isinstance(e, Tell) and isinstance(e.fact, AuthorisationAsked) for e in bench.effects)
    running = bench.running()
    assert running is not None
    assert (running.id_tag, running.over_link) == ("ALICE", None)


def test_an_unknown_tag_is_asked_of_the_control_link_and_its_session_is_that_links():
    bench = Bench(settings=CLOSED | {"OCPPChargeMode": "ECO+"})
    bench.do(ev.LinksChanged(LINK, default_kind=Kind.PRIVATE))
    bench.plug()
    bench.told()
    bench.tap("CHARLIE")
    assert bench.told() == ["asked CHARLIE"]
    assert bench.why == "waiting_for_platform"
    assert bench.effects[-1].link_id == LINK
    bench.platform_says(True)
    assert bench.told() == ["started CHARLIE", "32 A", "C2 offering in session"]
    running = bench.running()
    assert running is not None
    assert (running.over_link, running.kind, running.mode) == (LINK, Kind.PRIVATE, Mode.ECO_PLUS)


def test_an_unknown_tag_is_refused_when_there_is_nobody_to_ask():
    bench = Bench(control=None, settings=CLOSED)
    bench.plug()
    bench.told()
    bench.tap("CHARLIE")
    assert bench.told() == []
    assert bench.shown == "tag.unknown"


def test_a_platform_that_does_not_answer_keeps_nobody_waiting_for_ever():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.tap("CHARLIE")
    bench.pass_time(seconds=59)
    assert bench.shown == "tag.asked"
    bench.pass_time(seconds=1)
    assert bench.shown == "tag.no_answer"
    bench.platform_says(True)
    assert bench.running() is None, "too late"


@pytest.mark.parametrize("stop", [True, False])
def test_local_decides_after_a_refusal_the_car_goes_on_in_a_private_session_and_the_owner_is_told(stop):
    """RULES §6; whatever StopTransactionOnInvalidId says: who pays is another question than whether it charges (B7)."""
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(minutes=1)
    bench.told()
    bench.platform_refuses(stop=stop)
    assert bench.told() == [
        "ended DeAuthorized",
        "started ALICE",
        "notice transaction.refused",
        "C2 offering in session",
    ]
    (refused,) = bench.ended
    assert refused.kind is Kind.BUSINESS and refused.flags == (f"refused:{LINK}",)
    running = bench.running()
    assert running is not None
    assert (running.kind, running.driver_id, running.over_link) == (Kind.PRIVATE, "drv_alice", None)
    assert running.start_register_wh == refused.end_register_wh
    assert bench.limit_ma[1] == 32_000
    (fact,) = [e.fact for e in bench.effects if isinstance(e, Tell) and isinstance(e.fact, SessionStarted)][-1:]
    assert fact.refused_by == LINK


def test_what_goes_on_after_a_refusal_at_once_starts_in_a_second_of_its_own():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.platform_refuses()
    (refused,), running = bench.ended, bench.running()
    assert running is not None
    assert running.start_register_wh == refused.start_register_wh
    assert running.started_at.replace(microsecond=0) > refused.started_at.replace(microsecond=0)
    bench.unplug()
    assert bench.ended[-1].ended_at >= bench.ended[-1].started_at


def test_local_decides_a_refused_car_keeps_the_mode_that_somebody_chose():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("54321")
    bench.do(ev.ModeChosen(Mode.FAST))
    bench.platform_refuses()
    assert bench.core.mode() is Mode.FAST


def test_local_decides_a_refused_session_whose_car_is_away_just_ends():
    bench = Bench(settings={"StopTransactionOnEVSideDisconnect": "false"}, tethered=False)
    bench.plug()
    bench.pass_time(seconds=2)
    bench.unplug()
    bench.platform_refuses()
    assert bench.running() is None


def test_a_refusal_that_comes_after_the_session_is_told_to_the_owner():
    bench = Bench(settings=CLOSED)
    bench.do(TransactionRefused(link_id="lnk_report", session_id="ses_gone", stop=True))
    assert bench.told() == ["notice transaction.refused_late"]


def test_a_report_links_refusal_is_flagged_only_and_the_owner_is_told():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.told()
    bench.platform_refuses(link_id="lnk_report")
    assert bench.told() == ["notice transaction.refused_by_report"]
    running = bench.running()
    assert running is not None
    assert running.flags == ("refused:lnk_report",)


def test_a_refused_session_leaves_nobody_with_a_locked_cable():
    """errata 3.5 would keep it until the same tag is presented; who came by a remote start has none to present."""
    bench = Bench(settings={"FreeCharging": "false"}, tethered=False, platform_decides=True)
    bench.plug()
    bench.remote_start("GUEST")
    bench.pass_time(seconds=2)
    assert bench.held[1]
    bench.platform_refuses()
    assert (bench.running(), bench.held[1]) == (None, False)


def test_a_refusal_stops_a_session_that_was_started_over_that_link():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.remote_start("CHARLIE")
    bench.told()
    bench.platform_refuses(stop=True)
    assert bench.told() == ["ended DeAuthorized", "0 A", "C2 settled"]


def test_a_driver_who_is_quicker_than_the_platform_goes_first():
    bench = Bench(settings=CLOSED)
    bench.tap("ALICE")
    bench.tap("CHARLIE")
    bench.plug()
    bench.platform_says(True)
    running = bench.running()
    assert running is not None
    assert running.id_tag == "ALICE"


def test_a_stranger_takes_over_from_plug_and_play_only_with_the_platforms_word():
    bench = Bench(settings=OWN)
    bench.plug()
    bench.tap("CHARLIE")
    bench.told()
    bench.platform_says(False)
    assert bench.told() == []
    bench.tap("CHARLIE")
    bench.platform_says(True)
    assert bench.told() == ["asked CHARLIE", "ended Local by CHARLIE", "started CHARLIE", "C2 offering in session"]


def test_plug_and_play_waits_for_a_question_that_is_open_at_plug_in():
    bench = Bench(settings=OWN)
    bench.tap("CHARLIE")
    bench.plug()
    bench.told()
    bench.platform_says(False)
    assert bench.told() == ["started HOUSE", "32 A", "C2 offering in session"]


def test_a_platform_that_loses_control_leaves_no_question_open():
    bench = Bench(settings=OWN)
    bench.tap("CHARLIE")
    bench.plug()
    bench.do(ev.LinksChanged(None))
    running = bench.running()
    assert running is not None
    assert running.id_tag == "HOUSE"


# Platform decides.


def test_every_identification_is_asked_before_the_session():
    bench = Bench(platform_decides=True, settings=CLOSED)
    bench.plug()
    bench.told()
    bench.pin("54321")
    assert bench.told() == ["asked BOB"]
    bench.platform_says(True)
    assert bench.told() == ["started BOB", "32 A", "C2 offering in session"]
    running = bench.running()
    assert running is not None
    assert (running.driver_id, running.kind, running.mode) == (BOB.driver_id, BOB.kind, BOB.mode)


def test_plug_and_play_is_asked_too_and_not_again_after_a_refusal():
    bench = Bench(platform_decides=True, settings=OWN)
    bench.plug()
    assert bench.told() == ["asked HOUSE", "C2"]
    bench.platform_says(False)
    bench.show(Pilot.B2)
    assert bench.told() == ["B2"]
    bench.pass_time(hours=1)
    assert bench.told() == ["notice visit.unidentified"]


@pytest.mark.parametrize("stop", [True, False])
def test_a_refusal_of_the_platform_that_decides_binds(stop):
    """Certification cases 037_2 and 037_3."""
    bench = in_session(lab())
    bench.platform_refuses(stop=stop)
    if stop:
        assert bench.told() == ["ended DeAuthorized", "0 A", "C2 settled"]
    else:
        assert bench.told() == ["0 A", "C2 in session"]
        assert bench.why == "refused_by_platform"
        bench.pass_time(hours=1)
        bench.unplug()
        assert bench.ended[0].energy_wh == 6, "the second before the refusal"


# The certification cases.


def test_003_plug_in_first():
    bench = lab()
    bench.plug(pilot=Pilot.B1)
    bench.tap("TAG1")
    bench.platform_says(True)
    assert bench.told() == ["B1", "asked TAG1", "started TAG1", "32 A", "B1 offering in session"]
    bench.show(Pilot.C2)
    assert bench.told() == ["C2 offering in session"]


def test_004_identification_first():
    bench = lab(ConnectionTimeOut="30")
    bench.tap("TAG1")
    bench.platform_says(True)
    assert bench.told() == ["asked TAG1", "A identified"]
    bench.pass_time(seconds=30)
    assert bench.told() == ["A"]


def test_068_another_tag_does_not_stop_and_is_not_asked_about():
    bench = in_session(lab())
    bench.tap("TAG2")
    assert bench.told() == []
    bench.tap("tag1")
    assert bench.told() == ["ended Local by TAG1", "0 A", "C2 settled"]


def test_069_a_tag_with_the_same_parent_stops_and_is_named():
    bench = in_session(lab(), parent="FAMILY")
    bench.tap("TAG2")
    assert bench.told() == ["asked TAG2"]
    bench.platform_says(True, "family")
    assert bench.told() == ["ended Local by TAG2", "0 A", "C2 settled"]


@pytest.mark.parametrize(("accepted", "parent"), [(True, "OTHERS"), (True, None), (False, "FAMILY")])
def test_069_a_tag_of_another_family_does_not_stop(accepted, parent):
    bench = in_session(lab(), parent="FAMILY")
    bench.tap("TAG2")
    bench.told()
    bench.platform_says(accepted, parent)
    assert bench.told() == []
    assert bench.running() is not None


def test_005_1_unplugging_at_the_car_ends_the_session_and_frees_the_cable():
    bench = in_session(lab(tethered=False))
    bench.unplug()
    assert bench.told() == ["ended EVDisconnected", "0 A", "cable free", "A settled"]
    bench.pull_cable()
    assert bench.told() == ["A"]


def test_005_2_the_cable_stays_locked_until_somebody_unlocks_it():
    bench = in_session(lab(tethered=False, UnlockConnectorOnEVSideDisconnect="false"))
    bench.unplug()
    assert bench.told() == ["ended EVDisconnected", "0 A", "A settled"]
    assert bench.held == {1: True}
    assert bench.unlock() == "no answer yet"
    assert bench.held == {1: False}
    bench.pass_time(seconds=1)
    assert bench.answer_to(bench.wish_id) == "granted"


def test_005_3_the_session_may_go_on_without_the_car_where_charging_is_free():
    bench = in_session(
        Bench(
            drivers=(),
            platform_decides=True,
            settings={"FreeChargingIdTag": "", "StopTransactionOnEVSideDisconnect": "false"},
        )
    )
    bench.unplug()
    assert bench.told() == ["0 A", "A in session"]
    assert bench.why == "car_unplugged_in_session"
    bench.plug()
    assert bench.told() == ["32 A", "C2 offering in session"]
    bench.unplug()
    bench.told()
    assert bench.remote_stop() == "granted"
    assert bench.told() == ["granted", "ended Remote", "A"]


def test_a_session_without_a_car_is_allowed_only_where_charging_is_free():
    key = "StopTransactionOnEVSideDisconnect"
    assert lab().write(key, "false") == "refused setting.needs_free_charging"
    bench = Bench(settings={key: "false"})
    bench.write("FreeCharging", "false")
    assert bench.core.setting_values()[key] == "true"


def test_pulling_the_cable_at_the_charger_always_ends_the_session():
    bench = Bench(tethered=False, settings={"StopTransactionOnEVSideDisconnect": "false"} | OWN)
    bench.plug()
    bench.pass_time(seconds=1)
    bench.told()
    bench.pull_cable()
    assert bench.told()[0] == "ended EVDisconnected"
    assert bench.core.view(1).session_id is None


def test_010_011_remote_start_with_the_cable_first_or_last():
    bench = lab(OCPPChargeMode="ECO", ConnectionTimeOut="60")
    assert bench.remote_start("TAG1") == "granted"
    assert bench.told() == ["granted", "A identified"]
    bench.pass_time(seconds=60)
    assert bench.told() == ["A"]
    bench.plug()
    bench.told()
    assert bench.remote_start("TAG1", charging_profile=b"{}") == "granted"
    assert bench.told() == ["granted", "started TAG1", "32 A", "C2 offering in session"]
    running = bench.running()
    assert running is not None
    assert (running.over_link, running.mode) == (LINK, Mode.ECO)
    (started,) = [e.fact for e in bench.effects if isinstance(e, Tell) and isinstance(e.fact, SessionStarted)]
    assert started.charging_profile == b"{}"


def test_a_remote_start_that_is_to_be_authorised_is_granted_first_and_asked_then():
    bench = lab()
    bench.plug()
    bench.told()
    assert bench.remote_start("TAG1", authorised=False) == "granted"
    assert bench.told() == ["granted", "asked TAG1"]
    bench.platform_says(False)
    assert bench.running() is None


def test_a_remote_start_for_a_known_driver_keeps_the_drivers_kind_and_name():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.remote_start("BOB")
    running = bench.running()
    assert running is not None
    assert (running.driver_name, running.kind, running.over_link) == ("Bob", Kind.PRIVATE, LINK)
    assert running.mode is Mode.FAST, "the mode is that of OCPPChargeMode"


@pytest.mark.parametrize("kind", Kind)
def test_a_remote_start_of_a_stranger_is_of_the_links_kind(kind):
    bench = Bench(settings=CLOSED)
    bench.do(ev.LinksChanged(LINK, default_kind=kind))
    bench.plug()
    bench.remote_start("CHARLIE")
    running = bench.running()
    assert running is not None
    assert (running.kind, running.driver_name, running.over_link) == (kind, None, LINK)


def test_026_a_busy_connector_rejects_a_remote_start():
    bench = in_session(lab())
    assert bench.remote_start("TAG2") == "refused connector.busy"
    assert bench.remote_start("TAG2", connector_id=2) == "refused connector.unknown"
    assert bench.remote_start("TAG2", connector_id=0) == "refused connector.unknown"


def test_a_remote_start_does_not_push_aside_somebody_who_is_expected():
    bench = Bench(settings=CLOSED)
    bench.pin("12345")
    assert bench.remote_start("CHARLIE") == "refused connector.busy"
    assert bench.remote_start("alice") == "granted"


def test_a_remote_start_without_connector_goes_where_a_car_waits():
    bench = Bench(drivers=(), connectors=3, settings=CLOSED)
    bench.plug(2)
    assert bench.remote_start("TAG1", connector_id=None) == "granted"
    assert bench.running(2) is not None
    bench.plug(3)
    assert bench.remote_start("TAG2", connector_id=None) == "granted"
    assert bench.running(3) is not None
    assert bench.remote_start("TAG3", connector_id=None) == "granted"
    assert bench.core.view(1).identified
    assert bench.remote_start("TAG4", connector_id=None) == "refused connector.busy"


def test_only_the_link_that_holds_control_may_wish():
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    for refused in (
        bench.remote_start("TAG1", link_id="lnk_report"),
        bench.remote_stop("lnk_report"),
    ):
        assert refused == "refused link.no_control"
    assert bench.running() is not None


def test_012_remote_stop():
    bench = in_session(lab())
    assert bench.remote_stop() == "granted"
    assert bench.told() == ["granted", "ended Remote", "0 A", "C2 settled"]
    (ended,) = [e.fact for e in bench.effects if isinstance(e, Tell) and isinstance(e.fact, SessionEnded)]
    assert (ended.over_link, ended.id_tag) == (LINK, None)
    assert bench.remote_stop() == "refused session.unknown"


def test_017_unlock_without_a_session():
    loose, fixed = lab(tethered=False), lab()
    loose.unlock()
    loose.do(ev.LockMoved(1))
    assert loose.answer_to(loose.wish_id) == "granted"
    assert fixed.unlock() == "refused unlock.not_supported"
    assert fixed.unlock(2) == "refused connector.unknown"


def test_018_unlock_in_a_session_ends_it_first():
    bench = in_session(lab(tethered=False))
    bench.unlock()
    assert bench.told() == ["ended UnlockCommand", "0 A", "cable free", "C2 settled"]
    bench.pass_time(seconds=1)
    assert bench.told() == ["granted"]
    bench.unplug()
    bench.pull_cable()
    assert bench.told() == ["A settled", "A"]


def test_018_a_fixed_cable_is_not_unlocked_and_the_session_goes_on():
    bench = in_session(lab())
    assert bench.unlock() == "refused unlock.not_supported"
    assert bench.running() is not None


def test_030_an_unlock_that_fails_is_said_to_have_failed():
    bench = lab(tethered=False)
    bench.unlock()
    bench.do(ev.LockFailed(1))
    assert bench.answer_to(bench.wish_id) == "refused unlock.failed"
    bench.pass_time(hours=1)
    assert bench.told().count("granted") == 0


def test_024_a_lock_failure_at_the_start():
    bench = lab(tethered=False)
    bench.plug()
    bench.tap("TAG1")
    bench.platform_says(True)
    bench.do(ev.LockFailed(1))
    assert bench.core.view(1).fault is Fault.CONNECTOR_LOCK_FAILURE
    bench.pass_time(hours=1)
    assert bench.sessions == {}


@pytest.mark.parametrize("connector_id", [0, 1])
def test_041_no_session_starts_while_faulted(connector_id):
    bench = lab()
    bench.do(ev.FaultFound(connector_id, Fault.GROUND_FAILURE))
    everywhere = ["all GroundFailure"] if connector_id == 0 else []  # connector 0 has a status of its own
    assert bench.told() == [*everywhere, "A GroundFailure"]
    bench.plug()
    bench.tap("TAG1")
    assert bench.remote_start("TAG1") == "refused connector.faulted"
    assert bench.sessions == {}
    assert bench.why == "faulted"
    bench.do(ev.FaultGone(connector_id))
    assert bench.remote_start("TAG1") == "granted"
    assert bench.running() is not None


def test_a_fault_voids_what_was_about_to_start():
    bench = lab()
    bench.tap("TAG1")
    bench.platform_says(True)
    bench.do(ev.FaultFound(1, Fault.OTHER_ERROR))
    bench.do(ev.FaultGone(1))
    bench.plug()
    assert bench.running() is None


def test_a_fault_in_a_session_pauses_it():
    bench = in_session(lab())
    for fault, gone in ((Pilot.E, Pilot.C2), (Pilot.F, Pilot.C2)):
        bench.show(fault)
        assert bench.limit_ma[1] == 0
        assert bench.running() is not None
        bench.show(gone)
        assert bench.limit_ma[1] == 32_000


def test_after_a_fault_a_waiting_car_starts_by_plug_and_play():
    bench = Bench(settings=OWN)
    bench.do(ev.FaultFound(0, Fault.OVER_VOLTAGE))
    bench.plug()
    assert bench.running() is None
    bench.do(ev.FaultGone(0))
    assert bench.running() is not None


# Availability.


def test_inoperative_without_a_session_is_at_once():
    bench = lab()
    assert bench.availability(False) == "granted"
    assert bench.told() == ["granted", "A inoperative"]
    bench.plug()
    bench.tap("TAG1")
    assert bench.remote_start("TAG1") == "refused connector.inoperative"
    assert bench.shown == "connector.inoperative"
    assert bench.why == "unavailable"
    assert bench.availability(True) == "granted"
    assert bench.remote_start("TAG1") == "granted"


@pytest.mark.parametrize("connector_id", [0, 1])
def test_inoperative_in_a_session_takes_effect_after_it(connector_id):
    bench = in_session(lab())
    assert bench.availability(False, connector_id) == "granted availability.scheduled"
    assert bench.core.view(1).operative
    bench.remote_stop()
    assert not bench.core.view(1).operative


def test_a_scheduled_change_can_be_taken_back():
    bench = in_session(lab())
    bench.availability(False)
    assert bench.availability(True) == "granted"
    bench.remote_stop()
    assert bench.core.view(1).operative


def test_034_out_of_service_survives_power_cycle_and_restart():
    bench = lab()
    bench.availability(False, 0)
    bench.cut_power()
    bench.restore_power()
    assert not bench.core.view(1).operative
    bench.restart()
    assert not bench.core.view(1).operative


# Keys.


@pytest.mark.parametrize(
    ("key", "value", "answer"),
    [
        ("ConnectionTimeOut", "-1", "refused setting.bad_value"),
        ("ConnectionTimeOut", "90", "granted"),
        ("ConnectionTimeOut", "86401", "refused setting.bad_value"),
        ("FreeCharging", "perhaps", "refused setting.bad_value"),
        ("FreeCharging", "TRUE", "granted"),
        ("OCPPChargeMode", "ECO+", "granted"),
        ("OCPPChargeMode", "STOP", "refused setting.bad_value"),
        ("FreeChargingIdTag", "A" * 20, "granted"),
        ("FreeChargingIdTag", "A" * 21, "refused setting.bad_value"),
        ("LimitA", "²", "refused setting.bad_value"),
        ("NoSuchKey", "1", "refused setting.unknown"),
    ],
)
def test_writing_a_key(key, value, answer):
    assert Bench().write(key, value) == answer


def test_a_key_can_be_read_back_as_it_was_written():
    bench = Bench()
    for key, value in (("OCPPChargeMode", "ECO+"), ("DefaultMode", "eco_plus"), ("OwnTagKind", "business")):
        bench.write(key, value)
        assert bench.core.setting_values()[key] == value


def test_a_key_that_keeps_its_value_is_granted_and_tells_no_change():
    bench = Bench()
    bench.write("LimitA", "32")
    assert bench.told() == ["granted"]


# Crossings: two things at once.


def test_a_question_about_stopping_dies_with_the_session():
    bench = in_session(lab(), parent="FAMILY")
    bench.tap("TAG2")
    bench.unplug()
    assert bench.core.deadline() is None
    bench.told()
    bench.platform_says(True, "FAMILY")
    assert bench.told() == []


def test_only_the_control_links_answer_counts():
    bench = lab()
    bench.plug()
    bench.tap("TAG1")
    bench.platform_says(True, link_id="lnk_report")
    assert bench.running() is None


def test_a_platform_cannot_decide_without_a_link_that_holds_control():
    bench = Bench(control=None, platform_decides=True, settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    assert bench.running() is not None


def test_a_blocked_driver_is_not_started_remotely_either_unless_the_platform_decides():
    blocked = ev.Driver(driver_id="drv_bob", name="Bob", id_tag="BOB", kind=Kind.PRIVATE, blocked=True)
    assert Bench(drivers=(blocked,)).remote_start("BOB") == "refused driver.blocked"
    assert Bench(drivers=(blocked,), platform_decides=True).remote_start("BOB") == "granted"


def test_an_unlock_moves_the_lock_even_if_it_was_free_already():
    bench = lab(tethered=False)
    assert bench.told() == []
    bench.unlock()
    assert bench.told() == ["cable free"]


def test_of_two_unlocks_the_later_one_counts_and_the_earlier_one_is_answered():
    bench = lab(tethered=False)
    bench.unlock()
    first = bench.wish_id
    bench.unlock()
    assert bench.answer_to(first) == "refused unlock.failed"
    bench.do(ev.LockMoved(1))
    assert bench.answer_to(bench.wish_id) == "granted"


def test_an_unlock_voids_a_session_that_was_about_to_start():
    bench = Bench(tethered=False, settings=CLOSED)
    bench.plug()
    bench.pin("12345")
    bench.unlock()
    bench.pass_time(hours=1)
    assert bench.sessions == {}
    assert bench.held == {1: False}


def test_an_unlock_is_answered_before_the_charger_goes_dark():
    bench = lab(tethered=False)
    bench.unlock()
    bench.cut_power()
    assert bench.answer_to(bench.wish_id) == "refused unlock.failed"


def test_plug_and_play_that_waits_for_the_lock_does_not_begin_once_charging_is_not_free():
    bench = Bench(tethered=False, settings=OWN)
    bench.plug()
    assert bench.why == "waiting_for_lock"
    bench.write("FreeCharging", "false")
    bench.pass_time(hours=1)
    assert bench.sessions == {}


def test_plug_and_play_that_waits_for_the_platform_does_not_begin_once_charging_is_not_free():
    bench = Bench(platform_decides=True, settings=OWN)
    bench.plug()
    bench.write("FreeCharging", "false")
    bench.platform_says(True)
    assert bench.sessions == {}


def test_a_cable_for_less_than_six_ampere_carries_nothing():
    bench = Bench(tethered=False, settings=CLOSED)
    bench.insert_cable(limit_ma=5_999)
    bench.plug()
    bench.pin("12345")
    bench.pass_time(seconds=1)
    assert bench.running() is not None
    assert bench.limit_ma[1] == 0
