"""Reservations (OCPP 1.6 §3.11, §5.1, §5.13; RULES §6): what a platform keeps, and for whom."""

from datetime import timedelta

import pytest

from laadboek import facts
from laadboek.charger import events as ev
from laadboek.charger.effects import Tell
from laadboek.facts import Fault, Kind

from .bench import LINK, Bench

ON = {"Reservations": "true", "FreeCharging": "false"}
OTHER_LINK = "lnk_other"


def reserving(**changes) -> Bench:
    return Bench(settings=ON | changes.pop("settings", {}), **changes)


def reserve(bench, id_tag="VISITOR", connector_id=1, *, number=7, parent=None, minutes=30.0, link_id=LINK):
    return bench.wish(
        facts.ReserveAsked,
        link_id,
        reservation_id=number,
        connector_id=connector_id,
        id_tag=id_tag,
        parent_id_tag=parent,
        expires_at=bench.now + timedelta(minutes=minutes),
    )


def cancel(bench, number=7):
    return bench.wish(facts.ReservationCancelAsked, reservation_id=number)


def reserved(bench) -> list[int]:
    """Connectors shown as reserved."""
    return [c for c in bench.register_wh if bench.core.view(c).reserved_by == LINK]


def kept(bench) -> list[int]:
    return [reservation.reservation_id for reservation in bench.core.state.durable.reservations]


def starts(bench) -> list[tuple[str, int | None]]:
    told = [effect.fact for effect in bench.effects if isinstance(effect, Tell)]
    return [(fact.id_tag, fact.reservation_id) for fact in told if isinstance(fact, facts.SessionStarted)]


# --- what can be reserved ---


def test_a_reservation_is_granted_shown_and_cancelled():
    bench = reserving()
    assert reserve(bench) == "granted"
    assert (reserved(bench), bench.core.view(1).reserved_by) == ([1], LINK)
    assert cancel(bench, 8) == "refused reservation.unknown"
    assert cancel(bench) == "granted"
    assert reserved(bench) == []
    assert cancel(bench) == "refused reservation.unknown"


def test_nothing_is_reserved_unless_the_owner_turned_it_on():
    bench = Bench()
    assert reserve(bench) == "refused reservation.off"
    bench.set("Reservations", "true")
    assert reserve(bench) == "granted"
    bench.set("Reservations", "false")
    assert (reserved(bench), kept(bench)) == ([], [])


def test_only_the_link_in_control_reserves():
    assert reserve(reserving(), link_id=OTHER_LINK) == "refused link.no_control"


@pytest.mark.parametrize("connector_id", [0, 1])
def test_what_cannot_be_had_is_refused_for_its_reason(connector_id):
    bench = reserving()
    bench.plug()
    assert reserve(bench, connector_id=connector_id) == "refused connector.busy"
    bench.unplug()
    bench.availability(False)
    assert reserve(bench, connector_id=connector_id) == "refused connector.inoperative"
    bench.availability(True)
    for where in (0, 1):
        bench.do(ev.FaultFound(where, Fault.GROUND_FAILURE))
        assert reserve(bench, connector_id=connector_id) == "refused connector.faulted"
        bench.do(ev.FaultGone(where))
    bench.do(ev.FaultFound(1, Fault.WEAK_SIGNAL))
    assert reserve(bench, connector_id=connector_id) == "granted", "§4.9: a warning stops nothing"


@pytest.mark.parametrize("stage", ["expected", "running", "settled"])
def test_a_connector_somebody_else_uses_is_busy(stage):
    bench = reserving()
    bench.pin("12345")
    if stage != "expected":
        bench.plug()
    if stage == "settled":
        bench.pass_time(seconds=2)
        bench.pin("12345")
    assert reserve(bench) == "refused connector.busy"


def test_a_loose_cable_in_the_socket_keeps_it_busy():
    bench = reserving(tethered=False)
    bench.insert_cable()
    assert reserve(bench) == "refused connector.busy"


def test_what_makes_no_sense_is_void():
    bench = reserving()
    assert reserve(bench, minutes=0) == "refused reservation.void"
    assert reserve(bench, id_tag="") == "refused reservation.void"
    assert reserve(bench, connector_id=2) == "refused connector.unknown"
    assert reserve(bench, connector_id=-1) == "refused connector.unknown"


def test_a_reserved_connector_is_not_reserved_twice():
    bench = reserving()
    reserve(bench, "VISITOR", number=7)
    assert reserve(bench, "VISITOR", number=8) == "refused connector.busy"
    assert kept(bench) == [7]


def test_the_same_id_replaces_the_reservation():
    bench = reserving(connectors=2)
    reserve(bench, "VISITOR", 1, number=7)
    assert reserve(bench, "GUEST", 2, number=7) == "granted"
    assert (kept(bench), reserved(bench)) == ([7], [2])
    bench.plug(1)
    assert reserve(bench, "GUEST", 1, number=7) == "refused connector.busy"
    assert reserved(bench) == [2], "the former one stays"


