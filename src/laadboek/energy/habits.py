"""What a charger learns of the car in a visit: its phases, its own minimum, whether it keeps to its offer. mA, UTC."""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

DRAWS_MA = 3_000  # so much on one phase tells something about the others
TRACE_MA = 1_000  # less is what electronics take
STEADY = timedelta(seconds=10)  # a car obeys a lower offer within 5 s (IEC 61851-1)
LOW_MA = 8_000  # cars with a minimum of their own charge with this
REFUSALS = 3  # after so many tries at less, it is believed
TRY_LASTS = timedelta(seconds=60)
WORKS_AFTER = timedelta(seconds=120)
OVER_MA = 500  # more than meters and cars err
LEAVES_MA = 1_500  # so much of its offer a car leaves that takes all it can


class Glance(Struct, frozen=True):
    """One look at the car."""

    asks: bool  # its contactor is closed (C2)
    drawn_ma: tuple[int, int, int]
    offered_ma: int
    offered_phases: int
    offered_at: datetime | None  # since when it is offered just this


class Habits(Struct, frozen=True, kw_only=True):
    """`asked_since`: it asks for energy now. `tries`: how often it did at a low offer, without charging on."""

    active: int | None = None  # phases that it draws from when it is offered all
    minimum_ma: int = 0  # below it the car draws nothing; 0: not known to have one
    excess_ma: int = 0  # that it draws above its offer
    takes_ma: int | None = None  # the most it takes when it is offered more; None: never seen
    asked_since: datetime | None = None
    tries: int = 0


UNKNOWN = Habits()


def learn(habits: Habits, glance: Glance, phases: int, now: datetime) -> Habits:
    """The habits after one look; the same object if nothing was learnt. `phases`: all that the charger has."""
    habits = _phases_learnt(habits, glance, phases)
    habits = _minimum_learnt(habits, glance, now)
    habits = _most_learnt(habits, glance, now)
    return _excess_learnt(habits, glance, now)


def _phases_learnt(habits: Habits, glance: Glance, phases: int) -> Habits:
    most_ma = max(glance.drawn_ma)
    if glance.offered_phases < phases or most_ma < DRAWS_MA:
        return habits
    active = sum(2 * drawn_ma >= most_ma for drawn_ma in glance.drawn_ma)
    return habits if active == habits.active else replace(habits, active=active)


def _minimum_learnt(habits: Habits, glance: Glance, now: datetime) -> Habits:
    """Some cars need 7 or 8 A: offered less they close their contactor and open it again, or draw nothing."""
    if not glance.asks or not glance.offered_ma:
        return habits if habits.asked_since is None else replace(habits, asked_since=None)
    draws = max(glance.drawn_ma) >= TRACE_MA
    if habits.asked_since is None:
        tries = habits.tries + (glance.offered_ma < LOW_MA)
        return _believed(replace(habits, asked_since=now, tries=tries))
    if draws:
        works = habits.tries and now - habits.asked_since >= WORKS_AFTER
        return replace(habits, tries=0) if works else habits
    if glance.offered_ma < LOW_MA and now - habits.asked_since >= TRY_LASTS:
        return _believed(replace(habits, asked_since=now, tries=habits.tries + 1))
    return habits


def _believed(habits: Habits) -> Habits:
    return habits if habits.tries <= REFUSALS else replace(habits, minimum_ma=LOW_MA, tries=0)


def _most_learnt(habits: Habits, glance: Glance, now: datetime) -> Habits:
    """A car that is nearly full takes less than it can: the most counts."""
    most_ma, known_ma = max(glance.drawn_ma), habits.takes_ma
    steady = glance.offered_at is not None and now - glance.offered_at >= STEADY
    leaves = steady and most_ma >= DRAWS_MA and most_ma + LEAVES_MA <= glance.offered_ma
    if known_ma is None:
        return replace(habits, takes_ma=most_ma) if leaves else habits
    return replace(habits, takes_ma=most_ma) if most_ma >= known_ma + OVER_MA // 2 else habits


def _excess_learnt(habits: Habits, glance: Glance, now: datetime) -> Habits:
    steady = glance.offered_at is not None and now - glance.offered_at >= STEADY
    excess_ma = max(glance.drawn_ma) - glance.offered_ma
    if not steady or not glance.offered_ma or excess_ma < max(OVER_MA, habits.excess_ma + 1):
        return habits
    return replace(habits, excess_ma=excess_ma)
