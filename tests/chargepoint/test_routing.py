"""What a link sees of a charger: the rows of RULES §6 about routing, tags, hidden sessions and registers."""

from typing import Any

import msgspec
import pytest
from face_bench import START, Bench, Platform, link_config

from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.config import LinkConfig, Routing
from laadboek.facts import (
    ConnectorChanged,
    DeviceBooted,
    DeviceWentDark,
    EndReason,
    Fault,
    Kind,
    Pilot,
    ResetAsked,
    StartAsked,
    UnlockAsked,
    WishAnswered,
)
from laadboek.ocpp import messages as m
from laadboek.reasons import Reason

BUSINESS = Routing("business")
PRIVATE: dict[str, Any] = {"kind": Kind.PRIVATE, "driver_id": "drv_bob", "id_tag": "BOB"}
TRANSACTION = (m.StartTransactionRequest, m.StopTransactionRequest, m.MeterValuesRequest)


def employer(**changes: Any) -> Bench:
    """Holds control, sees business sessions only."""
    bench = Bench(routing=BUSINESS, **changes)
    bench.heard()
    return bench


def registrar(**changes: Any) -> Bench:
    """Gets records of business sessions only."""
    return employer(role="report", **changes)


def plug(bench: Bench) -> None:
    bench.show(pilot=Pilot.B1, cable=True)


def unplug(bench: Bench) -> None:
    bench.show(pilot=Pilot.A, cable=False, settled=False)


def begin(bench: Bench, **started: Any) -> str:
    session = bench.start_session(**started)
    bench.show(pilot=Pilot.C2, cable=True, session_id=session, identified=False, settled=False, offering=True)
    return session


def end(bench: Bench, session: str, **ended: Any) -> None:
    bench.end_session(session, **ended)
    bench.show(pilot=Pilot.B1, session_id=None, settled=True, offering=False)


def charge_privately(bench: Bench, wh: int = 5_000) -> None:
    """Bob plugs in, charges and leaves."""
    plug(bench)
    session = begin(bench, **PRIVATE)
    bench.charge(wh)
    bench.pass_time(minutes=30)
    end(bench, session)
    unplug(bench)


def charge_for_business(bench: Bench, wh: int = 2_000) -> tuple[int, int]:
    """Alice plugs in, charges and leaves; meterStart and meterStop as the platform was told."""
    bench.heard()
    plug(bench)
    session = begin(bench)
    bench.charge(wh)
    bench.pass_time(minutes=30)
    end(bench, session)
    unplug(bench)
    start, stop = bench.heard(m.StartTransactionRequest, m.StopTransactionRequest)
    return start.meter_start, stop.meter_stop


# --- the rule ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("routing", "alice", "bob"),
    [
        (Routing("all"), True, True),
        (Routing("business"), True, False),
        (Routing("drivers", frozenset({"drv_bob"})), False, True),
        (Routing("drivers", frozenset({"drv_alice", "drv_bob"})), True, True),
    ],
)
def test_a_link_gets_all_sessions_business_ones_or_those_of_chosen_drivers(
    routing: Routing, alice: bool, bob: bool
) -> None:
    bench = Bench(routing=routing)
    bench.heard()
    for is_routed, who in ((alice, {}), (bob, PRIVATE)):
        bench.end_session(bench.start_session(**who))
        assert len(bench.heard(*TRANSACTION)) == (2 if is_routed else 0)


@pytest.mark.parametrize("routing", [BUSINESS, Routing("drivers", frozenset({"drv_alice"}))])
def test_a_session_started_over_a_link_is_always_routed_to_it(routing: Routing) -> None:
    bench = Bench(routing=routing, fixed_tag="COMPANY")
    bench.heard()
    bench.start_session(**PRIVATE, over_link="lnk_1")
    (start,) = bench.heard(m.StartTransactionRequest)
    assert start.id_tag == "BOB", "the tag that the platform gave (§5.11)"


