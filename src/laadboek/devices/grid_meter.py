"""Meters of grid connections: what a site asks, and a simulated one that adds up house, roof and chargers."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from ..supply import GridReading
from .house import House

GRID_PHASES = "RST"


class GridMeter(Protocol):
    """Whatever measures where the grid comes in: a P1 port, a current clamp, a home battery."""

    def read(self, now: datetime) -> GridReading | None:
        """The newest reading, with the instant at which it was taken; never waits. None: it cannot be read now."""


class NoMeter:
    """Nobody measures."""

    def read(self, now: datetime) -> GridReading | None:
        return None


class Load(Struct, frozen=True, gc=False):
    """What a charger draws, by its own L1, L2, L3."""

    power_w: int
    current_ma: tuple[int, int, int]
    rotation: str = GRID_PHASES  # the grid's phases on them (OCPP 1.6 §9.1.7)


class SimulatedGridMeter:
    """Shows the truth of a simulated home, unless it is silent."""

    def __init__(self, house: House, loads: Callable[[datetime], Iterable[Load]]) -> None:
        self._house, self._loads = house, loads
        self.silent = False  # somebody pulled its plug

    def read(self, now: datetime) -> GridReading | None:
        if self.silent:
            return None
        solar_w = self._house.solar_w(now)
        power_w = self._house.home_w(now) - solar_w
        currents = dict(zip(GRID_PHASES, self._house.currents_ma(now), strict=True))
        for load in self._loads(now):
            power_w += load.power_w
            for phase, current_ma in zip(load.rotation, load.current_ma, strict=False):
                currents[phase] += current_ma
        r_ma, s_ma, t_ma = (currents[phase] for phase in GRID_PHASES)
        return GridReading(taken_at=now, power_w=power_w, current_ma=(r_ma, s_ma, t_ma), solar_w=solar_w)
