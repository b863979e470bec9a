"""What a site remembers. Little of it survives a restart: the rest is seen again within a look or two."""

import msgspec
from msgspec import Struct

from ..energy.forecast import Sunny, Used

STATE_VERSION = 1


class MonthPeak(Struct, frozen=True, gc=False):
    """The highest quarter-hour average of a local month so far, which is paid for already."""

    month: str  # "2026-11"
    power_w: int


class Durable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the shell saves whenever it changed, which is once in a quarter-hour at most."""

    peak: MonthPeak | None = None
    house: tuple[Used, ...] = ()  # what it took without chargers, roof and battery: the past days' quarter-hours
    sun: tuple[Sunny, ...] = ()  # what the roof gave in them, where somebody measures it


def encode_state(durable: Durable) -> bytes:
    return _ENCODER.encode(durable)


def decode_state(version: int, blob: bytes) -> Durable:
    """Read what `encode_state` of that version wrote."""
    if version != STATE_VERSION:
        raise ValueError(f"site state of version {version}, known is {STATE_VERSION}")
    return _DECODER.decode(blob)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Durable)
