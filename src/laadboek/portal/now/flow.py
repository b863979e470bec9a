"""The picture of what flows: from roof and grid, through the house, to the car and everything else. Pure geometry."""

from msgspec import Struct

from ...live import LiveCharger

NOISE_W = 20  # below this nothing is drawn as flowing
PACES_W = (700, 2300, 6000)  # more power runs faster: 0 … len(PACES_W)


class Node(Struct, frozen=True):
    """`power_w` None: nobody measures it, so it is not drawn."""

    name: str  # sun, grid, car, home
    x: int
    y: int
    power_w: int | None
    giving: bool  # energy comes out of it

    @property
    def flows(self) -> bool:
        return self.power_w is not None and self.power_w >= NOISE_W

    @property
    def pace(self) -> int:
        return sum((self.power_w or 0) >= limit for limit in PACES_W)

    @property
    def wire(self) -> str:
        """From the node to the junction in the middle, as an SVG path in the direction of the energy."""
        inward = 1 if self.x < CENTRE[0] else -1
        here, there = (self.x + 36 * inward, self.y), (CENTRE[0] - 14 * inward, CENTRE[1])
        bend = (here[0] + there[0]) // 2
        points = [here, (bend, here[1]), (bend, there[1]), there]
        if not self.giving:
            points.reverse()
        (x, y), *curve = points
        return f"M{x},{y} C" + " ".join(f"{x},{y}" for x, y in curve)


CENTRE = (200, 132)


class Flow(Struct, frozen=True):
    nodes: tuple[Node, ...]
    car_from_sun_w: int | None  # None: no roof is measured

    @property
    def flows(self) -> bool:
        return any(node.flows for node in self.nodes)


def flow_of(live: LiveCharger) -> Flow:
    grid_w = live.grid_w
    nodes = (
        Node("sun", 62, 50, live.solar_w, giving=True),
        Node("grid", 62, 206, None if grid_w is None else abs(grid_w), giving=(grid_w or 0) >= 0),
        Node("car", 338, 50, live.power_w, giving=False),
        Node("home", 338, 206, live.home_w, giving=False),
    )
    return Flow(tuple(node for node in nodes if node.power_w is not None), car_from_sun_w(live))


def car_from_sun_w(live: LiveCharger) -> int | None:
    """What the roof gives the car: the household comes first."""
    if live.solar_w is None:
        return None
    return min(max(live.solar_w - (live.home_w or 0), 0), live.power_w)
