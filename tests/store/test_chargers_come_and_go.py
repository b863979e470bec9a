"""Chargers as rows: named anew, removed, and who may charge at a new one, on both engines."""

import pytest
from cast import START, settle_in

from fixtures_store import run
from laadboek.store import accounts, chargers, drivers
from laadboek.store.drivers import NewDriver


@pytest.fixture
def home(database):
    return run(database, settle_in)


def new(number, mac):
    return NewDriver(
        public_id=f"drv_x{number}", name=f"D{number}", pin_mac=mac, id_tag=f"X{number}", kind="business", mode="fast"
    )


def test_who_may_charge_everywhere_may_at_a_new_charger_with_the_same_pin(database, home):
    account_id = home[0]

    def story(db):
        first = chargers.create(db, account_id, "chg_first", "First", "simulated", {}, START)
        for number, mac in ((1, b"one"), (2, None), (3, b"three")):
            driver_id = drivers.create(db, account_id, first, new(number, mac), START)
            everywhere = int(number < 3)
            db.run("UPDATE drivers SET all_chargers = ? WHERE id = ?", (everywhere, driver_id))
        second = chargers.create(db, account_id, "chg_second", "Second", "simulated", {}, START)
        chargers.permit_everywhere(db, account_id, second)
        return second

    second = run(database, story)
    found = database.read(lambda db: drivers.of_charger(db, second))
    assert [(at.driver.public_id, at.pin_mac) for at in found] == [("drv_x1", b"one"), ("drv_x2", None)]


def test_a_charger_that_was_removed_is_listed_nowhere_and_nobody_is_permitted_there(database, home):
    account_id = home[0]

    def story(db):
        charger_id = chargers.create(db, account_id, "chg_gone", "Gone", "simulated", {}, START)
        drivers.create(db, account_id, charger_id, new(1, b"one"), START)
        chargers.rename(db, account_id, charger_id, "Gone soon")
        chargers.remove(db, account_id, charger_id, START)
        return charger_id

    charger_id = run(database, story)
    row = database.read(lambda db: chargers.load(db, charger_id))
    assert (row.name, row.removed_at) == ("Gone soon", START)
    assert "chg_gone" not in [one.public_id for one in database.read(lambda db: chargers.of_account(db, account_id))]
    assert "chg_gone" not in [one.public_id for one in database.read(chargers.all)]
    assert database.read(lambda db: drivers.of_charger(db, charger_id)) == []


def test_nothing_of_another_account_is_touched(database, home):
    def story(db):
        other = accounts.create(db, "acc_other", "Other", "Europe/Brussels", "nl", START)
        charger_id = chargers.create(db, home[0], "chg_mine", "Mine", "simulated", {}, START)
        chargers.rename(db, other, charger_id, "Theirs")
        chargers.remove(db, other, charger_id, START)
        accounts.set_setup(db, other, "{}")
        accounts.set_time_zone(db, other, "Europe/Paris")
        return charger_id

    charger_id = run(database, story)
    row = database.read(lambda db: chargers.load(db, charger_id))
    assert (row.name, row.removed_at) == ("Mine", None)
    assert database.read(lambda db: accounts.setup(db, home[0])) is None
    assert database.read(lambda db: accounts.by_id(db, home[0])).time_zone != "Europe/Paris"
