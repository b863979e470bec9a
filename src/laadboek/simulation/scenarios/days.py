"""The named days: what `laadboek simulate --scenario NAME` runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ...energy.contract import EPOCH as ALWAYS
from ...energy.contract import Charges, Dynamic, FeedIn, FeedInBasis, Rate
from ...energy.sun import Roof
from ...energy.tariff import Spot
from ...site.config import Battery, Circuit, Member, SiteConfig
from . import weather
from .scenario import HomeBattery, Scenario, Stay, Vehicle

UTRECHT = (52.1, 5.1)
ROOF = (Roof(peak_w=6_000, tilt=35, azimuth=180),)
BIG_ROOF = (Roof(peak_w=9_000, tilt=35, azimuth=170),)
HOUR = timedelta(hours=1)
# The exchange's price, a supplier's 2 cents, 10.15 cents of energy tax, 21 % VAT; feeding in brings the exchange's.
DYNAMIC = Dynamic(
    charges=Charges(
        markup=(Rate(ALWAYS, 20_000),),
        energy_tax=(Rate(ALWAYS, 101_540),),
        vat=(Rate(ALWAYS, 2_100),),
        feed_in=(FeedIn(basis=FeedInBasis.SPOT),),
    )
)
HATCHBACK = Vehicle(name="hatchback", capacity_wh=60_000, soc_percent=40)
LIMIT = (Circuit(circuit_id="main", limit_ma=25_000),)


def _at(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=UTC)


def _site(boxes: tuple[str, ...] = ("box",), **options: object) -> SiteConfig:
    members = tuple(Member(charger_id=name) for name in boxes)
    usual = {"has_meter": True, "members": members, "circuits": LIMIT, "contract": DYNAMIC}
    return SiteConfig(**{**usual, **options})  # type: ignore[arg-type]


def _whole(day: str, days: int, car: str = "hatchback", goal: int | None = None, box: str = "box") -> tuple[Stay, ...]:
    """On the cable from 06:00 to 20:00 UTC, each day."""
    return tuple(
        Stay(
            box=box, car=car, arrives=at + 6 * HOUR, leaves=at + 20 * HOUR, goal_percent=goal, drove_wh=9_000 * (n > 0)
        )
        for n in range(days)
        for at in (_at(day, "00:00") + n * 24 * HOUR,)
    )


def _flat_prices(day: str, days: int, hours: Callable[[int], int]) -> tuple[Spot, ...]:
    """One price per hour of the UTC day, in millionths per kWh."""
    start = _at(day, "00:00")
    return tuple(Spot(start + hour * HOUR, 3_600, hours(hour % 24)) for hour in range(days * 24))


def _double_peak(hour: int) -> int:
    return (70, 65, 62, 60, 62, 75, 105, 120, 100, 70, 45, 25, 20, 25, 45, 75, 110, 150, 165, 140, 115, 100, 90, 80)[
        hour
    ] * 1_000


def _negative_noon(hour: int) -> int:
    return _double_peak(hour) - (170_000 if 10 <= hour < 15 else 30_000)


def sunny() -> Scenario:
    day = "2025-06-18"
    return Scenario(
        name="sunny",
        what="A clear day in June, 6 kWp, a car at home from 6 to 20 UTC.",
        start=_at(day, "00:00"),
        until=_at(day, "00:00") + 24 * HOUR,
        site=_site(roofs=ROOF),
        vehicles=(HATCHBACK,),
        stays=_whole(day, 1),
        house_w=weather.household("sunny", "Europe/Amsterdam"),
        roof_w=weather.clear(ROOF, *UTRECHT),
        spots=_flat_prices(day, 1, _double_peak),
    )


def broken_clouds() -> Scenario:
    series = weather.Recorded("broken_clouds")
    day, roofs = "2025-05-13", (Roof(peak_w=10_000, tilt=35, azimuth=170),)
    return Scenario(
        name="broken-clouds",
        what="A day of passing clouds over 10 kWp: a committed series of 10 s with 44 kWh of surplus.",
        start=_at(day, "00:00"),
        until=_at(day, "00:00") + 24 * HOUR,
        site=_site(roofs=roofs),
        vehicles=(Vehicle(name="hatchback", capacity_wh=77_000, soc_percent=15),),
        stays=_whole(day, 1),
        house_w=series.house_w,
        roof_w=series.roof_w,
        spots=_flat_prices(day, 1, _double_peak),
    )


def winter() -> Scenario:
    day = "2025-01-14"
    return Scenario(
        name="winter",
        what="Two overcast days in January, 6 kWp, the car must leave with 70 %.",
        start=_at(day, "00:00"),
        until=_at(day, "00:00") + 48 * HOUR,
        site=_site(roofs=ROOF),
        vehicles=(HATCHBACK,),
        stays=(
            Stay(
                box="box",
                car="hatchback",
                arrives=_at(day, "16:30"),
                leaves=_at("2025-01-15", "06:30"),
                goal_percent=70,
            ),
        ),
        house_w=weather.household("winter", "Europe/Amsterdam"),
        roof_w=weather.overcast(weather.clear(ROOF, *UTRECHT), "winter", 25, 12),
        spots=_flat_prices(day, 2, _double_peak),
        forecast_share=25,
        policies=("eco_plus", "eco_plus_plan", "eco", "fast", "baseline", "baseline_plan"),
    )


def negative_noon() -> Scenario:
    day = "2025-05-25"
    return Scenario(
        name="negative-noon",
        what="A Sunday in May with prices below zero at noon; the car must leave on Monday with 80 %.",
        start=_at(day, "00:00"),
        until=_at(day, "00:00") + 32 * HOUR,
        site=_site(roofs=ROOF),
        vehicles=(HATCHBACK,),
        stays=(
            Stay(
                box="box",
                car="hatchback",
                arrives=_at(day, "07:30"),
                leaves=_at("2025-05-26", "05:30"),
                goal_percent=80,
            ),
        ),
        house_w=weather.household("negative noon", "Europe/Amsterdam"),
        roof_w=weather.clear(ROOF, *UTRECHT),
        spots=_flat_prices(day, 2, _negative_noon),
        policies=("eco_plus", "eco_plus_plan", "eco", "fast", "baseline", "baseline_plan"),
    )


def two_cars() -> Scenario:
    day, boxes = "2025-09-10", ("left", "right")
    stays = tuple(
        Stay(
            box=box,
            car=car,
            arrives=_at(day, arrives),
            leaves=_at("2025-09-11", "05:30"),
            goal_percent=80,
        )
        for box, car, arrives in (("left", "hatchback", "15:30"), ("right", "van", "16:10"))
    )
    return Scenario(
        name="two-cars",
        what="Two cars come home to one main fuse of 3 x 25 A while the house cooks.",
        start=_at(day, "12:00"),
        until=_at("2025-09-11", "06:00"),
        site=_site(boxes, roofs=ROOF),
        vehicles=(HATCHBACK, Vehicle(name="van", capacity_wh=80_000, soc_percent=30)),
        stays=stays,
        house_w=weather.household("two cars", "Europe/Amsterdam"),
        roof_w=weather.clear(ROOF, *UTRECHT),
        spots=_flat_prices(day, 2, _double_peak),
        policies=("eco_plus_plan", "fast", "baseline_plan"),
    )


def heat_pump() -> Scenario:
    day = "2025-03-19"
    return Scenario(
        name="heat-pump",
        what="A bright day in March with a heat pump of 2.6 kW that comes and goes, 9 kWp.",
        start=_at(day, "00:00"),
        until=_at(day, "00:00") + 24 * HOUR,
        site=_site(roofs=BIG_ROOF),
        vehicles=(HATCHBACK,),
        stays=_whole(day, 1),
        house_w=weather.heat_pump(weather.household("heat pump", "Europe/Amsterdam"), 2_600),
        roof_w=weather.clear(BIG_ROOF, *UTRECHT),
        wired=(34, 33, 33),
        spots=_flat_prices(day, 1, _double_peak),
    )


def home_battery() -> Scenario:
    day = "2025-06-18"
    return Scenario(
        name="home-battery",
        what="A clear day in June, 9 kWp, a home battery of 10 kWh that comes first up to half.",
        start=_at(day, "00:00"),
        until=_at(day, "00:00") + 24 * HOUR,
        site=_site(roofs=BIG_ROOF, battery=Battery(capacity_wh=10_000)),
        vehicles=(HATCHBACK,),
        stays=_whole(day, 1),
        house_w=weather.household("home battery", "Europe/Amsterdam"),
        roof_w=weather.clear(BIG_ROOF, *UTRECHT),
        battery=HomeBattery(),
        spots=_flat_prices(day, 1, _double_peak),
    )


def one_phase() -> Scenario:
    day = "2025-06-18"
    return Scenario(
        name="one-phase",
        what="A clear day in June, 6 kWp, a car of one phase at a charger of three.",
        start=_at(day, "00:00"),
        until=_at(day, "00:00") + 24 * HOUR,
        site=_site(roofs=ROOF),
        vehicles=(Vehicle(name="city car", capacity_wh=36_000, soc_percent=20, phases=1, max_current_ma=32_000),),
        stays=_whole(day, 1, "city car"),
        house_w=weather.household("one phase", "Europe/Amsterdam"),
        roof_w=weather.clear(ROOF, *UTRECHT),
        spots=_flat_prices(day, 1, _double_peak),
    )


def eight_amperes() -> Scenario:
    day = "2025-06-18"
    return Scenario(
        name="eight-amperes",
        what="A clear day in June, 9 kWp, a car that draws nothing below 8 A.",
        start=_at(day, "00:00"),
        until=_at(day, "00:00") + 24 * HOUR,
        site=_site(roofs=BIG_ROOF),
        vehicles=(Vehicle(name="picky car", capacity_wh=52_000, soc_percent=20, least_ma=8_000),),
        stays=_whole(day, 1, "picky car"),
        house_w=weather.household("eight amperes", "Europe/Amsterdam"),
        roof_w=weather.clear(BIG_ROOF, *UTRECHT),
        spots=_flat_prices(day, 1, _double_peak),
        settings={"CarMinimumA": "8"},
    )


DAYS: dict[str, Callable[[], Scenario]] = {
    "sunny": sunny,
    "broken-clouds": broken_clouds,
    "winter": winter,
    "negative-noon": negative_noon,
    "two-cars": two_cars,
    "heat-pump": heat_pump,
    "home-battery": home_battery,
    "one-phase": one_phase,
    "eight-amperes": eight_amperes,
}
