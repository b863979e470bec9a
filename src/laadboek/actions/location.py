"""Where chargers stand, and what is still to be said of it: an account is complete when that is (C1, C2, manual 4.2).

A charger of an incomplete location is not connected to a platform: its sessions could not be charged to anybody.
"""

import zoneinfo
from datetime import datetime

from ..reasons import Reason, Refused
from ..site.config import MAIN, SiteConfig
from ..store import accounts, chargers, sites
from ..store.connection import Connection
from .actor import Actor
from .chargers import my_charger
from .trail import note

ADDRESS = ("street", "postcode", "town", "country")


def missing_parts(db: Connection, actor: Actor, charger_id: str) -> tuple[Reason, ...]:
    """What its location lacks, in the order in which it is asked; empty: it is complete. Raise Refused."""
    my_charger(db, actor, charger_id)
    charger = chargers.by_public_id(db, actor.account_id, charger_id)
    assert charger is not None
    site = sites.of_charger(db, charger.id)
    return (Reason("location.none"),) if site is None else missing_of(site.config)


def missing_of(config: SiteConfig) -> tuple[Reason, ...]:
    """The same of a site. Its time zone is the account's, which always has one."""
    known = {
        "location.no_address": all(getattr(config, field) for field in ADDRESS),
        "location.no_contract": config.contract is not None,
        "location.no_main_fuse": any(circuit.circuit_id == MAIN for circuit in config.circuits),
        "location.no_word_of_sun": config.has_solar is not None or bool(config.roofs),
        "location.no_word_of_meter": config.has_meter is not None,
    }
    return tuple(Reason(code) for code, said in known.items() if not said)


def choose_time_zone(db: Connection, actor: Actor, time_zone: str, now: datetime) -> None:
    """Days and months of the account begin there from now on; what was recorded stays at its instants."""
    if time_zone not in zoneinfo.available_timezones():
        raise Refused("location.bad_time_zone", time_zone=time_zone[:40])
    account = accounts.by_id(db, actor.account_id)
    if account is not None and account.time_zone != time_zone:
        accounts.set_time_zone(db, actor.account_id, time_zone)
        details: dict[str, str | int | None] = {"before": account.time_zone, "after": time_zone}
        note(db, actor, "account.time_zone_chosen", now, details)
