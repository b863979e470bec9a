"""Charging profiles: the limit in force, when it next changes, and the schedule ahead (OCPP 1.6 §3.13, §7.8-7.14).

All instants are UTC and whole seconds. A recurring schedule repeats every 24 hours or 7 days from its absolute start
(errata 3.79), whatever a local clock shows: daylight saving does not move it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T", int, datetime)

VOLTS = 230  # the set voltage of the area, never the measured one (errata 3.69)
PHASES = 3  # where a period gives none (§7.14)
DAY_S, WEEK_S = 86_400, 7 * 86_400
_SECOND = timedelta(seconds=1)
_MOST_UA = 10**13  # more than any grid: keeps integers small, whatever a platform writes


class Limit(Struct, frozen=True, gc=False):
    """At most this current on each of so many phases. µA, because W and A shall both come out as they went in."""

    current_ua: int
    phases: int = PHASES
    least_ua: int = 0  # minChargingRate: below it the car charges inefficiently (§7.13). Told, never obeyed

    @property
    def current_ma(self) -> int:
        return self.current_ua // 1_000

    @property
    def amperes(self) -> float:
        """Per phase, with the one decimal that the wire has (§7.14)."""
        return round(self.current_ua / 1_000_000, 1)

    @property
    def watts(self) -> float:
        """The total of all phases (§7.12)."""
        return round(self.current_ua * self.phases * VOLTS / 1_000_000, 1)


def of_amperes(amperes: float) -> int:
    """µA per phase."""
    return min(round(amperes * 1_000_000), _MOST_UA)


def of_watts(watts: float, phases: int) -> int:
    """µA per phase of a total power, by the period's own number of phases (errata 3.69, 3.34)."""
    return min(int(watts * 1_000_000 / (VOLTS * phases)), _MOST_UA)


class Purpose(IntEnum):
    """§7.10. Where several apply to a transaction, the higher one goes first."""

    CHARGE_POINT_MAX = 0
    TX_DEFAULT = 1
    TX = 2


class Period(Struct, frozen=True, gc=False):
    start_s: int  # since the schedule's start; the first one is 0 (errata 3.45)
    limit: Limit


class Profile(Struct, frozen=True, kw_only=True):
    """One charging profile. `starts_at` None: its schedule starts with the transaction (Relative)."""

    purpose: Purpose
    stack_level: int
    periods: tuple[Period, ...]  # ascending
    starts_at: datetime | None = None
    repeats_s: int | None = None  # Recurring: DAY_S or WEEK_S
    duration_s: int | None = None  # None: the last period goes on
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def lasts_s(self) -> int | None:
        """What lies beyond a recurrence is never executed (errata 3.43, 3.44)."""
        return _earliest(self.duration_s, self.repeats_s)


Outlook = tuple[Limit | None, datetime | None]  # the limit now (None: none), and when that may change (None: never)
Schedule = tuple[tuple[int, Limit | None], ...]  # from this second on, this limit; the first one from 0 on


# --- one instant ------------------------------------------------------------------------------------------------------


