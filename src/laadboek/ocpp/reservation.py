"""The Reservation profile: 2 messages (OCPP 1.6 §5.2, §5.13)."""

from enum import StrEnum

from .types import IdToken, Integer, Payload, Timestamp


class CancelReservationRequest(Payload, frozen=True, kw_only=True):
    """§6.5"""

    reservation_id: Integer


class CancelReservationStatus(StrEnum):
    """§7.5"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class CancelReservationResponse(Payload, frozen=True, kw_only=True):
    """§6.6"""

    status: CancelReservationStatus


class ReserveNowRequest(Payload, frozen=True, kw_only=True):
    """§6.37; connector 0 reserves any."""

    connector_id: Integer
    expiry_date: Timestamp
    id_tag: IdToken
    parent_id_tag: IdToken | None = None
    reservation_id: Integer


class ReservationStatus(StrEnum):
    """§7.40"""

    ACCEPTED = "Accepted"
    FAULTED = "Faulted"
    OCCUPIED = "Occupied"
    REJECTED = "Rejected"
    UNAVAILABLE = "Unavailable"


class ReserveNowResponse(Payload, frozen=True, kw_only=True):
    """§6.38"""

    status: ReservationStatus
