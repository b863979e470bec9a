"""Sites are said in words that people have, and what could never work is refused with its reason."""

from datetime import UTC, datetime

import pytest

from laadboek.actions import site_ranges, sites
from laadboek.actions.actor import Actor
from laadboek.actions.site_contracts import contract_of
from laadboek.actions.sites import SiteChange, Standing
from laadboek.energy.contract import AllIn, DayNight, Dynamic, Fixed
from laadboek.reasons import Refused
from laadboek.site.config import Member
from laadboek.store import accounts, audit, chargers, forecasts
from laadboek.store.database import InlineDatabase

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Desk:
    """Two accounts, two chargers of the first."""

    def __init__(self):
        self.db = InlineDatabase(":memory:")
        self.olga, self.stranger = (self._account(name) for name in ("acc_olga", "acc_stranger"))
        for charger in ("chg_1", "chg_2"):
            self.run(lambda db, c=charger: chargers.create(db, self.olga.account_id, c, c, "simulated", {}, NOW))

    def _account(self, name):
        row = self.run(lambda db: accounts.create(db, name, name, "Europe/Amsterdam", "nl", NOW))
        return Actor(account_id=row, name="usr", time_zone="Europe/Amsterdam", language="nl")

    def run(self, job):
        return self.db.run(job)

    def add(self, site_id="sit_1", **wanted):
        return self.run(lambda db: sites.add(db, self.olga, site_id, SiteChange(**({"name": "Home"} | wanted)), NOW))

    def change(self, **wanted):
        return self.run(lambda db: sites.change(db, self.olga, "sit_1", SiteChange(**wanted), NOW))

    def stand(self, charger="chg_1", **wanted):
        self.run(lambda db: sites.stand(db, self.olga, charger, Standing(**wanted), NOW))

    def at(self, site_id):
        return self.run(lambda db: sites.chargers_at(db, sites.one_site(db, self.olga, site_id)))

    def site(self, site_id="sit_1"):
        return self.run(lambda db: sites.one_site(db, self.olga, site_id))


@pytest.fixture
def desk():
    return Desk()


def refusal(act):
    with pytest.raises(Exception) as raised:
        act()
    refused = raised.value if isinstance(raised.value, Refused) else raised.value.__cause__
    assert isinstance(refused, Refused), raised.value
    return refused.reason.code


def test_a_site_is_a_fuse_a_meter_and_a_contract(desk):
    site = desk.add(main_fuse_a=25, contract="dynamic", config={"has_meter": True, "roofs": [{"peak_w": 5000}]})
    assert site.config.circuits[0].limit_ma == 25_000
    assert site.config.has_meter and site.config.roofs[0].peak_w == 5_000
    assert isinstance(site.config.contract, Dynamic)


def test_what_is_not_said_stays_as_it_is(desk):
    desk.add(main_fuse_a=25, config={"has_meter": True})
    site = desk.change(config={"month_peak_w": 5_000})
    assert site.config.has_meter and site.config.month_peak_w == 5_000 and site.config.circuits[0].limit_ma == 25_000
    assert desk.change(main_fuse_a=None).config.circuits == ()
    assert desk.change(name="  Cabin ").name == "Cabin"


def test_a_secret_is_kept_replaced_and_taken_away(desk):
    desk.add(secret=b"sealed")
    assert desk.change(name="Home").secret == b"sealed"
    both = desk.change(forecast_secret=b"sealed too")
    assert (both.secret, both.forecast_secret) == (b"sealed", b"sealed too") == (desk.site().secret, b"sealed too")
    assert desk.change(secret=None).forecast_secret == desk.site().forecast_secret == b"sealed too"
    assert desk.change(secret=b"other").secret == b"other"
    assert desk.change(secret=None).secret is None


def test_a_charger_stands_at_one_site_at_a_time(desk):
    desk.add(main_fuse_a=25)
    desk.add("sit_2", name="Office")
    desk.stand(site_id="sit_1", rotation="STR", priority=2)
    assert desk.site().config.members == (Member(charger_id="chg_1", rotation="STR", priority=2),)
    desk.stand(site_id="sit_2")
    assert desk.site().config.members == ()
    assert desk.at("sit_2") == ["chg_1"]
    desk.stand(site_id=None)
    assert desk.at("sit_2") == []
    assert desk.site("sit_2").config.members == ()


def test_who_moves_within_a_site_keeps_what_was_said(desk):
    desk.add(main_fuse_a=25, config={"circuits": [{"circuit_id": "garage", "limit_ma": 16000}]})
    desk.stand(site_id="sit_1", rotation="TRS")
    desk.stand(site_id="sit_1", circuit_id="garage")
    assert desk.site().config.members == (Member(charger_id="chg_1", circuit_id="garage", rotation="TRS"),)
    assert refusal(lambda: desk.stand(site_id="sit_1", circuit_id="attic")) == "site.no_circuit"


def test_nobody_touches_somebody_elses(desk):
    desk.add()
    for act in (
        lambda db: sites.one_site(db, desk.stranger, "sit_1"),
        lambda db: sites.change(db, desk.stranger, "sit_1", SiteChange(name="Mine"), NOW),
        lambda db: sites.stand(db, desk.stranger, "chg_1", Standing(site_id=None), NOW),
    ):
        assert refusal(lambda act=act: desk.run(act)) in ("site.unknown", "charger.unknown")
    assert desk.run(lambda db: sites.my_sites(db, desk.stranger)) == []