def in_order(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    """Of what binds one transaction, or the charge point: TxProfile before TxDefaultProfile, higher stacks first."""
    return tuple(sorted(profiles, key=lambda profile: (profile.purpose, profile.stack_level), reverse=True))


def outlook(ordered: Sequence[Profile], at: datetime, began_at: datetime) -> Outlook:
    """The first profile that says anything now prevails (§3.13.2); what it hides cannot change the limit.

    One that lasts for ever hides those below it for ever (errata 3.7).
    """
    until: datetime | None = None
    for profile in ordered:
        limit, changes_at = _of_one(profile, at, began_at)
        until = _earliest(until, changes_at)
        if limit is not None:
            return limit, until
    return None, until


def _of_one(profile: Profile, at: datetime, began_at: datetime) -> Outlook:
    if profile.valid_from is not None and at < profile.valid_from:
        return None, profile.valid_from
    if profile.valid_to is not None and at >= profile.valid_to:
        return None, None
    limit, until = _scheduled(profile, at, began_at if profile.starts_at is None else profile.starts_at)
    return limit, _earliest(until, profile.valid_to)


def _scheduled(profile: Profile, at: datetime, start: datetime) -> Outlook:
    """Where the schedule stands: before its start and after its duration it says nothing (§5.16.4)."""
    if at < start:
        return None, start
    elapsed_s = (at - start) // _SECOND
    if profile.repeats_s is not None:
        start += elapsed_s // profile.repeats_s * profile.repeats_s * _SECOND
        elapsed_s %= profile.repeats_s
    lasts_s = profile.lasts_s
    if lasts_s is not None and elapsed_s >= lasts_s:
        return None, _later(start, profile.repeats_s)
    number = bisect_right(profile.periods, elapsed_s, key=lambda period: period.start_s)
    if number == 0:
        return None, _later(start, profile.periods[0].start_s)
    next_s = profile.periods[number].start_s if number < len(profile.periods) else None
    return profile.periods[number - 1].limit, _later(start, _earliest(next_s, lasts_s))


def is_over(profile: Profile, at: datetime, began_at: datetime | None = None) -> bool:
    """It will never say anything again. `began_at`: of the only transaction that it is for."""
    if profile.valid_to is not None and profile.valid_to <= at:
        return True
    start = profile.starts_at or began_at
    if start is None or profile.duration_s is None or profile.repeats_s is not None:
        return False
    end = _later(start, profile.duration_s)
    return end is not None and end <= at


# --- a while ----------------------------------------------------------------------------------------------------------


def schedule(ordered: Sequence[Profile], start: datetime, duration_s: int, began_at: datetime) -> Schedule:
    """The limits of so many seconds, one entry per change."""
    found: list[tuple[int, Limit | None]] = []
    at, end = start, _later(start, duration_s)
    while end is None or at < end:
        limit, until = outlook(ordered, at, began_at)
        found.append(((at - start) // _SECOND, limit))
        if until is None:
            break
        at = until
    return _joined(found)


def combined(schedules: Sequence[Schedule], merge: Callable[[Sequence[Limit | None]], Limit | None]) -> Schedule:
    """Schedules of the same while, merged entry by entry (§3.13.3)."""
    seconds = sorted({second for each in schedules for second, _ in each})
    places = [[second for second, _ in each] for each in schedules]
    return _joined(
        (second, merge([each[bisect_right(at, second) - 1][1] for each, at in zip(schedules, places, strict=True)]))
        for second in seconds
    )


def _joined(entries: Iterable[tuple[int, Limit | None]]) -> Schedule:
    """Without the entries that change nothing."""
    kept: list[tuple[int, Limit | None]] = []
    for entry in entries:
        if not kept or _rate(kept[-1][1]) != _rate(entry[1]):
            kept.append(entry)
    return tuple(kept)


def _rate(limit: Limit | None) -> tuple[int, int] | None:
    return None if limit is None else (limit.current_ua, limit.phases)


def least(limits: Sequence[Limit | None]) -> Limit | None:
    """What satisfies all of them: the least current on the fewest phases. None binds nothing."""
    binding = [limit for limit in limits if limit is not None]
    if not binding:
        return None
    return Limit(
        min(limit.current_ua for limit in binding),
        min(limit.phases for limit in binding),
        max(limit.least_ua for limit in binding),
    )


def total(limits: Sequence[Limit | None]) -> Limit | None:
    """What several connectors may draw together, per phase; unlimited if one of them is."""
    binding = [limit for limit in limits if limit is not None]
    if len(binding) < len(limits):
        return None
    return Limit(
        sum(limit.current_ua for limit in binding),
        max(limit.phases for limit in binding),
        max(limit.least_ua for limit in binding),
    )


def _later(start: datetime, seconds: int | None) -> datetime | None:
    """None also where the calendar ends: that is never."""
    if seconds is None:
        return None
    try:
        return start + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _earliest(one: T | None, other: T | None) -> T | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