def test_a_session_started_over_another_link_follows_this_links_own_rule() -> None:
    bench = registrar()
    bench.start_session(**PRIVATE, over_link="lnk_other")
    bench.start_session(over_link="lnk_other")
    assert [start.id_tag for start in bench.heard(m.StartTransactionRequest)] == ["ALICE"]


def test_routing_is_frozen_at_the_start_also_over_a_restart() -> None:
    bench = employer()
    hidden, shown = bench.start_session(connector_id=1, **PRIVATE), bench.start_session()
    bench.restart()
    bench.end_session(hidden)
    bench.end_session(shown)
    assert [type(request) for request in bench.heard(*TRANSACTION)] == list(TRANSACTION[:2])


def test_a_draining_link_gets_no_new_session_and_delivers_what_it_has() -> None:
    bench = Bench()
    bench.go_offline()
    session = bench.start_session()
    bench.config = bench.face.config = link_config(draining=True)
    bench.end_session(session)
    bench.end_session(bench.start_session())
    bench.platform.reachable = True
    bench.heard()
    bench.pass_time(minutes=10)
    assert [type(request) for request in bench.heard(*TRANSACTION)] == list(TRANSACTION[:2])
    assert not bench.face.config.controls


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"role": "observer"}, "link.bad_role"),
        ({"routing": Routing("private")}, "link.bad_rule"),
        ({"routing": Routing("drivers")}, "link.no_drivers"),
        ({"routing": Routing("business", frozenset({"drv_1"}))}, "link.drivers_without_rule"),
        ({"role": "report", "platform_decides": True}, "link.report_cannot_decide"),
        ({"routing": BUSINESS, "platform_decides": True}, "link.decides_needs_all"),
        ({"fixed_tag": ""}, "link.bad_fixed_tag"),
        ({"fixed_tag": "X" * 21}, "link.bad_fixed_tag"),
    ],
)
def test_only_a_control_link_that_sees_all_may_let_its_platform_decide(given: dict[str, Any], code: str) -> None:
    with pytest.raises(ValueError, match=code):
        link_config(**given)
    settings = msgspec.to_builtins(
        {"link_id": "l", "charge_box_id": "c", "nameplate": link_config().nameplate, **given}
    )
    with pytest.raises(msgspec.ValidationError, match=code):
        msgspec.convert(settings, LinkConfig)


# --- the tag ----------------------------------------------------------------------------------------------------------


def test_under_one_fixed_tag_no_driver_can_be_told_from_another() -> None:
    bench = Bench(fixed_tag="COMPANY")
    bench.heard()
    for driver in ({}, PRIVATE):
        session = bench.start_session(**driver)
        bench.end_session(session, id_tag=driver.get("id_tag", "ALICE"))
    assert [request.id_tag for request in bench.heard(*TRANSACTION)] == ["COMPANY"] * 4


def test_a_filtered_link_does_not_learn_whose_tag_stopped_the_chargers_own_session() -> None:
    """Bob's tag stops a business Plug & Play session and begins his private one (RULES §1)."""
    bench = employer()
    session = bench.start_session(id_tag="HOUSE", driver_id=None)
    bench.end_session(session, id_tag="BOB")
    bench.start_session(**PRIVATE)
    start, stop = bench.heard(*TRANSACTION)
    assert (start.id_tag, stop.id_tag) == ("HOUSE", None)


def test_a_filtered_link_learns_that_the_driver_stopped_the_session() -> None:
    bench = employer()
    bench.end_session(bench.start_session(), id_tag="alice")
    assert bench.heard(m.StopTransactionRequest)[0].id_tag == "ALICE"


# --- a hidden session -------------------------------------------------------------------------------------------------


def test_hidden_session_control_says_preparing_then_available() -> None:
    bench = employer()
    plug(bench)
    assert bench.statuses() == ["Preparing"]
    session = begin(bench, **PRIVATE)
    assert bench.statuses() == ["Available"]
    bench.pass_time(minutes=30)
    bench.show(pilot=Pilot.B2)
    end(bench, session)
    unplug(bench)
    assert bench.heard() == []
    plug(bench)
    assert bench.statuses() == ["Preparing"], "the next visit"


