"""StatusNotification (OCPP 1.6 §4.9)."""

from itertools import pairwise, product
from typing import Any

import pytest
from face_bench import NAMEPLATE, Bench
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from laadboek.chargepoint.connector import PATHS, TRANSITIONS, path, report_of
from laadboek.chargepoint.statuses import DRAWS_WITHIN_S
from laadboek.facts import ConnectorView, Fault, Pilot
from laadboek.ocpp import messages as m
from laadboek.reasons import ImpossibleTransition

Status = m.ChargePointStatus


def test_a_session_walks_the_table() -> None:
    """And who holds back is told apart (errata 3.55, 3.64)."""
    bench = Bench()
    bench.heard()
    bench.show(pilot=Pilot.B1, cable=True)
    assert bench.statuses() == ["Preparing"]  # A2
    bench.show(session_id="ses_1", offering=False)
    assert bench.statuses() == ["SuspendedEVSE"]  # B5: nothing is offered
    bench.show(pilot=Pilot.B2, offering=True)
    bench.pass_time(seconds=DRAWS_WITHIN_S)
    assert bench.statuses() == ["SuspendedEV"]  # E4
    bench.show(pilot=Pilot.C2)
    assert bench.statuses() == ["Charging"]  # D3
    bench.show(pilot=Pilot.C1, offering=False)
    assert bench.statuses() == ["SuspendedEVSE"]  # C5
    bench.show(session_id=None, settled=True, pilot=Pilot.B1)
    assert bench.statuses() == ["Finishing"]  # E6
    bench.show(settled=False, pilot=Pilot.A, cable=False)
    assert bench.statuses() == ["Available"]  # F1
    bench.pass_time(days=30)
    assert bench.statuses() == []


def in_session(**view: Any) -> Bench:
    bench = Bench()
    bench.show(pilot=Pilot.B1, cable=True)
    bench.show(session_id="ses_1", **view)
    bench.heard()
    return bench


def test_a_car_that_draws_soon_goes_from_preparing_to_charging() -> None:
    bench = in_session(offering=True)
    bench.show(pilot=Pilot.B2)
    bench.pass_time(seconds=DRAWS_WITHIN_S - 1)
    assert bench.statuses() == []
    bench.show(pilot=Pilot.C2)
    assert bench.statuses() == ["Charging"]  # B3
    bench.pass_time(days=1)
    assert bench.statuses() == []


def test_a_car_that_does_not_draw_is_suspended_after_its_moment() -> None:
    bench = in_session(offering=True)
    bench.show(pilot=Pilot.B2)
    bench.pass_time(seconds=DRAWS_WITHIN_S - 1)
    assert bench.statuses() == []
    bench.pass_time(seconds=1)
    assert bench.statuses() == ["SuspendedEV"]  # B4
    bench.pass_time(days=1)
    assert bench.statuses() == []


def test_a_charger_that_stops_offering_is_suspended_at_once_and_resumes_as_charging() -> None:
    bench = in_session(offering=True, pilot=Pilot.C2)
    bench.show(pilot=Pilot.C1, offering=False)
    bench.show(pilot=Pilot.B1)
    assert bench.statuses() == ["SuspendedEVSE"]  # C5, once
    bench.show(offering=True)
    bench.show(pilot=Pilot.B2)
    bench.show(pilot=Pilot.C2)
    assert bench.statuses() == ["Charging"]  # E3
    bench.show(pilot=Pilot.B2)
    assert bench.statuses() == ["SuspendedEV"]  # C4: it had drawn, and pauses by itself


def test_the_cars_end_unplugged_in_a_session_that_goes_on_is_suspended_at_once() -> None:
    bench = in_session(offering=True, pilot=Pilot.C2)
    bench.show(pilot=Pilot.A)
    (status,) = bench.heard(m.StatusNotificationRequest)
    assert (status.status, status.info) == (Status.SUSPENDED_EV, "EV side disconnected")


def test_after_a_session_the_cars_end_unplugged_is_no_news() -> None:
    bench = in_session(offering=True, pilot=Pilot.C2)
    bench.show(session_id=None, settled=True, pilot=Pilot.B1, offering=False)
    assert bench.statuses() == ["Finishing"]
    bench.show(pilot=Pilot.A)
    assert bench.statuses() == []  # the loose cable is still in the socket


def test_nobody_came_in_time() -> None:
    bench = Bench()
    bench.show(pilot=Pilot.B1)
    bench.heard()
    bench.show(may_identify=False)
    assert bench.statuses() == ["Finishing"]  # B6, errata 3.20


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (Status.AVAILABLE, Status.CHARGING, [Status.PREPARING, Status.CHARGING]),
        (Status.FINISHING, Status.CHARGING, [Status.PREPARING, Status.CHARGING]),
        (Status.CHARGING, Status.PREPARING, [Status.FINISHING, Status.PREPARING]),
        (Status.UNAVAILABLE, Status.CHARGING, [Status.AVAILABLE, Status.PREPARING, Status.CHARGING]),
        (Status.PREPARING, Status.UNAVAILABLE, [Status.AVAILABLE, Status.UNAVAILABLE]),
        (Status.FAULTED, Status.FINISHING, [Status.FINISHING]),
    ],
)
def test_where_no_cell_leads_directly_it_passes_through_those_in_between(
    before: Status, after: Status, told: list[Status]
) -> None:
    assert list(path(before, after)) == told


