"""Types that several messages share (OCPP 1.6 §7). Values are spelled as on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class Side(StrEnum):
    """Who speaks. A charge point answers what the central system sends, and the other way round."""

    CHARGE_POINT = "charge point"
    CENTRAL_SYSTEM = "central system"


class Payload(Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """How every payload travels: camel case, absent fields left out, unknown ones ignored on receipt.

    Fields stand in the order of the spec's tables, hence `kw_only` in each. `gc=False` is safe because payloads are
    trees: nothing in them can point back.
    """


# The schemas do not bound integers; 64 bits is what a database column can hold.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
# A zone is part of the type. A received time without one is read as UTC (see `payloads.decode`).
Timestamp = Annotated[datetime, Meta(tz=True)]

CiString20 = Annotated[str, Meta(max_length=20)]
CiString25 = Annotated[str, Meta(max_length=25)]
CiString40 = Annotated[str, Meta(max_length=40)]
CiString50 = Annotated[str, Meta(max_length=50)]
CiString128 = Annotated[str, Meta(max_length=128)]
CiString255 = Annotated[str, Meta(max_length=255)]
CiString500 = Annotated[str, Meta(max_length=500)]
IdToken = CiString20  # compared without case (§7.28)


class AuthorizationStatus(StrEnum):
    """§7.2"""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"


class IdTagInfo(Payload, frozen=True, kw_only=True):
    """What the central system knows of an id tag (§7.27)."""

    expiry_date: Timestamp | None = None
    parent_id_tag: IdToken | None = None
    status: AuthorizationStatus


# Metering (§7.30-7.35, §7.43, §7.45, §7.49).


class ReadingContext(StrEnum):
    """§7.35"""

    INTERRUPTION_BEGIN = "Interruption.Begin"
    INTERRUPTION_END = "Interruption.End"
    OTHER = "Other"
    SAMPLE_CLOCK = "Sample.Clock"
    SAMPLE_PERIODIC = "Sample.Periodic"
    TRANSACTION_BEGIN = "Transaction.Begin"
    TRANSACTION_END = "Transaction.End"
    TRIGGER = "Trigger"


class ValueFormat(StrEnum):
    """§7.49"""

    RAW = "Raw"
    SIGNED_DATA = "SignedData"


class Measurand(StrEnum):
    """§7.31"""

    CURRENT_EXPORT = "Current.Export"
    CURRENT_IMPORT = "Current.Import"
    CURRENT_OFFERED = "Current.Offered"
    ENERGY_ACTIVE_EXPORT_REGISTER = "Energy.Active.Export.Register"
    ENERGY_ACTIVE_IMPORT_REGISTER = "Energy.Active.Import.Register"
    ENERGY_REACTIVE_EXPORT_REGISTER = "Energy.Reactive.Export.Register"
    ENERGY_REACTIVE_IMPORT_REGISTER = "Energy.Reactive.Import.Register"
    ENERGY_ACTIVE_EXPORT_INTERVAL = "Energy.Active.Export.Interval"
    ENERGY_ACTIVE_IMPORT_INTERVAL = "Energy.Active.Import.Interval"
    ENERGY_REACTIVE_EXPORT_INTERVAL = "Energy.Reactive.Export.Interval"
    ENERGY_REACTIVE_IMPORT_INTERVAL = "Energy.Reactive.Import.Interval"
    FREQUENCY = "Frequency"
    POWER_ACTIVE_EXPORT = "Power.Active.Export"
    POWER_ACTIVE_IMPORT = "Power.Active.Import"
    POWER_FACTOR = "Power.Factor"
    POWER_OFFERED = "Power.Offered"
    POWER_REACTIVE_EXPORT = "Power.Reactive.Export"
    POWER_REACTIVE_IMPORT = "Power.Reactive.Import"
    RPM = "RPM"
    SOC = "SoC"
    TEMPERATURE = "Temperature"
    VOLTAGE = "Voltage"


class Phase(StrEnum):
    """§7.34"""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    N = "N"
    L1_N = "L1-N"
    L2_N = "L2-N"
    L3_N = "L3-N"
    L1_L2 = "L1-L2"
    L2_L3 = "L2-L3"
    L3_L1 = "L3-L1"


class Location(StrEnum):
    """§7.30"""

    BODY = "Body"
    CABLE = "Cable"
    EV = "EV"
    INLET = "Inlet"
    OUTLET = "Outlet"


class UnitOfMeasure(StrEnum):
    """§7.45. A charge point sends the misspelled Celcius, a central system takes both (OCPP-J errata 2.1)."""

    WH = "Wh"
    KWH = "kWh"
    VARH = "varh"
    KVARH = "kvarh"
    W = "W"
    KW = "kW"
    VA = "VA"
    KVA = "kVA"
    VAR = "var"
    KVAR = "kvar"
    A = "A"
    V = "V"
    CELSIUS = "Celsius"
    CELCIUS = "Celcius"
    FAHRENHEIT = "Fahrenheit"
    K = "K"
    PERCENT = "Percent"
    HERTZ = "Hertz"  # taken, never sent: 1.6 has no unit for Frequency, it is hertz anyway (errata on §7.31)


class SampledValue(Payload, frozen=True, kw_only=True):
    """One measured value; absent fields have the defaults of §7.43."""

    value: str
    context: ReadingContext | None = None
    format: ValueFormat | None = None
    measurand: Measurand | None = None
    phase: Phase | None = None
    location: Location | None = None
    unit: UnitOfMeasure | None = None


class MeterValue(Payload, frozen=True, kw_only=True):
    """Values that were taken at one instant (§7.33)."""

    timestamp: Timestamp
    sampled_value: tuple[SampledValue, ...]


# Charging profiles (§7.8-7.14, §7.37).


class ChargingProfilePurpose(StrEnum):
    """§7.10"""

    CHARGE_POINT_MAX_PROFILE = "ChargePointMaxProfile"
    TX_DEFAULT_PROFILE = "TxDefaultProfile"
    TX_PROFILE = "TxProfile"


class ChargingProfileKind(StrEnum):
    """§7.9"""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class RecurrencyKind(StrEnum):
    """§7.37"""

    DAILY = "Daily"
    WEEKLY = "Weekly"


class ChargingRateUnit(StrEnum):
    """§7.12: W is the total of all phases, A is per phase."""

    W = "W"
    A = "A"


class ChargingSchedulePeriod(Payload, frozen=True, kw_only=True):
    """A limit from `start_period` (s since the schedule's start) on; at most one decimal (§7.14)."""

    start_period: Integer
    limit: float
    number_phases: Integer | None = None


class ChargingSchedule(Payload, frozen=True, kw_only=True):
    """§7.13; `duration` in s."""

    duration: Integer | None = None
    start_schedule: Timestamp | None = None
    charging_rate_unit: ChargingRateUnit
    charging_schedule_period: tuple[ChargingSchedulePeriod, ...]
    min_charging_rate: float | None = None


class ChargingProfile(Payload, frozen=True, kw_only=True):
    """§7.8"""

    charging_profile_id: Integer
    transaction_id: Integer | None = None
    stack_level: Integer
    charging_profile_purpose: ChargingProfilePurpose
    charging_profile_kind: ChargingProfileKind
    recurrency_kind: RecurrencyKind | None = None
    valid_from: Timestamp | None = None
    valid_to: Timestamp | None = None
    charging_schedule: ChargingSchedule


# Of one message each, but others than its sender speak of them.


class RegistrationStatus(StrEnum):
    """§7.38"""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


class ChargePointStatus(StrEnum):
    """§7.7, in the order of the table of §4.9."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class ChargePointErrorCode(StrEnum):
    """§7.6"""

    CONNECTOR_LOCK_FAILURE = "ConnectorLockFailure"
    EV_COMMUNICATION_ERROR = "EVCommunicationError"
    GROUND_FAILURE = "GroundFailure"
    HIGH_TEMPERATURE = "HighTemperature"
    INTERNAL_ERROR = "InternalError"
    LOCAL_LIST_CONFLICT = "LocalListConflict"
    NO_ERROR = "NoError"
    OTHER_ERROR = "OtherError"
    OVER_CURRENT_FAILURE = "OverCurrentFailure"
    OVER_VOLTAGE = "OverVoltage"
    POWER_METER_FAILURE = "PowerMeterFailure"
    POWER_SWITCH_FAILURE = "PowerSwitchFailure"
    READER_FAILURE = "ReaderFailure"
    RESET_FAILURE = "ResetFailure"
    UNDER_VOLTAGE = "UnderVoltage"
    WEAK_SIGNAL = "WeakSignal"


class Reason(StrEnum):
    """Why a transaction stopped (§7.36)."""

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


class AvailabilityType(StrEnum):
    """§7.4"""

    INOPERATIVE = "Inoperative"
    OPERATIVE = "Operative"


class ResetType(StrEnum):
    """§7.42"""

    HARD = "Hard"
    SOFT = "Soft"


class KeyValue(Payload, frozen=True, kw_only=True):
    """A configuration key as reported (§7.29)."""

    key: CiString50
    readonly: bool
    value: CiString500 | None = None
