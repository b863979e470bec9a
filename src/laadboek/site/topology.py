"""Who hangs on which fuses, and on which of the grid's phases: what follows from the settings alone."""

from msgspec import Struct

from ..supply import Appetite, Demand
from .config import MAIN, Circuit, Member, SiteConfig

GRID = "RST"
NOMINAL_V = 230
Key = tuple[str, int]  # a charger's public id, and the connector


class Branch(Struct, frozen=True):
    """Where a charger hangs: the fuses above it, the nearest first, and the grid's phases on its L1, L2, L3."""

    circuits: tuple[Circuit, ...] = ()
    rotation: tuple[int, ...] = (0, 1, 2)  # 0 is R; fewer where it has fewer wires
    known: bool = True  # False: nobody knows which phases: a car may be on any of them
    priority: int = 0


class Place(Struct, frozen=True):
    """A connector at a look: what it wants and where it hangs."""

    key: Key
    demand: Demand
    branch: Branch
    phases: tuple[int, ...]  # of the grid, that its car takes from or may take from
    number: int = 0  # among all places of the look

    @property
    def wants(self) -> bool:
        return self.demand.appetite is not Appetite.NOTHING

    @property
    def volts(self) -> int:
        """All its phases together: W per A."""
        return NOMINAL_V * self.demand.phases

    @property
    def floor_w(self) -> int:
        return self.demand.floor_ma * self.volts // 1_000


class Topology(Struct, frozen=True):
    """The fuses by their names, and where each charger named in the settings hangs."""

    circuits: dict[str, Circuit]
    branches: dict[str, Branch]
    default: Branch

    def branch(self, charger_id: str) -> Branch:
        return self.branches.get(charger_id, self.default)


def topology(config: SiteConfig) -> Topology:
    circuits = {circuit.circuit_id: circuit for circuit in config.circuits}
    branches = {member.charger_id: _branch(circuits, member) for member in config.members}
    return Topology(circuits, branches, _branch(circuits, Member(charger_id="")))


def place(key: Key, demand: Demand, branch: Branch, number: int) -> Place:
    phases = branch.rotation[: demand.phases] if branch.known else branch.rotation
    return Place(key, demand, branch, phases, number)


def _branch(circuits: dict[str, Circuit], member: Member) -> Branch:
    rotation = tuple(GRID.index(letter) for letter in member.rotation if letter in GRID)
    known = len(rotation) == len(member.rotation) == len(set(rotation)) > 0
    return Branch(_above(circuits, member.circuit_id), rotation if known else (0, 1, 2), known, member.priority)


def _above(circuits: dict[str, Circuit], circuit_id: str | None) -> tuple[Circuit, ...]:
    """From the named one upwards; whatever it says, the main fuse comes last. A ring is walked once."""
    found: dict[str, Circuit] = {}
    while circuit_id in circuits and circuit_id not in found:
        found[circuit_id] = circuits[circuit_id]
        circuit_id = circuits[circuit_id].parent
    if MAIN in circuits:
        found.pop(MAIN, None)
        found[MAIN] = circuits[MAIN]
    return tuple(found.values())
