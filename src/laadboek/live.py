"""What is going on now, for pages that show it, and the buttons of a simulated charger. Not stored."""

from datetime import datetime

from msgspec import Struct

from .energy.plan import Plan
from .facts import Kind, Mode, Pilot
from .reasons import Reason


class LiveSession(Struct, frozen=True, kw_only=True):
    session_id: str
    driver_name: str | None
    kind: Kind
    started_at: datetime
    energy_wh: int


class LiveLink(Struct, frozen=True, kw_only=True):
    """`state`: connecting, refused, booting, pending, rejected, online, waiting (backing off), paused."""

    link_id: str
    charge_box_id: str
    state: str
    last_heard_at: datetime | None = None
    queued: int = 0
    set_aside: int = 0
    why: Reason | None = None


class LiveBoost(Struct, frozen=True, kw_only=True):
    """What a person wants whatever the sun does; `ready_by` None: now."""

    energy_wh: int
    ready_by: datetime | None = None


class LiveCharger(Struct, frozen=True, kw_only=True):
    """One charger with its car and house, W as measured: grid + import, solar + production, home + consumption."""

    charger_id: str
    name: str
    at: datetime
    mode: Mode
    pilot: Pilot
    powered: bool
    power_w: int
    current_ma: tuple[int, int, int]
    offered_ma: int
    register_wh: int
    soc_percent: int | None
    session: LiveSession | None
    why: Reason  # why it charges or waits
    links: tuple[LiveLink, ...] = ()
    grid_w: int | None = None
    solar_w: int | None = None
    home_w: int | None = None
    display: Reason | None = None  # what the person at the charger was shown last
    readings_hidden: bool = False  # its own display shows a padlock in their place
    factory_pin: bool = False  # the settings PIN is still the one that everybody knows
    site_id: str | None = None  # where it stands
    limit_ma: int | None = None  # its share there, per phase; None: nothing there limits it
    limit_why: Reason | None = None  # what keeps its share below what it could take
    boost: LiveBoost | None = None
    plan: Plan | None = None
    pad_locked_until: datetime | None = None  # after too many wrong PINs; None: it takes them
    asks_who: bool = False  # energy flows inside a session only, so it takes a mode from nobody who is not known


# Buttons of a simulated charger, sent with `bus.request(f"charger.{charger_id}.simulate", …)`.


class PlugIn(Struct, frozen=True, tag=True):
    pass


class Unplug(Struct, frozen=True, tag=True):
    pass


class TypePin(Struct, frozen=True, tag=True):
    pin: str


class CutPower(Struct, frozen=True, tag=True):
    pass


class RestorePower(Struct, frozen=True, tag=True):
    pass


SimulatorButton = PlugIn | Unplug | TypePin | CutPower | RestorePower


class Unlock(Struct, frozen=True):
    """An owner opens the PIN pad and the charger's lock (RULES §3)."""


class ChooseMode(Struct, frozen=True, tag=True):
    """`bus.request(f"charger.{charger_id}.mode", ChooseMode(mode))`."""

    mode: Mode


class ChooseBoost(Struct, frozen=True, tag=True, kw_only=True):
    """`bus.request(f"charger.{charger_id}.boost", …)`: so much more, now or by then; 0 Wh: none (A3)."""

    energy_wh: int
    ready_by: datetime | None = None
    connector_id: int = 1


class ChooseGoal(Struct, frozen=True, tag=True, kw_only=True):
    """`bus.request(f"charger.{charger_id}.goal", …)`: what this visit is for; None: as by default (RULES §4)."""

    energy_wh: int | None = None
    ready_by: datetime | None = None
    connector_id: int = 1
