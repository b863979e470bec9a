"""The keys that belong to the charger (RULES §6, §7): name, type, range, default and effect, in one table.

A key is written as text, by a platform over the control link or by a person in the portal, and read back as text.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ..facts import Kind, Mode
from ..reasons import Reason
from .timed_slots import TIMED_SLOT_FORM, TimedSlot, clock_of, read_timed_slot, write_timed_slot

ID_TAG_LENGTH = 20  # CiString20Type (OCPP 1.6 §7.28)


class Settings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All values; a default is stored nowhere, so that a later release may choose better ones."""

    free_charging: bool = True
    own_tag: str = ""
    own_tag_kind: Kind = Kind.PRIVATE
    remote_mode: Mode = Mode.FAST
    default_mode: Mode = Mode.FAST
    lock_ev_connected: bool = False
    lock_ev_disconnected: bool = False
    lock_auto_hide: bool = True
    lock_charging: bool = True
    pin_unlock: bool = True
    connection_timeout_s: int = 60
    stop_on_ev_disconnect: bool = True
    unlock_on_ev_disconnect: bool = True
    limit_a: int = 32
    notice_after_min: int = 10
    resume_after_power_loss: bool = False
    commercial_mode: bool = False
    random_delay_s: int = 0
    reservations: bool = False
    min_green_percent: int = 100
    use_phases: str = "auto"
    use_phases_eco: str = "same"
    use_phases_eco_plus: str = "same"
    start_delay_s: int = 60
    stop_delay_s: int = 180
    car_minimum_a: int = 6
    ready_by: str = "07:00"
    default_goal_kwh: int = 20
    plan: bool = True
    plan_continuous: bool = False
    boost_1: TimedSlot | None = None
    boost_2: TimedSlot | None = None
    boost_3: TimedSlot | None = None
    boost_4: TimedSlot | None = None

    @property
    def timed_slots(self) -> tuple[TimedSlot, ...]:
        """Those that are on."""
        slots = (self.boost_1, self.boost_2, self.boost_3, self.boost_4)
        return tuple(slot for slot in slots if slot is not None)


class Key(Struct, frozen=True):
    """One key: the field it sets, how its text is read (ValueError: bad value) and written, and what it does."""

    field: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    allowed: str
    effect: str


def _read_bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _boolean(field: str, effect: str) -> Key:
    return Key(field, _read_bool, lambda value: "true" if value else "false", "true, false", effect)


def _integer(field: str, low: int, high: int, effect: str) -> Key:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return Key(field, read, str, f"{low}..{high}", effect)


def _choice(field: str, words: dict[str, Any], effect: str) -> Key:
    texts = {value: word for word, value in words.items()}
    return Key(field, lambda text: words[text], texts.__getitem__, ", ".join(words), effect)


def _read_id_tag(text: str) -> str:
    if len(text) > ID_TAG_LENGTH or not text.isprintable():
        raise ValueError(text)
    return text


def _read_clock(text: str) -> str:
    clock_of(text)
    return text


def _timed_boost(field: str, number: int) -> Key:
    effect = f"timed boost {number} at full power: start, duration, days; empty: off"
    return Key(field, read_timed_slot, write_timed_slot, TIMED_SLOT_FORM, effect)


PHASES = {"auto": "auto", "1": "1", "3": "3"}
PHASES_OF_MODE = {"same": "same", **PHASES}
REMOTE_MODES = {"FAST": Mode.FAST, "ECO": Mode.ECO, "ECO+": Mode.ECO_PLUS}

