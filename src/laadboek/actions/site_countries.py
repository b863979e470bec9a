"""What a country suggests of a location: its clock, its prices, roughly where it is (C2). All can be changed."""

from collections.abc import Mapping

from msgspec import Struct

from ..energy.contract_presets import CALENDARS


class Country(Struct, frozen=True, kw_only=True):
    """`latitude`, `longitude`: its middle, near enough for where the sun stands; no address is looked up anywhere."""

    time_zone: str
    latitude: float
    longitude: float
    price_zone: str
    currency: str = "EUR"
    calendars: tuple[str, ...] = ()  # of `contract_presets.CALENDARS`, the usual one first


COUNTRIES: Mapping[str, Country] = {
    "NL": Country(
        time_zone="Europe/Amsterdam", latitude=52.1, longitude=5.1, price_zone="NL", calendars=("NL", "NL-south")
    ),
    "BE": Country(
        time_zone="Europe/Brussels", latitude=50.8, longitude=4.5, price_zone="BE", calendars=("BE", "BE-WAL")
    ),
    "LU": Country(time_zone="Europe/Luxembourg", latitude=49.7, longitude=6.1, price_zone="DE-LU"),
    "DE": Country(time_zone="Europe/Berlin", latitude=51.0, longitude=10.0, price_zone="DE-LU"),
    "FR": Country(time_zone="Europe/Paris", latitude=46.8, longitude=2.5, price_zone="FR"),
    "AT": Country(time_zone="Europe/Vienna", latitude=47.6, longitude=14.1, price_zone="AT"),
    "CH": Country(time_zone="Europe/Zurich", latitude=46.8, longitude=8.2, price_zone="CH", currency="CHF"),
    "ES": Country(time_zone="Europe/Madrid", latitude=40.3, longitude=-3.7, price_zone="ES"),
    "PT": Country(time_zone="Europe/Lisbon", latitude=39.6, longitude=-8.0, price_zone="PT"),
    "GB": Country(time_zone="Europe/London", latitude=52.8, longitude=-1.6, price_zone="C", currency="GBP"),
    "IE": Country(time_zone="Europe/Dublin", latitude=53.2, longitude=-7.7, price_zone="IE-SEM"),
    "DK": Country(time_zone="Europe/Copenhagen", latitude=55.9, longitude=9.9, price_zone="DK1"),
}


def calendars_of(country: str) -> tuple[str, ...]:
    """Names of night hours to choose from; of a country without any of its own, all."""
    found = COUNTRIES.get(country)
    return found.calendars if found is not None and found.calendars else tuple(CALENDARS)