def test_hidden_session_of_plug_and_play_shows_nothing_at_all() -> None:
    bench = employer()
    session = begin(bench, **PRIVATE)
    end(bench, session)
    unplug(bench)
    assert bench.heard() == []


def test_hidden_session_a_filtered_report_link_says_nothing_until_routed() -> None:
    bench = registrar()
    plug(bench)
    bench.show(identified=True)
    session = begin(bench, **PRIVATE)
    bench.pass_time(hours=1)
    end(bench, session)
    assert bench.heard() == []
    begin(bench)
    assert bench.statuses() == ["Preparing", "Charging"]


def test_hidden_session_after_a_routed_one_in_the_same_visit_the_car_stays_finishing_until_it_leaves() -> None:
    for bench in (employer(), registrar()):
        plug(bench)
        end(bench, begin(bench))
        bench.heard()
        bench.show(identified=True, settled=False)
        session = begin(bench, **PRIVATE)
        end(bench, session)
        assert bench.heard() == []
        unplug(bench)
        assert bench.statuses() == ["Available"]


def test_hidden_session_that_takes_over_from_a_routed_one_looks_like_its_end() -> None:
    bench = employer()
    plug(bench)
    first = begin(bench, id_tag="HOUSE", driver_id=None)
    bench.heard()
    bench.end_session(first, id_tag="BOB")
    second = begin(bench, **PRIVATE)
    assert bench.statuses() == ["Finishing"]
    end(bench, second)
    assert bench.heard() == []


def test_hidden_session_that_a_routed_one_takes_over_from_shows_a_start_like_any_other() -> None:
    bench = employer()
    first = begin(bench, **PRIVATE, connector_id=1)
    bench.heard()
    bench.charge(3_000)
    bench.end_session(first, id_tag="ALICE")
    begin(bench)
    requests = bench.heard()
    assert [r.status for r in requests if isinstance(r, m.StatusNotificationRequest)] == ["Preparing", "Charging"]
    (start,) = [r for r in requests if isinstance(r, m.StartTransactionRequest)]
    assert start.meter_start == 0


def test_hidden_session_is_still_hidden_after_a_restart_and_a_reconnect() -> None:
    for bench in (employer(), registrar()):
        session = begin(bench, **PRIVATE)
        bench.restart()
        bench.lose_link()
        bench.pass_time(minutes=10)
        end(bench, session)
        bench.restart()
        assert [r.status for r in bench.heard(m.StatusNotificationRequest)] == []
        assert bench.face.state.connectors[1].now.status == "Available"


def test_hidden_session_boot_and_triggers_tell_the_masked_picture() -> None:
    for bench in (employer(), registrar()):
        begin(bench, **PRIVATE)
        bench.pass_time(minutes=10)
        bench.tell(DeviceBooted())
        told = bench.heard(m.StatusNotificationRequest)
        assert {(s.connector_id, s.status, s.info) for s in told} == {(0, "Available", None), (1, "Available", None)}
        bench.pass_time(minutes=1)
        bench.call(m.TriggerMessageRequest(requested_message=m.MessageTrigger.STATUS_NOTIFICATION, connector_id=1))
        (status,) = bench.heard(m.StatusNotificationRequest)
        assert (status.status, status.timestamp) == ("Available", START), "since long before the session"


def test_hidden_session_no_meter_value_tells_of_it() -> None:
    bench = employer(keys={"ClockAlignedDataInterval": "900"})
    bench.configure(
        "MeterValuesAlignedData", "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
    )
    bench.configure("MeterValuesSampledData", "Power.Active.Import,Current.Offered")
    bench.heard()
    bench.pass_time(minutes=16)
    (idle,) = bench.heard()
    begin(bench, **PRIVATE)
    bench.charge(4_321)
    bench.readings[1] = msgspec.structs.replace(
        bench.readings[1], power_w=7_000, current_ma=(31_000, 0, 0), voltage_mv=(221_000, 0, 0), offered_ma=32_000
    )
    bench.pass_time(minutes=15)
    (value,) = bench.heard(m.MeterValuesRequest)
    later = msgspec.structs.replace(value.meter_value[0], timestamp=idle.meter_value[0].timestamp)
    assert later == idle.meter_value[0]
    assert {sample.value for sample in later.sampled_value} == {"0", "0.0"}
    assert all(sample.measurand is not m.Measurand.VOLTAGE for sample in later.sampled_value), "it sinks under load"
    bench.call(m.TriggerMessageRequest(requested_message=m.MessageTrigger.METER_VALUES, connector_id=1))
    (value,) = bench.heard(m.MeterValuesRequest)
    assert [sample.value for sample in value.meter_value[0].sampled_value] == ["0", "0.0"]


