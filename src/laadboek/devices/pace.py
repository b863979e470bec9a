"""How long simulated cars and boxes take."""

from msgspec import Struct


class Pace(Struct, frozen=True, kw_only=True):
    """Lags in seconds: (at least, and up to so much more)."""

    draws: tuple[float, float] = (0.5, 2.5)  # from the offer to S2 closed
    flows: tuple[float, float] = (2, 13)  # from S2 closed to the first current
    rises_a_s: tuple[float, float] = (1, 4)  # A/s
    lets_go: tuple[float, float] = (1, 2.5)  # from the end of the offer to S2 open (3 s allowed)
    pauses: tuple[float, float] = (0.5, 1)  # a car that is full opens S2
    obeys: tuple[float, float] = (1, 3)  # a lower offer (5 s allowed)
    boots: tuple[float, float] = (3, 5)
    tells_lock: bool = False  # the lock reports that it moved, instead of only when it failed


BELIEVABLE = Pace()
# For tests of platforms: everything within a second.
QUICK = Pace(
    draws=(0.2, 0.1),
    flows=(0.1, 0.1),
    rises_a_s=(100, 0),
    lets_go=(0.2, 0.1),
    pauses=(0.1, 0.1),
    obeys=(0.1, 0.1),
    boots=(0.5, 0.2),
    tells_lock=True,
)
