"""What a kilowatt-hour costs: energy contracts and their all-in prices (A4, C2)."""

from datetime import datetime

from msgspec import Struct


class Contract(Struct, frozen=True, kw_only=True):
    """An energy contract."""

    currency: str = "EUR"


class Spot(Struct, frozen=True, gc=False):
    """What a source published for one stretch: day-ahead, before anything is added, or all-in, as the source says."""

    starts_at: datetime
    length_s: int
    micro_per_kwh: int


class Price(Struct, frozen=True, gc=False):
    """One quarter-hour of a contract."""

    starts_at: datetime
    import_micro: int  # per kWh, all-in
    export_micro: int  # per kWh, what feeding in brings
    known: bool = True  # False: not published yet, estimated
