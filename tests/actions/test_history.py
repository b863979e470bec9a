"""The past as it is drawn: energy when it flowed, power where somebody remembers it, prices of the day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from laadboek.actions.actor import Actor
from laadboek.actions.history import WantedPast, energy_by_quarter, past
from laadboek.energy.contract import Dynamic
from laadboek.energy.contract_presets import DAY_AHEAD
from laadboek.energy.forecast import Sunny, Used
from laadboek.energy.zones import Span
from laadboek.ledger.entry import SessionFacts
from laadboek.reasons import Refused
from laadboek.rights import RIGHTS, Role
from laadboek.site.config import SiteConfig
from laadboek.site.state import STATE_VERSION, Durable, encode_state
from laadboek.store import accounts, chargers, sessions, sites
from laadboek.store.database import InlineDatabase

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # noon in Amsterdam
MIDNIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # there
QUARTER = timedelta(minutes=15)
ALICE = Actor(account_id=1, name="usr_1", time_zone="Europe/Amsterdam", language="en")


def night(**changes):
    """From half an hour before midnight to half an hour after: 4 kWh, of which the roof gave one in the end."""
    values = {
        "session_id": "ses_night",
        "connector_id": 1,
        "id_tag": "TAG",
        "kind": "business",
        "mode": "eco",
        "started_at": MIDNIGHT - 2 * QUARTER,
        "start_register_wh": 1_000,
        "quarters": tuple((MIDNIGHT + n * QUARTER, 3_000 + n * 1_000) for n in (-1, 0, 1)),
        "ended_at": MIDNIGHT + 2 * QUARTER,
        "end_register_wh": 5_000,
        "reason": "Local",
        "sun_wh": 1_000,
        "sun_quarters": tuple((MIDNIGHT + n * QUARTER, 0) for n in (-1, 0, 1)),
        "cost_micro": 900_000,
        "currency": "EUR",
    }
    return SessionFacts(**(values | changes))


@pytest.fixture
def house():
    database = InlineDatabase(":memory:")
    database.run(furnish)
    yield database
    database.close()


def furnish(db):
    accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "en", NOW)
    charger = chargers.create(db, 1, "chg_1", "Oprit", "simulated", {}, NOW)
    config = SiteConfig(contract=Dynamic(charges=DAY_AHEAD["NL"]), price_source="shipped")
    site = sites.create(db, 1, "sit_1", "Home", config, NOW)
    sites.place(db, 1, charger, site)
    known = Durable(house=(Used(MIDNIGHT, 400),), sun=(Sunny(MIDNIGHT, 900),))
    sites.save_state(db, site, STATE_VERSION, encode_state(known))
    sessions.save(db, account_id=1, chain="chg_1", session=night(), salt=bytes(16), charger_id=charger)


def looked_at(house, span, day, **chosen):
    return house.read(lambda db: past(db, ALICE, WantedPast(span=span, day=day, **chosen), NOW))


def test_a_night_is_split_where_the_day_begins(house):
    monday = looked_at(house, Span.DAY, date(2026, 11, 23))
    tuesday = looked_at(house, Span.DAY, date(2026, 11, 24))
    assert (monday.energy_wh, tuesday.energy_wh) == (2_000, 2_000)
    assert (monday.sun_wh, tuesday.sun_wh) == (0, 1_000)
    assert (monday.cost_micro, tuesday.cost_micro) == ({}, {"EUR": 900_000})  # fixed when it ended


def test_a_bookkeeper_sees_what_cars_took_and_nothing_of_the_house(house):
    bookkeeper = replace(ALICE, rights=RIGHTS[Role.BOOKKEEPER])
    wanted = WantedPast(span=Span.DAY, day=date(2026, 11, 24))
    found = house.read(lambda db: past(db, bookkeeper, wanted, NOW))
    known = {(one.house_w, one.sun_w, one.grid_w) for one in found.quarters}
    assert known == {(None, None, None)} and found.quarters[0].car_w == 4_000


def test_power_is_known_where_somebody_remembers_it(house):
    found = looked_at(house, Span.DAY, date(2026, 11, 24))
    assert len(found.quarters) == 48  # to now
    first, second = found.quarters[:2]
    assert (first.car_w, first.house_w, first.sun_w, first.grid_w) == (4_000, 400, 900, 3_500)
    assert (second.car_w, second.house_w, second.grid_w) == (4_000, None, None)
    assert len(found.prices) == 96 and found.currency == "EUR"


def test_a_month_has_a_slot_for_each_day_and_a_year_for_each_month(house):
    month = looked_at(house, Span.MONTH, date(2026, 11, 1))
    assert len(month.slots) == 30 and (month.energy_wh, month.quarters, month.prices) == (4_000, [], ())
    assert [(one.first.day, one.energy_wh, one.sun_wh) for one in month.slots if one.energy_wh] == [
        (23, 2_000, 0),
        (24, 2_000, 1_000),
    ]
    year = looked_at(house, Span.YEAR, date(2026, 1, 1))
    assert [one.energy_wh for one in year.slots] == [0] * 10 + [4_000, 0]


def test_a_running_session_counts_to_its_last_quarter_hour():
    running = night(ended_at=None, end_register_wh=None, reason=None)
    energy = energy_by_quarter([running], MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=1))
    assert sum(energy.values()) == 3_000


def test_registers_that_lie_apart_are_spread_evenly():
    sparse = night(quarters=())
    energy = energy_by_quarter([sparse], MIDNIGHT, MIDNIGHT + timedelta(days=1))
    assert energy == {MIDNIGHT: 1_000.0, MIDNIGHT + QUARTER: 1_000.0}


def test_somebody_elses_site_is_unknown(house):
    with pytest.raises(Refused) as refused:
        looked_at(house, Span.DAY, date(2026, 11, 24), site_id="sit_elsewhere")
    assert refused.value.reason.code == "site.unknown"
