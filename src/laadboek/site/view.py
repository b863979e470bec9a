"""What a site shows to pages: what is measured, what is free, who gets how much, and why."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ..energy.plan import Plan
from ..energy.tariff import Price
from ..reasons import Reason
from ..supply import Appetite, GridReading

ThreePhases = tuple[int, int, int]  # mA of the grid's R, S, T


class MeterState(StrEnum):
    """What is believed of the grid meter."""

    ABSENT = "absent"  # nobody measures here
    GOOD = "good"
    LOST = "lost"  # the safe current
    GONE = "gone"  # lost for so long that everybody pauses


class CircuitView(Struct, frozen=True, kw_only=True):
    circuit_id: str
    name: str
    limit_ma: int
    load_ma: ThreePhases | None = None  # measured, or the sum of its chargers; None: unknown


class ShareView(Struct, frozen=True, kw_only=True):
    """One connector's part."""

    charger_id: str
    connector_id: int
    appetite: Appetite
    drawn_w: int
    offered_ma: int
    limit_ma: int | None
    surplus_w: int | None
    why: Reason | None
    plan: Plan | None = None


class SiteView(Struct, frozen=True, kw_only=True):
    """All of it, at one instant."""

    at: datetime
    meter: MeterState
    meter_why: Reason | None = None  # what is wrong with it, a code of `core.REASONS`
    reading: GridReading | None = None
    circuits: tuple[CircuitView, ...] = ()
    surplus_w: int | None = None  # of the sun, for cars that follow it; None: unknown
    month_peak_w: int | None = None  # what this month's quarter-hours stay below; None: no limit
    shares: tuple[ShareView, ...] = ()
    prices: tuple[Price, ...] = ()  # of the plan's horizon
    known_until: datetime | None = None  # prices are published up to here
