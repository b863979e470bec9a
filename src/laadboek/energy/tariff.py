"""What a kilowatt-hour costs: the prices of a contract, quarter-hour by quarter-hour (A4, C2).

Nothing here raises over a gap: what is not published, or not covered by a row of the contract, is estimated and says
so. Prices are rounded once, half away from zero.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from . import price_curve
from .contract import WHOLE, AllIn, DayNight, Dynamic, FeedIn, FeedInBasis, Fixed, Rate, in_force
from .contract import Contract as Contract
from .day_night import Calendar, is_night
from .money import divide
from .price_curve import Spot as Spot
from .quarters import QUARTER, at_or_before
from .zones import local


class Price(Struct, frozen=True, gc=False):
    """One quarter-hour of a contract."""

    starts_at: datetime
    import_micro: int  # per kWh, all-in
    export_micro: int  # per kWh, what feeding in brings
    known: bool = True  # False: not published yet, or no row of the contract holds that day; estimated


class Cost(Struct, frozen=True, gc=False):
    """What energy cost, and what feeding in brought."""

    import_micro: int
    export_micro: int

    @property
    def net_micro(self) -> int:
        return self.import_micro - self.export_micro


class Flow(Struct, frozen=True, gc=False):
    """Energy of a quarter-hour over the grid connection."""

    import_wh: int = 0
    export_wh: int = 0


def prices(
    contract: Contract, spots: Iterable[Spot], start: datetime, until: datetime, *, zone: str, country: str
) -> tuple[Price, ...]:
    """All quarter-hours that touch `start` to `until`, without a gap. Never raises: what is not known is estimated."""
    curve = price_curve.curve(tuple(spots), zone=zone, fallback_micro=_fallback(contract))
    days: dict[date, _Terms] = {}
    energy_at = ENERGY[type(contract)]
    found = []
    for quarter in _boundaries(start, until):
        clock = local(quarter, zone)
        day = clock.date()
        terms = days.get(day)
        if terms is None:
            terms = days[day] = _terms(contract, day)
        moment = _Moment(clock=clock, spot=curve.at(quarter), country=country)
        found.append(_price(quarter, terms, energy_at(contract, terms, moment), moment.spot))
    return tuple(found)


def cost_micro(prices: Iterable[Price], energy_by_quarter: Mapping[datetime, Flow]) -> Cost:
    """Exact until the one rounding at the end, so call it once per statement line.

    Raises ValueError for energy in a quarter-hour that has no price.
    """
    by_quarter = {price.starts_at: price for price in prices}
    missing = min((quarter for quarter in energy_by_quarter if quarter not in by_quarter), default=None)
    if missing is not None:
        raise ValueError(f"energy at {missing.isoformat()}, but no price")
    flows = [(by_quarter[quarter], flow) for quarter, flow in energy_by_quarter.items()]
    return Cost(
        import_micro=divide(sum(price.import_micro * flow.import_wh for price, flow in flows), 1_000),
        export_micro=divide(sum(price.export_micro * flow.export_wh for price, flow in flows), 1_000),
    )


# --- one day, one moment ---


class _Terms(Struct, frozen=True):
    """What holds on a local day."""

    by_day: int  # energy, without VAT
    by_night: int
    calendar: Calendar | None
    added: int
    factor: int  # of what is imported, in basis points, with its VAT
    vat_factor: int
    feed_in: FeedIn
    covered: bool  # a row holds wherever rows were given


class _Moment(Struct, frozen=True, kw_only=True):
    clock: datetime
    spot: tuple[int, bool]
    country: str


def _terms(contract: Contract, day: date) -> _Terms:
    charges = contract.charges
    by_day, by_night, calendars = _own_rows(contract)
    added = () if isinstance(contract, AllIn) else (charges.markup, charges.energy_tax, charges.network)
    amounts = [_value(rows, day) for rows in (by_day, by_night, charges.vat, *added)]
    calendar, has_calendar = in_force(calendars, day)
    feed_in, has_feed_in = in_force(charges.feed_in, day)
    return _Terms(
        by_day=amounts[0][0],
        by_night=amounts[1][0],
        calendar=calendar,
        added=sum(value for value, _ in amounts[3:]),
        factor=WHOLE if isinstance(contract, AllIn) else WHOLE + amounts[2][0],
        vat_factor=WHOLE + amounts[2][0],
        feed_in=feed_in or FeedIn(),
        covered=has_calendar and has_feed_in and all(holds for _, holds in amounts),
    )


def _own_rows(contract: Contract) -> tuple[tuple[Rate, ...], tuple[Rate, ...], tuple[Calendar, ...]]:
    match contract:
        case Fixed():
            return contract.energy, (), ()
        case DayNight():
            return contract.day, contract.night, contract.calendars
        case _:
            return (), (), ()


def _value(rows: tuple[Rate, ...], day: date) -> tuple[int, bool]:
    row, holds = in_force(rows, day)
    return (row.value if row else 0), holds


def _price(quarter: datetime, terms: _Terms, energy: tuple[int, bool], spot: tuple[int, bool]) -> Price:
    feed_in = terms.feed_in
    known = terms.covered and energy[1] and (feed_in.basis is not FeedInBasis.SPOT or spot[1])
    before_vat = energy[0] + terms.added
    return Price(
        starts_at=quarter,
        import_micro=divide(before_vat * terms.factor, WHOLE),
        export_micro=_export(feed_in, terms, before_vat, {"energy": energy[0], "spot": spot[0]}),
        known=known,
    )


def _export(feed_in: FeedIn, terms: _Terms, before_vat: int, bases: dict[str, int]) -> int:
    vat = terms.vat_factor if feed_in.with_vat else WHOLE
    plus = feed_in.plus_micro * vat * WHOLE
    if feed_in.basis is FeedInBasis.NETTING:
        return divide(before_vat * terms.factor * feed_in.share + plus, WHOLE * WHOLE)
    return divide(bases.get(feed_in.basis, 0) * feed_in.share * vat + plus, WHOLE * WHOLE)


def _of_the_day(contract: Contract, terms: _Terms, moment: _Moment) -> tuple[int, bool]:
    return terms.by_day, True


def _of_the_hour(contract: Contract, terms: _Terms, moment: _Moment) -> tuple[int, bool]:
    clock = moment.clock
    if terms.calendar is None:
        return terms.by_day, False
    night = is_night(terms.calendar, clock.date(), clock.hour * 60 + clock.minute, moment.country)
    return (terms.by_night if night else terms.by_day), True


def _of_the_exchange(contract: Contract, terms: _Terms, moment: _Moment) -> tuple[int, bool]:
    return moment.spot


ENERGY: dict[type, Callable[[Any, _Terms, _Moment], tuple[int, bool]]] = {
    Fixed: _of_the_day,
    DayNight: _of_the_hour,
    Dynamic: _of_the_exchange,
    AllIn: _of_the_exchange,
}


def _fallback(contract: Contract) -> int:
    """Of a contract with prices of its own: they stand for the exchange's when nothing is published."""
    if isinstance(contract, Dynamic | AllIn):
        return contract.fallback_micro
    rows, _, _ = _own_rows(contract)
    return max(rows, key=lambda row: row.since).value if rows else 0


def _boundaries(start: datetime, until: datetime) -> Iterator[datetime]:
    quarter = at_or_before(start)
    while quarter < until:
        yield quarter
        quarter += QUARTER