# --- whom it binds ---


def test_only_whom_it_is_for_can_charge_and_the_session_names_it():
    bench = reserving()
    reserve(bench, "VISITOR")
    bench.plug()
    assert reserved(bench) == [1], "whoever's car it is"
    bench.pin("12345")
    bench.tap("STRANGER")
    assert bench.shown == "connector.reserved"
    assert bench.remote_start("CHARLIE") == "refused connector.reserved"
    assert (bench.running(), "asked STRANGER" in bench.told()) == (None, False)
    bench.tap("visitor")
    bench.platform_says(accepted=True)
    assert (starts(bench), kept(bench), reserved(bench)) == ([("visitor", 7)], [], [])


def test_a_remote_start_of_whom_it_is_for_names_it():
    bench = reserving()
    reserve(bench, "VISITOR")
    assert bench.remote_start("VISITOR") == "granted"
    assert reserved(bench) == [1], "until the session starts"
    bench.plug()
    assert (starts(bench), kept(bench)) == ([("VISITOR", 7)], [])


def test_a_known_driver_uses_a_reservation_with_a_pin():
    bench = reserving()
    reserve(bench, "ALICE")
    bench.pin("54321")
    assert bench.shown == "connector.reserved"
    bench.pass_time(seconds=2)
    bench.pin("12345")
    bench.plug()
    assert starts(bench) == [("ALICE", 7)]


def test_whoever_identified_and_does_not_come_leaves_it_reserved():
    bench = reserving(settings={"ConnectionTimeOut": "60"})
    reserve(bench, "ALICE")
    bench.pin("12345")
    bench.pass_time(seconds=60)
    assert (reserved(bench), kept(bench)) == ([1], [7])


def test_plug_and_play_waits_for_the_reservation_to_end():
    bench = Bench(settings={"Reservations": "true"})
    reserve(bench)
    bench.plug()
    bench.pass_time(minutes=10)
    assert bench.running() is None
    cancel(bench)
    bench.unplug()
    bench.plug()
    assert bench.running() is not None


def test_a_reservation_for_the_chargers_own_tag_is_used_by_plug_and_play():
    bench = Bench(settings={"Reservations": "true", "FreeChargingIdTag": "HOUSE"})
    reserve(bench, "HOUSE")
    bench.plug()
    assert starts(bench) == [("HOUSE", 7)]


@pytest.mark.parametrize(("parent", "accepted", "starts_"), [
    ("FAMILY", True, [("COUSIN", 7)]),
    ("family", True, [("COUSIN", 7)]),
    ("OTHERS", True, []),
    (None, True, []),
    ("FAMILY", False, []),
])  # fmt: skip
def test_a_tag_of_the_same_group_is_asked_about_and_may_charge(parent, accepted, starts_):
    bench = reserving()
    reserve(bench, "VISITOR", parent="FAMILY")
    bench.plug()
    bench.tap("COUSIN")
    assert "asked COUSIN" in bench.told()
    bench.platform_says(accepted, parent)
    assert starts(bench) == starts_
    assert kept(bench) == ([] if starts_ else [7])


def test_a_remote_start_of_the_same_group_is_asked_about():
    bench = reserving()
    reserve(bench, "VISITOR", parent="FAMILY")
    bench.plug()
    assert bench.remote_start("COUSIN", authorised=True) == "granted"
    bench.platform_says(accepted=True, parent="FAMILY")
    assert starts(bench) == [("COUSIN", 7)]


def test_a_known_driver_is_asked_about_where_a_group_is_awaited():
    bench = reserving()
    reserve(bench, "VISITOR", parent="FAMILY")
    bench.plug()
    bench.pin("12345")
    assert "asked ALICE" in bench.told()
    bench.platform_says(accepted=True, parent="FAMILY")
    (started,) = bench.sessions.values()
    assert (started.driver_id, started.kind) == ("drv_alice", Kind.BUSINESS), "still the known driver"


def test_the_parent_of_a_group_is_no_tag_of_it():
    """§3.10: a parent is not compared with a presented tag."""
    bench = reserving()
    reserve(bench, "VISITOR", parent="FAMILY")
    bench.plug()
    bench.tap("FAMILY")
    bench.platform_says(accepted=True)
    assert starts(bench) == []


# --- connector 0 ---


def test_any_connector_is_kept_free_for_it_but_no_particular_one():
    bench = reserving(connectors=2)
    assert reserve(bench, "VISITOR", 0) == "granted"
    assert reserved(bench) == [], "either one is still free for anybody"
    bench.plug(1)
    bench.pin("12345", 1)
    assert bench.running(1) is not None
    assert reserved(bench) == [2], "the last one is not"
    bench.plug(2)
    bench.pass_time(seconds=2)
    bench.pin("54321", 2)
    assert (bench.running(2), bench.core.display(2).code) == (None, "connector.reserved")
    bench.remote_start("VISITOR", 2)
    assert (starts(bench)[-1], kept(bench)) == (("VISITOR", 7), [])


