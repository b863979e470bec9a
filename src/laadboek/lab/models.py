"""What the lab's HTTP API takes and gives. Energy in Wh, power in W, current in mA."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from ..facts import Fault, Kind, Mode, Pilot

Side = Literal["both", "ev", "charger"]


def utc(instant: datetime) -> datetime:
    """A time without a zone is UTC, as on the wire."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(utc)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DriverBody(Body):
    """A person known to the charge point: a PIN typed there becomes this id tag."""

    name: str = Field("Driver", max_length=100)
    id_tag: str = Field(min_length=1, max_length=20)
    pin: str | None = Field(None, pattern=r"^\d{4,8}$")
    kind: Kind = Kind.BUSINESS
    mode: Mode = Mode.FAST


class ReconnectBody(Body):
    """How the link comes back. The lab's default is quick and without jitter, so that a test can count on it."""

    first_s: float = Field(1, ge=0.05, le=3600)
    cap_s: float = Field(10, ge=0.05, le=3600)
    jitter: bool = False


class NewChargePoint(Body):
    """Everything but `charge_box_id` and `backend_uri` has a default."""

    charge_box_id: str = Field(
        min_length=1, max_length=48, pattern=r"^[^/\x00-\x1f]+$", examples=["LAB-1"], description="Without a slash."
    )
    backend_uri: str = Field(
        pattern=r"^wss?://", examples=["ws://127.0.0.1:9000/ocpp/"], description="The ChargeBoxID is appended to it."
    )
    user_name: str | None = Field(None, description="Basic auth user; default: the ChargeBoxID.")
    authorization_key: SecretStr | None = Field(None, description="Basic auth password; none: no Authorization header.")
    security_profile: int = Field(
        0, ge=0, le=3, description="0: address and key are used as they are (security whitepaper)."
    )
    security_events: bool | None = Field(None, description="Are they sent? null: where the platform knows them.")
    roots: list[str] = Field([], description="PEM: authorities that vouch for the platform; none: the system's.")
    vendor: str = Field("Laadboek", max_length=20)
    model: str = Field("Lab", max_length=20)
    serial_number: str | None = Field(None, max_length=25, description="Default: the ChargeBoxID.")
    firmware_version: str = Field("1.0.0", max_length=50)
    keys: dict[str, str] = Field(
        {}, description="First values of configuration keys, as ChangeConfiguration writes them."
    )
    authorisation: Literal["platform", "local"] = Field(
        "platform",
        description="platform: it is asked about every identification; local: known drivers start at once.",
    )
    free_charging: bool = Field(False, description="Plug & Play: a session starts at plug-in under its own tag.")
    drivers: list[DriverBody] = []
    state_folder: Path | None = Field(None, description="Keeps the charge point's store; default: a temporary folder.")
    cable: Literal["fixed", "loose"] = "loose"
    phases: Literal[1, 3] = 3
    max_current_ma: int = Field(32_000, ge=6_000, le=80_000)
    quick: bool = Field(
        True, description="Car, lock and boot react within a second; false: as slowly as believable ones."
    )
    backup_power: bool = Field(False, description="A moment is left to close the books when the power goes.")
    resume_after_power_loss: bool = Field(False, description="A session goes on after a boot if the car is there.")
    reservations: bool = Field(True, description="It takes reservations; false: every one is Rejected.")
    profiles_off: list[str] = Field([], description="Feature profiles that the charge point shall not have.")
    register_wh: int = Field(0, ge=0, description="What the meter shows at first.")
    boot_on_reconnect: bool = Field(False, description="BootNotification after every reconnect as well.")
    subprotocol_required: bool = Field(True, description="Refuse a platform that does not answer `ocpp1.6`.")
    reconnect: ReconnectBody = Field(default_factory=lambda: ReconnectBody(first_s=1, cap_s=10))
    call_timeout_s: float = Field(30, ge=0.1, le=600, description="First value of MessageTimeout: whole seconds.")
    power_on: bool = Field(True, description="Switch it on at once.")


class CableBody(Body):
    """`ev`: the car's end. `charger`: the socket's end of a loose cable. `both`: cable and car."""

    side: Side = "both"


class ReadyBody(Body):
    ready: bool


class TagBody(Body):
    id_tag: str = Field(min_length=1, max_length=20)
    connector_id: int = Field(1, ge=1)


class PinBody(Body):
    pin: str = Field(pattern=r"^\d{4,8}$")
    connector_id: int = Field(1, ge=1)


class FaultBody(Body):
    error_code: Fault
    connector_id: int = Field(1, ge=0)


class LockFailureBody(Body):
    active: bool


class FirmwareFailureBody(Body):
    active: bool


class MeterBody(Body):
    register_wh: int = Field(ge=0)


class KeyBody(Body):
    value: str = Field(max_length=500)


class CacheBody(Body):
    """An entry of the authorization cache, as an answer of the platform would have left it."""

    id_tag: str = Field(min_length=1, max_length=20)
    status: Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"] = "Accepted"
    expiry_date: Instant | None = None
    parent_id_tag: str | None = Field(None, max_length=20)


class ProfilesBody(Body):
    off: list[str] = Field(description="Feature profiles to switch off; the others are on.")


class CarBody(Body):
    """The car beside the charge point."""

    soc_percent: int | None = Field(None, ge=0, le=100)
    capacity_wh: int | None = Field(None, ge=1_000, le=200_000)
    phases: Literal[1, 3] | None = None


class ConnectorState(BaseModel):
    connector_id: int
    status: str = Field(description="As last reported to the platform, else as it would be.")
    error_code: str
    pilot: Pilot
    cable: bool
    cable_locked: bool
    session_id: str | None
    transaction_id: int | None
    id_tag: str | None
    register_wh: int
    power_w: int
    offered_ma: int


class ChargePointState(BaseModel):
    charge_box_id: str
    backend_uri: str
    powered: bool
    connected: bool
    registration: str | None = Field(description="Accepted, Pending, Rejected, or none yet.")
    link: str = Field(description="connecting, refused, booting, pending, rejected, online, waiting or off.")
    link_reason: str | None = Field(description="Why the link is not online, as a stable code.")
    mode: Mode
    why: str = Field(description="Why it charges or waits, as a stable code.")
    queued: int = Field(description="Transaction messages not yet acknowledged.")
    set_aside: int
    connectors: list[ConnectorState]
    keys: dict[str, str]
    state_folder: str


class Frame(BaseModel):
    """One text message on the websocket, in order."""

    number: int
    at: datetime
    direction: Literal["sent", "received"]
    text: str
