"""A house around the charger: what it uses, what its roof gives. Functions of time, so that nothing has to happen.

A simple sky: the sun's height from date and place, clouds by day and quarter-hour. Good for pictures and for surplus
rules; not a forecast.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from math import asin, cos, pi, radians, sin
from zoneinfo import ZoneInfo

from ..clock import to_us
from ..ids import Ids

QUARTER_US = 15 * 60 * 1_000_000

# W by local hour: night, breakfast, day, cooking, evening.
BASE_LOAD_W = (
    220, 210, 205, 205, 210, 230, 380, 720, 610, 420, 380, 400,
    520, 430, 380, 400, 560, 1150, 1480, 1120, 880, 720, 480, 300,
)  # fmt: skip


# Percent of that on the grid's R and S; what is left is on T. The roof's inverter feeds all three alike.
ON_R_PERCENT, ON_S_PERCENT = 45, 35
SWINGS_PERCENT = 15  # more or less on R, by quarter-hours: sockets here, the kitchen there
NOMINAL_V = 230


class Noise:
    """Values in [-1, 1) that are the same whenever one asks: a function of the instant, not a stream."""

    def __init__(self, ids: Ids) -> None:
        self._salt = ids.token_bytes(8)

    def at(self, what: str, number: int) -> float:
        digest = blake2b(f"{what}{number}".encode(), key=self._salt, digest_size=4).digest()
        return int.from_bytes(digest, "big") / 2**31 - 1


class Mains:
    """Voltages of the three phases: 230 V, lower in the evening, higher when the sun shines; never out of 207-253 V."""

    def __init__(self, ids: Ids) -> None:
        self._noise = Noise(ids)
        self._from = self._until = datetime.min.replace(tzinfo=UTC)
        self._mv: tuple[int, int, int] = (230_000, 230_000, 230_000)

    def voltage_mv(self, now: datetime) -> tuple[int, int, int]:
        """Constant within a quarter-hour."""
        if not self._from <= now < self._until:
            quarter = to_us(now) // QUARTER_US
            self._until = next_quarter(now)
            self._from = self._until - timedelta(minutes=15)
            swing = 3.0 * cos((quarter % 96 - 48) / 96 * 2 * pi)
            l1, l2, l3 = (230 + swing + 7 * self._noise.at(phase, quarter) for phase in ("L1", "L2", "L3"))
            self._mv = (within(l1), within(l2), within(l3))
        return self._mv


def within(volt: float) -> int:
    """The band that EN 50160 allows, in mV."""
    return round(min(253.0, max(207.0, volt)) * 1000)


def next_quarter(now: datetime) -> datetime:
    past = timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    return now - past + timedelta(minutes=15)


class House:
    """Base load and a solar roof."""

    def __init__(
        self, ids: Ids, zone: ZoneInfo, *, solar_peak_w: int = 5_000, latitude: float = 52.1, longitude: float = 5.1
    ) -> None:
        self._noise, self._zone = Noise(ids), zone
        self._solar_peak_w, self._latitude, self._longitude = solar_peak_w, latitude, longitude

    def home_w(self, now: datetime) -> int:
        """What the house uses besides the charger."""
        local = now.astimezone(self._zone)
        here, there = BASE_LOAD_W[local.hour], BASE_LOAD_W[(local.hour + 1) % 24]
        level = here + (there - here) * local.minute / 60
        return round(level * (1 + 0.25 * self._noise.at("load", to_us(now) // QUARTER_US)))

    def solar_w(self, now: datetime) -> int:
        """What the roof gives."""
        height = sun_height(now, self._latitude, self._longitude)
        if height <= 0:
            return 0
        clear = self._solar_peak_w * 0.9 * float(height**1.15)
        return round(clear * self._sky(now))

    def currents_ma(self, now: datetime) -> tuple[int, int, int]:
        """House and roof on the grid's R, S and T at nominal voltage; + import."""
        home_w, roof_w = self.home_w(now), self.solar_w(now) // 3
        swing = round(SWINGS_PERCENT * self._noise.at("phases", to_us(now) // QUARTER_US))
        on_r_w, on_s_w = home_w * (ON_R_PERCENT + swing) // 100, home_w * ON_S_PERCENT // 100
        r_ma, s_ma, t_ma = (
            (load_w - roof_w) * 1000 // NOMINAL_V for load_w in (on_r_w, on_s_w, home_w - on_r_w - on_s_w)
        )
        return r_ma, s_ma, t_ma

    def _sky(self, now: datetime) -> float:
        """Share of the clear sky that comes through: the day's weather, and clouds that pass."""
        us = to_us(now)
        day = 0.62 + 0.38 * self._noise.at("day", us // (96 * QUARTER_US))
        passing = (1 - day) * 0.6 * self._noise.at("cloud", us // QUARTER_US)
        return min(1.0, max(0.08, day + passing))


def sun_height(now: datetime, latitude: float, longitude: float) -> float:
    """Sine of the sun's elevation: below 0 it is night."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = (now - midnight) / timedelta(hours=1)
    declination = asin(0.39795 * cos(radians(0.98563 * (now.timetuple().tm_yday - 173))))
    hour_angle = radians(15 * (hours - 12) + longitude)
    lat = radians(latitude)
    return sin(lat) * sin(declination) + cos(lat) * cos(declination) * cos(hour_angle)
