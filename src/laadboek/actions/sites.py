"""Sites of an account: what stands in them, what their owner says of fuses, meter, roof and contract (C2, A2, A4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from ..energy.contract_check import check
from ..reasons import Refused
from ..site.config import MAIN, Circuit, Member, SiteConfig
from ..sources.catalogue import PRICES
from ..sources.forecasts import FORECASTS
from ..sources.source import WrongZone
from ..store import chargers, sites
from ..store.connection import Connection
from ..store.sites import SiteRow
from . import site_address, site_ranges
from .actor import Actor
from .chargers import my_charger
from .site_contracts import contract_of
from .trail import note

NAME_MAX = 100
SITES_MAX = 50
DEPTH_MAX = 8
ROTATIONS = ("RST", "RTS", "SRT", "STR", "TRS", "TSR", "R", "S", "T")
CURRENT_MA = (6_000, 4_000_000)


class SiteChange(Struct, frozen=True, kw_only=True):
    """UNSET: stays as it is. `config`: fields of `SiteConfig` by name, plain values as in its JSON."""

    name: str | UnsetType = UNSET
    config: Mapping[str, Any] = {}
    main_fuse_a: int | UnsetType | None = UNSET  # per phase; None: no limit
    contract: str | UnsetType = UNSET  # in words, see `site_contracts`
    secret: bytes | UnsetType | None = UNSET  # of the price source, sealed
    forecast_secret: bytes | UnsetType | None = UNSET  # of the forecast source, sealed


class Standing(Struct, frozen=True, kw_only=True):
    """Where a charger stands. `site_id` None: at none. UNSET: as it was, or as usual."""

    site_id: str | None
    circuit_id: str | UnsetType = UNSET
    rotation: str | UnsetType = UNSET
    priority: int | UnsetType = UNSET


def my_sites(db: Connection, actor: Actor) -> list[SiteRow]:
    """In the order in which they were made."""
    return sites.of_account(db, actor.account_id)


def one_site(db: Connection, actor: Actor, site_id: str) -> SiteRow:
    """By its public id; somebody else's is as unknown as one that does not exist."""
    found = sites.by_public_id(db, actor.account_id, site_id)
    if found is None:
        raise Refused("site.unknown")
    return found


def chargers_at(db: Connection, site: SiteRow) -> list[str]:
    return sites.chargers_of(db, site.id)


def add(db: Connection, actor: Actor, site_id: str, wanted: SiteChange, now: datetime) -> SiteRow:
    if len(sites.of_account(db, actor.account_id)) >= SITES_MAX:
        raise Refused("site.too_many", most=SITES_MAX)
    name = "" if wanted.name is UNSET else wanted.name
    blank = SiteRow(
        id=0,
        account_id=actor.account_id,
        public_id=site_id,
        name=name,
        config=SiteConfig(),
        secret=None,
        created_at=now,
    )
    site = changed(blank, wanted)
    sites.create(db, actor.account_id, site_id, site.name, site.config, now, site.secret, site.forecast_secret)
    _note(db, actor, "site.added", site, wanted, now)
    return one_site(db, actor, site_id)


def change(db: Connection, actor: Actor, site_id: str, wanted: SiteChange, now: datetime) -> SiteRow:
    """All of it or nothing."""
    site = changed(one_site(db, actor, site_id), wanted)
    sites.change(db, site)
    _note(db, actor, "site.changed", site, wanted, now)
    return site


def remove(db: Connection, actor: Actor, site_id: str, now: datetime) -> SiteRow:
    """Nothing may stand there any more. Notices of it stay, without their place."""
    site = one_site(db, actor, site_id)
    if sites.chargers_of(db, site.id):
        raise Refused("site.not_empty", site=site.name)
    sites.remove(db, actor.account_id, site.id)
    note(db, actor, "site.removed", now, {"site": site_id, "name": site.name})
    return site


def stand(db: Connection, actor: Actor, charger_id: str, wanted: Standing, now: datetime) -> None:
    """The charger stands there from now on, behind that fuse, on those phases."""
    my_charger(db, actor, charger_id)
    charger = chargers.by_public_id(db, actor.account_id, charger_id)
    assert charger is not None
    site = None if wanted.site_id is None else one_site(db, actor, wanted.site_id)
    for other in sites.of_account(db, actor.account_id):
        members = tuple(member for member in other.config.members if member.charger_id != charger_id)
        if site is not None and other.id == site.id:
            members = (*members, _member(other.config, charger_id, wanted))
        if members != other.config.members:
            sites.change(db, replace(other, config=_checked(replace(other.config, members=members))))
    sites.place(db, actor.account_id, charger.id, None if site is None else site.id)
    details: dict[str, str | int | None] = {"charger": charger_id, "site": wanted.site_id}
    note(db, actor, "charger.placed", now, details)


