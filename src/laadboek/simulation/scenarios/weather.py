"""What house and roof do in a scenario: functions of the instant, from a seed or from a file in `data/`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from math import cos, pi
from zoneinfo import ZoneInfo

from ...clock import to_us
from ...devices.house import BASE_LOAD_W, Noise
from ...energy.sun import Roof, clear_sky_w
from ...ids import Ids

Watts = Callable[[datetime], int]
SAMPLE_S = 10  # of a recorded series


def clear(roofs: Sequence[Roof], latitude: float, longitude: float) -> Watts:
    """A day without a cloud: every quarter-hour as in its middle, five minutes each in between on a line."""
    known: dict[int, int] = {}

    def at(minutes: int) -> int:
        if minutes not in known:
            instant = EPOCH + timedelta(minutes=minutes)
            known[minutes] = sum(clear_sky_w(roof, latitude, longitude, instant) for roof in roofs)
        return known[minutes]

    def roof_w(now: datetime) -> int:
        seconds = to_us(now) // 1_000_000
        before = seconds // 900 * 15
        here, there, past = at(before), at(before + 15), seconds % 900
        return here + (there - here) * past // 900

    return roof_w


def overcast(sky: Watts, seed: str, share: int, swing: int) -> Watts:
    """`share` percent of the clear sky, slowly swinging by so many percent."""
    noise = Noise(Ids(seed))

    def roof_w(now: datetime) -> int:
        number, past = divmod(to_us(now) // 1_000_000, 600)
        here, there = noise.at("sky", number), noise.at("sky", number + 1)
        level = share + swing * (here + (there - here) * past / 600)
        return int(sky(now) * max(0.0, min(100.0, level)) // 100)

    return roof_w


def household(seed: str, zone: str) -> Watts:
    """A usual day's load, with kettles and ovens: 1 to 2.2 kW for some minutes, more often at mealtimes."""
    noise, there = Noise(Ids(seed)), ZoneInfo(zone)

    def house_w(now: datetime) -> int:
        seconds = to_us(now) // 1_000_000
        local = now.astimezone(there)
        usual = BASE_LOAD_W[local.hour]
        level = usual * 6 // 10 + round(usual * 0.15 * noise.at("level", seconds // 300))
        number, past = divmod(seconds, 600)
        likely = usual / 1_600
        if abs(noise.at("cooks", number)) < likely and past < 120 + 300 * abs(noise.at("long", number)):
            level += 1_600 + round(600 * noise.at("how", number))
        return level

    return house_w


def heat_pump(house: Watts, power_w: int) -> Watts:
    """Twenty minutes on, twenty-five off; longer on where it is cold at night."""

    def house_w(now: datetime) -> int:
        minutes = to_us(now) // 60_000_000
        on = 20 + round(8 * cos((now.hour - 4) / 24 * 2 * pi))
        return house(now) + power_w * (minutes % 45 < on)

    return house_w


class Recorded:
    """A series from `data/`: W of the roof every 10 s, W of the house every minute. Before and after it: nothing."""

    def __init__(self, name: str) -> None:
        lines = files(__package__).joinpath("series", f"{name}.txt").read_text().splitlines()
        rows = [line.split() for line in lines if line and not line.startswith("#")]
        self.start = datetime.fromisoformat(rows[0][0])
        self._minutes = [datetime.fromisoformat(row[0]) for row in rows]
        self._house = dict(zip(self._minutes, (int(row[1]) for row in rows), strict=True))
        self._roof = {at: tuple(map(int, row[2:])) for at, row in zip(self._minutes, rows, strict=True)}
        self.until = self._minutes[-1] + timedelta(minutes=1)

    def roof_w(self, now: datetime) -> int:
        samples = self._roof.get(now.replace(second=0, microsecond=0))
        return 0 if samples is None else samples[now.second // SAMPLE_S]

    def house_w(self, now: datetime) -> int:
        return self._house.get(now.replace(second=0, microsecond=0), 300)


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
