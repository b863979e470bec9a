"""The Smart Charging profile: 3 messages (OCPP 1.6 §3.13, §5.5, §5.7, §5.16)."""

from enum import StrEnum

from .types import (
    ChargingProfile,
    ChargingProfilePurpose,
    ChargingRateUnit,
    ChargingSchedule,
    Integer,
    Payload,
    Timestamp,
)


class ClearChargingProfileRequest(Payload, frozen=True, kw_only=True):
    """§6.13; what is given must match, all of it."""

    id: Integer | None = None
    connector_id: Integer | None = None
    charging_profile_purpose: ChargingProfilePurpose | None = None
    stack_level: Integer | None = None


class ClearChargingProfileStatus(StrEnum):
    """§7.21"""

    ACCEPTED = "Accepted"
    UNKNOWN = "Unknown"


class ClearChargingProfileResponse(Payload, frozen=True, kw_only=True):
    """§6.14"""

    status: ClearChargingProfileStatus


class GetCompositeScheduleRequest(Payload, frozen=True, kw_only=True):
    """§6.21; `duration` in s."""

    connector_id: Integer
    duration: Integer
    charging_rate_unit: ChargingRateUnit | None = None


class GetCompositeScheduleStatus(StrEnum):
    """§7.26"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class GetCompositeScheduleResponse(Payload, frozen=True, kw_only=True):
    """§6.22"""

    status: GetCompositeScheduleStatus
    connector_id: Integer | None = None
    schedule_start: Timestamp | None = None
    charging_schedule: ChargingSchedule | None = None


class SetChargingProfileRequest(Payload, frozen=True, kw_only=True):
    """§6.43"""

    connector_id: Integer
    cs_charging_profiles: ChargingProfile


class ChargingProfileStatus(StrEnum):
    """§7.11"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    NOT_SUPPORTED = "NotSupported"


class SetChargingProfileResponse(Payload, frozen=True, kw_only=True):
    """§6.44"""

    status: ChargingProfileStatus
