"""What a site and its chargers say to each other: demands flow to the site, allotments and plans to the chargers.

Neither side imports the other. A site measures, shares and plans; a charger decides by its mode what to make of its
share. All are levels: the newest one counts, a repetition changes nothing. Current in mA per phase, power in W.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from .energy.plan import Goal
from .reasons import Reason

FLOOR_MA = 6_000  # IEC 61851-1: the pilot can offer nothing smaller; less means pause


class GridReading(Struct, frozen=True, kw_only=True, gc=False):
    """What a site's meter shows: + import, + production, + discharge. None: not measured."""

    taken_at: datetime
    power_w: int
    current_ma: tuple[int, int, int] | None = None  # of the grid's R, S, T; + import. None: it tells power only
    solar_w: int | None = None
    battery_w: int | None = None
    battery_soc_percent: int | None = None


class Appetite(StrEnum):
    """What a connector would take now, by its mode, its boosts and its plan."""

    NOTHING = "nothing"
    FULL = "full"  # as much as there is: Fast, a boost, a slot of the plan
    FLOOR = "floor"  # the surplus, and never less than the floor: Eco
    SURPLUS = "surplus"  # the surplus alone: Eco+


class Demand(Struct, frozen=True, kw_only=True, gc=False):
    """One connector, as the site must know it to share."""

    connector_id: int
    appetite: Appetite = Appetite.NOTHING
    floor_ma: int = FLOOR_MA  # the least that this car can be offered
    most_ma: int = 0  # the most that charger, cable, car and platform take, per phase
    phases: int = 3  # that it draws from, or would: its L1, L1-L2, or all
    most_phases: int = 1  # that the sun may switch it to; no more than `phases`: it does not switch
    offered_ma: int = 0  # now; 0: paused
    drawn_ma: tuple[int, int, int] = (0, 0, 0)  # measured now, by the charger's own L1, L2, L3
    drawn_w: int = 0
    since: datetime | None = None  # it has wanted energy and had none since then
    full_ma: int | None = None  # what a plan may count on at full power, per phase; None: `most_ma`
    full_phases: int | None = None  # and on how many phases; None: `phases`
    delay_s: int = 0  # at most so long a planned start waits, by chance
    goal: Goal | None = None  # what still has to be charged by when, if a plan may decide
    continuous: bool = False  # by a plan without pauses


class Allotment(Struct, frozen=True, kw_only=True, gc=False):
    """A connector's share now."""

    connector_id: int
    limit_ma: int | None = None  # at most, per phase; below the floor: pause; None: nothing here limits it
    surplus_w: int | None = None  # the sun's power that it may use to go on, what it draws included; None: unknown
    surplus_to_start_w: int | None = None  # and to start; None: the same
    why: Reason | None = None  # what keeps it below what it could take: a code of `site.core.REASONS`


class SunShare(Struct, frozen=True, kw_only=True, gc=False):
    """What the own roof gives a connector now, whatever its mode is. For the books: it decides nothing."""

    connector_id: int
    sun_w: int | None = None  # None: nobody measures
