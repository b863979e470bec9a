"""ReserveNow and CancelReservation on the wire (OCPP 1.6 §5.1, §5.13, §9.3); the charger decides."""

from datetime import timedelta
from typing import Any

import pytest
from core_cases import ready
from face_bench import START, Bench

from laadboek.chargepoint.config import Routing
from laadboek.facts import Kind, Pilot, ReservationCancelAsked, ReserveAsked, WishAnswered
from laadboek.ocpp import messages as m
from laadboek.reasons import Reason

IN_AN_HOUR = START + timedelta(hours=1)


def reserve(bench: Bench, **changes: Any) -> str:
    given = {"connector_id": 1, "expiry_date": IN_AN_HOUR, "id_tag": "VISITOR", "reservation_id": 7, **changes}
    status: str = bench.call(m.ReserveNowRequest(**given)).status.value
    return status


def cancel(bench: Bench, number: int = 7) -> str:
    status: str = bench.call(m.CancelReservationRequest(reservation_id=number)).status.value
    return status


def refuses(code: str) -> Any:
    return lambda wish: WishAnswered(wish.wish_id, False, Reason(code))


def test_the_charger_is_asked_and_its_word_is_the_answer() -> None:
    bench = ready()
    assert reserve(bench, parent_id_tag="FAMILY") == "Accepted"
    assert bench.wishes == [
        ReserveAsked(
            wish_id=1,
            link_id="lnk_1",
            reservation_id=7,
            connector_id=1,
            id_tag="VISITOR",
            parent_id_tag="FAMILY",
            expires_at=IN_AN_HOUR,
        )
    ]
    assert cancel(bench) == "Accepted"
    assert bench.wishes[1:] == [ReservationCancelAsked(wish_id=2, link_id="lnk_1", reservation_id=7)]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("connector.faulted", "Faulted"),
        ("connector.busy", "Occupied"),
        ("connector.reserved", "Occupied"),
        ("connector.inoperative", "Unavailable"),
        ("charger.dark", "Unavailable"),
        ("reservation.off", "Rejected"),
        ("reservation.void", "Rejected"),
        ("connector.unknown", "Rejected"),
    ],
)
def test_cases_048_050_each_refusal_has_its_status(code: str, status: str) -> None:
    bench = ready()
    bench.grants = refuses(code)
    assert reserve(bench) == status
    assert reserve(bench, connector_id=0) == status


def test_case_052_cancelling_an_unknown_reservation_is_rejected() -> None:
    bench = ready()
    bench.grants = refuses("reservation.unknown")
    assert cancel(bench, 99) == "Rejected"


def test_a_charger_that_does_not_answer_in_time_has_refused() -> None:
    bench = ready()
    bench.grants = lambda wish: None
    bench.call(m.CancelReservationRequest(reservation_id=7))
    bench.pass_time(seconds=bench.config.wish_timeout_s)
    assert bench.platform.said[-1].status is m.CancelReservationStatus.REJECTED


def test_reserved_is_shown_on_the_reserving_link_until_its_driver_identifies() -> None:
    bench = ready()
    bench.show(reserved_by="lnk_1")
    bench.show(pilot=Pilot.B1, cable=True)
    assert bench.statuses() == ["Reserved"]
    bench.show(identified=True)
    assert bench.statuses() == ["Preparing"]


def test_a_reservation_of_another_link_is_not_shown() -> None:
    bench = ready()
    bench.show(reserved_by="lnk_2")
    assert bench.statuses() == []


def test_it_is_available_again_when_the_reservation_ends() -> None:
    bench = ready()
    bench.show(reserved_by="lnk_1")
    bench.show(reserved_by=None)
    assert bench.statuses() == ["Reserved", "Available"]


def test_a_claim_that_lapsed_passes_available_on_its_way_back() -> None:
    """There is no B7 in the table of §4.9."""
    bench = ready()
    bench.show(reserved_by="lnk_1", identified=True)
    bench.show(identified=False)
    assert bench.statuses() == ["Preparing", "Available", "Reserved"]


@pytest.mark.parametrize(
    ("changes", "status"), [({"operative": False}, "Unavailable"), ({"settled": True, "pilot": Pilot.B1}, "Finishing")]
)
def test_what_is_more_true_than_reserved_is_shown(changes: Any, status: str) -> None:
    bench = ready()
    bench.show(reserved_by="lnk_1", **changes)
    assert bench.statuses()[-1] == status


@pytest.mark.parametrize(("made_by", "number"), [("lnk_1", 7), ("lnk_2", None)])
def test_start_transaction_names_the_reservation_to_who_made_it_only(made_by: str, number: int | None) -> None:
    bench = ready()
    bench.start_session(reservation_id=7, reserved_by=made_by)
    (start,) = bench.heard(m.StartTransactionRequest)
    assert start.reservation_id == number


@pytest.mark.parametrize("connector_id", [0, 1])
def test_during_a_hidden_session_nothing_is_reserved(connector_id: int) -> None:
    """RULES §6: Occupied would tell of it."""
    bench = ready(routing=Routing(rule="business"))
    private = bench.start_session(kind=Kind.PRIVATE)
    bench.show(pilot=Pilot.C2, cable=True, session_id=private, offering=True)
    assert reserve(bench, connector_id=connector_id) == "Rejected"
    bench.show(pilot=Pilot.B1, session_id=None, settled=True, offering=False)
    assert reserve(bench, connector_id=connector_id) == "Rejected", "the car is still there"
    assert bench.wishes == []


def test_connector_0_can_be_reserved_and_says_so() -> None:
    key = ready().key("ReserveConnectorZeroSupported")
    assert (key.value, key.readonly) == ("true", True)
    off = ready(profiles_off=frozenset({"Reservation"}))
    answer = off.call(m.GetConfigurationRequest(key=("ReserveConnectorZeroSupported",)))
    assert answer.unknown_key == ("ReserveConnectorZeroSupported",)


def test_a_link_that_only_reports_has_neither_lists_nor_reservations() -> None:
    """RULES §6: it lists Core and RemoteTrigger, and the keys of these."""
    bench = ready(role="report")
    keys = {key.key for key in bench.call(m.GetConfigurationRequest()).configuration_key}
    assert not keys & {"LocalAuthListEnabled", "ReserveConnectorZeroSupported", "SendLocalListMaxLength"}
    assert bench.key("SupportedFeatureProfiles").value == "Core,RemoteTrigger"
    assert (reserve(bench), cancel(bench), bench.wishes) == ("Rejected", "Rejected", [])
