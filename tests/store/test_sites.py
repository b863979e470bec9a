"""Sites as rows: what an owner says comes back, only for that account, on both engines."""

from datetime import timedelta

import pytest
from cast import START, settle_in
from msgspec.structs import replace

from fixtures_store import run
from laadboek.site.config import Circuit, Member, SiteConfig
from laadboek.store import accounts, chargers, sites

CONFIG = SiteConfig(
    circuits=(Circuit(circuit_id="main", limit_ma=25_000),),
    members=(Member(charger_id="chg_home", rotation="STR", priority=2),),
    has_meter=True,
)


@pytest.fixture
def home(database):
    return run(database, settle_in)


@pytest.fixture
def stranger(database):
    """Charlie's account, with a site and a charger."""

    def settle(db):
        account_id = accounts.create(db, "acc_other", "Other", "Europe/Brussels", "nl", START)
        charger_id = chargers.create(db, account_id, "chg_other", "Shed", "simulated", {}, START)
        return account_id, charger_id, sites.create(db, account_id, "sit_other", "Other", SiteConfig(), START)

    return run(database, settle)


def make(database, home):
    return run(database, lambda db: sites.create(db, home[0], "sit_1", "Home", CONFIG, START, secret=b"\x00\xff"))


def test_a_site_comes_back_as_it_was_made(database, home):
    site_id = make(database, home)
    site = database.read(lambda db: sites.load(db, site_id))
    assert (site.public_id, site.name, site.config, site.secret) == ("sit_1", "Home", CONFIG, b"\x00\xff")
    assert (site.account_id, site.created_at) == (home[0], START)
    assert database.read(lambda db: sites.by_public_id(db, home[0], "sit_1")) == site
    assert database.read(lambda db: sites.of_account(db, home[0])) == [site]
    assert database.read(sites.all) == [site]
    assert database.read(lambda db: sites.load(db, 99)) is None


def test_what_the_owner_left_alone_is_stored_nowhere(database, home):
    make(database, home)
    [(text,)] = database.read(lambda db: db.rows("SELECT config FROM sites"))
    assert "interval_s" not in text


def test_a_site_is_nobody_elses(database, home, stranger):
    make(database, home)
    assert database.read(lambda db: sites.by_public_id(db, stranger[0], "sit_1")) is None
    assert [site.public_id for site in database.read(lambda db: sites.of_account(db, stranger[0]))] == ["sit_other"]
    theirs = database.read(lambda db: sites.load(db, stranger[2]))
    run(database, lambda db: sites.change(db, replace(theirs, account_id=home[0], name="Mine")))
    assert database.read(lambda db: sites.load(db, stranger[2])) == theirs


def test_a_change_replaces_name_config_and_secret(database, home):
    site_id = make(database, home)
    site = database.read(lambda db: sites.load(db, site_id))
    wanted = replace(site, name="Barn", config=SiteConfig(price_source="shipped"), secret=None)
    run(database, lambda db: sites.change(db, wanted))
    assert database.read(lambda db: sites.load(db, site_id)) == wanted


def test_a_charger_stands_at_one_site_or_at_none(database, home):
    account_id, charger_id = home
    first = make(database, home)
    second = run(database, lambda db: sites.create(db, account_id, "sit_2", "Shed", SiteConfig(), START))
    assert database.read(lambda db: sites.of_charger(db, charger_id)) is None
    for site_id in (first, second):
        run(database, lambda db, to=site_id: sites.place(db, account_id, charger_id, to))
        assert database.read(lambda db: sites.of_charger(db, charger_id)).id == site_id
    assert database.read(lambda db: sites.chargers_of(db, first)) == []
    assert database.read(lambda db: sites.chargers_of(db, second)) == ["chg_home"]
    run(database, lambda db: sites.place(db, account_id, charger_id, None))
    assert database.read(lambda db: sites.of_charger(db, charger_id)) is None


def test_nobody_places_a_charger_of_others_or_at_a_site_of_others(database, home, stranger):
    site_id = make(database, home)
    run(database, lambda db: sites.place(db, home[0], stranger[1], site_id))
    run(database, lambda db: sites.place(db, home[0], home[1], stranger[2]))
    assert database.read(lambda db: sites.chargers_of(db, site_id)) == []
    assert database.read(lambda db: sites.chargers_of(db, stranger[2])) == []


def test_chargers_are_listed_in_the_order_they_were_added(database, home):
    site_id = make(database, home)

    def more(db):
        for name in ("chg_b", "chg_a"):
            charger = chargers.create(db, home[0], name, name, "simulated", {}, START + timedelta(days=1))
            sites.place(db, home[0], charger, site_id)
        sites.place(db, home[0], home[1], site_id)

    run(database, more)
    assert database.read(lambda db: sites.chargers_of(db, site_id)) == ["chg_home", "chg_b", "chg_a"]
