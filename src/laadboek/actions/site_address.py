"""The address of a location, as its country writes it (C2)."""

import re

from ..reasons import Refused
from ..site.config import SiteConfig

LONGEST = {"street": 100, "postcode": 12, "town": 100}
# ISO 3166. Of a country without a row any postcode will do.
POSTCODES = {
    "NL": re.compile(r"[1-9]\d{3} ?[A-Z]{2}"),
    "BE": re.compile(r"[1-9]\d{3}"),
    "LU": re.compile(r"(L-)?\d{4}"),
    "DE": re.compile(r"\d{5}"),
    "FR": re.compile(r"\d{5}"),
    "AT": re.compile(r"[1-9]\d{3}"),
    "GB": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"),
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
    pattern = POSTCODES.get(config.country)
    if config.postcode and pattern is not None and not pattern.fullmatch(config.postcode.upper()):
        raise Refused("location.bad_postcode", postcode=config.postcode, country=config.country)
