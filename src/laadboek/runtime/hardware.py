"""Which hardware a charger has: `chargers.device` names it, `device_config` sets it up. One row per kind."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from ..clock import Clock, Timers
from ..devices.car import Car
from ..devices.device import Device, DeviceInfo
from ..devices.house import House
from ..devices.pace import BELIEVABLE, QUICK
from ..devices.simulated import SIMULATED_BOX, Memory, SimulatedCharger
from ..ids import Ids


class CarConfig(Struct, frozen=True, kw_only=True):
    capacity_wh: int = 58_000
    soc_percent: int = 50
    phases: int = 3
    max_current_ma: int = 16_000


class SimulatedConfig(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`memory` is what hardware, cable and car were when the program last kept anything."""

    register_wh: int = 0
    memory: Memory | None = None
    info: DeviceInfo = SIMULATED_BOX
    car: CarConfig = CarConfig()
    backup_power: bool = False
    house: bool = True
    solar_peak_w: int = 5_000
    quick: bool = False  # everything happens within a second, for tests of platforms


class Bench(Struct, frozen=True):
    """What hardware is built with."""

    clock: Clock
    timers: Timers
    ids: Ids
    zone: ZoneInfo


def simulated(charger_id: str, config: dict[str, Any], bench: Bench) -> SimulatedCharger:
    chosen = msgspec.convert(config, SimulatedConfig)
    car = Car(**{name: getattr(chosen.car, name) for name in CarConfig.__struct_fields__})
    return SimulatedCharger(
        chosen.info,
        car=car,
        clock=bench.clock,
        timers=bench.timers,
        ids=bench.ids,
        name=charger_id,
        house=House(bench.ids, bench.zone, solar_peak_w=chosen.solar_peak_w) if chosen.house else None,
        backup_power=chosen.backup_power,
        register_wh=chosen.register_wh,
        memory=chosen.memory,
        pace=QUICK if chosen.quick else BELIEVABLE,
    )


DEVICES: dict[str, Callable[[str, dict[str, Any], Bench], Device]] = {"simulated": simulated}
