"""The 11 messages of the security whitepaper (edition 3, §5; its types: §6). Sections below are the whitepaper's."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from .remote_trigger import TriggerMessageStatus
from .types import CiString40, CiString50, CiString128, CiString255, Integer, Payload, Timestamp

Text512 = Annotated[str, Meta(max_length=512)]
Text800 = Annotated[str, Meta(max_length=800)]
Text5500 = Annotated[str, Meta(max_length=5500)]
Text10000 = Annotated[str, Meta(max_length=10_000)]


class CertificateSignedRequest(Payload, frozen=True, kw_only=True):
    """§5.1; PEM."""

    certificate_chain: Text10000


class CertificateSignedStatus(StrEnum):
    """§6.2"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class CertificateSignedResponse(Payload, frozen=True, kw_only=True):
    """§5.2"""

    status: CertificateSignedStatus


class HashAlgorithm(StrEnum):
    """§6.12"""

    SHA256 = "SHA256"
    SHA384 = "SHA384"
    SHA512 = "SHA512"


class CertificateHashData(Payload, frozen=True, kw_only=True):
    """Names a certificate; hashes in hexadecimal (§6.1)."""

    hash_algorithm: HashAlgorithm
    issuer_name_hash: CiString128
    issuer_key_hash: CiString128
    serial_number: CiString40


class DeleteCertificateRequest(Payload, frozen=True, kw_only=True):
    """§5.3"""

    certificate_hash_data: CertificateHashData


class DeleteCertificateStatus(StrEnum):
    """§6.7"""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    NOT_FOUND = "NotFound"


class DeleteCertificateResponse(Payload, frozen=True, kw_only=True):
    """§5.4"""

    status: DeleteCertificateStatus


class ExtendedMessageTrigger(StrEnum):
    """§6.16; FirmwareStatusNotification asks for the signed one."""

    BOOT_NOTIFICATION = "BootNotification"
    LOG_STATUS_NOTIFICATION = "LogStatusNotification"
    FIRMWARE_STATUS_NOTIFICATION = "FirmwareStatusNotification"
    HEARTBEAT = "Heartbeat"
    METER_VALUES = "MeterValues"
    SIGN_CHARGE_POINT_CERTIFICATE = "SignChargePointCertificate"
    STATUS_NOTIFICATION = "StatusNotification"


class ExtendedTriggerMessageRequest(Payload, frozen=True, kw_only=True):
    """§5.5"""

    requested_message: ExtendedMessageTrigger
    connector_id: Integer | None = None


class ExtendedTriggerMessageResponse(Payload, frozen=True, kw_only=True):
    """§5.6"""

    status: TriggerMessageStatus


class CertificateUse(StrEnum):
    """§6.4"""

    CENTRAL_SYSTEM_ROOT_CERTIFICATE = "CentralSystemRootCertificate"
    MANUFACTURER_ROOT_CERTIFICATE = "ManufacturerRootCertificate"


class GetInstalledCertificateIdsRequest(Payload, frozen=True, kw_only=True):
    """§5.7"""

    certificate_type: CertificateUse


class GetInstalledCertificateStatus(StrEnum):
    """§6.11"""

    ACCEPTED = "Accepted"
    NOT_FOUND = "NotFound"


class GetInstalledCertificateIdsResponse(Payload, frozen=True, kw_only=True):
    """§5.8; send no list rather than an empty one: the schema wants at least one entry."""

    status: GetInstalledCertificateStatus
    certificate_hash_data: tuple[CertificateHashData, ...] | None = None


class LogType(StrEnum):
    """§6.13"""

    DIAGNOSTICS_LOG = "DiagnosticsLog"
    SECURITY_LOG = "SecurityLog"


class LogParameters(Payload, frozen=True, kw_only=True):
    """§6.14"""

    remote_location: Text512
    oldest_timestamp: Timestamp | None = None
    latest_timestamp: Timestamp | None = None


class GetLogRequest(Payload, frozen=True, kw_only=True):
    """§5.9; `retry_interval` in s."""

    log_type: LogType
    request_id: Integer
    retries: Integer | None = None
    retry_interval: Integer | None = None
    log: LogParameters


