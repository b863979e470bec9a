"""Stretches of power as quarter-hours: what providers tell by the hour, without losing a watt-hour on the way. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

from msgspec import Struct

from ..energy.forecast import Sunny
from ..energy.quarters import QUARTER, at_or_before


class Stretch(Struct, frozen=True):
    """An average power (W) between two instants."""

    starts_at: datetime
    ends_at: datetime
    power_w: Fraction


def by_quarters(stretches: Iterable[Stretch]) -> tuple[Sunny, ...]:
    """Each quarter-hour that is touched, ascending; of one that is covered in part, the rest gives nothing."""
    energy: dict[datetime, Fraction] = {}  # Ws
    for one in stretches:
        quarter = at_or_before(one.starts_at)
        while quarter < one.ends_at:
            covered = min(one.ends_at, quarter + QUARTER) - max(one.starts_at, quarter)
            energy[quarter] = energy.get(quarter, Fraction()) + one.power_w * seconds(covered)
            quarter += QUARTER
    return tuple(Sunny(at, round(energy[at] / seconds(QUARTER))) for at in sorted(energy))


def together(roofs: Iterable[tuple[Sunny, ...]]) -> tuple[Sunny, ...]:
    """All roofs of a site as one; only quarter-hours of which every roof tells."""
    told = list(roofs)
    power_w: dict[datetime, list[int]] = {}
    for roof in told:
        for sunny in roof:
            power_w.setdefault(sunny.starts_at, []).append(sunny.power_w)
    return tuple(Sunny(at, sum(power_w[at])) for at in sorted(power_w) if len(power_w[at]) == len(told))


def seconds(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(microseconds=1), 1_000_000)
