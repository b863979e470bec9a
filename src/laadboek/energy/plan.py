"""What a plan is: horizon, goal, slots, reason, and what charging at once would cost (A4).

Values only; `planner` makes them. Money in millionths of the contract's currency, energy in Wh, power in W, UTC.
"""

from datetime import datetime

from msgspec import Struct

from ..reasons import Reason


class Quarter(Struct, frozen=True, kw_only=True, gc=False):
    """A quarter-hour of the horizon: what energy costs in it, and how much of it there is."""

    starts_at: datetime
    import_micro: int  # all-in, per kWh
    export_micro: int  # what feeding in brings: the price of own surplus (RULES §4)
    surplus_w: int = 0  # forecast: roof minus house
    headroom_w: int | None = None  # what fuses and the month's peak leave to all cars together; None: no limit
    known: bool = True  # the price is published; else estimated


class Goal(Struct, frozen=True, gc=False):
    """So much energy shall be in the car by then."""

    energy_wh: int  # through the meter, from now on
    ready_by: datetime
    asked: bool = False  # by a person, not by default (RULES §4)


class Need(Struct, frozen=True, kw_only=True):
    """A car that wants energy."""

    key: str
    goal: Goal
    most_w: int  # full power
    floor_w: int  # at 6 A (IEC 61851-1): it charges with at least this or not at all
    continuous: bool = False  # in one go
    charging: bool = False  # it charges now: going on is no start
    available_from: datetime | None = None  # None: now
    early_s: int = 0  # it shall be ready so long before; only if it cannot, later than that is not yet late


class PlanSlot(Struct, frozen=True, gc=False, kw_only=True):
    """A stretch in which the car shall charge at full power."""

    starts_at: datetime
    ends_at: datetime
    energy_wh: int
    solar_wh: int = 0  # thereof from the own roof, as forecast
    cost_micro: int = 0


class Plan(Struct, frozen=True, kw_only=True):
    """`why` is a code of `planner.REASONS`: how the slots were chosen, or why the goal cannot be reached in time."""

    made_at: datetime
    goal: Goal
    slots: tuple[PlanSlot, ...]  # at full power; ascending, not touching each other
    why: Reason
    cost_micro: int
    cost_at_once_micro: int  # of the same energy, charged from now on without a pause
    currency: str
    known_until: datetime | None = None  # prices are published up to here; later ones are estimated
    ready_at: datetime | None = None  # when the goal is reached; None: not by this plan
    sun: tuple[PlanSlot, ...] = ()  # between the slots: where the surplus alone is counted on (Eco, Eco+); no order

    def slot_at(self, instant: datetime) -> PlanSlot | None:
        return next((slot for slot in self.slots if slot.starts_at <= instant < slot.ends_at), None)

    def next_change(self, instant: datetime) -> datetime | None:
        """The first boundary of a slot later than `instant`."""
        edges = (edge for slot in self.slots for edge in (slot.starts_at, slot.ends_at) if edge > instant)
        return min(edges, default=None)

    @property
    def energy_wh(self) -> int:
        """All that the plan brings: by its slots and by the sun between them."""
        return sum(slot.energy_wh for slot in (*self.slots, *self.sun))