KEYS: dict[str, Key] = {
    "FreeCharging": _boolean("free_charging", "false: only identified people charge (RULES §3)"),
    "FreeChargingIdTag": Key(
        "own_tag", _read_id_tag, str, "at most 20 characters", "the charger's own tag; empty: no Plug & Play"
    ),
    "OwnTagKind": _choice("own_tag_kind", {kind.value: kind for kind in Kind}, "kind of Plug & Play sessions"),
    "OCPPChargeMode": _choice("remote_mode", REMOTE_MODES, "mode after a remote start"),
    "DefaultMode": _choice("default_mode", {mode.value: mode for mode in Mode}, "mode after unplugging and reboot"),
    "Lock.EvConnected": _boolean("lock_ev_connected", "locked while a car is there"),
    "Lock.EvDisconnected": _boolean("lock_ev_disconnected", "locked while no car is there; holds a loose cable"),
    "Lock.AutoHide": _boolean("lock_auto_hide", "the display hides its readings while locked"),
    "Lock.Charging": _boolean("lock_charging", "may charge while locked"),
    "CommercialMode": _boolean("commercial_mode", "profiles of the platform in control alone set the current"),
    "RandomSmartChargeDelay": _integer("random_delay_s", 0, 1_800, "s, at most, that a planned start waits; 0: none"),
    "PinUnlock": _boolean("pin_unlock", "the settings PIN works at the charger"),
    "ConnectionTimeOut": _integer("connection_timeout_s", 0, 86_400, "s an identified driver is awaited; 0: for ever"),
    "StopTransactionOnEVSideDisconnect": _boolean("stop_on_ev_disconnect", "unplugging at the car ends the session"),
    "UnlockConnectorOnEVSideDisconnect": _boolean("unlock_on_ev_disconnect", "unplugging at the car frees the cable"),
    "LimitA": _integer("limit_a", 0, 80, "A per phase for the whole charger; below 6 means pause"),
    "NoticeAfterMinutes": _integer("notice_after_min", 0, 1_440, "min until an unidentified car is reported; 0: never"),
    "ResumeAfterPowerLoss": _boolean("resume_after_power_loss", "a session goes on after a power cut"),
    "Reservations": _boolean("reservations", "the platform in control may reserve; then it binds everybody"),
    "MinGreenLevel": _integer("min_green_percent", 1, 100, "% of green power that Eco+ needs; 100: the sun alone"),
    "Phases": _choice("use_phases", PHASES, "phases to charge with; auto: all, and in Eco+ as the sun asks"),
    "Phases.Eco": _choice(
        "use_phases_eco", PHASES_OF_MODE, "in Eco; auto: as the sun asks; same: as Phases, unswitched"
    ),
    "Phases.EcoPlus": _choice("use_phases_eco_plus", PHASES_OF_MODE, "in Eco+; auto: as the sun asks; same: as Phases"),
    "StartDelay": _integer("start_delay_s", 0, 3_600, "s that the sun must suffice before Eco+ starts"),
    "StopDelay": _integer("stop_delay_s", 0, 3_600, "s that the sun must fail before Eco+ pauses"),
    "CarMinimumA": _integer("car_minimum_a", 6, 16, "A per phase, the least that the car charges with"),
    "Plan": _boolean("plan", "charges at the cheapest moments, with a contract whose price varies"),
    "PlanContinuous": _boolean("plan_continuous", "a plan without pauses"),
    "ReadyBy": Key("ready_by", _read_clock, str, "00:00..23:59", "when the car shall be ready, if nobody says else"),
    "DefaultGoalKwh": _integer("default_goal_kwh", 1, 200, "kWh to plan for, until a driver's sessions tell"),
    "Boost.1": _timed_boost("boost_1", 1),
    "Boost.2": _timed_boost("boost_2", 2),
    "Boost.3": _timed_boost("boost_3", 3),
    "Boost.4": _timed_boost("boost_4", 4),
}


def values(settings: Settings) -> dict[str, str]:
    """All keys with their values as text."""
    return {name: key.write(getattr(settings, key.field)) for name, key in KEYS.items()}


def held_by(name: str, *, pinned: bool) -> str | None:
    """The key that keeps this one as it is. `pinned`: the default mode is held at Stop (RULES §3)."""
    return "FreeCharging" if name == "DefaultMode" and pinned else None


def written(settings: Settings, name: str, text: str, *, pinned: bool) -> Settings | Reason:
    """The settings after writing one key, or why not. `pinned`: see `held_by`."""
    key = KEYS.get(name)
    if key is None:
        return Reason("setting.unknown", {"key": name})
    try:
        value = key.read(text)
    except (ValueError, KeyError):
        return Reason("setting.bad_value", {"key": name, "value": text, "allowed": key.allowed})
    if (by := held_by(name, pinned=pinned)) is not None:
        return Reason("setting.pinned", {"key": name, "by": by})
    if name == "StopTransactionOnEVSideDisconnect" and not value and not settings.free_charging:
        return Reason("setting.needs_free_charging", {"key": name})  # RULES §6: else a stranger's car could go on
    return replace(settings, **{key.field: value})
