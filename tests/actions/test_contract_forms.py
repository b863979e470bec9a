"""A contract as a form asks for it, and back (C2)."""

from datetime import date

import pytest

from laadboek.actions.site_contract_forms import ContractForm, contract_from, form_of, in_detail
from laadboek.energy.contract import AllIn, Contract, DayNight, Dynamic, FeedIn, FeedInBasis, Fixed, Rate
from laadboek.energy.contract_check import check
from laadboek.energy.contract_presets import CALENDARS, DAY_AHEAD, OWN_PRICES
from laadboek.reasons import Refused

TODAY = date(2026, 11, 23)
FIXED = ContractForm(kind="fixed", price_micro=280_000)


def test_a_price_with_everything_in_it_gets_no_taxes_on_top() -> None:
    contract = contract_from(FIXED, "NL")
    assert isinstance(contract, Fixed)
    assert (contract.charges.energy_tax, contract.charges.vat) == ((), ())
    assert [row.basis for row in contract.charges.feed_in] == [FeedInBasis.NETTING]


def test_a_bare_price_gets_the_taxes_of_the_country() -> None:
    contract = contract_from(ContractForm(kind="fixed", price_micro=120_000, with_taxes=False), "NL")
    assert contract.charges == OWN_PRICES["NL"]


def test_a_dynamic_contract_takes_the_customs_of_the_country_and_what_the_supplier_adds() -> None:
    contract = contract_from(ContractForm(kind="dynamic", markup_micro=20_000), "NL")
    assert isinstance(contract, Dynamic)
    assert contract.charges.energy_tax == DAY_AHEAD["NL"].energy_tax
    assert [rate.value for rate in contract.charges.markup] == [20_000]


def test_taxes_of_a_country_without_customs_are_the_owners_to_enter() -> None:
    form = ContractForm(kind="dynamic", energy_tax_micro=20_500, vat=1_900)
    contract = contract_from(form, "DE")
    assert [rate.value for rate in contract.charges.energy_tax + contract.charges.vat] == [20_500, 1_900]


def test_a_price_that_changes_keeps_the_former_one_for_what_was_before() -> None:
    first = contract_from(FIXED, "NL")
    later = ContractForm(kind="fixed", price_micro=310_000, since=date(2027, 1, 1))
    then = contract_from(later, "NL", first)
    assert isinstance(then, Fixed)
    assert then.energy == (Rate(date(2000, 1, 1), 280_000), Rate(date(2027, 1, 1), 310_000))
    assert form_of(then, "NL", TODAY).price_micro == 280_000
    assert form_of(then, "NL", date(2027, 1, 1)).price_micro == 310_000


def test_a_price_that_was_mistyped_is_put_right_for_its_whole_time() -> None:
    first = contract_from(ContractForm(kind="fixed", price_micro=2_800_000, since=date(2026, 1, 1)), "NL")
    right = contract_from(ContractForm(kind="fixed", price_micro=280_000, since=date(2026, 1, 1)), "NL", first)
    assert isinstance(right, Fixed) and right.energy == (Rate(date(2026, 1, 1), 280_000),)


def test_night_hours_are_those_of_the_region() -> None:
    form = ContractForm(kind="day_night", day_micro=300_000, night_micro=270_000)
    assert _calendars(contract_from(form, "NL")) == CALENDARS["NL"]
    assert _calendars(contract_from(form, "BE")) == CALENDARS["BE"]
    south = ContractForm(kind="day_night", day_micro=300_000, night_micro=270_000, calendar="NL-south")
    assert _calendars(contract_from(south, "NL")) == CALENDARS["NL-south"]


def _calendars(contract: Contract) -> object:
    assert isinstance(contract, DayNight)
    return contract.calendars


@pytest.mark.parametrize(
    "form",
    [
        FIXED,
        ContractForm(kind="fixed", price_micro=120_000, with_taxes=False),
        ContractForm(kind="fixed", price_micro=280_000, since=date(2026, 5, 1)),
        ContractForm(kind="fixed", price_micro=280_000, feed_in="fixed", feed_in_micro=-20_000),
        ContractForm(kind="fixed", price_micro=280_000, feed_in="none"),
        ContractForm(kind="day_night", day_micro=300_000, night_micro=270_000, calendar="BE-WAL"),
        ContractForm(kind="dynamic", markup_micro=20_000, network_micro=50_000, with_taxes=False),
        ContractForm(kind="dynamic", energy_tax_micro=1, vat=600, feed_in="spot", with_taxes=False),
        ContractForm(kind="all_in", with_taxes=False),
    ],
)
@pytest.mark.parametrize("country", ["NL", "BE", "DE"])
def test_what_was_entered_is_shown_again_and_says_all(form: ContractForm, country: str) -> None:
    contract = contract_from(form, country)
    assert check(contract, country) is None
    shown = form_of(contract, country, TODAY)
    assert contract_from(shown, country, contract) == contract
    assert not in_detail(contract, country, TODAY)
    for field in ("kind", "price_micro", "day_micro", "night_micro", "since", "markup_micro", "network_micro"):
        assert getattr(shown, field) == getattr(form, field), field


def test_a_contract_with_more_detail_than_the_form_has_is_told_apart() -> None:
    rows = (FeedIn(since=date(2020, 1, 1), until=date(2027, 1, 1), basis=FeedInBasis.NETTING, share=6_400), FeedIn())
    contract = contract_from(FIXED, "NL")
    assert isinstance(contract, Fixed)
    odd = Fixed(energy=contract.energy, charges=type(contract.charges)(feed_in=rows))
    assert in_detail(odd, "NL", TODAY)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (ContractForm(kind="fixed"), "contract.no_price"),
        (ContractForm(kind="day_night", day_micro=1), "contract.no_price"),
        (ContractForm(kind="barter"), "contract.bad_kind"),
        (ContractForm(kind="fixed", price_micro=1, feed_in="spot"), "contract.feed_in_needs_dynamic"),
        (ContractForm(kind="fixed", price_micro=1, feed_in="fixed"), "contract.no_feed_in_price"),
        (ContractForm(kind="fixed", price_micro=1, feed_in="gold"), "contract.bad_feed_in"),
        (
            ContractForm(kind="day_night", day_micro=1, night_micro=1, calendar="Mars"),
            "contract.bad_calendar",
        ),
    ],
)
def test_what_is_missing_or_cannot_be_is_refused(form: ContractForm, code: str) -> None:
    with pytest.raises(Refused) as refused:
        contract_from(form, "NL")
    assert refused.value.reason.code == code


def test_a_suppliers_own_prices_are_never_taxed_again() -> None:
    contract = contract_from(ContractForm(kind="all_in", markup_micro=10), "NL")
    assert isinstance(contract, AllIn) and contract.charges.markup == () and check(contract) is None


def test_a_price_that_is_announced_survives_a_correction_of_todays() -> None:
    first = contract_from(ContractForm(kind="fixed", price_micro=280_000, since=date(2026, 1, 1)), "NL")
    announced = contract_from(ContractForm(kind="fixed", price_micro=310_000, since=date(2027, 1, 1)), "NL", first)
    right = contract_from(ContractForm(kind="fixed", price_micro=270_000, since=date(2026, 1, 1)), "NL", announced)
    assert isinstance(right, Fixed)
    assert right.energy == (Rate(date(2026, 1, 1), 270_000), Rate(date(2027, 1, 1), 310_000))
