"""A session ends: what it cost is worked out by the contract of its site, and goes into the books with it (E3)."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from ..energy.tariff import Spot
from ..ledger.cost import cost_micro
from ..ledger.entry import SessionFacts
from ..site.config import SiteConfig
from ..sources.catalogue import PRICES
from ..store import accounts, prices, sessions, sites
from ..store.connection import Connection

LONGEST_SLOT = timedelta(days=1)  # a source may publish stretches that begin before the session


def save_ended(
    db: Connection, *, account_id: int, chain: str, session: SessionFacts, salt: bytes, charger_id: int
) -> int | None:
    """`sessions.save` with the cost."""
    with_cost = priced(db, account_id, charger_id, session)
    return sessions.save(db, account_id=account_id, chain=chain, session=with_cost, salt=salt, charger_id=charger_id)


def priced(db: Connection, account_id: int, charger_id: int, session: SessionFacts) -> SessionFacts:
    """The session with its cost; as it is where there is no contract, or a price is not known."""
    site, account = sites.of_charger(db, charger_id), accounts.by_id(db, account_id)
    if site is None or account is None or site.config.contract is None or session.ended_at is None:
        return session
    contract = site.config.contract
    spots = known(db, account_id, site.config, session.started_at, session.ended_at)
    cost = cost_micro(session, contract, spots, zone=account.time_zone, country=site.config.country)
    return session if cost is None else replace(session, cost_micro=cost, currency=contract.currency)


def known(db: Connection, account_id: int, config: SiteConfig, start: datetime, now: datetime) -> tuple[Spot, ...]:
    """What the site's source had published by now of the time since `start`."""
    source = PRICES.get(config.price_source or "")
    if source is None:
        return ()
    if source.published is not None:
        return source.published(now)
    return prices.since(db, account_id, source.name, config.price_zone, start - LONGEST_SLOT)
