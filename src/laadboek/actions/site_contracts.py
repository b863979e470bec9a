"""An energy contract in a few words, as a person says it; the rest comes from the customs of the country (C2)."""

from datetime import date
from decimal import Decimal, InvalidOperation

from ..energy.contract import AllIn, Charges, Contract, DayNight, Dynamic, Fixed, Rate
from ..energy.contract_presets import CALENDARS, DAY_AHEAD, OWN_PRICES
from ..reasons import Refused

ALWAYS = date(2000, 1, 1)
FORMS = "dynamic, all_in, fixed PRICE, day_night DAY NIGHT"
MOST_MICRO = 5_000_000


def contract_of(words: str, country: str) -> Contract:
    """`dynamic`: day-ahead prices with the country's taxes. `fixed 0.28`, `day_night 0.31 0.27`: bare prices of supply
    per kWh, before taxes, to which those are added. Raise Refused."""
    kind, *prices = words.split() or [""]
    amounts = [micro_of(price) for price in prices]
    match kind, amounts:
        case "dynamic", []:
            return Dynamic(charges=DAY_AHEAD.get(country, Charges()))
        case "all_in", []:
            return AllIn(currency="GBP" if country == "GB" else "EUR")
        case "fixed", [price]:
            return Fixed(energy=(Rate(ALWAYS, price),), charges=OWN_PRICES.get(country, Charges()))
        case "day_night", [day, night]:
            calendars = CALENDARS.get(country, CALENDARS["NL"])
            charges = OWN_PRICES.get(country, Charges())
            return DayNight(
                day=(Rate(ALWAYS, day),), night=(Rate(ALWAYS, night),), calendars=calendars, charges=charges
            )
    raise Refused("site.bad_contract", given=words[:60] or "''", forms=FORMS)


def micro_of(price: str) -> int:
    """`0.2834` or `0,2834` per kWh, in millionths."""
    try:
        micro = Decimal(price.replace(",", ".")).scaleb(6)
    except InvalidOperation:
        raise Refused("site.bad_contract", given=price[:60], forms=FORMS) from None
    if not micro.is_finite() or abs(micro) > MOST_MICRO or micro != micro.to_integral_value():
        raise Refused("site.bad_contract", given=price[:60], forms=FORMS)
    return int(micro)
