"""The Remote Trigger profile: 1 message (OCPP 1.6 §5.17)."""

from enum import StrEnum

from .types import Integer, Payload


class MessageTrigger(StrEnum):
    """§7.32"""

    BOOT_NOTIFICATION = "BootNotification"
    DIAGNOSTICS_STATUS_NOTIFICATION = "DiagnosticsStatusNotification"
    FIRMWARE_STATUS_NOTIFICATION = "FirmwareStatusNotification"
    HEARTBEAT = "Heartbeat"
    METER_VALUES = "MeterValues"
    STATUS_NOTIFICATION = "StatusNotification"


class TriggerMessageRequest(Payload, frozen=True, kw_only=True):
    """§6.51"""

    requested_message: MessageTrigger
    connector_id: Integer | None = None


class TriggerMessageStatus(StrEnum):
    """§7.44"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    NOT_IMPLEMENTED = "NotImplemented"


class TriggerMessageResponse(Payload, frozen=True, kw_only=True):
    """§6.52"""

    status: TriggerMessageStatus
