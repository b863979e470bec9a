"""One part of a location as a page: drawn, and saved by whoever hosts the site. Wizard and location share it."""

import zoneinfo
from datetime import date
from typing import Any

from starlette.requests import Request

from ...actions import location
from ...actions.charger_products_questions import ChooseTimeZone
from ...actions.site_contract_forms import FEED_INS, KINDS
from ...actions.site_countries import COUNTRIES, calendars_of
from ...actions.site_questions import AddSite, ChangeSite
from ...actions.site_sources import forecast_sources, price_sources
from ...energy.contract_presets import CALENDARS
from ...reasons import Refused
from ...secret import Secret
from ...site.config import SiteConfig
from ...store.sites import SiteRow
from ..desk import desk_of
from ..forms import Form
from ..visitor import Visitor
from ..words import setup as words
from ..words.speech import Speech
from . import parts
from .parts import PARTS, SECRETS, Asked
from .typed import Reading, secret_of, typed

TOPIC = "sites"
OUT_OF_RANGE = "form.out_of_range"
TILTS = {"0": "flat", "10": "low", "35": "usual", "50": "steep", "90": "wall"}
AZIMUTHS = ("0", "45", "90", "135", "180", "225", "270", "315")


def asked_of(visitor: Visitor, site: SiteRow | None, today: date) -> Asked:
    """A location that is not there yet begins with what its people's clock suggests."""
    zone, speech = visitor.actor.time_zone, visitor.speech
    if site is not None:
        return Asked(
            name=site.name, config=site.config, is_new=False, time_zone=zone, language=speech.language, today=today
        )
    country = next((code for code, one in COUNTRIES.items() if one.time_zone == zone), SiteConfig().country)
    name = speech.word(words.NAMES, "location")
    config = SiteConfig(country=country)
    return Asked(name=name, config=config, is_new=True, time_zone=zone, language=speech.language, today=today)


def form_of(part: str, asked: Asked) -> Form:
    return Form(PARTS[part].show(asked))


async def saved(request: Request, visitor: Visitor, part: str, site: SiteRow | None, asked: Asked) -> Form | str:
    """The id of the site as it is saved, or the form with what is wrong with it; nothing is lost then."""
    rule = PARTS[part]
    reading = Reading(await typed(request, rule.fields))
    wanted = rule.read(reading, asked)
    form = reading.form
    if not form.fine:
        return form
    try:
        if part == "address":
            await _choose_zone(request, visitor, parts.time_zone_of(form, asked))
        tokens = await _tokens(request, part)
        if site is None:
            row: SiteRow = await desk_of(request).bus.request(
                TOPIC, AddSite(actor=visitor.actor, wanted=wanted, **tokens)
            )
        else:
            question = ChangeSite(actor=visitor.actor, site_id=site.public_id, wanted=wanted, **tokens)
            row = await desk_of(request).bus.request(TOPIC, question)
    except Refused as refused:
        return form.refused(_named(refused), {**rule.problems, **_of_field(refused, rule.fields)})
    return row.public_id


async def _choose_zone(request: Request, visitor: Visitor, time_zone: str) -> None:
    if time_zone != visitor.actor.time_zone:
        await desk_of(request).bus.request("chargers", ChooseTimeZone(actor=visitor.actor, time_zone=time_zone))


async def _tokens(request: Request, part: str) -> dict[str, Any]:
    """A token that was typed replaces the former; "forget" takes it away; an empty field keeps it."""
    field = SECRETS.get(part)
    if field is None:
        return {}
    given = await secret_of(request, field)
    name = {"price_token": "token", "forecast_token": "forecast_token"}[field]
    if given:
        return {name: Secret(given)}
    forget = await secret_of(request, f"forget_{field}")
    return {name: None} if forget == "yes" else {}


def _of_field(refused: Refused, fields: tuple[str, ...]) -> dict[str, str]:
    """A number beyond its range, or a line of the address: the refusal itself names the field."""
    field = str(refused.reason.params.get("field", ""))
    renamed = {"peak_w": "peak_1", "azimuth": "azimuth_1", "tilt": "tilt_1", "capacity_wh": "battery_kwh"}
    found = renamed.get(field, field)
    return {refused.reason.code: found, OUT_OF_RANGE: found} if found in fields else {}


def _named(refused: Refused) -> Refused:
    """A person is told the label's words, not the name of our field."""
    reason = refused.reason
    if reason.code == "site.out_of_range":
        return Refused("form.out_of_range")
    return Refused(reason.code, **reason.params)


# --- what a page of it needs ---


def values_of(part: str, visitor: Visitor, asked: Asked, form: Form, site: SiteRow | None) -> dict[str, Any]:
    speech = visitor.speech
    values: dict[str, Any] = {"part": part, "form": form, "site": site, "asked": asked}
    match part:
        case "address":
            values |= {"countries": countries(speech), "zones": zones(asked.time_zone)}
        case "contract":
            calendars = calendars_of(asked.config.country)
            known = calendars if form.value("calendar") in ("", *calendars) else tuple(CALENDARS)
            values |= {
                "kinds": KINDS,
                "feed_ins": FEED_INS,
                "calendars": known,
                "sources": price_sources(),
                "fuses": parts.FUSES,
                "has_token": site is not None and site.secret is not None,
                "says_more": parts.says_more(asked),
            }
        case "sun":
            values |= {
                "azimuths": AZIMUTHS,
                "tilts": TILTS,
                "roofs": parts.ROOFS,
                "sources": forecast_sources(),
                "has_token": site is not None and site.forecast_secret is not None,
            }
        case "more":
            values |= {"numbers": words.SITE_NUMBERS, "subfuses": parts.SUBFUSES}
    return values


def countries(speech: Speech) -> list[tuple[str, str]]:
    """In the reader's language and order."""
    named = [(code, speech.locale.territories.get(code, code)) for code in COUNTRIES]
    return sorted(named, key=lambda pair: pair[1])


def zones(own: str) -> list[str]:
    """Those of Europe, and the one that is set."""
    near = {zone for zone in zoneinfo.available_timezones() if zone.startswith(("Europe/", "Atlantic/"))}
    return sorted(near | {own})


def missing(site: SiteRow | None) -> tuple[Any, ...]:
    return () if site is None else location.missing_of(site.config)
