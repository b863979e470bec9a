"""What the API of our platform takes and gives, as its description (`openapi.json`) shows it. Energy in Wh."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from ...actions.charge_points import KEY_LONGEST, KEY_SHORTEST, RegistrationStatus
from ...facts import Kind
from ...store.operations import OperationState
from ...store.transactions import Flag, TransactionState


class Body(BaseModel):
    """A field that is not known is refused: it may be a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Problem(Answer):
    """RFC 9457. `code` and `params` are stable; `title` is in the reader's language."""

    type: str
    status: int
    title: str
    code: str
    params: dict[str, str | int]


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text, "content": {"application/problem+json": {}}}
    for status, text in (
        (401, "Not signed in, or a token that opens nothing"),
        (403, "The role or the token's scopes do not allow this; or another website asked"),
        (404, "There is no such thing in this account"),
        (409, "This conflicts with how things are"),
        (413, "The body is too large"),
        (415, "The body is not application/json"),
        (422, "The request does not fit"),
        (429, "Too many requests: wait as long as Retry-After says"),
        (503, "What must answer is not running, or the store is not"),
    )
}

# --- charge points ---

KEY_RULE = f"{KEY_SHORTEST} to {KEY_LONGEST} printable characters without spaces. Shown nowhere."


class NewChargePointBody(Body):
    charge_box_id: str = Field(description="Its identity: the end of the address it connects to")
    authorization_key: SecretStr | None = Field(None, description=f"{KEY_RULE} Left out: a random one is made")
    registration: RegistrationStatus = Field(
        RegistrationStatus.ACCEPTED, description="What its BootNotification is answered"
    )


class ChargePointChangeBody(Body):
    """What is left out stays as it is. A change of key ends the connection."""

    registration: RegistrationStatus | None = Field(None, description="From its next BootNotification on")
    authorization_key: SecretStr | None = Field(None, description=KEY_RULE)
    new_authorization_key: bool = Field(False, description="Make a random key, shown in this answer only")


class ConnectorAnswer(Answer):
    connector_id: int = Field(description="0: the charge point as a whole")
    status: str
    error_code: str
    info: str | None
    reported_at: datetime


class ChargePointAnswer(Answer):
    id: str = Field(description="Public id; the ChargeBoxID serves as well wherever an id is asked")
    charge_box_id: str
    registration: RegistrationStatus
    connected: bool
    heard_at: datetime | None = Field(description="When it was heard last on the present connection")
    hosted: bool = Field(description="A charger of this Laadboek, whose key and place are not changed here")
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    booted_at: datetime | None
    last_seen_at: datetime | None


class ChargePointDetailAnswer(ChargePointAnswer):
    connectors: list[ConnectorAnswer]


class KeyedChargePointAnswer(ChargePointAnswer):
    authorization_key: str | None = Field(description="The random key, this once; null when it was given or kept")


class ChargePointsAnswer(Answer):
    charge_points: list[ChargePointAnswer]
    next: str | None = Field(description="`after` of the next page; null on the last")


class FrameAnswer(Answer):
    received_at: datetime
    message_id: str
    action: str
    call: str = Field(description="The frame as it was received")
    answer: str = Field(description="JSON of our answer; `[code, description]` for a CALLERROR")


class FramesAnswer(Answer):
    """Newest first."""

    frames: list[FrameAnswer]
    next: str | None


# --- id tags ---


class IdTagValues(Body):
    kind: Kind = Field(Kind.PRIVATE, description="Kind of the sessions that it charges at foreign charge points")
    parent_id_tag: str | None = None
    blocked: bool = False
    expires_at: AwareDatetime | None = None


class NewIdTagBody(IdTagValues):
    id_tag: str = Field(description="1 to 20 characters; compares without case")


class IdTagChangeBody(IdTagValues):
    """What is left out stays as it is; null takes a parent or an expiry away."""


class IdTagAnswer(Answer):
    id_tag: str
    kind: Kind
    parent_id_tag: str | None
    driver_id: str | None
    blocked: bool
    expires_at: datetime | None
    status: str = Field(description="What a charge point is answered now: Accepted, Blocked or Expired")


class IdTagsAnswer(Answer):
    id_tags: list[IdTagAnswer]
    next: str | None


# --- transactions ---


class TransactionAnswer(Answer):
    transaction_id: int
    charge_point_id: str
    charge_box_id: str
    connector_id: int
    id_tag: str
    state: TransactionState
    started_at: datetime
    meter_start_wh: int
    stopped_at: datetime | None
    meter_stop_wh: int | None
    energy_wh: int | None
    stop_reason: str | None
    stop_id_tag: str | None
    flags: list[Flag]
    session_id: str | None = Field(description="The session of the ledger")


class TransactionsAnswer(Answer):
    """The last booked first."""

    transactions: list[TransactionAnswer]
    next: str | None


class MeterValueAnswer(Answer):
    sampled_at: datetime
    context: str | None
    register_wh: int | None
    power_w: int | None
    sampled_values: list[dict[str, Any]] = Field(description="As the charge point sent them (OCPP 1.6 §7.43)")


class TransactionDetailAnswer(TransactionAnswer):
    """Meter values: oldest first."""

    meter_values: list[MeterValueAnswer]
    next: str | None = Field(description="`after` of the next page of meter values; null on the last")


# --- operations ---


class OperationBody(Body):
    action: str = Field(description="RemoteStartTransaction, Reset, GetConfiguration …")
    payload: dict[str, Any] = Field({}, description="The OCPP request as it goes over the wire")
    idempotency_key: str | None = Field(None, min_length=1, max_length=100, description="The same key: the same one")
    wait: bool = Field(False, description="Answer when it is settled (within two minutes), not when it is noted")


class OperationAnswer(Answer):
    id: str
    charge_point_id: str
    charge_box_id: str
    action: str
    payload: Any
    idempotency_key: str | None
    actor: str
    state: OperationState
    answer: Any = Field(description="The OCPP response; `[code, description]` of a CALLERROR; null while there is none")
    requested_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