def _member(config: SiteConfig, charger_id: str, wanted: Standing) -> Member:
    before = next((one for one in config.members if one.charger_id == charger_id), Member(charger_id=charger_id))
    given = {name: getattr(wanted, name) for name in ("circuit_id", "rotation", "priority")}
    return replace(before, **{name: value for name, value in given.items() if value is not UNSET})


# --- what it is then --------------------------------------------------------------------------------------------------


def changed(site: SiteRow, wanted: SiteChange) -> SiteRow:
    """The site with what was given. Raise Refused."""
    config = site.config
    if wanted.config:
        config = _merged(config, wanted.config)
    if wanted.main_fuse_a is not UNSET:
        others = tuple(circuit for circuit in config.circuits if circuit.circuit_id != MAIN)
        mains = () if wanted.main_fuse_a is None else (Circuit(circuit_id=MAIN, limit_ma=wanted.main_fuse_a * 1_000),)
        config = replace(config, circuits=(*mains, *others))
    if wanted.contract is not UNSET:
        config = replace(config, contract=contract_of(wanted.contract, config.country))
    name = (site.name if wanted.name is UNSET else wanted.name).strip()
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise Refused("site.bad_name", longest=NAME_MAX)
    secret = site.secret if wanted.secret is UNSET else wanted.secret
    forecast_secret = site.forecast_secret if wanted.forecast_secret is UNSET else wanted.forecast_secret
    return replace(site, name=name, config=_checked(config), secret=secret, forecast_secret=forecast_secret)


def _merged(config: SiteConfig, given: Mapping[str, Any]) -> SiteConfig:
    unknown = sorted(given.keys() - set(SiteConfig.__struct_fields__))
    if unknown:
        raise Refused("site.unknown_field", field=unknown[0])
    try:
        return msgspec.convert({**msgspec.to_builtins(config), **given}, SiteConfig)
    except msgspec.ValidationError as error:
        raise Refused("site.bad_value", detail=str(error)) from None


def _checked(config: SiteConfig) -> SiteConfig:
    """What could never work is refused with its reason."""
    site_address.check(config)
    if not (-90 <= config.latitude <= 90 and -180 <= config.longitude <= 180):
        raise Refused("site.bad_place")
    _check_circuits(config)
    _check_sources(config)
    for member in config.members:
        if member.rotation not in ROTATIONS:
            raise Refused("site.bad_rotation", rotation=member.rotation, allowed=", ".join(ROTATIONS))
    site_ranges.check(config)
    if config.safe_ma and not 6_000 <= config.safe_ma <= CURRENT_MA[1]:
        raise Refused("site.bad_safe_current")
    if config.contract is not None and (why := check(config.contract, config.country)) is not None:
        raise Refused(why.code, **why.params)
    return config


def _check_sources(config: SiteConfig) -> None:
    """Nobody waits for prices of a source that does not exist, or has none for the zone."""
    for name, known in ((config.price_source, PRICES), (config.forecast_source, FORECASTS)):
        if name is not None and name not in known:
            raise Refused("site.unknown_source", source=name, known=", ".join(known))
    if config.price_source is not None:
        try:
            PRICES[config.price_source].currency(config.price_zone)
        except WrongZone:
            raise Refused("source.wrong_zone", zone=config.price_zone) from None


def _check_circuits(config: SiteConfig) -> None:
    """A tree: each name once, each fed from one that is there, no ring."""
    parents = {circuit.circuit_id: circuit.parent for circuit in config.circuits}
    if len(parents) != len(config.circuits):
        raise Refused("site.circuit_twice")
    for circuit in config.circuits:
        if not CURRENT_MA[0] <= circuit.limit_ma <= CURRENT_MA[1]:
            raise Refused("site.bad_fuse", circuit=circuit.circuit_id, least_ma=CURRENT_MA[0], most_ma=CURRENT_MA[1])
        above, steps = circuit.parent, 0
        while above is not None and above != MAIN:
            steps += 1
            if above not in parents or steps > DEPTH_MAX:
                raise Refused("site.bad_parent", circuit=circuit.circuit_id, parent=circuit.parent or MAIN)
            above = parents[above]
    for member in config.members:
        if member.circuit_id != MAIN and member.circuit_id not in parents:
            raise Refused("site.no_circuit", circuit=member.circuit_id)


def _note(db: Connection, actor: Actor, what: str, site: SiteRow, wanted: SiteChange, now: datetime) -> None:
    details: dict[str, str | int | None] = {
        "site": site.public_id,
        "fields": ", ".join(sorted(wanted.config)),
        "secret": "changed" if wanted.secret is not UNSET else None,
        "forecast_secret": "changed" if wanted.forecast_secret is not UNSET else None,
    }
    note(db, actor, what, now, details)
