"""What a person wants of a car on the cable: more energy now, so much by then, or what a visit is for (A3, A4)."""

import re
from datetime import datetime, time

from ..energy import zones
from ..energy.zones import DAY
from ..live import ChooseBoost, ChooseGoal
from ..reasons import Refused

MOST_WH = 99_000  # what the display of a charger has room for
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])\Z")
FARTHEST = 7 * DAY


def boost(energy_wh: int, ready_by: str | None, now: datetime, zone: str) -> ChooseBoost:
    """0 Wh cancels. `ready_by`: a local time of day, the next such; or an instant with its offset. Raise Refused."""
    if energy_wh == 0:
        return ChooseBoost(energy_wh=0)
    return ChooseBoost(energy_wh=checked_wh(energy_wh), ready_by=moment(ready_by, now, zone))


def goal(energy_wh: int | None, ready_by: str | None, now: datetime, zone: str) -> ChooseGoal:
    """What is left out is as by default. Raise Refused."""
    wanted_wh = None if energy_wh is None else checked_wh(energy_wh)
    return ChooseGoal(energy_wh=wanted_wh, ready_by=moment(ready_by, now, zone))


def checked_wh(energy_wh: int) -> int:
    if not 1_000 <= energy_wh <= MOST_WH:
        raise Refused("energy.out_of_range", most_wh=MOST_WH)
    return energy_wh


def moment(text: str | None, now: datetime, zone: str) -> datetime | None:
    """The instant that is meant: `06:30` is the next half past six there, also where the clocks change."""
    if text is None or not text.strip():
        return None
    clock = CLOCK.match(text.strip())
    if clock is not None:
        return next_time(time(int(clock[1]), int(clock[2])), now, zone)
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refused("time.unreadable", given=text[:40]) from None
    if given.tzinfo is None:
        raise Refused("time.unreadable", given=text[:40])
    if not now < given <= now + FARTHEST:
        raise Refused("time.out_of_range")
    return given


def next_time(clock: time, now: datetime, zone: str) -> datetime:
    """The next instant at which the clocks there show this."""
    today = zones.local_day(now, zone)
    return next(at for at in (zones.at(day, clock, zone) for day in (today, today + DAY, today + 2 * DAY)) if at > now)
