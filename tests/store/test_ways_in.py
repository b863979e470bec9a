"""Identities, passkeys, codes and sign-ins that have begun, as rows, on both engines."""

from datetime import timedelta

import pytest
from cast import START

from fixtures_store import run
from laadboek.store import accounts, identities, one_time_codes, passkeys, pre_sign_ins, recovery_codes, users
from laadboek.store.errors import JobFailed
from laadboek.store.passkeys import NewPasskey

LATER = START + timedelta(minutes=10)


def settle(db, name):
    account_id = accounts.create(db, f"acc_{name}", name, "Europe/Amsterdam", "nl", START)
    user_id = users.create(
        db,
        account_id,
        public_id=f"usr_{name}",
        email=f"{name}@example.org",
        name=name,
        password_hash=None,
        language="nl",
        now=START,
    )
    return account_id, user_id


@pytest.fixture
def alice(database):
    return run(database, lambda db: settle(db, "alice"))


@pytest.fixture
def bob(database):
    return run(database, lambda db: settle(db, "bob"))


def identity(db, whose, subject="1", issuer="https://acme.example"):
    return identities.create(
        db, *whose, provider="acme", issuer=issuer, subject=subject, email="a@b.example", now=START
    )


def passkey(db, whose, credential_id=b"\x00\xff"):
    new = NewPasskey(
        public_id="pky_1",
        name="Phone",
        credential_id=credential_id,
        public_key=b"\x01",
        sign_count=7,
        transports=("internal", "hybrid"),
    )
    return passkeys.create(db, *whose, new, START)


def test_an_identity_is_found_by_issuer_and_subject(database, alice, bob):
    run(database, lambda db: identity(db, alice))
    found = database.read(lambda db: identities.find(db, "https://acme.example", "1"))
    assert (found.account_id, found.user_id) == alice
    assert (found.created_at, found.used_at) == (START, None)
    assert database.read(lambda db: identities.find(db, "https://acme.example", "2")) is None
    assert database.read(lambda db: identities.find(db, "https://evil.example", "1")) is None
    run(database, lambda db: identities.used(db, alice[0], found.id, "new@b.example", LATER))
    [found] = database.read(lambda db: identities.of_user(db, *alice))
    assert (found.email, found.used_at) == ("new@b.example", LATER)
    assert database.read(lambda db: identities.of_user(db, *bob)) == []


def test_an_identity_belongs_to_one_person(database, alice, bob):
    run(database, lambda db: identity(db, alice))
    with pytest.raises(JobFailed):
        run(database, lambda db: identity(db, bob))
    assert run(database, lambda db: identities.remove(db, *bob, "acme")) == 0
    assert run(database, lambda db: identities.remove(db, *alice, "acme")) == 1


def test_a_passkey_comes_back_as_it_was_made(database, alice, bob):
    run(database, lambda db: passkey(db, alice))
    found = run(database, lambda db: passkeys.find(db, b"\x00\xff"))
    assert (found.name, found.public_key, found.sign_count) == ("Phone", b"\x01", 7)
    assert found.transports == ("internal", "hybrid")
    run(database, lambda db: passkeys.used(db, alice[0], found.id, 8, LATER))
    assert run(database, lambda db: passkeys.rename(db, *alice, "pky_1", "Key"))
    [found] = database.read(lambda db: passkeys.of_user(db, *alice))
    assert (found.name, found.sign_count, found.used_at) == ("Key", 8, LATER)
    with pytest.raises(JobFailed):
        run(database, lambda db: passkey(db, bob))
    assert not run(database, lambda db: passkeys.rename(db, *bob, "pky_1", "Mine"))
    assert not run(database, lambda db: passkeys.remove(db, *bob, "pky_1"))
    assert run(database, lambda db: passkeys.remove(db, *alice, "pky_1"))


def test_what_was_begun_is_taken_once(database):
    run(database, lambda db: pre_sign_ins.create(db, "code", b"t", b"body", LATER))
    assert database.read(lambda db: pre_sign_ins.find(db, "passkey", b"t", START)) is None
    assert database.read(lambda db: pre_sign_ins.find(db, "code", b"t", LATER)) is None
    run(database, lambda db: pre_sign_ins.change(db, b"t", b"other"))
    assert run(database, lambda db: pre_sign_ins.take(db, "code", b"t", START)) == b"other"
    assert run(database, lambda db: pre_sign_ins.take(db, "code", b"t", START)) is None


def test_what_took_too_long_is_deleted(database):
    run(database, lambda db: pre_sign_ins.create(db, "code", b"t", b"body", LATER))
    assert run(database, lambda db: pre_sign_ins.delete_expired(db, LATER - timedelta(seconds=1))) == 0
    assert [database.read(lambda db, k=kind: pre_sign_ins.count(db, k)) for kind in ("code", "passkey")] == [1, 0]
    assert run(database, lambda db: pre_sign_ins.delete_expired(db, LATER)) == 1


def test_a_step_of_the_clock_is_used_once_and_never_an_earlier_one(database, alice, bob):
    run(database, lambda db: one_time_codes.begin(db, *alice, b"\x00sealed"))
    assert database.read(lambda db: one_time_codes.of_user(db, *bob)) is None
    assert [run(database, lambda db, s=step: one_time_codes.use_step(db, *alice, s)) for step in (5, 5, 4, 6)] == [
        True,
        False,
        False,
        True,
    ]
    run(database, lambda db: one_time_codes.confirm(db, *alice, LATER))
    found = run(database, lambda db: one_time_codes.of_user(db, *alice, lock=True))
    assert (found.secret, found.confirmed_at, found.step) == (b"\x00sealed", LATER, 6)
    run(database, lambda db: one_time_codes.forget(db, *alice))
    assert database.read(lambda db: one_time_codes.of_user(db, *alice)) is None


def test_a_recovery_code_is_used_once_and_by_its_owner(database, alice, bob):
    run(database, lambda db: recovery_codes.replace(db, *alice, [b"1", b"2"]))
    assert not run(database, lambda db: recovery_codes.use(db, *bob, b"1", START))
    assert [run(database, lambda db: recovery_codes.use(db, *alice, b"1", START)) for _ in range(2)] == [True, False]
    assert database.read(lambda db: recovery_codes.unused(db, *alice)) == 1
    run(database, lambda db: recovery_codes.replace(db, *alice, [b"3"]))
    assert not run(database, lambda db: recovery_codes.use(db, *alice, b"2", START))
