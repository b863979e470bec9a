"""The past in pictures (C7): the power of a day, the energy of a week, month or year, and what it cost then.

Nothing is recorded for it. What a car drew is in its session, quarter-hour by quarter-hour; what house and roof did, a
site remembers for seven days because its plans need it; prices are kept for 400 days.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from ..energy import zones
from ..energy.quarters import QUARTER, after, at_or_before
from ..energy.tariff import Price, Spot
from ..energy.tariff import prices as priced
from ..energy.zones import Period, Span
from ..ledger.entry import SessionFacts
from ..rights import Right
from ..site.config import SiteConfig
from ..site.state import Durable, decode_state
from ..sources.catalogue import PRICES
from ..store import history, prices, sites
from ..store.connection import Connection
from ..store.sites import SiteRow
from .actor import Actor
from .scope import visible
from .sites import my_sites, one_site

LONGEST_SLOT = timedelta(days=2)  # a published price may stand for a day: it begins before the day that is shown


class PowerQuarter(Struct, frozen=True, kw_only=True, gc=False):
    """Averages of a quarter-hour (W). None: nobody measured it, or it is not remembered any more."""

    starts_at: datetime
    car_w: int
    house_w: int | None = None
    sun_w: int | None = None

    @property
    def grid_w(self) -> int | None:
        """+ import, - export."""
        return None if self.house_w is None else self.car_w + self.house_w - (self.sun_w or 0)


class EnergySlot(Struct, frozen=True, kw_only=True, gc=False):
    """Of the cars, in a day or month. `sun_wh` is the part of it that the roof is known to have given."""

    first: date
    energy_wh: int
    sun_wh: int


class Past(Struct, frozen=True, kw_only=True):
    """`quarters` and `prices` of a day; `slots` of anything longer. `cost_micro`: what is known of it, by currency."""

    period: Period
    site: SiteRow | None
    sites: list[SiteRow]
    quarters: list[PowerQuarter]
    slots: list[EnergySlot]
    prices: tuple[Price, ...]
    currency: str
    energy_wh: int
    sun_wh: int | None  # None: of no session
    cost_micro: dict[str, int]


class WantedPast(Struct, frozen=True, kw_only=True):
    """The period around a local day. `site_id` None: the account's first."""

    span: Span
    day: date
    site_id: str | None = None


def past(db: Connection, actor: Actor, wanted: WantedPast, now: datetime) -> Past:
    """Energy counts when it flowed, whatever day its session started on."""
    period = zones.period(wanted.span, wanted.day, actor.time_zone)
    known = my_sites(db, actor)
    site = one_site(db, actor, wanted.site_id) if wanted.site_id else next(iter(known), None)
    here = None if site is None or len(known) < 2 else set(sites.chargers_of(db, site.id))
    found = [
        facts
        for charger_id, facts in history.facts_between(db, visible(actor), period.start, period.end)
        if here is None or charger_id in here
    ]
    by_quarter = energy_by_quarter(found, period.start, min(period.end, now))
    sun = energy_by_quarter([as_sun(one) for one in found if one.sun_wh is not None], period.start, period.end)
    is_day = wanted.span is Span.DAY
    return Past(
        period=period,
        site=site,
        sites=known,
        quarters=_quarters(db, _measured(actor, site), period, by_quarter, now) if is_day else [],
        slots=[] if is_day else _slots(period, by_quarter, sun, actor.time_zone),
        prices=_prices(db, actor, site, period, now) if is_day else (),
        currency=currency_of(site),
        energy_wh=round(sum(by_quarter.values())),
        sun_wh=round(sum(sun.values())) if any(one.sun_wh is not None for one in found) else None,
        cost_micro=_costs(found, period),
    )


def currency_of(site: SiteRow | None) -> str:
    return "EUR" if site is None or site.config.contract is None else site.config.contract.currency


# --- energy ---


def energy_by_quarter(found: Iterable[SessionFacts], start: datetime, end: datetime) -> dict[datetime, float]:
    """Wh by the quarter-hour's beginning. Between two registers energy is taken to flow evenly."""
    energy: dict[datetime, float] = {}
    for facts in found:
        points = registers_of(facts)
        for (before, low), (then, high) in pairwise(points):
            for quarter, share in _shares(before, then, start, end):
                energy[quarter] = energy.get(quarter, 0.0) + (high - low) * share
    return energy