def test_every_change_has_its_line_in_the_audit_log_and_no_secret(desk):
    desk.add(secret=b"sealed")
    desk.change(config={"has_meter": True})
    desk.stand(site_id="sit_1")
    rows = desk.run(lambda db: audit.of_account(db, desk.olga.account_id))
    assert [row.what for row in rows] == ["site.added", "site.changed", "charger.placed"]
    assert "sealed" not in str(rows)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": " "}, "site.bad_name"),
        ({"name": "x" * 101}, "site.bad_name"),
        ({"config": {"fuse": 25}}, "site.unknown_field"),
        ({"config": {"has_meter": "maybe"}}, "site.bad_value"),
        ({"config": {"latitude": 91}}, "site.bad_place"),
        ({"config": {"longitude": -181}}, "site.bad_place"),
        ({"config": {"interval_s": 0}}, "site.out_of_range"),
        ({"config": {"pause_after_s": -1}}, "site.out_of_range"),
        ({"config": {"pause_after_s": 10**18}}, "site.out_of_range"),
        ({"config": {"month_peak_w": -5}}, "site.out_of_range"),
        ({"config": {"roofs": [{"peak_w": 5000}, {"peak_w": 0}]}}, "site.out_of_range"),
        ({"config": {"roofs": [{"peak_w": 5000, "tilt": 91}]}}, "site.out_of_range"),
        ({"config": {"battery": {"priority_soc": 101}}}, "site.out_of_range"),
        ({"config": {"members": [{"charger_id": "chg_1", "priority": 1001}]}}, "site.out_of_range"),
        ({"config": {"safe_ma": 5999}}, "site.bad_safe_current"),
        ({"main_fuse_a": 5}, "site.bad_fuse"),
        ({"main_fuse_a": 4001}, "site.bad_fuse"),
        ({"config": {"circuits": [{"circuit_id": "a", "limit_ma": 16000, "parent": "b"}]}}, "site.bad_parent"),
        ({"config": {"circuits": [{"circuit_id": "a", "limit_ma": 16000, "parent": "a"}]}}, "site.bad_parent"),
        ({"config": {"circuits": [{"circuit_id": "a", "limit_ma": 16000}] * 2}}, "site.circuit_twice"),
        ({"config": {"members": [{"charger_id": "chg_1", "circuit_id": "a"}]}}, "site.no_circuit"),
        ({"config": {"members": [{"charger_id": "chg_1", "rotation": "RRR"}]}}, "site.bad_rotation"),
        ({"contract": ""}, "site.bad_contract"),
        ({"contract": "fixed"}, "site.bad_contract"),
        ({"contract": "fixed cheap"}, "site.bad_contract"),
        ({"contract": "fixed NaN"}, "site.bad_contract"),
        ({"contract": "fixed 5.1"}, "site.bad_contract"),
        ({"config": {"contract": {"type": "dynamic", "currency": "euro"}}}, "tariff.bad_currency"),
    ],
)
def test_what_could_never_work_is_refused_and_nothing_changes(desk, wanted, code):
    desk.add()
    before = desk.site()
    assert refusal(lambda: desk.change(**wanted)) == code
    assert desk.site() == before


@pytest.mark.parametrize(("field", "edges"), site_ranges.OF_SITE.items())
def test_a_number_is_taken_up_to_both_ends_of_its_range_and_not_beyond(desk, field, edges):
    desk.add()
    least, most = edges
    for value in edges:
        assert getattr(desk.change(config={field: value}).config, field) == value
    for value in (least - 1, most + 1):
        assert refusal(lambda value=value: desk.change(config={field: value})) == "site.out_of_range"


@pytest.mark.parametrize("wanted", [{"main_fuse_a": 6}, {"main_fuse_a": 4000}, {"config": {"safe_ma": 0}}])
def test_what_just_fits_is_taken(desk, wanted):
    desk.add()
    desk.change(**wanted)


def test_contracts_in_a_few_words():
    assert isinstance(contract_of("dynamic", "NL"), Dynamic)
    assert isinstance(contract_of("all_in", "GB"), AllIn) and contract_of("all_in", "GB").currency == "GBP"
    fixed = contract_of("fixed 0,2834", "NL")
    assert isinstance(fixed, Fixed) and fixed.energy[0].value == 283_400
    two = contract_of("day_night 0.31 0.27", "BE")
    assert isinstance(two, DayNight) and (two.day[0].value, two.night[0].value) == (310_000, 270_000)


def test_fifty_sites_are_enough(desk):
    for number in range(50):
        desk.add(f"sit_{number}", name=f"Site {number}")
    assert refusal(lambda: desk.add("sit_x")) == "site.too_many"


def test_a_site_is_removed_once_nobody_stands_there(desk):
    site = desk.add()
    desk.add("sit_2", name="Barn")
    desk.stand(site_id="sit_1")
    desk.run(lambda db: forecasts.save(db, desk.olga.account_id, site.id, "open_meteo", (), NOW))

    def remove(actor=desk.olga):
        desk.run(lambda db: sites.remove(db, actor, "sit_1", NOW))

    assert refusal(remove) == "site.not_empty"
    assert refusal(lambda: remove(desk.stranger)) == "site.unknown"
    assert desk.site().name == "Home"
    desk.stand(site_id=None)
    remove()
    assert [one.public_id for one in desk.run(lambda db: sites.my_sites(db, desk.olga))] == ["sit_2"]
    assert desk.run(lambda db: forecasts.load(db, desk.olga.account_id, site.id)) is None
    assert refusal(remove) == "site.unknown"
