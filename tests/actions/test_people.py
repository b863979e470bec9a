"""Registering, proving an address, mails and browsers, on both engines of the store."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures_store import run
from laadboek.actions import sign_in
from laadboek.actions.operator import operator
from laadboek.actions.people import own_password, profile, registration
from laadboek.actions.people.letters import Post
from laadboek.actions.people.registration import NewUser
from laadboek.ids import Ids
from laadboek.portal.words.letters import Pen
from laadboek.reasons import Refused
from laadboek.runtime.keys import DataKeys
from laadboek.store import audit, email_proofs, mails, sign_ins, users
from laadboek.store.connection import Connection
from laadboek.store.database import Database, JobFailed
from laadboek.store.mails import MailState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POST = Post(vault=DataKeys(bytes(32)), ids=Ids(1), writer=Pen("http://h"), address="http://h")
OLGA = NewUser(name="Olga", email="Olga@Example.org", password_hash="x", language="nl", time_zone="Europe/Amsterdam")
TOKEN, OTHER = b"1" * 32, b"2" * 32


def refusal(database: Database, job: object) -> str:
    with pytest.raises(JobFailed) as failed:
        run(database, job)  # type: ignore[arg-type]
    assert isinstance(failed.value.__cause__, Refused)
    return failed.value.__cause__.reason.code


def registered(database: Database) -> None:
    run(database, lambda db: registration.register(db, POST, OLGA, TOKEN, NOW))


def signed(db: Connection, number: str, token: bytes) -> sign_in.SignedIn:
    user = users.by_email(db, OLGA.email)
    assert user is not None
    sign_in.sign_in(db, user, sign_in.NewSignIn(public_id=f"sgn_{number}", token=token), NOW)
    found = sign_in.who(db, token, NOW)
    assert found is not None
    return found


def test_an_account_is_theirs_once_the_address_is_confirmed(database: Database) -> None:
    registered(database)
    waiting = run(database, lambda db: signed(db, "1", TOKEN))
    assert not waiting.confirmed
    assert run(database, lambda db: audit.of_account(db, waiting.home_account_id)) == []
    assert refusal(database, operator) == "operator.no_account"

    user = run(database, lambda db: registration.confirm(db, TOKEN, NOW))

    assert user.email == "olga@example.org" and user.email_confirmed_at == NOW
    assert [row.what for row in run(database, lambda db: audit.of_account(db, user.account_id))] == ["account.created"]
    assert run(database, operator).account_id == user.account_id
    assert refusal(database, lambda db: registration.confirm(db, TOKEN, NOW)) == "proof.unknown"


def test_whoever_registers_next_replaces_who_never_confirmed(database: Database) -> None:
    registered(database)
    run(database, lambda db: signed(db, "1", TOKEN))
    run(database, lambda db: registration.register(db, POST, OLGA, OTHER, NOW))
    assert refusal(database, lambda db: registration.confirm(db, TOKEN, NOW)) == "proof.unknown"
    run(database, lambda db: registration.confirm(db, OTHER, NOW))
    assert len(run(database, lambda db: db.rows("SELECT id FROM accounts"))) == 1


def test_a_day_later_nothing_is_left_of_it(database: Database) -> None:
    registered(database)
    run(database, lambda db: signed(db, "1", TOKEN))
    late = NOW + registration.UNCONFIRMED_MAX + timedelta(microseconds=1)
    assert run(database, lambda db: registration.forget_unconfirmed(db, late)) == 1
    for table in ("accounts", "users", "memberships", "email_proofs", "mails", "sign_ins"):
        assert run(database, lambda db, table=table: db.rows(f"SELECT id FROM {table}")) == [], table


def test_an_address_belongs_to_one_person(database: Database) -> None:
    registered(database)
    run(database, lambda db: registration.confirm(db, TOKEN, NOW))
    again = lambda db: registration.create_user(db, Ids(2), OLGA, NOW, confirmed=True)  # noqa: E731
    assert refusal(database, again) == "email.taken"


def test_a_link_for_a_password_ends_every_sign_in_and_the_other_links(database: Database) -> None:
    registered(database)
    user = run(database, lambda db: registration.confirm(db, TOKEN, NOW))
    signed_in = run(database, lambda db: signed(db, "1", TOKEN))
    run(database, lambda db: profile.ask_for_change(db, POST, signed_in, "o@example.com", OTHER, NOW))
    run(database, lambda db: own_password.ask_for_reset(db, POST, OLGA.email, TOKEN, NOW))
    run(database, lambda db: own_password.reset(db, POST, TOKEN, "y", NOW))
    assert run(database, lambda db: sign_ins.of_user(db, user.account_id, user.id, NOW)) == []
    assert run(database, lambda db: db.rows("SELECT id FROM email_proofs")) == []
    changed = run(database, lambda db: users.by_email(db, OLGA.email))
    assert changed is not None and changed.password_hash == "y"


def test_an_address_that_somebody_took_meanwhile_is_not_taken_over(database: Database) -> None:
    registered(database)
    run(database, lambda db: registration.confirm(db, TOKEN, NOW))
    signed_in = run(database, lambda db: signed(db, "1", TOKEN))
    run(database, lambda db: profile.ask_for_change(db, POST, signed_in, "bob@example.org", OTHER, NOW))
    bob = NewUser(name="Bob", email="bob@example.org", password_hash="x", language="en", time_zone="Europe/Paris")
    run(database, lambda db: registration.create_user(db, Ids(2), bob, NOW, confirmed=True))
    assert refusal(database, lambda db: profile.change_email(db, POST, OTHER, signed_in, NOW)) == "email.taken"
    assert run(database, lambda db: users.by_email(db, OLGA.email)) is not None


def test_mails_are_due_in_the_order_they_were_written(database: Database) -> None:
    registered(database)
    run(database, lambda db: own_password.ask_for_reset(db, POST, OLGA.email, OTHER, NOW + timedelta(seconds=1)))
    assert len(run(database, lambda db: mails.due(db, NOW, 10))) == 1
    first, second = run(database, lambda db: mails.due(db, NOW + timedelta(seconds=1), 10))
    assert (first.subject, second.subject) == ("Bevestig je adres", "Kies een nieuw wachtwoord")
    run(database, lambda db: mails.settle(db, first, MailState.SENT, None, None, NOW))
    run(database, lambda db: mails.settle(db, second, MailState.PENDING, "delivery.refused", NOW, NOW))
    [left] = run(database, lambda db: mails.due(db, NOW, 10))
    assert (left.id, left.tries, left.error) == (second.id, 1, "delivery.refused")


def test_one_link_is_used_by_one_of_two(database: Database) -> None:
    registered(database)
    proof = run(database, lambda db: email_proofs.find(db, registration.proofs.token_hash(TOKEN), NOW))
    assert proof is not None
    assert [run(database, lambda db: email_proofs.take(db, proof)) for _ in range(2)] == [True, False]
