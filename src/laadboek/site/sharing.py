"""One look's shares: the sun first, then the current that each can use of it, then what is left for those who rest."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ..energy.fair_share import Car, Room, Shares, share
from ..reasons import Reason
from ..supply import Allotment, Appetite, Demand
from . import turns
from .config import MAIN, SiteConfig
from .loads import Bound
from .sunshine import FOLLOWS, Ray
from .topology import GRID, Key, Place
from .turns import Turn

STEP_MA, RESTING_STEP_MA = 100, 1_000  # shares are rounded down to these, so that not every flicker is told


class Scene(Struct, frozen=True, kw_only=True):
    """All that the shares of a look follow from."""

    config: SiteConfig
    now: datetime
    places: Sequence[Place]
    in_order: Sequence[Place]  # those that want energy, whose turn it is first
    turns: dict[Key, Turn]
    bounds: Sequence[Bound]
    rays: dict[Key, Ray] | None  # None: the surplus is unknown
    cap_ma: int | None = None  # for each charger, while nobody measures
    cap_why: Reason | None = None  # what is wrong with the meter


def split(scene: Scene, former: Shares | None) -> tuple[Shares, dict[Key, Allotment]]:
    """Shares of the current that is wanted, to go on from at the next look; and what each connector is told."""
    rooms = [bound.room for bound in scene.bounds]
    in_turn = turns.in_turn(scene.in_order, scene.turns, scene.config.rotate_after_s, scene.now)
    claims = [_claim(scene, place, place.key in in_turn) for place in scene.in_order if _claims(scene, place)]
    shares = share(claims, rooms, former)
    claimed = {car.key for car in claims}
    left = _left(rooms, shares.given)
    resting = share([_rest(scene, place, shares, claimed) for place in scene.places], left)
    limited = bool(rooms) or scene.cap_ma is not None
    told = {}
    for place in scene.places:
        limit_ma = _limit(place, shares, claimed, resting.given.get(place.number, 0)) if limited else None
        ray = None if scene.rays is None else scene.rays.get(place.key, Ray())
        told[place.key] = Allotment(
            connector_id=place.demand.connector_id,
            limit_ma=limit_ma,
            surplus_w=None if ray is None else ray.go_on_w,
            surplus_to_start_w=None if ray is None or ray.start_w == ray.go_on_w else ray.start_w,
            why=_why(scene, place, limit_ma, shares, left),
        )
    return shares, told


def _claims(scene: Scene, place: Place) -> bool:
    """Whether room is kept for it now: a car in Eco+ that waits for the sun needs none yet."""
    if place.demand.appetite is not Appetite.SURPLUS or place.demand.offered_ma > 0:
        return True
    return scene.rays is not None and scene.rays[place.key].start_w >= place.floor_w


def _claim(scene: Scene, place: Place, in_turn: bool) -> Car:
    """What it can use now: a car that follows the sun no more than its part of it, and its floor."""
    demand = place.demand
    most_ma = _most(scene, demand)
    if demand.appetite in FOLLOWS:
        usable_w = 0 if scene.rays is None else scene.rays[place.key].go_on_w
        most_ma = min(most_ma, max(demand.floor_ma, usable_w * 1_000 // place.volts))
    return Car(place.number, demand.floor_ma, most_ma, demand.phases, place.branch.priority, in_turn)


def _rest(scene: Scene, place: Place, shares: Shares, claimed: set[int]) -> Car:
    """Room to begin with at once, for whoever rests; room above the sun's part, for whoever follows it."""
    has_ma = shares.given.get(place.number, 0)
    most_ma = _most(scene, place.demand) - has_ma
    floor_ma = 1 if has_ma else place.demand.floor_ma
    if place.number in claimed and (not has_ma or place.demand.appetite is Appetite.FULL):
        most_ma = 0  # it waits for its turn, or has what there is
    return Car(place.number, floor_ma, most_ma, place.demand.phases)


def _most(scene: Scene, demand: Demand) -> int:
    return demand.most_ma if scene.cap_ma is None else min(demand.most_ma, scene.cap_ma)


def _left(rooms: Sequence[Room], given: dict[int, int]) -> list[Room]:
    found = []
    for room in rooms:
        taken_ma = sum(given.get(key, 0) * weight for key, weight in zip(room.cars, room.weights, strict=True))
        found.append(replace(room, room_ma=room.room_ma - taken_ma))
    return found


def _limit(place: Place, shares: Shares, claimed: set[int], rest_ma: int) -> int:
    limit_ma = shares.given.get(place.number, 0) + rest_ma
    if limit_ma >= place.demand.most_ma > 0:
        return place.demand.most_ma
    step_ma = STEP_MA if place.number in claimed else RESTING_STEP_MA
    rounded_ma = limit_ma - limit_ma % step_ma
    return max(rounded_ma, place.demand.floor_ma) if limit_ma >= place.demand.floor_ma else 0


def _why(scene: Scene, place: Place, limit_ma: int | None, shares: Shares, left: Sequence[Room]) -> Reason | None:
    """What keeps it below what it could take; None: nothing here."""
    if limit_ma is None:  # no fuse here: only the sun cannot be told
        return scene.cap_why
    if limit_ma >= place.demand.most_ma:
        return None
    if scene.cap_ma is not None and limit_ma >= min(scene.cap_ma, place.demand.most_ma) - STEP_MA:
        return scene.cap_why
    bound = _tightest(scene.bounds, place, left)
    if bound is None:
        return scene.cap_why
    if limit_ma == 0 and place.wants and any(key in shares.given for key in bound.room.cars):
        until = turns.until(place, scene.turns, scene.config.rotate_after_s, scene.now)
        if until > scene.now:  # else it should have had its turn, and a promise is not worth another one
            return Reason("limit.turn", {"until": until.isoformat()})
    return _named(bound)


def _tightest(bounds: Sequence[Bound], place: Place, left: Sequence[Room]) -> Bound | None:
    own = [(room.room_ma, n) for n, room in enumerate(left) if place.number in room.cars]
    return bounds[min(own)[1]] if own else None


def _named(bound: Bound) -> Reason:
    if bound.circuit is None:
        return Reason("limit.month_peak", {"limit_w": bound.power_w})
    params: dict[str, str | int] = {"phase": GRID[bound.phase], "limit_a": bound.circuit.limit_ma // 1_000}
    if bound.circuit.circuit_id == MAIN:
        return Reason("limit.grid", params | {"load_a": round(bound.load_ma / 1_000)})
    return Reason("limit.group", params | {"name": bound.circuit.name or bound.circuit.circuit_id})