class LogStatus(StrEnum):
    """§6.15"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    ACCEPTED_CANCELED = "AcceptedCanceled"


class GetLogResponse(Payload, frozen=True, kw_only=True):
    """§5.10"""

    status: LogStatus
    filename: CiString255 | None = None


class InstallCertificateRequest(Payload, frozen=True, kw_only=True):
    """§5.11; PEM."""

    certificate_type: CertificateUse
    certificate: Text5500


class InstallCertificateStatus(StrEnum):
    """§6.3"""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    REJECTED = "Rejected"


class InstallCertificateResponse(Payload, frozen=True, kw_only=True):
    """§5.12"""

    status: InstallCertificateStatus


class UploadLogStatus(StrEnum):
    """§6.19"""

    BAD_MESSAGE = "BadMessage"
    IDLE = "Idle"
    NOT_SUPPORTED_OPERATION = "NotSupportedOperation"
    PERMISSION_DENIED = "PermissionDenied"
    UPLOADED = "Uploaded"
    UPLOAD_FAILURE = "UploadFailure"
    UPLOADING = "Uploading"


class LogStatusNotificationRequest(Payload, frozen=True, kw_only=True):
    """§5.13"""

    status: UploadLogStatus
    request_id: Integer | None = None


class LogStatusNotificationResponse(Payload, frozen=True, kw_only=True):
    """§5.14"""


class SecurityEvent(StrEnum):
    """§8, spelled as there."""

    FIRMWARE_UPDATED = "FirmwareUpdated"
    FAILED_TO_AUTHENTICATE = "FailedToAuthenticationAtCentralSystem"
    CENTRAL_SYSTEM_FAILED_TO_AUTHENTICATE = "CentralSystemFailedToAuthentication"
    SETTING_SYSTEM_TIME = "SettingSystemTime"
    STARTUP_OF_THE_DEVICE = "StartupOfTheDevice"
    RESET_OR_REBOOT = "ResetOrReboot"
    SECURITY_LOG_WAS_CLEARED = "SecurityLogWasCleared"
    RECONFIGURATION_OF_SECURITY_PARAMETERS = "ReconfigurationOfSecurityParameters"
    MEMORY_EXHAUSTION = "MemoryExhaustion"
    INVALID_MESSAGES = "InvalidMessages"
    ATTEMPTED_REPLAY_ATTACKS = "AttemptedReplayAttacks"
    TAMPER_DETECTION_ACTIVATED = "TamperDetectionActivated"
    INVALID_FIRMWARE_SIGNATURE = "InvalidFirmwareSignature"
    INVALID_FIRMWARE_SIGNING_CERTIFICATE = "InvalidFirmwareSigningCertificate"
    INVALID_CENTRAL_SYSTEM_CERTIFICATE = "InvalidCentralSystemCertificate"
    INVALID_CHARGE_POINT_CERTIFICATE = "InvalidChargePointCertificate"
    INVALID_TLS_VERSION = "InvalidTLSVersion"
    INVALID_TLS_CIPHER_SUITE = "InvalidTLSCipherSuite"


class SecurityEventNotificationRequest(Payload, frozen=True, kw_only=True):
    """§5.15"""

    type: CiString50
    timestamp: Timestamp
    tech_info: CiString255 | None = None


class SecurityEventNotificationResponse(Payload, frozen=True, kw_only=True):
    """§5.16"""


class SignCertificateRequest(Payload, frozen=True, kw_only=True):
    """§5.17; PEM."""

    csr: Text5500


class GenericStatus(StrEnum):
    """§6.10"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class SignCertificateResponse(Payload, frozen=True, kw_only=True):
    """§5.18"""

    status: GenericStatus


class SignedFirmwareStatus(StrEnum):
    """§6.8"""

    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    DOWNLOADING = "Downloading"
    DOWNLOAD_SCHEDULED = "DownloadScheduled"
    DOWNLOAD_PAUSED = "DownloadPaused"
    IDLE = "Idle"
    INSTALLATION_FAILED = "InstallationFailed"
    INSTALLING = "Installing"
    INSTALLED = "Installed"
    INSTALL_REBOOTING = "InstallRebooting"
    INSTALL_SCHEDULED = "InstallScheduled"
    INSTALL_VERIFICATION_FAILED = "InstallVerificationFailed"
    INVALID_SIGNATURE = "InvalidSignature"
    SIGNATURE_VERIFIED = "SignatureVerified"


class SignedFirmwareStatusNotificationRequest(Payload, frozen=True, kw_only=True):
    """§5.19"""

    status: SignedFirmwareStatus
    request_id: Integer | None = None


class SignedFirmwareStatusNotificationResponse(Payload, frozen=True, kw_only=True):
    """§5.20"""


class Firmware(Payload, frozen=True, kw_only=True):
    """§6.9"""

    location: Text512
    retrieve_date_time: Timestamp
    install_date_time: Timestamp | None = None
    signing_certificate: Text5500
    signature: Text800


class SignedUpdateFirmwareRequest(Payload, frozen=True, kw_only=True):
    """§5.21; `retry_interval` in s."""

    retries: Integer | None = None
    retry_interval: Integer | None = None
    request_id: Integer
    firmware: Firmware


class UpdateFirmwareStatus(StrEnum):
    """§6.18"""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    ACCEPTED_CANCELED = "AcceptedCanceled"
    INVALID_CERTIFICATE = "InvalidCertificate"
    REVOKED_CERTIFICATE = "RevokedCertificate"


class SignedUpdateFirmwareResponse(Payload, frozen=True, kw_only=True):
    """§5.22"""

    status: UpdateFirmwareStatus
