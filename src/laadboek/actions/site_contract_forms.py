"""An energy contract as a form asks for it, and back (C2). What the form cannot say is kept in files and the API.

A price that changes is a new row from its day on: what was charged before keeps its price (docs/prices.md).
"""

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ..energy.contract import AllIn, Charges, Contract, DayNight, Dynamic, FeedIn, FeedInBasis, Fixed, Rate, in_force
from ..energy.contract_presets import CALENDARS, DAY_AHEAD, OWN_PRICES
from ..reasons import Refused
from .site_contracts import ALWAYS
from .site_countries import COUNTRIES, calendars_of

KINDS = ("fixed", "day_night", "dynamic", "all_in")
FEED_INS = ("usual", "netting", "spot", "fixed", "none")
OF_TYPE: dict[type, str] = {Fixed: "fixed", DayNight: "day_night", Dynamic: "dynamic", AllIn: "all_in"}
BASES = {"netting": FeedInBasis.NETTING, "spot": FeedInBasis.SPOT, "fixed": FeedInBasis.FIXED}


class ContractForm(Struct, frozen=True, kw_only=True):
    """Amounts in millionths per kWh. None: as usual in the country, or not asked of this kind."""

    kind: str = "fixed"
    price_micro: int | None = None
    day_micro: int | None = None
    night_micro: int | None = None
    since: date | None = None  # the prices hold from this day on; None: always
    with_taxes: bool = True  # the prices have everything in them; False: the country's taxes come on top
    calendar: str | None = None
    markup_micro: int | None = None
    network_micro: int | None = None
    energy_tax_micro: int | None = None
    vat: int | None = None  # basis points
    feed_in: str = "usual"
    feed_in_micro: int | None = None
    currency: str | None = None


def contract_from(form: ContractForm, country: str, before: Contract | None = None) -> Contract:
    """Raise Refused for what is missing."""
    charges = _charges(form, country)
    currency = form.currency or (COUNTRIES[country].currency if country in COUNTRIES else "EUR")
    match form.kind:
        case "fixed":
            rows = _rows(before.energy if isinstance(before, Fixed) else (), form.since, form.price_micro)
            return Fixed(currency=currency, energy=rows, charges=charges)
        case "day_night":
            was = before if isinstance(before, DayNight) else None
            name = form.calendar or calendars_of(country)[0]
            if name not in CALENDARS:
                raise Refused("contract.bad_calendar", calendar=name[:20], known=", ".join(CALENDARS))
            return DayNight(
                currency=currency,
                day=_rows(was.day if was else (), form.since, form.day_micro),
                night=_rows(was.night if was else (), form.since, form.night_micro),
                calendars=CALENDARS[name],
                charges=charges,
            )
        case "dynamic":
            return Dynamic(currency=currency, charges=charges)
        case "all_in":
            return AllIn(currency=currency, charges=Charges(feed_in=charges.feed_in))
    raise Refused("contract.bad_kind", kind=form.kind[:20], known=", ".join(KINDS))


def form_of(contract: Contract, country: str, day: date) -> ContractForm:
    """What the form shows of a contract, as it holds on `day`."""
    kind, charges = OF_TYPE[type(contract)], contract.charges
    usual = _usual(kind, country)
    bare = bool(charges.vat or charges.energy_tax)
    form = ContractForm(
        kind=kind,
        with_taxes=kind in ("fixed", "day_night") and not bare,
        markup_micro=_value(charges.markup, day),
        network_micro=_value(charges.network, day),
        energy_tax_micro=None if charges.energy_tax in (usual.energy_tax, ()) else _value(charges.energy_tax, day),
        vat=None if charges.vat in (usual.vat, ()) else _value(charges.vat, day),
        currency=contract.currency,
    )
    feed_in, feed_in_micro = _feed_in_of(charges, usual, form, day)
    form = replace(form, feed_in=feed_in, feed_in_micro=feed_in_micro)
    match contract:
        case Fixed():
            row, _ = in_force(contract.energy, day)
            return replace(form, price_micro=_value(contract.energy, day), since=_since(row))
        case DayNight():
            row, _ = in_force(contract.day, day)
            named = next((name for name, rows in CALENDARS.items() if rows == contract.calendars), None)
            return replace(
                form,
                day_micro=_value(contract.day, day),
                night_micro=_value(contract.night, day),
                since=_since(row),
                calendar=named,
            )
        case _:
            return form