def registers_of(facts: SessionFacts) -> list[tuple[datetime, int]]:
    """What the register showed when. A running session ends, for now, with its last quarter-hour."""
    points = [(facts.started_at, facts.start_register_wh), *facts.quarters]
    if facts.ended_at is not None and facts.end_register_wh is not None:
        points.append((facts.ended_at, facts.end_register_wh))
    return points


def as_sun(facts: SessionFacts) -> SessionFacts:
    """The same session with a register that counts what the roof gave."""
    return SessionFacts(
        session_id=facts.session_id,
        connector_id=facts.connector_id,
        id_tag="",
        kind=facts.kind,
        mode=facts.mode,
        started_at=facts.started_at,
        start_register_wh=0,
        quarters=facts.sun_quarters,
        ended_at=facts.ended_at,
        end_register_wh=facts.sun_wh if facts.ended_at is not None else None,
    )


def _shares(before: datetime, then: datetime, start: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    """The quarter-hours of this stretch that are wanted, each with its share of the whole stretch."""
    whole = (then - before).total_seconds()
    if whole <= 0:
        return
    quarter = at_or_before(max(before, start))
    while quarter < min(then, end):
        overlap = min(then, after(quarter)) - max(before, quarter)
        yield quarter, overlap.total_seconds() / whole
        quarter = after(quarter)


def _slots(period: Period, energy: dict[datetime, float], sun: dict[datetime, float], zone: str) -> list[EnergySlot]:
    """The days of a week or month, the months of a year."""
    by_month = period.span is Span.YEAR

    def slot_of(day: date) -> date:
        return day.replace(day=1) if by_month else day

    days = [period.first + timedelta(days=n) for n in range((period.until - period.first).days)]
    totals = {slot_of(day): [0.0, 0.0] for day in days}
    for number, flows in enumerate((energy, sun)):
        for quarter, wh in flows.items():
            slot = slot_of(zones.local_day(quarter, zone))
            if slot in totals:
                totals[slot][number] += wh
    return [
        EnergySlot(first=first, energy_wh=round(wh), sun_wh=round(sun_wh)) for first, (wh, sun_wh) in totals.items()
    ]


def _costs(found: Sequence[SessionFacts], period: Period) -> dict[str, int]:
    """Of sessions that ended in the period: a cost is fixed when a session ends."""
    costs: dict[str, int] = {}
    for facts in found:
        ended = facts.ended_at is not None and period.start <= facts.ended_at < period.end
        if ended and facts.cost_micro is not None and facts.currency is not None:
            costs[facts.currency] = costs.get(facts.currency, 0) + facts.cost_micro
    return costs


# --- a day's power and prices ---


def _measured(actor: Actor, site: SiteRow | None) -> SiteRow | None:
    """Whose house and roof are told: with `now:read`. When somebody is at home is no business of a bookkeeper."""
    return site if actor.may(Right.NOW_READ) else None


def _quarters(
    db: Connection, site: SiteRow | None, period: Period, car: dict[datetime, float], now: datetime
) -> list[PowerQuarter]:
    """From the day's beginning to its end, or to now."""
    remembered = Durable()
    kept = None if site is None else sites.state(db, site.id)
    if kept is not None:
        remembered = decode_state(*kept)
    house = {used.starts_at: used.power_w for used in remembered.house}
    sun = {sunny.starts_at: sunny.power_w for sunny in remembered.sun}
    found, quarter = [], at_or_before(period.start)
    while quarter < min(period.end, now):
        found.append(
            PowerQuarter(
                starts_at=quarter,
                car_w=round(car.get(quarter, 0.0) * (timedelta(hours=1) / QUARTER)),
                house_w=house.get(quarter),
                sun_w=sun.get(quarter),
            )
        )
        quarter = after(quarter)
    return found


def _prices(db: Connection, actor: Actor, site: SiteRow | None, period: Period, now: datetime) -> tuple[Price, ...]:
    """Of the day. Empty where nobody knows any."""
    if site is None or site.config.contract is None:
        return ()
    config, contract = site.config, site.config.contract
    spots = _spots(db, actor.account_id, config, period, now)
    found = priced(contract, spots, period.start, period.end, zone=actor.time_zone, country=config.country)
    return found if any(price.known for price in found) else ()


def _spots(db: Connection, account_id: int, config: SiteConfig, period: Period, now: datetime) -> tuple[Spot, ...]:
    """What was published for these days."""
    source = PRICES.get(config.price_source or "")
    if source is None:
        return ()
    if source.published is not None:
        return source.published(now)
    since = prices.since(db, account_id, source.name, config.price_zone, period.start - LONGEST_SLOT)
    return tuple(spot for spot in since if spot.starts_at < period.end)