def test_every_way_is_made_of_cells_and_leads_everywhere_but_to_a_reservation() -> None:
    for before, after in product(Status, Status):
        if before is after or (after is Status.RESERVED and before is not Status.AVAILABLE):
            continue
        way = (before, *PATHS[before, after])
        assert way[-1] is after
        assert all(step in TRANSITIONS for step in pairwise(way)), way


def test_a_status_that_stays_is_no_transition() -> None:
    with pytest.raises(ImpossibleTransition, match="Charging to Charging"):
        path(Status.CHARGING, Status.CHARGING)


views = st.builds(
    ConnectorView,
    connector_id=st.just(1),
    pilot=st.sampled_from(Pilot),
    cable=st.booleans(),
    session_id=st.sampled_from([None, "ses_1", "ses_2"]),
    identified=st.booleans(),
    settled=st.booleans(),
    offering=st.booleans(),
    may_identify=st.booleans(),
    fault=st.sampled_from([None, None, *Fault]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(views, max_size=12))
def test_whatever_the_charger_shows_what_is_told_follows_the_table(shown: list[ConnectorView]) -> None:
    bench = Bench()
    bench.heard()
    for view in shown:
        bench.views[1] = view
        bench.show(session_id=view.session_id)
    bench.pass_time(seconds=DRAWS_WITHIN_S)
    told = [Status.AVAILABLE, *(status.status for status in bench.heard(m.StatusNotificationRequest))]
    steps = [step for step in pairwise(told) if step[0] is not step[1]]
    assert all(step in TRANSITIONS for step in steps)
    assert told[-1] is bench.face.state.connectors[1].now.status
    if shown:
        assert told[-1] is report_of(shown[-1], False).status


@given(views)
def test_ev_communication_error_is_a_warning_of_four_statuses_only(view: ConnectorView) -> None:
    report = report_of(replace(view, fault=Fault.EV_COMMUNICATION_ERROR), False)
    assert report.status is not Status.FAULTED
    if report.status in (Status.AVAILABLE, Status.CHARGING):
        assert report.error_code is m.ChargePointErrorCode.NO_ERROR
    else:
        assert report.error_code is m.ChargePointErrorCode.EV_COMMUNICATION_ERROR


def test_a_fault_is_told_with_its_code_and_gives_way_to_what_is_true() -> None:
    bench = Bench()
    bench.show(session_id="ses_1", pilot=Pilot.C2)
    bench.heard()
    bench.show(fault=Fault.GROUND_FAILURE, pilot=Pilot.C1)
    assert bench.statuses() == ["Faulted GroundFailure"]
    bench.show(fault=None, pilot=Pilot.C2)
    assert bench.statuses() == ["Charging"]


def test_a_warning_is_told_beside_the_status() -> None:
    bench = Bench()
    bench.heard()
    bench.show(fault=Fault.WEAK_SIGNAL)
    assert bench.statuses() == ["Available WeakSignal"]


def test_connector_0_is_available_unavailable_or_faulted() -> None:
    bench = Bench()
    bench.heard()
    bench.views[0] = ConnectorView(connector_id=0)
    bench.show(0, fault=Fault.INTERNAL_ERROR)
    assert bench.statuses(0) == ["Faulted InternalError"]
    bench.show(0, fault=None)
    assert bench.statuses(0) == ["Available"]


def test_one_session_gives_way_to_the_next_without_a_pause() -> None:
    bench = Bench()
    bench.show(session_id="ses_1", pilot=Pilot.C2)
    bench.heard()
    bench.show(session_id="ses_2")
    assert bench.statuses() == ["Finishing", "Preparing", "Charging"]


def test_minimum_status_duration_holds_back_what_does_not_last() -> None:
    bench = Bench(keys={"MinimumStatusDuration": "10"})
    bench.pass_time(seconds=10)
    bench.heard()
    bench.show(pilot=Pilot.B1)
    bench.pass_time(seconds=9)
    bench.show(session_id="ses_1", pilot=Pilot.C2)
    bench.pass_time(seconds=9)
    assert bench.told() == []
    bench.pass_time(seconds=1)
    assert bench.told() == ["09:00:19 Charging"]
    bench.show(pilot=Pilot.B2)
    bench.pass_time(seconds=5)
    bench.show(pilot=Pilot.C2)
    bench.pass_time(days=1)
    assert bench.told() == [], "a pause of five seconds never was"


def test_statuses_are_told_in_the_order_of_their_events() -> None:
    bench = Bench(nameplate=replace(NAMEPLATE, connectors=2))
    bench.heard()
    bench.show(2, pilot=Pilot.B1)
    bench.show(1, pilot=Pilot.B1)
    bench.show(2, pilot=Pilot.A)
    told = bench.heard(m.StatusNotificationRequest)
    assert [(status.connector_id, status.status.value) for status in told] == [
        (2, "Preparing"),
        (1, "Preparing"),
        (2, "Available"),
    ]


@pytest.mark.parametrize("then", ["lose_link", "restart"])
def test_a_status_that_was_on_its_way_when_all_was_lost_is_told_again_though_it_is_over(then: str) -> None:
    """Whether Preparing arrived nobody knows, so Available is news (§4.9)."""
    bench = Bench()
    bench.platform.answers[m.StatusNotificationRequest] = None
    bench.show(pilot=Pilot.B1, cable=True)
    assert bench.statuses()[-1] == "Preparing"
    getattr(bench, then)()
    bench.views[1] = ConnectorView(connector_id=1)
    del bench.platform.answers[m.StatusNotificationRequest]
    bench.heard()
    bench.show(pilot=Pilot.A, cable=False)
    bench.pass_time(minutes=10)
    assert bench.statuses() == ["Available"]
