"""The parts in which a location is asked about: what each form shows of a site, and what it makes of it (C2)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from ...actions.site_contract_forms import ContractForm, contract_from, form_of, in_detail
from ...actions.site_countries import COUNTRIES
from ...actions.sites import SiteChange
from ...energy.contract import Contract
from ...reasons import Refused
from ...site.config import MAIN, Battery, SiteConfig
from ..forms import Form
from .typed import Reading, shown

MICRO, KILO = 1_000_000, 1_000
FUSES = ("1x25", "1x35", "1x40", "3x25", "3x35", "3x40", "3x63")
ROOFS = (1, 2, 3)


class Asked(Struct, frozen=True, kw_only=True):
    """Of whom a part is asked. `config` None: the location is not there yet."""

    name: str
    config: SiteConfig
    is_new: bool
    time_zone: str  # of the account
    language: str
    today: date


class Part(Struct, frozen=True):
    """`problems`: which field a refusal is about."""

    fields: tuple[str, ...]
    show: Callable[[Asked], dict[str, str]]
    read: Callable[[Reading, Asked], SiteChange]
    problems: dict[str, str]


# --- address ---


def show_address(asked: Asked) -> dict[str, str]:
    config, country = asked.config, COUNTRIES.get(asked.config.country)
    usual_place = country is not None and (config.latitude, config.longitude) == (country.latitude, country.longitude)
    default_place = (config.latitude, config.longitude) == (SiteConfig().latitude, SiteConfig().longitude)
    placed = not (usual_place or default_place)
    usual_zone = country is not None and country.time_zone == asked.time_zone
    return {
        "name": asked.name,
        "street": config.street,
        "postcode": config.postcode,
        "town": config.town,
        "country": config.country,
        "time_zone": "" if usual_zone or asked.is_new else asked.time_zone,
        "latitude": shown(round(config.latitude * MICRO), MICRO, asked.language) if placed else "",
        "longitude": shown(round(config.longitude * MICRO), MICRO, asked.language) if placed else "",
    }


def read_address(reading: Reading, asked: Asked) -> SiteChange:
    country = reading.text("country")
    usual = COUNTRIES.get(country)
    config: dict[str, Any] = {field: reading.text(field) for field in ("street", "town", "country")}
    config["postcode"] = reading.text("postcode").upper()
    latitude, longitude = reading.decimal("latitude"), reading.decimal("longitude")
    for field in ("street", "postcode", "town"):
        if not config[field]:
            reading.refused(Refused("location.empty_field"), {"location.empty_field": field})
    if latitude is not None and longitude is not None:
        config |= {"latitude": latitude, "longitude": longitude}
    elif usual is not None:
        config |= {"latitude": usual.latitude, "longitude": usual.longitude}
    before = COUNTRIES.get(asked.config.country)
    if usual is not None and (asked.is_new or (before is not None and asked.config.price_zone == before.price_zone)):
        moved = asked.is_new or country != asked.config.country
        if moved and asked.config.price_source is None:
            config["price_zone"] = usual.price_zone
    return SiteChange(name=reading.text("name"), config=config)


def time_zone_of(form: Form, asked: Asked) -> str:
    """What was chosen; else that of the country, else as it is."""
    usual = COUNTRIES.get(form.value("country"))
    return form.value("time_zone") or (asked.time_zone if usual is None else usual.time_zone)


# --- contract and main fuse ---


def show_contract(asked: Asked) -> dict[str, str]:
    config, language = asked.config, asked.language
    empty = ContractForm(with_taxes=True)
    form = empty if config.contract is None else form_of(config.contract, config.country, asked.today)
    fuse_ma = next((circuit.limit_ma for circuit in config.circuits if circuit.circuit_id == MAIN), None)
    preset = "" if fuse_ma is None else f"{config.phases}x{shown(fuse_ma, KILO)}"
    amounts = ("price", "day", "night", "markup", "network", "energy_tax", "feed_in")
    return {
        "kind": "" if config.contract is None else form.kind,
        **{f"{name}_price": shown(getattr(form, f"{name}_micro"), MICRO, language) for name in amounts},
        "taxes": "all" if form.with_taxes else "bare",
        "since": "" if form.since is None else form.since.isoformat(),
        "calendar": form.calendar or "",
        "vat": shown(form.vat, 100, language),
        "feed_in": form.feed_in,
        "price_source": config.price_source or "",
        "price_zone": config.price_zone,
        "fuse": preset if preset in ("", *FUSES) else "other",
        "fuse_phases": str(config.phases),
        "fuse_a": "" if fuse_ma is None else shown(fuse_ma, KILO, language),
    }


def read_contract(reading: Reading, asked: Asked) -> SiteChange:
    config: dict[str, Any] = {"price_source": reading.text("price_source") or None}
    if reading.text("price_zone"):
        config["price_zone"] = reading.text("price_zone").upper()
    contract = _contract(reading, asked)
    if contract is not None:
        config["contract"] = msgspec.to_builtins(contract)
    phases, amps = _fuse(reading)
    config["phases"] = phases
    return SiteChange(config=config, main_fuse_a=amps) if amps is not None else SiteChange(config=config)


def _contract(reading: Reading, asked: Asked) -> Contract | None:
    kind = reading.text("kind")
    if not kind:
        reading.refused(Refused("contract.not_chosen"), {"contract.not_chosen": "kind"})
        return None
    amounts = ("price", "day", "night", "markup", "network", "energy_tax", "feed_in")
    values = {f"{name}_micro": reading.number(f"{name}_price", MICRO) for name in amounts}
    form = ContractForm(
        kind=kind,
        **values,  # type: ignore[arg-type]
        since=_day(reading, "since"),
        with_taxes=reading.text("taxes") != "bare",
        calendar=reading.text("calendar") or None,
        vat=reading.number("vat", 100),
        feed_in=reading.text("feed_in") or "usual",
    )
    price = {"day_night": "day_price" if form.day_micro is None else "night_price"}.get(kind, "price_price")
    fields = {
        "contract.no_price": price,
        "contract.no_feed_in_price": "feed_in_price",
        "contract.feed_in_needs_dynamic": "feed_in",
        "contract.bad_calendar": "calendar",
    }
    if not reading.form.fine:
        return None
    try:
        return contract_from(form, asked.config.country, asked.config.contract)
    except Refused as refused:
        reading.refused(refused, fields)
        return None


def _fuse(reading: Reading) -> tuple[int, int | None]:
    """Phases, and amperes of each."""
    chosen = reading.text("fuse")
    if chosen in FUSES:
        phases, _, amps = chosen.partition("x")
        return int(phases), int(amps)
    if chosen == "other":
        typed_a = reading.number("fuse_a")
        if typed_a is None and reading.form.problem("fuse_a") is None:
            reading.refused(Refused("location.no_fuse"), {"location.no_fuse": "fuse_a"})
        return (1 if reading.text("fuse_phases") == "1" else 3), typed_a
    reading.refused(Refused("location.no_fuse"), {"location.no_fuse": "fuse"})
    return 3, None


def _day(reading: Reading, field: str) -> date | None:
    text = reading.text(field)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        reading.refused(Refused("period.no_date"), {"period.no_date": field})
        return None


def says_more(asked: Asked) -> bool:
    """Whether the contract has details that this form cannot show."""
    contract = asked.config.contract
    return contract is not None and in_detail(contract, asked.config.country, asked.today)


# --- sun, meter, battery ---


def show_sun(asked: Asked) -> dict[str, str]:
    config, language = asked.config, asked.language
    solar = True if config.roofs else config.has_solar
    values = {
        "has_solar": _yes_no(solar),
        "has_meter": _yes_no(config.has_meter),
        "forecast_source": config.forecast_source or "",
        "battery_kwh": "",
    }
    for number in ROOFS:
        roof = config.roofs[number - 1] if number <= len(config.roofs) else None
        values |= {
            f"peak_{number}": "" if roof is None else shown(roof.peak_w, KILO, language),
            f"azimuth_{number}": "180" if roof is None else str(roof.azimuth),
            f"tilt_{number}": "35" if roof is None else str(roof.tilt),
        }
    if config.battery is not None:
        values["battery_kwh"] = shown(config.battery.capacity_wh, KILO, language)
    battery = config.battery or Battery()
    for field in ("priority_soc", "buffer_soc", "buffer_start_soc"):
        values[field] = str(getattr(battery, field))
    return values


def read_sun(reading: Reading, asked: Asked) -> SiteChange:
    config: dict[str, Any] = {"forecast_source": reading.text("forecast_source") or None}
    for field in ("has_solar", "has_meter"):
        if reading.text(field) not in ("yes", "no"):
            reading.refused(Refused("location.unanswered"), {"location.unanswered": field})
        config[field] = reading.text(field) == "yes"
    config["roofs"] = _roofs(reading) if config["has_solar"] else []
    capacity_wh = reading.number("battery_kwh", KILO)
    limits = {field: reading.number(field) for field in ("priority_soc", "buffer_soc", "buffer_start_soc")}
    given = {field: value for field, value in limits.items() if value is not None}
    config["battery"] = None if capacity_wh is None else {"capacity_wh": capacity_wh, **given}
    return SiteChange(config=config)


def _roofs(reading: Reading) -> list[dict[str, int]]:
    roofs = []
    for number in ROOFS:
        peak_w = reading.number(f"peak_{number}", KILO)
        tilt, azimuth = reading.number(f"tilt_{number}"), reading.number(f"azimuth_{number}")
        if peak_w:
            usual = {"tilt": tilt, "azimuth": azimuth}
            given = {field: value for field, value in usual.items() if value is not None}
            roofs.append({"peak_w": peak_w, **given})
    return roofs


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


# --- what few need ---

# Field of the site and how many of its units make one of the form's.
NUMBERS = {
    "safe_ma": 1_000,
    "reserve_ma": 1_000,
    "month_peak_w": 1_000,
    "export_margin_w": 1,
    "interval_s": 1,
    "silent_s": 1,
    "pause_after_s": 1,
    "raise_after_s": 1,
    "rotate_after_s": 1,
}
SUBFUSES = (1, 2, 3, 4)


def show_more(asked: Asked) -> dict[str, str]:
    config, language = asked.config, asked.language
    values = {field: shown(getattr(config, field), scale, language) for field, scale in NUMBERS.items()}
    others = [circuit for circuit in config.circuits if circuit.circuit_id != MAIN]
    for number in SUBFUSES:
        circuit = others[number - 1] if number <= len(others) else None
        values |= {
            f"fuse_name_{number}": "" if circuit is None else circuit.name or circuit.circuit_id,
            f"fuse_a_{number}": "" if circuit is None else shown(circuit.limit_ma, KILO, language),
        }
    return values


def read_more(reading: Reading, asked: Asked) -> SiteChange:
    """What is left empty is as usual. Fuses keep their ids, so that chargers stay behind them."""
    usual = SiteConfig()
    config: dict[str, Any] = {}
    for field, scale in NUMBERS.items():
        value = reading.number(field, scale)
        config[field] = getattr(usual, field) if value is None else value
    circuits = [msgspec.to_builtins(one) for one in asked.config.circuits if one.circuit_id == MAIN]
    others = [circuit for circuit in asked.config.circuits if circuit.circuit_id != MAIN]
    for number in SUBFUSES:
        name, limit_ma = reading.text(f"fuse_name_{number}"), reading.number(f"fuse_a_{number}", KILO)
        former = others[number - 1] if number <= len(others) else None
        if not name and limit_ma is None:
            continue
        if limit_ma is None:
            reading.refused(Refused("location.no_fuse"), {"location.no_fuse": f"fuse_a_{number}"})
            continue
        circuit_id = f"fuse-{number}" if former is None else former.circuit_id
        parent = None if former is None else former.parent
        circuits.append({"circuit_id": circuit_id, "parent": parent, "limit_ma": limit_ma, "name": name})
    circuits += [msgspec.to_builtins(one) for one in others[len(SUBFUSES) :]]
    config["circuits"] = circuits
    return SiteChange(config=config)


def _numbered(numbers: tuple[int, ...], *names: str) -> tuple[str, ...]:
    return tuple(f"{name}_{number}" for number in numbers for name in names)


PARTS: dict[str, Part] = {
    "address": Part(
        ("name", "street", "postcode", "town", "country", "time_zone", "latitude", "longitude"),
        show_address,
        read_address,
        {
            "site.bad_name": "name",
            "location.bad_postcode": "postcode",
            "location.bad_country": "country",
            "location.bad_time_zone": "time_zone",
            "site.bad_place": "latitude",
        },
    ),
    "contract": Part(
        (
            "kind", "price_price", "day_price", "night_price", "taxes", "since", "calendar", "markup_price",
            "network_price", "energy_tax_price", "vat", "feed_in", "feed_in_price", "price_source", "price_zone",
            "fuse", "fuse_phases", "fuse_a",
        ),
        show_contract,
        read_contract,
        {"source.wrong_zone": "price_zone", "site.bad_fuse": "fuse_a", "site.unknown_source": "price_source"},
    ),
    "sun": Part(
        (
            "has_solar", "has_meter", "forecast_source", "battery_kwh", "priority_soc", "buffer_soc",
            "buffer_start_soc", *_numbered(ROOFS, "peak", "azimuth", "tilt"),
        ),
        show_sun,
        read_sun,
        {"site.unknown_source": "forecast_source"},
    ),
    "more": Part(
        (*NUMBERS, *_numbered(SUBFUSES, "fuse_name", "fuse_a")),
        show_more,
        read_more,
        {"site.bad_safe_current": "safe_ma"},
    ),
}  # fmt: skip
SECRETS = {"contract": "price_token", "sun": "forecast_token"}
