"""What can happen to a charger: past tense. Wishes of the faces (`laadboek.facts.Wish`) are events as well."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from ..energy.plan import Plan
from ..energy.week_hours import WeekRange
from ..energy.zones import Span
from ..facts import Fault, Kind, Mode, Pilot, Reading, Wish
from ..supply import Allotment, SunShare


class MeterRead(Struct, frozen=True, gc=False):
    """The newest readings, handed in first in every turn; by itself it decides nothing."""

    readings: tuple[Reading, ...]


class PilotChanged(Struct, frozen=True):
    connector_id: int
    pilot: Pilot


class CableChanged(Struct, frozen=True):
    """A loose cable went into, or came out of, the charger's socket."""

    connector_id: int
    present: bool
    limit_ma: int | None = None  # what its resistor allows (IEC 61851-1 annex B); None: as much as the charger


class PinEntered(Struct, frozen=True):
    """Somebody typed a PIN. Only its keyed HMAC reaches the core, made at the door."""

    connector_id: int
    pin_mac: bytes


class TagPresented(Struct, frozen=True):
    connector_id: int
    id_tag: str


class ModeChosen(Struct, frozen=True):
    """A person chose a mode at the charger or in the portal."""

    mode: Mode
    connector_id: int = 0  # 0: all of them


class FaultFound(Struct, frozen=True):
    connector_id: int  # 0: the whole charger
    fault: Fault


class FaultGone(Struct, frozen=True):
    connector_id: int


class LockFailed(Struct, frozen=True):
    """The cable lock did not do what it was told."""

    connector_id: int


class LockMoved(Struct, frozen=True):
    """The cable lock did what it was told.

    A device that cannot tell stays silent: a second without LockFailed counts as this.
    """

    connector_id: int


class OwnerUnlocked(Struct, frozen=True):
    """An owner unlocked the charger from the portal.

    The pad's budget begins anew, and the lock is open until a car comes or goes.
    """


class NetworkChanged(Struct, frozen=True):
    """The charger reached the network, or lost it: the settings PIN depends on it (RULES §3)."""

    online: bool


class PowerFailing(Struct, frozen=True):
    """Backup power: a moment is left to close the books before the device goes dark."""


class PowerLost(Struct, frozen=True):
    """The device went dark."""


class DeviceBooted(Struct, frozen=True):
    """The device reports that it started (RULES §2). `pilots` and `cables` are what it finds, by connector."""

    pilots: dict[int, Pilot]
    cables: dict[int, bool] = {}
    firmware_version: str | None = None
    cable_limits_ma: dict[int, int] = {}  # as in `CableChanged`; left out: as much as the charger


class InstallEnded(Struct, frozen=True):
    """The device has written the firmware that it was given, or could not."""

    ok: bool


class DeviceResynced(Struct, frozen=True):
    """Laadboek restarted, the device did not: what it finds, by connector. Changes neither mode nor session."""

    pilots: dict[int, Pilot]
    cables: dict[int, bool] = {}
    cable_limits_ma: dict[int, int] = {}  # as in `CableChanged`; left out: as known, or as much as the charger


class Budget(Struct, frozen=True, kw_only=True):
    """As much energy as a driver may charge in each of these periods, by the sessions that begin in it."""

    limit_wh: int
    span: Span
    used_wh: int = 0  # in the period that began at `since`; in any later one nothing yet
    since: datetime | None = None


class Driver(Struct, frozen=True, kw_only=True):
    """A person known to the charger."""

    driver_id: str
    name: str
    id_tag: str
    kind: Kind
    mode: Mode = Mode.FAST
    pin_mac: bytes | None = None
    blocked: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None  # the first instant that is too late
    hours: tuple[WeekRange, ...] | None = None  # in which a session may begin; None: always
    budget: Budget | None = None


class DriversChanged(Struct, frozen=True):
    """The list of drivers as it is now: handed in at start, and after each change in the portal."""

    drivers: tuple[Driver, ...]
    settings_pin_mac: bytes | None = None  # the settings PIN that the charger leaves the factory with


class SettingsPinChosen(Struct, frozen=True):
    """The owner chose the PIN that unlocks the charger's settings; its keyed HMAC, made at the door."""

    pin_mac: bytes


class LinksChanged(Struct, frozen=True):
    """Which link holds control, and whether its platform decides who may charge (RULES §6). Handed in at start."""

    control_link_id: str | None = None
    platform_decides: bool = False
    default_kind: Kind = Kind.BUSINESS  # of sessions that the control link's platform vouches for


class SettingsChosen(Struct, frozen=True):
    """A person changed keys of the charger; same keys and rules as `facts.SettingAsked`, and all of them or none."""

    values: Mapping[str, str]


class Placed(Struct, frozen=True):
    """Where the charger stands: its people's time zone (IANA). Handed in at start, and when it moves."""

    zone: str


class Allotted(Struct, frozen=True):
    """What the site gives each connector now: a level. `blind`: nobody measures any more, which `why` tells."""

    allotments: tuple[Allotment, ...]


class SunShared(Struct, frozen=True):
    """What the own roof gives each connector now: a level."""

    shares: tuple[SunShare, ...]


class Planned(Struct, frozen=True):
    """The site's plan for a connector; None: there is none."""

    connector_id: int
    plan: Plan | None


class BoostChosen(Struct, frozen=True):
    """A person wants this much more energy: now (`ready_by` None), or by then (A3). 0 Wh cancels."""

    connector_id: int
    energy_wh: int
    ready_by: datetime | None = None


class GoalChosen(Struct, frozen=True):
    """A person says what this visit is for, in place of the default (RULES §4). None: as by default."""

    connector_id: int
    energy_wh: int | None
    ready_by: datetime | None


class DeadlineReached(Struct, frozen=True):
    """The instant that `deadline()` named has come."""


Event = (
    MeterRead
    | PilotChanged
    | CableChanged
    | PinEntered
    | TagPresented
    | ModeChosen
    | FaultFound
    | FaultGone
    | LockFailed
    | LockMoved
    | OwnerUnlocked
    | NetworkChanged
    | PowerFailing
    | PowerLost
    | DeviceBooted
    | InstallEnded
    | DeviceResynced
    | DriversChanged
    | SettingsPinChosen
    | LinksChanged
    | SettingsChosen
    | Placed
    | Allotted
    | SunShared
    | Planned
    | BoostChosen
    | GoalChosen
    | DeadlineReached
    | Wish
)
