"""What can go wrong, and how often: chances by name (`PROFILES`), and whether they count at the moment."""

from msgspec import Struct
from msgspec.structs import replace

from ..ids import Ids
from .world import Crash


class Faults(Struct, frozen=True, kw_only=True):
    """Chances per night, day, wire event, frame or commit; figures per week."""

    # the network: of everybody, or of the way to one platform
    night_outage: float = 0.0
    day_outage: float = 0.0
    day_outage_h: float = 0.5  # at most
    one_way_outage: float = 0.0  # per day and link
    cut_per_event: float = 0.0  # all sockets break a moment after a wire event
    drop_per_frame: float = 0.0
    delay_per_frame: float = 0.0
    duplicate_per_frame: float = 0.0
    half_open_per_frame: float = 0.0  # from here on the socket is deaf in one direction, or in both
    lingers: bool = False  # what was under way on a broken socket may arrive when the next one is in use
    # programs
    kill_per_event: float = 0.0  # a process is killed a moment after a wire event
    crash_per_commit: float = 0.0  # a process dies right before or right after a commit
    crash_per_effect: float = 0.0  # a process dies between two things that it does to the outside
    # disks
    full_per_commit: float = 0.0  # for once
    full_a_week: float = 0.0  # for up to half an hour
    broken_per_commit: float = 0.0
    stall_per_commit: float = 0.0
    # clocks, devices, platforms
    clock_steps_a_week: float = 0.0
    power_cuts_a_week: float = 0.0
    reboots_a_week: float = 0.0
    one_power_cut: bool = False  # in the whole run
    rude: bool = False  # foreign platforms have bad days
    dead_for_weeks: bool = False  # and are away for a third of the run

    owner_changes: bool = False  # pauses links, resumes and removes them

    @property
    def any_commit(self) -> bool:
        return bool(self.crash_per_commit or self.broken_per_commit or self.full_per_commit)

    @property
    def processes_die(self) -> bool:
        return bool(self.kill_per_event or self.any_commit or self.crash_per_effect or self.full_a_week)


NOTHING = Faults()
HOUSEHOLD = Faults(night_outage=0.15, day_outage=0.05, one_power_cut=True)
NETWORK = Faults(
    night_outage=0.5,
    day_outage=0.8,
    day_outage_h=5.0,
    one_way_outage=0.2,
    cut_per_event=0.01,
    drop_per_frame=0.002,
    delay_per_frame=0.002,
    duplicate_per_frame=0.002,
    half_open_per_frame=0.002,
    lingers=True,
)
CRASHES = Faults(
    night_outage=0.5,
    day_outage=0.8,
    day_outage_h=5.0,
    cut_per_event=0.01,
    kill_per_event=0.005,
    crash_per_commit=0.01,
    crash_per_effect=0.002,
    one_power_cut=True,
)
DISK = Faults(full_per_commit=0.02, full_a_week=6.0, broken_per_commit=0.005, stall_per_commit=0.01)
CLOCK = Faults(clock_steps_a_week=5.0)
POWER = Faults(power_cuts_a_week=4.0, reboots_a_week=4.0)
PLATFORMS = Faults(rude=True, dead_for_weeks=True)
OWNER = Faults(owner_changes=True)
SLOW = Faults(stall_per_commit=0.2, delay_per_frame=0.2, rude=True)


def together(*several: Faults) -> Faults:
    """Everything that any of them does, as often as the one that does it most."""
    names = Faults.__struct_fields__
    return Faults(**{name: max(getattr(faults, name) for faults in several) for name in names})


PROFILES = {
    "none": NOTHING,
    "household": HOUSEHOLD,
    "network": NETWORK,
    "crashes": CRASHES,
    "disk": DISK,
    "clock": CLOCK,
    "power": POWER,
    "platforms": PLATFORMS,
    "owner": OWNER,
    "slow": SLOW,
    "all": replace(
        together(NETWORK, CRASHES, DISK, CLOCK, POWER, PLATFORMS, OWNER),
        night_outage=0.2,
        day_outage=0.25,
        one_way_outage=0.1,
        day_outage_h=2.0,
        cut_per_event=0.003,
        kill_per_event=0.002,
    ),
}


class Trouble:
    """Whether things go wrong at the moment, and how often."""

    def __init__(self, faults: Faults, ids: Ids) -> None:
        self.faults, self._ids = faults, ids
        self.brews = True
        self.full = False  # the disk, of all programs
        self.dark = False  # the wall box

    @property
    def now(self) -> Faults:
        """While the box is dark or the disk is full nobody dies on top: no program could know what it missed."""
        return self.faults if self.brews and not self.full and not self.dark else NOTHING

    def strike(self) -> None:
        """Something was just done to the outside; maybe that was the last thing."""
        chance = self.now.crash_per_effect
        if chance and self._ids.below(1) < chance:
            raise Crash("between two effects")
