"""The Core profile: 16 messages (OCPP 1.6 §4, §5, §6)."""

from enum import StrEnum

from .types import (
    AvailabilityType,
    ChargePointErrorCode,
    ChargePointStatus,
    ChargingProfile,
    CiString20,
    CiString25,
    CiString50,
    CiString255,
    CiString500,
    IdTagInfo,
    IdToken,
    Integer,
    KeyValue,
    MeterValue,
    Payload,
    Reason,
    RegistrationStatus,
    ResetType,
    Timestamp,
)


class AuthorizeRequest(Payload, frozen=True, kw_only=True):
    """§6.1"""

    id_tag: IdToken


class AuthorizeResponse(Payload, frozen=True, kw_only=True):
    """§6.2"""

    id_tag_info: IdTagInfo


class BootNotificationRequest(Payload, frozen=True, kw_only=True):
    """§6.3"""

    charge_box_serial_number: CiString25 | None = None
    charge_point_model: CiString20
    charge_point_serial_number: CiString25 | None = None
    charge_point_vendor: CiString20
    firmware_version: CiString50 | None = None
    iccid: CiString20 | None = None
    imsi: CiString20 | None = None
    meter_serial_number: CiString25 | None = None
    meter_type: CiString25 | None = None


class BootNotificationResponse(Payload, frozen=True, kw_only=True):
    """§6.4; `interval` in s: of heartbeats when accepted, else until the next BootNotification."""

    current_time: Timestamp
    interval: Integer
    status: RegistrationStatus


class ChangeAvailabilityRequest(Payload, frozen=True, kw_only=True):
    """§6.7"""

    connector_id: Integer
    type: AvailabilityType


class AvailabilityStatus(StrEnum):
    """§7.3"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    SCHEDULED = "Scheduled"


class ChangeAvailabilityResponse(Payload, frozen=True, kw_only=True):
    """§6.8"""

    status: AvailabilityStatus


class ChangeConfigurationRequest(Payload, frozen=True, kw_only=True):
    """§6.9"""

    key: CiString50
    value: CiString500


class ConfigurationStatus(StrEnum):
    """§7.22"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    REBOOT_REQUIRED = "RebootRequired"
    NOT_SUPPORTED = "NotSupported"


class ChangeConfigurationResponse(Payload, frozen=True, kw_only=True):
    """§6.10"""

    status: ConfigurationStatus


class ClearCacheRequest(Payload, frozen=True, kw_only=True):
    """§6.11"""


class ClearCacheStatus(StrEnum):
    """§7.20"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class ClearCacheResponse(Payload, frozen=True, kw_only=True):
    """§6.12"""

    status: ClearCacheStatus


class DataTransferRequest(Payload, frozen=True, kw_only=True):
    """§6.15; the only Core message that both sides send."""

    vendor_id: CiString255
    message_id: CiString50 | None = None
    data: str | None = None


class DataTransferStatus(StrEnum):
    """§7.23"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNKNOWN_MESSAGE_ID = "UnknownMessageId"
    UNKNOWN_VENDOR_ID = "UnknownVendorId"


class DataTransferResponse(Payload, frozen=True, kw_only=True):
    """§6.16"""

    status: DataTransferStatus
    data: str | None = None


class GetConfigurationRequest(Payload, frozen=True, kw_only=True):
    """§6.23; no key at all asks for every key."""

    key: tuple[CiString50, ...] | None = None


class GetConfigurationResponse(Payload, frozen=True, kw_only=True):
    """§6.24"""

    configuration_key: tuple[KeyValue, ...] | None = None
    unknown_key: tuple[CiString50, ...] | None = None


class HeartbeatRequest(Payload, frozen=True, kw_only=True):
    """§6.29"""


class HeartbeatResponse(Payload, frozen=True, kw_only=True):
    """§6.30"""

    current_time: Timestamp


class MeterValuesRequest(Payload, frozen=True, kw_only=True):
    """§6.31; connector 0 is the main meter."""

    connector_id: Integer
    transaction_id: Integer | None = None
    meter_value: tuple[MeterValue, ...]


class MeterValuesResponse(Payload, frozen=True, kw_only=True):
    """§6.32"""


class RemoteStartTransactionRequest(Payload, frozen=True, kw_only=True):
    """§6.33"""

    connector_id: Integer | None = None
    id_tag: IdToken
    charging_profile: ChargingProfile | None = None


class RemoteStartStopStatus(StrEnum):
    """§7.39"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class RemoteStartTransactionResponse(Payload, frozen=True, kw_only=True):
    """§6.34"""

    status: RemoteStartStopStatus


class RemoteStopTransactionRequest(Payload, frozen=True, kw_only=True):
    """§6.35"""

    transaction_id: Integer


class RemoteStopTransactionResponse(Payload, frozen=True, kw_only=True):
    """§6.36"""

    status: RemoteStartStopStatus


class ResetRequest(Payload, frozen=True, kw_only=True):
    """§6.39"""

    type: ResetType


class ResetStatus(StrEnum):
    """§7.41"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class ResetResponse(Payload, frozen=True, kw_only=True):
    """§6.40"""

    status: ResetStatus


class StartTransactionRequest(Payload, frozen=True, kw_only=True):
    """§6.45; `meter_start` in Wh."""

    connector_id: Integer
    id_tag: IdToken
    meter_start: Integer
    reservation_id: Integer | None = None
    timestamp: Timestamp


class StartTransactionResponse(Payload, frozen=True, kw_only=True):
    """§6.46"""

    id_tag_info: IdTagInfo
    transaction_id: Integer


class StatusNotificationRequest(Payload, frozen=True, kw_only=True):
    """§6.47; connector 0 is the charge point as a whole."""

    connector_id: Integer
    error_code: ChargePointErrorCode
    info: CiString50 | None = None
    status: ChargePointStatus
    timestamp: Timestamp | None = None
    vendor_id: CiString255 | None = None
    vendor_error_code: CiString50 | None = None


class StatusNotificationResponse(Payload, frozen=True, kw_only=True):
    """§6.48"""


class StopTransactionRequest(Payload, frozen=True, kw_only=True):
    """§6.49; `meter_stop` in Wh; no reason means Local."""

    id_tag: IdToken | None = None
    meter_stop: Integer
    timestamp: Timestamp
    transaction_id: Integer
    reason: Reason | None = None
    transaction_data: tuple[MeterValue, ...] | None = None


class StopTransactionResponse(Payload, frozen=True, kw_only=True):
    """§6.50"""

    id_tag_info: IdTagInfo | None = None


class UnlockConnectorRequest(Payload, frozen=True, kw_only=True):
    """§6.53"""

    connector_id: Integer


class UnlockStatus(StrEnum):
    """§7.46"""

    UNLOCKED = "Unlocked"
    UNLOCK_FAILED = "UnlockFailed"
    NOT_SUPPORTED = "NotSupported"


class UnlockConnectorResponse(Payload, frozen=True, kw_only=True):
    """§6.54"""

    status: UnlockStatus
