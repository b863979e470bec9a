"""The configuration keys (OCPP 1.6 §9, RULES §7): one row per key. A key that is accepted does something."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Struct

from ..ocpp.types import Measurand, Phase
from ..reasons import Reason
from .config import LinkConfig
from .state import FaceState

MAX_KEYS = 100  # GetConfigurationMaxKeys
MAX_ROOTS = 10  # CertificateStoreMaxLength
MAX_STOP_VALUES = 60  # StopTransactionMaxMeterValues (errata 3.91)
MAX_STACK_LEVEL = 8  # ChargeProfileMaxStackLevel, and how many profiles one stack holds (§9.4.1)
MAX_PERIODS = 96  # ChargingScheduleMaxPeriods (§9.4.3): a day in quarter-hours
MAX_PROFILES = 32  # MaxChargingProfilesInstalled (§9.4.5)
MAX_LIST = 1_000  # LocalAuthListMaxLength (§9.2.2)
MAX_LIST_SENT = 500  # SendLocalListMaxLength (§9.2.3): far below the largest frame that is taken

# What a Reading can tell. Voltage and Current.Import may be asked for one phase: "Voltage.L1" (§9.1.17).
MEASURED = (
    Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
    Measurand.POWER_ACTIVE_IMPORT,
    Measurand.CURRENT_IMPORT,
    Measurand.VOLTAGE,
    Measurand.CURRENT_OFFERED,
    Measurand.SOC,
)
BY_PHASE = (Measurand.CURRENT_IMPORT, Measurand.VOLTAGE)
PHASES = (Phase.L1, Phase.L2, Phase.L3)
_ROTATIONS = ("NotApplicable", "Unknown", "RST", "RTS", "SRT", "STR", "TRS", "TSR")
ROTATIONS = {name.lower(): name for name in _ROTATIONS}
# Everything that may stand in a list of measurands, by its spelling without case.
MEASURABLE = {
    name.lower(): name
    for measurand in MEASURED
    for name in (measurand.value, *(f"{measurand}.{phase}" for phase in PHASES if measurand in BY_PHASE))
}

Check = Callable[[str, LinkConfig], str | None]  # the value as it is kept, None: bad


class Key(Struct, frozen=True):
    """`owner`: the link keeps it, or the charger does and is asked; `login`: `credentials.CHANGES` does it.

    `default` may follow from the link's config.
    """

    default: str | Callable[[LinkConfig], str]
    check: Check | None = None  # None: read-only
    owner: str = "link"  # "link" | "login" | "charger"
    listed: bool = True
    profile: str = "Core"  # without its feature profile a key is not known (§9)


def _whole(low: int, high: int) -> Check:
    def check(text: str, _: LinkConfig) -> str | None:
        text = text.strip()
        if not text.isascii() or not text.isdigit() or len(text) > 9:  # "-1" is a bad value (case 040_2)
            return None
        return str(int(text)) if low <= int(text) <= high else None

    return check


def _flag(text: str, _: LinkConfig) -> str | None:
    text = text.strip().lower()
    return text if text in ("true", "false") else None


def _choice(*values: str) -> Check:
    spelling = {value.lower(): value for value in values}  # values compare without case (CiString500)
    return lambda text, _: spelling.get(text.strip().lower())


def _measurands(text: str, config: LinkConfig) -> str | None:
    """One measurand that we cannot measure spoils the whole list (§3.16.4).

    On a filtered link the car's charge is not measured: it tells what others put into it (RULES §6).
    """
    items = [MEASURABLE.get(item.lower()) for item in _items(text)]
    measured = list(dict.fromkeys(item for item in items if item is not None))
    if None in items or (config.filtered and Measurand.SOC in measured):
        return None
    return ",".join(measured)


def _items(text: str) -> list[str]:
    """Of a comma-separated list (CSL, §9)."""
    return [item.strip() for item in text.split(",") if item.strip()]


def split_phase(item: str) -> tuple[Measurand, Phase | None]:
    """`Voltage.L1` asks for one phase, `Voltage` for all. ValueError: we do not measure that."""
    name, _, last = item.rpartition(".")
    phase = Phase(last) if name in BY_PHASE and last in PHASES else None
    measurand = Measurand(name if phase is not None else item)
    if measurand not in MEASURED:
        raise ValueError(item)
    return measurand, phase


def _rotation(text: str, config: LinkConfig) -> str | None:
    """`0.RST, 1.RTS`: connector (0 is the grid connection) and rotation, each connector once (§9.1.7)."""
    rotations: dict[str, str] = {}
    for item in _items(text):
        connector, _, name = item.partition(".")
        rotation = ROTATIONS.get(name.strip().lower())
        if connector not in map(str, range(config.nameplate.connectors + 1)) or connector in rotations or not rotation:
            return None
        rotations[connector] = f"{connector}.{rotation}"
    return ",".join(rotations.values())


def _id_tag(text: str, _: LinkConfig) -> str | None:
    return text if len(text) <= 20 and text.isprintable() else None


def _organisation(text: str, _: LinkConfig) -> str | None:
    """An organizationName (RFC 5280, A.1: at most 64 characters)."""
    text = text.strip()
    return text if 1 <= len(text) <= 64 and text.isprintable() else None


def _hex_key(text: str, _: LinkConfig) -> str | None:
    """16 to 20 bytes in hexadecimal (OCPP-J errata 3.12)."""
    digits = all(c in "0123456789abcdefABCDEF" for c in text)
    return text if digits and 32 <= len(text) <= 40 and len(text) % 2 == 0 else None


def _rotations(config: LinkConfig) -> str:
    rotation = "RST" if config.nameplate.phases == 3 else "NotApplicable"
    return ",".join(f"{i}.{rotation}" for i in range(1, config.nameplate.connectors + 1))


def has_profile(config: LinkConfig, name: str) -> bool:
    """Whether the link has a feature profile (§3.3); one that only reports starts, limits and reserves nothing."""
    return name not in config.profiles_off and (config.controls or name in REPORT_PROFILES)


def _profiles(config: LinkConfig) -> str:
    return ",".join(name for name in PROFILES if has_profile(config, name))


PROFILES = (
    "Core",
    "FirmwareManagement",
    "LocalAuthListManagement",
    "Reservation",
    "SmartCharging",
    "RemoteTrigger",
)  # grows with the modules beside `core.py`
REPORT_PROFILES = ("Core", "RemoteTrigger")  # RULES §6
ENERGY = Measurand.ENERGY_ACTIVE_IMPORT_REGISTER.value
LIST_LENGTH = str(len(MEASURABLE))  # as none is kept twice, no list can be too long
DAY_S = 86_400

KEYS: Mapping[str, Key] = {
    "AllowOfflineTxForUnknownId": Key("false", _flag),
    "AuthorizationCacheEnabled": Key("true", _flag),
    "AuthorizationKey": Key("", _hex_key, "login", listed=False),  # write-only (OCPP-J errata 3.12)
    "AuthorizeRemoteTxRequests": Key("false", _flag),
    "ClockAlignedDataInterval": Key("0", _whole(0, DAY_S)),
    "ConnectionTimeOut": Key("60", _whole(0, DAY_S), "charger"),
    "ConnectorPhaseRotation": Key(_rotations, _rotation),
    "ConnectorPhaseRotationMaxLength": Key(lambda config: str(config.nameplate.connectors + 1)),
    "GetConfigurationMaxKeys": Key(str(MAX_KEYS)),
    "HeartbeatInterval": Key("300", _whole(0, 7 * DAY_S)),
    "LocalAuthorizeOffline": Key("true", _flag),
    "LocalPreAuthorize": Key("false", _flag),
    "MaxEnergyOnInvalidId": Key("0", _whole(0, 100_000)),
    "MessageTimeout": Key("30", _whole(1, 600)),
    "MeterValuesAlignedData": Key(ENERGY, _measurands),
    "MeterValuesAlignedDataMaxLength": Key(LIST_LENGTH),
    "MeterValuesSampledData": Key(ENERGY, _measurands),
    "MeterValuesSampledDataMaxLength": Key(LIST_LENGTH),
    "MeterValueSampleInterval": Key("300", _whole(0, DAY_S)),
    "MinimumStatusDuration": Key("0", _whole(0, DAY_S)),
    "NumberOfConnectors": Key(lambda config: str(config.nameplate.connectors)),
    "ResetRetries": Key("1", _whole(0, 10)),
    "StopTransactionMaxMeterValues": Key(str(MAX_STOP_VALUES)),
    "StopTransactionOnEVSideDisconnect": Key("true", _flag, "charger"),
    "StopTransactionOnInvalidId": Key("true", _flag),
    "StopTxnAlignedData": Key("", _measurands),
    "StopTxnAlignedDataMaxLength": Key(LIST_LENGTH),
    "StopTxnSampledData": Key("", _measurands),
    "StopTxnSampledDataMaxLength": Key(LIST_LENGTH),
    "SupportedFeatureProfiles": Key(_profiles),
    "SupportedFileTransferProtocols": Key("FTP,FTPS,HTTP,HTTPS", profile="FirmwareManagement"),  # errata 3.90
    "TransactionMessageAttempts": Key("3", _whole(0, 1000)),
    "TransactionMessageRetryInterval": Key("60", _whole(0, DAY_S)),
    "UnlockConnectorOnEVSideDisconnect": Key("true", _flag, "charger"),
    "WebSocketPingInterval": Key("60", _whole(0, DAY_S)),
    "LocalAuthListEnabled": Key("true", _flag, profile="LocalAuthListManagement"),
    "LocalAuthListMaxLength": Key(str(MAX_LIST), profile="LocalAuthListManagement"),
    "ReserveConnectorZeroSupported": Key("true", profile="Reservation"),
    "SendLocalListMaxLength": Key(str(MAX_LIST_SENT), profile="LocalAuthListManagement"),
    # §3.13.5, §9.4; the switch is a boolean (errata 4.28).
    "ChargeProfileMaxStackLevel": Key(str(MAX_STACK_LEVEL), profile="SmartCharging"),
    "ChargingScheduleAllowedChargingRateUnit": Key("Current,Power", profile="SmartCharging"),  # A and W (errata 3.88)
    "ChargingScheduleMaxPeriods": Key(str(MAX_PERIODS), profile="SmartCharging"),
    "ConnectorSwitch3to1PhaseSupported": Key("false", profile="SmartCharging"),
    "MaxChargingProfilesInstalled": Key(str(MAX_PROFILES), profile="SmartCharging"),
    # Security whitepaper §7.
    "AdditionalRootCertificateCheck": Key(lambda config: str(config.additional_root_check).lower()),
    "CertificateSignedMaxChainSize": Key("10000"),
    "CertificateStoreMaxLength": Key(str(MAX_ROOTS)),
    "CpoName": Key("", _organisation),
    "SecurityProfile": Key(lambda config: str(config.security_profile), _whole(0, 3), "login"),
    # Vendor keys (RULES §7).
    "CommercialMode": Key("false", _flag, "charger"),
    "FreeCharging": Key("true", _flag, "charger"),
    "FreeChargingIdTag": Key("", _id_tag),
    "OCPPChargeMode": Key("FAST", _choice("FAST", "ECO", "ECO+"), "charger"),
    "PinUnlock": Key("true", _flag, "charger"),
    "RandomSmartChargeDelay": Key("0", _whole(0, 1_800), "charger"),
}
_BY_LOWER = {name.lower(): name for name in KEYS}


def spelled(name: str) -> str | None:
    """The key as we spell it: names compare without case (CiString50)."""
    return _BY_LOWER.get(name.lower())


def known(name: str, config: LinkConfig) -> str | None:
    """As `spelled`, but None as well for a key of a feature profile that this link does not have."""
    key = spelled(name)
    return key if key is not None and has_profile(config, KEYS[key].profile) else None


def listed(config: LinkConfig) -> list[str]:
    """What GetConfiguration tells when no key is named."""
    return [name for name, key in KEYS.items() if key.listed and known(name, config) is not None]


def text(state: FaceState, name: str, config: LinkConfig | None = None) -> str:
    """The value in force."""
    key = KEYS[name]
    if name == "SecurityProfile":
        return str(state.durable.credentials.current.profile)
    if config is not None and _has_no_lock(name, config):
        return "false"  # errata 3.85
    kept = state.durable.keys.get(name)
    if kept is None and (key.owner == "charger" or name == "FreeChargingIdTag"):
        kept = state.charger_keys.get(name)
    if kept is not None:
        return kept
    if isinstance(key.default, str):
        return key.default
    assert config is not None, f"{name} follows from the link's config"
    return key.default(config)


def integer(state: FaceState, name: str) -> int:
    return int(text(state, name))


def flag(state: FaceState, name: str) -> bool:
    return text(state, name) == "true"


def measurands(state: FaceState, name: str) -> tuple[tuple[Measurand, Phase | None], ...]:
    return parse_measurands(text(state, name))


@lru_cache(maxsize=64)
def parse_measurands(value: str) -> tuple[tuple[Measurand, Phase | None], ...]:
    return tuple(split_phase(item) for item in value.split(",") if item)


def writable(state: FaceState, name: str, config: LinkConfig) -> bool:
    """Keys with a physical effect are written over control only (RULES §6)."""
    key = KEYS[name]
    if name == "StopTransactionOnEVSideDisconnect" and not flag(state, "FreeCharging"):
        return False  # RULES §6: else a stranger's car could go on
    if name == "AuthorizationKey":
        return config.accepts_authorization_key
    if _has_no_lock(name, config):
        return False  # errata 3.84
    return key.check is not None and (key.owner != "charger" or config.controls)


def _has_no_lock(name: str, config: LinkConfig) -> bool:
    """A fixed cable has nothing to unlock."""
    return name == "UnlockConnectorOnEVSideDisconnect" and config.nameplate.tethered


def checked(name: str, value: str, config: LinkConfig) -> str | None:
    """The value as it is kept, or None if it is bad."""
    check = KEYS[name].check
    return None if check is None else check(value, config)


def of_person(name: str) -> bool:
    """Whether a person may set this key for a link: it is its own, and not read-only."""
    key = KEYS[name]
    return key.owner == "link" and key.listed and key.check is not None


def problem(name: str, value: str, config: LinkConfig) -> Reason | None:
    """Why a person cannot set this key of the link, or None."""
    key = spelled(name)
    if key is None or not of_person(key):
        return Reason("key.not_of_link", {"key": name})
    return None if checked(key, value, config) is not None else Reason("key.bad_value", {"key": key, "value": value})


def refusal(wanted: Mapping[str, str], config: LinkConfig) -> Reason | None:
    """Why a person cannot set all of these keys of the link, or None."""
    problems = (problem(name, value, config) for name, value in wanted.items())
    return next((found for found in problems if found is not None), None)


def initial(config: LinkConfig) -> dict[str, str]:
    """First values of the link's own keys, as the owner gave them; those of the charger are for the charger."""
    kept: dict[str, str] = {}
    for given, value in config.initial_keys.items():
        name = spelled(given)
        if name is not None and KEYS[name].owner == "charger":
            continue
        if (wrong := problem(given, value, config)) is not None:
            raise ValueError(f"{given} = {value!r}: {wrong.code}")
        kept[name or given] = checked(name or given, value, config) or ""
    return kept
