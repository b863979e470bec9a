"""Cars with ways of their own: some sleep, draw too much, keep a timer, or hang when their phases are switched.

No clock and no I/O: the connector tells the car's mood what is offered, and asks what it makes of that.
"""

from datetime import datetime, timedelta

from msgspec import Struct

TOGGLE = timedelta(seconds=3)  # an offer that ends for so long is noticed by a car that sleeps or hangs


class Quirks(Struct, frozen=True, kw_only=True):
    """All off by default."""

    sleeps_after_s: int | None = None  # without an offer; the pilot has to be toggled then
    excess_percent: int = 0  # drawn above the offer
    wants_from: datetime | None = None  # its own timer
    hangs_s: int = 0  # after its phases were switched under load
    hangs_until_toggled: bool = False  # the same, until the offer was interrupted


class Mood:
    """What one car, on the cable, makes of its offers."""

    def __init__(self, quirks: Quirks, now: datetime) -> None:
        self._quirks = quirks
        self._rests_since: datetime | None = now
        self._stuck = False
        self._hangs_until: datetime | None = None

    def offered(self, offer: bool, now: datetime) -> None:
        """An offer begins, goes on, or ends."""
        if not offer:
            self._rests_since = self._rests_since or now
        elif self._rests_since is not None:
            rested, self._rests_since = now - self._rests_since, None
            self._stuck = self._sleeps(rested) or (self._stuck and rested < TOGGLE)

    def _sleeps(self, rested: timedelta) -> bool:
        after_s = self._quirks.sleeps_after_s
        return after_s is not None and rested >= timedelta(seconds=after_s)

    def switched(self, now: datetime) -> None:
        """It goes on with other phases."""
        self._stuck = self._quirks.hangs_until_toggled
        self._hangs_until = now + timedelta(seconds=self._quirks.hangs_s)

    def refuses(self, now: datetime) -> bool:
        return self._stuck or self.next_at(now) is not None

    def next_at(self, now: datetime) -> datetime | None:
        """When it wants energy again by itself; None: nothing like that is to come."""
        waits = (self._quirks.wants_from, self._hangs_until)
        return max((at for at in waits if at is not None and at > now), default=None)

    def drawn_ma(self, offered_ma: int, slack_ma: int) -> int:
        """Of this offer, if nothing else limits it."""
        excess = self._quirks.excess_percent
        return offered_ma * (100 + excess) // 100 if excess else offered_ma - slack_ma
