"""The sun over a roof: where it stands and what a clear sky gives."""

from msgspec import Struct


class Roof(Struct, frozen=True, kw_only=True):
    """Panels that look the same way."""

    peak_w: int
    tilt: int = 35  # degrees from the horizontal
    azimuth: int = 180  # degrees from north, clockwise
