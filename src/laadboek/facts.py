"""What a charger and its faces say to each other: readings and facts flow to the faces, wishes to the charger.

Neither side imports the other. Nothing here is OCPP: a face translates. Energy in Wh, power in W, current in mA,
voltage in mV, instants UTC.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from .reasons import Reason


class Pilot(StrEnum):
    """The car as the control pilot shows it (IEC 61851-1 table A.6; digit 2 = the charger offers current by PWM)."""

    A = "A"  # no car
    B1 = "B1"  # car there, no offer
    B2 = "B2"  # offer, the car does not draw
    C1 = "C1"  # car wants energy, no offer
    C2 = "C2"  # energy may flow
    E = "E"  # pilot shorted or lost
    F = "F"  # charger not available


class Kind(StrEnum):
    BUSINESS = "business"
    PRIVATE = "private"


class Mode(StrEnum):
    STOP = "stop"
    FAST = "fast"
    ECO = "eco"
    ECO_PLUS = "eco_plus"


class EndReason(StrEnum):
    """Why a session ended. The names are those of OCPP 1.6 §7.37, so that nothing is lost in translation."""

    DE_AUTHORIZED = "DeAuthorized"
    EMERGENCY_STOP = "EmergencyStop"
    EV_DISCONNECTED = "EVDisconnected"
    HARD_RESET = "HardReset"
    LOCAL = "Local"
    OTHER = "Other"
    POWER_LOSS = "PowerLoss"
    REBOOT = "Reboot"
    REMOTE = "Remote"
    SOFT_RESET = "SoftReset"
    UNLOCK_COMMAND = "UnlockCommand"


class Fault(StrEnum):
    """What is broken, by the error names of OCPP 1.6 §7.6."""

    CONNECTOR_LOCK_FAILURE = "ConnectorLockFailure"
    EV_COMMUNICATION_ERROR = "EVCommunicationError"
    GROUND_FAILURE = "GroundFailure"
    HIGH_TEMPERATURE = "HighTemperature"
    INTERNAL_ERROR = "InternalError"
    LOCAL_LIST_CONFLICT = "LocalListConflict"
    OTHER_ERROR = "OtherError"
    OVER_CURRENT_FAILURE = "OverCurrentFailure"
    OVER_VOLTAGE = "OverVoltage"
    POWER_METER_FAILURE = "PowerMeterFailure"
    POWER_SWITCH_FAILURE = "PowerSwitchFailure"
    READER_FAILURE = "ReaderFailure"
    RESET_FAILURE = "ResetFailure"
    UNDER_VOLTAGE = "UnderVoltage"
    WEAK_SIGNAL = "WeakSignal"


class Reading(Struct, frozen=True, gc=False):
    """What the meter of one connector shows at one instant. The register counts since manufacture."""

    connector_id: int
    taken_at: datetime
    register_wh: int
    power_w: int = 0
    current_ma: tuple[int, int, int] = (0, 0, 0)
    voltage_mv: tuple[int, int, int] = (230_000, 230_000, 230_000)
    offered_ma: int = 0
    soc_percent: int | None = None


class ConnectorView(Struct, frozen=True, gc=False):
    """One connector as the charger sees it now: a level. A face derives its OCPP status from it (§4.9)."""

    connector_id: int
    pilot: Pilot = Pilot.A
    cable: bool = False  # a loose cable is in the socket; a tethered cable follows the car
    session_id: str | None = None  # the running session
    identified: bool = False  # somebody identified, the car is still awaited
    settled: bool = False  # the visit goes on, its last session ended
    offering: bool = False  # the charger lets current flow
    may_identify: bool = True  # an unidentified visit may still become a session (RULES §4)
    limit_ma: int = 32_000  # what connector and charger allow it, per phase, whatever platforms ask for
    cable_ma: int | None = None  # what the loose cable in the socket allows; None: as much
    phases: int = 3
    reserved_by: str | None = None  # the link whose platform reserved it, until whom it is for has identified
    operative: bool = True  # False: set out of service; no session starts
    fault: Fault | None = None


# Facts: past tense. SessionStarted and SessionEnded are numbered, stored and replayed; the others are levels, answers.


class ConnectorChanged(Struct, frozen=True, tag=True):
    connector: ConnectorView


class SessionStarted(Struct, frozen=True, tag=True, kw_only=True):
    number: int  # of the fact, per charger, ascending
    session_id: str
    connector_id: int
    id_tag: str
    driver_id: str | None
    kind: Kind
    started_at: datetime
    register_wh: int
    over_link: str | None = None  # the link whose platform asked for it, else started at the charger
    refused_by: str | None = None  # the link whose platform refused the session that this one goes on for
    reservation_id: int | None = None  # the reservation that this session makes good
    reserved_by: str | None = None  # the link that made it: to others it says nothing
    charging_profile: bytes | None = None  # TxProfile that came with a remote start, as the link gave it


class SessionEnded(Struct, frozen=True, tag=True, kw_only=True):
    number: int
    session_id: str
    connector_id: int
    ended_at: datetime
    register_wh: int
    reason: EndReason
    id_tag: str | None = None  # who ended it, when somebody identified for it
    over_link: str | None = None


class AuthorisationAsked(Struct, frozen=True, tag=True):
    """The control link's face shall find out whether this id tag may charge; it answers by `Authorised`."""

    ask_id: int
    connector_id: int
    id_tag: str


