"""A location in a few words, for the page that shows all of it."""

from datetime import date

from ...actions.site_contract_forms import form_of
from ...site.config import MAIN
from ...store.sites import SiteRow
from ..words import setup as words
from ..words.speech import Speech


def of_site(site: SiteRow, speech: Speech, time_zone: str, today: date) -> dict[str, list[tuple[str, str]]]:
    """Rows of label and value, by part; what is not known is left out."""
    return {
        "address": address(site, speech, time_zone),
        "contract": contract(site, speech, today),
        "sun": sun(site, speech),
    }


def address(site: SiteRow, speech: Speech, time_zone: str) -> list[tuple[str, str]]:
    config = site.config
    country = speech.locale.territories.get(config.country, config.country)
    town = f"{config.postcode} {config.town}".strip()
    where = ", ".join(part for part in (config.street, town, country) if part)
    return [(_label(speech, "address"), where), (_label(speech, "time_zone"), time_zone)]


def contract(site: SiteRow, speech: Speech, today: date) -> list[tuple[str, str]]:
    config = site.config
    rows = []
    if config.contract is not None:
        form = form_of(config.contract, config.country, today)
        rows.append((_label(speech, "contract"), speech.word(words.CONTRACTS, form.kind)))
        for name in ("price", "day", "night"):
            micro = getattr(form, f"{name}_micro")
            if micro is not None:
                rows.append((_label(speech, name), speech.price(micro, config.contract.currency)))
        rows.append((_label(speech, "feed_in"), speech.word(words.FEED_INS, form.feed_in)))
    if config.price_source is not None:
        rows.append((_label(speech, "price_source"), f"{config.price_source} · {config.price_zone}"))
    fuse_ma = next((circuit.limit_ma for circuit in config.circuits if circuit.circuit_id == MAIN), None)
    if fuse_ma is not None:
        rows.append((_label(speech, "fuse"), f"{config.phases} × {speech.amps(fuse_ma)}"))
    return rows


def sun(site: SiteRow, speech: Speech) -> list[tuple[str, str]]:
    config = site.config
    rows = []
    has_solar = True if config.roofs else config.has_solar
    if has_solar is not None:
        peak = speech.power(sum(roof.peak_w for roof in config.roofs)) if config.roofs else None
        rows.append((_label(speech, "solar"), peak or _yes_no(speech, has_solar)))
    if config.has_meter is not None:
        rows.append((_label(speech, "meter"), _yes_no(speech, config.has_meter)))
    if config.battery is not None:
        rows.append((_label(speech, "battery"), speech.kwh(config.battery.capacity_wh)))
    return rows


def _label(speech: Speech, name: str) -> str:
    return speech.word(words.LABELS, name)


def _yes_no(speech: Speech, value: bool) -> str:
    return speech.word(words.YES_NO, "yes" if value else "no")
