"""Time zones that somebody can choose from. The browser guesses theirs (`static/register.js`)."""

import zoneinfo
from functools import lru_cache

GUESS = "Europe/Amsterdam"  # where no browser helps


@lru_cache
def time_zones() -> list[tuple[str, str]]:
    """Places, nearest first: Europe's, then the others. No abbreviations, which are wrong half the year."""
    places = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [(zone, zone) for zone in sorted(places, key=lambda zone: (not zone.startswith("Europe/"), zone))]
