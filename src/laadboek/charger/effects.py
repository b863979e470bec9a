"""What the charger core wants done: values. Saves of a turn commit together, then the outward ones run in order."""

from datetime import datetime

from msgspec import Struct

from ..facts import EndReason, Fact, Kind, Mode
from ..reasons import Reason


class SessionRecord(Struct, frozen=True, kw_only=True):
    """A session as the ledger knows it: one identity, one payer (RULES §1). Energy in Wh by the meter register."""

    session_id: str
    connector_id: int
    id_tag: str
    driver_id: str | None
    driver_name: str | None
    kind: Kind
    mode: Mode
    started_at: datetime
    start_register_wh: int
    # (boundary, register) at each quarter-hour inside the session, so that any price split can be made later
    quarters: tuple[tuple[datetime, int], ...] = ()
    over_link: str | None = None
    ended_at: datetime | None = None
    end_register_wh: int | None = None
    reason: EndReason | None = None
    ended_by_tag: str | None = None
    flags: tuple[str, ...] = ()  # e.g. "meter_reset", "power_loss"
    sun_wh: int | None = None  # of its energy, what the own roof gave; None: it runs, or nobody measured
    sun_quarters: tuple[tuple[datetime, int], ...] = ()  # (boundary, sun_wh until then)

    @property
    def energy_wh(self) -> int | None:
        return None if self.end_register_wh is None else self.end_register_wh - self.start_register_wh


# Saves: they join the turn's one store job. The core's own state is saved by the host whenever it changed.


class SaveSession(Struct, frozen=True):
    """Insert or update the session row; when it has ended, append it to the charger's chain."""

    session: SessionRecord


# Outward effects.


class Tell(Struct, frozen=True):
    """Hand a fact to the faces in link order, or to one of them."""

    fact: Fact
    link_id: str | None = None


class SetCurrent(Struct, frozen=True):
    """Offer at most this current per phase; 0 pauses. A level: repeating it changes nothing."""

    connector_id: int
    limit_ma: int
    phases: int = 3  # that may be used: 1 only of a device that switches (`Nameplate.switches_phases`)


class HoldCable(Struct, frozen=True):
    """Lock (True) or free (False) a loose cable in its socket."""

    connector_id: int
    held: bool


class RebootDevice(Struct, frozen=True):
    hard: bool


class InstallFirmware(Struct, frozen=True):
    """Write the firmware into the device; it reports `InstallEnded`, and runs it after a reboot."""

    version: str


class Notify(Struct, frozen=True):
    """Tell the people concerned."""

    reason: Reason
    driver_id: str | None = None


class Spent(Struct, frozen=True):
    """A driver with a budget used energy here, and it is in the books: tell their other chargers."""

    driver_id: str


class Refuse(Struct, frozen=True):
    """Tell whoever chose a setting that it cannot be, and why; nothing was changed."""

    reason: Reason


Effect = SaveSession | Tell | SetCurrent | HoldCable | RebootDevice | InstallFirmware | Notify | Spent | Refuse