class WishAnswered(Struct, frozen=True, tag=True):
    """Told only to the face that asked."""

    wish_id: int
    granted: bool
    why: Reason | None = None


class DeviceWentDark(Struct, frozen=True, tag=True):
    """The wall box lost power: its faces are off the air until `DeviceBooted`, but for the one of `unseen_by`."""

    unseen_by: str | None = None  # the link that had this restart already, when its platform asked for it
    restarting: bool = False  # it was told to, and boots by itself: what there is to say may be said first (§5.14)


class DeviceBooted(Struct, frozen=True, tag=True):
    """The device reports a boot (RULES §2): every face sends BootNotification, but for the one of `unseen_by`."""

    firmware_version: str | None = None  # None: the device does not say
    unseen_by: str | None = None


class SettingsChanged(Struct, frozen=True, tag=True):
    """Keys that belong to the charger, with their values now (RULES §6, §7)."""

    values: dict[str, str]


class InstallEnded(Struct, frozen=True, tag=True):
    """The device has written the firmware that this link asked for, or could not. It runs after the next boot."""

    ok: bool


Fact = (
    ConnectorChanged
    | SessionStarted
    | SessionEnded
    | AuthorisationAsked
    | WishAnswered
    | DeviceWentDark
    | DeviceBooted
    | SettingsChanged
    | InstallEnded
)
NumberedFact = SessionStarted | SessionEnded


# Wishes: a face asks, the charger decides. `wish_id` is the face's own; the answer is WishAnswered with the same id.


class StartAsked(Struct, frozen=True, tag=True, kw_only=True):
    wish_id: int
    link_id: str
    id_tag: str
    connector_id: int | None = None
    authorised: bool = True  # False: ask the platform first (AuthorizeRemoteTxRequests)
    charging_profile: bytes | None = None


class StopAsked(Struct, frozen=True, tag=True, kw_only=True):
    wish_id: int
    link_id: str
    session_id: str


class UnlockAsked(Struct, frozen=True, tag=True, kw_only=True):
    """Granted once the cable is free; refused with `unlock.failed` or `unlock.not_supported` (tethered cable)."""

    wish_id: int
    link_id: str
    connector_id: int


class ResetAsked(Struct, frozen=True, tag=True, kw_only=True):
    """Granted with `reset.deferred`: what the link sees has ended, the device restarts when nobody is there."""

    wish_id: int
    link_id: str
    hard: bool
    sees: tuple[str, ...] | None = None  # the sessions of this link, if others run that it must not end


class AvailabilityAsked(Struct, frozen=True, tag=True, kw_only=True):
    wish_id: int
    link_id: str
    connector_id: int  # 0: the whole charger
    operative: bool


class SettingAsked(Struct, frozen=True, tag=True, kw_only=True):
    """Write a key that belongs to the charger (`FreeCharging`, `OCPPChargeMode`, …)."""

    wish_id: int
    link_id: str
    key: str
    value: str


class ReserveAsked(Struct, frozen=True, tag=True, kw_only=True):
    """Keep a connector for an id tag or its group (OCPP 1.6 §5.13). The same id again replaces the former one."""

    wish_id: int
    link_id: str
    reservation_id: int
    connector_id: int  # 0: any
    id_tag: str
    parent_id_tag: str | None = None
    expires_at: datetime


class ReservationCancelAsked(Struct, frozen=True, tag=True, kw_only=True):
    wish_id: int
    link_id: str
    reservation_id: int


class InstallAsked(Struct, frozen=True, tag=True, kw_only=True):
    """Install firmware. From now on no session starts; granted when none runs any more and the device begins."""

    wish_id: int
    link_id: str
    version: str


class InstallDropped(Struct, frozen=True, tag=True, kw_only=True):
    """Not wanted any more. No answer."""

    link_id: str


class LimitAsked(Struct, frozen=True, tag=True, kw_only=True):
    """At most this current per phase: a level, asked for anew whenever it changes and after a restart. No answer.

    With a session it binds that one; without (`connector_id` 0) it binds all connectors together.
    """

    link_id: str
    connector_id: int
    session_id: str | None = None
    limit_ma: int | None = None  # None: no limit any more; below 6 000: pause
    phases: int | None = None  # that may be used


class Authorised(Struct, frozen=True, tag=True, kw_only=True):
    """The answer to AuthorisationAsked. `parent_id_tag` groups tags that may stop each other's sessions."""

    link_id: str
    ask_id: int
    accepted: bool
    parent_id_tag: str | None = None
    why: Reason | None = None


class TransactionRefused(Struct, frozen=True, tag=True, kw_only=True):
    """The platform does not accept the session's id tag. `stop` is StopTransactionOnInvalidId."""

    link_id: str
    session_id: str
    stop: bool
    allowance_wh: int = 0  # else: what it may still take (MaxEnergyOnInvalidId)


# Those that a WishAnswered follows.
AnswerableWish = (
    StartAsked
    | StopAsked
    | UnlockAsked
    | ResetAsked
    | AvailabilityAsked
    | SettingAsked
    | ReserveAsked
    | ReservationCancelAsked
    | InstallAsked
)
Wish = AnswerableWish | InstallDropped | LimitAsked | Authorised | TransactionRefused
