"""The Local Auth List Management profile: 2 messages (OCPP 1.6 §5.10, §5.15)."""

from enum import StrEnum

from .types import IdTagInfo, IdToken, Integer, Payload


class GetLocalListVersionRequest(Payload, frozen=True, kw_only=True):
    """§6.27"""


class GetLocalListVersionResponse(Payload, frozen=True, kw_only=True):
    """§6.28; 0 is an empty list, -1 one that is not supported (§5.10)."""

    list_version: Integer


class AuthorizationData(Payload, frozen=True, kw_only=True):
    """An entry of the list; without `id_tag_info` it is to be removed (§7.1)."""

    id_tag: IdToken
    id_tag_info: IdTagInfo | None = None


class UpdateType(StrEnum):
    """§7.48"""

    DIFFERENTIAL = "Differential"
    FULL = "Full"


class SendLocalListRequest(Payload, frozen=True, kw_only=True):
    """§6.41"""

    list_version: Integer
    local_authorization_list: tuple[AuthorizationData, ...] | None = None
    update_type: UpdateType


class UpdateStatus(StrEnum):
    """§7.47"""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    NOT_SUPPORTED = "NotSupported"
    VERSION_MISMATCH = "VersionMismatch"


class SendLocalListResponse(Payload, frozen=True, kw_only=True):
    """§6.42"""

    status: UpdateStatus
