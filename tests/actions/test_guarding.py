"""Passwords and the slowing down of guesses."""

from datetime import UTC, datetime, timedelta

import pytest

from laadboek.actions import passwords
from laadboek.actions.throttle import MOST_KEYS, Throttle
from laadboek.reasons import Refused
from laadboek.secret import Secret

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = "alice@example.org"


@pytest.mark.parametrize("password", ["Abcdefghi1", "A" * 64 + "a" * 63 + "1", "Ünïcödé-pass-7"])
def test_a_password_that_fits_the_rule_opens(password: str) -> None:
    stored = passwords.hash_new(Secret(password))
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(stored, Secret(password))
    assert not passwords.verify(stored, Secret(password + "x"))


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Abcdefgh1", "password.length"),
        ("A" * 65 + "a" * 63 + "1", "password.length"),
        ("abcdefghi1", "password.too_plain"),
        ("ABCDEFGHI1", "password.too_plain"),
        ("Abcdefghij", "password.too_plain"),
    ],
)
def test_a_password_outside_the_rule_is_refused(password: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        passwords.hash_new(Secret(password))
    assert refused.value.reason.code == code


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    stored = passwords.hash_new(Secret("Caf\u00e9-au-lait-1"))
    assert passwords.verify(stored, Secret("Cafe\u0301-au-lait-1"))


def test_without_a_user_nothing_opens_not_even_the_dummys_own_password() -> None:
    assert not passwords.verify(None, Secret("nobody has this password"))


def test_a_longer_password_never_opens_by_its_beginning() -> None:
    longest = "Aa1" + "x" * (passwords.LONGEST - 3)
    stored = passwords.hash_new(Secret(longest))
    assert not passwords.verify(stored, Secret(longest + "y"))


def tries(throttle: Throttle, count: int, email: str = ALICE, network: str = "198.51.100.1") -> None:
    for _ in range(count):
        assert throttle.begin(email, network, NOW) is None


def test_the_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    throttle, now, delays = Throttle(), NOW, []
    tries(throttle, 5)
    for _ in range(12):
        wait = throttle.begin(ALICE, "198.51.100.1", now)
        assert wait is not None
        delays.append(int(wait.total_seconds()))
        now += wait
        assert throttle.begin(ALICE, "198.51.100.1", now) is None
    assert delays == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_a_second_too_early_is_too_early() -> None:
    throttle = Throttle()
    tries(throttle, 5)
    assert throttle.begin(ALICE, "198.51.100.1", NOW + timedelta(seconds=1)) == timedelta(seconds=1)
    assert throttle.begin(ALICE, "198.51.100.1", NOW + timedelta(seconds=2)) is None


def test_capitals_do_not_make_another_account() -> None:
    throttle = Throttle()
    tries(throttle, 5)
    assert throttle.begin(ALICE.upper(), "198.51.100.1", NOW) is not None


def test_strangers_cannot_keep_the_owner_out_for_more_than_half_a_minute() -> None:
    throttle = Throttle()
    for stranger in range(2_000):
        throttle.begin(ALICE, f"203.0.113.{stranger}", NOW + timedelta(seconds=30 * stranger))
    late = NOW + timedelta(seconds=30 * 1_999)
    wait = throttle.begin(ALICE, "192.0.2.7", late)
    assert wait is not None and wait <= timedelta(seconds=30)
    assert throttle.begin(ALICE, "192.0.2.7", late + wait) is None


def test_one_network_cannot_try_everybodys_account() -> None:
    throttle = Throttle()
    for user in range(20):
        assert throttle.begin(f"user{user}@example.org", "203.0.113.9", NOW) is None
    assert throttle.begin("another@example.org", "203.0.113.9", NOW) is not None


def test_the_right_password_forgives_here_and_an_hour_forgives_everywhere() -> None:
    throttle = Throttle()
    tries(throttle, 5)
    throttle.succeeded(ALICE, "198.51.100.1")
    tries(throttle, 5)
    assert throttle.begin(ALICE, "198.51.100.1", NOW + timedelta(hours=1)) is None


def test_it_does_not_grow_without_end() -> None:
    throttle = Throttle()
    for number in range(MOST_KEYS):
        throttle.begin(f"{number}@example.org", f"net {number}", NOW)
    assert len(throttle) == MOST_KEYS