def test_a_filtered_link_is_not_told_how_full_the_car_is() -> None:
    bench = employer()
    assert bench.configure("MeterValuesSampledData", "SoC") is m.ConfigurationStatus.REJECTED
    assert Bench().configure("MeterValuesSampledData", "SoC") is m.ConfigurationStatus.ACCEPTED


def test_hidden_session_remote_start_is_rejected() -> None:
    for connector_id in (1, None):
        bench = employer()
        begin(bench, **PRIVATE)
        request = m.RemoteStartTransactionRequest(id_tag="ALICE", connector_id=connector_id)
        assert bench.call(request).status == "Rejected"
        assert not any(isinstance(wish, StartAsked) for wish in bench.wishes)


def test_hidden_session_unlock_fails() -> None:
    bench = employer()
    begin(bench, **PRIVATE)
    assert bench.call(m.UnlockConnectorRequest(connector_id=1)).status == "UnlockFailed"
    assert not any(isinstance(wish, UnlockAsked) for wish in bench.wishes)


def test_hidden_session_unlock_of_a_fixed_cable_is_not_supported_as_ever() -> None:
    bench = employer(nameplate=msgspec.structs.replace(link_config().nameplate, tethered=True))
    bench.grants = lambda wish: WishAnswered(wish.wish_id, False, Reason("unlock.not_supported"))
    before = bench.call(m.UnlockConnectorRequest(connector_id=1)).status
    begin(bench, **PRIVATE)
    assert bench.call(m.UnlockConnectorRequest(connector_id=1)).status == before == "NotSupported"


def defer(wish: Any) -> WishAnswered:
    return WishAnswered(wish.wish_id, True, Reason("reset.deferred"))


def test_hidden_session_reset_restarts_that_face_only_and_takes_as_long_as_a_device_does() -> None:
    bench = employer()
    bench.call(m.ResetRequest(type=m.ResetType.SOFT))
    bench.tell(DeviceWentDark())
    bench.socket_no = None
    bench.pass_time(seconds=7)
    bench.tell(DeviceBooted())
    bench.heard()

    begin(bench, **PRIVATE)
    bench.grants = defer
    assert bench.call(m.ResetRequest(type=m.ResetType.HARD)).status == "Accepted"
    bench.pass_time(seconds=0)
    assert bench.wishes[-1] == ResetAsked(wish_id=2, link_id="lnk_1", hard=True, sees=())
    assert bench.socket_no is None
    bench.pass_time(seconds=6)
    assert bench.socket_no is None
    bench.pass_time(seconds=1)
    booted = [type(request) for request in bench.heard()]
    assert booted == [m.BootNotificationRequest, m.StatusNotificationRequest, m.StatusNotificationRequest]
    bench.pass_time(minutes=5)
    assert len(bench.wishes) == 2, "nobody waits for a boot"


def test_hidden_session_the_deferred_boot_of_the_device_is_no_news_to_who_asked() -> None:
    bench = employer()
    session = begin(bench, **PRIVATE)
    bench.grants = defer
    bench.call(m.ResetRequest(type=m.ResetType.SOFT))
    bench.pass_time(minutes=1)
    end(bench, session)
    unplug(bench)
    bench.heard()
    bench.tell(DeviceWentDark(unseen_by="lnk_1"))
    assert bench.socket_no is not None
    bench.pass_time(seconds=5)
    bench.tell(DeviceBooted(unseen_by="lnk_1"))
    assert bench.heard() == []
    bench.tell(DeviceWentDark(unseen_by="lnk_2"))
    assert bench.face.live().state == "waiting", "the restart that another platform asked for is one"


