"""Energy contracts: what people pay for a kilowatt-hour and get for one, from which day on (C2).

    import = (energy + supplier's markup + energy tax + network) x (1 + VAT)
    export = by the day's feed-in row, see `FeedInBasis`

Amounts are millionths of the contract's currency per kWh without VAT, shares and VAT are basis points (21 % = 2 100).
Everything is dated by local days: a new price is a new row and never rewrites the past. Whoever knows only a price with
everything in it leaves the charges empty. `tariff` computes, `contract_check` finds contradictions, `contract_presets`
knows the customs of countries.
"""

from datetime import date
from enum import StrEnum
from typing import Protocol, TypeAlias, TypeVar

from msgspec import Struct

from .day_night import Calendar

WHOLE = 10_000  # basis points
EPOCH = date(1970, 1, 1)


class Rate(Struct, frozen=True, gc=False, omit_defaults=True):
    """What holds from a local day on: millionths per kWh without VAT, or basis points where it says so."""

    since: date
    value: int
    until: date | None = None  # not included; None: the next row, if there is one, ends it


class FeedInBasis(StrEnum):
    """What a fed-in kilowatt-hour is paid by. RULES §4: solar energy costs its lost feed-in value."""

    NETTING = "netting"  # the full import price of the moment: the meter runs back (Dutch saldering until 2026-12-31)
    SPOT = "spot"  # the published day-ahead price
    ENERGY = "energy"  # the contract's bare energy price of the moment
    FIXED = "fixed"  # nothing but `plus_micro`


class FeedIn(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What feeding in brings from a local day on: basis x share + plus, and VAT on top where it is paid."""

    since: date = EPOCH
    until: date | None = None
    basis: FeedInBasis = FeedInBasis.FIXED
    share: int = WHOLE  # of the basis, in basis points
    plus_micro: int = 0  # without VAT; negative: the supplier's fee
    with_vat: bool = False  # not asked of NETTING's basis, which has it


class Charges(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is added to the energy, and what feeding in brings. Nothing given: nothing is added, nothing is paid."""

    markup: tuple[Rate, ...] = ()
    energy_tax: tuple[Rate, ...] = ()
    network: tuple[Rate, ...] = ()  # what the network costs per kWh
    vat: tuple[Rate, ...] = ()  # basis points
    feed_in: tuple[FeedIn, ...] = ()


class Fixed(Struct, frozen=True, kw_only=True, tag="fixed", omit_defaults=True):
    """One price at all hours."""

    currency: str = "EUR"
    energy: tuple[Rate, ...]
    charges: Charges = Charges()


class DayNight(Struct, frozen=True, kw_only=True, tag="day_night", omit_defaults=True):
    """Two prices, by calendar."""

    currency: str = "EUR"
    day: tuple[Rate, ...]
    night: tuple[Rate, ...]
    calendars: tuple[Calendar, ...]
    charges: Charges = Charges()


class Dynamic(Struct, frozen=True, kw_only=True, tag="dynamic", omit_defaults=True):
    """The exchange's day-ahead price, hourly or by the quarter-hour."""

    currency: str = "EUR"
    charges: Charges = Charges()
    fallback_micro: int = 90_000  # per kWh, when nothing at all is published


class AllIn(Struct, frozen=True, kw_only=True, tag="all_in", omit_defaults=True):
    """A supplier that publishes consumer prices (Tibber, Octopus): nothing is added to them."""

    currency: str = "EUR"
    charges: Charges = Charges()  # its feed-in rows and their VAT; the rest does not apply
    fallback_micro: int = 260_000


Contract: TypeAlias = Fixed | DayNight | Dynamic | AllIn


class _Dated(Protocol):
    @property
    def since(self) -> date: ...

    @property
    def until(self) -> date | None: ...


Row = TypeVar("Row", bound=_Dated)


def in_force(rows: tuple[Row, ...], day: date) -> tuple[Row | None, bool]:
    """The row that holds on a day, and whether one does. Otherwise the last before it, or the first after it."""
    begun = [row for row in rows if row.since <= day]
    if not begun:
        return min(rows, key=lambda row: row.since, default=None), not rows
    row = max(begun, key=lambda row: row.since)
    return row, row.until is None or day < row.until
