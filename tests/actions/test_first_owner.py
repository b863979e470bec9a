"""An installation begins with an account that nobody owns: its operator works in it; who registers first has it."""

from datetime import UTC, datetime

import pytest

from fixtures_store import run
from laadboek.actions.operator import operator
from laadboek.actions.people.registration import NewUser, begin_unowned, confirmed, create_user
from laadboek.ids import Ids
from laadboek.store import accounts, audit, charge_points, memberships, users

NOW = datetime(2026, 11, 23, tzinfo=UTC)
IDS = Ids(5)


def new(email: str, name: str) -> NewUser:
    return NewUser(name=name, email=email, password_hash="x", language="fr", time_zone="Europe/Brussels")


@pytest.fixture
def begun(database):
    run(database, lambda db: begin_unowned(db, IDS, "Europe/Amsterdam", "nl", NOW))
    return database


def enrol(db) -> int:
    account_id = operator(db).account_id
    charge_points.create(
        db, account_id, public_id="cp_1", charge_box_id="GARAGE", key_mac=b"mac", charger_id=None, now=NOW
    )
    return account_id


def test_the_operator_works_before_anybody_registered(begun):
    run(begun, enrol)
    run(begun, lambda db: begin_unowned(db, IDS, "Europe/Amsterdam", "nl", NOW))  # another start
    assert len(begun.read(accounts.all)) == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_the_first_who_proves_an_address_takes_it_over_with_all_that_is_in_it(begun, at_once):
    account_id = run(begun, enrol)

    def join(db):
        user = create_user(db, IDS, new("alice@example.org", "Alice"), NOW, confirmed=at_once)
        return user if at_once else confirmed(db, user, NOW)

    alice = run(begun, join)
    assert alice.account_id == account_id and alice.email_confirmed_at == NOW
    assert begun.read(lambda db: users.by_email(db, "alice@example.org")) == alice
    [account] = begun.read(accounts.all)
    assert (account.name, account.time_zone, account.language) == ("Alice", "Europe/Brussels", "fr")
    assert [one.role.value for one in begun.read(lambda db: memberships.of_user(db, alice.id))] == ["owner"]
    assert begun.read(operator).account_id == account_id
    assert [row.what for row in begun.read(lambda db: audit.of_account(db, account_id))] == ["account.created"]


def test_who_never_confirms_takes_nothing(begun):
    account_id = run(begun, enrol)
    user = run(begun, lambda db: create_user(db, IDS, new("mallory@example.org", "M"), NOW, confirmed=False))
    assert user.account_id != account_id
    run(begun, lambda db: users.remove_unconfirmed(db, user))
    assert begun.read(operator).account_id == account_id


def test_the_second_has_an_account_of_their_own(begun):
    alice, charlie = (
        run(begun, lambda db, e=email: create_user(db, IDS, new(e, "N"), NOW, confirmed=True))
        for email in ("alice@example.org", "charlie@example.org")
    )
    assert alice.account_id != charlie.account_id