def test_hidden_session_a_reset_names_what_this_platform_sees() -> None:
    nameplate = msgspec.structs.replace(link_config().nameplate, connectors=2)
    bench = employer(nameplate=nameplate)
    begin(bench, **PRIVATE)
    mine = bench.start_session(connector_id=2)
    bench.grants = defer
    bench.call(m.ResetRequest(type=m.ResetType.SOFT))
    (asked,) = [wish for wish in bench.wishes if isinstance(wish, ResetAsked)]
    assert asked.sees == (mine,)


def test_hidden_session_faulted_shows_on_all() -> None:
    for bench in (employer(), registrar(), Bench()):
        begin(bench, **PRIVATE)
        bench.heard()
        bench.show(fault=Fault.GROUND_FAILURE)
        assert bench.statuses() == ["Faulted GroundFailure"]
        bench.show(fault=None)
        shown = bench.statuses()
        assert shown == (["Available"] if bench.config.filtered else ["Charging"])


def test_hidden_session_availability_is_per_link() -> None:
    control, report = employer(), registrar()
    for bench in (control, report):
        begin(bench, **PRIVATE)
    request = m.ChangeAvailabilityRequest(connector_id=1, type=m.AvailabilityType.INOPERATIVE)
    assert control.call(request).status == "Accepted", "Scheduled would tell that a session runs"
    assert control.statuses() == ["Unavailable"]
    report.show(operative=False)
    assert report.heard() == []


# --- link register ----------------------------------------------------------------------------------------------------


def test_link_register_counts_the_routed_energy_only() -> None:
    bench = employer()
    assert charge_for_business(bench, 2_000) == (0, 2_000)
    charge_privately(bench, 5_000)
    assert charge_for_business(bench, 1_500) == (2_000, 3_500)


def test_link_register_physical_by_the_owners_choice() -> None:
    bench = employer(physical_register=True)
    assert charge_for_business(bench, 2_000) == (1_000_000, 1_002_000)
    charge_privately(bench, 5_000)
    assert charge_for_business(bench, 1_500) == (1_007_000, 1_008_500)


def test_link_register_survives_a_restart_in_a_session_and_between() -> None:
    bench = employer()
    charge_privately(bench)
    session = begin(bench)
    bench.charge(700)
    bench.restart()
    end(bench, session)
    bench.restart()
    assert bench.heard(m.StopTransactionRequest)[0].meter_stop == 700
    assert charge_for_business(bench, 300) == (700, 1_000)


def test_link_register_is_the_same_in_meter_values_start_stop_and_transaction_data() -> None:
    bench = employer(keys={"MeterValueSampleInterval": "600", "StopTxnSampledData": "Energy.Active.Import.Register"})
    charge_for_business(bench, 2_000)
    charge_privately(bench)
    bench.heard()
    session = begin(bench)
    bench.charge(100)
    bench.pass_time(minutes=10)
    bench.charge(100)
    end(bench, session)
    start, sampled, stop = bench.heard(*TRANSACTION)
    assert (start.meter_start, stop.meter_stop) == (2_000, 2_200)
    assert [v.value for value in sampled.meter_value for v in value.sampled_value] == ["2100"]
    assert [v.value for value in stop.transaction_data for v in value.sampled_value] == ["2000", "2100", "2200"]


def test_link_register_never_runs_backwards_when_the_meter_does() -> None:
    bench = employer(keys={"MeterValueSampleInterval": "60"})
    session = begin(bench)
    bench.charge(500)
    bench.pass_time(minutes=1)
    bench.charge(-900_000)
    bench.pass_time(minutes=1)
    end(bench, session, register_wh=1_000_500)
    told = [int(r.meter_value[0].sampled_value[0].value) for r in bench.heard(m.MeterValuesRequest)]
    assert told == [500, 500]
    assert charge_for_business(bench, 10) == (500, 510)


