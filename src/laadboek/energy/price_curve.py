"""Prices as others publish them: doubles, gaps and nonsense found, holes filled from comparable days (A4).

A source may publish by the hour or the quarter-hour, in any order, twice, with holes, and tomorrow only after noon.
Behind `cleaned` there are only quarter-hours, ascending, each once. Money in millionths per kWh.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from ..reasons import Reason
from .money import divide
from .quarters import QUARTER, at_or_before
from .zones import local

PLAUSIBLE_MICRO = 5_000_000  # the exchanges' own limits (SDAC: -0.50 to 4.00 EUR/kWh) lie inside
QUARTER_S = 900
LONGEST_S = 86_400  # a published stretch is a day at most
YEARS = range(1971, 3000)  # outside of it lie clocks that were never set
SATURDAY = 5

NOTICES = {"prices.doubtful": "gaps, doubles, implausible, malformed: how many; what is missing is estimated"}


class Spot(Struct, frozen=True, gc=False):
    """What a source published for one stretch: day-ahead, before anything is added, or all-in, as the source says."""

    starts_at: datetime
    length_s: int
    micro_per_kwh: int


class Gap(Struct, frozen=True, gc=False):
    """Prices were published before it and after it, but none for it."""

    starts_at: datetime
    ends_at: datetime


class Findings(Struct, frozen=True, kw_only=True):
    """What was odd about published prices."""

    gaps: tuple[Gap, ...] = ()
    doubles: tuple[datetime, ...] = ()  # quarter-hours that were given two prices: the later given one counts
    repeats: int = 0  # quarter-hours given twice with the same price: harmless
    implausible: tuple[Spot, ...] = ()  # beyond ±5 a kWh: left out
    malformed: tuple[Spot, ...] = ()  # not whole quarter-hours of UTC: left out

    def notice(self) -> Reason | None:
        """What people are told, if there is something to tell. Repetitions are not."""
        odd = {
            "gaps": len(self.gaps),
            "doubles": len(self.doubles),
            "implausible": len(self.implausible),
            "malformed": len(self.malformed),
        }
        return Reason("prices.doubtful", {**odd}) if any(odd.values()) else None


class Curve(Struct, frozen=True):
    """A price for every instant: the published one, else the best guess."""

    zone: str
    known: dict[datetime, int]  # by the beginning of the quarter-hour
    typical: dict[tuple[bool, int], int]  # weekend, minute of the local day: of the latest such day
    otherwise: int

    def at(self, quarter: datetime) -> tuple[int, bool]:
        """Price per kWh, and whether it was published."""
        published = self.known.get(quarter)
        if published is not None:
            return published, True
        return self.typical.get(_kind(quarter, self.zone), self.otherwise), False


def cleaned(spots: Iterable[Spot]) -> tuple[tuple[Spot, ...], Findings]:
    """Quarter-hours, ascending, each once; and what was odd about what was given."""
    malformed, implausible, sound = _sorted_out(spots)
    prices: dict[datetime, int] = {}
    doubles: set[datetime] = set()
    repeats = 0
    for spot in sound:
        for quarter in _quarters(spot):
            if prices.get(quarter, spot.micro_per_kwh) != spot.micro_per_kwh:
                doubles.add(quarter)
            elif quarter in prices:
                repeats += 1
            prices[quarter] = spot.micro_per_kwh
    said = sorted({*prices, *(quarter for spot in implausible for quarter in _quarters(spot))})
    findings = Findings(
        gaps=tuple(Gap(one + QUARTER, other) for one, other in pairwise(said) if other - one > QUARTER),
        doubles=tuple(sorted(doubles)),
        repeats=repeats,
        implausible=tuple(implausible),
        malformed=tuple(malformed),
    )
    return tuple(Spot(quarter, QUARTER_S, prices[quarter]) for quarter in sorted(prices)), findings


@lru_cache(maxsize=16)
def curve(spots: tuple[Spot, ...], *, zone: str, fallback_micro: int) -> Curve:
    """A price for every instant. Remembered, because all homes of a zone ask for the same one, again and again.

    What was not published is the same quarter-hour of the latest published working day or weekend day, else the mean
    of all that was published, else the fallback.
    """
    quarters, _ = cleaned(spots)
    known = {spot.starts_at: spot.micro_per_kwh for spot in quarters}
    typical = {_kind(quarter, zone): price for quarter, price in known.items()}
    otherwise = divide(sum(known.values()), len(known)) if known else fallback_micro
    return Curve(zone=zone, known=known, typical=typical, otherwise=otherwise)


def _sorted_out(spots: Iterable[Spot]) -> tuple[list[Spot], list[Spot], list[Spot]]:
    malformed: list[Spot] = []
    implausible: list[Spot] = []
    sound: list[Spot] = []
    for spot in spots:
        if not _is_whole(spot):
            malformed.append(spot)
        elif abs(spot.micro_per_kwh) > PLAUSIBLE_MICRO:
            implausible.append(spot)
        else:
            sound.append(spot)
    return malformed, implausible, sound


def _is_whole(spot: Spot) -> bool:
    at = spot.starts_at
    return (
        at.tzinfo is not None
        and at.year in YEARS
        and at_or_before(at) == at
        and 0 < spot.length_s <= LONGEST_S
        and spot.length_s % QUARTER_S == 0
    )


def _quarters(spot: Spot) -> Iterator[datetime]:
    start = spot.starts_at.astimezone(UTC)
    for seconds in range(0, spot.length_s, QUARTER_S):
        yield start + timedelta(seconds=seconds)


def _kind(quarter: datetime, zone: str) -> tuple[bool, int]:
    clock = local(quarter, zone)
    return clock.weekday() >= SATURDAY, clock.hour * 60 + clock.minute
