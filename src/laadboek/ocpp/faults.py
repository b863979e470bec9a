"""What can be wrong with a frame, and which error each fault earns (OCPP-J 1.6 §4.2.3 and its errata)."""

from enum import Enum, unique

from .errors import ErrorCode, OcppError

# A CALLERROR stays small whatever it answers.
MAX_DESCRIPTION = 255


@unique
class Fault(Enum):
    """Code (none: cannot or may not be answered) and reason. Value of a member = (code, what it says, why this code).

    Not here: NotSupported for a switched-off profile, SecurityError for a charge point that was not accepted yet
    (OCPP-J errata 3.10) and InternalError are for those who handle calls to decide.
    """

    # Nobody to answer: without its message id, an answer would match nothing (table 6: the exact same id).
    NOT_JSON = (None, "not JSON", "no message id can be read")
    NOT_AN_ARRAY = (None, "not a JSON array", "no message id can be read")
    NO_MESSAGE_ID = (None, "no message id", "null, an object or an array names no call")
    ENDLESS_MESSAGE_ID = (None, "endless message id", "it would have to be sent back in full")
    UNKNOWN_MESSAGE_TYPE = (None, "unknown message type", "§4.1.3: ignore it")
    NOBODY_ASKED = (None, "answer to no call of ours", "§4.1.4: an answer has the id of a call")

    # The frame: a Call has four elements (§4.2.1).
    BROKEN_JSON = (ErrorCode.FORMATION_VIOLATION, "broken JSON after the message id", "syntactically incorrect")
    NESTED_TOO_DEEP = (ErrorCode.FORMATION_VIOLATION, "nested too deep", "no message of OCPP is")
    TOO_SHORT = (ErrorCode.PROTOCOL_ERROR, "a call has four elements", "incomplete")
    TOO_LONG = (ErrorCode.FORMATION_VIOLATION, "a call has four elements", "not the structure of a call")
    MESSAGE_ID_NOT_TEXT = (ErrorCode.FORMATION_VIOLATION, "the message id is not a text", "table 3")
    MESSAGE_ID_TOO_LONG = (ErrorCode.FORMATION_VIOLATION, "the message id exceeds 36 characters", "table 3, §4.2.3")
    ACTION_NOT_TEXT = (ErrorCode.FORMATION_VIOLATION, "the action is not a string", "table 4")

    # The call.
    REPEATED_MESSAGE_ID = (
        ErrorCode.GENERIC_ERROR,
        "another call with this message id is being handled",
        "§4.2.3 names the case, table 7 no code for it",
    )
    UNKNOWN_ACTION = (ErrorCode.NOT_IMPLEMENTED, "unknown action", "not known by the receiver")
    NOT_OUR_ACTION = (ErrorCode.NOT_SUPPORTED, "not an action for this side", "recognized but not supported")

    # The payload.
    NOT_AN_OBJECT = (ErrorCode.FORMATION_VIOLATION, "the payload is not an object", "not the structure of a PDU")
    MISSING_FIELD = (ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, "missing field", "occurrence, §6's column Card.")
    WRONG_TYPE = (ErrorCode.TYPE_CONSTRAINT_VIOLATION, "wrong type", "data type")
    BAD_VALUE = (ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "invalid value", "length, enumeration, range or time")

    def __init__(self, code: ErrorCode | None, says: str, why: str) -> None:
        self.code = code
        self.says = says
        self.why = why

    def error(self, detail: str = "") -> OcppError:
        """The error to answer with; only for faults that can be answered."""
        assert self.code is not None, f"{self.name} has no answer"
        return OcppError(self.code, f"{self.says}: {detail}"[:MAX_DESCRIPTION] if detail else self.says)