def test_one_connector_reserved_as_any_is_the_one():
    bench = reserving()
    reserve(bench, "VISITOR", 0)
    assert reserved(bench) == [1]
    bench.plug()
    bench.pin("12345")
    assert bench.running() is None
    bench.remote_start("VISITOR")
    assert starts(bench) == [("VISITOR", 7)]


def test_while_its_driver_is_expected_at_one_connector_the_other_is_for_anybody():
    bench = reserving(connectors=2)
    reserve(bench, "ALICE", 0)
    bench.pin("12345", 1)
    bench.plug(2)
    bench.pass_time(seconds=2)
    bench.pin("54321", 2)
    assert bench.running(2) is not None


def test_the_charge_point_is_reserved_once_and_the_last_connector_not_at_all():
    bench = reserving(connectors=2)
    reserve(bench, "VISITOR", 0, number=7)
    assert reserve(bench, "GUEST", 0, number=8) == "refused connector.reserved"
    assert reserve(bench, "GUEST", 1, number=8) == "granted"
    assert reserved(bench) == [1, 2]
    assert reserve(bench, "OTHER", 2, number=9) == "refused connector.reserved"
    assert reserve(bench, "VISITOR", 0, number=7) == "granted", "itself again"


def test_a_remote_start_without_a_connector_takes_the_reserved_one():
    bench = reserving(connectors=2)
    reserve(bench, "VISITOR", 2)
    bench.plug(1)
    assert bench.remote_start("VISITOR", None) == "granted"
    bench.plug(2)
    assert (bench.running(1), starts(bench)) == (None, [("VISITOR", 7)])
    assert bench.remote_start("CHARLIE", None) == "granted"
    assert bench.running(1) is not None


def test_one_start_makes_good_all_that_it_matches():
    bench = reserving(connectors=2)
    reserve(bench, "VISITOR", 2, number=7)
    reserve(bench, "VISITOR", 0, number=8)
    bench.plug(2)
    bench.remote_start("VISITOR", 2)
    assert (starts(bench), kept(bench)) == ([("VISITOR", 7)], []), "§5.13 (1): both ended, the connector's is named"


# --- how it ends ---


def test_it_expires_at_its_very_second():
    bench = reserving()
    reserve(bench, minutes=30)
    bench.pass_time(minutes=29, seconds=59)
    assert reserved(bench) == [1]
    bench.pass_time(seconds=1)
    assert (reserved(bench), bench.told()[-1]) == ([], "A")
    bench.plug()
    bench.pin("12345")
    assert starts(bench) == [("ALICE", None)]


@pytest.mark.parametrize("connector_id", [0, 1])
@pytest.mark.parametrize("what", ["fault", "charger fault", "unavailable"])
def test_a_fault_or_being_out_of_service_ends_it(connector_id, what):
    bench = reserving()
    reserve(bench, connector_id=connector_id)
    if what == "unavailable":
        bench.availability(False)
        bench.availability(True)
    else:
        where = 1 if what == "fault" else 0
        bench.do(ev.FaultFound(where, Fault.GROUND_FAILURE))
        bench.do(ev.FaultGone(where))
    assert (kept(bench), reserved(bench)) == ([], [])


def test_any_connector_ends_only_when_none_works():
    bench = reserving(connectors=2)
    reserve(bench, "VISITOR", 0)
    bench.availability(False, 1)
    assert reserved(bench) == [2]
    bench.availability(False, 2)
    assert kept(bench) == []


def test_it_survives_a_restart_of_ours_and_a_reboot_of_the_device():
    bench = reserving()
    reserve(bench, minutes=30)
    bench.restart()
    assert reserved(bench) == [1]
    bench.cut_power()
    bench.pass_time(minutes=5)
    bench.restore_power()
    assert reserved(bench) == [1]
    bench.cut_power()
    bench.pass_time(minutes=30)
    bench.restore_power()
    assert (reserved(bench), kept(bench)) == ([], []), "expired in the dark"


def test_a_link_that_loses_control_loses_its_reservations():
    bench = reserving()
    reserve(bench)
    bench.do(ev.LinksChanged(LINK))
    assert kept(bench) == [7]
    bench.do(ev.LinksChanged(OTHER_LINK))
    assert kept(bench) == []


def test_a_person_who_identified_before_the_reservation_ran_out_still_charges():
    bench = reserving(settings={"ConnectionTimeOut": "0"})
    reserve(bench, "ALICE", minutes=5)
    bench.pin("12345")
    bench.pass_time(minutes=6)
    bench.plug()
    assert starts(bench) == [("ALICE", None)]


def test_an_answer_that_comes_after_the_reservation_was_made_is_too_late():
    bench = reserving()
    bench.plug()
    bench.tap("STRANGER")
    bench.unplug()
    reserve(bench, "VISITOR")
    bench.platform_says(accepted=True)
    assert bench.core.view(1).identified is False
    assert starts(bench) == []
