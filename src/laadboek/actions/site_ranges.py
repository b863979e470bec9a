"""How far each number of a site goes: what is beyond can only be a slip of the hand."""

from collections.abc import Iterator, Mapping

from ..reasons import Refused
from ..site.config import SiteConfig

DAY_S = 86_400
MOST_W = 10_000_000
MOST_MA = 4_000_000
PERCENT = (0, 100)

Range = tuple[int, int]
OF_SITE: Mapping[str, Range] = {
    "interval_s": (1, 3_600),
    "silent_s": (1, 3_600),
    "pause_after_s": (0, DAY_S),
    "raise_after_s": (0, 3_600),
    "rotate_after_s": (0, DAY_S),
    "reserve_ma": (0, MOST_MA),
    "export_margin_w": (-100_000, 100_000),
    "month_peak_w": (1, MOST_W),
    "phases": (1, 3),
}
OF_ROOF: Mapping[str, Range] = {"peak_w": (1, MOST_W), "tilt": (0, 90), "azimuth": (0, 360)}
OF_BATTERY: Mapping[str, Range] = {
    "capacity_wh": (0, MOST_W),
    "priority_soc": PERCENT,
    "buffer_soc": PERCENT,
    "buffer_start_soc": PERCENT,
}
OF_MEMBER: Mapping[str, Range] = {"priority": (-1_000, 1_000)}


def check(config: SiteConfig) -> None:
    """Raise Refused for the first number that is beyond its range. None: not said."""
    for part, ranges in parts(config):
        for field, (least, most) in ranges.items():
            value = getattr(part, field)
            if value is not None and not least <= value <= most:
                raise Refused("site.out_of_range", field=field, least=least, most=most)


def parts(config: SiteConfig) -> Iterator[tuple[object, Mapping[str, Range]]]:
    yield config, OF_SITE
    yield from ((roof, OF_ROOF) for roof in config.roofs)
    yield from ((member, OF_MEMBER) for member in config.members)
    if config.battery is not None:
        yield config.battery, OF_BATTERY
