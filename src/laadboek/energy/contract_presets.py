"""Customs of countries, ready to be taken over: night hours, taxes, feed-in. Every figure is the owner's to change.

Sources are named in docs/prices.md. What a supplier or network asks per kWh is nobody's custom: the owner enters it.
"""

from datetime import date

from .contract import Charges, FeedIn, FeedInBasis, Rate
from .day_night import WEEKEND, WORKING_DAYS, Calendar, NightHours

SALDERING_BEGAN, SALDERING_ENDED = date(2004, 1, 1), date(2027, 1, 1)


def _nights(day_begins: int, day_ends: int, days: tuple[int, ...] = WORKING_DAYS) -> tuple[NightHours, ...]:
    """Night before and after the day's hours."""
    return (
        NightHours(weekdays=days, until_minute=day_begins * 60),
        NightHours(weekdays=days, from_minute=day_ends * 60),
    )


WHOLE_WEEKEND = NightHours(weekdays=WEEKEND)


def _dutch(day_ends: int) -> tuple[Calendar, ...]:
    nights = (*_nights(7, day_ends), WHOLE_WEEKEND)
    return (Calendar(since=date(2000, 1, 1), nights=nights, holidays=True, country="NL"),)


BELGIAN = Calendar(since=date(2000, 1, 1), nights=(*_nights(7, 22), WHOLE_WEEKEND))  # a holiday is a day as any other
EVERY_SOLAR_NOON = (
    NightHours(until_minute=7 * 60),
    NightHours(from_minute=11 * 60, until_minute=17 * 60),
    NightHours(from_minute=22 * 60),
)
CALENDARS: dict[str, tuple[Calendar, ...]] = {
    "NL": _dutch(23),
    "NL-south": _dutch(21),  # North Brabant and Limburg
    "BE": (BELGIAN,),  # Flanders, Brussels
    "BE-WAL": (BELGIAN, Calendar(since=date(2026, 1, 1), nights=EVERY_SOLAR_NOON)),
}

_NL_ENERGY_TAX = (  # first band
    Rate(date(2023, 1, 1), 125_990),
    Rate(date(2024, 1, 1), 108_800),
    Rate(date(2025, 1, 1), 101_540),
    Rate(date(2026, 1, 1), 91_610),
)
_NL_VAT = (Rate(date(2023, 1, 1), 2_100),)
_NETTING = FeedIn(since=SALDERING_BEGAN, until=SALDERING_ENDED, basis=FeedInBasis.NETTING)
_BE_EXCISE = (  # special excise 47.4811 with energy contribution 1.9261 EUR/MWh, then 46 without
    Rate(date(2023, 7, 1), 49_407),
    Rate(date(2026, 8, 1), 46_000),
)
_BE_VAT = (Rate(date(2023, 4, 1), 600),)

# By country: the charges of a contract with prices of its own.
OWN_PRICES: dict[str, Charges] = {
    "NL": Charges(
        energy_tax=_NL_ENERGY_TAX,
        vat=_NL_VAT,
        # At least half of the bare price of supply until 2030 (Energiewet).
        feed_in=(_NETTING, FeedIn(since=SALDERING_ENDED, basis=FeedInBasis.ENERGY, share=5_000)),
    ),
    "BE": Charges(energy_tax=_BE_EXCISE, vat=_BE_VAT),
}
# By country: the charges of a contract by the exchange's price.
DAY_AHEAD: dict[str, Charges] = {
    "NL": Charges(
        energy_tax=_NL_ENERGY_TAX,
        vat=_NL_VAT,
        feed_in=(_NETTING, FeedIn(since=SALDERING_ENDED, basis=FeedInBasis.SPOT)),
    ),
    "BE": Charges(energy_tax=_BE_EXCISE, vat=_BE_VAT, feed_in=(FeedIn(basis=FeedInBasis.SPOT),)),
}
