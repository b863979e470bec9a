"""What the platform does with each message that a charge point sends (§4). Plain functions on an open transaction.

A handler may run again after a rollback and for a repeated message: it changes nothing twice.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..ocpp import messages as m
from ..ocpp.types import AuthorizationStatus, ChargePointStatus, IdTagInfo, Payload, RegistrationStatus
from ..store import charge_points, id_tags, meter_values, transactions
from ..store.charge_points import Nameplate
from ..store.connection import Connection
from . import booking
from .origin import Origin

# Seconds until the next heartbeat, or until the next try to register (§4.2). Whether a link lives, its pings tell
# sooner (OCPP-J §5.3); a heartbeat mostly sets the clock.
INTERVAL_S = {
    RegistrationStatus.ACCEPTED: 900,
    RegistrationStatus.PENDING: 60,
    RegistrationStatus.REJECTED: 600,
}


def boot_notification(db: Connection, origin: Origin, request: m.BootNotificationRequest) -> m.BootNotificationResponse:
    """Note who booted; say whether we want it (§4.2)."""
    nameplate = Nameplate(
        vendor=request.charge_point_vendor,
        model=request.charge_point_model,
        serial_number=request.charge_point_serial_number or request.charge_box_serial_number,
        firmware_version=request.firmware_version,
    )
    status = charge_points.booted(db, origin.charge_point, nameplate, origin.received_at)
    return m.BootNotificationResponse(
        current_time=whole_second(origin.received_at), interval=INTERVAL_S[status], status=status
    )


def authorize(db: Connection, origin: Origin, request: m.AuthorizeRequest) -> m.AuthorizeResponse:
    """May this tag charge (§4.1)?"""
    info = id_tags.info(db, origin.charge_point.account_id, request.id_tag, origin.received_at)
    return m.AuthorizeResponse(id_tag_info=info)


def status_notification(
    db: Connection, origin: Origin, request: m.StatusNotificationRequest
) -> m.StatusNotificationResponse:
    """Keep the newest status (§4.9). Available says that no transaction runs there, whether or not a Stop came."""
    reported_at = origin.received_at
    if request.timestamp is not None and booking.is_plausible(request.timestamp, reported_at):
        reported_at = min(request.timestamp, reported_at)
    charge_points.save_status(
        db,
        origin.charge_point,
        connector_id=request.connector_id,
        status=request.status,
        error_code=request.error_code,
        info=request.info,
        reported_at=reported_at,
    )
    if request.status is ChargePointStatus.AVAILABLE:
        booking.connector_is_free(db, origin, request.connector_id, reported_at)
    return STATUS_NOTED


def start_transaction(db: Connection, origin: Origin, request: m.StartTransactionRequest) -> m.StartTransactionResponse:
    """Record the start, then say whether it may go on (§4.8).

    We never refuse to record: energy may already have flowed, and without an answer the charge point asks again
    (§3.7.1). A repeated request finds the first one and gets the same id.
    """
    transaction = booking.start(db, origin, request)
    account_id = origin.charge_point.account_id
    info = id_tags.info(db, account_id, request.id_tag, origin.received_at)
    accepted = info.status is AuthorizationStatus.ACCEPTED
    if accepted and transactions.open_elsewhere(db, account_id, request.id_tag, transaction.id):
        info = IdTagInfo(status=AuthorizationStatus.CONCURRENT_TX, parent_id_tag=info.parent_id_tag)
    return m.StartTransactionResponse(transaction_id=transaction.transaction_id, id_tag_info=info)


def meter_values_reported(db: Connection, origin: Origin, request: m.MeterValuesRequest) -> m.MeterValuesResponse:
    """Keep the values (§4.7), also of a transaction that we do not know: they are this charge point's own."""
    meter_values.save(
        db,
        origin.charge_point,
        connector_id=request.connector_id,
        transaction_id=request.transaction_id,
        values=request.meter_value,
        payload_hash=origin.frame.payload_hash,
    )
    return VALUES_NOTED


def stop_transaction(db: Connection, origin: Origin, request: m.StopTransactionRequest) -> m.StopTransactionResponse:
    """Close the transaction, or keep the message as an orphan; it is answered either way (§4.10)."""
    booking.stop(db, origin, request)
    if request.id_tag is None:
        return m.StopTransactionResponse()
    info = id_tags.info(db, origin.charge_point.account_id, request.id_tag, origin.received_at)
    return m.StopTransactionResponse(id_tag_info=info)


def data_transfer(db: Connection, origin: Origin, request: m.DataTransferRequest) -> m.DataTransferResponse:
    """No vendor's extension is known here (§4.3); the journal keeps what it said."""
    return m.DataTransferResponse(status=m.DataTransferStatus.UNKNOWN_VENDOR_ID)


def diagnostics_status(
    db: Connection, origin: Origin, request: m.DiagnosticsStatusNotificationRequest
) -> m.DiagnosticsStatusNotificationResponse:
    """The journal keeps it (§4.4)."""
    return m.DiagnosticsStatusNotificationResponse()


def firmware_status(
    db: Connection, origin: Origin, request: m.FirmwareStatusNotificationRequest
) -> m.FirmwareStatusNotificationResponse:
    """The journal keeps it (§4.5)."""
    return m.FirmwareStatusNotificationResponse()


def firmware_status_signed(
    db: Connection, origin: Origin, request: m.SignedFirmwareStatusNotificationRequest
) -> m.SignedFirmwareStatusNotificationResponse:
    """The journal keeps it (security whitepaper §5.19)."""
    return m.SignedFirmwareStatusNotificationResponse()


def log_status(
    db: Connection, origin: Origin, request: m.LogStatusNotificationRequest
) -> m.LogStatusNotificationResponse:
    """The journal keeps it (security whitepaper §5.13)."""
    return m.LogStatusNotificationResponse()


def security_event(
    db: Connection, origin: Origin, request: m.SecurityEventNotificationRequest
) -> m.SecurityEventNotificationResponse:
    """The journal keeps it, the log tells the operator (security whitepaper §5.15)."""
    origin.note("charge_point.security_event", type=request.type)
    return m.SecurityEventNotificationResponse()


def heartbeat(received_at: datetime) -> m.HeartbeatResponse:
    """What time it is (§4.6). Changes nothing, so it never waits for the store."""
    return m.HeartbeatResponse(current_time=whole_second(received_at))


def whole_second(instant: datetime) -> datetime:
    """Fractions in currentTime trouble some charge points."""
    return instant.replace(microsecond=0)


STATUS_NOTED = m.StatusNotificationResponse()
VALUES_NOTED = m.MeterValuesResponse()

Handler = Callable[[Connection, Origin, Any], Payload]
HANDLERS: dict[type, Handler] = {
    m.BootNotificationRequest: boot_notification,
    m.AuthorizeRequest: authorize,
    m.StatusNotificationRequest: status_notification,
    m.StartTransactionRequest: start_transaction,
    m.MeterValuesRequest: meter_values_reported,
    m.StopTransactionRequest: stop_transaction,
    m.DataTransferRequest: data_transfer,
    m.DiagnosticsStatusNotificationRequest: diagnostics_status,
    m.FirmwareStatusNotificationRequest: firmware_status,
    m.SignedFirmwareStatusNotificationRequest: firmware_status_signed,
    m.LogStatusNotificationRequest: log_status,
    m.SecurityEventNotificationRequest: security_event,
}
