"""What a scenario is: a home, its weather and prices, and when which car stands where. Values and functions of time."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from ...energy.tariff import Spot
from ...facts import Mode
from ...site.config import SiteConfig

ZONE = "Europe/Amsterdam"
NOTHING: Callable[[datetime], int] = lambda now: 0  # noqa: E731


class Vehicle(Struct, frozen=True, kw_only=True):
    """A car, and what it needs at its charger."""

    name: str
    capacity_wh: int = 60_000
    soc_percent: int = 50  # when the scenario begins
    phases: int = 3
    max_current_ma: int = 16_000
    limit_percent: int = 100  # its driver's, set in the car
    least_ma: int = 0  # it draws nothing below; some need 8 A
    ready_from_h: float | None = None  # its own timer: it wants nothing before this local hour


class Stay(Struct, frozen=True, kw_only=True):
    """A car on its cable, from then until then."""

    box: str
    car: str
    arrives: datetime
    leaves: datetime
    drove_wh: int = 0  # out of its battery since it left
    goal_percent: int | None = None  # what its driver wants in the battery when it leaves; None: what the sun gives


class Policy(Struct, frozen=True, kw_only=True):
    """Who decides, and how."""

    mode: Mode
    plan: bool = False
    baseline: bool = False  # evcc's rules (`baseline`) in place of ours


POLICIES: dict[str, Policy] = {
    "eco_plus": Policy(mode=Mode.ECO_PLUS),
    "eco_plus_plan": Policy(mode=Mode.ECO_PLUS, plan=True),
    "eco": Policy(mode=Mode.ECO),
    "fast": Policy(mode=Mode.FAST),
    "baseline": Policy(mode=Mode.ECO_PLUS, baseline=True),
    "baseline_plan": Policy(mode=Mode.ECO_PLUS, baseline=True, plan=True),
}


class HomeBattery(Struct, frozen=True, kw_only=True):
    """It takes what is over and gives what is missing, as such batteries do by themselves."""

    capacity_wh: int = 10_000
    power_w: int = 5_000
    soc_percent: int = 40


class Scenario(Struct, frozen=True, kw_only=True):
    """W and instants; `house_w` and `roof_w` are the truth that meters show."""

    name: str
    what: str  # one line
    start: datetime
    until: datetime
    site: SiteConfig
    vehicles: tuple[Vehicle, ...]
    stays: tuple[Stay, ...]
    house_w: Callable[[datetime], int]
    roof_w: Callable[[datetime], int] = NOTHING
    wired: tuple[int, int, int] = (40, 35, 25)  # percent of the house on R, S, T
    battery: HomeBattery | None = None
    spots: tuple[Spot, ...] = ()
    forecast_share: int | None = None  # percent of the clear sky that a source foretells; None: the site learns it
    step_s: int = 5  # between two looks at accounts and meter while a car is connected
    settings: dict[str, str] = {}  # of every charger
    policies: tuple[str, ...] = ("eco_plus", "eco", "fast", "baseline")
    zone: str = ZONE
