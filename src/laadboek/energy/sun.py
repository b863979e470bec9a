"""The sun over a roof: where it stands and what a clear sky gives. Pure.

Position after Meeus as NOAA's calculator uses him (0.05° for this century); the clear sky after Ineichen and Perez
(2002) at sea level; on the tilted plane after Hay and Davies (1980), with what the ground reflects.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import acos, asin, atan2, cos, degrees, exp, pi, radians, sin, tan

from msgspec import Struct

J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SOLAR_CONSTANT_W = 1366.1  # per m²
TURBIDITY = 3.0  # Linke: clean air 2, a summer's town 4
ALBEDO = 0.2  # grass and town
STANDARD_W = 1_000  # per m²: what a panel's peak power is told for
YIELD = 0.88  # warm cells, cables, inverter


class Roof(Struct, frozen=True, kw_only=True):
    """Panels that look the same way."""

    peak_w: int
    tilt: int = 35  # degrees from the horizontal
    azimuth: int = 180  # degrees from north, clockwise


class Sky(Struct, frozen=True, gc=False):
    """Where the sun stands, and what comes down on a clear day (W/m²)."""

    zenith: float  # radians
    azimuth: float  # radians from north, clockwise
    normal_w: float = 0.0  # the beam, on a plane that faces it
    diffuse_w: float = 0.0  # from the whole sky, on level ground
    outside_w: float = 0.0  # above the air, on a plane that faces the sun


def clear_sky_w(roof: Roof, latitude: float, longitude: float, instant: datetime) -> int:
    """What the panels give without a cloud; latitude north and longitude east are positive, in degrees."""
    sky = clear_sky(latitude, longitude, instant)
    if sky.outside_w == 0:
        return 0
    return round(roof.peak_w * YIELD * on_plane_w(roof, sky) / STANDARD_W)


def on_plane_w(roof: Roof, sky: Sky) -> float:
    """W/m² on a tilted plane: beam, sky (brighter around the sun: Hay and Davies) and ground."""
    tilt = radians(roof.tilt)
    facing = cos(sky.zenith) * cos(tilt) + sin(sky.zenith) * sin(tilt) * cos(sky.azimuth - radians(roof.azimuth))
    height = cos(sky.zenith)
    level_w = sky.normal_w * height + sky.diffuse_w
    around_sun = sky.normal_w / sky.outside_w
    ratio = max(0.0, facing) / max(height, 0.01745)  # below 1° the ratio means nothing
    beam = sky.normal_w * max(0.0, facing)
    from_sky = sky.diffuse_w * (around_sun * ratio + (1 - around_sun) * (1 + cos(tilt)) / 2)
    return beam + from_sky + level_w * ALBEDO * (1 - cos(tilt)) / 2


@lru_cache(maxsize=256)
def clear_sky(latitude: float, longitude: float, instant: datetime) -> Sky:
    """Ineichen and Perez at sea level: `outside_w` is 0 at night."""
    zenith, azimuth = position(latitude, longitude, instant)
    height = cos(zenith)
    if height <= 0:
        return Sky(zenith, azimuth)
    anomaly = radians(357.52911 + 0.98560028 * ((instant - J2000) / DAY))
    outside = SOLAR_CONSTANT_W * (1 + 0.033 * cos(anomaly))
    apparent = 90 - degrees(zenith)
    air_mass = 1 / (height + 0.50572 * (apparent + 6.07995) ** -1.6364)  # Kasten and Young (1989)
    level = 0.868 * outside * height * exp(-0.0387 * air_mass * TURBIDITY)
    beam = outside * (0.664 + 0.163) * exp(-0.09 * air_mass * (TURBIDITY - 1))
    dark = max(0.0, (1 - (0.1 - 0.2 * exp(-TURBIDITY)) / (0.1 + 0.882)) / height)
    normal = min(beam, level * dark)
    return Sky(zenith, azimuth, normal, max(0.0, level - normal * height), outside)


def position(latitude: float, longitude: float, instant: datetime) -> tuple[float, float]:
    """Zenith angle and azimuth from north, in radians, without refraction."""
    days = (instant - J2000) / DAY
    century = days / 36_525
    mean_longitude = radians((280.46646 + 36_000.76983 * century) % 360)
    anomaly = radians((357.52911 + 35_999.05029 * century) % 360)
    centre = 1.914602 * sin(anomaly) + 0.019993 * sin(2 * anomaly) + 0.000289 * sin(3 * anomaly)
    longitude_of_sun = mean_longitude + radians(centre - 0.00569)
    obliquity = radians(23.43929 - 0.01300 * century)
    declination = asin(sin(obliquity) * sin(longitude_of_sun))
    right_ascension = atan2(cos(obliquity) * sin(longitude_of_sun), cos(longitude_of_sun))
    sidereal = radians((280.46062 + 360.98564737 * days + longitude) % 360)
    hour_angle = (sidereal - right_ascension + pi) % (2 * pi) - pi
    north = radians(latitude)
    height = sin(north) * sin(declination) + cos(north) * cos(declination) * cos(hour_angle)
    zenith = acos(min(1.0, max(-1.0, height)))
    azimuth = atan2(sin(hour_angle), cos(hour_angle) * sin(north) - tan(declination) * cos(north)) + pi
    return zenith, azimuth
