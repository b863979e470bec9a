"""The Firmware Management profile: 4 messages (OCPP 1.6 §4.4, §4.5, §5.9, §5.19)."""

from enum import StrEnum

from .types import CiString255, Integer, Payload, Timestamp


class DiagnosticsStatus(StrEnum):
    """§7.24"""

    IDLE = "Idle"
    UPLOADED = "Uploaded"
    UPLOAD_FAILED = "UploadFailed"
    UPLOADING = "Uploading"


class DiagnosticsStatusNotificationRequest(Payload, frozen=True, kw_only=True):
    """§6.17"""

    status: DiagnosticsStatus


class DiagnosticsStatusNotificationResponse(Payload, frozen=True, kw_only=True):
    """§6.18"""


class FirmwareStatus(StrEnum):
    """§7.25"""

    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    DOWNLOADING = "Downloading"
    IDLE = "Idle"
    INSTALLATION_FAILED = "InstallationFailed"
    INSTALLING = "Installing"
    INSTALLED = "Installed"


class FirmwareStatusNotificationRequest(Payload, frozen=True, kw_only=True):
    """§6.19"""

    status: FirmwareStatus


class FirmwareStatusNotificationResponse(Payload, frozen=True, kw_only=True):
    """§6.20"""


class GetDiagnosticsRequest(Payload, frozen=True, kw_only=True):
    """§6.25; `retry_interval` in s."""

    location: str
    retries: Integer | None = None
    retry_interval: Integer | None = None
    start_time: Timestamp | None = None
    stop_time: Timestamp | None = None


class GetDiagnosticsResponse(Payload, frozen=True, kw_only=True):
    """§6.26"""

    file_name: CiString255 | None = None


class UpdateFirmwareRequest(Payload, frozen=True, kw_only=True):
    """§6.55; `retry_interval` in s."""

    location: str
    retries: Integer | None = None
    retrieve_date: Timestamp
    retry_interval: Integer | None = None


class UpdateFirmwareResponse(Payload, frozen=True, kw_only=True):
    """§6.56"""