def in_detail(contract: Contract, country: str, day: date) -> bool:
    """Whether it says more than the form can: saving the form would lose that."""
    try:
        return contract_from(form_of(contract, country, day), country, contract) != contract
    except Refused:
        return True


# --- parts ---


def _rows(before: tuple[Rate, ...], since: date | None, micro: int | None) -> tuple[Rate, ...]:
    """The price from its day on, beside those of other days; without a day it is the only one."""
    if micro is None:
        raise Refused("contract.no_price")
    if since is None:
        return (Rate(ALWAYS, micro),)
    rows = (*(row for row in before if row.since != since), Rate(since, micro))
    return tuple(sorted(rows, key=lambda row: row.since))


def _usual(kind: str, country: str) -> Charges:
    presets = DAY_AHEAD if kind in ("dynamic", "all_in") else OWN_PRICES
    return presets.get(country, Charges())


def _charges(form: ContractForm, country: str) -> Charges:
    usual = _usual(form.kind, country)
    whole = form.with_taxes and form.kind in ("fixed", "day_night")
    taxed = Charges() if whole else Charges(energy_tax=usual.energy_tax, vat=usual.vat)
    if not whole:
        taxed = replace(
            taxed,
            markup=_always(form.markup_micro),
            network=_always(form.network_micro),
            energy_tax=taxed.energy_tax if form.energy_tax_micro is None else _always(form.energy_tax_micro),
            vat=taxed.vat if form.vat is None else (Rate(ALWAYS, form.vat),),
        )
    return replace(taxed, feed_in=_feed_in(form, usual, whole))


def _always(micro: int | None) -> tuple[Rate, ...]:
    return () if not micro else (Rate(ALWAYS, micro),)


def _feed_in(form: ContractForm, usual: Charges, whole: bool) -> tuple[FeedIn, ...]:
    if form.feed_in not in FEED_INS:
        raise Refused("contract.bad_feed_in", given=form.feed_in[:20], known=", ".join(FEED_INS))
    if form.feed_in == "usual":
        return _usual_feed_in(form.kind, usual, whole)
    if form.feed_in == "none":
        return ()
    if form.feed_in == "spot" and form.kind != "dynamic":
        raise Refused("contract.feed_in_needs_dynamic")
    plus_micro = form.feed_in_micro or 0
    if form.feed_in == "fixed" and form.feed_in_micro is None:
        raise Refused("contract.no_feed_in_price")
    return (FeedIn(basis=BASES[form.feed_in], plus_micro=plus_micro),)


def _usual_feed_in(kind: str, usual: Charges, whole: bool) -> tuple[FeedIn, ...]:
    """Of a price with everything in it no bare price is known, and of a supplier's own price no exchange's."""
    if kind == "all_in" or whole:
        return tuple(row for row in usual.feed_in if row.basis in (FeedInBasis.NETTING, FeedInBasis.FIXED))
    return usual.feed_in


def _feed_in_of(charges: Charges, usual: Charges, form: ContractForm, day: date) -> tuple[str, int | None]:
    if charges.feed_in == _usual_feed_in(form.kind, usual, form.with_taxes):
        return "usual", None
    row, _ = in_force(charges.feed_in, day)
    if row is None:
        return "none", None
    named = next((name for name, basis in BASES.items() if basis is row.basis), "usual")
    return named, row.plus_micro if named == "fixed" or row.plus_micro else None


def _value(rows: tuple[Rate, ...], day: date) -> int | None:
    row, _ = in_force(rows, day)
    return None if row is None else row.value


def _since(row: Rate | None) -> date | None:
    return None if row is None or row.since == ALWAYS else row.since