def test_link_register_goes_on_from_the_meter_when_a_link_is_filtered_later() -> None:
    bench = Bench()
    assert charge_for_business(bench, 2_000) == (1_000_000, 1_002_000)
    bench.config = link_config(routing=BUSINESS)
    bench.restart()
    charge_privately(bench, 5_000)
    assert charge_for_business(bench, 100) == (1_002_000, 1_002_100)


def test_a_transaction_of_a_filtered_link_begins_without_power_whoever_charged_before() -> None:
    bench = employer(keys={"StopTxnSampledData": "Power.Active.Import,Voltage"})
    first = begin(bench, **PRIVATE)
    bench.readings[1] = msgspec.structs.replace(bench.readings[1], power_w=7_000)
    bench.end_session(first, id_tag="ALICE")
    session = begin(bench)
    end(bench, session)
    (stop,) = bench.heard(m.StopTransactionRequest)
    first_value, last_value = stop.transaction_data
    assert [v.value for v in first_value.sampled_value] == ["0"]
    assert next(v.value for v in last_value.sampled_value) == "7000"


# --- links come and go ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"routing": BUSINESS}, {"role": "report"}])
def test_link_added_in_a_session_begins_with_the_next_session(changes: dict[str, Any]) -> None:
    bench = Bench(start=False, **changes)
    bench.begun.add("ses_running")
    bench.views[1] = msgspec.structs.replace(bench.views[1], session_id="ses_running", pilot=Pilot.C2, offering=True)
    bench.tell(ConnectorChanged(bench.views[1]))
    bench.do(ev.Restarted())
    end(bench, "ses_running")
    unplug(bench)
    assert [type(r) for r in bench.heard(*TRANSACTION)] == []
    assert bench.face.state.connectors[1].now.status == "Available"
    begin(bench)
    assert len(bench.heard(m.StartTransactionRequest)) == 1


def test_refused_by_local_decision_ends_this_links_transaction_and_hides_the_rest() -> None:
    bench = Bench()
    plug(bench)
    session = begin(bench)
    bench.charge(100)
    bench.heard()
    bench.end_session(session, EndReason.DE_AUTHORIZED)
    begin(bench, kind=Kind.PRIVATE, refused_by="lnk_1")
    bench.charge(3_000)
    bench.pass_time(hours=1)
    stop, finishing = bench.heard()
    assert (stop.reason, stop.meter_stop) == ("DeAuthorized", 1_000_100)
    assert finishing.status == "Finishing"
    other = Bench()
    other.heard()
    other.start_session(kind=Kind.PRIVATE, refused_by="lnk_2")
    assert len(other.heard(m.StartTransactionRequest)) == 1


def test_images_say_which_transaction_under_which_tag_between_which_registers() -> None:
    bench = employer(fixed_tag="COMPANY", platform=Platform(transaction_ids=40))
    charge_privately(bench)
    charge_for_business(bench, 2_000)
    images = [effect for effect in bench.effects if isinstance(effect, fx.SaveImage)]
    assert [image.state for image in images] == ["open", "open", "ended", "settled"]
    assert images[-1] == fx.SaveImage(
        session_id="ses_2",
        id_tag="COMPANY",
        transaction_id=41,
        start_register_wh=0,
        end_register_wh=2_000,
        state="settled",
    )


def test_a_hidden_session_shifts_no_heartbeat_and_uses_no_message_id() -> None:
    """Two lives that differ by a session of Plug & Play only: the same bytes at the same instants."""
    lives = []
    for privately in (True, False):
        bench = employer(keys={"HeartbeatInterval": "600", "ClockAlignedDataInterval": "1800"})
        if privately:
            session = begin(bench, **PRIVATE)
            bench.charge(9_000)
        bench.pass_time(minutes=47)
        if privately:
            end(bench, session)
            unplug(bench)
        bench.pass_time(minutes=20)
        charge_for_business(bench)
        bench.pass_time(hours=1)
        lives.append([text for _, _, text in bench.platform.wire])
    assert lives[0] == lives[1]
