"""ReserveNow and CancelReservation: the charger decides, and keeps them (OCPP 1.6 §5.1, §5.13)."""

from collections.abc import Callable, Mapping
from typing import Any

from ..facts import ReservationCancelAsked, ReserveAsked
from ..ocpp import messages as m
from ..ocpp.types import Payload
from ..reasons import Reason
from .core import Asked, Handled
from .step import Step

Status = m.ReservationStatus

# What the charger's refusal is called here; anything else is Rejected.
REFUSALS: Mapping[str, Status] = {
    "charger.dark": Status.UNAVAILABLE,
    "charger.rebooting": Status.UNAVAILABLE,
    "charger.starting": Status.UNAVAILABLE,
    "charger.updating": Status.UNAVAILABLE,
    "connector.busy": Status.OCCUPIED,
    "connector.faulted": Status.FAULTED,
    "connector.inoperative": Status.UNAVAILABLE,
    "connector.reserved": Status.OCCUPIED,
}


def _reserve(step: Step, request: m.ReserveNowRequest) -> Handled:
    if _hides_a_session(step, request.connector_id):
        return m.ReserveNowResponse(status=Status.REJECTED)
    return Asked(
        lambda wish_id: ReserveAsked(
            wish_id=wish_id,
            link_id=step.config.link_id,
            reservation_id=request.reservation_id,
            connector_id=request.connector_id,
            id_tag=request.id_tag,
            parent_id_tag=request.parent_id_tag or None,
            expires_at=request.expiry_date,
        )
    )


def _hides_a_session(step: Step, connector_id: int) -> bool:
    """A visit that is not this platform's business takes place there: Occupied would tell of it (RULES §6)."""
    return any(connector_id in (0, veiled) for veiled in step.durable.veils)


def _cancel(step: Step, request: m.CancelReservationRequest) -> Handled:
    return Asked(
        lambda wish_id: ReservationCancelAsked(
            wish_id=wish_id, link_id=step.config.link_id, reservation_id=request.reservation_id
        )
    )


def _reserved(step: Step, request: m.ReserveNowRequest, granted: bool, why: Reason | None) -> Payload:
    refusal = REFUSALS.get(why.code, Status.REJECTED) if why is not None else Status.REJECTED
    return m.ReserveNowResponse(status=Status.ACCEPTED if granted else refusal)


def _cancelled(step: Step, request: m.CancelReservationRequest, granted: bool, why: Reason | None) -> Payload:
    Cancelled = m.CancelReservationStatus
    return m.CancelReservationResponse(status=Cancelled.ACCEPTED if granted else Cancelled.REJECTED)


HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Handled]] = {
    m.CancelReservationRequest: _cancel,
    m.ReserveNowRequest: _reserve,
}
GRANTED: Mapping[type[Payload], Callable[[Step, Any, bool, Reason | None], Payload]] = {
    m.CancelReservationRequest: _cancelled,
    m.ReserveNowRequest: _reserved,
}
