"""The errors of a CALLERROR (OCPP-J 1.6 §4.2.3)."""

from collections.abc import Mapping
from enum import StrEnum


class ErrorCode(StrEnum):
    """Table 7, with the two names that must stay wrong for the sake of the peers (OCPP-J errata 5.1, 5.2)."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


class OcppError(Exception):
    """Something that the peer is told in a CALLERROR, or was told by it."""

    def __init__(self, code: ErrorCode, description: str = "", details: Mapping[str, object] | None = None) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.details: Mapping[str, object] = details or {}

    def __str__(self) -> str:
        return f"{self.code}: {self.description}" if self.description else str(self.code)
