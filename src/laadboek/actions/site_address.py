"""The address of a location, as its country writes it (C2)."""

import re
from typing import NamedTuple

from ..reasons import Refused
from ..site.config import SiteConfig

LONGEST = {"street": 100, "postcode": 12, "town": 100}


class Postcode(NamedTuple):
    pattern: re.Pattern[str]
    example: str


# ISO 3166. Of a country without a row any postcode will do.
POSTCODES = {
    "NL": Postcode(re.compile(r"[1-9]\d{3} ?[A-Z]{2}"), "1234 AB"),
    "BE": Postcode(re.compile(r"[1-9]\d{3}"), "1000"),
    "LU": Postcode(re.compile(r"(L-)?\d{4}"), "L-1009"),
    "DE": Postcode(re.compile(r"\d{5}"), "10115"),
    "FR": Postcode(re.compile(r"\d{5}"), "75001"),
    "AT": Postcode(re.compile(r"[1-9]\d{3}"), "1010"),
    "GB": Postcode(re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"), "SW1A 1AA"),
}
COUNTRY = re.compile(r"[A-Z]{2}")


def check(config: SiteConfig) -> None:
    """Raise Refused for what is no address. What is left empty is not known yet."""
    if not COUNTRY.fullmatch(config.country):
        raise Refused("location.bad_country", country=config.country[:20])
    for field, longest in LONGEST.items():
        text = getattr(config, field)
        if len(text) > longest or not text.isprintable() or text != text.strip():
            raise Refused("location.bad_address", field=field, longest=longest)
    known = POSTCODES.get(config.country)
    if config.postcode and known is not None and not known.pattern.fullmatch(config.postcode.upper()):
        given, country = config.postcode, config.country
        raise Refused("location.bad_postcode", postcode=given, country=country, example=known.example)
