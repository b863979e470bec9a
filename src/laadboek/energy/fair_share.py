"""Who may take how much current, below a tree of fuses with three phases each: first the floors, then water filling.

A car takes the same current from each of its phases, at least its floor or nothing (IEC 61851-1). `share` chooses:

1. those whose turn it is, in the order given, then as many cars as fit at their floors, exactly; of equally many those
   that come first;
2. one priority after the other, raised together from the lowest up until a car, a phase or a fuse is full (max-min).

**More room never lowers the total or the number** (RULES §5). No rule that looks at the room alone can keep that and
leave nothing unused. Of two cars on R of a fuse of 16 A, where A takes S and T as well, A alone has 48 phase-amperes;
where a group limit lets B start, A falls to 10 A and both have 36. Yet B must start when S and T have but 10 A left,
since nothing is lost by it, and their going back to 16 A must not stop it. So the rule looks at what was given before:
while the same cars want energy in the same order and the former shares still fit, raising those keeps both promises,
and new shares replace them only where they are no worse in both. With one fuse, cars of the same phases and nobody's
turn the former shares are never needed, whatever the floors and the order: a set of cars replaces another only when it
did not fit before, so its floors alone exceed all that was taken. What the former shares hold back ends with the order,
or when the caller leaves them out, as a site does once in a turn (`site.core`): then everything is shared anew.

Integers, mA. Deterministic. The exact search is cut off after `NODES`, which only large sites with many phases meet.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

NODES = 400  # of the search for more cars than the first that come


class Car(Struct, frozen=True, gc=False):
    """Somebody who wants current. `key` tells it from the others."""

    key: int
    floor_ma: int
    most_ma: int
    phases: int = 3  # how many it takes from: what one mA counts in the total
    priority: int = 0
    turn: bool = False  # it is its turn: not left out so that two others may charge


class Room(Struct, frozen=True, gc=False):
    """What is left on one phase of one fuse, or of a power: whose currents count against it, and how often each."""

    room_ma: int
    cars: tuple[int, ...]  # keys
    weights: tuple[int, ...]  # one for each of `cars`


class Shares(Struct, frozen=True):
    """What each car was given, and who was asked: the next sharing starts from it."""

    cars: tuple[Car, ...] = ()
    given: dict[int, int] = {}  # by key, mA; who is missing waits

    @property
    def total_ma(self) -> int:
        return sum(self.given.get(car.key, 0) * car.phases for car in self.cars)


def share(cars: Sequence[Car], rooms: Iterable[Room], former: Shares | None = None) -> Shares:
    """The cars come in the order in which they may start. Each gets its floor or more, or nothing."""
    asked = tuple(cars)
    if len(asked) == 1:
        return Shares(asked, _alone(asked[0], rooms))
    able = [car for car in asked if 0 < car.floor_ma <= car.most_ma]
    basis = _Basis(able, rooms)
    kept = None if former is None else _kept(basis, asked, former)
    chosen = _as_many_as_fit(basis, set() if kept is None else set(kept.given))
    fresh = Shares(asked, _filled(basis, {car.key: car.floor_ma for car in able if car.key in chosen}))
    if kept is None:
        return fresh
    raised = Shares(asked, _filled(basis, kept.given))
    return raised if len(fresh.given) < len(raised.given) or fresh.total_ma < raised.total_ma else fresh


def _alone(car: Car, rooms: Iterable[Room]) -> dict[int, int]:
    """Nobody to share with, as at most homes: all that there is, and former shares change nothing."""
    most_ma = car.most_ma
    for room in rooms:
        if car.key in room.cars:
            most_ma = min(most_ma, room.room_ma // room.weights[room.cars.index(car.key)])
    return {car.key: most_ma} if 0 < car.floor_ma <= most_ma else {}


class _Basis:
    """The cars and the rooms that can bind them at all: one of each kind, the smallest."""

    __slots__ = ("cars", "rooms", "uses")

    def __init__(self, cars: Sequence[Car], rooms: Iterable[Room]) -> None:
        self.cars = cars
        most = {car.key: car.most_ma for car in cars}
        least: dict[tuple[tuple[int, int], ...], int] = {}
        for room in rooms:
            counted = tuple(pair for pair in zip(room.cars, room.weights, strict=True) if pair[0] in most)
            if sum(most[key] * weight for key, weight in counted) > room.room_ma:
                least[counted] = min(room.room_ma, least.get(counted, room.room_ma))
        self.rooms = [(room_ma, dict(counted)) for counted, room_ma in least.items()]
        self.uses: dict[int, list[tuple[int, int]]] = {key: [] for key in most}
        for index, (_, weights) in enumerate(self.rooms):
            for key, weight in weights.items():
                self.uses[key].append((index, weight))

    def slack(self, given: dict[int, int]) -> list[int]:
        """What each room has left; negative: overdrawn."""
        left = [room_ma for room_ma, _ in self.rooms]
        for key, current_ma in given.items():
            for index, weight in self.uses[key]:
                left[index] -= current_ma * weight
        return left


def _kept(basis: _Basis, asked: tuple[Car, ...], former: Shares) -> Shares | None:
    """The former shares, if the same cars ask in the same order and may still have them."""
    if len(asked) != len(former.cars):
        return None
    for car, before in zip(asked, former.cars, strict=True):
        if replace(car, most_ma=before.most_ma) != before or car.most_ma < former.given.get(car.key, 0):
            return None
    return former if all(left >= 0 for left in basis.slack(former.given)) else None


# Who takes part.


def _as_many_as_fit(basis: _Basis, kept: set[int]) -> set[int]:
    """The keys of those whose turn it is, and of as many others as fit at their floors.

    Of equally many the ones `kept`, or else the first in order.
    """
    left = basis.slack({})
    turn = _first_that_fit(basis, [car for car in basis.cars if car.turn], left)
    others = [car for car in basis.cars if car.key not in turn]
    first = turn | _first_that_fit(basis, others, left.copy())
    best = kept if turn <= kept and len(kept) >= len(first) else first
    if len(best) == len(basis.cars):
        return best
    return _Search(basis, others, turn, best).run(left)


def _first_that_fit(basis: _Basis, cars: Sequence[Car], left: list[int]) -> set[int]:
    """One after the other; what they take is taken from `left`."""
    found = set()
    for car in cars:
        uses = basis.uses[car.key]
        if all(left[index] >= car.floor_ma * weight for index, weight in uses):
            found.add(car.key)
            for index, weight in uses:
                left[index] -= car.floor_ma * weight
    return found


class _Search:
    """Branch and bound over the cars in order, each taken before it is left out: the first set of a size counts."""

    __slots__ = ("basis", "best", "cars", "nodes", "suffixes", "turn")

    def __init__(self, basis: _Basis, cars: Sequence[Car], turn: set[int], best: set[int]) -> None:
        self.basis, self.cars, self.turn, self.best, self.nodes = basis, cars, turn, best, 0
        # For the cars from each index on: how many take from each room, and the least of them.
        self.suffixes = [_takers(basis, cars[index:]) for index in range(len(cars) + 1)]

    def run(self, left: list[int]) -> set[int]:
        self._go(0, sorted(self.turn), left)
        return self.best

    def _go(self, index: int, chosen: list[int], left: list[int]) -> None:
        self.nodes += 1
        if len(chosen) > len(self.best):
            self.best = set(chosen)
        if self.nodes > NODES or len(chosen) + self._at_most(index, left) <= len(self.best):
            return
        car = self.cars[index]
        uses = self.basis.uses[car.key]
        if all(left[room] >= car.floor_ma * weight for room, weight in uses):
            after = left.copy()
            for room, weight in uses:
                after[room] -= car.floor_ma * weight
            self._go(index + 1, [*chosen, car.key], after)
        self._go(index + 1, chosen, left)

    def _at_most(self, index: int, left: list[int]) -> int:
        """So many of the cars from `index` on can still fit, as each room sees it alone."""
        missing = (count - max(0, left[room]) // least for room, count, least in self.suffixes[index])
        return len(self.cars) - index - max(0, max(missing, default=0))


def _takers(basis: _Basis, cars: Sequence[Car]) -> list[tuple[int, int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for car in cars:
        for room, weight in basis.uses[car.key]:
            count, least = found.get(room, (0, car.floor_ma * weight))
            found[room] = count + 1, min(least, car.floor_ma * weight)
    return [(room, count, least) for room, (count, least) in found.items()]


# How much each takes.


def _filled(basis: _Basis, start: dict[int, int]) -> dict[int, int]:
    """Raise everybody from what is given, the highest priority first, until nothing can be raised."""
    given = dict(start)
    left = basis.slack(given)
    for priority in sorted({car.priority for car in basis.cars}, reverse=True):
        rising = {car.key: car.most_ma for car in basis.cars if car.priority == priority and car.key in given}
        _raise(basis, given, left, rising)
    return given


def _raise(basis: _Basis, given: dict[int, int], left: list[int], most: dict[int, int]) -> None:
    """Lift the lowest together to the next level, again and again; who meets a limit stays there."""
    while most:
        level = min(given[key] for key in most)
        lowest = [key for key in most if given[key] == level]
        pull: dict[int, int] = {}  # on each room, per mA of rise
        for key in lowest:
            for index, weight in basis.uses[key]:
                pull[index] = pull.get(index, 0) + weight
        edges = [most[key] for key in lowest] + [given[key] for key in most if given[key] > level]
        step = min([min(edges) - level, *(left[index] // weight for index, weight in pull.items())])
        for key in lowest:
            given[key] += step
        for index, weight in pull.items():
            left[index] -= step * weight
        full = {index for index, weight in pull.items() if left[index] < weight}
        for key in lowest:
            if given[key] == most[key] or any(index in full for index, _ in basis.uses[key]):
                del most[key]
