"""What a kilowatt-hour costs at a site today and tomorrow, and prices that its owner brings in a file (A4, C2)."""

from datetime import datetime, timedelta

from msgspec import Struct

from ..energy import zones
from ..energy.price_curve import cleaned
from ..energy.tariff import Price, Spot
from ..energy.tariff import prices as priced
from ..reasons import Reason, Refused
from ..site.config import SiteConfig
from ..sources import csv_file
from ..sources.catalogue import PRICES
from ..sources.source import SourceError
from ..store import prices
from ..store.connection import Connection
from .actor import Actor
from .sites import one_site
from .trail import note

DAYS = 2
KEPT = timedelta(days=10)  # so far back estimates look
FROM_FILE = csv_file.SOURCE.name


class PriceList(Struct, frozen=True, kw_only=True):
    """Of a site, quarter-hour by quarter-hour; days begin in `time_zone`."""

    currency: str
    time_zone: str
    source: str | None
    prices: tuple[Price, ...]


class Imported(Struct, frozen=True, kw_only=True):
    """What a file held. `doubtful`: what was odd about it; `spots`: all that is kept now."""

    zone: str
    starts_at: datetime
    ends_at: datetime
    quarters: int
    doubtful: Reason | None
    spots: tuple[Spot, ...]


def price_list(db: Connection, actor: Actor, site_id: str, now: datetime) -> PriceList:
    """Today and tomorrow, by the account's clock."""
    config = one_site(db, actor, site_id).config
    if config.contract is None:
        raise Refused("prices.no_contract")
    zone = actor.time_zone
    today = zones.local_day(now, zone)
    start, until = (zones.start_of(today + days * zones.DAY, zone) for days in (0, DAYS))
    spots = published(db, actor.account_id, config, now)
    found = priced(config.contract, spots, start, until, zone=zone, country=config.country)
    return PriceList(currency=config.contract.currency, time_zone=zone, source=config.price_source, prices=found)


def published(db: Connection, account_id: int, config: SiteConfig, now: datetime) -> tuple[Spot, ...]:
    """What the site's source has published by now."""
    source = PRICES.get(config.price_source or "")
    if source is None:
        return ()
    if source.published is not None:
        return source.published(now)
    return prices.since(db, account_id, source.name, config.price_zone, now - KEPT)


def import_file(db: Connection, actor: Actor, site_id: str, text: str, now: datetime) -> Imported:
    """For a site whose prices come from a file; all of it or nothing."""
    config = one_site(db, actor, site_id).config
    if config.price_source != FROM_FILE:
        raise Refused("prices.not_from_file", source=config.price_source or "-")
    zone = config.price_zone
    try:
        given = csv_file.SOURCE.read(text.encode(), zone)
    except SourceError as error:
        raise Refused(error.reason.code, **error.reason.params) from None
    good, findings = cleaned(given)
    if not good:
        raise Refused("prices.none_in_file")
    prices.save(db, actor.account_id, FROM_FILE, zone, good, now)
    details: dict[str, str | int | None] = {"site": site_id, "quarters": len(good)}
    note(db, actor, "prices.imported", now, details)
    return Imported(
        zone=zone,
        starts_at=good[0].starts_at,
        ends_at=good[-1].starts_at + timedelta(seconds=good[-1].length_s),
        quarters=len(good),
        doubtful=findings.notice(),
        spots=prices.since(db, actor.account_id, FROM_FILE, zone, now - KEPT),
    )
